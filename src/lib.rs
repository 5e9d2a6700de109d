//! An AWS CDK for Rust: typed constructs in, CloudFormation out.
//!
//! A program defines constructs in a [`Stack`], adds stacks to an [`App`], and synthesizes a cloud assembly, which the
//! official `cdk` command deploys:
//!
//! ```no_run
//! use belvedere::s3::Bucket;
//! use belvedere::{App, Stack, SynthError};
//!
//! fn main() -> Result<(), SynthError> {
//!     let mut stack = Stack::new("Storage");
//!     let data = stack.add("Data", Bucket::new().versioned(true));
//!     stack.output("BucketName", data.bucket_name());
//!
//!     let mut app = App::from_env();
//!     app.add(stack);
//!     println!("{}", app.synth()?);
//!     Ok(())
//! }
//! ```
//!
//! - A **definition** (`Bucket::new()`) is a value. [`Scope::add`] defines it under an id and returns a **reference**
//!   ([`BucketRef`](s3::BucketRef)) that can be cloned, stored and passed on.
//! - A [`Value`] is a literal or something that CloudFormation knows only at deploy time. It is not `Display`;
//!   [`concat_values!`] joins values.
//! - Every CloudFormation resource type is in [`cfn`], and is a construct as it is. [`CfnResource`] is any other.
//! - Your own constructs implement [`Construct`]; [`testing`] has assertions for their tests.
//! - What is wrong is collected, and [`App::synth`] returns all of it.

pub use belvedere_cfn as cfn;
pub use belvedere_cfn::{CfnResource, Output, Resource, ResourceRef, Value, concat_values};

mod app;
mod assembly;
mod asset;
mod body;
mod construct;
mod contents;
mod environment;
mod finding;
mod image_asset;
mod inside;
mod limits;
mod logical_id;
mod problem;
mod references;
mod removal_policy;
mod scope;
mod size;
mod stack;
mod validate;

#[cfg(test)]
mod tests;

pub mod aps;
pub mod certificatemanager;
pub mod cloudwatch;
pub mod ec2;
pub mod ecs;
pub mod efs;
pub mod elbv2;
pub mod events;
pub mod grafana;
pub mod iam;
pub mod kms;
pub mod lambda;
pub mod logs;
pub mod observability;
pub mod s3;
pub mod scheduler;
pub mod secretsmanager;
pub mod servicediscovery;
pub mod sns;
pub mod sqs;
pub mod ssm;
pub mod testing;

pub use app::{App, Deployable, Stage};
pub use assembly::{Assembly, StackSummary};
pub use asset::{Asset, AssetLocation, AssetStaging};
pub use construct::{ChildOf, Construct, Parent, Place};
pub use environment::Environment;
pub use finding::Finding;
pub use problem::{Problem, SynthError};
pub use removal_policy::RemovalPolicy;
pub use scope::{OutputRef, Scope};
pub use size::Size;
pub use stack::{CrossStackReferences, ResourceView, Stack};

/// The program in the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
