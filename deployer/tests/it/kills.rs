//! The program is killed after each of its calls in turn: the next run comes to the same end, and nothing is left over.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use crate::emulator::Emulator;
use crate::lives::{Judge, bucket, write};
use crate::proxy::{Fate, Proxy};
use crate::support::{belvedere, empty};

struct Killing {
    emulator: Emulator,
    judge: Judge,
    directory: PathBuf,
}

impl Killing {
    fn start(case: &str) -> Option<Self> {
        let emulator = Emulator::start(case)?;
        let judge = Judge::start(&emulator);
        Some(Self { emulator, judge, directory: empty(case) })
    }

    /// The program with its arguments, on this endpoint.
    fn command(&self, url: &str, arguments: &[&str]) -> Command {
        let mut command = belvedere(&self.directory);
        command.args(arguments).args(["--app", ".", "--yes"]);
        command.envs(self.emulator.variables()).env("AWS_ENDPOINT_URL", url);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        command
    }

    /// Runs it to its end, which is a good one.
    fn run(&self, arguments: &[&str], when: &str) {
        let output = self.command(&self.emulator.url, arguments).output().expect("the program runs");
        assert!(output.status.success(), "{when}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// Kills the program after each of its calls, runs it again, and sees that it comes to this end. Every run begins with
    /// what `prepare` makes. Returns how many calls there were, each of which it was killed at.
    async fn each(&mut self, arguments: &[&str], end: &Value, prepare: impl Fn(&mut Self)) -> usize {
        for number in 1.. {
            prepare(self);
            // A proxy serves until the runtime ends, and so must what it counts in.
            let hung: &'static AtomicUsize = Box::leak(Box::default());
            let judge = move |call: usize, _: &str| if call == number { Fate::Hangs(hung) } else { Fate::Passes };
            let proxy = Proxy::start(&self.emulator.url, Arc::new(judge)).await;
            let mut process = self.command(&proxy.url, arguments).spawn().expect("the program starts");
            let by_itself = loop {
                if let Some(status) = process.try_wait().expect("it is ours") {
                    assert!(status.success(), "{arguments:?} before call {number}");
                    break true;
                }
                if hung.load(Ordering::SeqCst) > 0 {
                    process.kill().expect("it is ours");
                    process.wait().expect("it is ours");
                    break false;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            };
            let when = format!("{arguments:?}, killed at call {number}, {:?}", proxy.calls().last());
            self.run(arguments, &when);
            assert_eq!(self.judge.everything(), *end, "{when}");
            if by_itself {
                return number - 1;
            }
        }
        unreachable!("numbers do not end")
    }
}

/// What there is of both stacks; `state` is theirs.
fn there(version: u32, state: &str, assets: &[&str]) -> Value {
    json!({
        "stacks": [["LifeApp", state], ["LifeNet", state]],
        "changeSets": 0,
        "topics": [format!("LifeApp-{version}"), format!("LifeNet-{version}")],
        "buckets": [bucket("Life")],
        "assets": assets,
    })
}

/// Past the test runner's capture.
fn told(what: &str, killed: usize) {
    _ = writeln!(std::io::stderr().lock(), "killed at each call of {what}: {killed} of {killed} came to the same end");
}

fn version(directory: &Path, number: u32) {
    write(directory, "Life", number);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deploy_is_killed_at_each_call() {
    let Some(mut killing) = Killing::start("killed_deploy") else { return };
    version(&killing.directory, 1);
    let gone = |killing: &mut Killing| killing.run(&["destroy", "--all"], "before");
    let end = there(1, "CREATE_COMPLETE", &["Life-1.txt"]);
    let killed = killing.each(&["deploy"], &end, gone).await;
    assert!(killed > 15, "{killed} calls");
    told("a deploy", killed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_direct_deploy_is_killed_at_each_call() {
    let Some(mut killing) = Killing::start("killed_direct") else { return };
    version(&killing.directory, 1);
    let gone = |killing: &mut Killing| killing.run(&["destroy", "--all"], "before");
    let end = there(1, "CREATE_COMPLETE", &["Life-1.txt"]);
    let killed = killing.each(&["deploy", "--method", "direct"], &end, gone).await;
    assert!(killed >= 10, "{killed} calls");
    told("a direct deploy", killed);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_is_killed_at_each_call() {
    let Some(mut killing) = Killing::start("killed_update") else { return };
    let before = |killing: &mut Killing| {
        version(&killing.directory, 1);
        killing.run(&["deploy"], "before");
        version(&killing.directory, 2);
    };
    let end = there(2, "UPDATE_COMPLETE", &["Life-1.txt", "Life-2.txt"]);
    let killed = killing.each(&["deploy"], &end, before).await;
    assert!(killed > 15, "{killed} calls");
    told("an update", killed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_destroy_is_killed_at_each_call() {
    let Some(mut killing) = Killing::start("killed_destroy") else { return };
    version(&killing.directory, 1);
    let before = |killing: &mut Killing| {
        killing.run(&["deploy"], "before");
        killing.judge.fill(&bucket("Life"));
    };
    let end = json!({"stacks": [], "changeSets": 0, "topics": [], "buckets": [], "assets": ["Life-1.txt"]});
    let killed = killing.each(&["destroy", "--all"], &end, before).await;
    assert!(killed > 10, "{killed} calls");
    told("a destroy", killed);
}
