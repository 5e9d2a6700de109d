//! [`Metric`]: numbers over time, as CloudWatch keeps them.

use std::time::Duration;

use belvedere_cfn::{IntoValue, Value};

use crate::scope::Scope;

/// Numbers over time, as CloudWatch keeps them: those of a namespace, a name and exactly these dimensions, summed up over
/// periods of time. [AWS page](https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html).
#[derive(Clone, Debug, PartialEq)]
pub struct Metric {
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) dimensions: Vec<(String, Value<String>)>,
    pub(super) statistic: Statistic,
    pub(super) period: Duration,
}

/// How the numbers of a period become one.
/// [AWS page](https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Statistic {
    /// Their average.
    Average,
    /// Their sum.
    Sum,
    /// The least.
    Minimum,
    /// The greatest.
    Maximum,
    /// How many there are.
    SampleCount,
    /// The number that this many percent of them are not above: more than 0, less than 100.
    Percentile(f64),
    /// Another statistic by its name, such as `tm99` or `IQM`.
    Custom(String),
}

impl Metric {
    /// The metric without dimensions: its average over five minutes.
    #[must_use]
    pub fn new(namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            namespace: namespace.into(),
            name: name.into(),
            dimensions: Vec::new(),
            statistic: Statistic::Average,
            period: Duration::from_secs(300),
        }
    }

    /// Narrows the metric by a dimension, such as `FunctionName`: at most 30. None by default.
    #[must_use]
    pub fn dimension(mut self, name: impl Into<String>, value: impl IntoValue<String>) -> Self {
        self.dimensions.push((name.into(), value.into_value()));
        self
    }

    /// How the numbers of a period become one. Their average by default.
    #[must_use]
    pub fn statistic(mut self, statistic: Statistic) -> Self {
        self.statistic = statistic;
        self
    }

    /// The length of a period: 10, 20 or 30 seconds, or whole minutes. Five minutes by default.
    #[must_use]
    pub const fn period(mut self, period: Duration) -> Self {
        self.period = period;
        self
    }

    pub(super) fn report(&self, scope: &mut Scope<'_>) {
        for (what, text) in [("namespace", &self.namespace), ("name", &self.name)] {
            if !(1..=255).contains(&text.len()) {
                scope.problem(format!("a metric's {what} has 1 to 255 characters, got {}: `{text}`", text.len()));
            }
        }
        if self.dimensions.len() > 30 {
            scope.problem(format!("a metric has at most 30 dimensions, got {}", self.dimensions.len()));
        }
        for (index, (name, _)) in self.dimensions.iter().enumerate() {
            if self.dimensions[..index].iter().any(|(earlier, _)| earlier == name) {
                scope.problem(format!("a metric has each dimension once, got `{name}` twice"));
            }
        }
        let seconds = self.period.as_secs();
        let legal = matches!(seconds, 10 | 20 | 30) || seconds > 0 && seconds.is_multiple_of(60);
        if !legal || self.period.subsec_nanos() != 0 {
            scope.problem(format!(
                "a metric's period is 10, 20 or 30 s, or whole minutes, got {} s",
                self.period.as_secs_f64()
            ));
        }
        if let Statistic::Percentile(percent) = self.statistic
            && !(percent > 0.0 && percent < 100.0)
        {
            scope.problem(format!("a percentile is more than 0 and less than 100, got {percent}"));
        }
    }
}
