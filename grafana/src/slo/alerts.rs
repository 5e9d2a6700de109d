//! The alerts of an objective.

use std::time::Duration;

use super::burn::{Burn, FAST, SLOW};
use super::decimal::Decimal;
use super::examples::{Case, example};
use super::objective::{REQUESTS, Slo, ratio_name};
use crate::prometheus::{AlertingRule, FiringAlert};

const MINUTE: Duration = Duration::from_secs(60);

impl Slo {
    /// Returns the alerts alone, for a Grafana that evaluates them itself. They ask for what the recordings of
    /// [`rules`](Self::rules) keep. The first should wake somebody, the second can wait.
    #[must_use]
    pub fn alerts(&self) -> Vec<AlertingRule> {
        // How long each holds, and when it is over after half an hour of errors: its longer short window later.
        let fast = (2 * MINUTE, 90 * MINUTE);
        let slow = (15 * MINUTE, 420 * MINUTE);
        let kinds = [("Fast", FAST, fast), ("Slowly", SLOW, slow)].into_iter().zip(&self.severities);
        kinds.filter_map(|((how, burns, times), severity)| self.alert(how, &burns, times, severity)).collect()
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

    fn alert(&self, how: &str, burns: &[Burn], times: (Duration, Duration), severity: &str) -> Option<AlertingRule> {
        let burns = self.possible(burns);
        let conditions = burns.iter().map(|(burn, threshold, _)| self.condition(*burn, threshold));
        let expression = conditions.collect::<Vec<_>>().join("or\n");
        let mut thresholds: Vec<f64> = burns.iter().map(|(_, _, number)| *number).collect();
        thresholds.sort_by(f64::total_cmp);
        let least = *thresholds.first()?;

        let failing = self.indicator.failing();
        let budget = self.budget()?.times(Decimal::new(100, 0));
        let description = |ratio: &str| {
            format!("{ratio} of the requests {failing}; by the objective, {budget}% may, over {} days", self.days)
        };
        let name = format!("{}Burns{how}", alert_name(&self.name));
        let mut rule = AlertingRule::new(name, expression)
            .hold_for(times.0)
            .label("slo", self.name.as_str())
            .label("severity", severity)
            .summary(format!("{} burns its error budget {}", self.name, how.to_lowercase()))
            .description(description("{{ $value | humanizePercentage }}"));
        if let Some(service) = &self.service {
            rule = rule.label("service", service.as_str());
        }
        if let Some(runbook) = &self.runbook {
            rule = rule.runbook(runbook.clone());
        }
        for (name, value) in &self.labels {
            rule = rule.label(name.as_str(), value.clone());
        }
        let firing = |case: Case| FiringAlert::new().annotation("description", description(&case.percentage()));
        for case in Case::all(least, thresholds.get(1).copied()) {
            let example = example(&self.indicator, case, times, self.least_requests, firing(case));
            rule = example.into_iter().fold(rule, AlertingRule::example);
        }
        Some(rule)
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
