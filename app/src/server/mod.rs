//! Listening, answering until told to stop, and asking whether a service is well.

mod health_check;
mod serve;
mod signals;

pub use self::health_check::{HealthCheckError, check};
pub use self::serve::{Stopped, serve};
pub use self::signals::Signals;
