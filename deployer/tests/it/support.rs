//! Running the program, and places to run it in.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The fixture for a situation.
pub(crate) fn fixture(situation: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(situation)
}

/// An empty directory of its own for a test.
pub(crate) fn empty(test: &str) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory).expect("a directory is made");
    directory
}

/// What a run of the program came to.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// Its standard output, where it did what it was asked to do.
    pub(crate) fn ok(self) -> String {
        assert_eq!(self.code, Some(0), "{self:#?}");
        self.stdout
    }

    /// Its standard error, where it failed and so had no result.
    pub(crate) fn failed(self) -> String {
        assert_eq!(self.code, Some(1), "{self:#?}");
        assert_eq!(self.stdout, "");
        self.stderr
    }
}

/// The program in `directory`, with nothing of what the environment may say about AWS or the app.
pub(crate) fn belvedere(directory: &Path) -> Command {
    clean(Command::new(env!("CARGO_BIN_EXE_belvedere")), directory)
}

/// The same as a subcommand of cargo.
pub(crate) fn cargo_belvedere(directory: &Path) -> Command {
    clean(Command::new(env!("CARGO_BIN_EXE_cargo-belvedere")), directory)
}

/// A program in `directory`, with nothing of what the environment may say about AWS or the app.
pub(crate) fn clean(mut command: Command, directory: &Path) -> Command {
    for (name, _) in std::env::vars_os() {
        if ["AWS_", "CDK_"].iter().any(|prefix| name.to_string_lossy().starts_with(prefix)) {
            command.env_remove(name);
        }
    }
    command.current_dir(directory);
    command
}

pub(crate) fn run(command: &mut Command) -> Run {
    let Output { status, stdout, stderr } = command.output().expect("the program runs");
    let text = |bytes| String::from_utf8(bytes).expect("the program writes UTF-8");
    Run { code: status.code(), stdout: text(stdout), stderr: text(stderr) }
}
