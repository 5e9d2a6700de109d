//! [`grouped`]: many warnings that say one thing, as one that a person reads.

use std::collections::BTreeMap;

use super::rules;
use super::source::listed;
use crate::finding::{Finding, Rule, Severity};

/// How the parts of a dashboard begin in a place.
const PARTS: [&str; 4] = [", panel", ", row", ", variable", ", annotation"];

/// Puts warnings of one dashboard together that say the same of several of its parts, or that name metrics of one program
/// that is not declared. Problems, and what is said once, stay as they are. The order is that of the first of each.
///
/// For people. What a program reads is each finding by itself.
#[must_use]
pub fn grouped(findings: impl IntoIterator<Item = Finding>) -> Vec<Finding> {
    let mut groups: Vec<Group> = Vec::new();
    let mut known: BTreeMap<(Rule, String, String), usize> = BTreeMap::new();
    for finding in findings {
        let Some((dashboard, part)) = split(&finding.place).filter(|_| finding.severity == Severity::Warning) else {
            groups.push(Group { dashboard: String::new(), metrics: Vec::new(), parts: Vec::new(), first: finding });
            continue;
        };
        let metric = undeclared(&finding).map(str::to_owned);
        let fix = finding.fix.clone().unwrap_or_default();
        let says = if metric.is_some() { fix } else { format!("{}\n{fix}", finding.message) };
        let (dashboard, part) = (dashboard.to_owned(), part.to_owned());
        let group = *known.entry((finding.rule, dashboard.clone(), says)).or_insert_with(|| {
            groups.push(Group { dashboard, metrics: Vec::new(), parts: Vec::new(), first: finding });
            groups.len() - 1
        });
        let group = &mut groups[group];
        if !group.parts.contains(&part) {
            group.parts.push(part);
        }
        if let Some(metric) = metric.filter(|metric| !group.metrics.contains(metric)) {
            group.metrics.push(metric);
        }
    }
    groups.into_iter().map(Group::finding).collect()
}

struct Group {
    first: Finding,
    dashboard: String,
    /// The metrics that an undeclared program exports.
    metrics: Vec<String>,
    parts: Vec<String>,
}

impl Group {
    fn finding(self) -> Finding {
        let Self { first, dashboard, metrics, parts } = self;
        if parts.len() < 2 && metrics.len() < 2 {
            return first;
        }
        let count = parts.len();
        let shown = few(&parts);
        let within = if count == 1 { format!("in {shown}") } else { format!("in {count} places: {shown}") };
        let several = metrics.len() > 1;
        let message = if several {
            let metrics: Vec<_> = metrics.iter().map(|metric| format!("`{metric}`")).collect();
            format!("no program of the stack exports {}, {within}", listed(&metrics))
        } else {
            format!("{}, {within}", first.message)
        };
        // One of many texts would pass for all there is.
        let text = first.text.clone().filter(|_| !several);
        Finding { place: dashboard, message, text, ..first }
    }
}

/// The first few, and how many there are beside.
fn few(parts: &[String]) -> String {
    const FEW: usize = 4;
    let more = parts.len().saturating_sub(FEW);
    let shown = parts[..parts.len() - more].join("; ");
    if more == 0 { shown } else { format!("{shown}; and {more} more") }
}

/// The dashboard of a place, and the part of it.
fn split(place: &str) -> Option<(&str, &str)> {
    let at = PARTS.iter().filter_map(|part| place.find(part)).min()?;
    Some((&place[..at], &place[at + 2..]))
}

/// The metric that a finding is about, if a well-known program exports it that is not declared.
fn undeclared(finding: &Finding) -> Option<&str> {
    let declare = finding.fix.as_ref()?.starts_with("declare the program that exports it");
    let (text, span) = finding.text.as_ref().filter(|_| declare && finding.rule == rules::UNKNOWN_METRIC)?;
    text.get(span.start..span.end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Span;

    fn unknown(place: &str, metric: &str, fix: &str) -> Finding {
        Finding::warning(rules::UNKNOWN_METRIC, place, format!("no program of the stack exports `{metric}`"))
            .marked(format!("rate({metric}[5m])"), Span::new(5, 5 + metric.len()))
            .fix(fix)
    }

    #[test]
    fn what_is_said_often_is_said_once() {
        let node = "declare the program that exports it: `content.add(catalog::node_exporter())`";
        let panel = |number: u32| format!("dashboard `A, b`, panel `P, q` (id {number}), query A");
        let problem = Finding::problem(rules::QUERY, panel(1), "it does not parse");
        let found = vec![
            unknown(&panel(1), "node_a", node),
            problem.clone(),
            unknown(&panel(2), "node_b", node),
            unknown(&panel(2), "shop_x", "write `shop_y`"),
            unknown(&panel(3), "shop_x", "write `shop_y`"),
            problem.clone(),
            unknown("dashboard `C`, panel `P` (id 1), query A", "node_a", node),
            Finding::warning(rules::UNKNOWN_METRIC, "recording rule `r`", "m"),
            Finding::warning(rules::UNKNOWN_METRIC, "recording rule `r`", "m"),
        ];
        let shown: Vec<_> =
            grouped(found.clone()).into_iter().map(|finding| (finding.place, finding.message)).collect();
        let show = |place: &str, message: &str| (place.to_owned(), message.to_owned());
        assert_eq!(
            shown,
            [
                show(
                    "dashboard `A, b`",
                    "no program of the stack exports `node_a`, `node_b`, in 2 places: panel `P, q` (id 1), query A; panel \
                     `P, q` (id 2), query A"
                ),
                show(&panel(1), "it does not parse"),
                show(
                    "dashboard `A, b`",
                    "no program of the stack exports `shop_x`, in 2 places: panel `P, q` (id 2), query A; panel `P, q` \
                     (id 3), query A"
                ),
                show(&panel(1), "it does not parse"),
                show("dashboard `C`, panel `P` (id 1), query A", "no program of the stack exports `node_a`"),
                show("recording rule `r`", "m"),
                show("recording rule `r`", "m"),
            ]
        );
        assert_eq!(grouped(found)[0].fix.as_deref(), Some(node));
    }
}
