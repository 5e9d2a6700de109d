//! What deletes the token of a run that cannot do so itself: a process of its own, which waits for the end of the run.
//!
//! The run may be killed between the call that makes the token and its answer. So the guard knows the name of the token, not
//! the token, and looks for it in the workspace.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, Command, ExitCode, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use aws_credential_types::provider::ProvideCredentials as _;
use serde::{Deserialize, Serialize};
use tokio::runtime::Builder;
use tokio::time::sleep;

use super::token;
use crate::clients::{Clients, Connection};

/// The only argument of the program as a guard.
pub(crate) const ARGUMENT: &str = "__guard-grafana-token";
/// What the guard says once it knows what to do.
const READY: &str = "belvedere guards the token";
/// How long it may take to say so. A program that embeds this one may have other things to do first.
const LONGEST_START: Duration = Duration::from_secs(20);
/// How long a run waits for its guard at its end.
const LONGEST_END: Duration = Duration::from_secs(20);
/// When the guard looks for a token that the run has asked for and not seen: the call may still be on its way.
const LOOKS: [u64; 5] = [0, 1, 2, 3, 4];

/// A way to AWS and a token, as they are told to the guard by its standard input.
#[derive(Serialize, Deserialize)]
struct Orders {
    region: String,
    endpoint_url: Option<String>,
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
    workspace_id: String,
    service_account_id: String,
    token_name: String,
}

/// The run's side of it. When this is dropped before [`done`](Self::done), the guard deletes the token.
pub(crate) struct Guard {
    child: Child,
    stdin: Option<ChildStdin>,
}

impl Guard {
    /// Starts a guard for a token that is not there yet.
    pub(crate) async fn start(
        clients: &Clients,
        workspace_id: &str,
        service_account_id: &str,
        token_name: &str,
    ) -> Result<Self, String> {
        let provider = clients.config().credentials_provider().ok_or("there are no credentials")?;
        let credentials = provider.provide_credentials().await.map_err(|error| error.to_string())?;
        let orders = Orders {
            region: clients.region().to_owned(),
            endpoint_url: clients.endpoint_url().map(str::to_owned),
            access_key_id: credentials.access_key_id().to_owned(),
            secret_access_key: credentials.secret_access_key().to_owned(),
            session_token: credentials.session_token().map(str::to_owned),
            workspace_id: workspace_id.to_owned(),
            service_account_id: service_account_id.to_owned(),
            token_name: token_name.to_owned(),
        };
        let orders = serde_json::to_string(&orders).map_err(|error| error.to_string())?;
        let started = tokio::task::spawn_blocking(move || Self::spawn(&orders)).await;
        started.map_err(|error| error.to_string())?.map_err(|error| error.to_string())
    }

    fn spawn(orders: &str) -> io::Result<Self> {
        let mut command = Command::new(own_program()?);
        command.arg(ARGUMENT).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        apart(&mut command);
        let mut child = command.spawn()?;
        let stdin = child.stdin.take();
        let stdout = child.stdout.take();
        let mut guard = Self { child, stdin };
        guard.tell(orders)?;
        let (sender, heard) = mpsc::channel();
        thread::spawn(move || {
            let lines = stdout.into_iter().flat_map(|stdout| BufReader::new(stdout).lines());
            let ready = lines.map_while(Result::ok).any(|line| line == READY);
            _ = sender.send(ready);
        });
        if heard.recv_timeout(LONGEST_START).unwrap_or(false) {
            return Ok(guard);
        }
        _ = guard.child.kill();
        Err(io::Error::other("it does not say that it is ready"))
    }

    fn tell(&mut self, line: &str) -> io::Result<()> {
        let Some(stdin) = &mut self.stdin else { return Ok(()) };
        writeln!(stdin, "{line}").and_then(|()| stdin.flush())
    }

    /// The run asks for the token now.
    pub(crate) fn asks(&mut self) -> io::Result<()> {
        self.tell("asks")
    }

    /// The token is deleted, or was never made.
    pub(crate) fn done(mut self) {
        _ = self.tell("done");
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // The end of its input is what the guard waits for.
        drop(self.stdin.take());
        let begin = Instant::now();
        while begin.elapsed() < LONGEST_END && matches!(self.child.try_wait(), Ok(None)) {
            thread::sleep(Duration::from_millis(10));
        }
    }
}

/// This very program, also where its file was replaced since it was started.
fn own_program() -> io::Result<std::path::PathBuf> {
    if cfg!(target_os = "linux") { Ok("/proc/self/exe".into()) } else { std::env::current_exe() }
}

/// Neither Ctrl-C nor the end of the terminal ends the guard.
#[cfg(unix)]
fn apart(command: &mut Command) {
    std::os::unix::process::CommandExt::process_group(command, 0);
}

#[cfg(windows)]
fn apart(command: &mut Command) {
    const CREATE_NEW_PROCESS_GROUP: u32 = 0x200;
    std::os::windows::process::CommandExt::creation_flags(command, CREATE_NEW_PROCESS_GROUP);
}

#[cfg(not(any(unix, windows)))]
fn apart(_: &mut Command) {}

/// What the program does as a guard.
pub(crate) fn run() -> ExitCode {
    let mut lines = io::stdin().lock().lines().map_while(Result::ok);
    let orders = lines.next().and_then(|line| serde_json::from_str::<Orders>(&line).ok());
    let Some(orders) = orders else { return ExitCode::FAILURE };
    if writeln!(io::stdout(), "{READY}").and_then(|()| io::stdout().flush()).is_err() {
        return ExitCode::FAILURE;
    }
    let mut has_asked = false;
    for line in lines {
        match line.as_str() {
            "asks" => has_asked = true,
            "done" => return ExitCode::SUCCESS,
            _ => {}
        }
    }
    if !has_asked {
        return ExitCode::SUCCESS;
    }
    let Ok(runtime) = Builder::new_current_thread().enable_all().build() else { return ExitCode::FAILURE };
    if runtime.block_on(delete(orders)) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Deletes the token. Returns whether none is left, as far as that can be seen.
async fn delete(orders: Orders) -> bool {
    let mut connection = Connection::new().region(orders.region).credentials(
        orders.access_key_id,
        orders.secret_access_key,
        orders.session_token,
    );
    if let Some(url) = orders.endpoint_url {
        connection = connection.endpoint_url(url);
    }
    let Ok(config) = connection.config().await else { return false };
    let grafana = aws_sdk_grafana::Client::new(&config);
    let mut is_certain = false;
    for seconds in LOOKS {
        sleep(Duration::from_secs(seconds)).await;
        let name = orders.token_name.as_str();
        match token::delete_tokens(&grafana, &orders.workspace_id, &orders.service_account_id, |token| {
            token.name() == name
        })
        .await
        {
            Ok(0) => is_certain = true,
            // Its name is its own: there is no other.
            Ok(_) => return true,
            Err(_) => is_certain = false,
        }
    }
    is_certain
}
