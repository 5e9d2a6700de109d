//! `data-processor`: starts the service, or asks a running one whether it is well.

use std::env;
use std::error::Error;
use std::future::pending;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::{Parser, Subcommand};
use data_processor::api::{Api, router};
use data_processor::server::{self, Probe, Signals, Stopped, Stopping, Terms, check, serve};
use data_processor::store::{OpenError, StorageUrl};
use data_processor::telemetry::{ObservedStore, Telemetry, TelemetryError};
use data_processor::{Config, local_address};
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::runtime;
use tokio::sync::watch;

/// Amazon ECS kills a task 30 s after it asked it to stop, of which requests may take 25 s.
const FLUSH_LIMIT: Duration = Duration::from_secs(3);
/// Amazon ECS gives a health check 5 s.
const HEALTH_CHECK_LIMIT: Duration = Duration::from_secs(3);

/// Stores JSON documents over HTTP until SIGTERM or Ctrl-C; a second signal ends it at once
#[derive(Parser)]
#[command(version, after_help = after_help())]
struct Args {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Ask the service on this host for /health; exit with 0 if it answers 200, else 1
    HealthCheck {
        /// Ask for /ready instead: whether the storage can be reached
        #[arg(long)]
        ready: bool,
    },
    /// Check the environment; exit with 0 if every variable can be used, with 2 if not
    CheckConfig,
}

fn after_help() -> String {
    format!(
        "Environment, with the default in brackets:
{}
Exit codes: 0 stopped as asked (or healthy), 1 failure (or not), 2 wrong argument or variable.
Log: one JSON object a line on stdout.",
        Config::VARIABLES
    )
}

fn main() -> ExitCode {
    match Args::parse().command {
        None => match Config::from_env() {
            Ok(config) => in_runtime(runtime::Builder::new_multi_thread(), run(&config)),
            Err(error) => failed(&error, 2),
        },
        Some(Command::CheckConfig) => match Config::from_env() {
            Ok(_) => ExitCode::SUCCESS,
            Err(error) => failed(&error, 2),
        },
        Some(Command::HealthCheck { ready }) => {
            let probe = if ready { Probe::Ready } else { Probe::Health };
            match local_address(&|name| env::var_os(name)) {
                Ok(address) => in_runtime(runtime::Builder::new_current_thread(), ask(address, probe)),
                Err(error) => failed(&error, 1),
            }
        }
    }
}

fn in_runtime(mut builder: runtime::Builder, work: impl Future<Output = ExitCode>) -> ExitCode {
    match builder.enable_all().build() {
        Ok(runtime) => {
            let code = runtime.block_on(work);
            // What the storage still does for requests that were given up is not waited for.
            runtime.shutdown_background();
            code
        }
        Err(source) => failed(&RunError::Runtime { source }, 1),
    }
}

async fn ask(address: SocketAddr, probe: Probe) -> ExitCode {
    match check(address, probe, HEALTH_CHECK_LIMIT).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&error, 1),
    }
}

async fn run(config: &Config) -> ExitCode {
    match run_until_stopped(config).await {
        Ok(Stopped::Drained) => ExitCode::SUCCESS,
        Ok(Stopped::GraceOver | Stopped::AtOnce) => ExitCode::FAILURE,
        Err(error) => failed(&error, 1),
    }
}

/// Why the service could not start.
#[derive(Debug, Error)]
enum RunError {
    #[error("cannot start the runtime")]
    Runtime { source: io::Error },
    #[error("cannot take over SIGTERM and Ctrl-C")]
    Signals { source: io::Error },
    #[error("cannot start telemetry")]
    Telemetry { source: TelemetryError },
    #[error("cannot open the storage {storage}, which STORAGE_URL says")]
    Storage { storage: StorageUrl, source: OpenError },
    #[error("cannot listen on {address}, which {variable} says")]
    Listen { address: SocketAddr, variable: &'static str, source: io::Error },
}

async fn run_until_stopped(config: &Config) -> Result<Stopped, RunError> {
    // Before the first request can come: whoever sees the port open may also ask the process to stop.
    let signals = Signals::install().map_err(|source| RunError::Signals { source })?;
    let (listener, address) = listen(config.address, "PORT")?;
    let (metrics, metrics_address) = listen(config.metrics_address, "METRICS_PORT")?;
    let store = config.storage.open_with(config.storage_timeout, &|name| env::var_os(name)).await;
    let store = store.map_err(|source| RunError::Storage { storage: config.storage.clone(), source })?;
    let telemetry = Telemetry::start(&config.telemetry).await.map_err(|source| RunError::Telemetry { source })?;
    log_panics();
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        %address,
        %metrics_address,
        storage = %config.storage,
        "started"
    );
    if let Err(files) = server::allow_files_for(config.connections.connections) {
        let connections = config.connections.connections;
        tracing::warn!(files, connections, "fewer files can be open than MAX_CONNECTIONS needs");
    }

    // Scrapes go on until the process ends: they tell how it ends.
    let metrics = serve(metrics, telemetry.metrics_router(), Terms::default(), pending(), pending());
    let metrics = tokio::spawn(metrics);
    let store = Arc::new(ObservedStore::new(store, &telemetry, config.storage_timeout));
    let terms = Terms {
        limits: config.connections,
        stopping: Stopping::default(),
        delay: config.shutdown_delay,
        grace: config.shutdown_grace,
    };
    let api = Api { store, limits: config.limits, stopping: terms.stopping.clone() };
    let routes = router(api).layer(telemetry.layer());
    let (asked, urged) = told(signals);
    let stopped = serve(listener, routes, terms, asked, urged).await;
    match stopped {
        Stopped::Drained => tracing::info!("stopped"),
        Stopped::GraceOver | Stopped::AtOnce => tracing::error!(reason = ?stopped, "stopped with requests in flight"),
    }
    metrics.abort();
    telemetry.shutdown(FLUSH_LIMIT).await;
    Ok(stopped)
}

fn listen(address: SocketAddr, variable: &'static str) -> Result<(TcpListener, SocketAddr), RunError> {
    let failed = |source| RunError::Listen { address, variable, source };
    let listener = server::listen(address).map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}

/// Waits for the first and for the second signal.
fn told(mut signals: Signals) -> (impl Future<Output = ()>, impl Future<Output = ()>) {
    let (tell, told) = watch::channel(0);
    tokio::spawn(async move {
        loop {
            let signal = signals.received().await;
            tracing::info!(signal, "stopping");
            tell.send_modify(|signals| *signals += 1);
        }
    });
    let wait = |number: u32, mut told: watch::Receiver<u32>| async move {
        _ = told.wait_for(|signals| *signals >= number).await;
    };
    (wait(1, told.clone()), wait(2, told))
}

/// Has panics told in the log; the default tells them on stderr, where nobody looks.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| tracing::error!(defect = %panic, "panicked")));
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
