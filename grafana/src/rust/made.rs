//! [`Made`]: a definition as code, and the JSON that it gives.

use serde_json::Value as Json;

use super::both::Both;
use super::code::Code;
use super::literal;
use super::same::same;
use super::value::given;
use crate::dashboard::model::{path_step, steps};
use crate::dashboard::setters::Setter;

/// A definition as code, and the JSON that the code gives. Both change together, so that what the code lacks to give the
/// JSON that is wanted can be told at any time.
#[derive(Clone, Debug)]
pub(super) struct Made {
    pub(super) code: Code,
    pub(super) gives: Json,
    /// How many values are only in the code as `set`.
    pub(super) untyped: usize,
}

impl Made {
    pub(super) fn new(code: Code, gives: Json) -> Self {
        Self { code, gives, untyped: 0 }
    }

    /// Calls a method that writes this value at a path. Does nothing if there is no place for it.
    pub(super) fn put(&mut self, method: &str, arguments: Vec<Code>, path: &str, value: Json) {
        if put(&mut self.gives, &steps(path), value) {
            self.code.method(method, arguments);
        }
    }

    /// Writes what a method that was called writes beside.
    pub(super) fn write(&mut self, path: &str, value: Json) {
        put(&mut self.gives, &steps(path), value);
    }

    /// Takes back what the constructor writes only if it has something to write.
    pub(super) fn forget(&mut self, path: &str) {
        remove(&mut self.gives, &steps(path));
    }

    /// Calls each of the setters whose member is wanted and can be said so.
    pub(super) fn setters(&mut self, setters: &[Setter], wanted: &Json) {
        for setter in setters {
            let Some(value) = at(wanted, setter.path) else { continue };
            if at(&self.gives, setter.path).is_some_and(|gives| same(gives, value)) {
                continue;
            }
            let Some((code, gives)) = given(setter.argument, value).map(Both::parts) else { continue };
            let mut changes = Vec::new();
            difference(&mut String::new(), &gives, value, &mut changes);
            // What is nearly said is said so, and then corrected.
            if changes.len() * 3 < leaves(value) || changes.is_empty() {
                self.put(setter.name, vec![code], setter.path, gives);
            }
        }
    }

    /// Calls a method that adds this value to the list at a path.
    pub(super) fn push(&mut self, method: &str, arguments: Vec<Code>, path: &str, value: Json) {
        let mut elements = at(&self.gives, path).and_then(Json::as_array).cloned().unwrap_or_default();
        elements.push(value);
        self.put(method, arguments, path, Json::Array(elements));
    }

    /// Writes JSON by its path, with code for it.
    pub(super) fn put_code(&mut self, path: &[&str], code: Code, gives: Json) {
        let path = path.iter().fold(String::new(), |path, step| below(&path, step));
        self.put("set", vec![Code::text(&path), code], &path, gives);
    }

    /// Sets and removes members until the code gives what is wanted. Returns whether it does.
    pub(super) fn finish(&mut self, wanted: &Json) -> bool {
        let mut changes = Vec::new();
        let gives = std::mem::take(&mut self.gives);
        difference(&mut String::new(), &gives, wanted, &mut changes);
        self.gives = gives;
        for change in changes {
            match change {
                Change::Set(path, value) => {
                    // What is empty for now is counted with its members.
                    self.untyped +=
                        if at(wanted, &path).is_some_and(|wanted| same(wanted, &value)) { leaves(&value) } else { 0 };
                    if !put(&mut self.gives, &steps(&path), value.clone()) {
                        return false;
                    }
                    self.code.method("set", vec![Code::text(&path), json(&value)]);
                }
                Change::Unset(path) => {
                    if !remove(&mut self.gives, &steps(&path)) {
                        return false;
                    }
                    self.code.method("unset", vec![Code::text(&path)]);
                }
            }
        }
        same(&self.gives, wanted)
    }
}

/// Returns how many values a tree has that have no others inside.
pub(super) fn leaves(json: &Json) -> usize {
    match json {
        Json::Array(elements) if !elements.is_empty() => elements.iter().map(leaves).sum(),
        Json::Object(members) if !members.is_empty() => members.values().map(leaves).sum(),
        _ => 1,
    }
}

/// Returns JSON as code that is an `impl Into<Expr>`.
pub(super) fn json(json: &Json) -> Code {
    match json {
        Json::Bool(value) => Code::plain(value.to_string()),
        Json::String(text) => Code::text(text),
        Json::Number(number) if number.as_i64().is_some_and(|number| i32::try_from(number).is_ok()) => {
            Code::plain(literal::number(number))
        }
        Json::Array(elements) if depth(json) > DEEPEST => Code::JsonArray(elements.clone()),
        _ => Code::Json(json.clone()),
    }
}

/// Returns the value at a path.
pub(super) fn at<'a>(json: &'a Json, path: &str) -> Option<&'a Json> {
    steps(path).iter().try_fold(json, |at, step| match at {
        Json::Object(members) => members.get(step),
        Json::Array(elements) => elements.get(step.parse::<usize>().ok()?),
        _ => None,
    })
}

enum Change {
    Set(String, Json),
    Unset(String),
}

/// How much the compiler has to unfold for a `json!`: it gives up at 128.
const DEEPEST: usize = 120;

/// Finds what to change in `gives`. Of what is to be set, only as much is one change as `json!` can take.
fn difference(path: &mut String, gives: &Json, wanted: &Json, changes: &mut Vec<Change>) {
    if same(gives, wanted) {
        return;
    }
    let length = path.len();
    match (gives, wanted) {
        (Json::Object(gives), Json::Object(wanted)) => {
            for name in gives.keys().filter(|name| !wanted.contains_key(*name)) {
                changes.push(Change::Unset(below(path, name)));
            }
            for (name, wanted) in wanted {
                path.clone_from(&below(path, name));
                match gives.get(name) {
                    Some(gives) if !name.is_empty() => difference(path, gives, wanted, changes),
                    _ => set(path, wanted, changes),
                }
                path.truncate(length);
            }
        }
        (Json::Array(gives), Json::Array(wanted)) if !wanted.is_empty() && gives.len() <= wanted.len() => {
            for (index, wanted) in wanted.iter().enumerate() {
                path.clone_from(&below(path, &index.to_string()));
                match gives.get(index) {
                    Some(gives) => difference(path, gives, wanted, changes),
                    None => set(path, wanted, changes),
                }
                path.truncate(length);
            }
        }
        _ => set(path, wanted, changes),
    }
}

/// Whether `json!` can take a value.
pub(super) fn fits_json(json: &Json) -> bool {
    depth(json) <= DEEPEST
}

/// Whether [`json`] can take a value.
fn fits(json: &Json) -> bool {
    fits_json(json) || json.as_array().is_some_and(|elements| elements.iter().all(fits_json))
}

fn set(path: &mut String, wanted: &Json, changes: &mut Vec<Change>) {
    if fits(wanted) {
        changes.push(Change::Set(path.clone(), wanted.clone()));
        return;
    }
    let empty = if wanted.is_array() { Json::Array(Vec::new()) } else { Json::Object(serde_json::Map::new()) };
    changes.push(Change::Set(path.clone(), empty.clone()));
    difference(path, &empty, wanted, changes);
}

/// Returns how deep `json!` unfolds for a value: about four steps for a member and two for an element before it.
fn depth(json: &Json) -> usize {
    let deepest = |each: usize, values: &mut dyn Iterator<Item = &Json>| {
        values.enumerate().map(|(index, value)| each * (index + 1) + depth(value)).max().unwrap_or_default()
    };
    match json {
        Json::Array(elements) => 2 + deepest(2, &mut elements.iter()),
        Json::Object(members) => 2 + deepest(4, &mut members.values()),
        _ => 1,
    }
}

/// The path of a member: `\.` is a dot in a name, `\\` a backslash.
///
/// A backslash alone is a name without letters. It has to be the first.
fn below(path: &str, name: &str) -> String {
    if path.is_empty() && name.is_empty() {
        return "\\".to_owned();
    }
    let name = path_step(name);
    if path.is_empty() { name } else { format!("{path}.{name}") }
}

/// Writes a value as a definition's `set` does: objects on the way are made, the index after the last adds an element.
fn put(root: &mut Json, steps: &[String], value: Json) -> bool {
    let Some(slot) = steps.iter().try_fold(root, |at, step| {
        if at.is_null() {
            *at = Json::Object(serde_json::Map::new());
        }
        match at {
            Json::Object(members) => Some(members.entry(step.clone()).or_insert(Json::Null)),
            Json::Array(elements) => {
                let index = step.parse::<usize>().ok().filter(|index| *index <= elements.len())?;
                if index == elements.len() {
                    elements.push(Json::Null);
                }
                elements.get_mut(index)
            }
            _ => None,
        }
    }) else {
        return false;
    };
    if steps.is_empty() {
        return false;
    }
    *slot = value;
    true
}

fn remove(root: &mut Json, steps: &[String]) -> bool {
    match (root, steps) {
        (Json::Object(members), [last]) => members.remove(last).is_some(),
        (Json::Object(members), [first, rest @ ..]) => members.get_mut(first).is_some_and(|inner| remove(inner, rest)),
        (Json::Array(elements), [first, rest @ ..]) => {
            let inner = first.parse::<usize>().ok().and_then(|index| elements.get_mut(index));
            !rest.is_empty() && inner.is_some_and(|inner| remove(inner, rest))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_the_code_lacks_is_set_and_what_is_too_much_is_unset() {
        let mut made = Made::new(Code::plain("panel"), json!({ "type": "stat", "options": { "a": 1, "b": 2 } }));
        made.put("title", vec![Code::text("T")], "title", json!("T"));
        let wanted = json!({ "type": "stat", "title": "T", "options": { "b": 2.0, "c.d": [null] }, "x": { "y": 1 } });
        assert!(made.finish(&wanted));
        let expected = "panel\n    .title(\"T\")\n    .unset(\"options.a\")\n    \
                        .set(r\"options.c\\.d\", json!([null]))\n    .set(\"x\", json!({ \"y\": 1 }))";
        assert_eq!(made.code.layout(0, 0, 0), expected);
        assert_eq!(made.untyped, 2);
    }

    #[test]
    fn what_is_too_much_for_one_macro_is_set_in_parts() {
        let long: Vec<Json> = (0..100).map(|number| json!({ "number": number })).collect();
        let mut made = Made::new(Code::plain("panel"), json!({}));
        assert!(made.finish(&json!({ "list": long, "none": null })));
        let text = made.code.layout(0, 0, 0);
        assert!(text.contains("Value::Array(vec![") && text.contains("json!({ \"number\": 99 }),"), "{text}");
        let wide: serde_json::Map<_, _> = (0..100).map(|number| (format!("k{number}"), json!(number))).collect();
        let mut made = Made::new(Code::plain("panel"), json!({}));
        assert!(made.finish(&json!({ "wide": wide })));
        let text = made.code.layout(0, 0, 0);
        assert!(text.contains(".set(\"wide\", json!({}))") && text.contains(".set(\"wide.k99\", 99)"), "{text}");
    }

    #[test]
    fn names_of_members_may_be_anything() {
        let mut made = Made::new(Code::plain("panel"), json!({ "\\": 0 }));
        let wanted = json!({ "": { "": 1, ".": 2 }, "a": { "": { "": [] } }, "\\.": 3, "0": 4 });
        assert!(made.finish(&wanted), "{}", made.gives);
    }
}
