//! [`Matcher`]: a test on a label of an alert.

use crate::prometheus::yaml::Yaml;
use crate::query::MatchOp;

/// A test on a label of an alert. A label that is not there counts as an empty one.
/// [Alertmanager page](https://prometheus.io/docs/alerting/latest/configuration/#matcher).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matcher {
    label: String,
    operator: MatchOp,
    value: String,
}

impl Matcher {
    /// Holds where the label is `value`.
    #[must_use]
    pub fn equal(label: impl Into<String>, value: impl Into<String>) -> Self {
        Self { label: label.into(), operator: MatchOp::Equal, value: value.into() }
    }

    /// Holds where the label is not `value`.
    #[must_use]
    pub fn not_equal(label: impl Into<String>, value: impl Into<String>) -> Self {
        Self { label: label.into(), operator: MatchOp::NotEqual, value: value.into() }
    }

    /// Holds where the whole label fits a regular expression
    /// ([RE2 syntax](https://github.com/google/re2/wiki/Syntax)).
    #[must_use]
    pub fn regex(label: impl Into<String>, pattern: impl Into<String>) -> Self {
        Self { label: label.into(), operator: MatchOp::Matches, value: pattern.into() }
    }

    /// Holds where the whole label does not fit a regular expression.
    #[must_use]
    pub fn not_regex(label: impl Into<String>, pattern: impl Into<String>) -> Self {
        Self { label: label.into(), operator: MatchOp::NotMatches, value: pattern.into() }
    }

    /// Returns the label.
    #[doc(hidden)]
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }

    /// Returns the matcher as Alertmanager takes it.
    #[doc(hidden)]
    #[must_use]
    pub fn text(&self) -> String {
        let value = self.value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        format!("{}{}\"{value}\"", self.label, self.operator)
    }

    /// Returns the matcher as Grafana takes it: `["severity", "=", "page"]`.
    pub(super) fn yaml(&self) -> Yaml {
        Yaml::texts([self.label.clone(), self.operator.to_string(), self.value.clone()])
    }
}

#[cfg(test)]
mod tests {
    use super::Matcher;

    #[test]
    fn values_are_quoted_for_alertmanager() {
        assert_eq!(Matcher::equal("severity", "page").text(), r#"severity="page""#);
        assert_eq!(Matcher::regex("path", r#"/a\d"b"#).text(), r#"path=~"/a\\d\"b""#);
    }
}
