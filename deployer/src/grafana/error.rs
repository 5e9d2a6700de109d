//! Why a content cannot be applied to a Grafana.

use std::path::PathBuf;

use thiserror::Error;

use crate::deploy_error::AwsError;
use crate::inspect_error::InspectError;

/// Why a content cannot be planned, applied or exported.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum GrafanaError {
    /// AWS did not do what it was asked to.
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// A stack cannot be looked at.
    #[error(transparent)]
    Inspect(#[from] InspectError),
    /// Nothing answers where the Grafana should be.
    #[error("no Grafana answers at {url}: {reason}")]
    Unreachable {
        /// Where it was looked for.
        url: String,
        /// What happened instead.
        reason: String,
        /// Why that may be so.
        hint: Option<String>,
    },
    /// Grafana refuses a call.
    #[error("{call} was answered with HTTP status {status}: {message}")]
    Refused {
        /// The method and the path.
        call: String,
        /// The HTTP status.
        status: u16,
        /// What Grafana says.
        message: String,
    },
    /// What answers is not the API of a Grafana.
    #[error("{call} was answered by no Grafana: {page}")]
    Foreign {
        /// The method and the path.
        call: String,
        /// What the answer begins with.
        page: String,
    },
    /// A content cannot be what its file says.
    #[error("`{content}` cannot be applied:{}", lines(problems))]
    Definition {
        /// The content's name.
        content: String,
        /// What is wrong with it.
        problems: Vec<String>,
    },
    /// Things are there already that somebody else made.
    #[error("in this Grafana are things that `{content}` did not make:{}", lines(things))]
    Conflicts {
        /// The content's name.
        content: String,
        /// Each thing.
        things: Vec<String>,
    },
    /// Some things could not be brought to what the content says; all others were.
    #[error("{} of `{content}` failed:{}", if failures.len() == 1 { "one thing".to_owned() } else { format!("{} things", failures.len()) }, lines(failures))]
    Failed {
        /// The content's name.
        content: String,
        /// Each thing, and why.
        failures: Vec<String>,
    },
    /// Whoever applies did not approve.
    #[error("not approved: {question}")]
    Declined {
        /// What was asked.
        question: String,
    },
    /// The list of what the content has made cannot be read.
    #[error("the dashboard {uid}, which lists what `{content}` has made, cannot be used: {reason}")]
    Registry {
        /// The content's name.
        content: String,
        /// The dashboard.
        uid: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Secrets cannot be had.
    #[error("secrets are missing:{}", lines(.0))]
    Secrets(Vec<String>),
    /// Deploy-time values are not known.
    #[error("{place}: no value is known for {}", names.join(", "))]
    Values {
        /// The construct, or the file.
        place: String,
        /// The names.
        names: Vec<String>,
    },
    /// A workspace cannot be used.
    #[error("the workspace {id} cannot be used: {reason}")]
    Workspace {
        /// The id of the workspace.
        id: String,
        /// Why.
        reason: String,
    },
    /// A URL is none.
    #[error("{url:?} is not the URL of a Grafana: {reason}")]
    Url {
        /// What was given.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A file cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file is not what it should be.
    #[error("{} is damaged", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// Where and how.
        source: serde_json::Error,
    },
    /// A file has a version of the format that is not known.
    #[error("{} has version {version} of the format, known is {}", path.display(), belvedere_grafana::AssemblyFile::VERSION)]
    Version {
        /// The file.
        path: PathBuf,
        /// Its version.
        version: u32,
    },
}

fn lines(all: &[String]) -> String {
    all.iter().map(|line| format!("\n  {line}")).collect()
}

impl GrafanaError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Aws(error) => error.hint(),
            Self::Inspect(error) => error.hint(),
            Self::Unreachable { hint, .. } => hint.clone(),
            Self::Refused { status: 401, .. } => Some(
                "the login is wrong or has ended: see GRAFANA_TOKEN, or GRAFANA_USER and GRAFANA_PASSWORD, or the secret \
                 that the server names; a run of the same content at the same time ends the token of a workspace"
                    .into(),
            ),
            Self::Refused { status: 403, .. } => Some("whoever applies must be an administrator of the Grafana".into()),
            Self::Refused { status: 500.., .. } => {
                Some("that is a fault of the server, and was tried again: its log tells more".into())
            }
            Self::Foreign { .. } => {
                Some("something before the Grafana answers, such as a sign-in page: give the URL of the Grafana itself".into())
            }
            Self::Definition { .. } => Some("nothing was changed; correct the file or the app that made it".into()),
            Self::Conflicts { .. } => Some(
                "nothing was changed; give --adopt to take them over as they are defined, or give other uids".into(),
            ),
            Self::Failed { .. } => {
                Some("correct the definition and apply again: it goes on where this run ended".into())
            }
            Self::Declined { .. } => Some("nothing was changed; give --yes where nobody can be asked".into()),
            Self::Registry { .. } => {
                Some("restore a former version of that dashboard in Grafana, in its settings under versions".into())
            }
            Self::Secrets(_) => Some("set the variables, or see that whoever applies may read the secrets".into()),
            Self::Values { .. } => Some("deploy the stack first, or give --value NAME=VALUE with --file".into()),
            Self::Json { .. } | Self::Version { .. } => {
                Some("synthesize again with the version of the library that this program has".into())
            }
            Self::Url { .. } => Some("give one such as https://grafana.example.com or http://localhost:3000".into()),
            Self::Workspace { .. } | Self::Read { .. } => None,
            Self::Refused { .. } => None,
        }
    }
}
