//! Canaries are invoked after a deployment, and what invokes them by itself is paused during one, on an emulator that
//! nobody here wrote.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use crate::deploy::assembly;
use crate::emulator::{Emulator, tool_or_skip};
use crate::proxy::{Fate, Proxy};
use crate::support::{Run, belvedere, empty, run};

const CONTENT: &str = "
def handler(event, context):
    print('asked by', event.get('source', event))
    check = {'check': 'read-1', 'request': 'GET /data', 'status': 200, 'durationMs': 1.5}
    return {'checks': [check, dict(check, check='write-1')], 'durationMs': 3.0}
";

const DISCONTENT: &str = "
import json
def handler(event, context):
    print('asked by', event['source'], 'as a', event.get('detail-type'))
    print(json.dumps({'check': 'read-1', 'request': 'GET /data', 'Success': 0, 'expected': 'status 200', 'got': 'status 500'}))
    print('the data processor answers nonsense')
    raise RuntimeError('1 of 1 checks failed: read-1: expected status 200, got status 500')
";

/// A stack with a canary, which runs every day, and a topic that can be changed.
fn template(code: &str, topic: &str) -> Value {
    json!({"Resources": {
        "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": topic}},
        "Canary": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Runtime": "python3.12", "Handler": "index.handler", "Code": {"ZipFile": code},
                "Role": "arn:aws:iam::123456789012:role/canary",
            },
            "Metadata": {"aws:cdk:path": "App/Canary/Resource", "belvedere:canary": true},
        },
        "Daily": {
            "Type": "AWS::Events::Rule",
            "Properties": {
                "ScheduleExpression": "rate(1 day)", "State": "ENABLED",
                "Targets": [{"Id": "Target0", "Arn": {"Fn::GetAtt": ["Canary", "Arn"]}}],
            },
            "Metadata": {"aws:cdk:path": "App/Daily/Resource"},
        },
    }})
}

fn deploy(emulator: &Emulator, url: &str, directory: &Path, arguments: &[&str]) -> Command {
    let mut command = belvedere(directory);
    command.args(["deploy", "--app", ".", "--yes"]).args(arguments).envs(emulator.variables());
    command.env("AWS_ENDPOINT_URL", url).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// The state of each rule and its tags, by a program that is not ours.
fn rules(emulator: &Emulator) -> Value {
    let python = tool_or_skip("boto3", "ministack/bin/python").expect("the emulator runs by it");
    let script = "import boto3, json\n\
                  events = boto3.client('events')\n\
                  tags = lambda rule: [t['Key'] for t in events.list_tags_for_resource(ResourceARN=rule['Arn'])['Tags']]\n\
                  print(json.dumps([[rule['State'], tags(rule)] for rule in events.list_rules()['Rules']]))";
    let output = Command::new(python)
        .args(["-c", script])
        .envs(emulator.variables())
        .env("AWS_DEFAULT_REGION", "eu-central-1")
        .output()
        .expect("python runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// The rule runs, and nothing of us is left on it.
fn runs(emulator: &Emulator, when: &str) {
    assert_eq!(rules(emulator), json!([["ENABLED", []]]), "{when}");
}

#[test]
fn a_canary_gives_its_verdict() {
    let case = "a_canary_gives_its_verdict";
    let Some(emulator) = Emulator::start(case) else { return };
    let directory = empty(case);
    assembly(&directory, &[("App", template(CONTENT, "one"), &[])]);
    let Run { code, stderr, .. } = run(&mut deploy(&emulator, &emulator.url, &directory, &["--smoke"]));
    assert_eq!(code, Some(0), "{stderr}");
    for line in ["canary App/Canary: read-1 passed in 1 ms: GET /data", "canary App/Canary passed after ", ", 2 checks"]
    {
        assert!(stderr.contains(line), "{line}: {stderr}");
    }

    assembly(&directory, &[("App", template(DISCONTENT, "one"), &[])]);
    let stderr = run(&mut deploy(&emulator, &emulator.url, &directory, &["--smoke"])).failed();
    for line in [
        "canary App/Canary: read-1 failed: GET /data: expected status 200, got status 500\n",
        "error: App: the canary App/Canary failed: 1 of 1 checks failed: read-1: expected status 200, got status 500\n",
        "log: asked by aws.events as a Scheduled Event\n",
        "log: the data processor answers nonsense\n",
        "hint: the stack is deployed and stays so",
    ] {
        assert!(stderr.contains(line), "{line}: {stderr}");
    }
    // It stands; the canary is asked again although nothing has changed, and a program reads what it says.
    let json = run(&mut deploy(&emulator, &emulator.url, &directory, &["--smoke", "--output", "json"])).failed();
    let events: Vec<Value> = json.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let verdict = events.iter().find(|event| event["event"] == "canary").unwrap_or_else(|| panic!("{json}"));
    assert_eq!(
        (&verdict["canary"], &verdict["passed"], &verdict["checks"]),
        (&json!("App/Canary"), &json!(false), &json!(1))
    );
    assert!(events.iter().any(|event| event["event"] == "stack-done" && event["result"] == "unchanged"), "{json}");
    let run = run(&mut deploy(&emulator, &emulator.url, &directory, &[]));
    assert_eq!(run.code, Some(0), "nobody asks the canary: {}", run.stderr);
}

#[test]
fn a_canary_is_sent_what_its_schedule_sends() {
    let case = "a_canary_is_sent_what_its_schedule_sends";
    let Some(emulator) = Emulator::start(case) else { return };
    let directory = empty(case);
    let mut template = template(DISCONTENT, "one");
    let target = &mut template["Resources"]["Daily"]["Properties"]["Targets"][0];
    target["Input"] = json!({"Fn::Sub": "{\"source\": \"${AWS::StackName}\"}"});
    assembly(&directory, &[("App", template, &[])]);
    let stderr = run(&mut deploy(&emulator, &emulator.url, &directory, &["--smoke"])).failed();
    assert!(stderr.contains("log: asked by App as a None\n"), "{stderr}");
}

#[test]
fn a_stack_without_a_canary_is_told() {
    let case = "a_stack_without_a_canary";
    let Some(emulator) = Emulator::start(case) else { return };
    let directory = empty(case);
    assembly(&directory, &[("App", crate::deploy::topic("App", "one"), &[])]);
    let run = run(&mut deploy(&emulator, &emulator.url, &directory, &["--smoke"]));
    assert!(run.code == Some(0) && run.stderr.contains("none of the stacks has a canary"), "{run:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_is_paused_during_an_update_and_runs_afterwards() {
    let case = "a_rule_is_paused_during_an_update";
    let Some(emulator) = Emulator::start(case) else { return };
    let directory = empty(case);
    let proxy = Proxy::start(&emulator.url, Arc::new(|_: usize, _: &str| Fate::Passes)).await;
    let deploy = |arguments: &[&str]| run(&mut deploy(&emulator, &proxy.url, &directory, arguments));
    let calls = || proxy.calls().into_iter().filter(|it| it.starts_with("awsevents") || it == "ExecuteChangeSet");
    assembly(&directory, &[("App", template(CONTENT, "one"), &[])]);
    deploy(&["--pause-canary"]).ok();
    assert!(calls().eq(["ExecuteChangeSet"]), "a new stack has nothing that could be paused");
    let before = calls().count();

    assembly(&directory, &[("App", template(CONTENT, "two"), &[])]);
    let run = deploy(&["--pause-canary"]);
    let expected =
        ["listtagsforresource", "describerule", "tagresource", "disablerule", "", "enablerule", "untagresource"];
    let expected = expected.map(|it| if it.is_empty() { "ExecuteChangeSet".into() } else { format!("awsevents.{it}") });
    assert!(calls().skip(before).eq(expected), "{:?}", calls().collect::<Vec<_>>());
    assert!(run.stderr.contains("App/Daily is paused until the deployment ends"), "{run:#?}");
    assert!(run.stderr.contains("App/Daily runs again"), "{run:#?}");
    run.ok();
    runs(&emulator, "after an update");

    // An update that fails.
    let mut broken = template(CONTENT, "two");
    broken["Resources"]["Broken"] =
        json!({"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Fn::GetAtt": ["Topic", "No"]}}});
    assembly(&directory, &[("App", broken, &[])]);
    let before = calls().count();
    deploy(&["--pause-canary"]).failed();
    assert!(calls().skip(before).any(|call| call == "awsevents.disablerule"));
    runs(&emulator, "after a failure");
}

static HUNG: AtomicUsize = AtomicUsize::new(0);

/// Deploys a change of the topic, and ends the program by `signal` once the call of this number and name hangs. Returns
/// whether it came to that.
async fn interrupted(emulator: &Emulator, directory: &Path, call: usize, name: &str, signal: &str) -> bool {
    let name = name.to_owned();
    let (count, hangs) = (AtomicUsize::new(0), call);
    let judge = move |_: usize, it: &str| {
        let counts = name.is_empty() || it.eq_ignore_ascii_case(&name);
        if counts && count.fetch_add(1, Ordering::SeqCst) + 1 == hangs { Fate::Hangs(&HUNG) } else { Fate::Passes }
    };
    HUNG.store(0, Ordering::SeqCst);
    let proxy = Proxy::start(&emulator.url, Arc::new(judge)).await;
    let mut process = deploy(emulator, &proxy.url, directory, &["--pause-canary"]);
    let mut process = process.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program starts");
    let ended = loop {
        if process.try_wait().expect("it is ours").is_some() {
            break false;
        }
        if HUNG.load(Ordering::SeqCst) > 0 {
            let id = process.id().to_string();
            assert!(Command::new("kill").args([signal, &id]).status().expect("kill runs").success());
            break true;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    };
    let status = tokio::task::spawn_blocking(move || process.wait()).await.expect("no panic").expect("it is ours");
    assert!(!ended || signal == "-KILL" || status.code() == Some(130), "{signal}: {status:?}");
    ended
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_runs_again_whatever_ends_the_program() {
    let case = "a_rule_runs_again_whatever_ends_the_program";
    let Some(emulator) = Emulator::start(case) else { return };
    let directory = empty(case);
    let change = |name: &str| _ = assembly(&directory, &[("App", template(CONTENT, name), &[])]);
    change("begin");
    run(&mut deploy(&emulator, &emulator.url, &directory, &[])).ok();
    for signal in ["-INT", "-TERM"] {
        for call in ["ExecuteChangeSet", "awsevents.disablerule", "awsevents.enablerule"] {
            change(&format!("{signal}{call}"));
            assert!(interrupted(&emulator, &directory, 1, call, signal).await, "{signal} at {call}");
            runs(&emulator, &format!("at once after {signal} at {call}"));
            run(&mut deploy(&emulator, &emulator.url, &directory, &[])).ok();
        }
    }
    // Nothing can be done at SIGKILL; the next run does it, whether or not it has something to change.
    let mut was_paused = 0;
    for call in 1.. {
        change(&format!("killed {call}"));
        if !interrupted(&emulator, &directory, call, "", "-KILL").await {
            assert!(call > 10, "{call} calls");
            break;
        }
        was_paused += usize::from(rules(&emulator)[0][0] == "DISABLED");
        run(&mut deploy(&emulator, &emulator.url, &directory, &[])).ok();
        runs(&emulator, &format!("after the run after a kill at call {call}"));
    }
    assert!(was_paused >= 3, "{was_paused} of the kills came while it was paused");
}
