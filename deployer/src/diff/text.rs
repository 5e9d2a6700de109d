//! Texts that CloudFormation puts together, and how a value looks in a line.

use serde_json::Value;

use super::normal::{document, embedded, function, normal, scalar};

/// A part of a text.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Part {
    /// What stands there.
    Literal(String),
    /// What CloudFormation fills in.
    Hole(Value),
}

/// Returns the parts of what `Fn::Join` or `Fn::Sub` puts together; nothing where that depends on more than text.
pub(super) fn parts(value: &Value) -> Option<Vec<Part>> {
    match function(value) {
        Some(("Fn::Join", Value::Array(arguments))) => {
            let [Value::String(delimiter), Value::Array(elements)] = arguments.as_slice() else { return None };
            let mut all = Vec::new();
            for (index, element) in elements.iter().enumerate() {
                if index > 0 {
                    all.push(Part::Literal(delimiter.clone()));
                }
                all.extend(parts_within(element)?);
            }
            Some(all)
        }
        Some(("Fn::Sub", Value::String(text))) => Some(substituted(text, &Value::Null)),
        Some(("Fn::Sub", Value::Array(arguments))) => match arguments.as_slice() {
            [Value::String(text)] => Some(substituted(text, &Value::Null)),
            [Value::String(text), variables @ Value::Object(_)] => Some(substituted(text, variables)),
            _ => None,
        },
        _ => None,
    }
}

fn parts_within(value: &Value) -> Option<Vec<Part>> {
    match value {
        Value::String(_) | Value::Bool(_) | Value::Number(_) => Some(vec![Part::Literal(scalar(value))]),
        Value::Object(_) => Some(parts(value).unwrap_or_else(|| vec![Part::Hole(normal(value))])),
        Value::Null | Value::Array(_) => None,
    }
}

fn substituted(text: &str, variables: &Value) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        parts.push(Part::Literal(before.to_owned()));
        let Some((name, behind)) = after.split_once('}') else {
            parts.push(Part::Literal(format!("${{{after}")));
            return parts;
        };
        let inside = name.trim();
        if let Some(literal) = name.strip_prefix('!') {
            parts.push(Part::Literal(format!("${{{literal}}}")));
        } else if let Some(value) = variables.get(inside) {
            parts.extend(parts_within(value).unwrap_or_else(|| vec![Part::Hole(normal(value))]));
        } else {
            parts.push(Part::Hole(named(inside)));
        }
        rest = behind;
    }
    parts.push(Part::Literal(rest.to_owned()));
    parts
}

/// Returns what `${name}` stands for.
pub(super) fn named(name: &str) -> Value {
    match name.split_once('.') {
        Some((id, attribute)) => serde_json::json!({ "Fn::GetAtt": [id, attribute] }),
        None => serde_json::json!({ "Ref": name }),
    }
}

/// Returns the names in the holes of a text: `Bucket` of `${Bucket.Arn}/*`.
pub(super) fn holes(text: &str) -> Vec<String> {
    let parts = substituted(text, &Value::Null);
    let name = |part| match part {
        Part::Hole(value) => match function(&value) {
            Some(("Ref", Value::String(id))) => Some(id.clone()),
            Some(("Fn::GetAtt", Value::Array(path))) => path.first().and_then(Value::as_str).map(str::to_owned),
            _ => None,
        },
        Part::Literal(_) => None,
    };
    parts.into_iter().filter_map(name).collect()
}

/// Returns the normal form of parts: text where there are only literals, the hole where there is only one, else `Fn::Sub`.
pub(super) fn joined(parts: Vec<Part>) -> Value {
    let mut merged: Vec<Part> = Vec::new();
    for part in parts {
        match (part, merged.last_mut()) {
            (Part::Literal(text), _) if text.is_empty() => {}
            (Part::Literal(text), Some(Part::Literal(before))) => before.push_str(&text),
            (part, _) => merged.push(part),
        }
    }
    match merged.as_slice() {
        [] => return Value::String(String::new()),
        [Part::Literal(text)] => return normal(&Value::String(text.clone())),
        [Part::Hole(value)] => return value.clone(),
        _ => {}
    }
    let mut text = String::new();
    for part in &merged {
        match part {
            Part::Literal(literal) => text.push_str(&escaped(literal)),
            Part::Hole(value) => text.push_str(&hole(value)),
        }
    }
    embedded(&text).unwrap_or_else(|| serde_json::json!({ "Fn::Sub": text }))
}

/// Returns `literal` as `Fn::Sub` has to have it.
pub(super) fn escaped(literal: &str) -> String {
    literal.replace("${", "${!")
}

fn hole(value: &Value) -> String {
    match function(value) {
        Some(("Ref", Value::String(id))) => format!("${{{id}}}"),
        Some(("Fn::GetAtt", Value::Array(path))) => match path.as_slice() {
            [Value::String(id), Value::String(attribute)] => format!("${{{id}.{attribute}}}"),
            _ => format!("${{{value}}}"),
        },
        _ => format!("${{{value}}}"),
    }
}

/// Returns a value in its normal form as one writes it: text as it is, references as `${Bucket.Arn}`, else JSON.
pub(super) fn shown(value: &Value) -> String {
    if let Value::String(text) = value {
        return text.clone();
    }
    match function(value) {
        Some(("Ref" | "Fn::GetAtt", _)) => hole(value),
        Some(("Fn::Sub", Value::String(text))) => text.clone(),
        Some(("Fn::Base64", argument)) => shown(argument),
        _ => document(value).unwrap_or(value).to_string(),
    }
}

/// Returns a text, if the value is one with more than a line.
pub(super) fn lines(value: &Value) -> Option<&str> {
    let text = match value {
        Value::String(text) => text,
        _ => match function(value)? {
            ("Fn::Sub", Value::String(text)) => text,
            ("Fn::Base64", argument) => return lines(argument),
            _ => return None,
        },
    };
    text.trim_end().contains('\n').then_some(text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn joining_and_substituting_are_one() {
        let joined =
            normal(&json!({ "Fn::Join": [":", ["arn", { "Ref": "AWS::Partition" }, { "Fn::GetAtt": "Role.Id" }]] }));
        assert_eq!(joined, normal(&json!({ "Fn::Sub": "arn:${AWS::Partition}:${Role.Id}" })));
        assert_eq!(joined, json!({ "Fn::Sub": "arn:${AWS::Partition}:${Role.Id}" }));
        let variables = json!({ "Fn::Sub": ["arn:${P}:${Role.Id}", { "P": { "Ref": "AWS::Partition" } }] });
        assert_eq!(joined, normal(&variables));
        assert_eq!(normal(&json!({ "Fn::Sub": "${Role}" })), json!({ "Ref": "Role" }));
        assert_eq!(normal(&json!({ "Fn::Join": ["-", ["a", "b"]] })), json!("a-b"));
    }

    #[test]
    fn what_is_escaped_is_no_hole() {
        assert_eq!(normal(&json!({ "Fn::Sub": "${!Name}" })), json!("${Name}"));
        assert_ne!(normal(&json!({ "Fn::Sub": "${!Name} ${B}" })), normal(&json!({ "Fn::Sub": "${Name} ${B}" })));
        assert_eq!(holes("${!Name} ${B.Arn} ${C}"), ["B", "C"]);
    }

    #[test]
    fn what_is_not_closed_is_text() {
        assert_eq!(normal(&json!({ "Fn::Sub": "a ${b" })), json!("a ${b"));
    }

    #[test]
    fn a_list_that_is_made_at_deployment_stays() {
        let value = json!({ "Fn::Join": [",", { "Fn::GetAzs": "" }] });
        assert_eq!(normal(&value), value);
    }

    #[test]
    fn values_are_shown_as_one_writes_them() {
        assert_eq!(shown(&json!({ "Fn::GetAtt": ["A", "Arn"] })), "${A.Arn}");
        assert_eq!(shown(&json!({ "Fn::ImportValue": "x" })), r#"{"Fn::ImportValue":"x"}"#);
        assert_eq!(lines(&json!({ "Fn::Base64": { "Fn::Sub": "a\n${B}" } })), Some("a\n${B}"));
        assert_eq!(lines(&json!("one line\n")), None);
    }
}
