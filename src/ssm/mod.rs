//! Systems Manager: parameters, values that programs read when they run.
//!
//! ```
//! use belvedere::Stack;
//! use belvedere::ssm::StringParameter;
//!
//! let mut stack = Stack::new("Example");
//! let level = stack.add("LogLevel", StringParameter::new("info").description("what the services log"));
//! let _permission = level.read();
//! ```

mod parameter;

pub use parameter::{ParameterRef, ParameterTier, StringParameter};
