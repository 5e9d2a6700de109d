//! How fast an error budget may burn before somebody is told.

use super::decimal::Decimal;

/// The days that the workbook's burn rates are for.
const BASE_DAYS: i128 = 30;

/// A window over which requests are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    /// As Prometheus writes it.
    pub(super) text: &'static str,
    /// How many times five minutes it is.
    pub(super) times: u32,
}

/// The windows over which the ratio of errors is recorded, beside the objective's own.
pub(super) const WINDOWS: [Window; 7] = [FIVE_MINUTES, HALF_HOUR, HOUR, TWO_HOURS, SIX_HOURS, DAY, THREE_DAYS];

pub(super) const FIVE_MINUTES: Window = Window { text: "5m", times: 1 };
const HALF_HOUR: Window = Window { text: "30m", times: 6 };
const HOUR: Window = Window { text: "1h", times: 12 };
const TWO_HOURS: Window = Window { text: "2h", times: 24 };
const SIX_HOURS: Window = Window { text: "6h", times: 72 };
const DAY: Window = Window { text: "1d", times: 288 };
const THREE_DAYS: Window = Window { text: "3d", times: 864 };

/// The budget burns this many times as fast as it may, over a long window, and still does, over a short one.
///
/// [Table 5-8 of the workbook](https://sre.google/workbook/alerting-on-slos/): of a budget for 30 days, 2 % are gone in
/// an hour, 5 % in six hours, 10 % in a day, and 10 % in three days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Burn {
    rate: Decimal,
    pub(super) long: Window,
    pub(super) short: Window,
}

/// Burns that somebody is woken for.
pub(super) const FAST: [Burn; 2] = [
    Burn { rate: Decimal::new(144, 1), long: HOUR, short: FIVE_MINUTES },
    Burn { rate: Decimal::new(6, 0), long: SIX_HOURS, short: HALF_HOUR },
];

/// Burns that somebody should look at in working hours.
pub(super) const SLOW: [Burn; 2] = [
    Burn { rate: Decimal::new(3, 0), long: DAY, short: TWO_HOURS },
    Burn { rate: Decimal::new(1, 0), long: THREE_DAYS, short: SIX_HOURS },
];

impl Burn {
    /// The ratio of errors that is too much, as an expression and as a number, for a budget over so many days. The same
    /// part of the budget is then gone in the same time, whatever the days.
    pub(super) fn threshold(self, budget: Decimal, days: u16) -> (String, f64) {
        let scaled = self.rate.times(Decimal::new(i128::from(days), 0));
        let factor = match scaled.over_three() {
            Some(thirtieth) => thirtieth.shifted(1).to_string(),
            None => format!("{scaled} / {BASE_DAYS}"),
        };
        let number = scaled.times(budget).to_f64() / 30.0;
        (format!("{factor} * {budget}"), number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_are_those_of_the_workbook_at_30_days() {
        let budget = Decimal::new(1, 3);
        let at = |days| [FAST[0], FAST[1], SLOW[0], SLOW[1]].map(|burn| burn.threshold(budget, days).0);
        assert_eq!(at(30), ["14.4 * 0.001", "6 * 0.001", "3 * 0.001", "1 * 0.001"]);
        assert_eq!(at(28), ["13.44 * 0.001", "5.6 * 0.001", "2.8 * 0.001", "28 / 30 * 0.001"]);
        assert!((FAST[0].threshold(budget, 30).1 - 0.0144).abs() < 1e-12);
    }

    /// What the table says of each burn: the rate times the long window is that part of the budget.
    #[test]
    fn the_same_part_of_the_budget_is_gone() {
        for (burn, part) in [(FAST[0], 0.02), (FAST[1], 0.05), (SLOW[0], 0.1), (SLOW[1], 0.1)] {
            for days in [7, 28, 30, 90] {
                let rate = burn.threshold(Decimal::new(1, 0), days).1;
                let windows = f64::from(days) * 288.0 / f64::from(burn.long.times);
                assert!((rate / windows - part).abs() < 1e-9, "{burn:?} {days}");
            }
        }
    }
}
