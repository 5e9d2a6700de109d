//! Deploying and destroying, on an emulator that nobody here wrote.

use std::fs;
use std::path::Path;
use std::process::Command;

use belvedere_deployer::{
    Assembly, Clients, Connection, DeployError, DeployOptions, DestroyOptions, Event, Outcome, Question, Report, Stack,
    StackResult, deploy, destroy,
};
use serde_json::{Value, json};

use crate::emulator::Emulator;
use crate::support::empty;

/// Keeps what happens, and approves or does not.
#[derive(Default)]
pub(crate) struct Kept {
    pub(crate) events: Vec<Event>,
    questions: Vec<Question>,
    approves: bool,
}

impl Report for Kept {
    fn event(&mut self, event: &Event) {
        self.events.push(event.clone());
    }

    fn approve(&mut self, question: &Question) -> bool {
        self.questions.push(question.clone());
        self.approves
    }
}

async fn clients(emulator: &Emulator) -> Clients {
    let connection = Connection::new().region("eu-central-1").endpoint_url(&emulator.url);
    connection.credentials("123456789012", "not-a-secret", None).open().await.expect("the emulator answers")
}

/// Writes an assembly of stacks with these templates, each of which depends on those named.
pub(crate) fn assembly(directory: &Path, stacks: &[(&str, Value, &[&str])]) -> Assembly {
    let mut artifacts = serde_json::Map::new();
    for (name, template, dependencies) in stacks {
        let file = format!("{name}.template.json");
        fs::write(directory.join(&file), template.to_string()).expect("the directory is writable");
        let artifact = json!({
            "type": "aws:cloudformation:stack",
            "environment": "aws://unknown-account/unknown-region",
            "properties": {"templateFile": file, "tags": {"owner": "tests"}},
            "dependencies": dependencies,
        });
        artifacts.insert((*name).to_owned(), artifact);
    }
    let manifest = json!({"version": "36.0.0", "artifacts": artifacts});
    fs::write(directory.join("manifest.json"), manifest.to_string()).expect("the directory is writable");
    Assembly::read(directory).expect("the assembly is sound")
}

pub(crate) fn topic(stack: &str, name: &str) -> Value {
    json!({
        "Resources": {"Topic": {
            "Type": "AWS::SNS::Topic",
            "Properties": {"DisplayName": name},
            "Metadata": {"aws:cdk:path": format!("{stack}/Alerts/Resource")},
        }},
        "Outputs": {"Arn": {"Value": {"Ref": "Topic"}}},
    })
}

fn bucket(stack: &str) -> Value {
    json!({"Resources": {"Bucket": {
        "Type": "AWS::S3::Bucket",
        "Metadata": {"aws:cdk:path": format!("{stack}/Documents/Resource")},
    }}})
}

pub(crate) fn all(assembly: &Assembly) -> Vec<&Stack> {
    assembly.stacks.iter().collect()
}

fn results(outcome: &Outcome) -> Vec<(&str, StackResult)> {
    outcome.stacks.iter().map(|stack| (stack.stack.as_str(), stack.result)).collect()
}

/// The names of the stacks that the emulator has, by a program that is not ours.
pub(crate) fn stacks_of(emulator: &Emulator) -> Vec<String> {
    let python = crate::emulator::tool_or_skip("boto3", "ministack/bin/python").expect("the emulator runs by it");
    let script = "import boto3, json\n\
                  pages = boto3.client('cloudformation').get_paginator('list_stacks').paginate()\n\
                  live = [s['StackName'] for p in pages for s in p['StackSummaries'] if s['StackStatus'] != 'DELETE_COMPLETE']\n\
                  print(json.dumps(sorted(live)))";
    let output = Command::new(python)
        .args(["-c", script])
        .envs(emulator.variables())
        .env("AWS_DEFAULT_REGION", "eu-central-1")
        .output()
        .expect("python runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[tokio::test]
async fn two_stacks_come_change_and_go() {
    let case = "two_stacks_come_change_and_go";
    let Some(emulator) = Emulator::start(case) else { return };
    let clients = clients(&emulator).await;
    let directory = empty(case);
    let first = assembly(&directory, &[("App", topic("App", "one"), &["Net"]), ("Net", bucket("Net"), &[])]);
    let (options, mut kept) = (DeployOptions::new(), Kept::default());
    let outcome = deploy(&first, &all(&first), &clients, &options, &mut kept).await.expect("it is deployed");
    assert_eq!(results(&outcome), [("Net", StackResult::Created), ("App", StackResult::Created)]);
    assert!(outcome.stacks[1].outputs["Arn"].starts_with("arn:aws:sns:eu-central-1:"), "{outcome:?}");
    assert_eq!(stacks_of(&emulator), ["App", "Net"]);
    let paths = kept.events.iter().filter_map(|event| match event {
        Event::Resource(event) if event.status == "CREATE_COMPLETE" => event.path.clone(),
        _ => None,
    });
    let paths: Vec<_> = paths.collect();
    assert_eq!(paths, ["Net/Documents", "App/Alerts"], "in the order of dependency, by construct path");

    let again = deploy(&first, &all(&first), &clients, &options, &mut Kept::default()).await.expect("nothing to do");
    assert_eq!(results(&again), [("Net", StackResult::Unchanged), ("App", StackResult::Unchanged)]);
    assert_eq!(again.stacks[1].outputs, outcome.stacks[1].outputs);

    let changed = assembly(&directory, &[("App", topic("App", "two"), &["Net"]), ("Net", bucket("Net"), &[])]);
    let app: Vec<&Stack> = changed.stacks.iter().filter(|stack| stack.display_name == "App").collect();
    let outcome = deploy(&changed, &app, &clients, &options, &mut Kept::default()).await.expect("it is changed");
    assert_eq!(results(&outcome), [("Net", StackResult::Unchanged), ("App", StackResult::Updated)]);

    let mut kept = Kept::default();
    let error = destroy(&all(&changed), &clients, &DestroyOptions::new(), &mut kept).await.expect_err("not approved");
    assert!(matches!(error, DeployError::Declined { .. }), "{error}");
    assert_eq!(kept.questions.len(), 1);
    assert_eq!(stacks_of(&emulator), ["App", "Net"], "nothing is touched");
    let mut kept = Kept { approves: true, ..Kept::default() };
    let outcome = destroy(&all(&changed), &clients, &DestroyOptions::new(), &mut kept).await.expect("it is destroyed");
    assert_eq!(outcome.stacks.iter().filter(|stack| stack.result == StackResult::Destroyed).count(), 2);
    assert!(stacks_of(&emulator).is_empty());
    let again = destroy(&all(&changed), &clients, &DestroyOptions::new(), &mut kept).await.expect("nothing is there");
    assert!(again.stacks.iter().all(|stack| stack.result == StackResult::Absent), "{again:?}");
}

#[tokio::test]
async fn a_failure_names_the_construct_and_leaves_the_rest() {
    let case = "a_failure_names_the_construct";
    let Some(emulator) = Emulator::start(case) else { return };
    let clients = clients(&emulator).await;
    let mut broken = bucket("Bad");
    broken["Resources"]["Broken"] = json!({
        "Type": "AWS::SNS::Topic",
        "Properties": {"DisplayName": {"Fn::GetAtt": ["Bucket", "NoSuchAttribute"]}},
        "Metadata": {"aws:cdk:path": "Bad/Alerts/Resource"},
    });
    let stacks: [(&str, Value, &[&str]); 3] =
        [("Bad", broken, &[]), ("After", topic("After", "a"), &["Bad"]), ("Beside", topic("Beside", "b"), &[])];
    let assembly = assembly(&empty(case), &stacks);
    let mut kept = Kept::default();
    let error = deploy(&assembly, &all(&assembly), &clients, &DeployOptions::new(), &mut kept).await;
    let error = error.expect_err("one of them fails");
    let DeployError::Failed { failures } = &error else { panic!("{error:?}") };
    assert_eq!(failures.len(), 1, "{failures:?}");
    assert!(
        failures[0].stack == "Bad" && failures[0].text.starts_with("Bad/Alerts (AWS::SNS::Topic) "),
        "{failures:?}"
    );
    let done = kept.events.iter().filter_map(|event| match event {
        Event::StackDone { stack, result, .. } => Some((stack.as_str(), *result)),
        _ => None,
    });
    let mut done: Vec<_> = done.collect();
    done.sort_by_key(|(stack, _)| *stack);
    let expected = [("After", StackResult::Skipped), ("Bad", StackResult::Failed), ("Beside", StackResult::Created)];
    assert_eq!(done, expected);
    // The next run finds it rolled back, and makes it anew.
    let mended = self::assembly(&empty(case), &[("Bad", bucket("Bad"), &[])]);
    let outcome = deploy(&mended, &all(&mended), &clients, &DeployOptions::new(), &mut kept).await.expect("mended");
    assert_eq!(results(&outcome), [("Bad", StackResult::Created)]);
}

#[tokio::test]
async fn the_stack_of_another_app_is_left_alone() {
    let case = "the_stack_of_another_app";
    let Some(emulator) = Emulator::start(case) else { return };
    let clients = clients(&emulator).await;
    let theirs = assembly(&empty(case), &[("Shop", topic("Theirs", "x"), &[])]);
    deploy(&theirs, &all(&theirs), &clients, &DeployOptions::new(), &mut Kept::default()).await.expect("theirs");
    let ours = assembly(&empty(&format!("{case}.ours")), &[("Shop", bucket("Ours"), &[])]);
    let error = deploy(&ours, &all(&ours), &clients, &DeployOptions::new().yes(true), &mut Kept::default()).await;
    let text = error.expect_err("it is not ours").to_string();
    assert!(text.contains("it was deployed by another app"), "{text}");
    let again = deploy(&theirs, &all(&theirs), &clients, &DeployOptions::new(), &mut Kept::default()).await;
    assert_eq!(results(&again.expect("as it was")), [("Shop", StackResult::Unchanged)]);
}

#[tokio::test]
async fn what_is_removed_is_asked_about() {
    let case = "what_is_removed_is_asked_about";
    let Some(emulator) = Emulator::start(case) else { return };
    let clients = clients(&emulator).await;
    let mut both = topic("App", "one");
    both["Resources"]["Bucket"] = bucket("App")["Resources"]["Bucket"].clone();
    let first = assembly(&empty(case), &[("App", both, &[])]);
    deploy(&first, &all(&first), &clients, &DeployOptions::new(), &mut Kept::default()).await.expect("it is deployed");
    let less = assembly(&empty(case), &[("App", topic("App", "one"), &[])]);
    let mut kept = Kept::default();
    let error = deploy(&less, &all(&less), &clients, &DeployOptions::new(), &mut kept).await.expect_err("not approved");
    assert!(matches!(error, DeployError::Declined { .. }), "{error:?}");
    assert_eq!(kept.questions[0].details, ["App/Documents (AWS::S3::Bucket) is removed"]);
    let mut kept = Kept { approves: true, ..Kept::default() };
    let outcome = deploy(&less, &all(&less), &clients, &DeployOptions::new(), &mut kept).await.expect("approved");
    assert_eq!(results(&outcome), [("App", StackResult::Updated)]);
}

#[tokio::test]
async fn what_blocks_a_deletion_is_told_first() {
    let case = "what_blocks_a_deletion";
    let Some(emulator) = Emulator::start(case) else { return };
    let clients = clients(&emulator).await;
    let mut template = bucket("Net");
    template["Resources"]["Bucket"]["Properties"] = json!({"BucketName": "full-of-documents"});
    let assembly = assembly(&empty(case), &[("Net", template, &[])]);
    deploy(&assembly, &all(&assembly), &clients, &DeployOptions::new(), &mut Kept::default()).await.expect("deployed");
    let python = crate::emulator::tool_or_skip(case, "ministack/bin/python").expect("the emulator runs by it");
    let put = "import boto3; boto3.client('s3').put_object(Bucket='full-of-documents', Key='a', Body=b'b')";
    let variables = emulator.variables();
    assert!(Command::new(python).args(["-c", put]).envs(variables).status().expect("python runs").success());
    let options = DestroyOptions::new().yes(true);
    let error = destroy(&all(&assembly), &clients, &options, &mut Kept::default()).await.expect_err("it is not empty");
    assert!(error.to_string().contains("the bucket full-of-documents (Bucket) has objects"), "{error}");
    assert_eq!(stacks_of(&emulator), ["Net"], "nothing is touched");
    let forced = options.force(true);
    let outcome = destroy(&all(&assembly), &clients, &forced, &mut Kept::default()).await.expect("it is emptied");
    assert_eq!(results(&outcome), [("Net", StackResult::Destroyed)]);
    assert!(stacks_of(&emulator).is_empty());
}
