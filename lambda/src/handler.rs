//! One invocation.

use serde::{Deserialize, Serialize};

use crate::check::{Check, CheckError, Outcome, with_causes};
use crate::config::Config;

/// What an invocation whose checks passed returns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The checks that were made, in their order.
    pub checks: Vec<Outcome>,
}

/// Makes every check, and logs one line for each.
///
/// # Errors
/// A check failed.
pub async fn handle(config: &Config) -> Result<Report, CheckError> {
    let check = Check::health();
    match check.run(config).await {
        Ok(outcome) => {
            let Outcome { request, status, duration_ms, .. } = &outcome;
            tracing::info!(check = check.name(), request, status, duration_ms, "check passed");
            Ok(Report { checks: vec![outcome] })
        }
        Err(error) => {
            tracing::error!(check = check.name(), error = with_causes(&error), "check failed");
            Err(error)
        }
    }
}
