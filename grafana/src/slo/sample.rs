//! Series that a selector takes, for examples.

use std::collections::BTreeMap;

use regex::Regex;
use regex_syntax::hir::{Class, Hir, HirKind};

use crate::query::{LabelMatcher, MatchOp, Selector};

/// A series: the metric and its labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Series {
    metric: String,
    labels: BTreeMap<String, String>,
}

impl Series {
    /// Returns a series that the selector takes, where one can be found.
    pub(super) fn sample(selector: &Selector) -> Option<Self> {
        let mut labels = BTreeMap::new();
        for LabelMatcher { label, op, value } in labels_of(selector) {
            let value = match op {
                MatchOp::Equal => value.name.clone(),
                MatchOp::Matches => match_of(&value.name)?,
                // Most often it is enough not to have the label; where it is not, nothing is found below.
                MatchOp::NotEqual if value.name.is_empty() => "x".to_owned(),
                MatchOp::NotEqual | MatchOp::NotMatches => continue,
            };
            if !value.is_empty() {
                labels.entry(label.name.clone()).or_insert(value);
            }
        }
        let series = Self { metric: selector.metric.as_ref()?.name.clone(), labels };
        series.fits(selector).then_some(series)
    }

    /// Returns a series that the first selector takes and the second does not, where one can be found.
    pub(super) fn sample_outside(selector: &Selector, other: &Selector) -> Option<Self> {
        let plain = Self::sample(selector)?;
        let changed = labels_of(other).filter_map(|LabelMatcher { label, op, value }| {
            let mut series = plain.clone();
            let value = match op {
                MatchOp::Equal | MatchOp::Matches => "other".to_owned(),
                MatchOp::NotEqual => value.name.clone(),
                MatchOp::NotMatches => match_of(&value.name)?,
            };
            series.labels.insert(label.name.clone(), value);
            Some(series)
        });
        let mut candidates = std::iter::once(plain.clone()).chain(changed);
        candidates.find(|series| series.fits(selector) && !series.fits(other))
    }

    /// Returns whether the selector takes the series.
    pub(super) fn fits(&self, selector: &Selector) -> bool {
        let fits = |matcher: &LabelMatcher| {
            let value = self.labels.get(&matcher.label.name).map_or("", String::as_str);
            let asked = matcher.value.name.as_str();
            let whole = || Regex::new(&format!("^(?s:{asked})$")).is_ok_and(|pattern| pattern.is_match(value));
            match matcher.op {
                MatchOp::Equal => value == asked,
                MatchOp::NotEqual => value != asked,
                MatchOp::Matches => whole(),
                MatchOp::NotMatches => !whole(),
            }
        };
        let metric = selector.metric.as_ref().map(|metric| metric.name.as_str());
        metric == Some(&*self.metric) && labels_of(selector).all(fits)
    }
}

impl std::fmt::Display for Series {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let quoted = |value: &String| serde_json::Value::from(value.as_str()).to_string();
        let labels: Vec<String> = self.labels.iter().map(|(name, value)| format!("{name}={}", quoted(value))).collect();
        write!(formatter, "{}{{{}}}", self.metric, labels.join(","))
    }
}

/// What a selector asks of labels: `__name__` is the metric.
fn labels_of(selector: &Selector) -> impl Iterator<Item = &LabelMatcher> {
    selector.matchers.iter().filter(|matcher| matcher.label.name != "__name__")
}

/// Returns a short text that the whole pattern matches.
fn match_of(pattern: &str) -> Option<String> {
    let mut text = String::new();
    write_match(&regex_syntax::parse(pattern).ok()?, &mut text)?;
    Some(text)
}

fn write_match(pattern: &Hir, text: &mut String) -> Option<()> {
    match pattern.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => text.push_str(std::str::from_utf8(&literal.0).ok()?),
        HirKind::Class(class) => text.push(character_of(class)?),
        HirKind::Repetition(repetition) => {
            (0..repetition.min).try_for_each(|_| write_match(&repetition.sub, text))?;
        }
        HirKind::Capture(capture) => write_match(&capture.sub, text)?,
        HirKind::Concat(parts) => parts.iter().try_for_each(|part| write_match(part, text))?,
        HirKind::Alternation(parts) => write_match(parts.first()?, text)?,
    }
    Some(())
}

fn character_of(class: &Class) -> Option<char> {
    let nice = ('0'..='9').chain('a'..='z').chain('A'..='Z').chain("-_/. ".chars());
    match class {
        Class::Unicode(class) => {
            let has = |letter: &char| class.ranges().iter().any(|range| (range.start()..=range.end()).contains(letter));
            nice.into_iter().find(has).or_else(|| Some(class.ranges().first()?.start()))
        }
        Class::Bytes(class) => Some(char::from(class.ranges().first()?.start())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::promql::selector;

    fn sample(text: &str) -> Option<String> {
        Series::sample(&selector(text)?).map(|series| series.to_string())
    }

    #[test]
    fn a_series_is_found_for_a_selector() {
        for (text, series) in [
            (r#"a_total{job="x",status=~"5.."}"#, r#"a_total{job="x",status="500"}"#),
            (r#"a_total{s=~"4[0-9]{2}|5.+",t!="",u!="9",v!~"a.*"}"#, r#"a_total{s="400",t="x"}"#),
            ("a_total", "a_total{}"),
            (r#"a_total{p=~"/data/[^/]+"}"#, r#"a_total{p="/data/0"}"#),
            (r#"a_total{p=~".*"}"#, "a_total{}"),
        ] {
            assert_eq!(sample(text).as_deref(), Some(series), "{text}");
        }
        assert_eq!(sample(r#"a_total{s="1",s!="1"}"#), None, "nothing fits");
        for text in ["a[5m]", "a offset 5m", "sum(a)", r#"{job="x"}"#, "a +"] {
            assert!(selector(text).is_none(), "{text}");
        }
    }
}
