//! Running an app: the program that writes a cloud assembly.

use std::fs;
use std::io;
use std::path::{self, Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use serde_json::{Map, Value};
use thiserror::Error;

use crate::assembly::SCHEMA_MAJOR;

/// Where an assembly comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum App {
    /// An assembly that is there already.
    Assembly(PathBuf),
    /// A command that writes one.
    Command(AppCommand),
}

impl App {
    /// Understands what a user calls the app: the path of a directory, or else a command.
    #[must_use]
    pub fn new(app: &str) -> Self {
        let directory = Path::new(app);
        if directory.is_dir() { Self::Assembly(directory.into()) } else { Self::Command(AppCommand::new(app)) }
    }
}

/// A command that writes an assembly, and what it is told.
#[derive(Clone, Debug, PartialEq)]
pub struct AppCommand {
    command: String,
    build: Option<String>,
    outdir: PathBuf,
    account: Option<String>,
    region: Option<String>,
    context: Map<String, Value>,
}

impl AppCommand {
    /// A command line, as a shell takes it.
    #[must_use]
    pub fn new(command: impl Into<String>) -> Self {
        Self {
            command: command.into(),
            build: None,
            outdir: "cdk.out".into(),
            account: None,
            region: None,
            context: Map::new(),
        }
    }

    /// A command line that is run before. None by default.
    #[must_use]
    pub fn build(mut self, command: impl Into<String>) -> Self {
        self.build = Some(command.into());
        self
    }

    /// Where the command writes its assembly. `cdk.out` in the current directory by default.
    #[must_use]
    pub fn outdir(mut self, directory: impl Into<PathBuf>) -> Self {
        self.outdir = directory.into();
        self
    }

    /// The account of stacks that do not name theirs. What `CDK_DEFAULT_ACCOUNT` says by default.
    #[must_use]
    pub fn account(mut self, account: impl Into<String>) -> Self {
        self.account = Some(account.into());
        self
    }

    /// The region of stacks that do not name theirs. By default they stay without one.
    #[must_use]
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into());
        self
    }

    /// What the app is told besides, by key. May be called again; the later value of a key counts.
    #[must_use]
    pub fn context(mut self, context: impl IntoIterator<Item = (String, Value)>) -> Self {
        self.context.extend(context);
        self
    }

    /// Runs the command in a shell, and returns the directory that it has written to.
    ///
    /// The command has the environment of this process and what the official CLI adds to it: `CDK_OUTDIR` (absolute),
    /// `CDK_CONTEXT_JSON`, `CDK_CLI_ASM_VERSION`, `CDK_CLI_VERSION`, and `CDK_DEFAULT_ACCOUNT` and `CDK_DEFAULT_REGION`
    /// where they are known; to find the account of some credentials takes a call to AWS.
    /// What the command writes to its standard output and error goes to the standard error of this process.
    ///
    /// # Errors
    /// The directory cannot be made, or the command cannot be started or fails.
    pub fn run(&self) -> Result<PathBuf, AppError> {
        let outdir = |source| AppError::Outdir { path: self.outdir.clone(), source };
        let absolute = path::absolute(&self.outdir).map_err(outdir)?;
        fs::create_dir_all(&absolute).map_err(outdir)?;
        for line in self.build.iter().chain([&self.command]) {
            let mut command = shell(line);
            command
                .env("CDK_OUTDIR", &absolute)
                .env("CDK_CONTEXT_JSON", Value::Object(self.context.clone()).to_string())
                .env("CDK_CLI_ASM_VERSION", format!("{SCHEMA_MAJOR}.0.0"))
                .env("CDK_CLI_VERSION", env!("CARGO_PKG_VERSION"));
            if let Some(account) = &self.account {
                command.env("CDK_DEFAULT_ACCOUNT", account);
            }
            if let Some(region) = &self.region {
                command.env("CDK_DEFAULT_REGION", region);
            }
            command.stdin(Stdio::null()).stdout(io::stderr());
            match command.status() {
                Ok(status) if status.success() => {}
                Ok(status) => return Err(failed(line, status)),
                Err(source) => return Err(AppError::Start { command: line.clone(), source }),
            }
        }
        Ok(self.outdir.clone())
    }
}

#[cfg(not(windows))]
fn shell(line: &str) -> Command {
    let mut command = Command::new("sh");
    command.arg("-c").arg(line);
    command
}

#[cfg(windows)]
fn shell(line: &str) -> Command {
    use std::os::windows::process::CommandExt;
    let mut command = Command::new("cmd");
    // As it stands: the shell reads its line by rules that differ from those of every other program.
    command.args(["/d", "/s", "/c"]).raw_arg(format!("\"{line}\""));
    command
}

fn failed(line: &str, status: ExitStatus) -> AppError {
    let command = line.to_owned();
    match status.code() {
        Some(code) => AppError::Exit { command, code },
        None => AppError::Ended { command, status },
    }
}

/// Reads `KEY=VALUE`, as it is given on a command line; the value is a text.
///
/// # Errors
/// There is no `=`, or nothing before it.
pub fn context_entry(argument: &str) -> Result<(String, Value), AppError> {
    match argument.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.into())),
        _ => Err(AppError::Context { argument: argument.into() }),
    }
}

/// Why an app cannot be run.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AppError {
    /// Nobody says which app.
    #[error("no app is given")]
    NoApp,
    /// A context argument has no key.
    #[error("context must be KEY=VALUE, got {argument:?}")]
    Context {
        /// The argument.
        argument: String,
    },
    /// A settings file cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// `belvedere.toml` is not well-formed.
    #[error("{} is wrong", path.display())]
    Toml {
        /// The file.
        path: PathBuf,
        /// Where and how.
        source: Box<toml::de::Error>,
    },
    /// `cdk.json` or `cdk.context.json` is not well-formed.
    #[error("{} is wrong", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// Where and how.
        source: serde_json::Error,
    },
    /// The output directory cannot be made.
    #[error("cannot make the output directory {}", path.display())]
    Outdir {
        /// The directory.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The command cannot be started.
    #[error("cannot start {command:?}")]
    Start {
        /// The command line.
        command: String,
        /// What the system says.
        source: io::Error,
    },
    /// The command fails.
    #[error("{command:?} failed with exit code {code}")]
    Exit {
        /// The command line.
        command: String,
        /// What it exited with.
        code: i32,
    },
    /// The command was ended from outside.
    #[error("{command:?} was ended by a {status}")]
    Ended {
        /// The command line.
        command: String,
        /// What ended it.
        status: ExitStatus,
    },
}

impl AppError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoApp => Some(
                "give --app a directory or a command, or set app in belvedere.toml or cdk.json, \
                 such as app = \"cargo run --quiet\""
                    .into(),
            ),
            Self::Exit { command, code: 127 } => Some(format!("{command:?} is neither a directory nor a command")),
            // Linux gives a program 128 kB for one variable.
            Self::Start { source, .. } if source.kind() == io::ErrorKind::ArgumentListTooLong => {
                Some("the context does not fit into a variable; take what is no longer used out of it".into())
            }
            _ => None,
        }
    }
}
