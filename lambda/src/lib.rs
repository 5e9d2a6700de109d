//! The test runner: a scheduled AWS Lambda function that calls the data processor as its users do, and fails when an
//! answer is not what it must be.
//!
//! - [`Config`] reads the environment, once, when the function is initialized.
//! - [`Check`] is one call and what its answer must be.
//! - [`handle`] makes the calls of one invocation, and returns a [`Report`] or a [`CheckError`].
//!
//! A failed check fails the invocation, so the metric `Errors` that Lambda keeps of every function is the alarm.
//!
//! The data processor is called over plain HTTP: the call never leaves the private subnets of the VPC, so the program
//! carries no TLS library, and says so where it is given an `https://` URL.

mod check;
mod config;
mod handler;

pub use check::{Check, CheckError, Outcome, with_causes};
pub use config::{Config, ConfigError};
pub use handler::{Report, handle};
