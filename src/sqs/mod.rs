//! Simple Queue Service: queues of messages.
//!
//! ```
//! use std::time::Duration;
//!
//! use belvedere::Stack;
//! use belvedere::sqs::Queue;
//!
//! let mut stack = Stack::new("Example");
//! let failed = stack.add("Failed", Queue::new().retention_period(Duration::from_secs(14 * 86_400)));
//! let orders = stack.add("Orders", Queue::new().dead_letter_queue(&failed, 3));
//! let _permissions = orders.consume();
//! ```

mod message_source;
mod queue;
mod queue_ref;

pub use message_source::MessageSource;
pub use queue::{Queue, QueueEncryption};
pub use queue_ref::QueueRef;
