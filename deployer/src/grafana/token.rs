//! A token for a workspace that lives as long as the work that needs it, and some minutes at the most.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_sdk_grafana::Client;
use aws_sdk_grafana::types::{Role, ServiceAccountTokenSummary};
use sha2::{Digest as _, Sha256};

use super::api::{Api, Login};
use super::error::GrafanaError;
use super::guard::Guard;
use super::workspace::Workspace;
use crate::deploy::token::unique;
use crate::deploy_error::AwsError;
use crate::report::{Event, Events};

/// For how long a token is good, in seconds, however its run ends.
const LIFETIME: i32 = 900;
/// How much the clocks of two machines may differ, in seconds. AWS takes no request from a clock that differs more.
const SKEW: i64 = 300;

/// The name of the service account for a content.
pub(crate) fn account_name(content: &str) -> String {
    format!("belvedere-{content}")
}

/// A workspace that is signed in to. Where it is dropped and not closed, its guard deletes the token.
pub(crate) struct Session<'a> {
    pub(crate) api: Api,
    workspace: &'a Workspace,
    account: String,
    name: String,
    guard: Option<Guard>,
    label: &'a str,
    events: &'a Events,
}

impl<'a> Session<'a> {
    /// Signs in by a new token.
    pub(crate) async fn open(
        workspace: &'a Workspace,
        content: &str,
        label: &'a str,
        events: &'a Events,
    ) -> Result<Self, GrafanaError> {
        let (grafana, id) = (&workspace.clients.grafana, workspace.id.as_str());
        let endpoint = workspace.active(label, events).await?;
        let account = account(grafana, id, &account_name(content)).await?;
        // Those of runs that go on at the same time are left: they are deleted by their runs.
        let system = system();
        delete_tokens(grafana, id, &account, |token| is_over(token, system.as_deref())).await?;
        let name = [Some(unique()), system].into_iter().flatten().collect::<Vec<_>>().join("-");
        let mut guard = match Guard::start(&workspace.clients, id, &account, &name).await {
            Ok(guard) => Some(guard),
            Err(reason) => {
                let minutes = LIFETIME / 60;
                let text = format!(
                    "nothing guards the token of this run ({reason}): where it is killed, its token ends by itself within \
                     {minutes} minutes"
                );
                events.send(Event::Note { stack: Some(label.to_owned()), text });
                None
            }
        };
        if let Some(guard) = &mut guard {
            guard.asks().map_err(|error| workspace.unusable(format!("its guard has ended: {error}")))?;
        }
        let request = grafana.create_workspace_service_account_token().workspace_id(id).service_account_id(&account);
        let made = request.name(&name).seconds_to_live(LIFETIME).send().await;
        let made = made.map_err(|error| AwsError::new("grafana:CreateWorkspaceServiceAccountToken", &error))?;
        let key = made.service_account_token().map(|token| token.key().to_owned()).unwrap_or_default();
        let api = Api::new(&endpoint, Login::Token(key))?;
        Ok(Self { api, workspace, account, name, guard, label, events })
    }

    /// Waits until the workspace answers.
    pub(crate) async fn ready(&self, wait: Duration) -> Result<(), GrafanaError> {
        self.api.ready(self.label, wait, Some(&self.workspace.unreachable_hint()), self.events).await
    }

    /// Deletes the token, and the service account with it.
    pub(crate) async fn close_for_good(self) -> Result<(), AwsError> {
        let (workspace, account) = (self.workspace, self.account.clone());
        self.close().await;
        let request = workspace.clients.grafana.delete_workspace_service_account().workspace_id(&workspace.id);
        match request.service_account_id(account).send().await {
            Ok(_) => Ok(()),
            Err(error) => {
                let error = AwsError::new("grafana:DeleteWorkspaceServiceAccount", &error);
                // The answer to a former try was lost.
                if error.code == "ResourceNotFoundException" { Ok(()) } else { Err(error) }
            }
        }
    }

    /// Deletes the token.
    pub(crate) async fn close(mut self) {
        let (grafana, id) = (&self.workspace.clients.grafana, self.workspace.id.as_str());
        match delete_tokens(grafana, id, &self.account, |token| token.name() == self.name).await {
            Ok(_) => {
                if let Some(guard) = self.guard.take() {
                    guard.done();
                }
            }
            // The guard tries again.
            Err(error) => {
                let text = format!("the token {} could not be deleted at once: {error}", self.name);
                self.events.send(Event::Note { stack: Some(self.label.to_owned()), text });
            }
        }
    }
}

/// In which system a number stands for a process: one start of one machine, and in it one container. Known on Linux only.
fn system() -> Option<String> {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let processes = fs::read_link("/proc/self/ns/pid").ok()?;
    let hash = Sha256::digest(format!("{}{}", boot.trim(), processes.display()));
    Some(hash.iter().take(6).map(|byte| format!("{byte:02x}")).collect())
}

/// Whether nobody works with the token any more: it has ended, or its run was one of this system and has.
fn is_over(token: &ServiceAccountTokenSummary, system: Option<&str>) -> bool {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    if token.expires_at().secs().saturating_add(SKEW) < i64::try_from(now).unwrap_or(i64::MAX) {
        return true;
    }
    let mut parts = token.name().rsplit('-');
    let (of, _, process) = (parts.next(), parts.next(), parts.next());
    let process = process.filter(|process| process.parse::<u32>().is_ok());
    // A number that another process has got since keeps the token until it ends by itself.
    let is_gone = |process: &str| !Path::new("/proc").join(process).exists();
    system.is_some() && of == system && process.is_some_and(is_gone)
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

/// Deletes these tokens of the account. Returns how many there were.
pub(crate) async fn delete_tokens(
    grafana: &Client,
    workspace: &str,
    account: &str,
    is_meant: impl Fn(&ServiceAccountTokenSummary) -> bool,
) -> Result<usize, AwsError> {
    let (mut next, mut ids) = (None, Vec::new());
    loop {
        let request = grafana.list_workspace_service_account_tokens().workspace_id(workspace);
        let page = request.service_account_id(account).set_next_token(next).send().await;
        let page = page.map_err(|error| AwsError::new("grafana:ListWorkspaceServiceAccountTokens", &error))?;
        let tokens = page.service_account_tokens().iter().filter(|token| is_meant(token));
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

#[cfg(test)]
mod tests {
    use aws_sdk_grafana::primitives::DateTime;

    use super::*;

    fn token(name: &str, expires: i64) -> ServiceAccountTokenSummary {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
        let now = i64::try_from(now).expect("a time");
        let token = ServiceAccountTokenSummary::builder().id("1").name(name);
        let token = token.created_at(DateTime::from_secs(now)).expires_at(DateTime::from_secs(now + expires));
        token.build().expect("all is there")
    }

    #[test]
    fn a_token_is_over_when_it_has_ended_or_its_run_has() {
        let here = Some("0123456789ab");
        assert!(is_over(&token("theirs", -301), here) && !is_over(&token("theirs", -10), here));
        let own = format!("belvedere-1-{}-0-0123456789ab", std::process::id());
        assert!(!is_over(&token(&own, 900), here), "this process runs");
        // A process has no such number: the greatest that Linux gives is 2^22.
        assert!(cfg!(not(target_os = "linux")) || is_over(&token("belvedere-1-4294967295-0-0123456789ab", 900), here));
        assert!(!is_over(&token("belvedere-1-4294967295-0-ba9876543210", 900), here), "another system");
        assert!(!is_over(&token("belvedere-1-4294967295-0", 900), None));
        assert_eq!(system(), system());
    }
}
