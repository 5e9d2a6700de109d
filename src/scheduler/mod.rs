//! EventBridge Scheduler: functions and queues that are called on by the clock of any time zone.
//!
//! ```
//! use std::time::Duration;
//!
//! use belvedere::Stack;
//! use belvedere::events::Cron;
//! use belvedere::lambda::{Code, Function, Runtime};
//! use belvedere::scheduler::{Schedule, ScheduleExpression, ScheduleGroup, ScheduleTarget};
//!
//! let mut stack = Stack::new("Example");
//! let report = stack.add(
//!     "Report",
//!     Function::new(Runtime::PYTHON_3_13, "index.handler", Code::inline("def handler(event, context): pass\n")),
//! );
//! let group = stack.add("Reports", ScheduleGroup::new());
//! let mornings = ScheduleExpression::cron(Cron::new().minute("0").hour("8").week_day("MON-FRI"));
//! stack.add(
//!     "Mornings",
//!     Schedule::new(mornings, ScheduleTarget::function(&report))
//!         .group(&group)
//!         .time_zone("Europe/Berlin")
//!         .flexible_window(Duration::from_secs(15 * 60)),
//! );
//! ```

mod expression;
mod group;
mod schedule;
mod target;

pub use expression::ScheduleExpression;
pub use group::{ScheduleGroup, ScheduleGroupRef};
pub use schedule::{Schedule, ScheduleRef};
pub use target::ScheduleTarget;
