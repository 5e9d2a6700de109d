//! The alerts of an objective.

use std::time::Duration;

use super::burn::{Burn, FAST, SLOW};
use super::decimal::Decimal;
use super::examples::{Case, example};
use super::indicator::Sample;
use super::objective::{REQUESTS, Slo, ratio_name};
use crate::alerting::{AlertRule, NoDataState};
use crate::dashboard::Bound;
use crate::datasource::{DataSourceRef, PromQl};
use crate::prometheus::{AlertingRule, FiringAlert};

const MINUTE: Duration = Duration::from_secs(60);

impl Slo {
    /// Returns the alerts alone, which [`rules`](Self::rules) has too. The first should wake somebody, the second can
    /// wait.
    #[must_use]
    pub fn alerts(&self) -> Vec<AlertingRule> {
        // How long each holds, and when it is over after half an hour of errors: its longer short window later.
        let fast = (2 * MINUTE, 90 * MINUTE);
        let slow = (15 * MINUTE, 420 * MINUTE);
        let kinds = [("Fast", &FAST, fast), ("Slowly", &SLOW, slow)].into_iter().zip(&self.severities);
        let sample = self.indicator.sample();
        kinds
            .filter_map(|((how, burns, times), severity)| self.alert(how, burns, times, severity, sample.as_ref()))
            .collect()
    }

    /// Returns the alerts for a Grafana that evaluates them itself. They ask for what
    /// [`recording_rules`](Self::recording_rules) keep, which have to be where the data source looks.
    #[must_use]
    pub fn grafana_alerts(&self, prometheus: &DataSourceRef<PromQl>) -> Vec<AlertRule> {
        let how = ["fast", "slowly"];
        let alerts = self.alerts().into_iter().map(|alert| {
            // The expression gives a ratio where it is too high, which is more than 0, and nothing where all is well.
            let expression = alert.expression().as_str().unwrap_or_default();
            let how = how[usize::from(alert.alert().ends_with("Slowly"))];
            let rule = AlertRule::new(format!("slo-{}-{how}", self.name), alert.alert())
                .when(prometheus.query(expression), Bound::Above(0.0))
                .no_data(NoDataState::Ok)
                .hold_for(alert.held_for());
            let labels = alert.labels().iter();
            let rule = labels.fold(rule, |rule, (name, value)| rule.label(name.as_str(), value.clone()));
            let annotations = alert.annotations().iter();
            let rule = annotations.fold(rule, |rule, (name, text)| rule.annotation(name.as_str(), text.clone()));
            // Grafana's `$value` is a sentence about all steps.
            rule.description(self.description("{{ $values.B.Value | humanizePercentage }}"))
        });
        alerts.collect()
    }

    /// The burns that can happen: no more than all requests can fail.
    pub(super) fn possible(&self, burns: &[Burn]) -> Vec<(Burn, String, f64)> {
        let Some(budget) = self.budget() else { return Vec::new() };
        let burns = burns.iter().map(|burn| {
            let (text, number) = burn.threshold(budget, self.days);
            (*burn, text, number)
        });
        burns.filter(|(_, _, number)| *number < 1.0).collect()
    }

    fn alert(
        &self,
        how: &str,
        burns: &[Burn],
        times: (Duration, Duration),
        severity: &str,
        sample: Option<&Sample>,
    ) -> Option<AlertingRule> {
        let burns = self.possible(burns);
        let conditions = burns.iter().map(|(burn, threshold, _)| self.condition(*burn, threshold));
        let expression = conditions.collect::<Vec<_>>().join("or\n");
        let mut thresholds: Vec<f64> = burns.iter().map(|(_, _, number)| *number).collect();
        thresholds.sort_by(f64::total_cmp);
        let least = *thresholds.first()?;

        let name = format!("{}Burns{how}", alert_name(&self.name));
        let mut rule = AlertingRule::new(name, expression)
            .hold_for(times.0)
            .label("slo", self.name.as_str())
            .label("severity", severity)
            .summary(format!("{} burns its error budget {}", self.name, how.to_lowercase()))
            .description(self.description("{{ $value | humanizePercentage }}"));
        if let Some(service) = &self.service {
            rule = rule.label("service", service.as_str());
        }
        if let Some(runbook) = &self.runbook {
            rule = rule.runbook(runbook.clone());
        }
        for (name, value) in &self.labels {
            rule = rule.label(name.as_str(), value.clone());
        }
        let firing = |case: Case| FiringAlert::new().annotation("description", self.description(&case.percentage()));
        for case in Case::all(least, thresholds.get(1).copied()) {
            // Without series there are no examples, which is a finding of the objective.
            if let Some(sample) = sample {
                rule = rule.example(example(sample, case, times, self.least_requests, firing(case)));
            }
        }
        Some(rule)
    }

    /// Says of an alert what is wrong: which ratio of the requests.
    fn description(&self, ratio: &str) -> String {
        let budget = self.budget().unwrap_or(Decimal::new(0, 0)).times(Decimal::new(100, 0));
        let failing = self.indicator.failing();
        format!("{ratio} of the requests {failing}; by the objective, {budget}% may, over {} days", self.days)
    }

    fn condition(&self, burn: Burn, threshold: &str) -> String {
        let long = self.recorded(&ratio_name(burn.long));
        let short = self.recorded(&ratio_name(burn.short));
        let enough = match self.least_requests {
            0 => String::new(),
            least => {
                // Evaluated every minute, the increase over five minutes has each request in it five times.
                let requests = self.recorded(REQUESTS);
                format!("  and sum_over_time({requests}[{}]) / 5 >= {least}\n", burn.long)
            }
        };
        format!("(\n  {long} > {threshold}\n  and {short} > {threshold}\n{enough})\n")
    }
}

/// `data-processor-availability` as `DataProcessorAvailability`.
fn alert_name(name: &str) -> String {
    let mut begins = true;
    let letters = name.chars().filter_map(|letter| {
        let upper = std::mem::replace(&mut begins, letter == '-');
        (letter != '-').then(|| if upper { letter.to_ascii_uppercase() } else { letter })
    });
    letters.collect()
}

#[cfg(test)]
mod tests {
    use crate::datasource::Prometheus;
    use crate::slo::{Indicator, Slo};
    use crate::{Content, Folder, alerting};

    #[test]
    fn grafana_evaluates_the_same_alerts() {
        let mut content = Content::new("c");
        let metrics = content.add(Prometheus::new("metrics", "Metrics", "http://prometheus:9090"));
        let folder = content.add(Folder::new("slo", "Objectives"));
        let slo = Slo::new("api", 99.9, Indicator::errors_and_total("e_total", "t_total")).runbook("https://r.example");
        let group = alerting::RuleGroup::new("objectives", &folder);
        content.add(slo.grafana_alerts(&metrics).into_iter().fold(group, alerting::RuleGroup::rule));
        assert_eq!(content.problems, []);
        let rules = &content.document().alerting.rule_groups[0].rules;
        assert_eq!(rules.len(), 2);
        assert_eq!((&rules[0]["uid"], &rules[0]["title"]), (&"slo-api-fast".into(), &"ApiBurnsFast".into()));
        assert_eq!((&rules[1]["uid"], &rules[1]["for"]), (&"slo-api-slowly".into(), &"15m".into()));
        assert_eq!((&rules[0]["noDataState"], &rules[0]["labels"]["severity"]), (&"OK".into(), &"critical".into()));
        let description = rules[0]["annotations"]["description"].as_str().unwrap_or_default();
        assert!(description.starts_with("{{ $values.B.Value | humanizePercentage }} of the requests"), "{description}");
        let asked = rules[0]["data"][0]["model"]["expr"].as_str().unwrap_or_default();
        assert!(asked.contains("slo:error_ratio:rate1h{slo=\"api\"} > 14.4 * 0.001"), "{asked}");
    }
}
