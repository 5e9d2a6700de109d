//! Objectives: what is promised, and what wakes somebody when it is being broken.
//!
//! An [`Slo`] becomes one group of rules: recordings of how many requests there are and how many of them fail, the ratio
//! of the two over each window, what is left of the error budget, and two alerts by the multi-window, multi-burn-rate
//! method of the [Site Reliability Workbook](https://sre.google/workbook/alerting-on-slos/), each with examples that
//! prove when it fires and when it does not.
//!
//! ```
//! use belvedere_grafana::prometheus::RulesFile;
//! use belvedere_grafana::slo::{Indicator, Slo};
//!
//! let requests = r#"http_requests_total{job="data-processor"}"#;
//! let failed = r#"http_requests_total{job="data-processor",status=~"5.."}"#;
//! let slo = Slo::new("data-processor-availability", 99.9, Indicator::errors_and_total(failed, requests))
//!     .service("data-processor")
//!     .window_in_days(28)
//!     .runbook("https://runbooks.example.com/availability");
//! let file = RulesFile::new().group(slo);
//! assert_eq!(file.check(), []);
//! # assert!(file.text()?.contains("DataProcessorAvailabilityBurnsFast"));
//! # Ok::<(), belvedere_grafana::Unresolved>(())
//! ```

mod alerts;
mod burn;
mod decimal;
mod examples;
mod indicator;
mod objective;
mod queries;
mod sample;

pub use indicator::Indicator;
pub use objective::Slo;
pub use queries::SloQueries;
