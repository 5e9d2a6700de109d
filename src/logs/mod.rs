//! CloudWatch Logs: log groups.
//!
//! ```
//! use belvedere::logs::{LogGroup, RetentionDays};
//! use belvedere::{RemovalPolicy, Stack};
//!
//! let mut stack = Stack::new("Example");
//! let logs = stack.add(
//!     "Audit",
//!     LogGroup::new().retention(RetentionDays::OneYear).removal_policy(RemovalPolicy::Destroy),
//! );
//! let _permission = logs.write();
//! ```

mod log_group;
mod retention;

pub use log_group::{LogGroup, LogGroupClass, LogGroupRef};
pub use retention::RetentionDays;
