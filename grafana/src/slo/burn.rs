//! How fast an error budget may burn before somebody is told.

use super::decimal::Decimal;

/// The days that the workbook's burn rates are for.
const BASE_DAYS: i128 = 30;

pub(super) const FIVE_MINUTES: &str = "5m";

/// The windows over which the ratio of errors is recorded, beside the objective's own.
pub(super) const WINDOWS: [&str; 7] = [FIVE_MINUTES, "30m", "1h", "2h", "6h", "1d", "3d"];

/// The budget burns this many times as fast as it may, over a long window, and still does, over a short one.
///
/// [Table 5-8 of the workbook](https://sre.google/workbook/alerting-on-slos/): of a budget for 30 days, 2 % are gone in
/// an hour, 5 % in six hours, 10 % in a day, and 10 % in three days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Burn {
    rate: Decimal,
    pub(super) long: &'static str,
    pub(super) short: &'static str,
}

/// Burns that somebody is woken for.
pub(super) const FAST: [Burn; 2] = [
    Burn { rate: Decimal::new(144, 1), long: "1h", short: FIVE_MINUTES },
    Burn { rate: Decimal::new(6, 0), long: "6h", short: "30m" },
];

/// Burns that somebody should look at in working hours.
pub(super) const SLOW: [Burn; 2] = [
    Burn { rate: Decimal::new(3, 0), long: "1d", short: "2h" },
    Burn { rate: Decimal::new(1, 0), long: "3d", short: "6h" },
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
        for (burn, hours, part) in
            [(FAST[0], 1.0, 0.02), (FAST[1], 6.0, 0.05), (SLOW[0], 24.0, 0.1), (SLOW[1], 72.0, 0.1)]
        {
            for days in [7, 28, 30, 90] {
                let rate = burn.threshold(Decimal::new(1, 0), days).1;
                let windows = f64::from(days) * 24.0 / hours;
                assert!((rate / windows - part).abs() < 1e-9, "{burn:?} {days}");
            }
        }
    }
}
