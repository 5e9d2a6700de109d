//! Apps that are commands. They are written for `sh`.

#![cfg(unix)]

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::{belvedere, empty, fixture, run};

/// A command that writes a whole assembly.
fn writes_an_assembly() -> String {
    format!("cp -r '{}/.' \"$CDK_OUTDIR\"", fixture("two-stacks-and-a-stage").display())
}

/// A command that writes an assembly without stacks, and the variable `name` beside it, to `told`.
fn tells(name: &str) -> String {
    format!("cp '{}/manifest.json' \"$CDK_OUTDIR\" && printenv {name} > told", fixture("no-stacks").display())
}

fn told(directory: &Path) -> String {
    fs::read_to_string(directory.join("told")).expect("the app wrote it").trim_end().to_owned()
}

fn write(directory: &Path, file: &str, text: &str) {
    fs::write(directory.join(file), text).expect("a file is written");
}

#[test]
fn a_command_writes_where_it_is_told_to() {
    let directory = empty("command-outdir");
    let run = |arguments: &[&str]| {
        run(belvedere(&directory).args(["ls", "--app", &writes_an_assembly(), "Net"]).args(arguments)).ok()
    };
    assert_eq!(run(&[]), "Net\n");
    assert!(directory.join("cdk.out/manifest.json").exists());
    assert_eq!(run(&["--outdir", "deep/out"]), "Net\n");
    assert!(directory.join("deep/out/manifest.json").exists());
}

#[test]
fn what_a_command_says_goes_to_stderr() {
    let directory = empty("command-stderr");
    let command = format!("echo to stdout; echo to stderr >&2; {}", writes_an_assembly());
    let run = run(belvedere(&directory).args(["ls", "--app", &command, "Net"]));
    assert_eq!(run.stderr, "to stdout\nto stderr\n");
    assert_eq!(run.ok(), "Net\n");
}

#[test]
fn a_command_has_the_environment_of_the_official_cli() {
    let directory = empty("command-environment");
    let variable = |name: &str, environment: &[(&str, &str)]| {
        let _ = fs::remove_file(directory.join("told"));
        let app = tells(name);
        run(belvedere(&directory).args(["ls", "--app", &app]).envs(environment.iter().copied())).ok();
        told(&directory)
    };
    assert_eq!(variable("CDK_OUTDIR", &[]), directory.join("cdk.out").to_string_lossy());
    assert_eq!(variable("CDK_CLI_ASM_VERSION", &[]), "55.0.0");
    assert_eq!(variable("CDK_CLI_VERSION", &[]), env!("CARGO_PKG_VERSION"));
    assert_eq!(variable("CDK_DEFAULT_ACCOUNT", &[("CDK_DEFAULT_ACCOUNT", "123456789012")]), "123456789012");
    assert_eq!(variable("CDK_DEFAULT_REGION", &[("AWS_DEFAULT_REGION", "eu-west-3")]), "eu-west-3");
    let regions = [("AWS_REGION", "eu-west-1"), ("AWS_DEFAULT_REGION", "eu-west-3")];
    assert_eq!(variable("CDK_DEFAULT_REGION", &regions), "eu-west-1");
}

#[test]
fn context_comes_from_both_files_and_the_arguments() {
    let directory = empty("command-context");
    let app = tells("CDK_CONTEXT_JSON");
    write(&directory, "cdk.context.json", r#"{"looked-up": [1], "both": "looked up", "all": 1}"#);
    let settings = json!({"app": app, "versionReporting": false, "context": {"both": "set", "all": 2}});
    write(&directory, "cdk.json", &settings.to_string());
    run(belvedere(&directory).args(["ls", "-c", "all=a=3", "-c", "new="])).ok();
    let context: Value = serde_json::from_str(&told(&directory)).expect("JSON");
    let expected = json!({
        "looked-up": [1],
        "both": "set",
        "all": "a=3",
        "new": "",
        "aws:cdk:enable-path-metadata": true,
        "aws:cdk:enable-asset-metadata": true,
        "aws:cdk:disable-version-reporting": true,
        "aws:cdk:bundling-stacks": ["**"]
    });
    assert_eq!(context, expected);
}

#[test]
fn the_settings_name_the_app() {
    let directory = empty("command-settings");
    let words: Vec<String> = writes_an_assembly().split(' ').map(str::to_owned).collect();
    write(&directory, "cdk.json", &json!({"app": words, "output": "cdk-says"}).to_string());
    assert_eq!(run(belvedere(&directory).args(["ls", "Net"])).ok(), "Net\n");
    assert!(directory.join("cdk-says/manifest.json").exists());
    // TOML's strings in three quotes take the command as it is.
    let toml = format!("build = 'echo built first'\napp = '''{}'''\noutput = 'toml-says'\n", writes_an_assembly());
    write(&directory, "belvedere.toml", &toml);
    let both = run(belvedere(&directory).args(["ls", "Net"]));
    assert_eq!((both.code, both.stderr.as_str()), (Some(0), "built first\n"));
    assert!(directory.join("toml-says/manifest.json").exists());
    let other = fixture("no-stacks");
    assert_eq!(run(belvedere(&directory).args(["ls", "--app"]).arg(other)).ok(), "", "an argument counts most");
}

#[test]
fn fails_without_an_app() {
    let stderr = run(belvedere(&empty("command-none")).arg("synth")).failed();
    assert!(stderr.starts_with("error: no app is given\nhint: give --app"), "{stderr}");
}

#[test]
fn fails_with_the_exit_code_of_the_command() {
    let directory = empty("command-fails");
    let fails = |command: &str| run(belvedere(&directory).args(["synth", "--app", command])).failed();
    assert_eq!(fails("echo no; exit 3"), "no\nerror: \"echo no; exit 3\" failed with exit code 3\n");
    let stderr = fails("no-such-thing");
    assert!(stderr.ends_with("hint: \"no-such-thing\" is neither a directory nor a command\n"), "{stderr}");
    let stderr = fails("kill -KILL $$");
    assert!(stderr.starts_with("error: \"kill -KILL $$\" was ended by a signal: 9"), "{stderr}");
}

#[test]
fn fails_where_the_command_writes_nothing() {
    let stderr = run(belvedere(&empty("command-idle")).args(["synth", "--app", "true"])).failed();
    assert!(stderr.starts_with("error: no cloud assembly in cdk.out: it has no manifest.json\n"), "{stderr}");
}

#[test]
fn fails_where_the_output_directory_cannot_be() {
    let directory = empty("command-blocked");
    write(&directory, "file", "");
    let run = run(belvedere(&directory).args(["synth", "--app", "true", "--outdir", "file/out"]));
    let stderr = run.failed();
    assert!(stderr.starts_with("error: cannot make the output directory file/out\n  caused by: "), "{stderr}");
}

#[test]
fn fails_on_settings_that_are_wrong() {
    let directory = empty("command-wrong-settings");
    write(&directory, "cdk.json", "{\"app\": ");
    let stderr = run(belvedere(&directory).arg("ls")).failed();
    assert!(stderr.starts_with("error: cdk.json is wrong\n  caused by: EOF while parsing"), "{stderr}");
    write(&directory, "belvedere.toml", "ap = 'cargo run'\n");
    let stderr = run(belvedere(&directory).arg("ls")).failed();
    assert!(stderr.starts_with("error: belvedere.toml is wrong\n  caused by: TOML parse error at line 1"), "{stderr}");
    assert!(stderr.contains("unknown field `ap`, expected one of `app`"), "{stderr}");
}
