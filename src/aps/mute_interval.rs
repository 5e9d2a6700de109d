//! [`MuteInterval`]: times at which nobody is notified.

use belvedere_grafana::alerting::TimePeriod;
use belvedere_grafana::prometheus::yaml::Yaml;

use crate::scope::Scope;

/// Times at which a route holds its notifications back.
/// [Alertmanager page](https://prometheus.io/docs/alerting/latest/configuration/#time_interval).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MuteInterval {
    name: String,
    periods: Vec<TimePeriod>,
}

impl MuteInterval {
    /// Begins with one period. The name tells intervals apart.
    #[must_use]
    pub fn new(name: impl Into<String>, period: TimePeriod) -> Self {
        Self { name: name.into(), periods: vec![period] }
    }

    /// Adds another period: the interval is the time that is in any of them.
    #[must_use]
    pub fn period(mut self, period: TimePeriod) -> Self {
        self.periods.push(period);
        self
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn report(&self, scope: &mut Scope<'_>) {
        if self.name.trim().is_empty() {
            scope.problem("a mute interval needs a name");
        }
        for complaint in self.periods.iter().flat_map(TimePeriod::complaints) {
            scope.problem(format!("mute interval `{}`: {complaint}", self.name));
        }
    }

    pub(super) fn yaml(&self) -> Yaml {
        let periods = self.periods.iter().map(TimePeriod::yaml).collect();
        Yaml::map().with("name", self.name.clone()).with("time_intervals", Yaml::List(periods))
    }
}
