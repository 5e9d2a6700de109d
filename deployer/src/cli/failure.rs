//! The one printer of errors.

use std::error::Error;
use std::io;
use std::path::PathBuf;

use glob::PatternError;
use thiserror::Error;

use crate::dashboards::DashboardsError;
use crate::grafana::GrafanaError;
use crate::{
    AccountError, AppError, AssemblyError, AssetError, ConnectError, DeployError, DiffError, ImageError, InspectError,
    PackageError, SelectError,
};

/// Why a command failed.
#[derive(Debug, Error)]
pub(super) enum Failure {
    #[error(transparent)]
    Account(#[from] AccountError),
    #[error(transparent)]
    App(#[from] AppError),
    #[error(transparent)]
    Assembly(#[from] AssemblyError),
    #[error(transparent)]
    Asset(#[from] AssetError),
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error(transparent)]
    Dashboards(#[from] DashboardsError),
    #[error(transparent)]
    Deploy(#[from] DeployError),
    #[error(transparent)]
    Diff(#[from] DiffError),
    #[error(transparent)]
    Grafana(#[from] GrafanaError),
    #[error(transparent)]
    Inspect(#[from] InspectError),
    #[error(transparent)]
    Image(#[from] ImageError),
    #[error(transparent)]
    Package(#[from] PackageError),
    #[error(transparent)]
    Select(#[from] SelectError),
    #[error("the app reports {count} error{}", if *count == 1 { "" } else { "s" })]
    Reported { count: usize },
    #[error("cannot write the result")]
    Output {
        #[from]
        source: io::Error,
    },
    #[error("cannot write the result")]
    Json {
        #[from]
        source: serde_json::Error,
    },
    #[error("cannot write {}", path.display())]
    OutputsFile { path: PathBuf, source: io::Error },
    #[error("cannot read the stack policy {}", path.display())]
    PolicyFile { path: PathBuf, source: io::Error },
    #[error("{place}: {reason}")]
    Parameter { place: String, reason: String },
    #[error("cannot read {}", path.display())]
    ParameterFile { path: PathBuf, source: io::Error },
    #[error("parameter {name} has a value for one stack and another for all")]
    TwoValues { name: String },
    #[error("one stack must be chosen, got {}: {}", names.len(), names.join(", "))]
    OneStack { names: Vec<String> },
    #[error("none of the stacks has a content for a Grafana")]
    NoContent,
    #[error("no login for the Grafana is given")]
    NoLogin,
    #[error("--url needs {argument}: {what}")]
    Missing { argument: &'static str, what: &'static str },
    #[error("the content {content} has values that only a deployment knows: {}", names.join(", "))]
    Values { content: String, names: Vec<String> },
    #[error("two contents are called {name}")]
    SameContent { name: String },
    #[error("a content called {name:?} cannot be written to files")]
    ContentName { name: String },
    #[error("{} is no content", path.display())]
    ContentFile { path: PathBuf, source: serde_json::Error },
    #[error("cannot open {url}")]
    Open { url: String, source: io::Error },
    #[error("there is nothing to watch: the app is an assembly that is there already")]
    NothingToWatch,
    #[error("the settings of watch have a wrong pattern")]
    WatchPattern {
        #[from]
        source: PatternError,
    },
    #[error("there are differences")]
    Differences,
    #[error("{} not well", if *count == 1 { "one stack is".to_owned() } else { format!("{count} stacks are") })]
    Unwell { count: usize },
    #[error("{} of the checks failed", if *count == 1 { "one".to_owned() } else { count.to_string() })]
    Checks { count: usize },
    #[error("{} found", if *count == 1 { "one problem was".to_owned() } else { format!("{count} problems were") })]
    Problems { count: usize },
    #[error("{} no data", if *count == 1 { "one panel has".to_owned() } else { format!("{count} panels have") })]
    Panels { count: usize },
    #[error("interrupted")]
    Interrupted { text: String },
    #[error("cannot start the runtime")]
    Runtime { source: io::Error },
    #[error(transparent)]
    Arguments(#[from] clap::Error),
}

impl Failure {
    pub(super) fn hint(&self) -> Option<String> {
        match self {
            Self::Account(error) => Some(error.hint()),
            Self::App(error) => error.hint(),
            Self::Assembly(error) => Some(error.hint()),
            Self::Asset(error) => error.hint(),
            Self::Connect(error) => Some(error.hint()),
            Self::Dashboards(error) => error.hint(),
            Self::Deploy(error) => error.hint(),
            Self::Diff(error) => error.hint(),
            Self::Grafana(error) => error.hint(),
            Self::Image(error) => error.hint(),
            Self::Inspect(error) => error.hint(),
            Self::Package(error) => error.hint(),
            Self::Select(error) => Some(error.hint()),
            Self::Reported { .. } => Some("correct the constructs that the summary names".into()),
            Self::NoContent => Some("give --file and --url for a content that is of no stack".into()),
            Self::Missing { .. } => Some("without --url, the contents of the stacks are meant".into()),
            Self::SameContent { .. } => Some("choose one of the stacks".into()),
            Self::ContentName { .. } => Some("give it a name of letters, digits, - and _".into()),
            Self::ContentFile { .. } => {
                Some("give what `belvedere grafana export`, or `Content::document` of the library, writes".into())
            }
            Self::NoLogin => Some("set GRAFANA_TOKEN, or GRAFANA_USER and GRAFANA_PASSWORD".into()),
            Self::Open { .. } => None,
            Self::NothingToWatch => Some("give --app a command that writes it, such as cargo run".into()),
            Self::WatchPattern { .. } => Some("a pattern may have *, ?, [ab], and ** as a whole part".into()),
            Self::Values { .. } => {
                Some("give each by --value NAME=VALUE; the outputs of the deployed stack have them".into())
            }
            Self::TwoValues { name } => Some(format!("give {name} for each stack, as STACK:{name}=VALUE")),
            Self::ParameterFile { .. } => Some("give a file that can be read, or - for the standard input".into()),
            Self::Checks { .. } => Some("do what the lines say that begin with fail".into()),
            Self::Problems { .. } => Some("correct what the lines name that begin with problem".into()),
            Self::Output { .. }
            | Self::OutputsFile { .. }
            | Self::PolicyFile { .. }
            | Self::Json { .. }
            | Self::OneStack { .. }
            | Self::Parameter { .. }
            | Self::Differences
            | Self::Panels { .. }
            | Self::Unwell { .. }
            | Self::Interrupted { .. }
            | Self::Runtime { .. }
            | Self::Arguments(_) => None,
        }
    }

    /// Whether whoever reads the result has seen enough: that is no failure.
    pub(super) fn is_closed_pipe(&self) -> bool {
        let kind = match self {
            Self::Output { source } => Some(source.kind()),
            Self::Json { source } => source.io_error_kind(),
            _ => None,
        };
        kind == Some(io::ErrorKind::BrokenPipe)
    }

    /// What the process exits with.
    pub(super) fn code(&self) -> u8 {
        match self {
            Self::Missing { .. }
            | Self::TwoValues { .. }
            | Self::OneStack { .. }
            | Self::Parameter { .. }
            | Self::Arguments(_) => 2,
            Self::Deploy(DeployError::Options { .. }) | Self::PolicyFile { .. } => 2,
            Self::Deploy(DeployError::Declined { .. }) | Self::Grafana(GrafanaError::Declined { .. }) => 3,
            Self::Differences | Self::Panels { .. } | Self::Unwell { .. } => 4,
            Self::Interrupted { .. } => 130,
            _ => 1,
        }
    }

    /// The error, what caused it, and what to do about it, a line each.
    pub(super) fn render(&self, color: bool) -> String {
        if let Self::Interrupted { text } = self {
            return text.clone();
        }
        let paint = |code: &str, word: &str| if color { format!("\u{1b}[{code}m{word}\u{1b}[0m") } else { word.into() };
        let mut text = format!("{} {self}\n", paint("1;31", "error:"));
        let mut source = self.source();
        while let Some(cause) = source {
            text += &format!("  {} {}\n", paint("31", "caused by:"), cause.to_string().trim_end());
            source = cause.source();
        }
        if let Some(hint) = self.hint() {
            text += &format!("{} {hint}\n", paint("36", "hint:"));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_and_hints_have_their_lines() {
        let source = serde_json::from_str::<u8>("[").expect_err("cut short");
        let failure = Failure::from(AssemblyError::Json { path: "manifest.json".into(), source });
        assert_eq!(
            failure.render(false),
            "error: manifest.json is damaged\n  caused by: invalid type: sequence, expected u8 at line 1 column 0\n\
             hint: synthesize again; an assembly is not meant to be edited\n"
        );
    }

    #[test]
    fn codes_are_those_of_the_help() {
        let declined = DeployError::Declined { question: "replace it?".into() };
        assert_eq!(Failure::from(declined).code(), 3);
        assert_eq!(Failure::Differences.code(), 4);
        assert_eq!(Failure::Unwell { count: 1 }.code(), 4);
        assert_eq!(Failure::TwoValues { name: "Size".into() }.code(), 2);
        assert_eq!(Failure::Reported { count: 1 }.code(), 1);
        let interrupted = Failure::Interrupted { text: "interrupted: and so on\n".into() };
        assert_eq!((interrupted.code(), interrupted.render(true).as_str()), (130, "interrupted: and so on\n"));
    }

    #[test]
    fn color_is_only_paint() {
        let failure = Failure::Reported { count: 2 };
        assert!(failure.render(true).starts_with("\u{1b}[1;31merror:\u{1b}[0m the app reports 2 errors\n"));
        assert!(failure.render(false).starts_with("error: the app reports 2 errors\n"));
    }
}
