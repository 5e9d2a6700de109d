//! Simple Notification Service: topics, and who receives what is published to them.
//!
//! Queues and functions subscribe in their own definitions (`Queue::subscribe_to`, `Function::subscribe_to`), where the
//! permission to deliver belongs; people and web addresses have no definition, and subscribe in the topic's.
//!
//! ```
//! use belvedere::Stack;
//! use belvedere::kms::{Key, KeyUser};
//! use belvedere::sns::{Publisher, SubscriptionOptions, Topic, TopicEncryption};
//! use belvedere::sqs::Queue;
//!
//! let mut stack = Stack::new("Example");
//! let key = stack.add("Key", Key::new().allow_service(KeyUser::SnsPublishers));
//! let alerts = stack.add(
//!     "Alerts",
//!     Topic::new()
//!         .encryption(TopicEncryption::Kms(key))
//!         .accept_messages_from(Publisher::CloudWatchAlarms)
//!         .email("on-call@example.com"),
//! );
//! stack.add("Audit", Queue::new().subscribe_to(&alerts, SubscriptionOptions::new().raw_message_delivery(true)));
//! ```

mod publisher;
mod subscription;
mod topic;

pub use publisher::Publisher;
pub use subscription::SubscriptionOptions;
pub use topic::{Topic, TopicEncryption, TopicRef};
