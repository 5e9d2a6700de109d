//! What CloudFormation is told besides the template, as it arrives there.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::json;

use crate::deploy::{assembly, topic};
use crate::emulator::{Emulator, tool_or_skip};
use crate::fake::{Answer, Fake, Request};
use crate::support::{Run, belvedere, empty, run};

const TOPIC: &str = "arn:aws:sns:eu-central-1:123456789012:events";
const ALARM: &str = "arn:aws:cloudwatch:eu-central-1:123456789012:alarm:errors";
const STACK: &str = "arn:aws:cloudformation:eu-central-1:123456789012:stack/App/1";

/// A form's fields, decoded as far as the tests need it.
fn field(request: &Request, name: &str) -> Option<String> {
    let value = request.body.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))?;
    Some(value.replace("%3A", ":").replace("%2F", "/").replace("%22", "\"").replace("%7B", "{").replace("%7D", "}"))
}

pub(crate) fn action(request: &Request) -> String {
    field(request, "Action").unwrap_or_default()
}

/// A CloudFormation that has the stack `App` with `fields`, whose template is `template`, and on which each change is
/// done at once.
fn cloudformation(template: String, fields: &'static str) -> Fake {
    let changes = AtomicU32::new(0);
    Fake::start(move |request| {
        let action = action(request);
        if ["ExecuteChangeSet", "UpdateStack"].contains(&action.as_str()) {
            changes.fetch_add(1, Ordering::SeqCst);
        }
        let event = format!("<EventId>{}</EventId>", changes.load(Ordering::SeqCst));
        let of_stack = "<StackName>App</StackName><ResourceType>AWS::CloudFormation::Stack</ResourceType>\
                     <Timestamp>2026-03-01T12:00:00Z</Timestamp><LogicalResourceId>App</LogicalResourceId>";
        let result = match action.as_str() {
            "GetCallerIdentity" => "<Account>123456789012</Account><Arn>arn:aws:iam::123456789012:user/u</Arn>".into(),
            "DescribeStacks" => format!(
                "<Stacks><member><StackName>App</StackName><StackId>{STACK}</StackId><CreationTime>2026-01-01T00:00:00Z\
                 </CreationTime><StackStatus>UPDATE_COMPLETE</StackStatus>{fields}<Tags><member><Key>owner</Key><Value>\
                 tests</Value></member></Tags></member></Stacks>"
            ),
            "GetTemplate" => format!("<TemplateBody>{template}</TemplateBody>"),
            "CreateChangeSet" => "<Id>arn:aws:cloudformation:eu-central-1:123456789012:changeSet/b/1</Id>".into(),
            "DescribeChangeSet" => format!(
                "<Status>CREATE_COMPLETE</Status><ExecutionStatus>AVAILABLE</ExecutionStatus><StackId>{STACK}</StackId>\
                 <ChangeSetId>arn:aws:cloudformation:eu-central-1:123456789012:changeSet/b/1</ChangeSetId>"
            ),
            "DescribeStackEvents" => format!(
                "<StackEvents><member>{event}{of_stack}<StackId>{STACK}</StackId><PhysicalResourceId>{STACK}</PhysicalResourceId>\
                 <ResourceStatus>UPDATE_COMPLETE</ResourceStatus></member></StackEvents>"
            ),
            "UpdateStack" | "CreateStack" => format!("<StackId>{STACK}</StackId>"),
            "GetStackPolicy" => "<StackPolicyBody>{\"Statement\":[]}</StackPolicyBody>".into(),
            _ => String::new(),
        };
        let xml = format!("<{action}Response><{action}Result>{result}</{action}Result></{action}Response>");
        Answer::new(200).header("content-type", "text/xml").body(&xml)
    })
}

fn deployed(directory: &Path, url: &str, arguments: &[&str]) -> Run {
    let mut command = belvedere(directory);
    command.args(["deploy", "--app", "."]).args(arguments).env("AWS_ENDPOINT_URL", url);
    command.envs([("AWS_REGION", "eu-central-1"), ("AWS_ACCESS_KEY_ID", "AKIA"), ("AWS_SECRET_ACCESS_KEY", "none")]);
    run(&mut command)
}

/// What was asked for, by the action, once the stack has another template.
fn asked(case: &str, fields: &'static str, arguments: &[&str]) -> (Run, Vec<Request>) {
    let directory = empty(case);
    assembly(&directory, &[("App", topic("App", "new"), &[])]);
    fs::write(directory.join("policy.json"), "{\"Statement\": [{\"Effect\": \"Deny\"}]}").expect("written");
    let fake = cloudformation(topic("App", "old").to_string(), fields);
    let run = deployed(&directory, &fake.url, arguments);
    (run, fake.stop())
}

fn of<'a>(requests: &'a [Request], wanted: &str) -> &'a Request {
    let actions: Vec<_> = requests.iter().map(action).collect();
    requests.iter().find(|request| action(request) == wanted).unwrap_or_else(|| panic!("no {wanted}: {actions:?}"))
}

#[test]
fn a_change_set_is_told_all() {
    let given = ["--notification-arn", TOPIC, "--rollback-alarm", ALARM, "--monitoring-time", "10m"];
    let more = ["--import-existing-resources", "--revert-drift", "--stack-policy", "policy.json"];
    let (run, requests) = asked("options_change_set", "", &[&given[..], &more].concat());
    run.ok();
    let set = of(&requests, "CreateChangeSet");
    for (name, value) in [
        ("NotificationARNs.member.1", TOPIC),
        ("RollbackConfiguration.RollbackTriggers.member.1.Arn", ALARM),
        ("RollbackConfiguration.RollbackTriggers.member.1.Type", "AWS::CloudWatch::Alarm"),
        ("RollbackConfiguration.MonitoringTimeInMinutes", "10"),
        ("ImportExistingResources", "true"),
        ("DeploymentMode", "REVERT_DRIFT"),
    ] {
        assert_eq!(field(set, name).as_deref(), Some(value), "{name}: {}", set.body);
    }
    let actions: Vec<_> = requests.iter().map(action).collect();
    let place = |wanted: &str| actions.iter().position(|action| action == wanted);
    assert!(place("SetStackPolicy").expect("set") < place("ExecuteChangeSet").expect("executed"), "{actions:?}");
    // Another option is another change set.
    let (_, others) = asked("options_change_set_other", "", &given);
    assert_ne!(field(of(&others, "CreateChangeSet"), "ChangeSetName"), field(set, "ChangeSetName"));
    let plain = asked("options_change_set_plain", "", &[]).1;
    let plain = of(&plain, "CreateChangeSet");
    for name in ["RollbackConfiguration", "ImportExistingResources", "DeploymentMode", "DeploymentConfig"] {
        assert!(!plain.body.contains(name), "{}", plain.body);
    }
}

#[test]
fn express_mode_is_asked_for_and_signed() {
    let during = ["--stack-policy-during-update", "policy.json", "--rollback-alarm", "none"];
    let (run, requests) = asked("options_express", "", &[&["--method", "express"], &during[..]].concat());
    run.ok();
    let update = of(&requests, "UpdateStack");
    assert_eq!(field(update, "DeploymentConfig.Mode").as_deref(), Some("EXPRESS"));
    assert_eq!(field(update, "DeploymentConfig.DisableRollback").as_deref(), Some("false"));
    assert_eq!(field(update, "DisableRollback"), None, "CloudFormation refuses both");
    assert!(field(update, "StackPolicyDuringUpdateBody").is_some_and(|body| body.contains("Deny")), "{}", update.body);
    assert!(update.body.contains("RollbackConfiguration.RollbackTriggers="), "takes the alarms back: {}", update.body);
    assert_eq!(update.headers["content-length"], update.body.len().to_string());
    let (run, requests) = asked("options_express_left", "", &["--method", "express", "--no-rollback"]);
    run.ok();
    assert_eq!(field(of(&requests, "UpdateStack"), "DeploymentConfig.DisableRollback").as_deref(), Some("true"));
    let (run, requests) = asked("options_direct", "", &["--method", "direct", "--no-rollback"]);
    run.ok();
    let update = of(&requests, "UpdateStack");
    assert_eq!(field(update, "DisableRollback").as_deref(), Some("true"));
    assert!(!update.body.contains("DeploymentConfig"), "{}", update.body);
}

#[test]
fn what_the_stack_has_is_no_change() {
    let fields = "<NotificationARNs><member>arn:aws:sns:eu-central-1:123456789012:events</member></NotificationARNs>\
         <RollbackConfiguration><MonitoringTimeInMinutes>10</MonitoringTimeInMinutes><RollbackTriggers><member><Arn>\
         arn:aws:cloudwatch:eu-central-1:123456789012:alarm:errors</Arn><Type>AWS::CloudWatch::Alarm</Type></member>\
         </RollbackTriggers></RollbackConfiguration><EnableTerminationProtection>true</EnableTerminationProtection>";
    let directory = empty("options_unchanged");
    assembly(&directory, &[("App", topic("App", "same"), &[])]);
    fs::write(directory.join("policy.json"), "{ \"Statement\": [] }").expect("written");
    let settings = format!(
        "[deploy]\nstack-policy = \"policy.json\"\ntermination-protection = true\nnotification-arns = [\"{TOPIC}\"]\n\
         rollback-alarms = [\"{ALARM}\"]\nmonitoring-time = \"10m\"\n"
    );
    fs::write(directory.join("belvedere.toml"), settings).expect("written");
    let actions = |arguments: &[&str]| {
        let fake = cloudformation(topic("App", "same").to_string(), fields);
        let run = deployed(&directory, &fake.url, arguments);
        assert_eq!(run.code, Some(0), "{run:?}");
        (fake.stop().iter().map(action).collect::<Vec<_>>(), run.stderr)
    };
    let (same, told) = actions(&[]);
    assert_eq!(same, ["GetCallerIdentity", "DescribeStacks", "GetTemplate", "GetStackPolicy"]);
    assert!(told.contains("unchanged after"), "{told}");
    for other in
        [["--monitoring-time", "5m"], ["--rollback-alarm", "none"], ["--notification-arn", &format!("{TOPIC}2")]]
    {
        let (calls, _) = actions(&other);
        assert!(calls.contains(&"CreateChangeSet".to_owned()), "{other:?}: {calls:?}");
    }
    let (calls, told) = actions(&["--termination-protection=false"]);
    assert_eq!(calls.last().map(String::as_str), Some("UpdateTerminationProtection"));
    assert!(told.contains("can be deleted from now on") && told.contains("updated after"), "{told}");
}

#[test]
fn a_change_set_is_left_for_review() {
    let (run, requests) =
        asked("options_prepare", "", &["--method", "prepare-change-set", "--stack-policy", "policy.json"]);
    let expected = "App is prepared: arn:aws:cloudformation:eu-central-1:123456789012:changeSet/b/1\n";
    assert!(run.stderr.contains("prepared after"), "{run:?}");
    assert_eq!(run.ok(), expected);
    let actions: Vec<_> = requests.iter().map(action).collect();
    let expected = ["GetCallerIdentity", "DescribeStacks", "GetTemplate", "CreateChangeSet", "DescribeChangeSet"];
    assert_eq!(actions, expected, "nothing is changed");
}

#[test]
fn wrong_options_are_told_all_at_once_and_first() {
    let (run, requests) = asked(
        "options_wrong",
        "",
        &["--method", "direct", "--revert-drift", "--notification-arn", "events", "--monitoring-time", "5m"],
    );
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{run:?}");
    let expected = "error: the options cannot be used:\n  \
        reverting drift needs a change set, and the method direct makes none\n  \
        a notification ARN must be arn:aws:sns:REGION:ACCOUNT:TOPIC, got \"events\"\n  \
        a monitoring time needs rollback alarms to watch\n";
    assert_eq!(run.stderr, expected);
    assert!(requests.is_empty(), "{requests:?}");
}

#[test]
fn arguments_of_the_official_cli_are_hinted_at() {
    for (argument, told) in [
        ("--parameters", "hint: give --parameter NAME=VALUE"),
        ("--no-execute", "hint: give --method prepare-change-set\n"),
        ("--hotswap", "hint: give --method express"),
    ] {
        let run = run(belvedere(&empty("options_official")).args(["deploy", argument]));
        assert_eq!(run.code, Some(2));
        assert!(run.stderr.contains(told), "{}", run.stderr);
    }
    let directory = empty("options_slip");
    assembly(&directory, &[("Network", topic("Network", "a"), &[])]);
    let fake = cloudformation(String::new(), "");
    let told = deployed(&directory, &fake.url, &["network"]).failed();
    assert!(told.ends_with("hint: did you mean Network? the stacks are Network\n"), "{told}");
}

/// What the emulator has of a stack, by a program that is not ours.
pub(crate) fn kept(emulator: &Emulator, case: &str, expression: &str) -> String {
    let python = tool_or_skip(case, "ministack/bin/python").expect("the emulator runs by it");
    let script = format!("import boto3\nc = boto3.client('cloudformation')\nprint({expression})");
    let output = Command::new(python)
        .args(["-c", &script])
        .envs(emulator.variables())
        .env("AWS_DEFAULT_REGION", "eu-central-1")
        .output()
        .expect("python runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

#[test]
fn a_stack_keeps_its_protection_in_all_methods() {
    let case = "options_protection";
    let Some(emulator) = Emulator::start(case) else { return };
    for method in ["change-set", "direct", "express"] {
        let directory = empty(case);
        let name = format!("App-{method}");
        assembly(&directory, &[("Net", topic("Net", "a"), &[]), (&name, topic("App", "a"), &["Net"])]);
        fs::write(directory.join("policy.json"), json!({"Statement": []}).to_string()).expect("written");
        let deploy = |arguments: &[&str]| {
            let mut command = belvedere(&directory);
            command.args(["deploy", "--app", ".", &name, "--method", method]).args(arguments);
            run(command.envs(emulator.variables()))
        };
        let protection = ["--termination-protection", "--stack-policy", "policy.json", "--exclusively"];
        deploy(&protection).ok();
        let stacks = "[s['StackName'] for s in c.describe_stacks()['Stacks']]";
        assert!(!kept(&emulator, case, stacks).contains("Net"), "exclusively");
        let protected = format!("c.describe_stacks(StackName='{name}')['Stacks'][0]['EnableTerminationProtection']");
        assert_eq!(kept(&emulator, case, &protected), "True");
        let policy = format!("c.get_stack_policy(StackName='{name}')['StackPolicyBody']");
        assert_eq!(kept(&emulator, case, &policy), "{\"Statement\":[]}");
        let again = deploy(&protection);
        assert!(again.stderr.contains("unchanged after"), "{again:?}");
        deploy(&["-e", "--termination-protection=false"]).ok();
        assert_eq!(kept(&emulator, case, &protected), "False");
    }
}

#[test]
fn what_was_prepared_is_executed_by_the_next_deploy() {
    let case = "options_prepared";
    let Some(emulator) = Emulator::start(case) else { return };
    let directory = empty(case);
    assembly(&directory, &[("App", topic("App", "a"), &[])]);
    let deploy = |method: &str| {
        run(belvedere(&directory).args(["deploy", "--app", ".", "--method", method]).envs(emulator.variables()))
    };
    let prepared = deploy("prepare-change-set").ok();
    let id = prepared.trim().strip_prefix("App is prepared: ").unwrap_or_else(|| panic!("{prepared}")).to_owned();
    let status = "c.describe_stacks(StackName='App')['Stacks'][0]['StackStatus']";
    assert_eq!(kept(&emulator, case, status), "REVIEW_IN_PROGRESS");
    deploy("change-set").ok();
    assert_eq!(kept(&emulator, case, status), "CREATE_COMPLETE");
    let executed = format!("c.describe_change_set(StackName='App', ChangeSetName='{id}')['ExecutionStatus']");
    assert_eq!(kept(&emulator, case, &executed), "EXECUTE_COMPLETE");
}
