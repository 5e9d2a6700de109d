//! The data processor: the HTTP service that the flagship stack runs.
//!
//! - [`Config`] reads the environment, once, at the start.
//! - [`router`] says which path answers what.
//! - [`serve`] answers until it is told to stop, and loses no request in flight.
//! - [`check`] asks a running service whether it is well, for containers that have no HTTP client of their own.
//!
//! It is a program like any other that Belvedere deploys, and knows nothing of Belvedere.

mod config;
mod health_check;
mod router;
mod serve;
mod signals;

pub use config::{Config, ConfigError};
pub use health_check::{HealthCheckError, check};
pub use router::{Failure, Health, router};
pub use serve::{Stopped, serve};
pub use signals::Signals;

/// The name under which the service reports itself.
pub const SERVICE: &str = "data-processor";
