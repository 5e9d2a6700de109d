//! `belvedere package`. The programs are built for the host, as on Linux with glibc it can.

#![cfg(all(target_os = "linux", target_env = "gnu"))]

use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{Run, belvedere, empty, fixture, run};

pub(crate) const ARCHITECTURE: &str = if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" };
const OTHER_ARCHITECTURE: &str = if cfg!(target_arch = "aarch64") { "x86_64" } else { "arm64" };

/// A copy of the workspace, which the build may write to.
pub(crate) struct Workspace {
    pub(crate) directory: PathBuf,
}

impl Workspace {
    pub(crate) fn copy(test: &str) -> Self {
        let directory = empty(test);
        copy(&fixture("workspace"), &directory);
        Self { directory }
    }

    fn command(&self, inside: &str) -> Command {
        let mut command = belvedere(&self.directory.join(inside));
        command.env("CARGO_TARGET_DIR", self.directory.join("target")).env_remove("CARGO_BUILD_TARGET");
        command.arg("package");
        command
    }

    pub(crate) fn package(&self, arguments: &[&str]) -> Run {
        run(self.command("").args(arguments).args(["--architecture", ARCHITECTURE]))
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory is made");
    for entry in fs::read_dir(from).expect("a fixture") {
        let path = entry.expect("an entry").path();
        let copied = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy(&path, &copied);
        } else {
            fs::copy(&path, &copied).expect("a file is copied");
        }
    }
}

/// What is printed: one path, absolute, of a file.
fn path(run: Run) -> PathBuf {
    let stdout = run.ok();
    let path = PathBuf::from(stdout.strip_suffix('\n').expect("a line"));
    assert!(path.is_absolute() && path.is_file(), "{stdout:?}");
    path
}

fn said(program: &Path) -> String {
    String::from_utf8(Command::new(program).output().expect("it runs").stdout).expect("UTF-8")
}

#[test]
fn a_program_is_built_and_its_path_printed() {
    let workspace = Workspace::copy("package-program");
    let built = workspace.package(&["program", "--package", "one"]);
    assert!(built.stderr.contains("Finished"), "cargo's progress goes to stderr: {}", built.stderr);
    assert_eq!(said(&path(built)), "one runs\n");

    let second = workspace.package(&["program", "--package", "several", "--bin", "second"]);
    assert_eq!(said(&path(second)), "second runs\n");

    let copied = path(workspace.package(&["program", "--package", "one", "--out", "copies"]));
    assert_eq!(copied, workspace.directory.join("copies/one"));
    assert_eq!(said(&copied), "one runs\n");
}

#[test]
fn it_works_anywhere_inside_the_workspace_and_with_its_manifest_outside() {
    let workspace = Workspace::copy("package-anywhere");
    let arguments = ["program", "--package", "one", "--architecture", ARCHITECTURE];
    assert_eq!(said(&path(run(workspace.command("several/src/bin").args(arguments)))), "one runs\n");
    let manifest = workspace.directory.join("Cargo.toml");
    let mut command = workspace.command("");
    command.current_dir(std::env::temp_dir()).args(arguments).arg("--manifest-path").arg(manifest);
    assert_eq!(said(&path(run(&mut command))), "one runs\n");
}

#[test]
fn a_function_is_a_zip_with_a_bootstrap() {
    let workspace = Workspace::copy("package-lambda");
    let zip = path(workspace.package(&["lambda", "--package", "one"]));
    assert_eq!(zip, workspace.directory.join(format!("target/belvedere/one-{ARCHITECTURE}.zip")));

    let bytes = fs::read(&zip).expect("it is read");
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(&bytes)).expect("a zip file");
    assert_eq!(archive.len(), 1);
    let mut file = archive.by_name("bootstrap").expect("the program");
    assert_eq!(file.unix_mode().map(|mode| mode & 0o777), Some(0o755));
    let mut program = Vec::new();
    file.read_to_end(&mut program).expect("it unpacks");
    let bootstrap = workspace.directory.join("bootstrap");
    fs::write(&bootstrap, program).expect("it is written");
    fs::set_permissions(&bootstrap, fs::Permissions::from_mode(0o755)).expect("it is ours");
    assert_eq!(said(&bootstrap), "one runs\n");

    let again = path(workspace.package(&["lambda", "--package", "one", "--out", "again"]));
    assert_eq!(again, workspace.directory.join(format!("again/one-{ARCHITECTURE}.zip")));
    assert!(fs::read(again).expect("it is read") == bytes, "the same program gives the same bytes");
    let left: Vec<_> = fs::read_dir(workspace.directory.join("again")).expect("a directory").collect();
    assert_eq!(left.len(), 1, "nothing is left beside it");
}

#[test]
fn fails_on_what_the_workspace_does_not_have() {
    let workspace = Workspace::copy("package-names");
    let expected = "error: the workspace has no package \"on\"\nhint: packages with binaries: one, several\n";
    assert_eq!(workspace.package(&["program", "--package", "on"]).failed(), expected);
    let expected = "error: package \"several\" has several binaries\nhint: give --bin one of broken, first, second\n";
    assert_eq!(workspace.package(&["program", "--package", "several"]).failed(), expected);
    let expected = "error: package \"one\" has no binary \"two\"\nhint: give --bin one of one\n";
    assert_eq!(workspace.package(&["program", "--package", "one", "--bin", "two"]).failed(), expected);
    assert_eq!(workspace.package(&["lambda", "--package", "none"]).failed(), "error: package \"none\" has no binary\n");
}

#[test]
fn fails_outside_a_workspace() {
    let manifest = empty("package-outside").join("Cargo.toml");
    let mut command = belvedere(manifest.parent().expect("a directory"));
    command.args(["package", "lambda", "--package", "one", "--manifest-path"]).arg(manifest);
    let stderr = run(&mut command).failed();
    assert!(stderr.starts_with("error: cargo cannot read the workspace: error: "), "{stderr}");
    assert!(stderr.ends_with("hint: run inside the workspace, or give --manifest-path\n"), "{stderr}");
}

#[test]
fn fails_where_the_build_fails() {
    let workspace = Workspace::copy("package-broken");
    let stderr = workspace.package(&["lambda", "--package", "several", "--bin", "broken"]).failed();
    assert!(stderr.contains("mismatched types"), "the compiler's words are shown: {stderr}");
    assert!(stderr.contains("\nerror: cargo could not build \"broken\" for "), "{stderr}");
}

#[test]
fn fails_on_a_program_that_needs_a_newer_glibc() {
    let workspace = Workspace::copy("package-glibc");
    let host = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let arguments = ["lambda", "--package", "one", "--target", &host, "--max-glibc", "2.2"];
    let stderr = run(workspace.command("").args(arguments)).failed();
    assert!(stderr.contains(" needs glibc 2."), "{stderr}");
    assert!(stderr.contains("; where it is to run there is 2.2\nhint: build without glibc: `rustup target add "));
    assert!(!workspace.directory.join("target/belvedere").exists(), "nothing is written");
}

/// A compiler that has no target but the host's.
fn bare_rustc(directory: &Path) -> PathBuf {
    let path = directory.join("bare-rustc");
    let host = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let script = format!("#!/bin/sh\ncase \"$1\" in\n-vV) echo 'host: {host}' ;;\n*) echo /nowhere ;;\nesac\n");
    fs::write(&path, script).expect("it is written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("it is ours");
    path
}

#[test]
fn fails_with_the_way_to_install_what_is_missing() {
    let workspace = Workspace::copy("package-targets");
    let rustc = bare_rustc(&workspace.directory);
    let package = |arguments: &[&str]| {
        let mut command = workspace.command("");
        run(command.args(["lambda", "--package", "one"]).args(arguments).env("RUSTC", &rustc)).failed()
    };
    let stderr = package(&["--architecture", OTHER_ARCHITECTURE]);
    let expected = format!("error: no Rust target for Linux on {OTHER_ARCHITECTURE} is installed (this host is ");
    assert!(stderr.starts_with(&expected), "{stderr}");
    let triple = if OTHER_ARCHITECTURE == "arm64" { "aarch64-unknown-linux-musl" } else { "x86_64-unknown-linux-musl" };
    let variable = triple.to_uppercase().replace('-', "_");
    let expected = format!("hint: `rustup target add {triple}`, and set CARGO_TARGET_{variable}_LINKER=rust-lld, ");
    assert!(stderr.contains(&expected), "{stderr}");

    let expected = format!("error: the Rust target {triple} is not installed\nhint: `rustup target add {triple}`\n");
    assert_eq!(package(&["--target", triple]), expected);
    let expected = "error: the target must be Linux on x86_64 or aarch64, got \"wasm32-wasip2\"\n";
    assert_eq!(package(&["--target", "wasm32-wasip2"]), expected);
}

#[test]
fn fails_where_cargo_cannot_be_started() {
    let workspace = Workspace::copy("package-tools");
    let mut command = workspace.command("");
    command.args(["lambda", "--package", "one"]).env("CARGO", "/nowhere/cargo");
    let stderr = run(&mut command).failed();
    assert!(stderr.starts_with("error: cannot start /nowhere/cargo\n  caused by: No such file"), "{stderr}");
}

#[test]
fn wrong_arguments_exit_with_2() {
    let workspace = Workspace::copy("package-arguments");
    let wrong: [&[&str]; 4] = [
        &["lambda"],
        &["lambda", "--package", "one", "--architecture", "mips"],
        &["lambda", "--package", "one", "--max-glibc", "new"],
        &["lambda", "--package", "one", "--architecture", "arm64", "--target", "aarch64-unknown-linux-musl"],
    ];
    for arguments in wrong {
        let run = run(workspace.command("").args(arguments));
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{run:?}");
    }
}
