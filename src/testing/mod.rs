//! Checks for the tests of your own constructs and stacks: synthesize, then say what the template has to hold.
//!
//! ```
//! use belvedere::cfn::sns::CfnTopic;
//! use belvedere::testing::{Match, Template, json};
//! use belvedere::Stack;
//!
//! let mut stack = Stack::new("Alerts");
//! let topic = stack.add("Topic", CfnTopic::new().display_name("alerts of team observability"));
//! stack.output("TopicArn", topic.topic_arn());
//!
//! let template = Template::from_stack(stack)?;
//! template.resource_count_is("AWS::SNS::Topic", 1);
//! template.has_resource_properties(
//!     "AWS::SNS::Topic",
//!     json!({ "DisplayName": Match::string_like("alerts of *"), "TopicName": Match::absent() }),
//! );
//! template.has_output("TopicArn", json!({ "Value": topic.topic_arn() }));
//! # Ok::<(), belvedere::SynthError>(())
//! ```
//!
//! A pattern is written with [`json!`]. Objects in it match in part: members that it does not name may be anything.
//! Everything else matches as a whole, lists with all their elements in their order. A [`Match`] in any place says
//! otherwise, and a deploy-time [`Value`](crate::Value) stands for what it becomes in the template.
//!
//! A check that fails panics, as `assert!` does, and shows the resource that comes closest and where it differs.

mod compare;
mod found;
mod pattern;
mod template;

pub use found::Found;
pub use pattern::Match;
pub use serde_json::json;
pub use template::Template;
