//! What differs between two templates beside the resources.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Map, Value};

use super::normal::normal;
use super::property::PropertyChange;
use super::resource_change::Change;

/// A part of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Section {
    /// What the stack is for.
    Description,
    /// The macros that work on the template.
    Transform,
    /// The values that are given at deployment.
    Parameters,
    /// What parameters have to be.
    Rules,
    /// Tables of values.
    Mappings,
    /// What decides whether something is there.
    Conditions,
    /// What the stack tells.
    Outputs,
}

impl Section {
    /// All of them, in the order of a template.
    pub const ALL: [Self; 7] = [
        Self::Description,
        Self::Transform,
        Self::Parameters,
        Self::Rules,
        Self::Mappings,
        Self::Conditions,
        Self::Outputs,
    ];

    /// The key in the template.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Description => "Description",
            Self::Transform => "Transform",
            Self::Parameters => "Parameters",
            Self::Rules => "Rules",
            Self::Mappings => "Mappings",
            Self::Conditions => "Conditions",
            Self::Outputs => "Outputs",
        }
    }
}

/// Something beside the resources that is not what it was.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct EntryChange {
    /// Where it is.
    pub section: Section,
    /// Its name, such as that of an output; empty where the section is one value.
    pub name: String,
    /// What becomes of it.
    pub change: Change,
    /// What it was; nothing where it was not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old: Option<Value>,
    /// What it becomes; nothing where it goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new: Option<Value>,
}

/// Returns what differs beside the resources, section by section.
pub(super) fn entries(old: &Value, new: &Value) -> Vec<EntryChange> {
    let mut changes = Vec::new();
    for section in Section::ALL {
        let (old, new) = (named(old, section), named(new, section));
        for name in old.keys().chain(new.keys()).collect::<BTreeSet<_>>() {
            // The official CLI looks at the version of its own bootstrap stack.
            if section == Section::Rules && name == "CheckBootstrapVersion" {
                continue;
            }
            let (old, new) = (old.get(name).cloned(), new.get(name).cloned());
            let change = match (&old, &new) {
                (None, _) => Change::Added,
                (_, None) => Change::Removed,
                (old, new) if PropertyChange::between("", &[], old.as_ref(), new.as_ref()).is_empty() => continue,
                _ => Change::Modified,
            };
            changes.push(EntryChange { section, name: name.clone(), change, old, new });
        }
    }
    changes
}

fn named(template: &Value, section: Section) -> Map<String, Value> {
    match template.get(section.as_str()) {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(members)) => members.iter().map(|(name, value)| (name.clone(), normal(value))).collect(),
        Some(value) => Map::from_iter([(String::new(), normal(value))]),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_section_is_compared() {
        let old = json!({
            "Description": "a",
            "Parameters": { "P": { "Type": "Number", "Default": 1 } },
            "Outputs": { "Gone": { "Value": 1 }, "Same": { "Value": 2 } },
            "Rules": { "CheckBootstrapVersion": {} },
        });
        let new = json!({
            "Description": "b",
            "Parameters": { "P": { "Type": "Number", "Default": "1" } },
            "Outputs": { "Same": { "Value": "2" } },
            "Conditions": { "C": { "Fn::Equals": ["a", "b"] } },
        });
        let found: Vec<_> = entries(&old, &new).into_iter().map(|e| (e.section, e.name, e.change)).collect();
        assert_eq!(
            found,
            [
                (Section::Description, String::new(), Change::Modified),
                (Section::Conditions, "C".into(), Change::Added),
                (Section::Outputs, "Gone".into(), Change::Removed),
            ]
        );
        assert!(entries(&old, &old).is_empty());
    }
}
