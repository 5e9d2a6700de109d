//! [`Schedule`]: when a rule runs by the clock.

use std::time::Duration;

use super::cron::Cron;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// When a rule runs by the clock, in UTC.
/// [AWS page](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule(Kind);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Rate(Duration),
    Cron(Cron),
}

impl From<Cron> for Schedule {
    fn from(cron: Cron) -> Self {
        Self::cron(cron)
    }
}

impl Schedule {
    /// Again and again, with this time in between: whole minutes, at least one.
    #[must_use]
    pub const fn rate(interval: Duration) -> Self {
        Self(Kind::Rate(interval))
    }

    /// At certain times, such as `Cron::new().minute("0").hour("4")`: every day at 4:00.
    #[must_use]
    pub const fn cron(cron: Cron) -> Self {
        Self(Kind::Cron(cron))
    }

    /// Returns the schedule as EventBridge writes it, or what is wrong with it.
    pub(super) fn render(&self) -> Result<String, Vec<String>> {
        match &self.0 {
            Kind::Rate(interval) => rate(*interval).map_err(|complaint| vec![complaint]),
            Kind::Cron(cron) => cron.render(),
        }
    }
}

/// Writes an interval in the largest unit that it is a whole number of, as the AWS CDK does.
fn rate(interval: Duration) -> Result<String, String> {
    let given = interval.as_secs();
    if given < MINUTE || !given.is_multiple_of(MINUTE) || interval.subsec_nanos() != 0 {
        return Err(format!("a rate must be whole minutes, at least 1, got {} s", interval.as_secs_f64()));
    }
    let (length, unit) = if given.is_multiple_of(DAY) {
        (DAY, "day")
    } else if given.is_multiple_of(HOUR) {
        (HOUR, "hour")
    } else {
        (MINUTE, "minute")
    };
    let count = given / length;
    Ok(format!("rate({count} {unit}{})", if count == 1 { "" } else { "s" }))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Schedule;

    fn rate(minutes: u64) -> String {
        Schedule::rate(Duration::from_secs(minutes * 60)).render().expect("the rate is sound")
    }

    #[test]
    fn a_rate_is_written_in_the_largest_unit_that_fits() {
        assert_eq!(rate(1), "rate(1 minute)");
        assert_eq!(rate(90), "rate(90 minutes)");
        assert_eq!(rate(60), "rate(1 hour)");
        assert_eq!(rate(25 * 60), "rate(25 hours)");
        assert_eq!(rate(24 * 60), "rate(1 day)");
        assert_eq!(rate(48 * 60), "rate(2 days)");
    }

    #[test]
    fn rejects_rates_that_are_not_whole_minutes() {
        assert_eq!(
            Schedule::rate(Duration::from_secs(30)).render(),
            Err(vec!["a rate must be whole minutes, at least 1, got 30 s".to_owned()])
        );
        assert!(Schedule::rate(Duration::from_secs(90)).render().is_err());
    }
}
