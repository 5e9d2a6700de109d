//! What a person at a terminal sees and is asked, and what a pipe gets in its place.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::{Value, json};

use crate::deploy::{assembly, topic};
use crate::emulator::{Emulator, tool_or_skip};
use crate::fake::{Answer, Fake};
use crate::options::{action, kept};
use crate::support::{belvedere, empty, run};

/// What came of a program on a terminal.
#[derive(Debug, Deserialize)]
struct Terminal {
    code: i32,
    text: String,
    sane: bool,
    left: Vec<Value>,
}

/// Runs `belvedere deploy` on a terminal, or reports the skipped case.
fn terminal(case: &str, directory: &Path, variables: &[(&str, String)], steps: &Value) -> Option<Terminal> {
    let python = tool_or_skip(case, "ministack/bin/python")?;
    let mut environment = serde_json::Map::new();
    environment.insert("TERM".into(), "xterm".into());
    environment.extend(variables.iter().map(|(name, value)| ((*name).to_owned(), value.clone().into())));
    let task = json!({
        "argv": [env!("CARGO_BIN_EXE_belvedere"), "deploy", "--app", "."],
        "cwd": directory, "env": environment, "columns": 80, "steps": steps,
    });
    let driver = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/terminal.py");
    let mut process =
        Command::new(python).arg(driver).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("python runs");
    process.stdin.take().expect("piped").write_all(task.to_string().as_bytes()).expect("it reads");
    let output = process.wait_with_output().expect("it ends");
    Some(serde_json::from_slice(&output.stdout).expect("JSON"))
}

/// An assembly with a bucket that the next one has no more.
fn deployed(case: &str, emulator: &Emulator) -> PathBuf {
    let directory = empty(case);
    let mut both = topic("App", "a");
    both["Resources"]["Bucket"] = json!({"Type": "AWS::S3::Bucket"});
    assembly(&directory, &[("App", both, &[])]);
    run(belvedere(&directory).args(["deploy", "--app", "."]).envs(emulator.variables())).ok();
    assembly(&directory, &[("App", topic("App", "a"), &[])]);
    directory
}

const RESOURCES: &str = "len(c.list_stack_resources(StackName='App')['StackResourceSummaries'])";

#[test]
fn only_a_yes_changes_anything() {
    let case = "terminal_approval";
    let Some(emulator) = Emulator::start(case) else { return };
    let directory = deployed(case, &emulator);
    let prompt = "replace or remove resources, or broaden access? [y/N] ";
    for (answer, code, told) in [
        ("n\n", 3, "hint: nothing was changed"),
        ("\n", 3, "hint: nothing was changed"),
        ("\u{4}", 3, "hint: nothing was changed"),
        ("\u{3}", 130, "interrupted: what was asked about is not done"),
    ] {
        let steps = json!([["wait", prompt], ["send", answer]]);
        let variables = [&emulator.variables()[..], &[("NO_COLOR", "1".into())]].concat();
        let Some(seen) = terminal(case, &directory, &variables, &steps) else { return };
        assert_eq!(seen.code, code, "{answer:?}: {seen:?}");
        assert!(seen.text.contains("Bucket (AWS::S3::Bucket) is removed"), "{seen:?}");
        let after = seen.text.split(prompt).nth(1).expect("asked");
        assert!(after.contains(told) && after.contains("\r\n"), "{answer:?}: {seen:?}");
        assert!(seen.sane && seen.text.ends_with('\n'), "{seen:?}");
        assert_eq!(kept(&emulator, case, RESOURCES), "2", "{answer:?}");
    }
    let in_a_pipe = run(belvedere(&directory).args(["deploy", "--app", "."]).envs(emulator.variables()));
    assert_eq!(in_a_pipe.code, Some(3), "{in_a_pipe:?}");
    assert!(in_a_pipe.stderr.contains("give --yes where nobody can be asked"), "{in_a_pipe:?}");
    assert_eq!(kept(&emulator, case, RESOURCES), "2");
    let steps = json!([["wait", prompt], ["send", "y\n"]]);
    let Some(seen) = terminal(case, &directory, &emulator.variables(), &steps) else { return };
    assert_eq!((seen.code, seen.sane), (0, true), "{seen:?}");
    assert_eq!(kept(&emulator, case, RESOURCES), "1");
}

const STACK: &str = "arn:aws:cloudformation:eu-central-1:123456789012:stack/App/1";

/// An event of the stack `App` in the form of the service.
fn event(number: u32, id: &str, status: &str, time: &str) -> String {
    let kind = if id == STACK { "AWS::CloudFormation::Stack" } else { "AWS::SNS::Topic" };
    let logical = if id == STACK { "App" } else { id };
    format!(
        "<member><EventId>{number}</EventId><StackId>{STACK}</StackId><StackName>App</StackName><LogicalResourceId>{logical}\
         </LogicalResourceId><PhysicalResourceId>{id}</PhysicalResourceId><ResourceType>{kind}</ResourceType><Timestamp>\
         2026-03-01T12:{time}Z</Timestamp><ResourceStatus>{status}</ResourceStatus></member>"
    )
}

/// A CloudFormation that takes `slow` for a change set, and again for the change; the last one took 2 min 5 s.
fn slow_cloudformation(slow: Duration) -> Fake {
    let begun: Mutex<[Option<Instant>; 2]> = Mutex::default();
    Fake::start(move |request| {
        let action = action(request);
        let since = |which: usize| {
            let mut begun = begun.lock().expect("nobody failed");
            begun[which].get_or_insert_with(Instant::now).elapsed()
        };
        let stack = format!(
            "<Stacks><member><StackName>App</StackName><StackId>{STACK}</StackId><CreationTime>2026-01-01T00:00:00Z\
             </CreationTime><StackStatus>UPDATE_COMPLETE</StackStatus></member></Stacks>"
        );
        let result = match action.as_str() {
            "GetCallerIdentity" => "<Account>123456789012</Account><Arn>arn:aws:iam::123456789012:user/u</Arn>".into(),
            "DescribeStacks" => stack,
            "GetTemplate" => format!("<TemplateBody>{}</TemplateBody>", topic("App", "old")),
            "CreateChangeSet" => "<Id>arn:aws:cloudformation:eu-central-1:1:changeSet/b/1</Id>".into(),
            "DescribeChangeSet" if since(0) < slow => "<Status>CREATE_IN_PROGRESS</Status>".into(),
            "DescribeChangeSet" => format!(
                "<Status>CREATE_COMPLETE</Status><StackId>{STACK}</StackId><Changes><member><Type>Resource</Type>\
                 <ResourceChange><Action>Modify</Action><LogicalResourceId>Topic</LogicalResourceId><ResourceType>\
                 AWS::SNS::Topic</ResourceType></ResourceChange></member></Changes>"
            ),
            "ExecuteChangeSet" => {
                since(1);
                String::new()
            }
            "DescribeStackEvents" => {
                let begin = begun.lock().expect("nobody failed")[1];
                let now = if begin.is_some_and(|begin| begin.elapsed() >= slow) {
                    event(5, STACK, "UPDATE_COMPLETE", "30:00") + &event(4, "Topic", "UPDATE_COMPLETE", "29:00")
                } else {
                    String::new()
                };
                let now = now + &begin.map(|_| event(3, "Topic", "UPDATE_IN_PROGRESS", "20:00")).unwrap_or_default();
                let before =
                    event(2, STACK, "UPDATE_COMPLETE", "02:05") + &event(1, STACK, "UPDATE_IN_PROGRESS", "00:00");
                format!("<StackEvents>{now}{before}</StackEvents>")
            }
            _ => String::new(),
        };
        let xml = format!("<{action}Response><{action}Result>{result}</{action}Result></{action}Response>");
        Answer::new(200).header("content-type", "text/xml").body(&xml)
    })
}

fn variables(url: &str) -> [(&'static str, String); 4] {
    [
        ("AWS_ENDPOINT_URL", url.to_owned()),
        ("AWS_REGION", "eu-central-1".into()),
        ("AWS_ACCESS_KEY_ID", "AKIA".into()),
        ("AWS_SECRET_ACCESS_KEY", "not-a-secret".into()),
    ]
}

#[test]
fn nothing_is_silent_for_more_than_five_seconds() {
    let directory = empty("terminal_silence");
    assembly(&directory, &[("App", topic("App", "new"), &[])]);
    let fake = slow_cloudformation(Duration::from_millis(6500));
    let mut process = belvedere(&directory)
        .args(["deploy", "--app", ".", "--yes"])
        .envs(variables(&fake.url))
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("it starts");
    let (mut last, mut longest, mut text) = (None::<Instant>, Duration::ZERO, String::new());
    for line in BufReader::new(process.stderr.take().expect("piped")).lines() {
        longest = longest.max(last.map(|last| last.elapsed()).unwrap_or_default());
        last = Some(Instant::now());
        text += &(line.expect("UTF-8") + "\n");
    }
    assert!(process.wait().expect("it ends").success(), "{text}");
    assert!(text.contains("waiting 4.9 s for AWS"), "for the change set: {text}");
    assert!(text.contains("for CloudFormation"), "for the change: {text}");
    assert!(text.contains("App  took 2 min 5 s the last time"), "{text}");
    // What the machine is busy with otherwise is not ours.
    assert!(longest < Duration::from_millis(5900), "{longest:?}: {text}");
}

#[test]
fn one_live_view_tells_how_far_it_is() {
    let case = "terminal_view";
    let directory = empty(case);
    assembly(&directory, &[("App", topic("App", "new"), &[])]);
    for no_color in ["", "1"] {
        let fake = slow_cloudformation(Duration::from_secs(2));
        let mut variables = variables(&fake.url).to_vec();
        variables.push(("NO_COLOR", no_color.into()));
        let steps = json!([["wait", "App/Alerts"], ["columns", 70], ["wait", "App/Alerts"]]);
        let Some(seen) = terminal(case, &directory, &variables, &steps) else { return };
        assert_eq!((seen.code, seen.sane, seen.left.len()), (0, true, 0), "{seen:?}");
        // Each from the name on: what comes before is the line above.
        let draws = seen.text.split(['\r', '\n']).filter_map(|draw| Some(&draw[draw.find("App  [")?..]));
        let draws: Vec<&str> = draws.map(str::trim_end).collect();
        let told =
            |draw: &&str| draw.contains("0/1") && draw.contains("of about 2 min 5 s") && draw.contains("App/Alerts");
        assert!(draws.iter().any(told), "{draws:?}");
        assert!(draws.iter().all(|draw| draw.chars().count() < 80), "{draws:?}");
        assert_eq!(seen.text.contains("\u{1b}[32mupdated after"), no_color.is_empty(), "{seen:?}");
    }
    // A terminal that can only write gets lines.
    let fake = slow_cloudformation(Duration::ZERO);
    let mut variables = variables(&fake.url).to_vec();
    variables.push(("TERM", "dumb".into()));
    let Some(seen) = terminal(case, &directory, &variables, &json!([])) else { return };
    assert!(seen.text.contains("App  updating, 1 resource\r\n") && !seen.text.contains('\u{1b}'), "{seen:?}");
}
