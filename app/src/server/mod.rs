//! Listening, answering until told to stop, and asking whether a service is well.

mod accept;
mod connection;
mod connections;
mod files;
mod health_check;
mod io;
mod serve;
mod signals;
mod stopping;

pub use self::accept::listen;
pub use self::connection::ConnectionLimits;
pub use self::files::allow_files_for;
pub use self::health_check::{HealthCheckError, Probe, check};
pub use self::serve::{Stopped, Terms, serve};
pub use self::signals::Signals;
pub use self::stopping::Stopping;
