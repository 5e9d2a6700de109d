//! [`ScheduleExpression`]: when a schedule acts.

use std::time::Duration;

use crate::events::{Cron, rate};
use crate::scope::Scope;

/// When a schedule acts.
/// [AWS page](https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduleExpression {
    kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Rate(Duration),
    Cron(Cron),
    At(String),
}

impl ScheduleExpression {
    /// Every so often: a whole number of minutes, at least one.
    #[must_use]
    pub const fn rate(every: Duration) -> Self {
        Self { kind: Kind::Rate(every) }
    }

    /// At points in time of the schedule's time zone.
    #[must_use]
    pub const fn cron(cron: Cron) -> Self {
        Self { kind: Kind::Cron(cron) }
    }

    /// Once, at a date and time of the schedule's time zone, such as `2027-01-01T08:00:00`.
    #[must_use]
    pub fn at(time: impl Into<String>) -> Self {
        Self { kind: Kind::At(time.into()) }
    }

    pub(super) fn render(&self, scope: &mut Scope<'_>) -> String {
        match &self.kind {
            Kind::Rate(every) => rate(*every, scope),
            Kind::Cron(cron) => {
                for complaint in cron.complaints() {
                    scope.problem(complaint);
                }
                cron.to_string()
            }
            Kind::At(time) => {
                if !is_time(time) {
                    scope.problem(format!("a date and time looks like `2027-01-01T08:00:00`, got `{time}`"));
                }
                format!("at({time})")
            }
        }
    }
}

/// Returns whether the text is a date that calendars have, and a time.
fn is_time(text: &str) -> bool {
    const DAYS: [u32; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let pattern = "dddd-dd-ddTdd:dd:dd";
    let fits = |(byte, form): (u8, u8)| if form == b'd' { byte.is_ascii_digit() } else { byte == form };
    if text.len() != pattern.len() || !text.bytes().zip(pattern.bytes()).all(fits) {
        return false;
    }
    let number = |from: usize, to: usize| text[from..to].parse::<u32>().unwrap_or(u32::MAX);
    let (year, month, day) = (number(0, 4), number(5, 7), number(8, 10));
    let (hour, minute, second) = (number(11, 13), number(14, 16), number(17, 19));
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 if leap => 29,
        1..=12 => DAYS[month as usize - 1],
        _ => return false,
    };
    (1..=days).contains(&day) && hour < 24 && minute < 60 && second < 60
}

#[cfg(test)]
mod tests {
    use super::is_time;

    #[test]
    fn a_time_is_one_that_calendars_have() {
        for time in ["2027-01-01T08:00:00", "2028-02-29T23:59:59"] {
            assert!(is_time(time), "{time}");
        }
        for time in
            ["2027-02-29T00:00:00", "2027-13-01T00:00:00", "2027-01-01T24:00:00", "2027-01-01", "2027-01-01T8:00:00Z"]
        {
            assert!(!is_time(time), "{time}");
        }
    }
}
