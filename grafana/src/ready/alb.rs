//! [`LoadBalancer`]: an Application Load Balancer.

use belvedere_cfn::{IntoValue, Value};

use super::parts::{Head, graph, judged, judged_down, none_wanted, number, ready, stacked};
use crate::dashboard::{Calc, CloudWatchQuery, Color, Dashboard, Override, Row, Unit, Variable};
use crate::datasource::{CloudWatch, DataSourceRef};

/// An Application Load Balancer: what it is asked, what it and its targets answer, and how its targets are.
///
/// Variables: `load_balancer`, `target_group`. Values are those that the load balancer reports each minute:
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html>.
#[derive(Clone, Debug, PartialEq)]
pub struct LoadBalancer {
    head: Head,
    cloudwatch: DataSourceRef<CloudWatch>,
    load_balancer: Option<Value<String>>,
}

ready!(LoadBalancer);

const NAMESPACE: &str = "AWS/ApplicationELB";

impl LoadBalancer {
    /// The dashboard `load-balancer`.
    #[must_use]
    pub fn new(cloudwatch: &DataSourceRef<CloudWatch>) -> Self {
        let head = Head::new("load-balancer", "Application Load Balancer");
        Self { head, cloudwatch: cloudwatch.clone(), load_balancer: None }
    }

    /// Shows this load balancer at first, by the last part of its ARN: `app/name/50dc6c495c0c9188`. By default the
    /// first one of the account.
    #[must_use]
    pub fn load_balancer(mut self, full_name: impl IntoValue<String>) -> Self {
        self.load_balancer = Some(full_name.into_value());
        self
    }

    /// Returns the dashboard.
    #[must_use]
    pub fn dashboard(&self) -> Dashboard {
        let balancers =
            Variable::dimension_values("load_balancer", &self.cloudwatch, NAMESPACE, "RequestCount", "LoadBalancer")
                .label("Load balancer")
                .description("The load balancers that had requests.");
        let balancers = match &self.load_balancer {
            Some(name) => balancers.default_value(name.clone()),
            None => balancers,
        };
        let groups =
            Variable::dimension_values("target_group", &self.cloudwatch, NAMESPACE, "HealthyHostCount", "TargetGroup")
                .dimension_filter("LoadBalancer", "$load_balancer")
                .label("Target group")
                .description("The target groups of the load balancer.")
                .multi(true)
                .include_all(true)
                .default_all();
        self.head
            .dashboard("An Application Load Balancer: requests, answers, and the health of its targets.", "aws")
            .variable(balancers)
            .variable(groups)
            .row(self.overview())
            .row(self.requests())
            .row(self.targets())
            .row(self.connections())
    }

    /// A metric of the whole load balancer.
    fn of(&self, metric: &str, statistic: &str) -> CloudWatchQuery {
        let query = self.cloudwatch.metric(NAMESPACE, metric).statistic(statistic).label(metric);
        query.dimension("LoadBalancer", "$load_balancer")
    }

    /// A metric of each target group.
    fn of_groups(&self, metric: &str, statistic: &str) -> CloudWatchQuery {
        let label = "${PROP('Dim.TargetGroup')}";
        self.of(metric, statistic).label(label).dimension("TargetGroup", "$target_group")
    }

    fn overview(&self) -> Row {
        let sum = |metric: &str, id: &str| self.of(metric, "Sum").id(id).hidden();
        Row::new("Overview")
            .panel(
                number("Requests", "Requests that the load balancer took, in the time range.", Unit::SHORT)
.calcs([Calc::SUM])
                    .query(self.of("RequestCount", "Sum")),
            )
            .panel(
                judged(
                    "Errors",
                    "Share of the requests of the time range that the targets or the load balancer itself answered with \
                     5xx.",
                    Unit::PERCENT,
                    0.1,
                    1.0,
                )
                .decimals(2)
                .query(sum("RequestCount", "requests"))
                .query(sum("HTTPCode_Target_5XX_Count", "target"))
                .query(sum("HTTPCode_ELB_5XX_Count", "own"))
                .query(
                    self.cloudwatch
                        // Of the whole range: the mean of the periods would take each for as much as any other.
                        .search("TIME_SERIES(100 * (SUM(FILL(target, 0)) + SUM(FILL(own, 0))) / SUM(requests))")
                        .id("errors")
                        .label("errors"),
                ),
            )
            .panel(
                judged(
                    "Slowest 5 %",
                    "One answer in twenty took the targets longer than this in the worst period of the time range.",
                    Unit::SECONDS,
                    0.5,
                    1.0,
                )
                .calcs([Calc::MAX])
                .query(self.of("TargetResponseTime", "p95")),
            )
            .panel(
                judged_down(
                    "Healthy targets",
                    "The fewest targets of each target group that were healthy at any time of the range.",
                    Unit::NONE,
                    1.0,
                    1.0,
                )
                .calcs([Calc::MIN])
                .query(self.of_groups("HealthyHostCount", "Minimum")),
            )
            .panel(
                none_wanted("Unhealthy targets", "The most targets that failed their health check at any time of the range.")
.calcs([Calc::MAX])
                    .query(self.of_groups("UnHealthyHostCount", "Maximum")),
            )
            .panel(
                none_wanted(
                    "Rejected connections",
                    "Connections in the time range that were refused since the load balancer had too many.",
                )
.calcs([Calc::SUM])
                .no_value("0")
                .query(self.of("RejectedConnectionCount", "Sum")),
            )
    }

    fn requests(&self) -> Row {
        let colour = |name: &str, color: Color| Override::by_regexp(format!("/{name}/")).color(color);
        let codes = ["2XX", "3XX", "4XX", "5XX"];
        let answers = stacked("Answers of the targets", "By the class of their status.", Unit::SHORT)
            .size(8, 8)
            .over(colour("2XX", Color::GREEN))
            .over(colour("3XX", Color::BLUE))
            .over(colour("4XX", Color::ORANGE))
            .over(colour("5XX", Color::RED));
        let answers = codes
            .iter()
            .fold(answers, |panel, code| panel.query(self.of(&format!("HTTPCode_Target_{code}_Count"), "Sum")));
        let own = [
            "HTTPCode_ELB_4XX_Count",
            "HTTPCode_ELB_500_Count",
            "HTTPCode_ELB_502_Count",
            "HTTPCode_ELB_503_Count",
            "HTTPCode_ELB_504_Count",
        ];
        let own = own.iter().fold(
            stacked(
                "Answers of the load balancer itself",
                "502: a target broke off. 503: there is no healthy target. 504: a target took too long.",
                Unit::SHORT,
            )
            .size(8, 8),
            |panel, metric| panel.query(self.of(metric, "Sum")),
        );
        let times = [("p50", "p50"), ("p95", "p95"), ("p99", "p99"), ("Maximum", "slowest")];
        let times = times.iter().fold(
            graph(
                "Time until the answer",
                "From the request's last byte to the target until the first byte of its answer.",
                Unit::SECONDS,
            )
            .size(8, 8),
            |panel, (statistic, label)| panel.query(self.of("TargetResponseTime", statistic).label(*label)),
        );
        Row::new("Requests").panel(answers).panel(own).panel(times)
    }

    fn targets(&self) -> Row {
        Row::new("Targets")
            .panel(
                graph(
                    "Healthy targets",
                    "The fewest healthy targets of each target group, in each period.",
                    Unit::SHORT,
                )
                .size(8, 8)
                .query(self.of_groups("HealthyHostCount", "Minimum")),
            )
            .panel(
                graph(
                    "Unhealthy targets",
                    "The most unhealthy targets of each target group, in each period.",
                    Unit::SHORT,
                )
                .size(8, 8)
                .query(self.of_groups("UnHealthyHostCount", "Maximum")),
            )
            .panel(
                graph(
                    "Failed connections to targets",
                    "Connections that could not be made: a program that does not listen, or a security group that \
                     does not let it through.",
                    Unit::SHORT,
                )
                .size(8, 8)
                .query(self.of_groups("TargetConnectionErrorCount", "Sum")),
            )
    }

    fn connections(&self) -> Row {
        Row::new("Connections and capacity")
            .panel(
                graph("Connections", "Connections that are open, and that are new in each period.", Unit::SHORT)
                    .size(8, 8)
                    .query(self.of("ActiveConnectionCount", "Sum"))
                    .query(self.of("NewConnectionCount", "Sum"))
                    .query(self.of("ClientTLSNegotiationErrorCount", "Sum")),
            )
            .panel(
                graph("Bytes", "What the load balancer passed on, in each period.", Unit::BYTES)
                    .size(8, 8)
                    .query(self.of("ProcessedBytes", "Sum")),
            )
            .panel(
                graph("Capacity units", "What is paid for, beside the hours.", Unit::SHORT)
                    .size(8, 8)
                    .query(self.of("ConsumedLCUs", "Sum")),
            )
    }
}
