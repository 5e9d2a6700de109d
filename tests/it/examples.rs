//! The examples, run as a user runs them, write what `synth-output/` holds, byte for byte.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::tools;

/// Every example: the arguments after `cargo run`, and the committed assembly.
const EXAMPLES: &[(&[&str], &str)] = &[
    (&["--example", "full_stack"], "full_stack"),
    (&["--example", "full_stack", "--", "self-hosted"], "full_stack_self_hosted"),
];

/// Runs an example in the repository's root and returns what it wrote.
fn synthesize(arguments: &[&str], case: &str) -> BTreeMap<PathBuf, Vec<u8>> {
    let folder = tools::scratch(case);
    let cargo = env::var_os("CARGO").unwrap_or_else(|| env!("CARGO").into());
    let output = Command::new(cargo)
        .args(["run", "--quiet", "--locked", "--package", "belvedere-examples"])
        .args(arguments)
        .current_dir(tools::root())
        .env("CDK_OUTDIR", &folder)
        // What the surroundings say of an account or of context must not decide what is written.
        .env_remove("CDK_CONTEXT_JSON")
        .env_remove("CONTEXT_OVERFLOW_LOCATION_ENV")
        .env_remove("CDK_DEFAULT_ACCOUNT")
        .env_remove("CDK_DEFAULT_REGION")
        .output()
        .expect("cargo starts");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    tools::files(&folder)
}

/// Says where two sets of files differ, a line for each file.
fn differences(committed: &BTreeMap<PathBuf, Vec<u8>>, written: &BTreeMap<PathBuf, Vec<u8>>) -> Vec<String> {
    let gone = committed.keys().filter(|name| !written.contains_key(*name));
    let mut found: Vec<String> = gone.map(|name| format!("{}: is not written anymore", name.display())).collect();
    for (name, bytes) in written {
        match committed.get(name) {
            None => found.push(format!("{}: is new", name.display())),
            Some(before) if before != bytes => {
                found.push(format!("{}:{}", name.display(), first_difference(before, bytes)));
            }
            Some(_) => {}
        }
    }
    found
}

fn first_difference(committed: &[u8], written: &[u8]) -> String {
    let (committed, written) = (String::from_utf8_lossy(committed), String::from_utf8_lossy(written));
    let (mut before, mut after) = (committed.split('\n'), written.split('\n'));
    for line in 1_usize.. {
        match (before.next(), after.next()) {
            (None, None) => break,
            (before, after) if before != after => {
                let shown = |line: Option<&str>| line.map_or("(end of file)".to_owned(), |line| shorten(line.trim()));
                return format!("{line}\n  committed: {}\n  written:   {}", shown(before), shown(after));
            }
            _ => {}
        }
    }
    "bytes that are not text".to_owned()
}

fn shorten(line: &str) -> String {
    match line.char_indices().nth(160) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

fn replace(folder: &Path, files: &BTreeMap<PathBuf, Vec<u8>>) {
    if folder.exists() {
        fs::remove_dir_all(folder).expect("the committed assembly can be replaced");
    }
    for (name, bytes) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().expect("a file lies in a folder")).expect("synth-output is writable");
        fs::write(path, bytes).expect("synth-output is writable");
    }
}

#[test]
fn write_what_is_committed() {
    let update = env::var_os("UPDATE").is_some_and(|value| value == "1");
    let mut problems = Vec::new();
    for (arguments, name) in EXAMPLES {
        let written = synthesize(arguments, &format!("example-{name}"));
        let folder = tools::root().join("synth-output").join(name);
        if update {
            replace(&folder, &written);
        }
        let found = differences(&tools::files(&folder), &written);
        problems.extend(found.into_iter().map(|difference| format!("synth-output/{name}/{difference}")));
    }
    assert!(
        problems.is_empty(),
        "{}\n\nUPDATE=1 cargo test -p belvedere-tests rewrites synth-output",
        problems.join("\n")
    );
}

#[test]
fn every_committed_assembly_has_its_example() {
    let folders = fs::read_dir(tools::root().join("synth-output")).expect("synth-output is committed");
    let names =
        folders.map(|entry| entry.expect("the folder can be listed").file_name().to_string_lossy().into_owned());
    let orphans: Vec<String> = names.filter(|name| !EXAMPLES.iter().any(|(_, known)| known == name)).collect();
    assert!(orphans.is_empty(), "no example of the table in tests/it/examples.rs writes {orphans:?}");
}

#[test]
fn write_the_same_bytes_twice() {
    for (arguments, name) in EXAMPLES {
        let first = synthesize(arguments, &format!("example-{name}-first"));
        let second = synthesize(arguments, &format!("example-{name}-second"));
        assert!(first.len() > 3, "{name}: {} files", first.len());
        let found = differences(&first, &second);
        assert!(found.is_empty(), "{name}: {}", found.join("\n"));
    }
}

#[test]
fn a_difference_names_its_line() {
    let one = |text: &str| BTreeMap::from([(PathBuf::from("file"), text.as_bytes().to_vec())]);
    assert_eq!(differences(&one("a\nb\n"), &one("a\nc\n")), ["file:2\n  committed: b\n  written:   c"]);
    assert_eq!(differences(&one("a"), &one("a\n")), ["file:2\n  committed: (end of file)\n  written:   "]);
    assert_eq!(differences(&one("a"), &BTreeMap::new()), ["file: is not written anymore"]);
    assert_eq!(differences(&BTreeMap::new(), &one("a")), ["file: is new"]);
}
