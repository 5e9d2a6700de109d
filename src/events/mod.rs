//! EventBridge: rules that send events, or the time, to whoever acts on them.
//!
//! ```
//! use std::time::Duration;
//!
//! use belvedere::Stack;
//! use belvedere::events::{LambdaTarget, Rule, Schedule};
//! use belvedere::lambda::{Code, Function, Runtime};
//! use belvedere::sqs::{MessageSource, Queue};
//!
//! let mut stack = Stack::new("Example");
//! let probe = stack.add(
//!     "Probe",
//!     Function::new(Runtime::PYTHON_3_13, "index.handler", Code::inline("def handler(event, context): pass\n")),
//! );
//! let missed = stack.add("Missed", Queue::new().accept_messages_from(MessageSource::EventRules));
//! stack.add(
//!     "EveryMinute",
//!     Rule::schedule(Schedule::rate(Duration::from_secs(60)))
//!         .target(LambdaTarget::new(&probe).retry_attempts(2).dead_letter_queue(&missed)),
//! );
//! ```

mod cron;
mod pattern;
mod rule;
mod schedule;
mod target;

pub use cron::Cron;
pub use pattern::EventPattern;
pub use rule::{Rule, RuleRef};
pub use schedule::Schedule;
pub(crate) use schedule::rate;
pub use target::{LambdaTarget, QueueTarget, RuleTarget, TopicTarget};
