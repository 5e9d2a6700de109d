//! [`SloDashboard`]: what is left of error budgets.

use super::parts::{Head, alerts, graph, limit, ready};
use crate::dashboard::{
    Color, Dashboard, Gauge, Override, PromQuery, Row, Scale, Stat, StatGraph, Thresholds, ThresholdsStyle, Unit,
};
use crate::datasource::{DataSourceRef, PromQl};
use crate::slo::SloQueries;

/// Objectives: what is left of their error budgets, and how fast it is being used up.
///
/// It has a row for each objective, and asks for what the objective's recording rules keep.
#[derive(Clone, Debug, PartialEq)]
pub struct SloDashboard {
    head: Head,
    prometheus: DataSourceRef<PromQl>,
    objectives: Vec<SloQueries>,
}

ready!(SloDashboard);

impl SloDashboard {
    /// The dashboard `objectives`, without any yet.
    #[must_use]
    pub fn new(prometheus: &DataSourceRef<PromQl>) -> Self {
        Self { head: Head::new("objectives", "Objectives"), prometheus: prometheus.clone(), objectives: Vec::new() }
    }

    /// Has a row for this objective, by what its [`queries`](crate::slo::Slo::queries) say.
    #[must_use]
    pub fn objective(mut self, queries: SloQueries) -> Self {
        self.objectives.push(queries);
        self
    }

    /// Returns the dashboard.
    #[must_use]
    pub fn dashboard(&self) -> Dashboard {
        let dashboard = self
            .head
            .dashboard(
                "What was promised, what is left of the errors that may happen, and how fast they go.",
                "objectives",
            )
            .time("now-24h", "now");
        let names: Vec<_> = self.objectives.iter().map(|objective| objective.slo.as_str()).collect();
        let chosen = format!("slo=~\"{}\"", names.join("|"));
        let dashboard = dashboard.annotation(alerts(&self.prometheus, &[&chosen]));
        self.objectives.iter().fold(dashboard, |dashboard, objective| dashboard.row(self.row(objective)))
    }

    fn query(&self, expression: impl Into<String>, legend: &str) -> PromQuery {
        let expression: String = expression.into();
        self.prometheus.query(expression).legend(legend)
    }

    fn row(&self, objective: &SloQueries) -> Row {
        let SloQueries { objective: promised, window, budget, .. } = objective;
        let left = Thresholds::absolute(Color::RED).step(0, Color::ORANGE).step(0.25, Color::GREEN);
        let kept = Thresholds::absolute(Color::RED).step(objective.promised_ratio(), Color::GREEN);
        let burn = Thresholds::absolute(Color::GREEN).step(1, Color::ORANGE).step(6, Color::RED);
        let rate = |ratio: &str| format!("{ratio} / {budget}");
        Row::new(format!("{}: {promised} % over {window}", objective.slo))
            .panel(
                Gauge::new("Error budget left")
                    .description(
                        "What is left of the errors that may happen in the window. Below zero, the promise is \
                         broken.",
                    )
                    .size(4, 5)
                    .unit(Unit::PERCENT_UNIT)
                    .decimals(1)
                    .min(0)
                    .max(1)
                    .thresholds(left.clone())
                    .query(self.query(objective.error_budget_remaining.as_str(), "left").instant()),
            )
            .panel(
                Stat::new("Kept")
                    .description("The share of the requests of the window that were good.")
                    .size(5, 5)
                    .unit(Unit::PERCENT_UNIT)
                    .decimals(3)
                    .thresholds(kept)
                    .graph_mode(StatGraph::None)
                    .query(self.query(format!("1 - {}", objective.error_ratio), "kept").instant()),
            )
            .panel(
                Stat::new("Burn rate")
                    .description(
                        "How many times faster than allowed errors happened in the last hour: at 1, the budget \
                         lasts just for the window.",
                    )
                    .size(5, 5)
                    .unit(Unit::NONE)
                    .decimals(1)
                    .thresholds(burn)
                    .query(self.query(rate(&objective.error_ratio_1h), "1 hour")),
            )
            .panel(
                Stat::new("Requests")
                    .description("Requests that count for the objective, per second.")
                    .size(5, 5)
                    .unit(Unit::REQUESTS_PER_SECOND)
                    .thresholds(Thresholds::absolute(Color::BLUE))
                    .query(self.query(objective.requests_per_second.as_str(), "requests")),
            )
            .panel(
                Stat::new("Promised")
                    .description("The share of the requests of the window that are to be good.")
                    .size(5, 5)
                    .unit(Unit::PERCENT_UNIT)
                    .decimals(3)
                    .thresholds(Thresholds::absolute(Color::BLUE))
                    .graph_mode(StatGraph::None)
                    .query(self.query(format!("vector(1 - {budget})"), "promised").instant()),
            )
            .panel(
                graph("Error budget", "What is left of it, over time.", Unit::PERCENT_UNIT)
                    .size(8, 8)
                    .unset("fieldConfig.defaults.min")
                    .max(1)
                    .thresholds(Thresholds::absolute(Color::TRANSPARENT).step(0, Color::TRANSPARENT))
                    .query(self.query(objective.error_budget_remaining.as_str(), "left")),
            )
            .panel(
                graph(
                    "Burn rate",
                    "How many times faster than allowed errors happen. At 14.4 for an hour, somebody is woken.",
                    Unit::NONE,
                )
                .size(8, 8)
                .scale(Scale::symlog(10, 1))
                .thresholds(Thresholds::absolute(Color::GREEN).step(1, Color::ORANGE).step(14.4, Color::RED))
                .thresholds_style(ThresholdsStyle::Dashed)
                .query(self.query(rate(&objective.error_ratio_5m), "5 minutes"))
                .query(self.query(rate(&objective.error_ratio_1h), "1 hour"))
                .query(self.query(rate(&objective.error_ratio_6h), "6 hours")),
            )
            .panel(
                graph(
                    "Errors",
                    "The share of the requests that were not good, beside that which is allowed.",
                    Unit::PERCENT_UNIT,
                )
                .size(8, 8)
                .query(self.query(objective.error_ratio_5m.as_str(), "5 minutes"))
                .query(self.query(objective.error_ratio.as_str(), &format!("whole window ({window})")))
                .query(self.query(format!("vector({budget})"), "allowed"))
                .over(limit(Override::by_name("allowed"))),
            )
    }
}
