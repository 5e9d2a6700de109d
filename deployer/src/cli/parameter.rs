//! The value of a parameter: `[STACK:]NAME=VALUE`.

use std::collections::BTreeMap;
use std::str::FromStr;

use super::failure::Failure;
use crate::{SelectError, Stack};

/// The value of a template's parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Parameter {
    stack: Option<String>,
    name: String,
    value: String,
}

impl FromStr for Parameter {
    type Err = String;

    fn from_str(argument: &str) -> Result<Self, Self::Err> {
        let wrong = || "a parameter must be NAME=VALUE or STACK:NAME=VALUE, and a name has letters and digits".into();
        let (left, value) = argument.split_once('=').ok_or_else(wrong)?;
        let (stack, name) = match left.rsplit_once(':') {
            Some((stack, name)) => (Some(stack.to_owned()), name),
            None => (None, left),
        };
        let named = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric());
        if !named || stack.as_ref().is_some_and(String::is_empty) {
            return Err(wrong());
        }
        Ok(Self { stack, name: name.to_owned(), value: value.to_owned() })
    }
}

/// Gives the values that are for one stack to that stack, and returns those that are for all.
pub(super) fn assign(parameters: Vec<Parameter>, stacks: &mut [Stack]) -> Result<BTreeMap<String, String>, Failure> {
    let mut for_all = BTreeMap::new();
    let mut for_one = Vec::new();
    for Parameter { stack, name, value } in parameters {
        match stack {
            None => _ = for_all.insert(name, value),
            Some(stack) => for_one.push((stack, name, value)),
        }
    }
    for (pattern, name, value) in for_one {
        // Which of the two counts would be a guess.
        if for_all.contains_key(&name) {
            return Err(Failure::TwoValues { name });
        }
        let names = || stacks.iter().map(|stack| stack.display_name.clone()).collect();
        let Some(index) = stacks.iter().position(|stack| stack.display_name == pattern || stack.stack_name == pattern)
        else {
            return Err(SelectError::NoMatch { names: names(), pattern }.into());
        };
        stacks[index].parameters.insert(name, value);
    }
    Ok(for_all)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::Assembly;

    fn parameter(stack: Option<&str>, name: &str, value: &str) -> Parameter {
        Parameter { stack: stack.map(str::to_owned), name: name.into(), value: value.into() }
    }

    #[test]
    fn parameters_are_read() {
        assert_eq!("Tag=a=b:c".parse(), Ok(parameter(None, "Tag", "a=b:c")));
        assert_eq!("Prod/App:Tag=".parse(), Ok(parameter(Some("Prod/App"), "Tag", "")));
        for wrong in ["Tag", "=v", ":Tag=v", "App:=v", "my tag=v"] {
            assert!(wrong.parse::<Parameter>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_value_for_one_stack_goes_to_that_stack() {
        let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/two-stacks-and-a-stage");
        let mut stacks = Assembly::read(&fixture).expect("an assembly").stacks;
        let both = vec![parameter(Some("Prod/Z"), "Size", "1"), parameter(None, "Tag", "v")];
        let for_all = assign(both, &mut stacks).expect("valid");
        assert_eq!(for_all, [("Tag".to_owned(), "v".to_owned())].into());
        assert_eq!(stacks[2].parameters["Size"], "1");
        assert!(stacks[0].parameters.is_empty());
        let error = assign(vec![parameter(Some("Prods"), "Size", "1")], &mut stacks).expect_err("no such stack");
        assert_eq!(error.to_string(), "no stack matches \"Prods\"");
        let two = vec![parameter(Some("Net"), "Size", "1"), parameter(None, "Size", "2")];
        let error = assign(two, &mut stacks).expect_err("two values");
        assert_eq!(error.to_string(), "parameter Size has a value for one stack and another for all");
    }
}
