//! A workspace of Amazon Managed Grafana, from outside: whether it is active, how it is set, and who may do what in it.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use aws_sdk_grafana::types::{
    Role, UpdateAction, UpdateInstruction, User, UserType, WorkspaceDescription, WorkspaceStatus,
};
use belvedere_grafana::{RoleAssignment, WorkspaceRole, WorkspaceSettings};
use serde_json::{Value as Json, json};
use tokio::time::sleep;

use super::error::GrafanaError;
use super::plan::{Action, Step};
use super::registry::RoleEntry;
use super::thing::Kind;
use crate::clients::Clients;
use crate::deploy_error::AwsError;
use crate::report::{Event, Events};

/// For how long a workspace may be busy, how often it is asked meanwhile, and how often that is told.
const LIMIT: Duration = Duration::from_secs(600);
const PAUSE: Duration = Duration::from_secs(3);
const SILENCE: Duration = Duration::from_secs(4);
/// The most instructions of one call.
/// [AWS page](https://docs.aws.amazon.com/grafana/latest/APIReference/API_UpdatePermissions.html).
const BATCH: usize = 20;

/// A workspace, and how it is to be.
#[derive(Clone, Debug)]
pub(crate) struct Workspace {
    pub(crate) clients: Clients,
    pub(crate) id: String,
    pub(crate) settings: WorkspaceSettings,
    pub(crate) roles: Vec<RoleAssignment>,
}

impl Workspace {
    async fn describe(&self) -> Result<WorkspaceDescription, GrafanaError> {
        let answer = self.clients.grafana.describe_workspace().workspace_id(&self.id).send().await;
        let answer = answer.map_err(|error| AwsError::new("grafana:DescribeWorkspace", &error))?;
        answer.workspace.ok_or_else(|| self.unusable("AWS does not describe it".into()))
    }

    pub(crate) fn unusable(&self, reason: String) -> GrafanaError {
        GrafanaError::Workspace { id: self.id.clone(), reason }
    }

    /// Waits until the workspace is active, and returns its endpoint.
    pub(crate) async fn active(&self, label: &str, events: &Events) -> Result<String, GrafanaError> {
        let begin = Instant::now();
        let mut told = begin;
        loop {
            let workspace = self.describe().await?;
            let status = workspace.status();
            if *status == WorkspaceStatus::Active {
                return Ok(workspace.endpoint().to_owned());
            }
            let word = status.as_str();
            // A failed update leaves the workspace as it was, and it is active again after the next.
            if word.ends_with("FAILED") || word == "DELETING" || begin.elapsed() > LIMIT {
                return Err(self.unusable(format!("it is {word}")));
            }
            if told.elapsed() >= SILENCE {
                told = Instant::now();
                let what = format!("the workspace {} (it is {word})", self.id);
                events.send(Event::Waiting { stack: label.to_owned(), what, elapsed: begin.elapsed() });
            }
            sleep(PAUSE).await;
        }
    }

    /// Where people find it.
    pub(crate) async fn url(&self) -> Result<String, GrafanaError> {
        let endpoint = self.describe().await?.endpoint().to_owned();
        Ok(if endpoint.contains("://") { endpoint } else { format!("https://{endpoint}") })
    }

    /// Why a workspace that is active may not answer here.
    pub(crate) fn unreachable_hint(&self) -> String {
        format!(
            "a workspace with network access control answers only those in its prefix lists and by its VPC endpoints: see \
             `aws grafana describe-workspace --workspace-id {}`, and apply from there by `belvedere grafana apply`",
            self.id
        )
    }

    /// What is set otherwise than it is to be, and the whole configuration as it is to be.
    pub(crate) async fn see_settings(&self) -> Result<Option<(Vec<Step>, String)>, GrafanaError> {
        if self.settings.is_empty() {
            return Ok(None);
        }
        let answer = self.clients.grafana.describe_workspace_configuration().workspace_id(&self.id).send().await;
        let answer = answer.map_err(|error| AwsError::new("grafana:DescribeWorkspaceConfiguration", &error))?;
        let configuration: Json = serde_json::from_str(answer.configuration()).unwrap_or_else(|_| json!({}));
        let (steps, wanted) = changed_settings(&self.settings, configuration);
        Ok((!steps.is_empty()).then(|| (steps, wanted.to_string())))
    }

    /// Sets what is set otherwise. Returns what that was.
    pub(crate) async fn apply_settings(&self, label: &str, events: &Events) -> Result<Vec<Step>, GrafanaError> {
        if self.settings.is_empty() {
            return Ok(Vec::new());
        }
        self.active(label, events).await?;
        let Some((steps, configuration)) = self.see_settings().await? else { return Ok(Vec::new()) };
        let request = self.clients.grafana.update_workspace_configuration().workspace_id(&self.id);
        let answer = request.configuration(configuration).send().await;
        answer.map_err(|error| AwsError::new("grafana:UpdateWorkspaceConfiguration", &error))?;
        self.active(label, events).await?;
        Ok(steps)
    }

    async fn permissions(&self) -> Result<Vec<RoleEntry>, AwsError> {
        let (mut all, mut next) = (Vec::new(), None);
        loop {
            let request = self.clients.grafana.list_permissions().workspace_id(&self.id).set_next_token(next);
            let page = request.send().await;
            let page = page.map_err(|error| AwsError::new("grafana:ListPermissions", &error))?;
            all.extend(page.permissions().iter().filter_map(|entry| {
                let user = entry.user()?;
                let (role, kind) = (entry.role().as_str().to_owned(), user.r#type().as_str().to_owned());
                Some(RoleEntry { role, kind, id: user.id().to_owned() })
            }));
            next = page.next_token().map(str::to_owned);
            if next.is_none() {
                return Ok(all);
            }
        }
    }

    /// Who is to have which role.
    pub(crate) fn wanted_roles(&self) -> Vec<RoleEntry> {
        let mut all = Vec::new();
        for assignment in &self.roles {
            let role = match assignment.role {
                WorkspaceRole::Admin => "ADMIN",
                WorkspaceRole::Editor => "EDITOR",
                WorkspaceRole::Viewer => "VIEWER",
            };
            let entry = |kind: &str, id: &String| RoleEntry { role: role.into(), kind: kind.into(), id: id.clone() };
            all.extend(assignment.users.iter().map(|id| entry("SSO_USER", id)));
            all.extend(assignment.groups.iter().map(|id| entry("SSO_GROUP", id)));
        }
        all.sort();
        all.dedup();
        all
    }

    /// What is to be done to come from the roles that there are to those that are wanted; `ours` were given before.
    pub(crate) async fn see_roles(&self, ours: &[RoleEntry]) -> Result<RoleChanges, GrafanaError> {
        let wanted = self.wanted_roles();
        if wanted.is_empty() && ours.is_empty() {
            return Ok(RoleChanges::default());
        }
        Ok(RoleChanges::between(&self.permissions().await?, &wanted, ours))
    }

    /// Gives and takes away roles.
    pub(crate) async fn apply_roles(&self, changes: &RoleChanges) -> Result<(), GrafanaError> {
        let mut failures = Vec::new();
        // First what is taken away: nobody has two roles.
        for (action, entries) in [(UpdateAction::Revoke, &changes.revoked), (UpdateAction::Add, &changes.added)] {
            for batch in entries.chunks(BATCH) {
                let instructions: Result<Vec<UpdateInstruction>, _> = batch
                    .iter()
                    .map(|entry| {
                        let kind = UserType::from(entry.kind.as_str());
                        let user = User::builder().id(&entry.id).r#type(kind).build()?;
                        let role = Role::from(entry.role.as_str());
                        UpdateInstruction::builder().action(action.clone()).role(role).users(user).build()
                    })
                    .collect();
                let instructions = instructions.map_err(|error| self.unusable(error.to_string()))?;
                let request = self.clients.grafana.update_permissions().workspace_id(&self.id);
                let answer = request.set_update_instruction_batch(Some(instructions)).send().await;
                let answer = answer.map_err(|error| AwsError::new("grafana:UpdatePermissions", &error))?;
                failures.extend(answer.errors().iter().map(|error| error.message().to_owned()));
            }
        }
        if failures.is_empty() { Ok(()) } else { Err(self.unusable(format!("roles: {}", failures.join("; ")))) }
    }
}

/// The settings that differ, and the configuration with them as they are to be; all else in it stays.
fn changed_settings(settings: &WorkspaceSettings, mut configuration: Json) -> (Vec<Step>, Json) {
    if !configuration.is_object() {
        configuration = json!({});
    }
    let mut steps = Vec::new();
    let all = [
        ("unified alerting", "unifiedAlerting", "enabled", settings.unified_alerting),
        ("plugin management", "plugins", "pluginAdminEnabled", settings.plugin_admin),
    ];
    for (name, group, member, wanted) in all {
        let Some(wanted) = wanted else { continue };
        if configuration[group][member].as_bool() == Some(wanted) {
            continue;
        }
        if !configuration[group].is_object() {
            configuration[group] = json!({});
        }
        configuration[group][member] = wanted.into();
        let mut step = Step::new(Action::Change, Kind::Setting, group, name);
        step.note = Some(if wanted { "turned on" } else { "turned off" }.into());
        steps.push(step);
    }
    (steps, configuration)
}

/// Roles that are given and taken away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RoleChanges {
    added: Vec<RoleEntry>,
    revoked: Vec<RoleEntry>,
}

impl RoleChanges {
    fn between(current: &[RoleEntry], wanted: &[RoleEntry], ours: &[RoleEntry]) -> Self {
        let added: Vec<RoleEntry> = wanted.iter().filter(|entry| !current.contains(entry)).cloned().collect();
        let same_person = |one: &RoleEntry, other: &RoleEntry| one.kind == other.kind && one.id == other.id;
        let revoked = current.iter().filter(|entry| {
            let is_replaced = added.iter().any(|other| same_person(other, entry));
            !wanted.contains(entry) && (is_replaced || ours.contains(entry))
        });
        let revoked = revoked.cloned().collect();
        Self { added, revoked }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.added.is_empty() && self.revoked.is_empty()
    }

    /// What a person is told: one step for each user and group.
    pub(crate) fn steps(&self) -> Vec<Step> {
        let mut steps = BTreeMap::new();
        for (action, entry) in self
            .revoked
            .iter()
            .map(|entry| (Action::Remove, entry))
            .chain(self.added.iter().map(|entry| (Action::Create, entry)))
        {
            let who = if entry.kind == "SSO_GROUP" { "group" } else { "user" };
            let changed = steps.contains_key(&(&entry.kind, &entry.id));
            let action = if changed { Action::Change } else { action };
            let step = Step::new(action, Kind::Role, &entry.id, &format!("{} of the {who}", entry.role));
            steps.insert((&entry.kind, &entry.id), step);
        }
        steps.into_values().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(role: &str, id: &str) -> RoleEntry {
        RoleEntry { role: role.into(), kind: "SSO_USER".into(), id: id.into() }
    }

    #[test]
    fn only_settings_that_are_given_and_differ_are_changed() {
        let settings = WorkspaceSettings { unified_alerting: Some(true), plugin_admin: Some(true) };
        let configuration = json!({"unifiedAlerting": {"enabled": true}, "other": 1});
        let (steps, wanted) = changed_settings(&settings, configuration);
        assert_eq!(steps.len(), 1);
        let expected =
            json!({"unifiedAlerting": {"enabled": true}, "plugins": {"pluginAdminEnabled": true}, "other": 1});
        assert_eq!(wanted, expected);
        assert!(changed_settings(&settings, expected).0.is_empty());
    }

    #[test]
    fn roles_of_others_are_left_alone() {
        let current = [role("ADMIN", "theirs"), role("VIEWER", "a"), role("EDITOR", "was-ours")];
        let wanted = [role("ADMIN", "a"), role("EDITOR", "new")];
        let changes = RoleChanges::between(&current, &wanted, &[role("EDITOR", "was-ours")]);
        assert_eq!(changes.added, wanted);
        assert_eq!(changes.revoked, [role("VIEWER", "a"), role("EDITOR", "was-ours")]);
        let actions: Vec<_> = changes.steps().into_iter().map(|step| (step.id, step.action)).collect();
        let expected = [("a", Action::Change), ("new", Action::Create), ("was-ours", Action::Remove)];
        assert_eq!(actions, expected.map(|(id, action)| (id.to_owned(), action)));
        let done = [role("ADMIN", "theirs"), role("ADMIN", "a"), role("EDITOR", "new")];
        assert!(RoleChanges::between(&done, &wanted, &wanted).is_empty());
    }
}
