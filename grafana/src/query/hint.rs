//! [`Hint`]: what is allowed in a query but probably not meant.

use std::collections::BTreeSet;

use crate::finding::{Finding, Rule, Severity, Span};

use super::flow::Flow;
use super::names::{LabelMatcher, MatchOp, Named, Names};
use super::operators::{Grouping, Side};

/// What is allowed in a query but probably not meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// What was checked: `quantile-without-le`, `quantile-beyond-one`, `rate-of-sum`, `dropped-label`, `sides-never-match`, `literal-pattern` or
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
            location: None,
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
    let hint = |matcher: &LabelMatcher| {
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

/// A binary operator between series that have different labels: nothing is on both sides.
pub(super) fn never_matches(
    flow: &Flow,
    operator: &str,
    sides: [Side; 2],
    matching: Option<&Grouping>,
    span: Span,
) -> Option<Hint> {
    // These also return what is on one side alone. A variable may hold them.
    let one_sided = matches!(operator, "or" | "unless") || operator.contains(['$', '[']);
    if one_sided || sides.iter().any(|side| side.scalar) {
        return None;
    }
    let [mut left, mut right] = [flow.labels_at(sides[0].step)?, flow.labels_at(sides[1].step)?];
    if let Some(Grouping { keyword, labels }) = matching {
        if labels.iter().any(Named::has_variable) {
            return None;
        }
        let named = |label: &&str| labels.iter().any(|at| at.name == *label) == (*keyword == "on");
        left.retain(named);
        right.retain(named);
    }
    let shown = |labels: &BTreeSet<&str>| {
        let labels: Vec<_> = labels.iter().copied().collect();
        if labels.is_empty() { "no labels".to_owned() } else { format!("`{}`", labels.join("`, `")) }
    };
    (left != right).then(|| {
        let (left, right) = (shown(&left), shown(&right));
        let message = format!("no series can match: the left side has {left} and the right side {right}");
        let fix = "keep the same labels on both sides, or say with `on (…)` and `group_left` how they match";
        Hint::new("sides-never-match", Severity::Warning, span, message).fix(fix)
    })
}
