//! `belvedere synth`.

use serde_json::Value;

use crate::support::{Run, belvedere, fixture, run};

fn synth(situation: &str, arguments: &[&str]) -> Run {
    run(belvedere(&fixture("")).args(["synth", "--app", situation]).args(arguments))
}

#[test]
fn the_summary_tells_what_there_is_and_what_is_next() {
    let expected = "\
two-stacks-and-a-stage: 4 stacks, 6 resources

Net in aws://123456789012/eu-west-1
  template   two-stacks-and-a-stage/Net.template.json, 74 bytes
  resources  1: EC2 1

App (obs-app) in aws://123456789012/eu-west-1
  template   two-stacks-and-a-stage/App.template.json, 515 bytes
  resources  3: ECS 2, Custom 1
  outputs    Name
             Url: Where the service answers
  after      Net

Prod/Z (Prod-Z) in aws://unknown-account/unknown-region
  template   two-stacks-and-a-stage/assembly-Prod/ProdZ.template.json, 78 bytes
  resources  1: SNS 1
  after      Net

Prod/A (Prod-A) in aws://unknown-account/unknown-region
  template   two-stacks-and-a-stage/assembly-Prod/ProdA.template.json, 78 bytes
  resources  1: SNS 1
  after      Net, Prod/Z

warnings
  App/Service: one task only

notes
  App/Url: plain HTTP

next: belvedere deploy --app two-stacks-and-a-stage
";
    let run = synth("two-stacks-and-a-stage", &[]);
    assert_eq!(run.stderr, "");
    assert_eq!(run.ok(), expected);
}

#[test]
fn json_tells_the_same() {
    let summary: Value =
        serde_json::from_str(&synth("two-stacks-and-a-stage", &["--output", "json"]).ok()).expect("JSON");
    assert_eq!(summary["directory"], "two-stacks-and-a-stage");
    assert_eq!(summary["stacks"].as_array().map(Vec::len), Some(4));
    assert_eq!(summary["stacks"][1]["messages"][0]["level"], "warning");
    assert_eq!(summary["missing"], Value::Array(Vec::new()));
}

#[test]
fn fails_where_the_app_reports_errors() {
    let run = synth("reported-errors", &[]);
    assert_eq!(run.code, Some(1));
    let expected = "\
reported-errors: 1 stack, 1 resource

Bad in aws://unknown-account/unknown-region
  template   reported-errors/Bad.template.json, 78 bytes
  resources  1: SNS 1

errors
  Bad/Topic: a name is too long:
    300 characters
  Bad/Topic: and wrong

looked up by nobody yet (dummy values are in the templates; `cdk synth` looks them up)
  vpc-provider:account=1 (vpc-provider)
";
    assert_eq!(run.stdout, expected);
    let expected = "error: the app reports 2 errors\nhint: correct the constructs that the summary names\n";
    assert_eq!(run.stderr, expected);
}

#[test]
fn fails_on_a_damaged_assembly() {
    let expected = "error: truncated-manifest/manifest.json is damaged
  caused by: EOF while parsing a string at line 6 column 24
hint: the file is cut short; synthesize again
";
    assert_eq!(synth("truncated-manifest", &[]).failed(), expected);
}
