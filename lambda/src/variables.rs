//! Environment variables, and those that are set to what they cannot mean.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt::{self, Display};
use std::ops::RangeInclusive;
use std::str::FromStr;

use thiserror::Error;

/// Every variable that is wrong, in the order of their names.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub struct ConfigError {
    variables: Vec<WrongVariable>,
}

impl ConfigError {
    /// The variables that are wrong.
    #[must_use]
    pub fn variables(&self) -> &[WrongVariable] {
        &self.variables
    }
}

impl Display for ConfigError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, variable) in self.variables.iter().enumerate() {
            if index > 0 {
                formatter.write_str("; ")?;
            }
            write!(formatter, "{variable}")?;
        }
        Ok(())
    }
}

/// A variable that is missing, or set to what it cannot mean.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WrongVariable {
    /// The name of the variable.
    pub name: String,
    /// What it may be.
    pub allowed: String,
    /// What it is; `None` where it is not set, or where that may hold a secret.
    pub value: Option<String>,
}

impl Display for WrongVariable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} must be {}", self.name, self.allowed)?;
        match &self.value {
            Some(value) => write!(formatter, ", got {value:?}"),
            None => Ok(()),
        }
    }
}

/// Reads variables, and remembers those that are wrong until all are read.
pub(crate) struct Variables<'a> {
    lookup: &'a dyn Fn(&str) -> Option<OsString>,
    wrong: RefCell<BTreeMap<String, WrongVariable>>,
}

impl<'a> Variables<'a> {
    pub(crate) fn new(lookup: &'a dyn Fn(&str) -> Option<OsString>) -> Self {
        Self { lookup, wrong: RefCell::default() }
    }

    /// The text of a variable, trimmed. One that is empty counts as not set.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        let value = (self.lookup)(name)?.to_string_lossy().trim().to_owned();
        Some(value).filter(|value| !value.is_empty())
    }

    /// The first of these variables that is set, with its name.
    pub(crate) fn first<'n>(&self, names: &[&'n str]) -> Option<(&'n str, String)> {
        names.iter().find_map(|name| Some((*name, self.text(name)?)))
    }

    /// A whole number within `range`, or `default` where the variable is not set or wrong.
    pub(crate) fn number<T>(&self, name: &str, range: RangeInclusive<T>, default: T) -> T
    where
        T: FromStr + PartialOrd + Display,
    {
        let Some(value) = self.text(name) else { return default };
        match value.parse() {
            Ok(number) if range.contains(&number) => number,
            _ => {
                self.wrong(name, format!("a number from {} to {}", range.start(), range.end()), Some(value));
                default
            }
        }
    }

    /// Remembers that a variable is wrong.
    pub(crate) fn wrong(&self, name: &str, allowed: impl Into<String>, value: Option<String>) {
        let wrong = WrongVariable { name: name.into(), allowed: allowed.into(), value };
        self.wrong.borrow_mut().insert(name.into(), wrong);
    }

    /// Ends the reading.
    pub(crate) fn finish(self) -> Result<(), ConfigError> {
        let variables: Vec<_> = self.wrong.into_inner().into_values().collect();
        if variables.is_empty() { Ok(()) } else { Err(ConfigError { variables }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_variable_is_not_set() {
        let lookup = |name: &str| (name != "C").then(|| if name == "A" { "  " } else { " b " }.into());
        let variables = Variables::new(&lookup);
        assert_eq!(variables.text("A"), None);
        assert_eq!(variables.first(&["A", "C", "B"]), Some(("B", "b".into())));
        assert_eq!(variables.number("A", 1..=3, 2), 2);
        assert_eq!(variables.finish(), Ok(()));
    }

    #[test]
    fn fails_with_all_that_is_wrong() {
        let lookup = |name: &str| Some(if name == "A" { "x" } else { "4" }.into());
        let variables = Variables::new(&lookup);
        assert_eq!(variables.number("B", 1..=3, 2), 2);
        assert_eq!(variables.number("A", 1..=3, 2), 2);
        variables.wrong("SECRET", "a list", None);
        let error = variables.finish().expect_err("three are wrong");
        assert_eq!(
            error.to_string(),
            "A must be a number from 1 to 3, got \"x\"; B must be a number from 1 to 3, got \"4\"; SECRET must be a list"
        );
    }
}
