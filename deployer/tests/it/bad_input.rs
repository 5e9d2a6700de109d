//! Assemblies, arguments and surroundings that are wrong: what is wrong is told, and nothing is touched.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use serde_json::{Value, json};

use crate::stateful_cloudformation::StatefulCloudFormation;
use crate::states::told;
use crate::support::{Run, belvedere, empty, run};

/// The commands that bad input must not get by.
const COMMANDS: [&[&str]; 3] = [&["deploy", "--yes"], &["diff", "--change-set"], &["destroy", "--all", "--yes"]];

fn template() -> Value {
    json!({"Resources": {"Topic": {
        "Type": "AWS::SNS::Topic",
        "Metadata": {"aws:cdk:path": "App/Alerts/Resource"},
    }}})
}

/// A sound assembly of one stack with one file.
fn sound(directory: &Path) {
    let write = |name: &str, value: Value| fs::write(directory.join(name), value.to_string()).expect("written");
    write(
        "manifest.json",
        json!({"version": "36.0.0", "artifacts": {
            "App": {
                "type": "aws:cloudformation:stack",
                "environment": "aws://unknown-account/unknown-region",
                "properties": {"templateFile": "App.template.json"},
                "dependencies": ["App.assets"],
            },
            "App.assets": {"type": "cdk:asset-manifest", "properties": {"file": "App.assets.json"}},
        }}),
    );
    write("App.template.json", template());
    let destination = json!({"bucketName": "assets", "objectKey": "key"});
    let source = json!({"path": "asset.txt", "packaging": "file"});
    let file = json!({"displayName": "App/File", "source": source, "destinations": {"here": destination}});
    write("App.assets.json", json!({"version": "36.0.0", "files": {"id": file}}));
    fs::write(directory.join("asset.txt"), "text").expect("written");
}

fn edited(directory: &Path, file: &str, edit: impl FnOnce(&mut Value)) {
    let path = directory.join(file);
    let mut value: Value = serde_json::from_slice(&fs::read(&path).expect("there")).expect("JSON");
    edit(&mut value);
    fs::write(path, value.to_string()).expect("written");
}

fn cut(directory: &Path, file: &str) {
    let path = directory.join(file);
    let text = fs::read(&path).expect("there");
    fs::write(path, &text[..text.len() / 2]).expect("written");
}

/// Sees that each command fails with these words, and that nothing was touched.
fn refused(cloudformation: &StatefulCloudFormation, directory: &Path, commands: &[&[&str]], code: i32, words: &[&str]) {
    for command in commands {
        let run = told(cloudformation, directory, command);
        assert_eq!((run.code, run.stdout.as_str()), (Some(code), ""), "{command:?}: {run:#?}");
        for words in words {
            assert!(run.stderr.contains(words), "{command:?}: no {words:?} in {run:#?}");
        }
        assert!(code == 2 || run.stderr.contains("\nhint: "), "what to do is told: {run:#?}");
        assert_eq!(cloudformation.changes(), [""; 0], "{command:?}");
    }
}

fn started() -> StatefulCloudFormation {
    StatefulCloudFormation::start("CREATE_COMPLETE", &template().to_string())
}

#[test]
fn what_is_sound_is_taken() {
    let directory = empty("bad-input.sound");
    sound(&directory);
    assert_eq!(told(&started(), &directory, &["diff", "--change-set"]).code, Some(0));
}

#[test]
fn an_assembly_that_is_damaged_or_leads_outside_is_refused() {
    type Spoil = fn(&Path);
    let outside = "which is outside the assembly\nhint: synthesize again with assets staged";
    let cases: [(&str, Spoil, &[&str]); 13] = [
        (
            "newer",
            |it| edited(it, "manifest.json", |json| json["version"] = "99.1.0".into()),
            &["manifest.json has version 99.1.0 of the format; this program reads up to ", "hint: update belvedere"],
        ),
        (
            "newer-assets",
            |it| edited(it, "App.assets.json", |json| json["version"] = "99.1.0".into()),
            &["App.assets.json has version 99.1.0 of the format", "hint: update belvedere"],
        ),
        ("cut-manifest", |it| cut(it, "manifest.json"), &["manifest.json is damaged", "EOF", "the file is cut short"]),
        ("cut-template", |it| cut(it, "App.template.json"), &["App.template.json is damaged", "the file is cut short"]),
        ("cut-assets", |it| cut(it, "App.assets.json"), &["App.assets.json is damaged", "the file is cut short"]),
        (
            "no-template",
            |it| fs::remove_file(it.join("App.template.json")).expect("there"),
            &["App.template.json is missing; ", "hint: synthesize again, or copy the whole directory"],
        ),
        (
            "template-above",
            |it| {
                edited(it, "manifest.json", |json| {
                    json["artifacts"]["App"]["properties"]["templateFile"] = "../x".into();
                });
            },
            &["manifest.json names \"../x\"", outside],
        ),
        (
            "template-absolute",
            |it| {
                edited(it, "manifest.json", |json| {
                    json["artifacts"]["App"]["properties"]["templateFile"] = "/etc/passwd".into();
                });
            },
            &["manifest.json names \"/etc/passwd\"", outside],
        ),
        (
            "template-linked",
            |it| {
                fs::remove_file(it.join("App.template.json")).expect("there");
                symlink("/etc/passwd", it.join("App.template.json")).expect("linked");
            },
            &["manifest.json names \"App.template.json\"", outside],
        ),
        (
            "assets-above",
            |it| {
                edited(it, "manifest.json", |json| {
                    json["artifacts"]["App.assets"]["properties"]["file"] = "../x".into();
                });
            },
            &["manifest.json names \"../x\"", outside],
        ),
        (
            "asset-above",
            |it| edited(it, "App.assets.json", |json| json["files"]["id"]["source"]["path"] = "a/../../x".into()),
            &["App.assets.json names \"a/../../x\"", outside],
        ),
        (
            "asset-absolute",
            |it| edited(it, "App.assets.json", |json| json["files"]["id"]["source"]["path"] = "/etc/passwd".into()),
            &["App.assets.json names \"/etc/passwd\"", outside],
        ),
        (
            "asset-linked",
            |it| {
                fs::remove_file(it.join("asset.txt")).expect("there");
                symlink("/etc/passwd", it.join("asset.txt")).expect("linked");
            },
            &["App.assets.json names \"asset.txt\"", outside],
        ),
    ];
    for (name, spoil, words) in cases {
        let directory = empty(&format!("bad-input.{name}"));
        sound(&directory);
        spoil(&directory);
        refused(&started(), &directory, &COMMANDS, 1, words);
    }
}

#[test]
fn an_asset_that_has_changed_after_synth_is_not_published() {
    let directory = empty("bad-input.changed");
    sound(&directory);
    // An assembly of ours names each file by what it holds.
    edited(&directory, "manifest.json", |json| json["runtime"] = json!({"libraries": {"belvedere": "0.1.0"}}));
    edited(&directory, "App.assets.json", |json| {
        let file = json["files"]["id"].take();
        json["files"] = json!({"0".repeat(64): file});
    });
    let words = ["App: cannot publish App/File: ", "hint: synthesize again"];
    refused(&started(), &directory, &COMMANDS[..1], 1, &words);
}

#[test]
fn an_unknown_stack_is_told_with_those_that_there_are() {
    let directory = empty("bad-input.unknown");
    sound(&directory);
    let commands: [&[&str]; 4] = [
        &["deploy", "Nope", "--yes"],
        &["diff", "Nope"],
        &["destroy", "Nope", "--yes"],
        &["rollback", "Nope", "--yes"],
    ];
    refused(&started(), &directory, &commands, 1, &["error: no stack matches \"Nope\"\nhint: the stacks are App\n"]);
}

#[test]
fn the_stack_of_somebody_else_is_left_alone() {
    let theirs = json!({"Resources": {"Orders": {
        "Type": "AWS::DynamoDB::Table",
        "Metadata": {"aws:cdk:path": "Shop/Orders/Resource"},
    }}});
    let yaml = "Resources:\n  Orders:\n    Type: AWS::DynamoDB::Table\n";
    for theirs in [&theirs.to_string(), yaml] {
        let directory = empty("bad-input.theirs");
        sound(&directory);
        let cloudformation = StatefulCloudFormation::start("CREATE_COMPLETE", theirs);
        let words =
            "error: App: there is a stack App with none of these constructs: it was deployed by another app\nhint: ";
        refused(&cloudformation, &directory, &[COMMANDS[0], COMMANDS[2]], 1, &[words]);
        let diff = told(&cloudformation, &directory, &["diff"]).ok();
        assert!(diff.contains("it was deployed by another app"), "{diff}");
    }
    // Where one of several stacks is somebody else's, none of them is touched.
    let directory = empty("bad-input.theirs-of-two");
    sound(&directory);
    edited(&directory, "manifest.json", |json| {
        let mut net = json["artifacts"]["App"].clone();
        net["properties"]["templateFile"] = "Net.template.json".into();
        net["dependencies"] = json!([]);
        json["artifacts"]["Net"] = net;
        json["artifacts"]["App"]["dependencies"] = json!(["Net", "App.assets"]);
    });
    fs::write(directory.join("Net.template.json"), template().to_string()).expect("written");
    edited(&directory, "App.template.json", |json| {
        json["Resources"]["Topic"]["Metadata"]["aws:cdk:path"] = "Other/Topic".into();
    });
    refused(&started(), &directory, &[COMMANDS[0], COMMANDS[2]], 1, &["App: there is a stack App with none of these"]);
}

#[test]
fn parameters_must_fit() {
    let directory = empty("bad-input.parameters");
    sound(&directory);
    edited(&directory, "App.template.json", |json| {
        json["Parameters"] = json!({"Size": {"Type": "Number"}, "Tag": {"Type": "String"}, "Kind": {"Default": "a"}});
    });
    let words = ["error: App: parameters have no value: Size, Tag\nhint: give each by --parameter NAME=VALUE"];
    refused(&started(), &directory, &COMMANDS[..1], 1, &words);
    // A stack keeps the values that it has, but for one that is about to be made anew.
    let has_values =
        |state: &str| StatefulCloudFormation::start(state, &template().to_string()).parameter("Size").parameter("Tag");
    let run = told(&has_values("CREATE_COMPLETE"), &directory, COMMANDS[0]);
    assert!(!run.stderr.contains("have no value"), "{run:#?}");
    let broken = has_values("ROLLBACK_FAILED");
    refused(&broken, &directory, &COMMANDS[..1], 1, &words);
    let nobody = ["error: there is no parameter Nope in App\nhint: the parameters are Kind, Size, Tag\n"];
    for value in ["Nope=1", "App:Nope=1"] {
        let values = ["--parameter", "Size=1", "--parameter", "Tag=a", "--parameter", value];
        let deploy = [&["deploy", "--yes"][..], &values].concat();
        let diff = [&["diff", "--change-set"][..], &values].concat();
        refused(&started(), &directory, &[&deploy, &diff], 1, &nobody);
    }
    fs::write(directory.join("values"), "Size=1\nTag").expect("written");
    let file: [&[&str]; 2] =
        [&["deploy", "--yes", "--parameter-file", "values"], &["diff", "--parameter-file", "values"]];
    refused(&started(), &directory, &file, 2, &["error: values:2: a parameter must be NAME=VALUE"]);
    let file: [&[&str]; 1] = [&["deploy", "--yes", "--parameter-file", "nowhere"]];
    refused(&started(), &directory, &file, 1, &["error: cannot read nowhere\n  caused by: No such file"]);
    fs::write(directory.join("values"), "Size=1\nTag=a\n").expect("written");
    let cloudformation = started();
    assert_eq!(told(&cloudformation, &directory, &["deploy", "--parameter-file", "values", "Nope"]).code, Some(1));
    assert_eq!(cloudformation.changes(), [""; 0]);
}

#[test]
fn an_app_that_fails_and_one_that_is_not_there_are_told() {
    let directory = empty("bad-input.app");
    sound(&directory);
    let cloudformation = started();
    let with = |app: &str, command: &[&str]| {
        let mut process = belvedere(&directory);
        process.args(command).args(["--app", app, "--region", "eu-central-1", "--endpoint-url", &cloudformation.url]);
        run(process.envs([("AWS_ACCESS_KEY_ID", "AKIA"), ("AWS_SECRET_ACCESS_KEY", "not-a-secret")]))
    };
    for command in COMMANDS {
        let run = with("sh -c 'echo it is broken >&2; exit 3'", command);
        assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""), "{run:#?}");
        assert!(run.stderr.starts_with("it is broken\nerror: ") && run.stderr.contains('3'), "{run:#?}");
        let run = with("nowhere-at-all", command);
        assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""), "{run:#?}");
        assert!(run.stderr.contains("nowhere-at-all") && run.stderr.contains("hint: "), "{run:#?}");
    }
    assert_eq!(cloudformation.changes(), [""; 0]);
}

#[test]
fn without_credentials_a_region_or_the_right_account_nothing_is_touched() {
    let directory = empty("bad-input.surroundings");
    sound(&directory);
    let cloudformation = started();
    let home = empty("bad-input.home");
    let with = |command: &[&str], variables: &[(&str, &str)]| -> Run {
        let mut process = belvedere(&directory);
        process.args(command).args(["--app", ".", "--endpoint-url", &cloudformation.url]).env("HOME", &home);
        run(process.env("AWS_EC2_METADATA_DISABLED", "true").envs(variables.iter().copied()))
    };
    let keys = [("AWS_ACCESS_KEY_ID", "AKIA"), ("AWS_SECRET_ACCESS_KEY", "not-a-secret")];
    for command in COMMANDS {
        let stderr = with(command, &[("AWS_REGION", "eu-central-1")]).failed();
        assert!(stderr.starts_with("error: cannot find out who is asking: "), "{stderr}");
        assert!(stderr.contains("\nhint: sign in (aws sso login), or give --profile"), "{stderr}");
        let stderr = with(command, &keys).failed();
        assert!(stderr.starts_with("error: no region is given\nhint: give --region"), "{stderr}");
    }
    assert_eq!(cloudformation.forms("DescribeStacks").len(), 0, "nobody was asked");
    // Where nothing answers, signing in does not help.
    let mut process = belvedere(&directory);
    process.args(["grafana", "plan", "--app", ".", "--region", "eu-central-1", "--endpoint-url", "http://127.0.0.1:1"]);
    let stderr = run(process.envs(keys).env("HOME", &home)).failed();
    assert!(stderr.starts_with("error: cannot reach AWS: ") && stderr.contains("\nhint: see whether"), "{stderr}");
    assert!(!stderr.contains("DispatchFailure"), "{stderr}");
    edited(&directory, "manifest.json", |json| {
        json["artifacts"]["App"]["environment"] = "aws://999999999999/eu-central-1".into();
    });
    let account = "error: App is for account 999999999999, but you are arn:aws:iam::123456789012:user/ana";
    refused(
        &cloudformation,
        &directory,
        &COMMANDS,
        1,
        &[account, "hint: give --profile or --role-arn of account 999999999999"],
    );
}
