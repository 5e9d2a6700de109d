//! [`Model`]: the JSON that a definition writes, member by member.

use belvedere_cfn::{Expr, Properties, Text};

/// The JSON that a definition writes, and what was wrong with the paths that a program gave.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Model {
    pub(crate) root: Properties,
    /// What `set` and `unset` could not do.
    pub(crate) problems: Vec<String>,
}

impl Model {
    pub(crate) fn new(root: Properties) -> Self {
        Self { root, problems: Vec::new() }
    }

    /// Writes the member at a path that is known to be right, and the objects on the way to it.
    pub(crate) fn put(&mut self, path: &str, value: impl Into<Expr>) {
        self.set(path, value.into());
    }

    /// Adds to the list at a path.
    pub(crate) fn push(&mut self, path: &str, element: impl Into<Expr>) {
        let steps = steps(path);
        match entry(&mut self.root, &steps) {
            Ok(Expr::List(elements)) => elements.push(element.into()),
            Ok(slot) => *slot = Expr::List(vec![element.into()]),
            Err(problem) => self.problems.push(problem.message(path)),
        }
    }

    /// Writes the member at a path that a program gave.
    pub(crate) fn set(&mut self, path: &str, value: Expr) {
        match entry(&mut self.root, &steps(path)) {
            Ok(slot) => *slot = value,
            Err(problem) => self.problems.push(problem.message(path)),
        }
    }

    /// Removes the member or the element at a path.
    pub(crate) fn unset(&mut self, path: &str) {
        if !remove(&mut self.root, &steps(path)) {
            self.problems.push(format!("`{path}` cannot be unset, since it is not set"));
        }
    }

    pub(crate) fn get(&self, path: &str) -> Option<&Expr> {
        let steps = steps(path);
        let (first, rest) = steps.split_first()?;
        rest.iter().try_fold(self.root.get(first)?, |at, step| match at {
            Expr::Object(members) => members.get(step),
            Expr::List(elements) => elements.get(step.parse::<usize>().ok()?),
            _ => None,
        })
    }
}

/// Why there is no place for a value.
enum Blocked {
    /// The text up to here is a list, and the next step is not an index of it, or the one after its last.
    Index { step: String, len: usize },
    /// A value on the way has no members.
    Scalar { step: String, what: &'static str },
    /// There is no step at all.
    Empty,
}

impl Blocked {
    fn message(&self, path: &str) -> String {
        match self {
            Self::Index { step, len: 0 } => {
                format!("`{path}` cannot be set: `{step}` is in an empty list, whose only index is 0")
            }
            Self::Index { step, len } => {
                format!(
                    "`{path}` cannot be set: `{step}` is in a list with the indexes 0 to {}, and {len} adds to it",
                    len - 1
                )
            }
            Self::Scalar { step, what } => format!("`{path}` cannot be set: {what} has no member `{step}`"),
            Self::Empty => "a path has at least one name, got none".to_owned(),
        }
    }
}

/// Splits a path at its dots. `\.` is a dot in a name, `\\` a backslash.
pub(crate) fn steps(path: &str) -> Vec<String> {
    let mut steps = vec![String::new()];
    let mut escaped = false;
    for at in path.chars() {
        match at {
            '\\' if !escaped => {
                escaped = true;
                continue;
            }
            '.' if !escaped => steps.push(String::new()),
            _ => {
                if let Some(last) = steps.last_mut() {
                    last.push(at);
                }
            }
        }
        escaped = false;
    }
    if path.is_empty() { Vec::new() } else { steps }
}

/// Writes a name as one step of a path.
#[must_use]
pub fn path_step(name: &str) -> String {
    name.replace('\\', "\\\\").replace('.', "\\.")
}

fn entry<'a>(root: &'a mut Properties, steps: &[String]) -> Result<&'a mut Expr, Blocked> {
    let (first, rest) = steps.split_first().ok_or(Blocked::Empty)?;
    let mut at = member(root, first);
    for step in rest {
        if matches!(at, Expr::Null) {
            *at = Expr::Object(Properties::new());
        }
        at = match at {
            Expr::Object(members) => member(members, step),
            Expr::List(elements) => {
                let len = elements.len();
                let index = step.parse::<usize>().ok().filter(|index| *index <= len);
                let index = index.ok_or_else(|| Blocked::Index { step: step.clone(), len })?;
                if index == len {
                    elements.push(Expr::Null);
                }
                &mut elements[index]
            }
            Expr::String(_) => return Err(Blocked::Scalar { step: step.clone(), what: "a text" }),
            Expr::Bool(_) => return Err(Blocked::Scalar { step: step.clone(), what: "`true` or `false`" }),
            Expr::Intrinsic(_) => {
                return Err(Blocked::Scalar { step: step.clone(), what: "a value that is known only at deploy time" });
            }
            _ => return Err(Blocked::Scalar { step: step.clone(), what: "a number" }),
        };
    }
    Ok(at)
}

/// The member of that name, made `null` first if it is absent.
fn member<'a>(members: &'a mut Properties, name: &str) -> &'a mut Expr {
    if members.get(name).is_none() {
        members.set(Text::from(name.to_owned()), Expr::Null);
    }
    members.entry(name.to_owned())
}

fn remove(root: &mut Properties, steps: &[String]) -> bool {
    match steps {
        [] => false,
        [last] => root.remove(last).is_some(),
        [first, rest @ ..] => root.get_mut(first).is_some_and(|inner| remove_below(inner, rest)),
    }
}

fn remove_below(at: &mut Expr, steps: &[String]) -> bool {
    match at {
        Expr::Object(members) => remove(members, steps),
        Expr::List(elements) => {
            let Some(index) = steps[0].parse::<usize>().ok().filter(|index| *index < elements.len()) else {
                return false;
            };
            match &steps[1..] {
                [] => {
                    elements.remove(index);
                    true
                }
                rest => remove_below(&mut elements[index], rest),
            }
        }
        _ => false,
    }
}

/// A number, whole if it is whole.
pub(crate) fn number(number: f64) -> Expr {
    #[expect(clippy::cast_possible_truncation, reason = "the test keeps the number inside i64")]
    if number.fract() == 0.0 && number.abs() < 9e15 { Expr::Integer(number as i64) } else { Expr::Number(number) }
}

/// A list of texts.
pub(crate) fn texts<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Expr {
    Expr::List(texts.into_iter().map(|text| Expr::from(text.into())).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn json(model: &Model) -> serde_json::Value {
        serde_json::to_value(&model.root).expect("a tree is JSON")
    }

    #[test]
    fn a_path_reaches_members_elements_and_names_with_dots() {
        let mut model = Model::default();
        model.set("a.b", json!([1]).into());
        model.set("a.b.1", json!({ "c": 2 }).into());
        model.set("a.b.1.c", json!(3).into());
        model.set(&format!("a.{}", path_step("x.y\\z")), json!(true).into());
        assert_eq!(json(&model), json!({ "a": { "b": [1, { "c": 3 }], "x.y\\z": true } }));
        model.unset("a.b.0");
        model.unset("a.x\\.y\\\\z");
        assert_eq!(json(&model), json!({ "a": { "b": [{ "c": 3 }] } }));
        assert_eq!(model.problems, Vec::<String>::new());
        assert_eq!(model.get("a.b.0.c"), Some(&Expr::Integer(3)));
    }

    #[test]
    fn a_path_that_leads_nowhere_is_told_and_changes_nothing() {
        let mut model = Model::new(Properties::new().with("title", "T").with("list", vec![Expr::Null]));
        let before = model.root.clone();
        model.set("title.x", json!(1).into());
        model.set("list.2", json!(1).into());
        model.set("", json!(1).into());
        model.unset("absent.x");
        assert_eq!(model.root, before);
        assert_eq!(
            model.problems,
            [
                "`title.x` cannot be set: a text has no member `x`",
                "`list.2` cannot be set: `2` is in a list with the indexes 0 to 0, and 1 adds to it",
                "a path has at least one name, got none",
                "`absent.x` cannot be unset, since it is not set",
            ]
        );
    }
}
