//! `load-generator`: drives the data processor with a chosen rate and mix of requests, and judges its answers.
//!
//! With `--rate` the load is open: requests are due at even distances, whether or not earlier ones were answered, and
//! latency runs from when a request was due. A service that stops for half a second is seen by all who would have
//! called in that time, and not, as with a closed loop of users who politely wait, by one of them.
//!
//! Two kept crates were weighed and not taken. `goose` 0.19 is a closed loop: each user waits for the answer, and what
//! was not sent meanwhile is filled in afterwards from an average, an experiment that is off by default. `rlt` 0.5
//! lets each worker wait for a rate limiter and then measure for itself: nobody knows when a request was due; at the
//! end it drops the requests in flight, and its only threshold is a stored earlier run. What they would have saved is
//! [`schedule`], so this stands on hyper, hdrhistogram and indicatif.
//!
//! - [`options`] and [`mix`] say what is sent, [`schedule`] when.
//! - [`load`] is the run: connections that take their turns; [`client`], [`exchange`] and [`payload`] are one request.
//! - [`documents`] remembers what was written, within bounds, and deletes it in the end.
//! - [`record`] counts, [`progress`] shows it on stderr while it runs, [`summary`] on stdout when it is over.

mod client;
mod documents;
mod exchange;
mod load;
mod mix;
mod options;
mod payload;
mod progress;
mod record;
mod schedule;
mod signals;
mod summary;

use std::error::Error;
use std::io::{self, Write as _};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser as _;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::client::Client;
use crate::load::Load;
use crate::options::{Args, Options, Output};
use crate::signals::Signals;
use crate::summary::Summary;

const MISSED: u8 = 1;
const USAGE: u8 = 2;
const NOT_REACHED: u8 = 3;

#[tokio::main]
async fn main() -> ExitCode {
    let options = match Args::parse().read() {
        Ok(options) => options,
        Err(errors) => {
            errors.iter().for_each(|error| tell(error));
            return USAGE.into();
        }
    };
    let output = options.output;
    match run(options).await {
        Ok(summary) => {
            let text = match output {
                Output::Text => summary.to_string(),
                Output::Json => serde_json::to_string_pretty(&summary).unwrap_or_default(),
            };
            // The exit code says what matters, should nobody read.
            _ = writeln!(io::stdout().lock(), "{text}");
            if summary.passed() { ExitCode::SUCCESS } else { MISSED.into() }
        }
        Err((error, code)) => {
            tell(&*error);
            code.into()
        }
    }
}

async fn run(options: Options) -> Result<Summary, (Box<dyn Error>, u8)> {
    let usage = |error: Box<dyn Error>| (error, USAGE);
    let mut signals = Signals::install().map_err(|error| usage(error.into()))?;
    let Options { target, ca_file, timeout, document_size, sampled, .. } = &options;
    let client = Client::new(target.clone(), ca_file.as_deref(), *timeout, *document_size, *sampled)
        .map_err(|error| usage(error.into()))?;
    tokio::select! {
        reached = load::reach(&client) => reached.map_err(|why| (why.into(), NOT_REACHED))?,
        () = signals.received() => return Err(("stopped before the target was reached".into(), NOT_REACHED)),
    }
    let load = Arc::new(Load::new(options, client));
    let progress = tokio::spawn(progress::show(load.clone()));
    let (stop, stopped) = watch::channel(false);
    let run = load.run(&stopped);
    tokio::pin!(run);
    let mut until = None;
    tokio::select! {
        () = &mut run => {}
        () = signals.received() => {
            until = Some(Instant::now());
            stop.send_replace(true);
        }
    }
    let rest = async {
        if until.is_some() {
            run.await;
        }
        load.clean_up().await;
    };
    tokio::select! {
        () = rest => {}
        () = signals.received() => {}
    }
    progress.abort();
    // The live line is wiped away before anything else is written.
    _ = progress.await;
    let interrupted = until.is_some();
    // The last request is due a little before the end; what the run is measured by is the time that was asked for.
    let until = [until, load.schedule.end].into_iter().flatten().min().unwrap_or_else(Instant::now);
    Ok(Summary::new(&load, until, interrupted))
}

/// Tells an error and all that led to it.
fn tell(error: &dyn Error) {
    let mut stderr = io::stderr().lock();
    // Whoever closed stderr does not want to know.
    _ = writeln!(stderr, "error: {error}");
    let mut source = error.source();
    while let Some(cause) = source {
        _ = writeln!(stderr, "  caused by: {cause}");
        source = cause.source();
    }
}
