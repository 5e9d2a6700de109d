//! A resource as a template defines it, in the one form that is compared.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::normal::{document, function, normal};
use super::text::holes;
use crate::construct_paths::construct_path;

/// The resources of a template, by logical id.
pub(super) type Definitions = BTreeMap<String, Definition>;

/// A resource as a template defines it. Values are in their normal form.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Definition {
    pub(super) resource_type: String,
    pub(super) path: Option<String>,
    pub(super) properties: Value,
    pub(super) deletion_policy: Option<String>,
    pub(super) update_replace_policy: Option<String>,
    /// All other attributes that matter, such as `DependsOn` and `Condition`.
    pub(super) attributes: Map<String, Value>,
}

/// Returns the resources of a template without those that the official CLI adds to count its users.
pub(super) fn definitions(template: &Value) -> Definitions {
    let resources = template.get("Resources").and_then(Value::as_object);
    let resources = resources.into_iter().flatten().map(|(id, resource)| (id.clone(), Definition::read(resource)));
    resources.filter(|(_, resource)| resource.resource_type != "AWS::CDK::Metadata").collect()
}

impl Definition {
    fn read(resource: &Value) -> Self {
        let text = |key: &str| resource.get(key).and_then(Value::as_str).map(str::to_owned);
        let mut attributes = Map::new();
        for key in ["Condition", "CreationPolicy", "UpdatePolicy", "DependsOn"] {
            if let Some(value) = resource.get(key) {
                let value = if key == "DependsOn" { dependencies(value) } else { normal(value) };
                attributes.insert(key.to_owned(), value);
            }
        }
        // All else that is noted beside a resource changes nothing; by this, instances set themselves up.
        if let Some(init) = resource.get("Metadata").and_then(|metadata| metadata.get(INIT)) {
            attributes.insert(format!("Metadata.{INIT}"), normal(init));
        }
        Self {
            resource_type: text("Type").unwrap_or_default(),
            path: construct_path(resource).map(str::to_owned),
            properties: resource.get("Properties").map_or_else(|| Value::Object(Map::new()), normal),
            deletion_policy: text("DeletionPolicy"),
            update_replace_policy: text("UpdateReplacePolicy"),
            attributes,
        }
    }

    /// Whether this is the same but for where it stands in the app.
    pub(super) fn is_alike(&self, other: &Self) -> bool {
        self.resource_type == other.resource_type
            && self.properties == other.properties
            && self.attributes.get("Condition") == other.attributes.get("Condition")
    }
}

const INIT: &str = "AWS::CloudFormation::Init";

/// One name or more, in any order.
fn dependencies(value: &Value) -> Value {
    let mut ids: Vec<Value> = match value {
        Value::Array(ids) => ids.clone(),
        id => vec![id.clone()],
    };
    ids.sort_by_key(Value::to_string);
    Value::Array(ids)
}

/// Returns the logical ids that a value in its normal form refers to, with the keys that lead there.
pub(super) fn references(value: &Value) -> BTreeSet<(Vec<String>, String)> {
    let mut found = BTreeSet::new();
    collect(value, &mut Vec::new(), &mut found);
    found
}

fn collect(value: &Value, path: &mut Vec<String>, found: &mut BTreeSet<(Vec<String>, String)>) {
    let mut note = |id: &str| found.insert((path.clone(), id.to_owned()));
    match function(value) {
        Some(("Ref", Value::String(id))) => {
            note(id);
            return;
        }
        Some(("Fn::GetAtt", Value::Array(parts))) => {
            if let Some(id) = parts.first().and_then(Value::as_str) {
                note(id);
            }
            return;
        }
        Some(("Fn::Sub", Value::String(text))) => {
            for id in holes(text) {
                note(&id);
            }
            return;
        }
        Some((_, argument)) => return collect(argument, path, found),
        None => {}
    }
    match value {
        Value::Array(elements) => {
            for element in elements {
                collect(element, path, found);
            }
        }
        Value::Object(_) if document(value).is_some() => {
            for id in document(value).map(ToString::to_string).iter().flat_map(|text| holes(text)) {
                note(&id);
            }
        }
        Value::Object(members) => {
            for (key, member) in members {
                path.push(key.clone());
                collect(member, path, found);
                path.pop();
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(resource: &Value) -> Definition {
        Definition::read(resource)
    }

    #[test]
    fn notes_do_not_count_but_what_sets_up_an_instance_does() {
        let of = |metadata: Value| read(&json!({ "Type": "AWS::EC2::Instance", "Metadata": metadata })).attributes;
        assert_eq!(of(json!({ "aws:asset:path": "a" })), of(json!({})));
        assert_ne!(of(json!({ INIT: { "config": 1 } })), of(json!({})));
    }

    #[test]
    fn dependencies_have_no_order() {
        let of = |value: Value| read(&json!({ "Type": "A", "DependsOn": value })).attributes;
        assert_eq!(of(json!(["B", "A"])), of(json!(["A", "B"])));
        assert_eq!(of(json!("A")), of(json!(["A"])));
    }

    #[test]
    fn references_are_found_wherever_they_stand() {
        let value = normal(&json!({
            "A": { "B": [{ "Ref": "R" }] },
            "C": { "Fn::Sub": "x-${G.Arn}-${AWS::Region}" },
            "D": { "Fn::Select": [0, { "Fn::GetAtt": "S.List" }] },
            "E": { "Fn::Join": ["", ["{\"a\":\"", { "Ref": "J" }, "\"}"]] },
        }));
        let found: Vec<String> =
            references(&value).into_iter().map(|(path, id)| format!("{}={id}", path.join("."))).collect();
        assert_eq!(found, ["A.B=R", "C=AWS::Region", "C=G", "D=S", "E=J"]);
    }
}
