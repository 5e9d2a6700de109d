//! The real data processor.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;

use crate::function::invoked;

/// Builds the data processor with the cargo that runs this test, and returns its program.
async fn built() -> PathBuf {
    // With the features of the whole workspace, so that nothing is built that a build of all has not built before.
    let arguments = ["build", "--workspace", "--bin", "data-processor", "--message-format", "json-render-diagnostics"];
    let mut command = Command::new(env!("CARGO"));
    let output = command.args(arguments).stderr(Stdio::inherit()).output().await.expect("cargo runs");
    assert!(output.status.success(), "the data processor is built");
    let messages = output.stdout.split(|byte| *byte == b'\n');
    let messages = messages.filter_map(|line| serde_json::from_slice::<Value>(line).ok());
    let mut programs = messages
        .filter(|message| message["target"]["name"] == "data-processor")
        .filter_map(|message| message["executable"].as_str().map(PathBuf::from));
    programs.next().expect("an executable")
}

#[tokio::test]
async fn against_the_data_processor() {
    let program = built().await;
    let mut service = Command::new(program)
        .env_clear()
        .env("STORAGE_URL", "memory:")
        .envs([("BIND_ADDRESS", "127.0.0.1"), ("PORT", "0"), ("METRICS_PORT", "0")])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("it starts");
    let mut lines = BufReader::new(service.stdout.take().expect("piped")).lines();
    let started = tokio::time::timeout(Duration::from_secs(30), async {
        while let Some(line) = lines.next_line().await.expect("the log is UTF-8") {
            let line: Value = serde_json::from_str(&line).expect("a line of JSON");
            if line["message"] == "started" {
                return line;
            }
        }
        panic!("the service ended before it had started");
    });
    let started = started.await.expect("it starts in time");
    let address = [&started["address"], &started["fields"]["address"]].into_iter().find_map(Value::as_str);
    let url = format!("http://{}", address.unwrap_or_else(|| panic!("an address: {started}")));

    let invoked = invoked(&[("DATA_PROCESSOR_URL", url.as_str())]).await;
    assert_eq!(invoked.posted[0].kind, "response", "{}", invoked.posted[0].body);
    assert_eq!(invoked.lines("check passed").len(), 6);
    assert_eq!(invoked.lines("a document is left behind"), Vec::<&Value>::new());
    service.kill().await.expect("it was still running");
}
