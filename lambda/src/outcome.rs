//! What came of a check.

use std::fmt::{self, Display};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What came of one check.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// The name of the check.
    pub check: String,
    /// What was asked: the method and the URL, or what could not be asked.
    pub request: String,
    /// The status of the answer, if there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// How long the call took, in milliseconds; `None` where it was not made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<f64>,
    /// What was not as it must be; empty where the check passed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub misses: Vec<Miss>,
}

impl Outcome {
    /// Whether all was as it must be.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.misses.is_empty()
    }

    /// What was expected where something else came.
    pub(crate) fn expected(&self) -> String {
        joined(&self.misses, |miss| miss.expected.clone())
    }

    /// What came where something else was expected.
    pub(crate) fn got(&self) -> String {
        joined(&self.misses, |miss| miss.got.clone())
    }
}

impl Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.check, self.request)?;
        match self.passed() {
            true => Ok(()),
            false => write!(formatter, ": {}", joined(&self.misses, Miss::to_string)),
        }
    }
}

/// One thing that was not as it must be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Miss {
    /// The kind, one of a few words that a metric or a span can carry: `status`, `content-type`, `location`, `key`,
    /// `problem`, `trace`, `document`, `body`, `connection`, `timeout`, `duration`, `not-made`.
    pub kind: String,
    /// What was expected.
    pub expected: String,
    /// What came.
    pub got: String,
}

impl Miss {
    pub(crate) fn new(kind: &str, expected: impl Into<String>, got: impl Into<String>) -> Self {
        Self { kind: kind.into(), expected: expected.into(), got: got.into() }
    }
}

impl Display for Miss {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "expected {}, got {}", self.expected, self.got)
    }
}

fn joined(misses: &[Miss], text: impl Fn(&Miss) -> String) -> String {
    misses.iter().map(text).collect::<Vec<_>>().join("; ")
}

/// A time as logs and metrics have it: milliseconds, to the microsecond.
pub(crate) fn milliseconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(misses: Vec<Miss>) -> Outcome {
        let (check, request) = ("read-1".into(), "GET http://alb/data/1".into());
        Outcome { check, request, status: Some(200), duration_ms: Some(1.5), misses }
    }

    #[test]
    fn all_misses_are_told() {
        let outcome = outcome(vec![Miss::new("status", "status 200", "status 404"), Miss::new("x", "a", "b")]);
        assert!(!outcome.passed());
        assert_eq!(
            outcome.to_string(),
            "read-1: GET http://alb/data/1: expected status 200, got status 404; expected a, got b"
        );
        assert_eq!((outcome.expected().as_str(), outcome.got().as_str()), ("status 200; a", "status 404; b"));
    }

    #[test]
    fn what_passed_has_no_misses() {
        let outcome = outcome(Vec::new());
        assert!(outcome.passed());
        assert_eq!(outcome.to_string(), "read-1: GET http://alb/data/1");
        let text = serde_json::to_string(&outcome).expect("JSON");
        assert_eq!(text, r#"{"check":"read-1","request":"GET http://alb/data/1","status":200,"durationMs":1.5}"#);
    }

    #[test]
    fn times_have_three_decimals() {
        assert!((milliseconds(Duration::from_nanos(1_234_567_890)) - 1234.568).abs() < 1e-9);
    }
}
