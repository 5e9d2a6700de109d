//! Managed service for Prometheus: workspaces, the rules that they evaluate, and where their alerts go.
//!
//! ```
//! use std::time::Duration;
//!
//! use belvedere::Stack;
//! use belvedere::aps::{
//!     AlertManagerDefinition, AlertingRule, Matcher, Receiver, RecordingRule, Route, RuleGroup, RuleGroupsNamespace,
//!     Workspace,
//! };
//! use belvedere::kms::{Key, KeyUser};
//! use belvedere::sns::{Publisher, Topic, TopicEncryption};
//!
//! let mut stack = Stack::new("Observability");
//! let key = stack.add("Key", Key::new().allow_service(KeyUser::SnsPublishers));
//! let topic = Topic::new().encryption(TopicEncryption::Kms(key)).accept_messages_from(Publisher::ManagedPrometheus);
//! let topic = stack.add("Alerts", topic);
//!
//! let team = Receiver::sns("team", &topic);
//! let workspace = stack.add(
//!     "Metrics",
//!     Workspace::new().retention_in_days(90).alert_manager(
//!         AlertManagerDefinition::new(&team)
//!             .json_messages()
//!             .route(Route::to(&team).when(Matcher::equal("severity", "page"))),
//!     ),
//! );
//! stack.add(
//!     "Rules",
//!     RuleGroupsNamespace::new(&workspace, "requests").group(
//!         RuleGroup::new("errors")
//!             .rule(RecordingRule::new("job:http_errors:rate5m", "sum by (job) (rate(http_errors_total[5m]))"))
//!             .rule(
//!                 AlertingRule::new("ManyErrors", "job:http_errors:rate5m > 1")
//!                     .hold_for(Duration::from_secs(300))
//!                     .label("severity", "page")
//!                     .annotation("summary", "{{ $labels.job }} fails {{ $value }} times a second"),
//!             ),
//!     ),
//! );
//! ```

mod alert_manager;
mod dead_mans_switch;
mod inhibit_rule;
mod matcher;
mod mute_interval;
mod pager_duty_receiver;
mod receiver;
mod route;
mod rule_groups_namespace;
mod sns_receiver;
mod workspace;
mod workspace_ref;

pub use belvedere_grafana::alerting::{Grouping, Matcher, TimePeriod, Weekday};
pub use belvedere_grafana::prometheus::{
    AlertingRule, FiringAlert, RecordingRule, Rule, RuleExample, RuleGroup, RulesFile,
};

pub use alert_manager::AlertManagerDefinition;
pub use dead_mans_switch::{DeadMansSwitch, DeadMansSwitchRef};
pub use inhibit_rule::InhibitRule;
pub use mute_interval::MuteInterval;
pub use pager_duty_receiver::PagerDutyReceiver;
pub use receiver::Receiver;
pub use route::Route;
pub use rule_groups_namespace::{RuleGroupsNamespace, RuleGroupsNamespaceRef};
pub use sns_receiver::SnsReceiver;
pub use workspace::Workspace;
pub use workspace_ref::WorkspaceRef;
