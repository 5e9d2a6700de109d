//! Finds the programs that judge, the assemblies that they judge, and says what was skipped.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsStr;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The repository's root.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate lies below the root")
}

/// A program below `target/tools`, or nothing once the skipped case is reported.
///
/// # Panics
/// When the program is not there and `BELVEDERE_REQUIRE_TOOLS` is 1.
pub(crate) fn find_or_skip(case: &str, program: &str) -> Option<PathBuf> {
    let folder = env::var_os("BELVEDERE_TOOLS").map_or_else(|| root().join("target/tools"), PathBuf::from);
    let path = folder.join(program);
    if path.exists() {
        return Some(path);
    }
    let reason = format!("{program} is not installed; tests/tools/install does that");
    assert!(env::var_os("BELVEDERE_REQUIRE_TOOLS").is_none_or(|value| value != "1"), "{case}: {reason}");
    skip(case, &reason);
    None
}

/// A program of Debian's, on the path or below `target/tools`, or nothing once the skipped case is reported.
///
/// # Panics
/// When the program is not there and `BELVEDERE_REQUIRE_TOOLS` is 1.
pub(crate) fn find_debian_or_skip(case: &str, program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&path).map(|folder| folder.join(program)).find(|path| path.exists());
    found.or_else(|| find_or_skip(case, &format!("deb/usr/bin/{program}")))
}

/// Reports a case that was not tried, past the test runner's capture, which would hide it.
pub(crate) fn skip(case: &str, reason: &str) {
    note(&format!("skipped: {case}: {reason}"));
}

/// Writes a line to stderr past the test runner's capture.
pub(crate) fn note(line: &str) {
    // A closed stderr is no reason to fail a test.
    _ = writeln!(io::stderr().lock(), "{line}");
}

/// The committed assemblies in `synth-output/`, sorted; reports a skipped case when there is none.
pub(crate) fn assemblies_or_skip(case: &str) -> Option<Vec<PathBuf>> {
    let folder = root().join("synth-output");
    let entries = fs::read_dir(&folder).into_iter().flatten();
    let mut found: Vec<_> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.join("manifest.json").exists())
        .collect();
    found.sort();
    if found.is_empty() {
        skip(case, "synth-output/ holds no assembly");
        return None;
    }
    Some(found)
}

/// A scratch folder of one test, emptied when it begins and left for inspection when it ends.
pub(crate) fn scratch(case: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(case);
    _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("the target folder is writable");
    folder
}

/// What a program wrote to stdout and stderr, and whether it succeeded.
pub(crate) struct Ran {
    pub(crate) text: String,
    pub(crate) success: bool,
}

/// Runs a script of `tests/tools` in the repository's root.
pub(crate) fn run(
    interpreter: impl AsRef<OsStr>,
    script: &str,
    arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
) -> Ran {
    let output = Command::new(interpreter)
        .arg(root().join("tests/tools").join(script))
        .args(arguments)
        .current_dir(root())
        .output()
        .expect("the interpreter starts");
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    Ran { text, success: output.status.success() }
}

/// Makes the sample assembly of the given kind and gives back its folder.
pub(crate) fn sample(kind: &str, case: &str) -> PathBuf {
    let folder = scratch(case).join(kind);
    let made = run("python3", "sample_assembly.py", [OsStr::new(kind), folder.as_os_str()]);
    assert!(made.success, "{}", made.text);
    folder
}

/// Every file below a folder, by its path there. A folder that is not there has none.
pub(crate) fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(current) = open.pop() {
        for entry in fs::read_dir(current).into_iter().flatten() {
            let path = entry.expect("the folder can be listed").path();
            if path.is_dir() {
                open.push(path);
            } else {
                let relative = path.strip_prefix(folder).expect("what is listed lies below").to_owned();
                found.insert(relative, fs::read(&path).expect("what is listed can be read"));
            }
        }
    }
    found
}
