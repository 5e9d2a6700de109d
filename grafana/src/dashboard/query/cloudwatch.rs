//! Queries to CloudWatch.

use belvedere_cfn::{Expr, IntoValue, Properties};

use super::{Query, query};
use crate::dashboard::model::path_step;
use crate::dashboard::setter::{argument, setters};
use crate::datasource::{CloudWatch, DataSourceRef};

query! {
    /// A query to CloudWatch for numbers: a metric, an expression of metric math, or Metrics Insights.
    CloudWatchQuery

    /// A query in the language of CloudWatch Logs Insights.
    CloudWatchLogsQuery
}

impl DataSourceRef<CloudWatch> {
    /// Asks for a metric, such as `AWS/Lambda` and `Errors`: its average by default, in steps that Grafana chooses, of the
    /// series that have the given dimensions and no others, in the data source's region.
    #[must_use]
    pub fn metric(&self, namespace: impl IntoValue<String>, name: impl IntoValue<String>) -> CloudWatchQuery {
        let model = metrics(0, 0)
            .with("dimensions", Properties::new())
            .with("matchExact", true)
            .with("metricName", name.into_value())
            .with("namespace", namespace.into_value())
            .with("statistic", "Average");
        CloudWatchQuery(Query::new(self, model))
    }

    /// Asks with an expression of metric math: a function such as `SEARCH(..)`, or a calculation from the ids of other
    /// queries of the panel, such as `errors / calls * 100`
    /// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html>).
    #[must_use]
    pub fn search(&self, expression: impl IntoValue<String>) -> CloudWatchQuery {
        let model = metrics(0, 1)
            .with("dimensions", Properties::new())
            .with("expression", expression.into_value())
            .with("matchExact", true)
            .with("metricName", "")
            .with("namespace", "")
            .with("statistic", "Average");
        CloudWatchQuery(Query::new(self, model))
    }

    /// Asks with the SQL of Metrics Insights, such as `SELECT AVG(Duration) FROM "AWS/Lambda" GROUP BY FunctionName`.
    #[must_use]
    pub fn insights(&self, query: impl IntoValue<String>) -> CloudWatchQuery {
        let model = metrics(1, 1).with("namespace", "").with("sqlExpression", query.into_value());
        CloudWatchQuery(Query::new(self, model))
    }

    /// Asks log groups, by ARN, in the language of Logs Insights.
    #[must_use]
    pub fn logs<G: IntoValue<String>>(
        &self,
        groups: impl IntoIterator<Item = G>,
        query: impl IntoValue<String>,
    ) -> CloudWatchLogsQuery {
        let group = |group: G| {
            let arn = group.into_value();
            let name = arn.as_str().map(|arn| {
                let arn = arn.strip_suffix(":*").unwrap_or(arn);
                arn.split_once(":log-group:").map_or(arn, |(_, name)| name).to_owned()
            });
            let name = name.map_or_else(|| arn.expr().clone(), Expr::from);
            Expr::from(Properties::new().with("arn", arn).with("name", name))
        };
        let groups: Vec<Expr> = groups.into_iter().map(group).collect();
        let model = Properties::new()
            .with("expression", query.into_value())
            .with("id", "")
            .with("logGroups", groups)
            .with("queryMode", "Logs")
            .with("region", "default");
        CloudWatchLogsQuery(Query::new(self, model))
    }
}

fn metrics(kind: i64, editor: i64) -> Properties {
    Properties::new()
        .with("id", "")
        .with("metricEditorMode", editor)
        .with("metricQueryType", kind)
        .with("queryMode", "Metrics")
        .with("region", "default")
}

impl CloudWatchQuery {
    /// Asks for the series with this dimension. The value may be `*` for all, or a variable such as `$function`.
    ///
    /// Writes `dimensions`.
    #[must_use]
    pub fn dimension(mut self, name: &str, value: impl IntoValue<String>) -> Self {
        self.put(&format!("dimensions.{}", path_step(name)), value.into_value().into_expr());
        self
    }
}

setters! { CLOUDWATCH_QUERY for [] CloudWatchQuery, "";
    /// Takes this of each period: `Average`, `Sum`, `Minimum`, `Maximum`, `SampleCount`, or a percentile such as `p99`.
    /// It is `Average` by default.
    statistic(text) = "statistic";
    /// Has a value for each of these: seconds such as `300`, a time such as `5m`, or `auto`. Grafana chooses by default.
    period(text) = "period";
    /// Asks this region. It is the data source's by default.
    region(text) = "region";
    /// Names the series, with CloudWatch's own variables: `${PROP('Dim.FunctionName')}`, `${LABEL}`.
    label(text) = "label";
    /// Asks this account, or `all` that the monitoring account may read. It is the data source's own by default.
    account(text) = "accountId";
    /// Asks for the series that have these dimensions and no others. So it is by default.
    match_exact(flag) = "matchExact";
    /// Has this id, for expressions of metric math: a lowercase letter, then letters, digits and `_`.
    id(text) = "id";
}

setters! { CLOUDWATCH_LOGS_QUERY for [] CloudWatchLogsQuery, "";
    /// Asks this region. It is the data source's by default.
    region(text) = "region";
    /// Groups by these fields, so that the answer is series over time.
    stats_groups(texts) = "statsGroups";
}
