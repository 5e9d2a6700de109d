//! Recording and alerting rules of Prometheus, and the tests that prove them.
//!
//! ```
//! use std::time::Duration;
//!
//! use belvedere_grafana::prometheus::{AlertingRule, FiringAlert, RuleExample, RuleGroup, RulesFile};
//!
//! const MINUTE: Duration = Duration::from_secs(60);
//!
//! let rule = AlertingRule::new("ManyErrors", "sum by (job) (rate(http_errors_total[5m])) > 1")
//!     .hold_for(5 * MINUTE)
//!     .label("severity", "critical")
//!     .summary("{{ $labels.job }} fails")
//!     .runbook("https://runbooks.example.com/many-errors")
//!     .example(
//!         RuleExample::new("two errors a second")
//!             .series(r#"http_errors_total{job="api"}"#, "0+120x20")
//!             .quiet(4 * MINUTE)
//!             .fires(10 * MINUTE, FiringAlert::new().label("job", "api")),
//!     );
//! let file = RulesFile::new().group(RuleGroup::new("errors").rule(rule));
//! assert_eq!(file.check(), []);
//! let rules = file.text()?; // for Prometheus, and for `promtool check rules`
//! let tests = file.tests_file("rules.yaml")?; // for `promtool test rules`
//! # assert!(rules.contains("for: \"5m\"") && tests.is_some_and(|tests| tests.contains("exp_alerts")));
//! # Ok::<(), belvedere_grafana::Unresolved>(())
//! ```

mod alerting_rule;
mod example;
mod faster;
mod recording_rule;
mod rule;
mod rule_group;
mod rules_file;
mod tests_file;

#[doc(hidden)]
pub mod name;
#[doc(hidden)]
pub mod yaml;

pub use alerting_rule::AlertingRule;
pub use example::{FiringAlert, RuleExample};
pub use recording_rule::RecordingRule;
pub use rule::Rule;
pub use rule_group::RuleGroup;
pub use rules_file::RulesFile;
