//! What is written, and what stays when nothing can be.

use std::fs;
use std::path::{Path, PathBuf};

use super::{app, thing};
use crate::assembly::InMemory;
use crate::{Asset, Stack, SynthError};

/// Returns a file of a rendered assembly.
#[track_caller]
pub(super) fn json_file(rendered: &InMemory, name: &str) -> serde_json::Value {
    let Some(bytes) = rendered.files.get(name) else { panic!("there is no file {name}") };
    serde_json::from_slice(bytes).expect("what is written is JSON")
}

/// A directory that is gone when the test ends.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("belvedere-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("the temporary directory can be written to");
        Self(path)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Returns the names of everything in it.
    fn names(&self) -> Vec<String> {
        names(&self.0)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).expect("the directory is there");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("it can be read").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn stack(marker: &str) -> Stack {
    let mut stack = Stack::new("Example");
    stack.add("Thing", thing().property("Marker", marker.to_owned()));
    stack
}

fn synth(directory: &Path, marker: &str) -> Result<crate::Assembly, SynthError> {
    app([stack(marker).into()]).out_dir(directory).synth()
}

#[track_caller]
fn holds(directory: &Path, marker: &str) {
    let template = fs::read_to_string(directory.join("Example.template.json")).expect("there is a template");
    assert!(template.contains(marker), "wanted {marker} in {template}");
}

#[test]
fn an_assembly_replaces_the_one_before() {
    let scratch = Scratch::new("replace");
    let out = scratch.path("some/where/out");
    synth(&out, "first").expect("a new directory is made");
    fs::write(out.join("asset.stale"), "").expect("the directory can be written to");
    synth(&out, "second").expect("the old one is replaced");
    holds(&out, "second");
    assert_eq!(names(&out), ["Example.template.json", "cdk.out", "manifest.json", "tree.json"]);
    assert_eq!(names(&scratch.path("some/where")), ["out"]);
}

#[test]
fn two_runs_write_the_same_bytes() {
    let scratch = Scratch::new("bytes");
    let (one, two) = (scratch.path("one"), scratch.path("two"));
    synth(&one, "same").expect("it can be written");
    synth(&two, "same").expect("it can be written");
    for name in names(&one) {
        assert_eq!(fs::read(one.join(&name)).ok(), fs::read(two.join(&name)).ok(), "{name}");
    }
}

#[test]
fn a_bad_program_leaves_the_last_good_output() {
    let scratch = Scratch::new("bad");
    let out = scratch.path("out");
    synth(&out, "good").expect("it can be written");
    let mut bad = stack("bad");
    bad.problem("is not ready");
    let error = app([bad.into()]).out_dir(&out).synth().expect_err("a problem is no output");
    assert!(error.to_string().starts_with("1 problem\n  Example: is not ready"), "{error}");
    holds(&out, "good");
}

#[test]
fn rejects_a_directory_with_files_of_the_users() {
    let scratch = Scratch::new("foreign");
    let out = scratch.path("out");
    fs::create_dir(&out).expect("it can be made");
    fs::write(out.join("thesis.tex"), "years of work").expect("it can be written");
    let error = synth(&out, "new").expect_err("the user's files stay");
    assert!(matches!(&error, SynthError::NotAnAssembly { entry, .. } if entry == "thesis.tex"), "{error}");
    assert!(error.to_string().ends_with("give an empty or new directory, so that nothing of yours is lost"), "{error}");
    assert_eq!(names(&out), ["thesis.tex"]);
    assert_eq!(scratch.names(), ["out"]);
}

#[test]
fn rejects_a_directory_that_cannot_be_made() {
    let scratch = Scratch::new("file");
    fs::write(scratch.path("file"), "in the way").expect("it can be written");
    for (out, action) in [
        ("file", "what is there cannot be read"),
        ("file/out", "its parent directory cannot be made"),
        ("file/deep/out", "its parent directory cannot be made"),
    ] {
        let error = synth(&scratch.path(out), "new").expect_err("a file is in the way");
        assert!(matches!(&error, SynthError::Write { action: known, .. } if known == action), "{out}: {error}");
        assert!(std::error::Error::source(&error).is_some(), "{error}");
    }
    assert_eq!(fs::read_to_string(scratch.path("file")).ok().as_deref(), Some("in the way"));
}

#[test]
fn an_asset_that_vanishes_leaves_the_last_good_output() {
    let scratch = Scratch::new("asset");
    let out = scratch.path("out");
    synth(&out, "good").expect("it can be written");
    let code = scratch.path("code.js");
    fs::write(&code, "1").expect("it can be written");
    let mut stack = stack("new");
    stack.scope().asset(Asset::file(&code));
    fs::remove_file(&code).expect("it can be removed");
    let error = app([stack.into()]).out_dir(&out).synth().expect_err("the asset is gone");
    assert!(matches!(error, SynthError::Write { .. }), "{error}");
    holds(&out, "good");
    assert_eq!(scratch.names(), ["out"]);
}

#[test]
fn a_run_that_was_killed_between_the_renames_is_made_good() {
    let scratch = Scratch::new("killed");
    let out = scratch.path("out");
    synth(&out, "good").expect("it can be written");
    fs::rename(&out, scratch.path(".out.old-4194305")).expect("it can be moved");
    fs::create_dir(scratch.path(".out.new-4194305")).expect("it can be made");
    // Even a run that writes nothing puts the last good output back.
    app([Stack::new("Empty").into()]).out_dir(&out).synth().expect_err("an empty stack is a problem");
    holds(&out, "good");
    assert_eq!(scratch.names(), ["out"]);
}

#[test]
fn what_killed_runs_left_is_removed() {
    let scratch = Scratch::new("stale");
    let out = scratch.path("out");
    synth(&out, "first").expect("it can be written");
    for stale in [".out.new-4194305", ".out.old-4194306", ".out.new-x", ".outer.new-1"] {
        fs::create_dir(scratch.path(stale)).expect("it can be made");
        fs::write(scratch.path(stale).join("manifest.json"), "{").expect("it can be written");
    }
    synth(&out, "second").expect("it can be written");
    holds(&out, "second");
    // What has another name is somebody else's.
    assert_eq!(scratch.names(), [".out.new-x", ".outer.new-1", "out"]);
}

#[test]
fn half_of_an_assembly_is_replaced() {
    let scratch = Scratch::new("half");
    let out = scratch.path("out");
    fs::create_dir(&out).expect("it can be made");
    fs::write(out.join("manifest.json"), "{\"version\":").expect("it can be written");
    synth(&out, "whole").expect("it can be written");
    holds(&out, "whole");
}

#[test]
fn the_clis_lock_files_stay() {
    let scratch = Scratch::new("lock");
    let out = scratch.path("out");
    synth(&out, "first").expect("it can be written");
    fs::write(out.join("read.1.1.lock"), "1").expect("it can be written");
    synth(&out, "second").expect("it can be written");
    assert!(out.join("read.1.1.lock").is_file());
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link() {
    let scratch = Scratch::new("link");
    let (real, link) = (scratch.path("real"), scratch.path("link"));
    synth(&real, "first").expect("it can be written");
    std::os::unix::fs::symlink(&real, &link).expect("links can be made");
    synth(&link, "second").expect("it can be written");
    assert!(link.is_symlink());
    holds(&real, "second");
    assert_eq!(scratch.names(), ["link", "real"]);
}

#[test]
fn several_runs_at_once_leave_one_whole_output() {
    let scratch = Scratch::new("race");
    let out = scratch.path("out");
    std::thread::scope(|threads| {
        for number in 0..4 {
            let out = &out;
            threads.spawn(move || synth(out, &format!("run-{number}")).expect("each run writes"));
        }
    });
    holds(&out, "run-");
    assert_eq!(scratch.names(), ["out"]);
}
