//! [`Schedule`]: when a rule acts by the clock.

use std::time::Duration;

use super::cron::Cron;
use crate::scope::Scope;

/// When a rule acts by the clock, in UTC.
/// [AWS page](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Rate(Duration),
    Cron(Cron),
}

impl Schedule {
    /// Every so often: a whole number of minutes, at least one.
    #[must_use]
    pub const fn rate(every: Duration) -> Self {
        Self { kind: Kind::Rate(every) }
    }

    /// At points in time.
    #[must_use]
    pub const fn cron(cron: Cron) -> Self {
        Self { kind: Kind::Cron(cron) }
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
        }
    }
}

/// Returns a rate as EventBridge writes it, in the largest unit that it is a whole number of, and reports one that is not
/// a whole number of minutes.
pub(crate) fn rate(every: Duration, scope: &mut Scope<'_>) -> String {
    const MINUTE: u64 = 60;
    const HOUR: u64 = 60 * MINUTE;
    const DAY: u64 = 24 * HOUR;
    let given = every.as_secs();
    if given == 0 || !given.is_multiple_of(MINUTE) || every.subsec_nanos() != 0 {
        scope.problem(format!("a rate is a whole number of minutes, at least one, got {} s", every.as_secs_f64()));
    }
    let (count, unit) = match given {
        _ if given >= DAY && given.is_multiple_of(DAY) => (given / DAY, "day"),
        _ if given >= HOUR && given.is_multiple_of(HOUR) => (given / HOUR, "hour"),
        _ => (given / MINUTE, "minute"),
    };
    // The service refuses `1 minutes` and `5 minute`.
    format!("rate({count} {unit}{})", if count == 1 { "" } else { "s" })
}
