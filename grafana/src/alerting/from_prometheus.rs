//! Rules of a Prometheus, evaluated by Grafana.

use belvedere_cfn::{Properties, Value};

use super::contact_point::derived_uid;
use super::rule::{AlertRule, NoDataState};
use crate::dashboard::Bound;
use crate::datasource::{DataSourceRef, PromQl};
use crate::prometheus::AlertingRule;

impl AlertRule {
    /// The rule of a Prometheus, evaluated by Grafana: it fires for each series that the expression gives, whatever its
    /// value, and is over when the expression gives none. So the alerts of an [`Slo`](crate::slo::Slo) can go to Grafana's
    /// contact points.
    ///
    /// Its title is the alert's name, and its id is made of that. `$value` in labels and annotations becomes
    /// `$values.A.Value`, since Grafana's own `$value` is a text with more in it.
    #[must_use]
    pub fn from_prometheus(rule: &AlertingRule, metrics: &DataSourceRef<PromQl>) -> Self {
        let mut made = Self::new(derived_uid(rule.alert(), "alert"), rule.alert())
            .hold_for(rule.held_for())
            .keep_firing_for(rule.kept_firing_for())
            .no_data(NoDataState::Ok);
        let asked = made.data.add_instant(&metrics.query(rule.expression()).into());
        // 1 for every value that there is, as Prometheus fires for 0 too.
        let there = format!("is_number(${{{asked}}}) || is_nan(${{{asked}}}) || is_inf(${{{asked}}})");
        let there = made.data.add_expression("math", Properties::new().with("expression", there));
        let beyond = made.threshold(there, Bound::Above(0.0), None);
        made = made.condition(beyond);
        for (name, text) in rule.labels() {
            made = made.label(name, translated(text));
        }
        for (name, text) in rule.annotations() {
            made = made.annotation(name, translated(text));
        }
        made
    }
}

/// Writes Prometheus' `$value` as Grafana has it.
fn translated(text: &Value<String>) -> Value<String> {
    let Some(literal) = text.as_str() else { return text.clone() };
    let mut written = String::new();
    let mut rest = literal;
    while let Some((before, after)) = rest.split_once("$value") {
        let longer = after.starts_with(|next: char| next.is_ascii_alphanumeric() || next == '_');
        written.push_str(before);
        written.push_str(if longer { "$value" } else { "$values.A.Value" });
        rest = after;
    }
    written.push_str(rest);
    Value::from(written)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;
    use crate::alerting::RuleGroup;
    use crate::datasource::Prometheus;
    use crate::slo::{Indicator, Slo};
    use crate::{Content, Folder};

    #[test]
    fn a_rule_fires_for_each_series_that_there_is() {
        let mut content = Content::new("test");
        let metrics = content.add(Prometheus::new("metrics", "Metrics", "http://prometheus:9090"));
        let folder = content.add(Folder::new("shop", "Shop"));
        let rule = AlertingRule::new("InstanceDown", "up == 0")
            .hold_for(Duration::from_secs(300))
            .keep_firing_for(Duration::from_secs(60))
            .label("severity", "warning")
            .summary("{{ $labels.job }}: {{ $value }}, {{ $valued }} {{ humanize $value}}");
        content.add(RuleGroup::new("g", &folder).rule(AlertRule::from_prometheus(&rule, &metrics)));
        assert_eq!(content.problems, []);
        let made = &content.document().alerting.rule_groups[0].rules[0];
        assert_eq!((&made["uid"], &made["title"]), (&json!("instancedown-alert"), &json!("InstanceDown")));
        assert_eq!(
            (&made["for"], &made["keep_firing_for"], &made["noDataState"]),
            (&json!("5m"), &json!("1m"), &json!("OK"))
        );
        let models: Vec<_> = (0..3).map(|number| &made["data"][number]["model"]).collect();
        assert_eq!((&models[0]["expr"], &models[0]["instant"]), (&json!("up == 0"), &json!(true)));
        assert_eq!(models[1]["expression"], "is_number(${A}) || is_nan(${A}) || is_inf(${A})");
        assert_eq!((&models[2]["expression"], &made["condition"]), (&json!("B"), &json!("C")));
        assert_eq!(
            made["annotations"]["summary"],
            "{{ $labels.job }}: {{ $values.A.Value }}, {{ $valued }} {{ humanize $values.A.Value}}"
        );
    }

    #[test]
    fn alerts_of_an_objective_go_to_grafana() {
        let mut content = Content::new("test");
        let metrics = content.add(Prometheus::new("metrics", "Metrics", "http://prometheus:9090"));
        let folder = content.add(Folder::new("shop", "Shop"));
        let indicator = Indicator::errors_and_total("http_errors_total", "http_requests_total");
        let slo = Slo::new("shop-availability", 99.9, indicator).runbook("https://runbooks.example.com/slo");
        let alerts = slo.alerts();
        let group = RuleGroup::new("slo", &folder);
        content.add(alerts.iter().fold(group, |group, alert| group.rule(AlertRule::from_prometheus(alert, &metrics))));
        assert_eq!(content.problems, []);
        assert_eq!(content.document().alerting.rule_groups[0].rules.len(), alerts.len());
    }
}
