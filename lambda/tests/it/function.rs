//! The function's program, started as Lambda starts it.

use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::io::AsyncReadExt;
use tokio::process::{Child, Command};

use crate::runtime_api::{Invocation, Posted, RuntimeApi};

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Function {
    child: Child,
    api: RuntimeApi,
}

/// What came of one invocation or more.
pub(crate) struct Invoked {
    pub(crate) posted: Vec<Posted>,
    /// How long each took.
    pub(crate) took: Vec<Duration>,
    pub(crate) log: Vec<Value>,
}

impl Invoked {
    /// The lines with this message.
    pub(crate) fn lines(&self, message: &str) -> Vec<&Value> {
        self.log.iter().filter(|line| line["message"] == message).collect()
    }

    /// The names of the checks that failed, and what Lambda was told of them.
    pub(crate) fn failure(&self) -> (Vec<&str>, &str) {
        assert_eq!(self.posted[0].kind, "error", "{:?}", self.posted[0].body);
        assert_eq!(self.posted[0].body["errorType"], "ChecksFailed");
        let checks = self.lines("check failed").into_iter().map(|line| line["check"].as_str().expect("a name"));
        (checks.collect(), self.posted[0].body["errorMessage"].as_str().expect("a text"))
    }
}

impl Function {
    /// Starts the program with these variables, next to those that Lambda sets, and no others.
    pub(crate) async fn start(variables: &[(&str, &str)]) -> Self {
        let api = RuntimeApi::start().await;
        let child = command(&api.address, variables).spawn().expect("it starts");
        Self { child, api }
    }

    pub(crate) async fn invoke(&mut self, invocation: Invocation) -> (Posted, Duration) {
        let begin = Instant::now();
        self.api.invocations.send(invocation).expect("the runtime API is there");
        let posted = tokio::time::timeout(PATIENCE, self.api.posted.recv()).await;
        (posted.expect("an answer in time").expect("the runtime API is there"), begin.elapsed())
    }

    /// Ends the program, and returns its log.
    pub(crate) async fn stop(mut self) -> Vec<Value> {
        self.child.kill().await.expect("the function is still waiting for work");
        log_of(&mut self.child).await
    }

    /// Waits until the program has ended by itself.
    pub(crate) async fn ended(mut self) -> (ExitStatus, Option<Posted>, Vec<Value>) {
        let status = tokio::time::timeout(PATIENCE, self.child.wait()).await.expect("it ends").expect("it ran");
        (status, self.api.posted.try_recv().ok(), log_of(&mut self.child).await)
    }
}

/// Starts the program, invokes it once and ends it.
pub(crate) async fn invoked(variables: &[(&str, &str)]) -> Invoked {
    invoked_with(variables, [Invocation::new("request-1")]).await
}

/// Starts the program, invokes it with each of these and ends it.
pub(crate) async fn invoked_with(
    variables: &[(&str, &str)],
    invocations: impl IntoIterator<Item = Invocation>,
) -> Invoked {
    let mut function = Function::start(variables).await;
    let (mut posted, mut took) = (Vec::new(), Vec::new());
    for invocation in invocations {
        let (answer, time) = function.invoke(invocation).await;
        posted.push(answer);
        took.push(time);
    }
    Invoked { posted, took, log: function.stop().await }
}

/// The program with these variables; the limits are such that a busy machine does not miss them.
pub(crate) fn command(runtime_api: &str, variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_test-runner"));
    command
        .env_clear()
        .env("AWS_LAMBDA_RUNTIME_API", runtime_api)
        .env("AWS_LAMBDA_FUNCTION_NAME", "canary")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "7")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
        .env("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/canary")
        .env("AWS_LAMBDA_LOG_STREAM_NAME", "2026/11/21/[7]0123")
        .env("AWS_REGION", "eu-west-1")
        .env("CHECK_TIME_LIMIT_MS", "20000")
        .env("CHECK_THRESHOLD_MS", "20000")
        .env("TOTAL_THRESHOLD_MS", "60000")
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .kill_on_drop(true);
    command
}

async fn log_of(child: &mut Child) -> Vec<Value> {
    let mut log = String::new();
    child.stdout.take().expect("piped").read_to_string(&mut log).await.expect("the log is UTF-8");
    log.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
}
