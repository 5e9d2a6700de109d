//! Dashboards before they are deployed: which there are, and what they would show.

mod code;
mod fetch;
mod found;

use std::io;
use std::path::PathBuf;

use belvedere_grafana::Finding;
use thiserror::Error;

use crate::grafana::GrafanaError;

pub use code::{WrittenFile, write_code, write_content};
pub(crate) use fetch::NO_ANSWER;
pub use fetch::{Servers, answer};
pub use found::{FoundDashboard, files_below, of_assembly, of_files, read};

/// Why dashboards cannot be had or shown.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DashboardsError {
    /// A file cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file is no JSON.
    #[error("{} is not JSON", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// Why, with line and column.
        source: serde_json::Error,
    },
    /// A file is JSON, but no dashboard.
    #[error("{} is not a dashboard: {reason}", path.display())]
    NotADashboard {
        /// The file.
        path: PathBuf,
        /// What it is, or lacks.
        reason: String,
    },
    /// What an assembly has for a Grafana cannot be read.
    #[error(transparent)]
    Content(#[from] GrafanaError),
    /// There is nothing to show.
    #[error("the stacks have no dashboards")]
    None,
    /// Directories without a file of JSON.
    #[error("there is no file that ends with .json")]
    NoFile,
    /// The page cannot be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The address of a data source is none.
    #[error("{text:?} is not the URL of a server")]
    Url {
        /// What was given.
        text: String,
    },
    /// A dashboard cannot be written as Rust.
    #[error("{finding}")]
    Code {
        /// Why.
        finding: Box<Finding>,
    },
    /// A file that would be overwritten.
    #[error("{} is there already", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// Requests cannot be made at all.
    #[error("cannot make requests")]
    Client {
        /// Why.
        source: reqwest::Error,
    },
}

impl DashboardsError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NotADashboard { .. } => Some("give what Grafana's export, or its API, calls a dashboard".into()),
            Self::Exists { .. } => Some("give another directory, or --force".into()),
            Self::Content(error) => error.hint(),
            Self::None => Some("add one to a content, or give the files of dashboards".into()),
            Self::Url { .. } => Some("give one such as http://127.0.0.1:9090".into()),
            _ => None,
        }
    }
}
