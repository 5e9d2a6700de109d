//! Why a store did not do what it was asked.

use std::error::Error;
use std::time::Duration;

use thiserror::Error;

/// Why a store did not do what it was asked. None of these is the caller's fault: all of them are a 503 or a 500.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The system cannot be reached, refuses, or has no room: a later attempt may succeed.
    #[error("{system} is not available for {operation}")]
    Unavailable {
        /// The name of the system.
        system: &'static str,
        /// What was asked of it.
        operation: &'static str,
        /// What went wrong.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The system did not answer in time. Whether it did what was asked is not known.
    #[error("{system} did not finish {operation} within {} ms", limit.as_millis())]
    TooSlow {
        /// The name of the system.
        system: &'static str,
        /// What was asked of it.
        operation: &'static str,
        /// The time that it had.
        limit: Duration,
    },
    /// What the system holds is not what was stored.
    #[error("{system} holds something else than what was stored: {operation}")]
    Corrupt {
        /// The name of the system.
        system: &'static str,
        /// What was asked of it.
        operation: &'static str,
        /// What is wrong.
        source: Box<dyn Error + Send + Sync>,
    },
}

impl StoreError {
    /// The kind of the failure, as the value of the attribute `error.type`.
    #[must_use]
    pub fn error_type(&self) -> &'static str {
        match self {
            Self::Unavailable { .. } => "unavailable",
            Self::TooSlow { .. } => "timeout",
            Self::Corrupt { .. } => "corrupt",
        }
    }
}
