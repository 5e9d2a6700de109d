//! Values that are given for the parameters of templates.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::Value;
use thiserror::Error;

use crate::stack::Stack;

/// A value is given for a parameter that no template has.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("there is no parameter {name} in {}", stacks.join(", "))]
#[non_exhaustive]
pub struct ParameterError {
    /// The parameter.
    pub name: String,
    /// The display names of the stacks that it was given for.
    pub stacks: Vec<String>,
    /// The parameters that these stacks have.
    pub known: Vec<String>,
}

impl ParameterError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self.known.as_slice() {
            [] => "leave it out: the templates have no parameters".into(),
            known => format!("the parameters are {}", known.join(", ")),
        }
    }
}

/// Sees that each of the parameters `for_all` is one of some stack, and each that is for one stack one of its own.
pub(crate) fn see_that_they_are_known(
    stacks: &[&Stack],
    for_all: &BTreeMap<String, String>,
) -> Result<(), ParameterError> {
    if for_all.is_empty() && stacks.iter().all(|stack| stack.parameters.is_empty()) {
        return Ok(());
    }
    let mut all = BTreeSet::new();
    for stack in stacks {
        // A template that cannot be read is told of by whoever needs all of it.
        let Some(known) = names(stack) else { return Ok(()) };
        if let Some(name) = stack.parameters.keys().find(|name| !known.contains(*name)) {
            let stacks = vec![stack.display_name.clone()];
            return Err(ParameterError { name: name.clone(), stacks, known: known.into_iter().collect() });
        }
        all.extend(known);
    }
    match for_all.keys().find(|name| !all.contains(*name)) {
        None => Ok(()),
        Some(name) => {
            let stacks = stacks.iter().map(|stack| stack.display_name.clone()).collect();
            Err(ParameterError { name: name.clone(), stacks, known: all.into_iter().collect() })
        }
    }
}

/// The names of the parameters of a stack's template.
fn names(stack: &Stack) -> Option<BTreeSet<String>> {
    let text = fs::read(&stack.template.path).ok()?;
    let template: Value = serde_json::from_slice(&text).ok()?;
    Some(template["Parameters"].as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::assembly::Assembly;

    #[test]
    fn a_parameter_that_nobody_has_is_told_with_those_that_there_are() {
        let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/two-stacks-and-a-stage");
        let mut assembly = Assembly::read(&fixture).expect("an assembly");
        let value = |name: &str| BTreeMap::from([(name.to_owned(), "1".to_owned())]);
        let all = |assembly: &Assembly, values: &BTreeMap<String, String>| {
            see_that_they_are_known(&assembly.stacks.iter().collect::<Vec<_>>(), values)
        };
        assert_eq!(all(&assembly, &BTreeMap::new()), Ok(()));
        let error = all(&assembly, &value("Nope")).expect_err("nobody has it");
        assert_eq!(error.name, "Nope");
        assert_eq!(error.stacks.len(), assembly.stacks.len());
        assembly.stacks[0].parameters = value("Nope");
        let error = all(&assembly, &BTreeMap::new()).expect_err("it has none of that name");
        assert_eq!(error.to_string(), format!("there is no parameter Nope in {}", assembly.stacks[0].display_name));
        let none = ParameterError { known: Vec::new(), ..error.clone() };
        assert_eq!(none.hint(), "leave it out: the templates have no parameters");
        let some = ParameterError { known: vec!["Size".into(), "Tag".into()], ..error };
        assert_eq!(some.hint(), "the parameters are Size, Tag");
    }
}
