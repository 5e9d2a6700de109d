//! Lambda: functions that run when something happens.
//!
//! What a function does with other resources is part of its definition: grants, the queues whose messages it processes,
//! the topics that it is subscribed to. Its role may do that, write its log, and nothing else.
//!
//! ```
//! use std::time::Duration;
//!
//! use belvedere::Stack;
//! use belvedere::lambda::{Code, Function, Runtime, SqsEventSource};
//! use belvedere::sqs::Queue;
//!
//! let mut stack = Stack::new("Example");
//! let orders = stack.add("Orders", Queue::new().visibility_timeout(Duration::from_secs(60)));
//! let worker = stack.add(
//!     "Worker",
//!     Function::new(
//!         Runtime::PYTHON_3_13,
//!         "index.handler",
//!         Code::inline("def handler(event, context):\n    return len(event['Records'])\n"),
//!     )
//!     .timeout(Duration::from_secs(10))
//!     .environment("QUEUE_URL", orders.queue_url())
//!     .on_messages(&orders, SqsEventSource::new().batch_size(10)),
//! );
//! let _permission = worker.invoke();
//! ```

mod code;
mod environment;
mod function;
mod function_ref;
mod metrics;
mod runtime;
mod sqs_event_source;
#[cfg(test)]
mod tests;

pub use code::Code;
pub use function::{Architecture, Function, FunctionLogs, LogFormat, Tracing};
pub use function_ref::FunctionRef;
pub use runtime::Runtime;
pub use sqs_event_source::SqsEventSource;
