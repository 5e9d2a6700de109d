//! `belvedere logs`: all log groups of a stack in one.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::deploy::{Kept, all, assembly};
use crate::emulator::{Emulator, tool_or_skip};
use crate::fake::Fake;
use crate::fake_aws::{Call, Reply, STACK, stack, start, variables};
use crate::support::{belvedere, empty, run};

fn millis() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_millis();
    i64::try_from(now).expect("before the year 292 million")
}

fn template() -> Value {
    let path = |path: &str| json!({"aws:cdk:path": path});
    let log = |group: &str, prefix: &str| {
        json!({"LogDriver": "awslogs", "Options": {
            "awslogs-group": group, "awslogs-stream-prefix": prefix, "awslogs-region": "eu-central-1",
        }})
    };
    json!({"Resources": {
        "Audit": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/audit"}, "Metadata": path("App/Audit/Resource")},
        "Shared": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/shared"}, "Metadata": path("App/Shared/Resource")},
        "Task": {"Type": "AWS::ECS::TaskDefinition", "Metadata": path("App/Api/TaskDef/Resource"), "Properties": {
            "Family": "api",
            "ContainerDefinitions": [{"Name": "web", "Image": "web", "LogConfiguration": log("/shared", "api")}],
        }},
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}}},
        "Canary": {"Type": "AWS::Lambda::Function", "Metadata": path("App/Canary/Resource"), "Properties": {
            "FunctionName": "canary", "Runtime": "python3.12", "Handler": "index.handler",
            "Role": {"Fn::GetAtt": ["Role", "Arn"]}, "Code": {"ZipFile": "def handler(event, context): pass"},
        }},
    }})
}

/// Writes lines by a program that is not ours: each its group, its stream, its time and its text.
fn put(emulator: &Emulator, lines: &[(&str, &str, i64, &str)]) {
    let python = tool_or_skip("boto3", "ministack/bin/python").expect("the emulator runs by it");
    let script = "import boto3, json, sys\n\
                  logs = boto3.client('logs')\n\
                  for group, stream, time, text in json.loads(sys.argv[1]):\n\
                  \x20   for make in (lambda: logs.create_log_group(logGroupName=group),\n\
                  \x20                lambda: logs.create_log_stream(logGroupName=group, logStreamName=stream)):\n\
                  \x20       try: make()\n\
                  \x20       except logs.exceptions.ResourceAlreadyExistsException: pass\n\
                  \x20   logs.put_log_events(logGroupName=group, logStreamName=stream,\n\
                  \x20       logEvents=[{'timestamp': time, 'message': text}])\n";
    let output = Command::new(python)
        .args(["-c", script, &json!(lines).to_string()])
        .envs(emulator.variables())
        .env("AWS_DEFAULT_REGION", "eu-central-1")
        .output()
        .expect("python runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// The lines of a run, without their times.
fn without_times(text: &str) -> Vec<&str> {
    text.lines().map(|line| line.split_once("  ").expect("a time").1).collect()
}

#[test]
fn all_groups_of_a_stack_are_one_log() {
    let case = "all_groups_of_a_stack";
    let Some(emulator) = Emulator::start(case) else { return };
    let directory = empty(case);
    let assembly = assembly(&directory, &[("App", template(), &[]), ("Later", template(), &[])]);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let connection = belvedere_deployer::Connection::new().region("eu-central-1").endpoint_url(&emulator.url);
        let clients = connection.credentials("123456789012", "not-a-secret", None).open().await.expect("it answers");
        let options = belvedere_deployer::DeployOptions::new();
        let app = &all(&assembly)[..1];
        belvedere_deployer::deploy(&assembly, app, &clients, &options, &mut Kept::default()).await.expect("deployed");
    });
    let logs = |arguments: &[&str]| {
        run(belvedere(&directory).envs(emulator.variables()).args(["logs", "App", "--app", "."]).args(arguments))
    };
    let now = millis();
    put(
        &emulator,
        &[
            ("/shared", "api/web/0123", now - 3000, "GET /\n"),
            ("/shared", "other", now - 1000, "somebody else"),
            ("/audit", "main", now - 2000, "ana signed in\n"),
            ("/audit", "main", now - 7_200_000, "long ago"),
        ],
    );
    let first = logs(&[]);
    assert_eq!(first.stderr.lines().count(), 1, "{}", first.stderr);
    let note = "there is no log group /aws/lambda/canary yet: nothing was written to it";
    assert!(first.stderr.contains(note), "{}", first.stderr);
    let first = first.ok();
    let expected =
        ["App/Api/TaskDef  api/web/0123  GET /", "App/Audit  main  ana signed in", "App/Shared  other  somebody else"];
    assert_eq!(without_times(&first), expected, "by time, each with whose it is");
    put(&emulator, &[("/aws/lambda/canary", "2026/03/01/[$LATEST]0", now, "ERROR \u{1b}[31mred\u{1b}[0m")]);
    let lines = logs(&["--resource", "App/Canary", "--resource", "Task", "--since", "1d"]).ok();
    let canary = "App/Canary  2026/03/01/[$LATEST]0  ERROR red";
    assert_eq!(without_times(&lines), [expected[0], canary]);
    assert_eq!(without_times(&logs(&["--filter", "ERROR"]).ok()), [canary]);
    assert_eq!(logs(&["--since", "1d"]).ok().lines().count(), 5);
    let json = logs(&["--resource", "App/Audit", "--output", "json"]).ok();
    let line: Value = serde_json::from_str(json.trim_end()).expect("an object a line");
    assert_eq!(line["message"], "ana signed in");
    assert_eq!(
        (&line["group"], &line["logicalId"], &line["path"]),
        (&json!("/audit"), &json!("Audit"), &json!("App/Audit"))
    );
    let refused = logs(&["--resource", "App/Nothing"]).failed();
    let expected = "error: no resource with a log is named App/Nothing\n\
                    hint: those with a log are App/Api/TaskDef, App/Audit, App/Canary, App/Shared\n";
    assert_eq!(refused, expected);
    // A stack that is not there is no reason to leave out another.
    let both = run(belvedere(&directory).envs(emulator.variables()).args(["logs", "--app", "."]));
    assert!(both.stderr.contains("note: it is not deployed, and has no logs"), "{}", both.stderr);
    assert_eq!(both.ok().lines().count(), 4);

    follow(&emulator, &directory, now);
}

/// Lines are told as they come, those that come late too, and each of them once.
fn follow(emulator: &Emulator, directory: &std::path::Path, now: i64) {
    let mut child = belvedere(directory)
        .envs(emulator.variables())
        .args(["logs", "App", "--follow", "--since", "1h", "--app", ".", "--resource", "Audit"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    let mut next = || {
        let line = lines.next().expect("a line").expect("UTF-8");
        line.rsplit_once("  ").expect("a message").1.to_owned()
    };
    assert_eq!(next(), "ana signed in");
    put(emulator, &[("/audit", "main", now + 1, "new")]);
    assert_eq!(next(), "new");
    put(emulator, &[("/audit", "late", now - 60_000, "late"), ("/audit", "main", now + 2, "newer")]);
    let two = [next(), next()];
    assert!(two == ["late", "newer"], "{two:?}");
    _ = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    let status = child.wait().expect("it ends");
    assert_eq!(status.code(), Some(130));
    assert!(lines.next().is_none(), "nothing was told twice");

    // Whoever has seen enough closes the pipe, which is a clean end.
    let mut child = belvedere(directory)
        .envs(emulator.variables())
        .args(["logs", "App", "--follow", "--app", ".", "--resource", "Audit"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program runs");
    let mut reader = BufReader::new(child.stdout.take().expect("piped"));
    reader.read_line(&mut String::new()).expect("a line");
    drop(reader);
    put(emulator, &[("/audit", "main", now + 3, "to nobody")]);
    let begin = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().expect("it can be asked") {
            break status;
        }
        assert!(begin.elapsed() < Duration::from_secs(30), "it goes on for nobody");
        std::thread::sleep(Duration::from_millis(50));
    };
    assert_eq!(status.code(), Some(0));
}

/// A stack with two log groups, `/a` and `/b`.
fn two_groups(filter: impl Fn(&Call) -> Reply + Send + Sync + 'static) -> Fake {
    let group = |id: &str| {
        format!(
            "<member><LogicalResourceId>{id}</LogicalResourceId><PhysicalResourceId>/{id}</PhysicalResourceId>\
             <ResourceType>AWS::Logs::LogGroup</ResourceType><ResourceStatus>CREATE_COMPLETE</ResourceStatus></member>"
        )
    };
    let groups = format!("<StackResourceSummaries>{}{}</StackResourceSummaries>", group("a"), group("b"));
    start(move |call| match call.name.as_str() {
        "DescribeStacks" => stack("CREATE_COMPLETE"),
        "ListStackResources" => {
            assert!(call.body.contains(&STACK.replace(':', "%3A").replace('/', "%2F")), "{}", call.body);
            Reply::Xml(groups.clone())
        }
        _ => filter(call),
    })
}

fn line(id: &str, time: i64) -> Value {
    json!({"eventId": id, "logStreamName": "s", "timestamp": time, "message": id})
}

fn logs_of(case: &str, server: &Fake) -> crate::support::Run {
    let directory = empty(case);
    assembly(&directory, &[("App", json!({"Resources": {}}), &[])]);
    run(belvedere(&directory).envs(variables(server)).args(["logs", "--app", "."]))
}

#[test]
fn pages_are_one_question_and_are_merged() {
    let now = millis();
    let server = two_groups(move |call| {
        let asked = call.json();
        let answer = match (asked["logGroupName"].as_str(), asked["nextToken"].as_str()) {
            (Some("/a"), None) => json!({"events": [line("a1", now - 50), line("a3", now - 30)], "nextToken": "2"}),
            // An empty page is no end.
            (Some("/a"), Some("2")) => json!({"events": [], "nextToken": "3"}),
            (Some("/a"), Some("3")) => json!({"events": [line("a3", now - 30), line("a5", now - 10)]}),
            (Some("/b"), None) => json!({"events": [line("b2", now - 40), line("b4", now - 20)]}),
            other => panic!("{other:?}"),
        };
        Reply::Json(answer)
    });
    let run = logs_of("pages_are_one_question", &server);
    let asked: Vec<Value> = server
        .stop()
        .iter()
        .filter(|request| request.body.contains("\"/a\""))
        .map(|request| serde_json::from_str(&request.body).expect("JSON"))
        .collect();
    assert_eq!(asked.len(), 3);
    assert!(asked.iter().all(|one| one["startTime"] == asked[0]["startTime"]), "{asked:?}");
    let text = run.ok();
    let messages: Vec<&str> = text.lines().filter_map(|line| line.rsplit("  ").next()).collect();
    assert_eq!(messages, ["a1", "b2", "a3", "b4", "a5"], "by time, each once");
}

#[test]
fn a_group_that_is_refused_is_a_note_and_throttling_is_waited_out() {
    let now = millis();
    let tries = AtomicUsize::new(0);
    let server = two_groups(move |call| match call.json()["logGroupName"].as_str() {
        Some("/a") => Reply::Error("AccessDeniedException", "no".into()),
        _ if tries.fetch_add(1, Ordering::SeqCst) < 2 => Reply::Error("ThrottlingException", "Rate exceeded".into()),
        _ => Reply::Json(json!({"events": [line("b", now)]})),
    });
    let run = logs_of("a_group_that_is_refused", &server);
    let note = "note: the log group /a cannot be read: whoever asks needs the permission logs:FilterLogEvents";
    assert!(run.stderr.contains(note), "{}", run.stderr);
    assert_eq!(without_times(&run.ok()), ["b  s  b"]);
}
