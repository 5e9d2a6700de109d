//! `data-processor`: starts the service, or asks a running one whether it is well.

use std::error::Error;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};
use data_processor::api::router;
use data_processor::server::{Signals, Stopped, check, serve};
use data_processor::{Config, SERVICE};
use thiserror::Error;
use tokio::net::TcpListener;

/// Amazon ECS kills a task 30 s after it asked it to stop.
const GRACE: Duration = Duration::from_secs(25);
/// Amazon ECS gives a health check 5 s.
const HEALTH_CHECK_LIMIT: Duration = Duration::from_secs(3);

/// Serves GET /health over HTTP until SIGTERM or Ctrl-C, then answers what is in flight and stops.
#[derive(Parser)]
#[command(
    version,
    after_help = "Environment:
  BIND_ADDRESS  IP address to listen on [default: 0.0.0.0, all of them, as containers need it]
  PORT          port to listen on; 0 takes any free one, which the log tells [default: 8080]

Exit codes: 0 stopped as asked (or healthy), 1 failure (or not healthy), 2 wrong argument or variable.
Log: one JSON object a line on stdout."
)]
struct Args {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Ask the service that runs on this host for /health; exit with 0 if it answers 200, with 1 if not
    HealthCheck,
}

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    let config = match Config::from_env() {
        Ok(config) => config,
        Err(error) => return failed(&error, 2),
    };
    match args.command {
        None => run(&config).await,
        Some(Command::HealthCheck) => match check(config.local_address(), HEALTH_CHECK_LIMIT).await {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => failed(&error, 1),
        },
    }
}

async fn run(config: &Config) -> ExitCode {
    tracing_subscriber::fmt().json().flatten_event(true).with_target(false).init();
    match run_until_stopped(config).await {
        Ok(Stopped::Drained) => ExitCode::SUCCESS,
        Ok(Stopped::GraceOver) => ExitCode::FAILURE,
        Err(error) => failed(&error, 1),
    }
}

/// Why the service could not start or go on.
#[derive(Debug, Error)]
enum RunError {
    #[error("cannot take over SIGTERM and Ctrl-C")]
    Signals { source: io::Error },
    #[error("cannot listen on {address}")]
    Listen { address: SocketAddr, source: io::Error },
    #[error("cannot accept connections any more")]
    Serve { source: io::Error },
}

async fn run_until_stopped(config: &Config) -> Result<Stopped, RunError> {
    // Before the first request can come: whoever sees the port open may also ask the process to stop.
    let signals = Signals::install().map_err(|source| RunError::Signals { source })?;
    let address = config.address();
    let listener = TcpListener::bind(address).await.map_err(|source| RunError::Listen { address, source })?;
    let address = listener.local_addr().map_err(|source| RunError::Listen { address, source })?;
    tracing::info!(service = SERVICE, version = env!("CARGO_PKG_VERSION"), %address, "started");
    let shutdown = async move {
        let signal = signals.received().await;
        tracing::info!(service = SERVICE, signal, "stopping");
    };
    let stopped = serve(listener, router(), shutdown, GRACE).await.map_err(|source| RunError::Serve { source })?;
    match stopped {
        Stopped::Drained => tracing::info!(service = SERVICE, "stopped"),
        Stopped::GraceOver => {
            tracing::error!(service = SERVICE, grace_seconds = GRACE.as_secs(), "stopped with requests in flight");
        }
    }
    Ok(stopped)
}

fn failed(error: &dyn Error, code: u8) -> ExitCode {
    let mut text = format!("error: {error}\n");
    let mut source = error.source();
    while let Some(cause) = source {
        text += &format!("  caused by: {cause}\n");
        source = cause.source();
    }
    // Where stderr is closed, the exit code has to say it all.
    let _ = io::stderr().write_all(text.as_bytes());
    ExitCode::from(code)
}
