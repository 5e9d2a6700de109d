//! EventBridge: rules that run something by the clock or by events.
//!
//! ```
//! use std::time::Duration;
//!
//! use belvedere::Stack;
//! use belvedere::events::{Cron, EventPattern, Rule, Schedule};
//! use belvedere::lambda::{Code, Function, Runtime};
//!
//! let mut stack = Stack::new("Example");
//! let code = Code::inline("def handler(event, context):\n    print(event)\n");
//! let canary = stack.add("Canary", Function::new(Runtime::PYTHON_3_13, "index.handler", code));
//! stack.add("EveryMinute", Rule::on_schedule(Schedule::rate(Duration::from_secs(60))).target(&canary));
//! stack.add("AtFour", Rule::on_schedule(Cron::new().minute("0").hour("4")).target(&canary));
//! let stopped = EventPattern::new().source(["aws.ecs"]).detail_type(["ECS Task State Change"]);
//! stack.add("TaskStopped", Rule::on_events(stopped).target(&canary));
//! ```

mod cron;
mod event_pattern;
mod rule;
mod schedule;
mod target;

pub use cron::Cron;
pub use event_pattern::EventPattern;
pub use rule::{Rule, RuleRef};
pub use schedule::Schedule;
pub use target::EventTarget;
