//! [`Hint`]: what is allowed in a query but probably not meant.

use crate::finding::{Finding, Rule, Severity, Span};

use super::flow::Flow;
use super::names::{MatchOp, Names};

/// What is allowed in a query but probably not meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// What was checked: `quantile-without-le`, `rate-of-sum`, `dropped-label`, `sides-never-match`, `literal-pattern` or
    /// `experimental-function`.
    pub rule: Rule,
    /// Whether it cannot work, or only does not do what is meant.
    pub severity: Severity,
    /// What it is, lower case and without a full stop.
    pub message: String,
    /// Where.
    pub span: Span,
    /// What to write instead.
    pub fix: Option<String>,
}

impl Hint {
    pub(super) fn new(rule: &'static str, severity: Severity, span: Span, message: impl Into<String>) -> Self {
        Self { rule: Rule(rule), severity, message: message.into(), span, fix: None }
    }

    pub(super) fn fix(self, fix: impl Into<String>) -> Self {
        Self { fix: Some(fix.into()), ..self }
    }

    /// Returns the finding of a check of which this is the reason.
    #[must_use]
    pub fn finding(&self, place: impl Into<String>, text: impl Into<String>) -> Finding {
        Finding {
            rule: self.rule,
            severity: self.severity,
            place: place.into(),
            message: self.message.clone(),
            text: Some((text.into(), self.span)),
            fix: self.fix.clone(),
        }
    }
}

/// Labels that are grouped by where nothing can have them any more.
pub(super) fn dropped_labels(flow: &Flow) -> Vec<Hint> {
    let gone = flow.asked().iter().filter(|asked| {
        let selected = asked.steps.iter().any(|step| flow.selects(*step));
        let gone = asked.steps.iter().all(|step| flow.origin_at(*step, &asked.label.name).is_gone());
        asked.needed && selected && gone && !asked.label.has_variable()
    });
    let hint = |name: &str, span| {
        let message = format!("an inner aggregation or match drops the label `{name}`");
        Hint::new("dropped-label", Severity::Warning, span, message).fix(format!("keep `{name}` there too"))
    };
    gone.map(|asked| hint(&asked.label.name, asked.label.span)).collect()
}

/// Patterns that are compared as texts.
pub(super) fn literal_patterns(names: &Names) -> Vec<Hint> {
    let matchers = names.selectors.iter().flat_map(|selector| &selector.matchers);
    let literal = matchers
        .filter(|matcher| !matcher.op.is_regex() && [".*", ".+"].iter().any(|part| matcher.value.name.contains(part)));
    let hint = |matcher: &super::LabelMatcher| {
        let op = if matcher.op == MatchOp::Equal { MatchOp::Matches } else { MatchOp::NotMatches };
        let message = format!(
            "`{}` compares with the text `{}` itself, which looks like a pattern",
            matcher.op, matcher.value.name
        );
        let fix = format!("write `{op}` to match it as one");
        Hint::new("literal-pattern", Severity::Warning, matcher.value.span, message).fix(fix)
    };
    literal.map(hint).collect()
}
