//! Alerts that Grafana evaluates, and where they go.
//!
//! ```
//! use std::time::Duration;
//!
//! use belvedere_grafana::alerting::{
//!     AlertRule, ContactPoint, Email, Grouping, Matcher, MuteTiming, PagerDuty, Policies, Route, RuleGroup, Slack,
//!     TimePeriod, Webhook,
//! };
//! use belvedere_grafana::dashboard::Bound;
//! use belvedere_grafana::datasource::Prometheus;
//! use belvedere_grafana::{Content, Folder, Secret};
//!
//! let mut content = Content::new("shop");
//! let metrics = content.add(Prometheus::new("metrics", "Metrics", "http://prometheus:9090"));
//! let folder = content.add(Folder::new("shop", "Shop"));
//!
//! // Whom, and when not.
//! let team = content.add(ContactPoint::new("team", Email::new(["shop@example.com"]))
//!     .receiver(Slack::webhook(Secret::environment("SLACK_URL"))));
//! let pager = content.add(ContactPoint::new("pager", PagerDuty::new(Secret::secrets_manager("pagerduty"))));
//! let heartbeat = content.add(ContactPoint::new("heartbeat", Webhook::secret_url(Secret::environment("HEARTBEAT"))));
//! let nights = TimePeriod::new().between("22:00", "24:00").between("00:00", "06:00");
//! let nights = content.add(MuteTiming::new("nights", nights).location("Europe/Berlin"));
//!
//! // Which alerts go where.
//! content.add(Policies::new(&team)
//!     .route(Route::to(&pager).when(Matcher::equal("severity", "page")).grouping(Grouping::new().each_alert()))
//!     .route(Route::to(&team).when(Matcher::equal("severity", "info")).mute_during(&nights)));
//!
//! // What fires.
//! content.add(RuleGroup::new("requests", &folder)
//!     .rule(AlertRule::new("many-errors", "Many errors")
//!         .when(metrics.query("sum by (job) (rate(http_errors_total[5m]))"), Bound::Above(1.0))
//!         .hold_for(Duration::from_secs(300))
//!         .label("severity", "page")
//!         .summary("{{ $labels.job }} fails {{ $values.B }} times a second")
//!         .runbook("https://runbooks.example.com/many-errors"))
//!     .rule(AlertRule::dead_mans_switch("watchdog", &heartbeat)));
//! assert_eq!(content.document().alerting.contact_points.len(), 4);
//! ```

mod contact_point;
mod data;
mod from_prometheus;
mod group;
mod grouping;
mod matcher;
mod mute_timing;
mod notification;
mod parts;
mod policy;
mod receiver;
mod recording_rule;
mod rule;
mod template;
mod time_period;

#[cfg(test)]
mod tests;

pub use contact_point::{ContactPoint, ContactPointRef};
pub use group::{GroupRule, RuleGroup};
pub use grouping::Grouping;
pub use matcher::Matcher;
pub use mute_timing::{MuteTiming, MuteTimingRef};
pub use notification::Notification;
pub(crate) use parts::AlertingParts;
use parts::problem;
pub use policy::{Policies, Route};
pub use receiver::{
    Email, OpsGenie, PagerDuty, Receiver, Responder, Slack, SlackMention, Sns, SnsFormat, Teams, Webhook,
};
pub use recording_rule::RecordingRule;
pub use rule::{AlertRule, ErrorState, NoDataState, Reducer};
pub use template::MessageTemplate;
#[cfg(feature = "rust")]
pub(crate) use time_period::month;
pub use time_period::{TimePeriod, Weekday};
