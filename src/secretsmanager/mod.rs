//! Secrets Manager: values that nobody sees who may not, such as passwords.
//!
//! Secrets are made when the stack is deployed. There is no way to write one into a template.
//!
//! ```
//! use belvedere::Stack;
//! use belvedere::secretsmanager::{GeneratedString, Secret};
//! use belvedere::testing::json;
//!
//! let mut stack = Stack::new("Example");
//! let admin = stack.add(
//!     "Admin",
//!     Secret::json(json!({ "user": "admin" }), "password", GeneratedString::new(40).exclude_punctuation()),
//! );
//! let _permission = admin.read();
//! ```

mod secret;

pub use secret::{GeneratedString, Secret, SecretRef};
