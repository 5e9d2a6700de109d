//! Identity and access management: who may do what to which resource.
//!
//! Permissions are data. A resource's reference makes a [`Grant`] (`bucket.read()`), and the definition that needs it
//! takes it (`Role::new(..).grant(bucket.read())`); a [`Policy`] attaches one after the fact, as a resource of its own.
//!
//! ```
//! use belvedere::iam::{Principal, Role};
//! use belvedere::s3::Bucket;
//! use belvedere::Stack;
//!
//! let mut stack = Stack::new("Example");
//! let bucket = stack.add("Data", Bucket::new());
//! stack.add("Reader", Role::new(Principal::service("ecs-tasks.amazonaws.com")).grant(bucket.read()));
//! ```

mod grant;
mod managed_policy;
mod policy;
mod principal;
mod role;
mod statement;

pub use grant::Grant;
pub use managed_policy::ManagedPolicy;
pub use policy::Policy;
pub use principal::Principal;
pub use role::{Role, RoleRef};
pub use statement::{Effect, PolicyDocument, PolicyStatement};
