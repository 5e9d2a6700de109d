//! The command line itself: its help, its errors, its completions.

use std::fs;

use crate::support::{belvedere, empty, fixture, run};

const COMMANDS: [&str; 17] = [
    "synth",
    "ls",
    "deploy",
    "watch",
    "destroy",
    "rollback",
    "outputs",
    "status",
    "events",
    "logs",
    "drift",
    "diagnose",
    "doctor",
    "grafana",
    "dashboards",
    "package",
    "completions",
];

#[test]
fn help_fits_a_hundred_columns() {
    let mut all = vec![vec!["--help"], vec!["-h"]];
    for command in COMMANDS {
        all.extend([vec![command, "--help"], vec![command, "-h"]]);
    }
    for verb in ["plan", "apply", "remove", "files", "export", "open"] {
        all.extend([vec!["grafana", verb, "--help"], vec!["grafana", verb, "-h"]]);
    }
    for verb in ["ls", "check", "preview", "export"] {
        all.extend([vec!["dashboards", verb, "--help"], vec!["dashboards", verb, "-h"]]);
    }
    all.extend([vec!["package", "lambda", "--help"], vec!["package", "lambda", "-h"]]);
    for arguments in all {
        let help = run(belvedere(&fixture("")).args(&arguments)).ok();
        for line in help.lines() {
            assert!(line.chars().count() <= 100, "{arguments:?}: {line}");
        }
    }
}

#[test]
fn help_tells_the_commands_and_the_exit_codes() {
    let help = run(belvedere(&fixture("")).arg("--help")).ok();
    for command in COMMANDS {
        assert!(help.contains(&format!("\n  {command} ")), "{command}: {help}");
    }
    for code in ["0 done", "1 failed", "2 wrong arguments", "3 not approved", "4 differences found", "130 interrupted"]
    {
        assert!(help.contains(code), "{code}: {help}");
    }
}

#[test]
fn wrong_arguments_exit_with_2_before_anything_is_done() {
    let app = ["--app", "two-stacks-and-a-stage"];
    for (arguments, told) in [
        (&["deploy", "--concurrency", "0"][..], "--concurrency"),
        (&["deploy", "--method", "quick"], "change-set, direct, express"),
        (&["deploy", "--parameter", "Size"], "a parameter must be NAME=VALUE or STACK:NAME=VALUE"),
        (&["deploy", "--tag", "=v"], "a tag must be KEY=VALUE"),
        (&["deploy", "--all", "Net"], "cannot be used with"),
        (&["destroy"], "required"),
        (&["events"], "required"),
        (&["events", "Net", "--since", "yesterday"], "--since"),
        (&["outputs", "--output", "yaml"], "text, json"),
        (&["completions", "sh"], "bash"),
    ] {
        let mut command = belvedere(&fixture(""));
        command.args(arguments);
        if arguments[0] != "completions" {
            command.args(app);
        }
        let run = run(&mut command);
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{arguments:?}: {run:?}");
        assert!(run.stderr.contains(told), "{arguments:?}: {}", run.stderr);
    }
}

#[test]
fn completions_are_for_each_shell() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let text = run(belvedere(&fixture("")).args(["completions", shell])).ok();
        assert!(text.contains("belvedere") && text.contains("deploy"), "{shell}: {text}");
    }
}

#[test]
fn without_a_region_nothing_is_asked() {
    let arguments = ["status", "--app", "two-stacks-and-a-stage"];
    let mut command = belvedere(&fixture(""));
    command.args(arguments).env("HOME", empty("no-region")).env("AWS_EC2_METADATA_DISABLED", "true");
    let expected = "error: no region is given\nhint: give --region, or set AWS_REGION or the region of the profile\n";
    assert_eq!(run(&mut command).failed(), expected);
}

#[test]
fn settings_that_are_not_known_are_refused() {
    let directory = empty("unknown-settings");
    for (text, told) in [
        ("regoin = \"eu-west-1\"", "unknown field `regoin`"),
        ("concurrency = 0", "nonzero"),
        ("method = \"prepare\"", "`change-set`, `direct`, `express`"),
        ("[tags]\nowner = 1", "string"),
    ] {
        fs::write(directory.join("belvedere.toml"), text).expect("written");
        let stderr = run(belvedere(&directory).args(["ls", "--app", "."])).failed();
        assert!(stderr.starts_with("error: ") && stderr.contains(told), "{text}: {stderr}");
    }
}
