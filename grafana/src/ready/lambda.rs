//! [`LambdaFunctions`]: functions of AWS Lambda.

use belvedere_cfn::{IntoValue, Value};

use super::parts::{Head, graph, judged, none_wanted, number, ready};
use crate::dashboard::{Calc, CloudWatchQuery, Dashboard, Logs, LogsOrder, Row, Unit, Variable};
use crate::datasource::{CloudWatch, DataSourceRef};

/// Functions of AWS Lambda: how often they run, fail and are refused, and how long they take.
///
/// Variables: `function`. Values are those that Lambda reports each minute:
/// <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html>.
#[derive(Clone, Debug, PartialEq)]
pub struct LambdaFunctions {
    head: Head,
    cloudwatch: DataSourceRef<CloudWatch>,
    function: Option<Value<String>>,
    log_groups: Vec<Value<String>>,
    streams: bool,
}

ready!(LambdaFunctions);

const NAMESPACE: &str = "AWS/Lambda";

impl LambdaFunctions {
    /// The dashboard `lambda-functions`.
    #[must_use]
    pub fn new(cloudwatch: &DataSourceRef<CloudWatch>) -> Self {
        let head = Head::new("lambda-functions", "Lambda functions");
        Self { head, cloudwatch: cloudwatch.clone(), function: None, log_groups: Vec::new(), streams: false }
    }

    /// Shows this function at first. By default all of the account.
    #[must_use]
    pub fn function(mut self, name: impl IntoValue<String>) -> Self {
        self.function = Some(name.into_value());
        self
    }

    /// Shows the errors in this log group, by its ARN. Several can be given. There is none by default.
    #[must_use]
    pub fn log_group(mut self, arn: impl IntoValue<String>) -> Self {
        self.log_groups.push(arn.into_value());
        self
    }

    /// Shows how far functions are behind the streams that they read: Kinesis, DynamoDB, Kafka. It does not by default,
    /// since Lambda reports it of functions with such a source alone.
    #[must_use]
    pub const fn streams(mut self) -> Self {
        self.streams = true;
        self
    }

    /// Returns the dashboard.
    #[must_use]
    pub fn dashboard(&self) -> Dashboard {
        let functions =
            Variable::dimension_values("function", &self.cloudwatch, NAMESPACE, "Invocations", "FunctionName")
                .label("Function")
                .description("The functions that ran.")
                .multi(true)
                .include_all(true);
        let functions = match &self.function {
            Some(name) => functions.default_value(name.clone()),
            None => functions.default_all(),
        };
        let dashboard = self
            .head
            .dashboard("Functions of AWS Lambda: do they run, do they fail, are they in time?", "aws")
            .variable(functions)
            .row(self.overview())
            .row(self.invocations())
            .row(self.capacity())
            .row(self.asynchronous());
        let dashboard = if self.streams { dashboard.row(self.stream_row()) } else { dashboard };
        if self.log_groups.is_empty() {
            return dashboard;
        }
        let errors = "fields @timestamp, @message | filter @message like /(?i)error|Task timed out|panicked/ | \
                      sort @timestamp desc | limit 100";
        let lines = Logs::new("Errors")
            .description("Lines that tell of an error, of a timeout or of a panic.")
            .show_time(true)
            .wrap(true)
            .order(LogsOrder::NewestFirst)
            .query(self.cloudwatch.logs(self.log_groups.clone(), errors));
        dashboard.row(Row::new("Logs").panel(lines))
    }

    fn of(&self, metric: &str, statistic: &str) -> CloudWatchQuery {
        let label = "${PROP('Dim.FunctionName')}";
        self.cloudwatch
            .metric(NAMESPACE, metric)
            .statistic(statistic)
            .label(label)
            .dimension("FunctionName", "$function")
    }

    fn overview(&self) -> Row {
        Row::new("Overview")
            .panel(
                number("Invocations", "How often the functions ran, in the time range.", Unit::SHORT)
                    .calcs([Calc::SUM])
                    .query(self.of("Invocations", "Sum")),
            )
            .panel(
                none_wanted("Errors", "Runs in the time range that ended with an error, or not in time.")
                    .calcs([Calc::SUM])
                    .query(self.of("Errors", "Sum")),
            )
            .panel(
                none_wanted("Throttles", "Runs in the time range that were refused, since too many were under way.")
                    .calcs([Calc::SUM])
                    .query(self.of("Throttles", "Sum")),
            )
            .panel(
                judged(
                    "Slowest 5 %",
                    "One run in twenty took longer than this in the worst period of the time range.",
                    Unit::MILLISECONDS,
                    3000.0,
                    10_000.0,
                )
                .calcs([Calc::MAX])
                .query(self.of("Duration", "p95")),
            )
            .panel(
                number("At once", "The most runs that were under way at the same time.", Unit::SHORT)
                    .calcs([Calc::MAX])
                    .query(self.of("ConcurrentExecutions", "Maximum")),
            )
            .panel(
                none_wanted(
                    "Lost events",
                    "Asynchronous events in the time range that no run took and no destination got.",
                )
                .calcs([Calc::SUM])
                .no_value("0")
                .query(self.of("AsyncEventsDropped", "Sum")),
            )
    }

    fn invocations(&self) -> Row {
        let percentile = |statistic: &str, name: &str| {
            self.of("Duration", statistic).label(format!("${{PROP('Dim.FunctionName')}} {name}"))
        };
        Row::new("Runs")
            .panel(
                graph("Invocations", "How often each function ran, in each period.", Unit::SHORT)
                    .size(8, 8)
                    .query(self.of("Invocations", "Sum")),
            )
            .panel(
                graph("Errors", "Runs of each function that failed, in each period.", Unit::SHORT)
                    .size(8, 8)
                    .query(self.of("Errors", "Sum")),
            )
            .panel(
                graph("Duration", "How long half, 95 % and all runs of a function take at most.", Unit::MILLISECONDS)
                    .size(8, 8)
                    .query(percentile("p50", "p50"))
                    .query(percentile("p95", "p95"))
                    .query(percentile("Maximum", "slowest")),
            )
    }

    fn capacity(&self) -> Row {
        Row::new("Capacity")
            .panel(
                graph(
                    "Runs at the same time",
                    "The most runs of each function that were under way at once. An account has 1000 in a region, \
                     unless it asked for more.",
                    Unit::SHORT,
                )
                .size(8, 8)
                .query(self.of("ConcurrentExecutions", "Maximum")),
            )
            .panel(
                graph(
                    "Runs of the account",
                    "What is taken of the account's limit in the region, by runs and by what is reserved or \
                     provisioned for functions. At the limit, runs are refused.",
                    Unit::SHORT,
                )
                .size(8, 8)
                .query(
                    self.cloudwatch
                        .metric(NAMESPACE, "ClaimedAccountConcurrency")
                        .statistic("Maximum")
                        .label("claimed"),
                ),
            )
            .panel(
                graph("Throttles", "Runs of each function that were refused.", Unit::SHORT)
                    .size(8, 8)
                    .query(self.of("Throttles", "Sum")),
            )
    }

    fn stream_row(&self) -> Row {
        Row::new("Streams")
            .panel(
                graph(
                    "Behind streams",
                    "How old the last record of a batch is when a function gets it, at most. One that only grows is \
                     lost when the stream forgets it.",
                    Unit::MILLISECONDS,
                )
                .query(self.of("IteratorAge", "Maximum")),
            )
            .panel(
                graph("Behind Kafka", "How many records there are that a function has not had, at most.", Unit::SHORT)
                    .query(self.of("OffsetLag", "Maximum")),
            )
    }

    fn asynchronous(&self) -> Row {
        Row::new("Asynchronous events")
            .panel(
                graph(
                    "Age",
                    "How long events waited before a run took them, at most. Retries wait longer.",
                    Unit::MILLISECONDS,
                )
                .query(self.of("AsyncEventAge", "Maximum")),
            )
            .panel(
                graph(
                    "Lost events",
                    "Events that were given up, and that could not be brought to a dead-letter queue or a \
                     destination.",
                    Unit::SHORT,
                )
                .query(self.of("AsyncEventsDropped", "Sum").label("dropped"))
                .query(self.of("DeadLetterErrors", "Sum").label("dead-letter queue failed"))
                .query(self.of("DestinationDeliveryFailures", "Sum").label("destination failed")),
            )
            .collapsed()
    }
}
