//! Seeing, before anything is changed, that the account is ready for what stacks make newly.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;
use tokio::time::{Instant, interval_at};

use super::existing::Existing;
use super::one::One;
use crate::clients::Clients;
use crate::deploy_error::{AwsError, DeployError, Failure};
use crate::doctor::Verdict;
use crate::doctor::prerequisites::{Found, check, look};
use crate::report::{Event, Report};
use crate::stack::Stack;

/// How often it is told that this is waited for.
const SILENCE: Duration = Duration::from_secs(4);

/// Looks at what is new in `stacks`. What may be wrong is told; what could not be looked at is not. Returns the stacks
/// that were looked up for that, by display name. With `force` nothing stops the deployment.
///
/// # Errors
/// The account is not ready.
pub(super) async fn see(
    stacks: &[&Stack],
    clients: &Clients,
    force: bool,
    report: &mut impl Report,
) -> Result<BTreeMap<String, Found>, DeployError> {
    let begin = Instant::now();
    let checked = async {
        let (found, wanted) = look(stacks, clients).await;
        let mut checks = Vec::new();
        for (region, (names, wanted)) in wanted {
            let new = check(&wanted, &clients.in_region(&region)).await;
            checks.extend(new.into_iter().map(|check| (names.join(", "), check)));
        }
        (found, checks)
    };
    let mut checked = std::pin::pin!(checked);
    let mut ticks = interval_at(begin + SILENCE, SILENCE);
    let (found, checks) = loop {
        tokio::select! {
            checked = &mut checked => break checked,
            _ = ticks.tick() => {
                let stack = stacks.first().map(|stack| stack.display_name.clone()).unwrap_or_default();
                let what = "AWS to tell whether the account is ready".to_owned();
                report.event(&Event::Waiting { stack, what, elapsed: begin.elapsed() });
            }
        }
    };
    let mut failures = Vec::new();
    for (stack, check) in checks {
        match check.verdict {
            Verdict::Ok | Verdict::Unknown => {}
            Verdict::Fail if !force => {
                let hint = check.hint.map(|hint| format!("{hint}; --force deploys all the same"));
                failures.push(Failure { stack, text: check.text, hint });
            }
            Verdict::Warn | Verdict::Fail => {
                let hint = check.hint.map(|hint| format!(" ({hint})")).unwrap_or_default();
                report.event(&Event::Note { stack: None, text: format!("{}{hint}", check.text) });
            }
        }
    }
    if failures.is_empty() { Ok(found) } else { Err(DeployError::Failed { failures }) }
}

impl One<'_> {
    /// The stack as it is, and the template that it has: as it was found a moment ago, or else looked up now.
    pub(super) async fn find(&self) -> Result<(Option<Existing>, Option<Value>), AwsError> {
        if let Some(found) = self.found.as_ref().filter(|found| found.is_fresh()) {
            return Ok((found.existing.clone(), found.template.clone()));
        }
        let existing = self.describe().await?;
        let template = self.deployed(existing.as_ref()).await?;
        Ok((existing, template))
    }
}
