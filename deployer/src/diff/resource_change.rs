//! A resource that is not what it was.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use super::definition::{Definition, Definitions, references};
use super::fate::Fate;
use super::property::PropertyChange;
use super::replacement::Replacement;

/// What becomes of something that a template defines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// It was not there.
    Added,
    /// It goes.
    Removed,
    /// It is there before and after.
    Modified,
}

/// A resource that is not what it was.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ResourceChange {
    /// The logical id.
    pub logical_id: String,
    /// The path of the construct, where the template tells it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The type, such as `AWS::ECS::Service`.
    pub resource_type: String,
    /// What becomes of it.
    pub change: Change,
    /// Whether it is replaced.
    pub replacement: Replacement,
    /// What becomes of its data, where it is removed or may be replaced and holds any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<Fate>,
    /// Whether it stays in the account although it is removed from the stack or replaced.
    pub retained: bool,
    /// The logical id under which an equal resource is removed at the same time. For CloudFormation the two have nothing
    /// to do with each other: it makes one and deletes the other.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moved_from: Option<String>,
    /// The logical id under which an equal resource is added at the same time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moved_to: Option<String>,
    /// What differs, by path.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub properties: Vec<PropertyChange>,
    /// Attributes of the resource itself that differ, such as `DependsOn` and `DeletionPolicy`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<PropertyChange>,
    /// Properties that refer to something replaced, and whose change replaces this too.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<Cause>,
}

/// A property that refers to something replaced.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Cause {
    /// The property.
    pub property: String,
    /// The logical id of what is or may be replaced.
    pub logical_id: String,
    /// The path of its construct, where the template tells it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}

impl ResourceChange {
    /// What a person calls it: the path of its construct, or the logical id where there is none.
    #[must_use]
    pub fn name(&self) -> &str {
        self.path.as_deref().unwrap_or(&self.logical_id)
    }

    fn new(logical_id: &str, definition: &Definition, change: Change) -> Self {
        Self {
            logical_id: logical_id.to_owned(),
            path: definition.path.clone(),
            resource_type: definition.resource_type.clone(),
            change,
            replacement: Replacement::None,
            data: None,
            retained: false,
            moved_from: None,
            moved_to: None,
            properties: Vec::new(),
            attributes: Vec::new(),
            causes: Vec::new(),
        }
    }

    /// Whether CloudFormation will refuse this: a resource keeps its type.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.attributes.iter().any(|change| change.path == "Type")
    }

    /// Whether the resource, or the one that it stands for, is deleted from the account.
    #[must_use]
    pub fn is_destroyed(&self) -> bool {
        match self.change {
            Change::Added => false,
            Change::Removed => !self.retained,
            Change::Modified => self.replacement != Replacement::None && self.data == Some(Fate::Lost),
        }
    }
}

/// Returns what differs between the resources of two templates, by construct path.
pub(super) fn resources(old: &Definitions, new: &Definitions) -> Vec<ResourceChange> {
    let mut changes = Vec::new();
    for id in old.keys().chain(new.keys()).collect::<BTreeSet<_>>() {
        match (old.get(id), new.get(id)) {
            (None, Some(new)) => changes.push(ResourceChange::new(id, new, Change::Added)),
            (Some(old), None) => changes.push(ResourceChange::new(id, old, Change::Removed)),
            (Some(old), Some(new)) if old != new => changes.extend(modified(id, old, new)),
            _ => {}
        }
    }
    pair(&mut changes, old, new);
    propagate(&mut changes, old, new);
    for change in &mut changes {
        settle(change, old, new);
    }
    changes.sort_by(|left, right| (left.name(), &left.logical_id).cmp(&(right.name(), &right.logical_id)));
    changes
}

fn modified(id: &str, old: &Definition, new: &Definition) -> Option<ResourceChange> {
    let mut change = ResourceChange::new(id, new, Change::Modified);
    if old.resource_type != new.resource_type {
        let value = |definition: &Definition| Some(Value::String(definition.resource_type.clone()));
        let (old, new) = (value(old), value(new));
        change.attributes.push(PropertyChange { path: "Type".into(), old, new, replacement: Replacement::Replaces });
    }
    change.properties = PropertyChange::between(&new.resource_type, &[], Some(&old.properties), Some(&new.properties));
    let policies = [
        ("DeletionPolicy", &old.deletion_policy, &new.deletion_policy),
        ("UpdateReplacePolicy", &old.update_replace_policy, &new.update_replace_policy),
    ];
    for (name, old, new) in policies {
        let (old, new) = (old.clone().map(Value::String), new.clone().map(Value::String));
        change.attributes.extend(PropertyChange::between("", &[name], old.as_ref(), new.as_ref()));
    }
    for name in old.attributes.keys().chain(new.attributes.keys()).collect::<BTreeSet<_>>() {
        let (old, new) = (old.attributes.get(name), new.attributes.get(name));
        change.attributes.extend(PropertyChange::between("", &[name], old, new));
    }
    let effects = change.properties.iter().chain(&change.attributes).map(|change| change.replacement);
    change.replacement = effects.max().unwrap_or_default();
    (!change.properties.is_empty() || !change.attributes.is_empty()).then_some(change)
}

/// Finds resources that are removed under one logical id and added under another.
fn pair(changes: &mut [ResourceChange], old: &Definitions, new: &Definitions) {
    let ids = |changes: &[ResourceChange], wanted| {
        let wanted = changes.iter().enumerate().filter(|(_, change)| change.change == wanted);
        wanted.map(|(index, change)| (index, change.logical_id.clone())).collect::<Vec<_>>()
    };
    let mut added = ids(changes, Change::Added);
    for (from, from_id) in ids(changes, Change::Removed) {
        let is_alike = |to_id: &String| match (old.get(&from_id), new.get(to_id)) {
            // Two of a type without any properties are alike by chance.
            (Some(old), Some(new)) => {
                old.is_alike(new) && old.properties.as_object().is_some_and(|all| !all.is_empty())
            }
            _ => false,
        };
        if let Some(at) = added.iter().position(|(_, to_id)| is_alike(to_id)) {
            let (to, to_id) = added.remove(at);
            changes[from].moved_to = Some(to_id);
            changes[from].replacement = Replacement::Replaces;
            changes[to].moved_from = Some(from_id);
            changes[to].replacement = Replacement::Replaces;
        }
    }
}

/// What refers to something replaced gets another value, which may replace it in its turn.
fn propagate(changes: &mut Vec<ResourceChange>, old: &Definitions, new: &Definitions) {
    let is_replaced =
        |change: &&ResourceChange| change.change == Change::Modified && change.replacement != Replacement::None;
    let mut open: Vec<String> = changes.iter().filter(is_replaced).map(|change| change.logical_id.clone()).collect();
    let mut seen: BTreeSet<String> = open.iter().cloned().collect();
    let referrers = if open.is_empty() { BTreeMap::new() } else { referrers(old, new) };
    while let Some(replaced) = open.pop() {
        for (id, properties) in referrers.get(&replaced).into_iter().flatten() {
            let Some(definition) = new.get(id) else { continue };
            let at = changes.iter().position(|change| change.logical_id == *id).unwrap_or_else(|| {
                changes.push(ResourceChange::new(id, definition, Change::Modified));
                changes.len() - 1
            });
            let change = &mut changes[at];
            change.replacement = change.replacement.max(Replacement::May);
            let path = new.get(&replaced).and_then(|replaced| replaced.path.clone());
            let cause = |property: &String| Cause {
                property: property.clone(),
                logical_id: replaced.clone(),
                path: path.clone(),
            };
            change.causes.extend(properties.iter().map(cause));
            change.causes.sort();
            if seen.insert(id.clone()) {
                open.push(id.clone());
            }
        }
    }
}

/// By logical id: the resources that refer to it and stay, with those properties whose change replaces them.
type Referrers = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

fn referrers(old: &Definitions, new: &Definitions) -> Referrers {
    let mut all = Referrers::new();
    for (id, definition) in new {
        if old.get(id).is_none_or(|old| old.resource_type != definition.resource_type) {
            continue;
        }
        for (path, target) in references(&definition.properties) {
            let keys: Vec<&str> = path.iter().map(String::as_str).collect();
            // Any two values that differ.
            let (one, other) = (Value::Bool(false), Value::Bool(true));
            let replacement = Replacement::of(&definition.resource_type, &keys, Some(&one), Some(&other));
            if target != *id && replacement != Replacement::None {
                all.entry(target).or_default().entry(id.clone()).or_default().insert(path.join("."));
            }
        }
    }
    all
}

/// Finds out what becomes of the resource that was there.
fn settle(change: &mut ResourceChange, old: &Definitions, new: &Definitions) {
    let Some(before) = old.get(&change.logical_id) else { return };
    let policy = match change.change {
        // The template that is deployed has been taken note of; the new one has nothing to say about this.
        Change::Removed => before.deletion_policy.as_deref(),
        _ if change.replacement == Replacement::None => return,
        _ => new.get(&change.logical_id).and_then(|new| new.update_replace_policy.as_deref()),
    };
    let is_member = before.properties.get("DBClusterIdentifier").is_some();
    change.retained = matches!(policy, Some("Retain" | "RetainExceptOnCreate"));
    change.data = Fate::of(&before.resource_type, policy, is_member);
}
