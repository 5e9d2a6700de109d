//! The program is killed after each of its calls in turn: the next run comes to the same end, and nothing is left over.

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use crate::deploy::{assembly, topic};
use crate::emulator::{Emulator, tool_or_skip};
use crate::proxy::{Fate, Proxy};
use crate::support::{belvedere, empty};

/// All that the emulator has, by a program that is not ours: stacks with their states and change sets, and topics.
const EVERYTHING: &str = "
import boto3, json
cfn, sns = boto3.client('cloudformation'), boto3.client('sns')
stacks = [s for p in cfn.get_paginator('list_stacks').paginate() for s in p['StackSummaries']]
stacks = [s for s in stacks if s['StackStatus'] != 'DELETE_COMPLETE']
sets = [c for s in stacks for c in cfn.list_change_sets(StackName=s['StackName'])['Summaries']
        if c['ExecutionStatus'] == 'AVAILABLE']
print(json.dumps({
  'stacks': sorted([s['StackName'], s['StackStatus']] for s in stacks),
  'changeSets': len(sets),
  'topics': sorted(sns.get_topic_attributes(TopicArn=t['TopicArn'])['Attributes'].get('DisplayName', '')
                   for t in sns.list_topics()['Topics']),
}))";

fn everything(emulator: &Emulator) -> Value {
    let python = tool_or_skip("boto3", "ministack/bin/python").expect("the emulator runs by it");
    let output = Command::new(python)
        .args(["-c", EVERYTHING])
        .envs(emulator.variables())
        .env("AWS_DEFAULT_REGION", "eu-central-1")
        .output()
        .expect("python runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// The program with its arguments, on this endpoint.
fn command(emulator: &Emulator, url: &str, directory: &std::path::Path, arguments: &[&str]) -> Command {
    let mut command = belvedere(directory);
    command.args(arguments).args(["--app", ".", "--yes"]).envs(emulator.variables()).env("AWS_ENDPOINT_URL", url);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    command
}

/// Runs it to its end, which is a good one.
fn run(emulator: &Emulator, directory: &std::path::Path, arguments: &[&str], when: &str) {
    let output = command(emulator, &emulator.url, directory, arguments).output().expect("the program runs");
    assert!(output.status.success(), "{when}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Kills the program after each of its calls, and returns how many there were.
async fn kill_each(
    emulator: &Emulator,
    directory: &std::path::Path,
    arguments: &[&str],
    end: &Value,
    prepare: bool,
) -> usize {
    for number in 1.. {
        // Every run begins with the same.
        if prepare {
            run(emulator, directory, &["deploy"], "before");
        }
        let judge = move |call: usize, _: &str| {
            if call == number { Fate::Hangs(&HUNG) } else { Fate::Passes }
        };
        HUNG.store(0, Ordering::SeqCst);
        let proxy = Proxy::start(&emulator.url, Arc::new(judge)).await;
        let mut process = command(emulator, &proxy.url, directory, arguments).spawn().expect("the program starts");
        let by_itself = loop {
            if let Some(status) = process.try_wait().expect("it is ours") {
                assert!(status.success(), "{arguments:?} before call {number}");
                break true;
            }
            if HUNG.load(Ordering::SeqCst) > 0 {
                process.kill().expect("it is ours");
                process.wait().expect("it is ours");
                break false;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        };
        let when = format!("after {:?}, killed at call {number}, {:?}", arguments, proxy.calls().last());
        run(emulator, directory, arguments, &when);
        assert_eq!(everything(emulator), *end, "{when}");
        if by_itself {
            return number - 1;
        }
        if !prepare {
            run(emulator, directory, &["destroy", "--all"], &when);
        }
    }
    unreachable!("numbers do not end")
}

static HUNG: AtomicUsize = AtomicUsize::new(0);

#[tokio::test(flavor = "multi_thread")]
async fn a_deploy_and_a_destroy_are_killed_at_each_call() {
    let case = "killed_at_each_call";
    let Some(emulator) = Emulator::start(case) else { return };
    let directory = empty(case);
    let stacks: [(&str, Value, &[&str]); 2] =
        [("App", topic("App", "app"), &["Net"]), ("Net", topic("Net", "net"), &[])];
    assembly(&directory, &stacks);
    let there = json!({
        "stacks": [["App", "CREATE_COMPLETE"], ["Net", "CREATE_COMPLETE"]], "changeSets": 0, "topics": ["app", "net"],
    });
    let deploys = kill_each(&emulator, &directory, &["deploy"], &there, false).await;
    let gone = json!({"stacks": [], "changeSets": 0, "topics": []});
    let destroys = kill_each(&emulator, &directory, &["destroy", "--all"], &gone, true).await;
    assert!(deploys > 10 && destroys > 5, "{deploys} and {destroys} calls");
}
