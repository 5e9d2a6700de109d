//! [`SloQueries`]: what a dashboard asks of an objective.

use super::decimal::Decimal;

/// What a dashboard asks of an objective, in PromQL. Ratios are from 0 to 1.
#[derive(Clone, Debug, PartialEq)]
pub struct SloQueries {
    /// The objective's name.
    pub slo: String,
    /// What is promised, in percent.
    pub objective: f64,
    /// The part of the requests that may fail.
    pub budget: f64,
    /// The window, such as `30d`.
    pub window: String,
    /// What is left of the error budget: 1 is all of it, less than 0 is a broken promise.
    pub error_budget_remaining: String,
    /// The ratio of errors over the window.
    pub error_ratio: String,
    /// The ratio of errors over five minutes.
    pub error_ratio_5m: String,
    /// The ratio of errors over an hour.
    pub error_ratio_1h: String,
    /// The ratio of errors over six hours.
    pub error_ratio_6h: String,
    /// The requests in a second, over five minutes.
    pub requests_per_second: String,
}

impl SloQueries {
    /// What is promised, from 0 to 1: 99.9 % is 0.999, not the 0.9990000000000001 that division makes of it.
    pub(crate) fn promised_ratio(&self) -> f64 {
        Decimal::from_f64(self.objective).map_or(self.objective / 100.0, |objective| objective.shifted(2).to_f64())
    }
}
