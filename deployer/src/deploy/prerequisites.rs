//! Seeing, before anything is changed, that the account is ready for what stacks make newly.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::{Instant, interval_at};

use super::seen::{Checked, Seen};
use crate::clients::Clients;
use crate::deploy_error::{DeployError, Failure};
use crate::doctor::Verdict;
use crate::doctor::prerequisites::{Regions, add, check};
use crate::report::{Event, Report};
use crate::stack::Stack;

/// How often it is told that this is waited for.
const SILENCE: Duration = Duration::from_secs(4);

/// Looks at what is new in `stacks`. What may be wrong is told; what could not be looked at is not. With `force` nothing
/// stops the deployment.
///
/// # Errors
/// The account is not ready.
pub(super) async fn see(
    stacks: &[&Stack],
    seen: &BTreeMap<String, Checked>,
    clients: &Clients,
    force: bool,
    report: &mut impl Report,
) -> Result<(), DeployError> {
    let begin = Instant::now();
    let mut regions = Regions::new();
    for stack in stacks {
        let Checked { clients, seen: Seen { template, existing, theirs, .. }, .. } = &seen[&stack.display_name];
        add(&mut regions, stack, clients.region(), &template.value, existing.as_ref(), theirs.as_ref());
    }
    let checked = async {
        let mut checks = Vec::new();
        for (region, (names, wanted)) in regions {
            let new = check(&wanted, &clients.in_region(&region)).await;
            checks.extend(new.into_iter().map(|check| (names.join(", "), check)));
        }
        checks
    };
    let mut checked = std::pin::pin!(checked);
    let mut ticks = interval_at(begin + SILENCE, SILENCE);
    let checks = loop {
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
    if failures.is_empty() { Ok(()) } else { Err(DeployError::Failed { failures }) }
}
