//! What an application would do.

use std::collections::BTreeMap;

use belvedere_grafana::Document;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde::Serialize;
use serde_json::Value as Json;

use super::api::{Api, Call};
use super::compare::{Difference, all_differences, differences, digest, form, without_secrets};
use super::error::GrafanaError;
use super::registry::{Entry, Registry};
use super::resource::{self, are_factory_policies};
use super::thing::{self, Kind, Thing, things};

/// How many things are read at a time.
const AT_A_TIME: usize = 4;
/// How many differences of one thing are kept.
const MOST: usize = 200;

/// What is done to a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Action {
    /// It is not there and is made.
    Create,
    /// Its definition has changed.
    Change,
    /// It was changed by hand, which is undone.
    Drift,
    /// It is there, somebody else made it, and it is taken over.
    Adopt,
    /// It is there, somebody else made it, and nobody said that it may be taken over.
    Conflict,
    /// The definition has it no more.
    Remove,
    /// It is as it is to be.
    Nothing,
}

/// One thing, and what is done to it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Step {
    /// What is done.
    pub action: Action,
    /// What kind of thing it is.
    pub kind: Kind,
    /// The uid, or the name of what has none.
    pub id: String,
    /// What people call it.
    pub title: String,
    /// The members that are not as they are defined.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<Difference>,
    /// What else there is to say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl Step {
    pub(crate) fn new(action: Action, kind: Kind, id: &str, title: &str) -> Self {
        let (id, title) = (id.to_owned(), title.to_owned());
        Self { action, kind, id, title, differences: Vec::new(), note: None }
    }

    /// What a person knows the thing by, such as ``dashboard `Service` (service-red)``.
    #[must_use]
    pub fn name(&self) -> String {
        name(self.kind, &self.id, &self.title)
    }
}

pub(crate) fn name(kind: Kind, id: &str, title: &str) -> String {
    let word = kind.as_str();
    match kind {
        Kind::Policies => word.to_owned(),
        _ if title.is_empty() || title == id => format!("{word} `{id}`"),
        _ => format!("{word} `{title}` ({id})"),
    }
}

/// What an application of one content would do.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Plan {
    /// The content's name.
    pub content: String,
    /// The path of its construct, where it is of a stack.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Where the Grafana is.
    pub url: String,
    /// Each thing, in the order in which they are done.
    pub steps: Vec<Step>,
}

impl Plan {
    /// Whether there is something to do.
    #[must_use]
    pub fn has_changes(&self) -> bool {
        self.steps.iter().any(|step| step.action != Action::Nothing)
    }

    /// How many things this is done to.
    #[must_use]
    pub fn count(&self, action: Action) -> usize {
        self.steps.iter().filter(|step| step.action == action).count()
    }
}

/// What is known before anything is done.
pub(crate) struct Looked {
    pub(crate) plan: Plan,
    pub(crate) things: Vec<Thing>,
    pub(crate) registry: Registry,
    /// The version of the Grafana, where it tells it.
    pub(crate) server: Option<String>,
    /// What is as it is to be, in the form of a version of Grafana that is another than the one that was written to.
    pub(crate) renewed: Vec<Entry>,
    /// The policies that somebody else has made, which come back when ours go.
    pub(crate) policies_before: Option<Json>,
    pub(crate) missing_plugins: Vec<String>,
}

/// Reads all that the content is about, and compares.
pub(crate) async fn look(api: &Api, document: &Document, adopt: bool) -> Result<Looked, GrafanaError> {
    let things = things(document);
    let problems = thing::problems(&things);
    if !problems.is_empty() {
        return Err(GrafanaError::Definition { content: document.name.clone(), problems });
    }
    let registry = Registry::read(api, &document.name).await?;
    let server = api.version().await?;
    let read = |thing: Thing| async move {
        let found = resource::read(api, thing.kind, &thing.id).await?;
        Ok::<_, GrafanaError>((thing, found))
    };
    let found: Vec<(Thing, Option<Json>)> =
        stream::iter(things.clone()).map(read).buffered(AT_A_TIME).try_collect().await?;
    let mut steps = Vec::new();
    let missing_plugins = missing_plugins(api, &document.plugins).await?;
    steps.extend(missing_plugins.iter().map(|id| Step::new(Action::Create, Kind::Plugin, id, "")));
    let (mut policies_before, mut renewed) = (None, Vec::new());
    for (thing, found) in &found {
        let entry = registry.entry(thing.kind, &thing.id);
        if let (Kind::Policies, None, Some(found)) = (thing.kind, entry, found)
            && !are_factory_policies(found)
        {
            policies_before = Some(found.clone());
        }
        let step = step(thing, entry, found.as_ref(), server.as_deref(), adopt);
        let old = entry.filter(|entry| step.action == Action::Nothing && entry.server != server);
        renewed.extend(old.map(|old| Entry::of(thing, found.as_ref(), server.as_deref(), old.before.clone())));
        steps.push(step);
    }
    let is_gone = |entry: &&Entry| !things.iter().any(|thing| entry.is(thing.kind, &thing.id));
    let gone: Vec<Entry> = registry.things.iter().filter(is_gone).cloned().collect();
    let read = |entry: Entry| async move {
        let found = resource::read(api, entry.kind, &entry.id).await?;
        Ok::<_, GrafanaError>((entry, found))
    };
    let mut gone: Vec<(Entry, Option<Json>)> = stream::iter(gone).map(read).buffered(AT_A_TIME).try_collect().await?;
    // What depends on others goes before them: the last kind that is made is the first to go, and a folder goes before
    // that which it is in.
    let parents: BTreeMap<String, String> = gone
        .iter()
        .filter(|(entry, _)| entry.kind == Kind::Folder)
        .filter_map(|(entry, found)| Some((entry.id.clone(), found.as_ref()?["parentUid"].as_str()?.to_owned())))
        .collect();
    gone.sort_by_key(|(entry, _)| std::cmp::Reverse((entry.kind, depth(&parents, &entry.id))));
    for (entry, found) in gone {
        let Some(found) = found else { continue };
        let mut step = Step::new(Action::Remove, entry.kind, &entry.id, &entry.title);
        let is_comparable = entry.kind != Kind::ContactPoint && entry.server == server;
        if is_comparable && entry.stored.as_ref().is_some_and(|stored| *stored != digest(&found)) {
            step.note = Some("changed by hand since it was made".into());
        }
        steps.push(step);
    }
    let plan = Plan { content: document.name.clone(), path: None, url: api.url().to_owned(), steps };
    Ok(Looked { plan, things, registry, server, renewed, policies_before, missing_plugins })
}

/// How many folders a folder is in.
fn depth(parents: &BTreeMap<String, String>, folder: &str) -> usize {
    let above = |folder: &&str| parents.get(*folder).map(String::as_str);
    // Folders form no ring; should they, nobody counts for ever.
    std::iter::successors(Some(folder), above).take(parents.len() + 1).count()
}

async fn missing_plugins(api: &Api, plugins: &[String]) -> Result<Vec<String>, GrafanaError> {
    let mut missing = Vec::new();
    for id in plugins {
        if api.found(&Call::get(&["plugins", id, "settings"])).await?.is_none() {
            missing.push(id.clone());
        }
    }
    Ok(missing)
}

/// What is done to one thing, in a Grafana of the version `server`.
fn step(thing: &Thing, entry: Option<&Entry>, found: Option<&Json>, server: Option<&str>, adopt: bool) -> Step {
    let step = |action| Step::new(action, thing.kind, &thing.id, &thing.title);
    let Some(found) = found else { return step(Action::Create) };
    let shown = without_secrets(found, &thing.body);
    let mut differences = differences(&thing.body, &shown);
    if thing.kind == Kind::Dashboard {
        // A newer Grafana brings what it has to its own schema.
        differences.retain(|it| it.path != "dashboard.schemaVersion");
    }
    differences.truncate(MOST);
    let Some(entry) = entry else {
        if thing.kind == Kind::Policies && are_factory_policies(found) {
            return step(Action::Create);
        }
        return Step { differences, ..step(if adopt { Action::Adopt } else { Action::Conflict }) };
    };
    let is_defined_so = entry.defined.as_ref() == Some(&digest(&thing.body));
    let Some(stored) = entry.stored.as_ref() else {
        let note = Some("an earlier run has not finished with it".into());
        return Step { differences, note, ..step(Action::Change) };
    };
    let is_stored_so = *stored == digest(&shown);
    if is_defined_so && is_stored_so {
        return step(Action::Nothing);
    }
    if is_defined_so {
        // Another version of Grafana may add members, or write all anew: then it counts that what we set is as we set it.
        if entry.server.as_deref() == server {
            differences = all_differences(&thing.body, &shown);
            // Which one is the default is decided among all data sources, also those of others.
            differences.retain(|it| it.path != "isDefault" || it.defined.is_some());
        }
        // Grafana writes some members in a form of its own: that they still have it is no difference.
        differences.retain(|it| entry.forms.get(&it.path) != Some(&form(it.found.as_ref())));
        differences.truncate(MOST);
        let action = if differences.is_empty() { Action::Nothing } else { Action::Drift };
        return Step { differences, ..step(action) };
    }
    let note = (!is_stored_so).then(|| "it was changed by hand, too".to_owned());
    Step { differences, note, ..step(Action::Change) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn thing(title: &str) -> Thing {
        let body = json!({"title": title, "for": "5m", "url": {"belvedere:secret": {"environment": "HOOK"}}});
        Thing { kind: Kind::ContactPoint, id: "u".into(), title: title.into(), body }
    }

    fn stored(title: &str) -> Json {
        json!({"title": title, "for": "5m0s", "url": "hidden", "uid": "u"})
    }

    fn entry(thing: &Thing, found: &Json) -> Entry {
        Entry::of(thing, Some(found), Some("11"), None)
    }

    fn action(thing: &Thing, entry: Option<&Entry>, found: Option<&Json>) -> Action {
        step(thing, entry, found, Some("11"), false).action
    }

    #[test]
    fn each_case_has_its_action() {
        let (one, found) = (thing("a"), stored("a"));
        let made = entry(&one, &found);
        assert_eq!(action(&one, None, None), Action::Create);
        assert_eq!(action(&one, Some(&made), None), Action::Create);
        assert_eq!(action(&one, None, Some(&found)), Action::Conflict);
        assert_eq!(step(&one, None, Some(&found), Some("11"), true).action, Action::Adopt);
        assert_eq!(action(&one, Some(&made), Some(&found)), Action::Nothing);
        assert_eq!(action(&thing("b"), Some(&made), Some(&found)), Action::Change);
        assert_eq!(action(&one, Some(&Entry { stored: None, ..made }), Some(&found)), Action::Change);
    }

    #[test]
    fn a_folder_is_as_deep_as_it_has_folders_above() {
        let parents = [("c", "b"), ("b", "a"), ("x", "y"), ("y", "x")].map(|(one, other)| (one.into(), other.into()));
        assert_eq!(["a", "b", "c"].map(|folder| depth(&parents.clone().into(), folder)), [1, 2, 3]);
        assert!(depth(&parents.into(), "x") > 0);
    }

    #[test]
    fn what_a_newer_server_writes_otherwise_is_no_drift_and_what_a_hand_changes_is() {
        let (one, found) = (thing("a"), stored("a"));
        let made = entry(&one, &found);
        let mut newer = found.clone();
        newer["apiVersion"] = "v2".into();
        assert_eq!(step(&one, Some(&made), Some(&newer), Some("12"), false).action, Action::Nothing);
        let added = step(&one, Some(&made), Some(&newer), Some("11"), false);
        assert_eq!((added.action, added.differences[0].path.as_str()), (Action::Drift, "apiVersion"));
        let mut by_hand = found.clone();
        by_hand["for"] = "10m0s".into();
        let step = step(&one, Some(&made), Some(&by_hand), Some("11"), false);
        assert_eq!((step.action, step.differences[0].path.as_str()), (Action::Drift, "for"));
        // A secret is never compared: nobody can read it back.
        let mut other_secret = found;
        other_secret["url"] = "other".into();
        assert_eq!(action(&one, Some(&made), Some(&other_secret)), Action::Nothing);
    }
}
