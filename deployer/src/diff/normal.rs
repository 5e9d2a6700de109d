//! One form for values that CloudFormation takes for the same.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::text;

/// The key that stands for a JSON document inside a string, with the document below it.
pub(super) const EMBEDDED: &str = "JSON";

/// Returns `value` in the one form: scalars as text, `Fn::GetAtt` as a list, `Fn::Join` as `Fn::Sub`, tags by their keys,
/// documents inside strings as documents, and nothing that `AWS::NoValue` takes away.
pub(super) fn normal(value: &Value) -> Value {
    match value {
        Value::Null => Value::Null,
        Value::Bool(_) | Value::Number(_) => Value::String(scalar(value)),
        Value::String(literal) => embedded(&text::escaped(literal)).unwrap_or_else(|| value.clone()),
        Value::Array(elements) => {
            let elements = elements.iter().filter(|element| !is_no_value(element)).map(normal).collect();
            by_key(&elements).unwrap_or(Value::Array(elements))
        }
        Value::Object(members) => match function(value) {
            Some(("Fn::GetAtt", Value::String(dotted))) => match dotted.split_once('.') {
                Some((id, attribute)) => serde_json::json!({ "Fn::GetAtt": [id, attribute] }),
                None => value.clone(),
            },
            Some(("Fn::Sub" | "Fn::Join", _)) => match text::parts(value) {
                Some(parts) => text::joined(parts),
                None => object(members),
            },
            // Here `AWS::NoValue` is one of two and has to stay.
            Some(("Fn::If", Value::Array(elements))) => {
                serde_json::json!({ "Fn::If": elements.iter().map(normal).collect::<Vec<_>>() })
            }
            _ => object(members),
        },
    }
}

/// Returns the name and the argument of an intrinsic function.
pub(super) fn function(value: &Value) -> Option<(&str, &Value)> {
    let members = value.as_object().filter(|members| members.len() == 1)?;
    let (name, argument) = members.iter().next()?;
    (name == "Ref" || name.starts_with("Fn::")).then_some((name.as_str(), argument))
}

/// Returns the document of a string that is one.
pub(super) fn document(value: &Value) -> Option<&Value> {
    value.as_object().filter(|members| members.len() == 1)?.get(EMBEDDED)
}

/// Returns the document that `text` is, if it is one.
pub(super) fn embedded(text: &str) -> Option<Value> {
    if !text.trim_start().starts_with(['{', '[']) {
        return None;
    }
    let document: Value = serde_json::from_str(text).ok()?;
    Some(serde_json::json!({ EMBEDDED: sorted(&document) }))
}

/// Returns a number or a boolean as text, other values as JSON.
pub(super) fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => match number.as_f64() {
            // 1.0 is 1 for CloudFormation.
            Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() < 1e15 => format!("{float:.0}"),
            _ => number.to_string(),
        },
        other => other.to_string(),
    }
}

fn object(members: &Map<String, Value>) -> Value {
    let kept = members.iter().filter(|(_, member)| !is_no_value(member));
    let sorted: BTreeMap<String, Value> = kept.map(|(key, member)| (key.clone(), normal(member))).collect();
    Value::Object(sorted.into_iter().collect())
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Array(elements) => Value::Array(elements.iter().map(sorted).collect()),
        Value::Object(members) => {
            let sorted: BTreeMap<String, Value> =
                members.iter().map(|(key, member)| (key.clone(), sorted(member))).collect();
            Value::Object(sorted.into_iter().collect())
        }
        other => other.clone(),
    }
}

fn is_no_value(value: &Value) -> bool {
    value.get("Ref").and_then(Value::as_str) == Some("AWS::NoValue")
}

/// Returns a list of tags, or of what looks like them, as a map: their order means nothing.
fn by_key(elements: &Vec<Value>) -> Option<Value> {
    if elements.is_empty() {
        return None;
    }
    let mut map = BTreeMap::new();
    for element in elements {
        let members = element.as_object()?;
        let key = members.get("Key")?.as_str()?;
        let value = members.get("Value")?;
        let known = |name: &String| matches!(name.as_str(), "Key" | "Value" | "PropagateAtLaunch");
        if !members.keys().all(known) {
            return None;
        }
        let value = match members.get("PropagateAtLaunch") {
            Some(propagated) => serde_json::json!({ "Value": value, "PropagateAtLaunch": propagated }),
            None => value.clone(),
        };
        if map.insert(key.to_owned(), value).is_some() {
            return None;
        }
    }
    Some(Value::Object(map.into_iter().collect()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn same(left: &Value, right: &Value) {
        assert_eq!(normal(left), normal(right), "{left} and {right}");
    }

    fn differ(left: &Value, right: &Value) {
        assert_ne!(normal(left), normal(right), "{left} and {right}");
    }

    #[test]
    fn scalars_equal_their_text() {
        same(&json!({ "Port": 80, "On": true, "Size": 1.0 }), &json!({ "On": "true", "Port": "80", "Size": "1" }));
        differ(&json!(80), &json!("8080"));
        differ(&json!(1.5), &json!(1));
    }

    #[test]
    fn both_forms_of_an_attribute_are_one() {
        same(&json!({ "Fn::GetAtt": "Bucket.Arn" }), &json!({ "Fn::GetAtt": ["Bucket", "Arn"] }));
        same(&json!({ "Fn::GetAtt": "Nested.Outputs.Arn" }), &json!({ "Fn::GetAtt": ["Nested", "Outputs.Arn"] }));
        differ(&json!({ "Fn::GetAtt": "Bucket.Arn" }), &json!({ "Fn::GetAtt": ["Bucket", "DomainName"] }));
    }

    #[test]
    fn tags_have_no_order() {
        same(
            &json!([{ "Key": "a", "Value": "1" }, { "Key": "b", "Value": "2" }]),
            &json!([{ "Value": 2, "Key": "b" }, { "Key": "a", "Value": 1 }]),
        );
        differ(&json!([{ "Key": "a", "Value": "1" }]), &json!([{ "Key": "a", "Value": "2" }]));
        differ(
            &json!([{ "Key": "a", "Value": "1", "PropagateAtLaunch": true }]),
            &json!([{ "Key": "a", "Value": "1", "PropagateAtLaunch": false }]),
        );
        differ(&json!(["a", "b"]), &json!(["b", "a"]));
    }

    #[test]
    fn what_has_no_value_is_not_there() {
        let none = json!({ "Ref": "AWS::NoValue" });
        same(&json!({ "A": 1, "B": none }), &json!({ "A": 1 }));
        same(&json!([1, none]), &json!([1]));
        differ(&json!({ "Fn::If": ["C", 1, none] }), &json!({ "Fn::If": ["C", 1] }));
    }

    #[test]
    fn documents_in_strings_have_no_layout() {
        same(&json!("{\"a\": 1, \"b\": [2]}"), &json!("{\n \"b\": [ 2 ],\n \"a\": 1}"));
        differ(&json!("{\"a\": 1}"), &json!("{\"a\": \"1\"}"));
        differ(&json!("{\"a\": 1}"), &json!({ "a": 1 }));
        same(
            &json!({ "Fn::Join": ["", ["{\"a\":\"", { "Ref": "X" }, "\"}"]] }),
            &json!({ "Fn::Sub": "{ \"a\": \"${X}\" }" }),
        );
        differ(&json!("{\"a\":\"${X}\"}"), &json!({ "Fn::Sub": "{\"a\":\"${X}\"}" }));
    }
}
