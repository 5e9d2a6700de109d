//! Why stacks cannot be compared.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use super::yaml::YamlError;
use crate::account::AccountError;
use crate::assets::AssetError;
use crate::deploy_error::AwsError;
use crate::parameters::ParameterError;

/// Why stacks cannot be compared.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DiffError {
    /// A stack is for another account, in which CloudFormation cannot be asked.
    #[error(transparent)]
    Account(#[from] Box<AccountError>),
    /// AWS did not do what it was asked to.
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// A value is given for a parameter that nobody has.
    #[error(transparent)]
    Parameter(#[from] ParameterError),
    /// Whether the bucket is there that the assembly counts on cannot be found out.
    #[error(transparent)]
    Assets(#[from] AssetError),
    /// A template of the assembly cannot be read.
    #[error("cannot read {}", path.display())]
    File {
        /// The template.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A template of the assembly is not JSON.
    #[error("{} is not JSON", path.display())]
    Template {
        /// The template.
        path: PathBuf,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// The deployed template was written by another tool, and is neither JSON nor YAML that is understood here.
    #[error("the template that is deployed as {stack} cannot be read")]
    Unreadable {
        /// The name in CloudFormation.
        stack: String,
        /// Why.
        #[source]
        source: YamlError,
    },
    /// Somebody wanted this to end.
    #[error("interrupted; the change set of {stack} is deleted again")]
    Interrupted {
        /// The name in CloudFormation.
        stack: String,
    },
    /// What was made in order to ask CloudFormation could not be deleted again.
    #[error("{what} is left behind in {stack}")]
    LeftBehind {
        /// What it is.
        what: String,
        /// The name in CloudFormation.
        stack: String,
        /// Why.
        #[source]
        source: AwsError,
    },
    /// The work on a stack came to an end that nobody foresaw.
    #[error("the comparison did not come to its end: {cause}")]
    Task {
        /// What the runtime says.
        cause: String,
    },
}

impl DiffError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Account(error) => Some(error.hint()),
            Self::Parameter(error) => Some(error.hint()),
            Self::Aws(error) if error.code == "AccessDenied" => {
                Some("give the permissions cloudformation:DescribeStacks and cloudformation:GetTemplate".into())
            }
            Self::Assets(error) => error.hint(),
            Self::File { .. } | Self::Template { .. } => Some("synthesize the app again".into()),
            Self::Unreadable { .. } => Some(
                "another tool made this stack; make a change set in the console of CloudFormation to compare it".into(),
            ),
            Self::LeftBehind { what, stack, .. } => {
                Some(format!("delete {what} of {stack} by hand; it changes nothing"))
            }
            Self::Aws(_) | Self::Interrupted { .. } | Self::Task { .. } => None,
        }
    }
}
