//! Environment variables that are set to what they cannot mean.

use std::ffi::OsString;
use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

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

/// Reads variables and keeps what is wrong with them, so that all of it can be said at once.
pub(crate) struct Variables<'a> {
    lookup: Lookup<'a>,
    wrong: Vec<WrongVariable>,
}

impl<'a> Variables<'a> {
    pub(crate) fn new(lookup: Lookup<'a>) -> Self {
        Self { lookup, wrong: Vec::new() }
    }

    /// The variable `name` as `parse` reads it, or `default` where it is not set or wrong.
    pub(crate) fn parsed<T>(
        &mut self,
        name: &str,
        default: T,
        allowed: impl fmt::Display,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> T {
        let Some(value) = text(self.lookup, name) else { return default };
        parse(&value).unwrap_or_else(|| {
            self.reject(name, allowed.to_string(), Some(value));
            default
        })
    }

    /// The variable `name`, or `default` where it is not set; `told` says of an error what is allowed and what was given.
    pub(crate) fn read<T: FromStr>(
        &mut self,
        name: &str,
        default: &str,
        told: impl FnOnce(T::Err) -> (String, String),
    ) -> Option<T> {
        let value = text(self.lookup, name).unwrap_or_else(|| default.into());
        value
            .parse()
            .map_err(|error| {
                let (allowed, given) = told(error);
                self.reject(name, allowed, Some(given));
            })
            .ok()
    }

    /// A whole number in `range`.
    pub(crate) fn number(&mut self, name: &str, default: usize, range: RangeInclusive<usize>) -> usize {
        let allowed = format!("a whole number from {} to {}", range.start(), range.end());
        self.parsed(name, default, allowed, |value| value.parse().ok().filter(|number| range.contains(number)))
    }

    /// A duration with its unit, in `range`.
    pub(crate) fn duration(&mut self, name: &str, default: Duration, range: RangeInclusive<Duration>) -> Duration {
        let [from, to] = [*range.start(), *range.end()].map(humantime::format_duration);
        let allowed = format!("a duration with its unit such as 500ms or 5s, from {from} to {to}");
        self.parsed(name, default, allowed, |value| {
            humantime::parse_duration(value).ok().filter(|duration| range.contains(duration))
        })
    }

    /// Notes that the variable `name` is wrong for a reason that is not in its text alone.
    pub(crate) fn reject(&mut self, name: &str, allowed: String, value: Option<String>) {
        self.wrong.push(WrongVariable { name: name.into(), allowed, value });
    }

    /// What somebody else reads.
    pub(crate) fn others<T>(&mut self, read: impl FnOnce(Lookup<'a>) -> Result<T, Vec<WrongVariable>>) -> Option<T> {
        read(self.lookup).map_err(|wrong| self.wrong.extend(wrong)).ok()
    }

    /// Everything that is wrong.
    pub(crate) fn into_wrong(self) -> Vec<WrongVariable> {
        self.wrong
    }
}
