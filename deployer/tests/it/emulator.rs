//! An emulator of AWS that nobody here wrote.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::{env, fs, io, io::Write as _};

/// A running emulator, and what a program has to know to use it.
pub(crate) struct Emulator {
    process: Child,
    pub(crate) url: String,
}

impl Emulator {
    /// Starts one, or reports the skipped case.
    pub(crate) fn start(case: &str) -> Option<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate lies below the root");
        let python = tool_or_skip(case, "ministack/bin/python")?;
        let log = fs::File::create(Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{case}.emulator.log")));
        let mut process = Command::new(python)
            .arg(root.join("tests/tools/ministack_plus.py"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log.expect("the target folder is writable"))
            .spawn()
            .expect("the emulator starts");
        let mut line = String::new();
        let stdout = process.stdout.take().expect("piped");
        BufReader::new(stdout).read_line(&mut line).expect("the emulator says where it is");
        let url = line.split_whitespace().nth(1).unwrap_or_else(|| panic!("{line:?}")).to_owned();
        Some(Self { process, url })
    }

    /// What the environment has to say for this emulator to be AWS.
    pub(crate) fn variables(&self) -> [(&'static str, String); 5] {
        [
            ("AWS_ENDPOINT_URL", self.url.clone()),
            ("AWS_REGION", "eu-central-1".into()),
            ("AWS_ACCESS_KEY_ID", "123456789012".into()),
            ("AWS_SECRET_ACCESS_KEY", "not-a-secret".into()),
            ("AWS_EC2_METADATA_DISABLED", "true".into()),
        ]
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        let id = self.process.id().to_string();
        // By SIGTERM it ends its own processes first.
        _ = Command::new("kill").args(["-TERM", &id]).status();
        _ = self.process.wait();
    }
}

/// A program below `target/tools`, or nothing once the skipped case is reported.
pub(crate) fn tool_or_skip(case: &str, program: &str) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate lies below the root");
    let folder = env::var_os("BELVEDERE_TOOLS").map_or_else(|| root.join("target/tools"), PathBuf::from);
    let path = folder.join(program);
    if path.exists() {
        return Some(path);
    }
    let reason = format!("{program} is not installed; tests/tools/install does that");
    assert!(env::var_os("BELVEDERE_REQUIRE_TOOLS").is_none_or(|value| value != "1"), "{case}: {reason}");
    // Past the test runner's capture. A closed stderr is no reason to fail a test.
    _ = writeln!(io::stderr().lock(), "skipped: {case}: {reason}");
    None
}
