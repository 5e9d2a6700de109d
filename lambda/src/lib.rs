//! The test runner: a scheduled AWS Lambda function that calls the data processor as its users do, and fails when an
//! answer is not what it must be.
//!
//! - [`Config`] reads the environment, once, when the function is initialized.
//! - [`Canary`] is what an invocation needs; [`Canary::invoke`] makes the calls of one.
//! - [`Check`] is one of the six calls and what its answer must be: two documents are written and read again, a key
//!   that never was is read, and what is no JSON is written. An [`Outcome`] is what came of it.
//! - [`Report`] is what an invocation returns, [`ChecksFailed`] how it fails.
//!
//! A failed check fails the invocation, so the metric `Errors` that Lambda keeps of every function is the alarm. All six
//! calls are made even so, and what they wrote is removed: a document that cannot be removed is a warning and counts in
//! the metric `CleanupFailures`. One that was stored though no answer came is not known, and stays.

mod canary;
mod check;
mod client;
mod config;
mod document;
mod emf;
mod init_error;
mod judge;
mod log;
mod otlp;
mod outcome;
mod propagation;
mod report;
mod run;
mod spans;
mod telemetry;
mod variables;

pub use canary::{Canary, CanaryError};
pub use check::Check;
pub use client::{TlsError, with_causes};
pub use config::Config;
pub use init_error::report_init_error;
pub use log::init as init_log;
pub use outcome::{Miss, Outcome};
pub use report::{ChecksFailed, Report};
pub use variables::{ConfigError, WrongVariable};
