//! Lambda: functions that run when something happens.
//!
//! ```
//! use std::time::Duration;
//!
//! use belvedere::Stack;
//! use belvedere::lambda::{Code, Function, Runtime, SqsEvents};
//! use belvedere::sqs::Queue;
//!
//! let mut stack = Stack::new("Example");
//! let orders = stack.add("Orders", Queue::new().visibility_timeout(Duration::from_secs(60)));
//! let source = "def handler(event, context):\n    return len(event['Records'])\n";
//! let worker = stack.add(
//!     "Worker",
//!     Function::new(Runtime::PYTHON_3_13, "index.handler", Code::inline(source))
//!         .timeout(Duration::from_secs(10))
//!         .on_messages(&orders, SqsEvents::new().batch_size(10)),
//! );
//! let _permission = worker.invoke();
//! ```

mod code;
mod environment;
mod function;
mod function_ref;
mod logging;
mod runtime;
mod sqs_events;
mod vpc_config;

pub use code::{Architecture, Code};
pub use function::Function;
pub use function_ref::FunctionRef;
pub use logging::{LogFormat, LogLevel, Tracing};
pub use runtime::Runtime;
pub use sqs_events::SqsEvents;
pub use vpc_config::VpcConfig;
