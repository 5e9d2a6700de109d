//! Contents of stacks, and what is done with them.

use belvedere_grafana::Document;

use super::apply::{Applied, ApplyOptions};
use super::contents::contents;
use super::error::GrafanaError;
use super::job::Job;
use super::plan::Plan;
use crate::account::{check_account, clients_of};
use crate::clients::Clients;
use crate::deploy::StackOutcome;
use crate::deploy_error::{DeployError, Failure};
use crate::described::described_or_refused;
use crate::inspect_error::InspectError;
use crate::report::{Report, StackResult, telling};
use crate::stack::Stack;

/// The contents of deployed stacks, in their order.
///
/// # Errors
/// A stack with a content is not deployed, or its outputs lack what the content needs.
pub async fn jobs(stacks: &[&Stack], clients: &Clients) -> Result<Vec<Job>, GrafanaError> {
    check_account(stacks, clients.identity()).map_err(InspectError::from)?;
    let mut all = Vec::new();
    for stack in stacks {
        if contents(stack)?.is_empty() {
            continue;
        }
        let clients = clients_of(clients, stack);
        let described = described_or_refused(&clients, stack).await?;
        let outputs = described.outputs().iter().map(|output| {
            (output.output_key().unwrap_or_default().to_owned(), output.output_value().unwrap_or_default().to_owned())
        });
        all.extend(Job::of_stack(stack, &outputs.collect(), &clients)?);
    }
    Ok(all)
}

/// What an application of each content would do. With `adopt` as [`ApplyOptions::adopt`] has it.
///
/// A workspace is read by a token, which it gets for that time, and by a service account, which stays. Both are an
/// administrator's: nobody else may read data sources and alert rules in all versions of Grafana
/// ([roles](https://grafana.com/docs/grafana/v11.6/administration/roles-and-permissions/access-control/rbac-fixed-basic-role-definitions/)).
///
/// # Errors
/// A Grafana cannot be reached or refuses, or its list of what a content has made is damaged.
pub async fn plan(jobs: &[Job], adopt: bool, report: &mut impl Report) -> Result<Vec<Plan>, GrafanaError> {
    telling(report, async |events| {
        let mut plans = Vec::new();
        for job in jobs {
            plans.push(job.plan(adopt, &events).await?);
        }
        Ok(plans)
    })
    .await
}

/// Brings each Grafana to what its content says. What happens is told to `report`.
///
/// # Errors
/// A Grafana cannot be reached or refuses, something is there that somebody else made, a removal is not approved, or single
/// things fail; then all others are as they are to be.
pub async fn apply(
    jobs: &[Job],
    options: ApplyOptions,
    report: &mut impl Report,
) -> Result<Vec<Applied>, GrafanaError> {
    telling(report, async |events| {
        let mut all = Vec::new();
        for job in jobs {
            all.push(job.apply(options, &events).await?);
        }
        Ok(all)
    })
    .await
}

/// Reads what the Grafana of a job has, whoever made it. Secrets are not told by Grafana, and are not in it.
///
/// # Errors
/// The Grafana cannot be reached or refuses.
pub async fn export(job: &Job, report: &mut impl Report) -> Result<Document, GrafanaError> {
    telling(report, async |events| job.export(&events).await).await
}

/// Where people find the Grafana of a job.
///
/// # Errors
/// AWS does not describe the workspace.
pub async fn url(job: &Job) -> Result<String, GrafanaError> {
    job.url().await
}

/// Applies the contents of the stacks that were deployed just now.
pub(crate) async fn after_stacks(
    stacks: &[&Stack],
    outcomes: &[StackOutcome],
    clients: &Clients,
    options: ApplyOptions,
    report: &mut impl Report,
) -> Result<(), DeployError> {
    let mut planned = Vec::new();
    for stack in stacks {
        let outcome = outcomes.iter().find(|outcome| outcome.stack == stack.display_name);
        let is_there = |result| matches!(result, StackResult::Created | StackResult::Updated | StackResult::Unchanged);
        if let Some(outcome) = outcome.filter(|outcome| is_there(outcome.result)) {
            let jobs = Job::of_stack(stack, &outcome.outputs, &clients_of(clients, stack));
            planned.push((stack.display_name.clone(), jobs));
        }
    }
    let mut failures = Vec::new();
    for (stack, jobs) in planned {
        let applied = match jobs {
            Ok(jobs) => apply(&jobs, options, report).await,
            Err(error) => Err(error),
        };
        match applied {
            Ok(_) => {}
            Err(GrafanaError::Declined { question }) => return Err(DeployError::Declined { question }),
            Err(error) => {
                let hint = error.hint().unwrap_or_else(|| "the stack is deployed; correct it and deploy again".into());
                failures.push(Failure { stack, text: error.to_string(), hint: Some(hint) });
            }
        }
    }
    if failures.is_empty() { Ok(()) } else { Err(DeployError::Failed { failures }) }
}
