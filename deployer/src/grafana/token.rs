//! A token for a workspace that lives as long as the work that needs it, and some minutes at the most.

use std::time::Duration;

use aws_sdk_grafana::Client;
use aws_sdk_grafana::types::Role;

use super::api::{Api, Login};
use super::error::GrafanaError;
use super::guard::Guard;
use super::workspace::Workspace;
use crate::deploy::token::unique;
use crate::deploy_error::AwsError;
use crate::report::{Event, Events};

/// For how long a token is good, in seconds, however its run ends.
const LIFETIME: i32 = 900;

/// The name of the service account for a content.
fn account_name(content: &str) -> String {
    format!("belvedere-{content}")
}

/// Does `work` with a token that is deleted afterwards: where the work fails, is given up or killed, too.
pub(crate) async fn with_token<T>(
    workspace: &Workspace,
    content: &str,
    wait: Duration,
    label: &str,
    events: &Events,
    work: impl AsyncFnOnce(&Api) -> Result<T, GrafanaError>,
) -> Result<T, GrafanaError> {
    let (grafana, id) = (&workspace.clients.grafana, workspace.id.as_str());
    let endpoint = workspace.active(label, events).await?;
    let account = account(grafana, id, &account_name(content)).await?;
    // Of runs whose machine was lost.
    delete_named(grafana, id, &account, |_| true).await?;
    let name = unique();
    let note = |text: String| events.send(Event::Note { stack: Some(label.to_owned()), text });
    let mut guard = match Guard::start(&workspace.clients, id, &account, &name).await {
        Ok(guard) => Some(guard),
        Err(reason) => {
            note(format!(
                "nothing guards the token of this run ({reason}): if it is killed, its token ends by itself within {} \
                 minutes",
                LIFETIME / 60
            ));
            None
        }
    };
    if let Some(guard) = &mut guard {
        let refused = |error: std::io::Error| GrafanaError::Workspace { id: id.to_owned(), reason: error.to_string() };
        guard.asks().map_err(refused)?;
    }
    let request = grafana.create_workspace_service_account_token().workspace_id(id).service_account_id(&account);
    let made = request.name(&name).seconds_to_live(LIFETIME).send().await;
    let made = made.map_err(|error| AwsError::new("grafana:CreateWorkspaceServiceAccountToken", &error))?;
    let token = made.service_account_token();
    let key = token.map(|token| token.key().to_owned()).unwrap_or_default();
    let worked = match Api::new(&endpoint, Login::Token(key)) {
        Ok(api) => match api.ready(label, wait, Some(&workspace.unreachable_hint()), events).await {
            Ok(()) => work(&api).await,
            Err(error) => Err(error),
        },
        Err(error) => Err(error),
    };
    match delete_named(grafana, id, &account, |other| other == name).await {
        Ok(_) => {
            if let Some(guard) = guard {
                guard.done();
            }
        }
        // The guard tries again.
        Err(error) => note(format!("the token {name} could not be deleted at once: {error}")),
    }
    worked
}

/// The id of the service account, which is made where there is none.
async fn account(grafana: &Client, workspace: &str, name: &str) -> Result<String, AwsError> {
    if let Some(id) = find_account(grafana, workspace, name).await? {
        return Ok(id);
    }
    let request = grafana.create_workspace_service_account().workspace_id(workspace).name(name);
    match request.grafana_role(Role::Admin).send().await {
        Ok(made) => Ok(made.id().to_owned()),
        Err(error) => {
            let error = AwsError::new("grafana:CreateWorkspaceServiceAccount", &error);
            // Another run, or a try whose answer was lost, has made it meanwhile.
            match find_account(grafana, workspace, name).await {
                Ok(Some(id)) => Ok(id),
                _ => Err(error),
            }
        }
    }
}

async fn find_account(grafana: &Client, workspace: &str, name: &str) -> Result<Option<String>, AwsError> {
    let mut next = None;
    loop {
        let request = grafana.list_workspace_service_accounts().workspace_id(workspace).set_next_token(next);
        let page = request.send().await;
        let page = page.map_err(|error| AwsError::new("grafana:ListWorkspaceServiceAccounts", &error))?;
        if let Some(account) = page.service_accounts().iter().find(|account| account.name() == name) {
            return Ok(Some(account.id().to_owned()));
        }
        next = page.next_token().map(str::to_owned);
        if next.is_none() {
            return Ok(None);
        }
    }
}

/// Deletes the tokens of the account whose names are chosen. Returns how many there were.
pub(crate) async fn delete_named(
    grafana: &Client,
    workspace: &str,
    account: &str,
    chosen: impl Fn(&str) -> bool,
) -> Result<usize, AwsError> {
    let (mut next, mut ids) = (None, Vec::new());
    loop {
        let request = grafana.list_workspace_service_account_tokens().workspace_id(workspace);
        let page = request.service_account_id(account).set_next_token(next).send().await;
        let page = page.map_err(|error| AwsError::new("grafana:ListWorkspaceServiceAccountTokens", &error))?;
        let tokens = page.service_account_tokens().iter().filter(|token| chosen(token.name()));
        ids.extend(tokens.map(|token| token.id().to_owned()));
        next = page.next_token().map(str::to_owned);
        if next.is_none() {
            break;
        }
    }
    for id in &ids {
        let request = grafana.delete_workspace_service_account_token().workspace_id(workspace);
        if let Err(error) = request.service_account_id(account).token_id(id).send().await {
            let error = AwsError::new("grafana:DeleteWorkspaceServiceAccountToken", &error);
            // Somebody else was faster.
            if error.code != "ResourceNotFoundException" {
                return Err(error);
            }
        }
    }
    Ok(ids.len())
}
