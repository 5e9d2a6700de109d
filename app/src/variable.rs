//! Environment variables that are set to what they cannot mean.

use std::ffi::OsString;
use std::fmt;

/// Where variables are looked up: the environment, or a table in a test.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// The text of the variable `name`, trimmed; `None` where it is not set or empty.
pub(crate) fn text(lookup: Lookup<'_>, name: &str) -> Option<String> {
    lookup(name).map(|value| value.to_string_lossy().trim().to_owned()).filter(|value| !value.is_empty())
}

/// One variable that is set to what it cannot mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrongVariable {
    /// The name of the variable.
    pub name: String,
    /// What it may be.
    pub allowed: String,
    /// What it is; `None` where that may hold a secret.
    pub value: Option<String>,
}

impl fmt::Display for WrongVariable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} must be {}", self.name, self.allowed)?;
        match &self.value {
            Some(value) => write!(formatter, ", got {value:?}"),
            None => Ok(()),
        }
    }
}
