//! CloudWatch: alarms on metrics.
//!
//! ```
//! use std::time::Duration;
//!
//! use belvedere::Stack;
//! use belvedere::cloudwatch::{Alarm, Metric, Statistic, Threshold, TreatMissingData};
//!
//! let mut stack = Stack::new("Example");
//! let errors = Metric::new("AWS/Lambda", "Errors")
//!     .dimension("FunctionName", "canary")
//!     .statistic(Statistic::Sum)
//!     .period(Duration::from_secs(60));
//! stack.add(
//!     "CanaryFails",
//!     Alarm::new(errors, Threshold::at_least(1.0)).evaluation_periods(3).treat_missing_data(TreatMissingData::Breaching),
//! );
//! ```

mod alarm;
mod metric;

pub use alarm::{Alarm, AlarmRef, Threshold, TreatMissingData};
pub use metric::{Metric, Statistic};
