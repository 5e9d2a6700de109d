//! Bringing a Grafana to what a content says.

use std::collections::BTreeMap;

use belvedere_grafana::Document;
use serde::Serialize;

use super::api::{Api, Call};
use super::compare::has_secret;
use super::error::GrafanaError;
use super::plan::{Action, Looked, Plan, Step, look, name};
use super::registry::{Entry, Registry};
use super::resource::{self, Removed};
use super::secret_values::{SecretValues, Vault};
use super::thing::{Kind, Thing};
use super::workspace::{RoleChanges, Workspace};
use crate::report::{Event, Events, Question};

/// How a content is applied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct ApplyOptions {
    pub(crate) yes: bool,
    pub(crate) adopt: bool,
    pub(crate) check_health: bool,
}

impl ApplyOptions {
    /// Removes nothing without being asked, and takes nothing over.
    pub fn new() -> Self {
        Self::default()
    }

    /// Approves everything beforehand. By default [`Report::approve`](crate::Report::approve) is asked before something is
    /// removed.
    pub fn yes(mut self, yes: bool) -> Self {
        self.yes = yes;
        self
    }

    /// Takes over what is there already and somebody else made. By default nothing is done where there is such a thing.
    pub fn adopt(mut self, adopt: bool) -> Self {
        self.adopt = adopt;
        self
    }

    /// Asks each data source at the end whether it is well. What is not is a note, no failure. False by default.
    pub fn check_health(mut self, check_health: bool) -> Self {
        self.check_health = check_health;
        self
    }
}

/// What was done for one content.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Applied {
    /// The content's name.
    pub content: String,
    /// The path of its construct, where it is of a stack.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Where the Grafana is.
    pub url: String,
    /// What was done, in its order.
    pub steps: Vec<Step>,
}

/// Applies a content whose deploy-time values are in their places. `label` is the stack or the content that events are
/// told of.
pub(crate) async fn apply(
    api: &Api,
    document: &Document,
    vault: &Vault,
    workspace: Option<&Workspace>,
    options: ApplyOptions,
    label: &str,
    events: &Events,
) -> Result<Applied, GrafanaError> {
    let mut looked = look(api, document, options.adopt).await?;
    let roles = match workspace {
        Some(workspace) => workspace.see_roles(&looked.registry.roles).await?,
        None => RoleChanges::default(),
    };
    looked.plan.steps.extend(roles.steps());
    see_conflicts(&looked.plan)?;
    // Before anything is changed, so that a missing secret leaves all as it is.
    let secrets = vault.read(looked.things.iter().map(|thing| &thing.body)).await?;
    ask_for_removals(&looked.plan, options, label, events).await?;
    let (done, failures, finished, released) = Default::default();
    let mut work = Work { api, workspace, roles, looked, secrets, label, events, done, failures, finished, released };
    work.announce().await?;
    work.install_plugins().await?;
    work.make_way().await;
    work.write_all().await;
    if work.failures.is_empty() {
        work.remove_all().await;
    }
    work.assign_roles().await;
    work.conclude().await?;
    if options.check_health {
        work.check_health().await?;
    }
    let Work { looked, done, failures, secrets, .. } = work;
    if !failures.is_empty() {
        let failures = failures.iter().map(|failure| secrets.mask(failure)).collect();
        return Err(GrafanaError::Failed { content: document.name.clone(), failures });
    }
    Ok(Applied { content: document.name.clone(), path: None, url: looked.plan.url, steps: done })
}

fn see_conflicts(plan: &Plan) -> Result<(), GrafanaError> {
    let conflicts = plan.steps.iter().filter(|step| step.action == Action::Conflict);
    let things: Vec<String> = conflicts.map(Step::name).collect();
    if things.is_empty() { Ok(()) } else { Err(GrafanaError::Conflicts { content: plan.content.clone(), things }) }
}

async fn ask_for_removals(
    plan: &Plan,
    options: ApplyOptions,
    label: &str,
    events: &Events,
) -> Result<(), GrafanaError> {
    let removals = plan.steps.iter().filter(|step| step.action == Action::Remove);
    let details: Vec<String> = removals
        .map(|step| {
            let note = step.note.as_ref().map(|note| format!(", {note}")).unwrap_or_default();
            format!("{} is removed{note}", step.name())
        })
        .collect();
    if details.is_empty() || options.yes {
        return Ok(());
    }
    let text = "remove from Grafana what is defined no more?".to_owned();
    let question = Question { stacks: vec![label.to_owned()], text: text.clone(), details };
    if events.approve(question).await { Ok(()) } else { Err(GrafanaError::Declined { question: text }) }
}

/// An application that is under way.
struct Work<'a> {
    api: &'a Api,
    workspace: Option<&'a Workspace>,
    roles: RoleChanges,
    looked: Looked,
    secrets: SecretValues,
    label: &'a str,
    events: &'a Events,
    done: Vec<Step>,
    failures: Vec<String>,
    /// What is known of the things that were written; it is listed at the end.
    finished: Vec<Entry>,
    /// What is kept and is not ours any more.
    released: Vec<(Kind, String)>,
}

impl Work<'_> {
    fn note(&self, text: &str) {
        let text = self.secrets.mask(text);
        self.events.send(Event::Note { stack: Some(self.label.to_owned()), text });
    }

    /// Tells that a step is done, and keeps it.
    fn did(&mut self, step: Step) {
        self.events.send(Event::Grafana {
            stack: self.label.to_owned(),
            content: self.looked.plan.content.clone(),
            action: step.action,
            thing: step.name(),
        });
        self.done.push(step);
    }

    fn actions(&self) -> BTreeMap<(Kind, String), Step> {
        self.looked.plan.steps.iter().map(|step| ((step.kind, step.id.clone()), step.clone())).collect()
    }

    /// Lists all that is about to be made before it is: whoever ends this run in the middle leaves nothing that the next
    /// does not know as its own.
    async fn announce(&mut self) -> Result<(), GrafanaError> {
        let actions = self.actions();
        let mut registry = self.looked.registry.clone();
        for thing in &self.looked.things {
            let step = actions.get(&(thing.kind, thing.id.clone()));
            if step.is_none_or(|step| step.action == Action::Nothing) {
                continue;
            }
            let known = registry.entry(thing.kind, &thing.id).cloned();
            let before = match &known {
                Some(entry) => entry.before.clone(),
                None => self.looked.policies_before.clone().filter(|_| thing.kind == Kind::Policies),
            };
            let (kind, id, title) = (thing.kind, thing.id.clone(), thing.title.clone());
            // Not what it was: that is no longer true from the first call on.
            let (defined, stored, server, forms) = Default::default();
            registry.put(Entry { kind, id, title, defined, stored, server, forms, before });
        }
        for role in self.workspace.map(Workspace::wanted_roles).unwrap_or_default() {
            if !registry.roles.contains(&role) {
                registry.roles.push(role);
            }
        }
        self.keep(registry).await
    }

    /// Writes the list, where it has changed.
    async fn keep(&mut self, registry: Registry) -> Result<(), GrafanaError> {
        if registry != self.looked.registry {
            registry.write(self.api).await?;
            self.looked.registry = registry;
        }
        Ok(())
    }

    async fn install_plugins(&mut self) -> Result<(), GrafanaError> {
        for id in self.looked.missing_plugins.clone() {
            let body = serde_json::json!({});
            let path = ["plugins", &id, "install"];
            let answer = self.api.call(&Call::post(&path, &body)).await?;
            // It may have come meanwhile.
            if answer.is_success() || answer.status == 409 {
                self.did(Step::new(Action::Create, Kind::Plugin, &id, ""));
            } else {
                self.failures.push(format!(
                    "plugin `{id}`: it is missing, and Grafana does not install it (HTTP status {}: {}); install it in \
                     Grafana, in a workspace by its setting `plugins`, or leave out what needs it",
                    answer.status,
                    answer.message()
                ));
            }
        }
        Ok(())
    }

    /// Removes beforehand what has the name of a thing that is made: a Grafana has no two data sources of one name.
    async fn make_way(&mut self) {
        let named = |step: &Step| matches!(step.kind, Kind::DataSource | Kind::Dashboard);
        let steps = self.looked.plan.steps.clone();
        let made = |step: &Step| {
            let same = |other: &&Step| other.kind == step.kind && other.title == step.title;
            steps.iter().filter(same).any(|other| !matches!(other.action, Action::Remove | Action::Nothing))
        };
        for step in steps.iter().filter(|step| step.action == Action::Remove && named(step) && made(step)) {
            self.remove(step.clone()).await;
        }
    }

    async fn write_all(&mut self) {
        let actions = self.actions();
        for thing in self.looked.things.clone() {
            let Some(step) = actions.get(&(thing.kind, thing.id.clone())) else { continue };
            // Nobody can see whether a secret is still the same.
            if step.action == Action::Nothing && !has_secret(&thing.body) {
                continue;
            }
            match self.write(&thing).await {
                Ok(()) if step.action == Action::Nothing => {}
                Ok(()) => self.did(step.clone()),
                Err(error) => self.failures.push(format!("{}: {error}", name(thing.kind, &thing.id, &thing.title))),
            }
        }
    }

    async fn write(&mut self, thing: &Thing) -> Result<(), GrafanaError> {
        let body = self.secrets.fill(&thing.body);
        resource::write(self.api, thing.kind, &thing.id, &body).await?;
        let stored = resource::read(self.api, thing.kind, &thing.id).await?;
        let before = self.looked.registry.entry(thing.kind, &thing.id).and_then(|entry| entry.before.clone());
        self.finished.push(Entry::of(thing, stored.as_ref(), self.looked.server.as_deref(), before));
        Ok(())
    }

    async fn remove_all(&mut self) {
        let removed: Vec<Step> = self.done.iter().filter(|step| step.action == Action::Remove).cloned().collect();
        let steps = self.looked.plan.steps.clone();
        for step in steps
            .into_iter()
            .filter(|step| step.action == Action::Remove && step.kind != Kind::Role && !removed.contains(step))
        {
            self.remove(step).await;
        }
    }

    async fn remove(&mut self, step: Step) {
        let before = self.looked.registry.entry(step.kind, &step.id).and_then(|entry| entry.before.clone());
        match resource::remove(self.api, step.kind, &step.id, before.as_ref()).await {
            Ok(Removed::Gone) => self.did(step),
            Ok(Removed::Kept(why)) => {
                // It is not ours any more: with what others put into it, it is theirs.
                self.note(&format!("{} is kept: {why}", step.name()));
                self.released.push((step.kind, step.id));
            }
            Err(error) => self.failures.push(format!("{}: {error}", step.name())),
        }
    }

    async fn assign_roles(&mut self) {
        let Some(workspace) = self.workspace.filter(|_| !self.roles.is_empty()) else { return };
        match workspace.apply_roles(&self.roles).await {
            Ok(()) => self.roles.steps().into_iter().for_each(|step| self.did(step)),
            Err(error) => self.failures.push(error.to_string()),
        }
    }

    /// Lists what there is now.
    async fn conclude(&mut self) -> Result<(), GrafanaError> {
        let mut registry = self.looked.registry.clone();
        // What another version of Grafana has in another form is known in that form from now on.
        for entry in std::mem::take(&mut self.looked.renewed).into_iter().chain(std::mem::take(&mut self.finished)) {
            registry.put(entry);
        }
        let removed = self.done.iter().filter(|step| step.action == Action::Remove);
        let gone = removed.map(|step| (step.kind, step.id.clone())).chain(self.released.clone());
        for (kind, id) in gone.collect::<Vec<_>>() {
            registry.remove(kind, &id);
        }
        if self.failures.is_empty() {
            // What was listed and is not there any more.
            let wanted = |entry: &Entry| self.looked.things.iter().any(|thing| entry.is(thing.kind, &thing.id));
            registry.things.retain(wanted);
            if let Some(workspace) = self.workspace {
                registry.roles = workspace.wanted_roles();
            }
        }
        if registry.is_empty() {
            // Also what is left of a list that a run was removing when it was killed.
            return registry.write(self.api).await;
        }
        self.keep(registry).await
    }

    async fn check_health(&mut self) -> Result<(), GrafanaError> {
        for thing in self.looked.things.iter().filter(|thing| thing.kind == Kind::DataSource) {
            let path = ["datasources", "uid", &thing.id, "health"];
            let answer = self.api.call(&Call::get(&path)).await?;
            let word = answer.body["status"].as_str().unwrap_or_default();
            // Many plugins have no check of their own.
            if answer.status == 404 || (answer.is_success() && word != "ERROR") {
                continue;
            }
            let name = name(thing.kind, &thing.id, &thing.title);
            self.note(&format!("{name} is not well: {}", answer.message()));
        }
        Ok(())
    }
}
