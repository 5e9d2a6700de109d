//! What differs between two values, path by path.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;
use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::normal::{document, function};
use super::replacement::Replacement;

/// A property that is not what it was.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PropertyChange {
    /// Where it is, such as `Environment.Variables.STAGE` or `Listeners[0].Port`.
    pub path: String,
    /// What it was; nothing where it was not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old: Option<Value>,
    /// What it becomes; nothing where it goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new: Option<Value>,
    /// Whether this replaces the resource.
    pub replacement: Replacement,
}

impl PropertyChange {
    /// Returns what differs between two values in their normal form, at `path` and below.
    pub(super) fn between(resource_type: &str, path: &[&str], old: Option<&Value>, new: Option<&Value>) -> Vec<Self> {
        let steps = path.iter().map(|key| Step::Key(key)).collect();
        let mut walk = Walk { resource_type, steps, found: Vec::new() };
        walk.compare(old, new);
        walk.found
    }
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

struct Walk<'a> {
    resource_type: &'a str,
    steps: Vec<Step<'a>>,
    found: Vec<PropertyChange>,
}

impl<'a> Walk<'a> {
    fn compare(&mut self, old: Option<&'a Value>, new: Option<&'a Value>) {
        if old == new {
            return;
        }
        let (Some(left), Some(right)) = (old, new) else { return self.note(old, new) };
        if let (Some(left), Some(right)) = (document(left), document(right)) {
            return self.compare(Some(left), Some(right));
        }
        match (left, right) {
            (Value::Array(left), Value::Array(right)) => self.lists(left, right),
            (Value::Object(left_members), Value::Object(right_members)) => match (function(left), function(right)) {
                (Some(("Fn::If", Value::Array(left))), Some(("Fn::If", Value::Array(right))))
                    if left.first() == right.first() =>
                {
                    self.steps.push(Step::Key("Fn::If"));
                    self.lists(left, right);
                    self.steps.pop();
                }
                (None, None) if document(left).is_none() && document(right).is_none() => {
                    for key in left_members.keys().chain(right_members.keys()).collect::<BTreeSet<_>>() {
                        self.steps.push(Step::Key(key));
                        self.compare(left_members.get(key), right_members.get(key));
                        self.steps.pop();
                    }
                }
                _ => self.note(old, new),
            },
            _ if is_mangled(left, right) => {}
            _ => self.note(old, new),
        }
    }

    /// Elements that are in both lists are not changes, wherever the others have pushed them.
    fn lists(&mut self, old: &'a [Value], new: &'a [Value]) {
        let text = |values: &[Value]| values.iter().map(Value::to_string).collect::<Vec<_>>();
        for op in capture_diff_slices(Algorithm::Myers, &text(old), &text(new)) {
            let (old_range, new_range) = match op {
                DiffOp::Equal { .. } => continue,
                other => (other.old_range(), other.new_range()),
            };
            let (old, new) = (old.get(old_range.clone()), new.get(new_range.clone()));
            let (old, new) = (old.unwrap_or_default(), new.unwrap_or_default());
            for offset in 0..old.len().max(new.len()) {
                let start = if offset < new.len() { new_range.start } else { old_range.start };
                self.steps.push(Step::Index(start + offset));
                self.compare(old.get(offset), new.get(offset));
                self.steps.pop();
            }
        }
    }

    fn note(&mut self, old: Option<&Value>, new: Option<&Value>) {
        let mut path = String::new();
        let mut keys = Vec::new();
        let mut steps = self.steps.iter();
        while let Some(step) = steps.next() {
            match step {
                Step::Key(key) => {
                    if !path.is_empty() {
                        path.push('.');
                    }
                    path.push_str(key);
                    if *key == "Fn::If" {
                        // The index behind it chooses a branch; the path of the property goes on below.
                        if let Some(Step::Index(index)) = steps.next() {
                            path.push_str(&format!("[{index}]"));
                        }
                    } else {
                        keys.push(*key);
                    }
                }
                Step::Index(index) => path.push_str(&format!("[{index}]")),
            }
        }
        let replacement = Replacement::of(self.resource_type, &keys, old, new);
        self.found.push(PropertyChange { path, old: old.cloned(), new: new.cloned(), replacement });
    }
}

/// CloudFormation gives back a question mark for whatever is not ASCII.
fn is_mangled(old: &Value, new: &Value) -> bool {
    match (old, new) {
        (Value::String(old), Value::String(new)) => {
            !new.is_ascii()
                && old.is_ascii()
                && *old == new.chars().map(|c| if c.is_ascii() { c } else { '?' }).collect::<String>()
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::normal::normal;
    use super::*;

    fn paths(old: &Value, new: &Value) -> Vec<String> {
        let (old, new) = (normal(old), normal(new));
        let found = PropertyChange::between("AWS::A::B", &[], Some(&old), Some(&new));
        found.into_iter().map(|change| change.path).collect()
    }

    #[test]
    fn only_what_differs_is_named() {
        let old = json!({ "A": { "B": 1, "C": [1, 2, 3] }, "D": "x" });
        assert_eq!(paths(&old, &old), Vec::<String>::new());
        assert_eq!(paths(&old, &json!({ "A": { "B": 2, "C": [1, 2, 3] }, "E": "y" })), ["A.B", "D", "E"]);
    }

    #[test]
    fn an_element_put_in_front_is_one_change() {
        assert_eq!(paths(&json!({ "L": [1, 2] }), &json!({ "L": [0, 1, 2] })), ["L[0]"]);
        assert_eq!(paths(&json!({ "L": [1, 2, 3] }), &json!({ "L": [1, 3] })), ["L[1]"]);
        assert_eq!(paths(&json!({ "L": [{ "P": 1, "Q": 1 }] }), &json!({ "L": [{ "P": 1, "Q": 2 }] })), ["L[0].Q"]);
    }

    #[test]
    fn documents_and_conditions_are_looked_into() {
        assert_eq!(
            paths(&json!({ "Body": "{\"a\":{\"b\":1}}" }), &json!({ "Body": "{\"a\":{\"b\":2}}" })),
            ["Body.a.b"]
        );
        let choice = |size: u32| json!({ "S": { "Fn::If": ["Big", { "Size": size }, { "Size": 1 }] } });
        assert_eq!(paths(&choice(3), &choice(4)), ["S.Fn::If[1].Size"]);
        assert_eq!(paths(&json!({ "R": { "Ref": "A" } }), &json!({ "R": { "Ref": "B" } })), ["R"]);
    }

    #[test]
    fn question_marks_stand_for_what_is_not_ascii() {
        assert_eq!(paths(&json!({ "A": "gr??e ?" }), &json!({ "A": "gröÿe ☃" })), Vec::<String>::new());
        assert_eq!(paths(&json!({ "A": "gr?n" }), &json!({ "A": "grau" })), ["A"]);
    }
}
