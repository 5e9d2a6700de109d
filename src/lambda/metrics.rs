//! The metrics that Lambda keeps of every function.
//! [AWS page](https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html).

use std::time::Duration;

use super::function_ref::FunctionRef;
use crate::cloudwatch::{Metric, Statistic};

/// The metrics that Lambda keeps of every function, over five minutes unless
/// [`Metric::period`] says otherwise.
impl FunctionRef {
    /// How often the function failed.
    #[must_use]
    pub fn metric_errors(&self) -> Metric {
        self.metric("Errors").statistic(Statistic::Sum)
    }

    /// How often the function ran.
    #[must_use]
    pub fn metric_invocations(&self) -> Metric {
        self.metric("Invocations").statistic(Statistic::Sum)
    }

    /// How often the function did not run because too many of it were running.
    #[must_use]
    pub fn metric_throttles(&self) -> Metric {
        self.metric("Throttles").statistic(Statistic::Sum)
    }

    /// How long the function ran, in milliseconds, on average.
    #[must_use]
    pub fn metric_duration(&self) -> Metric {
        self.metric("Duration")
    }

    fn metric(&self, name: &str) -> Metric {
        Metric::new("AWS/Lambda", name).dimension("FunctionName", self.function_name()).period(Duration::from_secs(300))
    }
}
