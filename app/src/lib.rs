//! The data processor: the HTTP service that the flagship stack runs.
//!
//! - [`Config`] reads the environment, once, at the start.
//! - [`api`] is what the service answers; [`store`] is where documents are.
//! - [`server`] takes connections, and stops so that nobody meets a failure.
//!
//! It is a program like any other that Belvedere deploys, and knows nothing of Belvedere.

pub mod api;
mod config;
pub mod server;
pub mod store;
pub mod telemetry;
mod variable;

pub use config::{Config, ConfigError, local_address};
pub use variable::{Lookup, WrongVariable};

/// The name under which the service reports itself.
pub const SERVICE: &str = "data-processor";
