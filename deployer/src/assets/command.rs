//! Assets that a command makes.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use super::error::AssetError;
use super::sources::is_own;
use crate::cli;

/// Runs a command that makes a file, and returns the path that it writes to its standard output.
///
/// `cargo belvedere package` is done by this process itself: nothing has to be installed for it, and a user's own
/// deployer can do it too.
pub(super) fn file(arguments: &[String]) -> Result<PathBuf, AssetError> {
    if is_own(arguments) {
        let packaging = cli::packaging(&arguments[2..]);
        return Ok(packaging.map_err(|source| wrong(arguments, source))?()?);
    }
    let answer = run(arguments, None)?;
    let path = PathBuf::from(&answer);
    if answer.is_empty() || !path.is_file() {
        return Err(AssetError::Answer { command: arguments.join(" "), answer });
    }
    Ok(path)
}

pub(super) fn wrong(arguments: &[String], source: clap::Error) -> AssetError {
    AssetError::Arguments { command: arguments.join(" "), source: Box::new(source) }
}

/// Runs a command in `directory`, or else in the current one, and returns what it writes to its standard output. What it
/// writes to its standard error goes to that of this process.
pub(super) fn run(arguments: &[String], directory: Option<&Path>) -> Result<String, AssetError> {
    let line = || arguments.join(" ");
    let Some((program, rest)) = arguments.split_first() else {
        let source = io::Error::from(io::ErrorKind::NotFound);
        return Err(AssetError::Start { command: String::new(), source });
    };
    let mut command = Command::new(program);
    command.args(rest).stdin(Stdio::null()).stderr(Stdio::inherit());
    if let Some(directory) = directory {
        command.current_dir(directory);
    }
    let output = command.output().map_err(|source| AssetError::Start { command: line(), source })?;
    let Output { status, stdout, .. } = output;
    if !status.success() {
        return Err(AssetError::Command { command: line(), status });
    }
    Ok(String::from_utf8_lossy(&stdout).trim().to_owned())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(script: &str) -> Vec<String> {
        ["sh", "-c", script].map(str::to_owned).to_vec()
    }

    #[test]
    fn standard_output_names_the_file() {
        let file_made = tempfile::NamedTempFile::new().expect("made");
        let path = file_made.path();
        let named = file(&shell(&format!("echo; echo '{}'; echo", path.display()))).expect("named");
        assert_eq!(named, path);
    }

    #[test]
    fn what_goes_wrong_is_told_with_the_command() {
        let error = file(&shell("exit 3")).expect_err("it fails");
        assert_eq!(error.to_string(), "\"sh -c exit 3\" failed: exit status: 3");
        let error = file(&shell("echo /nowhere/at-all")).expect_err("no such file");
        assert!(error.to_string().ends_with("to stdout, got \"/nowhere/at-all\""), "{error}");
        let error = file(&["/nowhere/program".to_owned()]).expect_err("no such program");
        assert_eq!(error.to_string(), "cannot start \"/nowhere/program\"");
        assert!(matches!(file(&[]), Err(AssetError::Start { .. })));
    }

    #[test]
    fn cargo_belvedere_is_this_process_itself() {
        let arguments = ["cargo", "belvedere", "package", "lambda"].map(str::to_owned);
        assert!(matches!(file(&arguments), Err(AssetError::Arguments { .. })), "--package is missing");
        let manifest = "/nowhere/Cargo.toml";
        let arguments = ["cargo", "belvedere", "package", "program", "--package", "one", "--manifest-path", manifest];
        assert!(matches!(file(&arguments.map(str::to_owned)), Err(AssetError::Package(_))));
    }

    #[test]
    fn an_image_command_runs_where_it_is_told_to() {
        let directory = tempfile::tempdir().expect("made");
        let place = directory.path().canonicalize().expect("there");
        assert_eq!(run(&shell("pwd -P"), Some(&place)).expect("it runs"), place.to_string_lossy());
    }
}
