//! An AWS CDK for Rust: typed constructs in, CloudFormation out.

pub use belvedere_cfn as cfn;
pub use belvedere_cfn::{CfnResource, Output, Resource, ResourceRef, Value, concat_values};

mod app;
mod assembly;
mod asset;
mod body;
mod construct;
mod environment;
mod finding;
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
mod yaml;

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
