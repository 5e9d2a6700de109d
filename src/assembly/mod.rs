//! The [cloud assembly](https://github.com/aws/aws-cdk-cli/tree/main/packages/%40aws-cdk/cloud-assembly-schema): what
//! synthesis writes, in the format that the official CLI reads.

mod asset_manifest;
mod entry;
mod files;
mod manifest;
mod staging;
mod summary;
mod tree;
mod write;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub(crate) use files::Files;
pub(crate) use manifest::{Rendered, render};
pub(crate) use write::{recover, write};

/// What was synthesized, and where it is.
///
/// Printed, it is a summary for a person: stacks, resources by service, outputs, warnings, the next command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assembly {
    directory: PathBuf,
    stacks: Vec<StackSummary>,
}

impl Assembly {
    /// Returns the directory that the assembly was written to.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Returns the stacks, in the order in which they can be deployed.
    #[must_use]
    pub fn stacks(&self) -> &[StackSummary] {
        &self.stacks
    }
}

/// What a summary says of one stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackSummary {
    /// The construct path, such as `Prod/Network`.
    pub path: String,
    /// The name that CloudFormation shows.
    pub name: String,
    /// The template's file, relative to the assembly.
    pub template_file: String,
    /// The template's size.
    pub template_bytes: usize,
    /// How many resources there are of each service, such as `EC2`, the largest first.
    pub resources: Vec<(String, usize)>,
    /// The outputs' names and descriptions.
    pub outputs: Vec<(String, Option<String>)>,
    /// What Grafanas are filled with once the stack is deployed, such as `4 data sources, 10 dashboards`.
    pub fillings: Vec<String>,
    /// What is doubtful, each with its construct path.
    pub warnings: Vec<String>,
    /// Whether the template is deployed from the asset bucket, being too large for a request or having assets beside it.
    pub from_bucket: Option<String>,
}

/// What was synthesized without being written.
#[derive(Debug)]
pub(crate) struct InMemory {
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    pub(crate) stacks: Vec<StackSummary>,
}
