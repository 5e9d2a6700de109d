//! [`MuteTiming`]: times at which nobody is notified.

use belvedere_cfn::{Expr, Properties};

use super::time_period::TimePeriod;
use crate::content::{Content, Part};
use crate::datasource::name_complaint;

/// Times at which a policy holds its notifications back. Rules are evaluated all the same.
/// [Grafana page](https://grafana.com/docs/grafana/latest/alerting/configure-notifications/mute-timings/).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MuteTiming {
    name: String,
    periods: Vec<TimePeriod>,
    location: Option<String>,
}

/// A mute timing of a content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MuteTimingRef {
    pub(super) name: String,
    pub(super) existing: bool,
}

impl MuteTiming {
    /// Begins with one period. The name tells mute timings apart.
    #[must_use]
    pub fn new(name: impl Into<String>, period: TimePeriod) -> Self {
        Self { name: name.into(), periods: vec![period], location: None }
    }

    /// Adds another period: the timing is the time that is in any of them.
    #[must_use]
    pub fn period(mut self, period: TimePeriod) -> Self {
        self.periods.push(period);
        self
    }

    /// The place whose clocks count, by its name in the [time zone database](https://www.iana.org/time-zones), such as
    /// `Europe/Berlin`. UTC by default.
    #[must_use]
    pub fn location(mut self, name: impl Into<String>) -> Self {
        self.location = Some(name.into());
        self
    }

    /// Returns the `MuteTimeInterval`.
    pub(super) fn expr(&self) -> Expr {
        let period = |period: &TimePeriod| period.yaml().with_some("location", self.location.clone()).expr();
        let periods = self.periods.iter().map(period).collect();
        Properties::new().with("name", self.name.clone()).with("time_intervals", Expr::List(periods)).into()
    }
}

impl MuteTimingRef {
    /// A mute timing that is in the Grafana already and that this content does not make.
    #[must_use]
    pub fn existing(name: impl Into<String>) -> Self {
        Self { name: name.into(), existing: true }
    }

    /// Returns the name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Part for MuteTiming {
    type Ref = MuteTimingRef;

    fn add_to(self, content: &mut Content) -> MuteTimingRef {
        let place = format!("mute timing `{}`", self.name);
        let mut found = Vec::new();
        if let Some(complaint) = name_complaint("a mute timing's name", &self.name) {
            found.push(super::problem("name", &place, complaint, "give the mute timing another name"));
        }
        if let Some(location) = &self.location {
            let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"/_+-".contains(&byte);
            if location.is_empty() || !location.bytes().all(legal) {
                let message = format!("a location is a name such as `Europe/Berlin`, got `{location}`");
                found.push(super::problem("alert-route", &place, message, "write it as the time zone database does"));
            }
        }
        if content.alerting.mute_timings.iter().any(|other| other.name == self.name) {
            let message = "another mute timing has this name";
            found.push(super::problem("duplicate", &place, message, "give one of the two another name"));
        }
        content.problems.append(&mut found);
        content.origins.put(place);
        let added = MuteTimingRef { name: self.name.clone(), existing: false };
        content.alerting.mute_timings.push(self);
        added
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::alerting::Weekday;

    #[test]
    fn a_mute_timing_is_periods_that_come_again() {
        let mut content = Content::new("test");
        let nights = TimePeriod::new().between("22:00", "24:00").between("00:00", "06:00");
        let weekends = TimePeriod::new()
            .weekdays(Weekday::Saturday..=Weekday::Saturday)
            .weekdays(Weekday::Sunday..=Weekday::Sunday)
            .days_of_month(-3..=-1)
            .months(1..=12)
            .years(2026..=2030);
        content.add(MuteTiming::new("quiet", nights).period(weekends).location("Europe/Berlin"));
        assert_eq!(content.problems, []);
        assert_eq!(
            content.document().alerting.mute_timings,
            [json!({
                "name": "quiet",
                "time_intervals": [
                    {
                        "location": "Europe/Berlin",
                        "times": [
                            { "start_time": "22:00", "end_time": "24:00" },
                            { "start_time": "00:00", "end_time": "06:00" },
                        ],
                    },
                    {
                        "location": "Europe/Berlin",
                        "weekdays": ["saturday", "sunday"],
                        "days_of_month": ["-3:-1"],
                        "months": ["1:12"],
                        "years": ["2026:2030"],
                    },
                ],
            })]
        );
    }

    #[test]
    fn periods_that_are_none_are_found() {
        let mut content = Content::new("test");
        let wrong = TimePeriod::new()
            .between("22:00", "06:00")
            .between("8:00", "25:00")
            .weekdays(Weekday::Saturday..=Weekday::Sunday)
            .days_of_month(0..=5)
            .months(0..=13);
        content.add(MuteTiming::new("wrong", wrong).location("in Berlin"));
        let found = content.check();
        assert_eq!(found.len(), 6, "{found:?}");
        assert!(found[1].message.contains("split it at 24:00"), "{found:?}");
        content.add(MuteTiming::new("wrong", TimePeriod::new()));
        assert!(content.check().iter().any(|finding| finding.rule.0 == "duplicate"));
    }
}
