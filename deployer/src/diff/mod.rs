//! What a deployment would change: the template that is deployed against that of the assembly.
//!
//! - [`compare`] tells what differs between two templates, whether it replaces resources, and what it means for access.
//! - [`diff()`] gets what is deployed and compares; if wanted, CloudFormation is asked what it would do.

mod change_set;
mod definition;
mod deployed;
mod diff_error;
mod entry;
mod fail_on;
mod fate;
mod normal;
mod options;
mod property;
mod render;
mod replacement;
mod resource_change;
mod security;
mod stack_diff;
mod template_diff;
mod text;
mod view;
mod yaml;

pub use change_set::{ChangeSetView, ForeseenChange, ForeseenDetail};
pub use diff_error::DiffError;
pub use entry::{EntryChange, Section};
pub use fail_on::{FailOn, FailOnError};
pub use fate::Fate;
pub use options::DiffOptions;
pub use property::PropertyChange;
pub use replacement::Replacement;
pub use resource_change::{Cause, Change, ResourceChange};
pub use security::{Area, Effect, SecurityChange, Statement};
pub use stack_diff::{StackDiff, diff};
pub use template_diff::{TemplateDiff, compare};
pub use yaml::YamlError;
pub(crate) use yaml::parsed;
