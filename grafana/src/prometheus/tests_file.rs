//! Examples as the tests that `promtool test rules` runs.

use std::collections::BTreeMap;
use std::time::Duration;

use super::example::{Expectation, RuleExample};
use super::name::duration;
use super::rule::Rule;
use super::yaml::Yaml;

/// Returns a test for each example of a rule.
pub(super) fn tests(rule: &Rule) -> Vec<Yaml> {
    rule.examples().iter().map(|example| test(rule, example)).collect()
}

fn test(rule: &Rule, example: &RuleExample) -> Yaml {
    let series = example
        .series
        .iter()
        .map(|(series, values)| Yaml::map().with("series", series.as_str()).with("values", values.as_str()));
    // Alerts of one time are expected together: promtool compares them with all that fire then.
    let mut alerts: BTreeMap<Duration, Vec<Yaml>> = BTreeMap::new();
    let mut queries = Vec::new();
    for (at, expectation) in &example.expectations {
        match expectation {
            Expectation::Quiet => {
                alerts.entry(*at).or_default();
            }
            Expectation::Fires(alert) => {
                if let Rule::Alerting(rule) = rule {
                    let expected = Yaml::map()
                        .with("exp_labels", map(alert.all_labels(&rule.labels)))
                        .with("exp_annotations", map(alert.all_annotations(&rule.annotations)));
                    alerts.entry(*at).or_default().push(expected);
                }
            }
            Expectation::Records(value, labels) => {
                let mut all = labels.clone();
                let own =
                    rule.labels().iter().filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())));
                all.extend(own);
                queries.push(query(rule.name(), *at, *value, &all));
            }
        }
    }
    let alerts = alerts.into_iter().map(|(at, expected)| {
        Yaml::map()
            .with("eval_time", duration(at))
            .with("alertname", rule.name())
            .with("exp_alerts", Yaml::List(expected))
    });
    Yaml::map()
        .with("name", format!("{}: {}", rule.name(), example.name))
        .with("interval", duration(example.step))
        .with("input_series", Yaml::List(series.collect()))
        .with_list("alert_rule_test", alerts)
        .with_list("promql_expr_test", queries)
}

fn map(members: BTreeMap<String, String>) -> Yaml {
    Yaml::Map(members.into_iter().map(|(name, text)| (name, Yaml::text(text))).collect())
}

/// A query that gives 1 where a recorded value is as expected. promtool compares numbers bit by bit, which would make
/// `0.1 + 0.2` another number than `0.3`.
fn query(record: &str, at: Duration, value: f64, labels: &BTreeMap<String, String>) -> Yaml {
    let set: Vec<String> =
        labels.iter().map(|(name, value)| format!("{name}={}", serde_json::Value::from(value.as_str()))).collect();
    let set = if set.is_empty() { String::new() } else { format!("{{{}}}", set.join(",")) };
    let expression = if value.is_nan() {
        format!("{record}{set} != bool {record}{set}")
    } else {
        format!("abs({record}{set} - {value}) <= bool {}", 1e-9 * value.abs().max(1.0))
    };
    let sample = Yaml::map().with("labels", if set.is_empty() { "{}" } else { set.as_str() }).with("value", 1);
    Yaml::map().with("expr", expression).with("eval_time", duration(at)).with("exp_samples", Yaml::List(vec![sample]))
}
