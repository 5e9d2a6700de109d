//! [`EcsService`]: a service of Amazon ECS.

use belvedere_cfn::{IntoValue, Value};

use super::parts::{Head, graph, judged, judged_down, limit, none_wanted, number, ready};
use crate::dashboard::{Calc, CloudWatchQuery, Dashboard, Override, Row, TimeSeries, Unit, ValueTransform, Variable};
use crate::datasource::{CloudWatch, DataSourceRef};

/// A service of Amazon ECS, on Fargate or on instances: its tasks, and what they use of what is reserved for them.
///
/// Variables: `cluster`, `service`. The cluster must have Container Insights:
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-metrics-ECS.html>. The numbers at the
/// top are the last ones, the graphs have the whole time range.
#[derive(Clone, Debug, PartialEq)]
pub struct EcsService {
    head: Head,
    cloudwatch: DataSourceRef<CloudWatch>,
    cluster: Option<Value<String>>,
    service: Option<Value<String>>,
    enhanced: bool,
}

ready!(EcsService);

const INSIGHTS: &str = "ECS/ContainerInsights";

impl EcsService {
    /// The dashboard `ecs-service`.
    #[must_use]
    pub fn new(cloudwatch: &DataSourceRef<CloudWatch>) -> Self {
        let head = Head::new("ecs-service", "ECS service");
        Self { head, cloudwatch: cloudwatch.clone(), cluster: None, service: None, enhanced: false }
    }

    /// Shows this cluster at first, by its name. By default the first one of the account.
    #[must_use]
    pub fn cluster(mut self, name: impl IntoValue<String>) -> Self {
        self.cluster = Some(name.into_value());
        self
    }

    /// Shows this service at first, by its name. By default the first one of the cluster.
    #[must_use]
    pub fn service(mut self, name: impl IntoValue<String>) -> Self {
        self.service = Some(name.into_value());
        self
    }

    /// Shows each container, and restarts. The cluster must have Container Insights with enhanced observability. It
    /// does not by default.
    #[must_use]
    pub fn enhanced(mut self) -> Self {
        self.enhanced = true;
        self
    }

    /// Returns the dashboard.
    #[must_use]
    pub fn dashboard(&self) -> Dashboard {
        let values = |name: &str, metric: &str, dimension: &str| {
            Variable::dimension_values(name, &self.cloudwatch, INSIGHTS, metric, dimension)
        };
        let clusters = values("cluster", "TaskCount", "ClusterName")
            .label("Cluster")
            .description("Clusters with Container Insights.");
        let clusters = match &self.cluster {
            Some(name) => clusters.default_value(name.clone()),
            None => clusters,
        };
        let services = values("service", "RunningTaskCount", "ServiceName")
            .dimension_filter("ClusterName", "$cluster")
            .label("Service")
            .description("The services of the cluster.");
        let services = match &self.service {
            Some(name) => services.default_value(name.clone()),
            None => services,
        };
        let dashboard = self
            .head
            .dashboard("A service of Amazon ECS: do its tasks run, and is what is reserved enough?", "aws")
            .variable(clusters)
            .variable(services)
            .row(self.overview())
            .row(self.resources())
            .row(self.traffic());
        if self.enhanced { dashboard.row(self.containers()) } else { dashboard }
    }

    fn of(&self, metric: &str, statistic: &str) -> CloudWatchQuery {
        self.cloudwatch
            .metric(INSIGHTS, metric)
            .statistic(statistic)
            .label(metric)
            .dimension("ClusterName", "$cluster")
            .dimension("ServiceName", "$service")
    }

    /// What ECS itself reports, without Container Insights.
    fn utilization(&self, metric: &str, statistic: &str) -> CloudWatchQuery {
        self.cloudwatch
            .metric("AWS/ECS", metric)
            .statistic(statistic)
            .dimension("ClusterName", "$cluster")
            .dimension("ServiceName", "$service")
    }

    fn overview(&self) -> Row {
        Row::new("Overview")
            .panel(
                judged_down("Running tasks", "Tasks that run.", Unit::NONE, 1.0, 1.0)
                    .query(self.of("RunningTaskCount", "Minimum")),
            )
            .panel(
                number("Desired tasks", "Tasks that should run.", Unit::NONE)
                    .query(self.of("DesiredTaskCount", "Maximum")),
            )
            .panel(
                judged(
                    "Pending tasks",
                    "Tasks that are being started. If they stay, there is no room or no image.",
                    Unit::NONE,
                    1.0,
                    5.0,
                )
                .query(self.of("PendingTaskCount", "Maximum")),
            )
            .panel(
                judged(
                    "CPU",
                    "Share of the reserved processor time that is used, on average.",
                    Unit::PERCENT,
                    75.0,
                    90.0,
                )
                .query(self.utilization("CPUUtilization", "Average").label("CPU")),
            )
            .panel(
                judged(
                    "Memory",
                    "Share of the reserved memory that is used, on average. A task with more than 100 % is killed.",
                    Unit::PERCENT,
                    75.0,
                    90.0,
                )
                .query(self.utilization("MemoryUtilization", "Average").label("memory")),
            )
            .panel(
                judged(
                    "Deployments",
                    "Deployments that are under way. One is the usual number: the last.",
                    Unit::NONE,
                    2.0,
                    3.0,
                )
                .query(self.of("DeploymentCount", "Maximum")),
            )
    }

    /// Adds what all tasks use together, by the metric and the legend. Each task reports once a minute, so that the sum of a
    /// longer period has each of them many times, which is taken out again.
    fn together(&self, panel: TimeSeries, metrics: [(&str, &str); 2]) -> TimeSeries {
        self.computed(panel, metrics, |sum| format!("{sum} * 60 / PERIOD({sum})"))
    }

    /// Adds what all tasks do in a second, of metrics that count from a task's start: the sum falls when one ends.
    fn per_second(&self, panel: TimeSeries, metrics: [(&str, &str); 2]) -> TimeSeries {
        self.computed(panel, metrics, |sum| {
            let rate = format!("RATE({sum} * 60 / PERIOD({sum}))");
            format!("IF({rate} > 0, {rate}, 0)")
        })
    }

    fn computed(
        &self,
        panel: TimeSeries,
        metrics: [(&str, &str); 2],
        expression: impl Fn(&str) -> String,
    ) -> TimeSeries {
        metrics.into_iter().fold(panel, |panel, (metric, legend)| {
            let sum = format!("{legend}_sum");
            let shown = self.cloudwatch.search(expression(&sum)).id(legend).label(legend);
            panel.query(self.of(metric, "Sum").id(sum).hidden()).query(shown)
        })
    }

    fn resources(&self) -> Row {
        Row::new("Tasks and what they use")
            .panel(
                graph("Tasks", "Tasks that run, are being started, and should run.", Unit::SHORT)
                    .size(8, 8)
                    .query(self.of("RunningTaskCount", "Average").label("running"))
                    .query(self.of("PendingTaskCount", "Average").label("pending"))
                    .query(self.of("DesiredTaskCount", "Average").label("desired"))
                    .over(limit(Override::by_name("desired"))),
            )
            .panel(
                self.together(
                    graph(
                        "CPU",
                        "Processor time that is used, in units of which 1024 are one vCPU, and what is reserved.",
                        Unit::SHORT,
                    )
                    .size(8, 8),
                    [("CpuUtilized", "used"), ("CpuReserved", "reserved")],
                )
                .over(limit(Override::by_name("reserved"))),
            )
            .panel(
                self.together(
                    graph("Memory", "Memory that is used, and what is reserved.", Unit::MEBIBYTES).size(8, 8),
                    [("MemoryUtilized", "used"), ("MemoryReserved", "reserved")],
                )
                .over(limit(Override::by_name("reserved"))),
            )
            .panel(
                graph(
                    "CPU of the busiest task",
                    "Share of the reserved processor time that the tasks use on average, and the busiest one.",
                    Unit::PERCENT,
                )
                .query(self.utilization("CPUUtilization", "Average").label("average"))
                .query(self.utilization("CPUUtilization", "Maximum").label("busiest")),
            )
            .panel(
                graph(
                    "Memory of the fullest task",
                    "Share of the reserved memory that the tasks use on average, and the fullest one.",
                    Unit::PERCENT,
                )
                .query(self.utilization("MemoryUtilization", "Average").label("average"))
                .query(self.utilization("MemoryUtilization", "Maximum").label("fullest")),
            )
    }

    fn traffic(&self) -> Row {
        let below = |name: &str| Override::by_name(name).value_transform(ValueTransform::NegativeY);
        Row::new("Network and storage")
            .panel(
                self.together(
                    graph("Network", "What the tasks receive (above) and send (below).", Unit::BYTES_PER_SECOND)
                        .size(8, 8),
                    [("NetworkRxBytes", "received"), ("NetworkTxBytes", "sent")],
                )
                .unset("fieldConfig.defaults.min")
                .over(below("sent")),
            )
            .panel(
                self.per_second(
                    graph("Storage", "What the tasks read (above) and write (below).", Unit::BYTES_PER_SECOND)
                        .size(8, 8),
                    [("StorageReadBytes", "read"), ("StorageWriteBytes", "written")],
                )
                .unset("fieldConfig.defaults.min")
                .over(below("written")),
            )
            .panel(
                graph(
                    "Ephemeral storage",
                    "Room on the tasks' own disks that is used, and what there is. Fargate alone reports it.",
                    Unit::GIGABYTES,
                )
                .size(8, 8)
                .query(self.of("EphemeralStorageUtilized", "Maximum").label("used by the fullest"))
                .query(self.of("EphemeralStorageReserved", "Maximum").label("there is")),
            )
    }

    fn containers(&self) -> Row {
        let each = |metric: &str, statistic: &str| {
            self.of(metric, statistic).dimension("ContainerName", "*").label("${PROP('Dim.ContainerName')}")
        };
        Row::new("Containers")
            .panel(
                graph(
                    "CPU by container",
                    "Share of the reserved processor time that each container uses, at most.",
                    Unit::PERCENT,
                )
                .size(8, 8)
                .query(each("ContainerCpuUtilization", "Maximum")),
            )
            .panel(
                graph(
                    "Memory by container",
                    "Share of the reserved memory that each container uses, at most.",
                    Unit::PERCENT,
                )
                .size(8, 8)
                .query(each("ContainerMemoryUtilization", "Maximum")),
            )
            .panel(
                none_wanted("Restarts", "How often containers were started again, in the time range.")
                    .size(8, 8)
                    .calcs([Calc::SUM])
                    .query(each("RestartCount", "Sum")),
            )
    }
}
