//! `belvedere ls`.

use serde_json::{Value, json};

use crate::support::{Run, belvedere, cargo_belvedere, fixture, run};

fn ls(arguments: &[&str]) -> Run {
    run(belvedere(&fixture("")).args(["ls", "--app", "two-stacks-and-a-stage"]).args(arguments))
}

#[test]
fn names_are_listed_in_the_order_of_deployment() {
    let run = ls(&[]);
    assert_eq!(run.stderr, "");
    assert_eq!(run.ok(), "Net\nApp\nProd/Z\nProd/A\n");
    assert_eq!(ls(&["--output", "json"]).ok(), "[\n  \"Net\",\n  \"App\",\n  \"Prod/Z\",\n  \"Prod/A\"\n]\n");
}

#[test]
fn patterns_choose() {
    assert_eq!(ls(&["*"]).ok(), "Net\nApp\n", "a star stops at a slash");
    assert_eq!(ls(&["**"]).ok(), "Net\nApp\nProd/Z\nProd/A\n");
    assert_eq!(ls(&["Prod/*"]).ok(), "Prod/Z\nProd/A\n");
    assert_eq!(ls(&["Prod/A", "?et"]).ok(), "Net\nProd/A\n", "the order stays that of deployment");
    assert_eq!(ls(&["Prod/[A-C]"]).ok(), "Prod/A\n");
}

#[test]
fn fails_on_a_pattern_that_matches_nothing() {
    let expected =
        "error: no stack matches \"Nets\"\nhint: did you mean Net? the stacks are Net, App, Prod/Z, Prod/A\n";
    assert_eq!(ls(&["App", "Nets"]).failed(), expected);
    let stderr = ls(&["[A"]).failed();
    assert!(stderr.starts_with("error: \"[A\" is not a pattern\n  caused by: "), "{stderr}");
}

#[test]
fn long_tells_more() {
    let expected = "\
App (obs-app) in aws://123456789012/eu-west-1
  template   two-stacks-and-a-stage/App.template.json, 515 bytes
  resources  3: ECS 2, Custom 1
  outputs    Name
             Url: Where the service answers
  after      Net
";
    assert_eq!(ls(&["--long", "App"]).ok(), expected);
}

#[test]
fn long_json_tells_all() {
    let stacks: Value = serde_json::from_str(&ls(&["--long", "--output", "json", "Prod/A"]).ok()).expect("JSON");
    let expected = json!([{
        "id": "ProdA",
        "displayName": "Prod/A",
        "stackName": "Prod-A",
        "environment": {"account": null, "region": null},
        "template": {
            "path": "two-stacks-and-a-stage/assembly-Prod/ProdA.template.json",
            "bytes": 78,
            "objectUrl": null
        },
        "resources": {"SNS": 1},
        "outputs": [],
        "dependencies": ["Net", "Prod/Z"],
        "messages": [],
        "assets": [{
            "id": "f",
            "displayName": null,
            "source": {"zip": "two-stacks-and-a-stage/asset.function"},
            "destinations": []
        }],
        "parameters": {},
        "tags": {},
        "notificationArns": [],
        "terminationProtection": null,
        "assumeRoleArn": null,
        "executionRoleArn": null
    }]);
    assert_eq!(stacks, expected);
}

#[test]
fn an_app_without_stacks_lists_none() {
    assert_eq!(run(belvedere(&fixture("")).args(["ls", "--app", "no-stacks"])).ok(), "");
}

#[test]
fn cargo_finds_it_too() {
    let arguments = ["belvedere", "ls", "--app", "two-stacks-and-a-stage", "Net"];
    assert_eq!(run(cargo_belvedere(&fixture("")).args(arguments)).ok(), "Net\n");
    let help = run(cargo_belvedere(&fixture("")).args(["belvedere", "--help"])).ok();
    assert!(help.contains("Usage: cargo belvedere <COMMAND>"), "{help}");
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let mut command = belvedere(&fixture(""));
    let child =
        command.args(["ls", "--app", "two-stacks-and-a-stage"]).stdout(writer).stderr(std::process::Stdio::piped());
    let output = child.spawn().and_then(|child| child.wait_with_output()).expect("the program runs");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn wrong_arguments_exit_with_2() {
    for arguments in [&["--output", "yaml"][..], &["--longer"], &["--context", "novalue"]] {
        let run = ls(arguments);
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{run:?}");
        assert!(run.stderr.starts_with("error: "), "{}", run.stderr);
    }
    assert_eq!(run(&mut belvedere(&fixture(""))).code, Some(2), "a command is required");
}
