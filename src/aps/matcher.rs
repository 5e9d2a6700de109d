//! [`Matcher`]: a test on a label of an alert.

use crate::scope::Scope;
use belvedere_grafana::prometheus::name::label_complaint;
use belvedere_grafana::prometheus::yaml::Yaml;

/// A test on a label of an alert. A label that is not there counts as an empty one.
/// [Alertmanager page](https://prometheus.io/docs/alerting/latest/configuration/#matcher).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matcher {
    label: String,
    operator: &'static str,
    value: String,
}

impl Matcher {
    /// Holds where the label is `value`.
    #[must_use]
    pub fn equal(label: impl Into<String>, value: impl Into<String>) -> Self {
        Self { label: label.into(), operator: "=", value: value.into() }
    }

    /// Holds where the label is not `value`.
    #[must_use]
    pub fn not_equal(label: impl Into<String>, value: impl Into<String>) -> Self {
        Self { label: label.into(), operator: "!=", value: value.into() }
    }

    /// Holds where the whole label fits a regular expression
    /// ([RE2 syntax](https://github.com/google/re2/wiki/Syntax)).
    #[must_use]
    pub fn regex(label: impl Into<String>, pattern: impl Into<String>) -> Self {
        Self { label: label.into(), operator: "=~", value: pattern.into() }
    }

    /// Holds where the whole label does not fit a regular expression.
    #[must_use]
    pub fn not_regex(label: impl Into<String>, pattern: impl Into<String>) -> Self {
        Self { label: label.into(), operator: "!~", value: pattern.into() }
    }

    pub(super) fn report(&self, scope: &mut Scope<'_>) {
        if let Some(complaint) = label_complaint(&self.label) {
            scope.problem(complaint);
        }
    }

    fn text(&self) -> String {
        let value = self.value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        format!("{}{}\"{value}\"", self.label, self.operator)
    }

    pub(super) fn list(matchers: &[Self]) -> Vec<Yaml> {
        matchers.iter().map(|matcher| Yaml::text(matcher.text())).collect()
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
