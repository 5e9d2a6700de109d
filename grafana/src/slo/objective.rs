//! [`Slo`]: what is promised.

use std::collections::BTreeMap;
use std::time::Duration;

use belvedere_cfn::{IntoValue, Value};

use super::burn::{FAST, FIVE_MINUTES, WINDOWS};
use super::decimal::Decimal;
use super::indicator::Indicator;
use super::queries::SloQueries;
use crate::finding::{Finding, Rule};
use crate::prometheus::{RecordingRule, RuleGroup};

const MINUTE: Duration = Duration::from_secs(60);

/// What is promised: that so many of the requests are as they should be, over so many days.
///
/// It becomes a [`RuleGroup`]: with [`rules`](Self::rules), or by adding it where a group is taken.
///
/// - Every request counts the same, whenever it was: the ratio over a window is all errors by all requests.
/// - Without requests the ratios are `NaN`, which is neither above nor below anything: no alert fires.
/// - With few requests a single error is a large part of them; see [`at_least_requests`](Self::at_least_requests).
/// - The windows fill up from when the rules are first evaluated: a ratio over 30 days is one over what there is.
/// - An alert is over soon after the errors are: its short window is a twelfth of the long one.
#[derive(Clone, Debug, PartialEq)]
pub struct Slo {
    pub(super) name: String,
    pub(super) objective: f64,
    pub(super) indicator: Indicator,
    pub(super) days: u16,
    pub(super) service: Option<String>,
    pub(super) runbook: Option<Value<String>>,
    pub(super) labels: BTreeMap<String, Value<String>>,
    pub(super) severities: [String; 2],
    pub(super) least_requests: u64,
}

impl Slo {
    /// So many percent of the requests, such as 99.9, are as they should be, over 30 days. The name, of lowercase letters,
    /// digits and hyphens, is the label `slo` of all that is recorded and of the alerts.
    #[must_use]
    pub fn new(name: impl Into<String>, percent: f64, indicator: Indicator) -> Self {
        Self {
            name: name.into(),
            objective: percent,
            indicator,
            days: 30,
            service: None,
            runbook: None,
            labels: BTreeMap::new(),
            severities: ["critical".to_owned(), "warning".to_owned()],
            least_requests: 0,
        }
    }

    /// The days over which the objective holds: 7 to 90. 30 by default.
    ///
    /// The rates of burning follow: an alert always says that the same part of the budget was gone in the same time.
    #[must_use]
    pub const fn window_in_days(mut self, days: u16) -> Self {
        self.days = days;
        self
    }

    /// The service that promises it: the label `service` of all that is recorded and of the alerts. None by default.
    #[must_use]
    pub fn service(mut self, name: impl Into<String>) -> Self {
        self.service = Some(name.into());
        self
    }

    /// Where the page is that says what to do. None by default, which is a finding.
    #[must_use]
    pub fn runbook(mut self, url: impl IntoValue<String>) -> Self {
        self.runbook = Some(url.into_value());
        self
    }

    /// Adds a label to the alerts. None by default, but `slo`, `service` and `severity`.
    #[must_use]
    pub fn label(mut self, name: impl Into<String>, value: impl IntoValue<String>) -> Self {
        self.labels.insert(name.into(), value.into_value());
        self
    }

    /// The label `severity` of the alert that should wake somebody, and of the one that can wait. `critical` and
    /// `warning` by default.
    #[must_use]
    pub fn severities(mut self, fast: impl Into<String>, slow: impl Into<String>) -> Self {
        self.severities = [fast.into(), slow.into()];
        self
    }

    /// Fires only when there were so many requests in the long window of an alert (an hour or more), so that one failed
    /// request of ten at night wakes nobody. However few by default.
    #[must_use]
    pub const fn at_least_requests(mut self, requests: u64) -> Self {
        self.least_requests = requests;
        self
    }

    /// Returns the name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns all rules as one group: the recordings, then the alerts, evaluated every minute.
    #[must_use]
    pub fn rules(&self) -> RuleGroup {
        self.alerts().into_iter().fold(self.recording_rules(), RuleGroup::rule)
    }

    /// Returns the recordings alone, for where something else evaluates the alerts: see
    /// [`grafana_alerts`](Self::grafana_alerts).
    #[must_use]
    pub fn recording_rules(&self) -> RuleGroup {
        let group = RuleGroup::new(format!("slo-{}", self.name)).interval(MINUTE);
        let mut group = self.recordings().into_iter().fold(group, RuleGroup::rule);
        group.findings = self.findings();
        group
    }

    /// Returns what a dashboard asks.
    #[must_use]
    pub fn queries(&self) -> SloQueries {
        let window = format!("{}d", self.days);
        SloQueries {
            slo: self.name.clone(),
            objective: self.objective,
            error_budget_remaining: self.recorded("slo:error_budget_remaining:ratio"),
            error_ratio: self.recorded(&ratio_name(&window)),
            error_ratio_5m: self.recorded(&ratio_name(FIVE_MINUTES)),
            error_ratio_1h: self.recorded(&ratio_name("1h")),
            error_ratio_6h: self.recorded(&ratio_name("6h")),
            requests_per_second: format!("{} / 300", self.recorded(REQUESTS)),
            budget: self.budget().unwrap_or(Decimal::new(0, 0)).to_f64(),
            window,
        }
    }

    /// The part of the requests that may fail.
    pub(super) fn budget(&self) -> Option<Decimal> {
        let hundred = Decimal::new(100, 0);
        Some(hundred.minus(Decimal::from_f64(self.objective)?).shifted(2))
    }

    /// A recorded series of this objective.
    pub(super) fn recorded(&self, name: &str) -> String {
        format!("{name}{{slo=\"{}\"}}", self.name)
    }

    fn recording(&self, name: impl Into<String>, expression: String) -> RecordingRule {
        let rule = RecordingRule::new(name, expression).label("slo", self.name.as_str());
        match &self.service {
            Some(service) => rule.label("service", service.as_str()),
            None => rule,
        }
    }

    fn recordings(&self) -> Vec<RecordingRule> {
        let Some(budget) = self.budget() else { return Vec::new() };
        let (requests, errors) = (self.recorded(REQUESTS), self.recorded(ERRORS));
        let mut rules =
            vec![self.recording(REQUESTS, self.indicator.requests()), self.recording(ERRORS, self.indicator.errors())];
        rules.push(self.recording(ratio_name(FIVE_MINUTES), format!("{errors} / {requests}")));
        let window = format!("{}d", self.days);
        for text in WINDOWS[1..].iter().copied().chain([window.as_str()]) {
            let ratio = format!("sum_over_time({errors}[{text}]) / sum_over_time({requests}[{text}])");
            rules.push(self.recording(ratio_name(text), ratio));
        }
        let objective = Decimal::new(1, 0).minus(budget);
        rules.push(self.recording("slo:objective:ratio", format!("vector({objective})")));
        let remaining = format!("1 - {} / {budget}", self.recorded(&ratio_name(&window)));
        rules.push(self.recording("slo:error_budget_remaining:ratio", remaining));
        rules
    }

    fn findings(&self) -> Vec<Finding> {
        let place = format!("objective `{}`", self.name);
        let mut findings = self.indicator.findings(&place);
        let mut problem = |rule, message| findings.push(Finding::problem(Rule(rule), place.as_str(), message));
        let legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if !self.name.starts_with(|first: char| first.is_ascii_lowercase()) || !self.name.bytes().all(legal) {
            problem(
                "slo-name",
                format!(
                    "a name is a lowercase letter, then lowercase letters, digits and hyphens, got `{}`",
                    self.name
                ),
            );
        }
        let objective = self.objective;
        let usable = objective > 0.0 && objective < 100.0 && self.budget().is_some();
        if !usable {
            problem(
                "slo-objective",
                format!(
                    "an objective is more than 0 and less than 100 percent, with at most 16 digits, got {objective}"
                ),
            );
        }
        if !(7..=90).contains(&self.days) {
            problem("slo-window", format!("window_in_days must be 7 to 90, got {}", self.days));
        } else if usable && self.possible(&FAST).is_empty() {
            let message = format!(
                "at an objective of {objective} %, no alert can say that the budget burns fast: even if \
                                   all requests fail, it does not"
            );
            findings.push(
                Finding::warning(Rule("slo-objective"), place, message).fix("set a higher objective, or more days"),
            );
        }
        findings
    }
}

impl From<Slo> for RuleGroup {
    fn from(slo: Slo) -> Self {
        slo.rules()
    }
}

impl From<&Slo> for RuleGroup {
    fn from(slo: &Slo) -> Self {
        slo.rules()
    }
}

pub(super) const REQUESTS: &str = "slo:requests:increase5m";
const ERRORS: &str = "slo:errors:increase5m";

pub(super) fn ratio_name(window: &str) -> String {
    format!("slo:error_ratio:rate{window}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prometheus::RulesFile;

    fn slo(percent: f64) -> Slo {
        let total = "http_requests_total{job=\"x\"}";
        let failed = "http_requests_total{job=\"x\",status=~\"5..\"}";
        Slo::new("api-availability", percent, Indicator::errors_and_total(failed, total)).runbook("https://r.example")
    }

    fn text(slo: Slo) -> String {
        RulesFile::new().group(slo).text().expect("all is known")
    }

    #[test]
    fn an_objective_is_one_group_that_a_workspace_takes() {
        let group = slo(99.9).service("api").rules();
        assert_eq!(group.rules().len(), 14);
        assert_eq!(group.findings, []);
        let text = RulesFile::new().group(group).text().expect("all is known");
        for part in [
            "record: \"slo:error_ratio:rate30d\"\n        expr: \"sum_over_time(slo:errors:increase5m{slo=\\\"api-availability\\\"}[30d]) / ",
            "expr: \"vector(0.999)\"",
            "expr: \"1 - slo:error_ratio:rate30d{slo=\\\"api-availability\\\"} / 0.001\"",
            "- alert: ApiAvailabilityBurnsFast",
            "slo:error_ratio:rate1h{slo=\"api-availability\"} > 14.4 * 0.001\n            and slo:error_ratio:rate5m",
            "service: api",
            "runbook_url: \"https://r.example\"",
            "by the objective, 0.1% may, over 30 days",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
    }

    #[test]
    fn burns_that_cannot_happen_are_left_out() {
        let rules = text(slo(90.0));
        assert!(!rules.contains("14.4 *") && rules.contains("> 6 * 0.1\n"), "{rules}");
        let low = slo(50.0).rules();
        assert!(low.findings[0].to_string().contains("no alert can say that the budget burns fast"), "{low:?}");
        assert_eq!(low.rules().len(), 13);
    }

    proptest::proptest! {
        #[test]
        fn nothing_panics(
            name in ".*",
            percent in proptest::num::f64::ANY,
            part in "([a-z_]*([{][a-z]*=~?\"[^\"]*\"[}])?)|.*",
            total in "[a-z_]*([{][a-z]*=~?\"[^\"]*\"[}])?",
            bound in proptest::num::f64::ANY,
            days in proptest::num::u16::ANY,
            least in proptest::num::u64::ANY,
        ) {
            let indicators = [
                Indicator::errors_and_total(part.as_str(), total.as_str()),
                Indicator::good_and_total(part.as_str(), total.as_str()),
                Indicator::latency(part.as_str(), bound).bounds([0.5, bound]),
            ];
            for indicator in indicators {
                let slo = Slo::new(name.as_str(), percent, indicator).window_in_days(days).at_least_requests(least);
                let file = RulesFile::new().group(slo.service(total.as_str()));
                let found = file.check().len();
                let (text, tests) = (file.text().expect("all is known"), file.tests_file("rules.yaml"));
                proptest::prop_assert!(!text.is_empty() && tests.is_ok() && found < 1_000);
            }
        }
    }

    #[test]
    fn few_requests_can_be_let_pass() {
        let rules = text(slo(99.9).at_least_requests(100));
        assert!(
            rules.contains("and sum_over_time(slo:requests:increase5m{slo=\"api-availability\"}[1h]) / 5 >= 100"),
            "{rules}"
        );
    }

    #[test]
    fn what_is_wrong_is_found_at_once() {
        let slo = Slo::new("Api", 100.0, Indicator::errors_and_total("sum(a)", "b_total")).window_in_days(1);
        let found: Vec<String> = slo.rules().findings.iter().map(ToString::to_string).collect();
        for part in ["function", "got `Api`", "got 100 [", "7 to 90, got 1"] {
            assert!(found.iter().any(|finding| finding.contains(part)), "{part}: {found:?}");
        }
    }
}
