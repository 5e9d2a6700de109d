//! Why deployed stacks cannot be looked at.

use thiserror::Error;

use crate::account::AccountError;
use crate::deploy_error::AwsError;

/// Why deployed stacks cannot be looked at.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum InspectError {
    /// A stack is in an account that cannot be looked into.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// AWS did not do what it was asked to.
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// There is no such stack.
    #[error("{stack} is not deployed: there is no stack {stack_name} in {region}")]
    NotDeployed {
        /// The display name.
        stack: String,
        /// The name in CloudFormation.
        stack_name: String,
        /// The region that was looked in.
        region: String,
    },
    /// No resource of this name writes to a log.
    #[error("no resource with a log is named {name}")]
    NoLog {
        /// The path or logical id that was given.
        name: String,
        /// The names of those with a log.
        known: Vec<String>,
    },
    /// CloudFormation gave up looking for drift.
    #[error("cannot tell whether {stack} has drifted: {reason}")]
    Drift {
        /// The display name.
        stack: String,
        /// Why, in CloudFormation's words.
        reason: String,
    },
}

impl InspectError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Account(error) => Some(error.hint()),
            Self::Aws(_) => None,
            Self::NotDeployed { .. } => Some("deploy it first, or see whether --region and --profile are right".into()),
            Self::NoLog { known, .. } if known.is_empty() => Some("these stacks write to no log".into()),
            Self::NoLog { known, .. } => Some(format!("those with a log are {}", known.join(", "))),
            Self::Drift { .. } => {
                Some("whoever asks must be allowed to read every resource of the stack; then try again".into())
            }
        }
    }
}
