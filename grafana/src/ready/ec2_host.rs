//! [`Ec2Host`]: what a host's node exporter tells.

use super::job::{Job, of_job};
use super::parts::{Head, alerts, graph, judged, limit, none_wanted, number, ready, stacked, starts};
use crate::dashboard::{
    Color, Dashboard, Legend, Mapping, Organize, Override, PromFormat, PromQuery, Row, StatGraph, Table, Unit,
    ValueTransform, Variable, VariableSort,
};
use crate::datasource::{DataSourceRef, PromQl};

/// A host with a node exporter, such as an EC2 instance: processors, memory, file systems, disks, network, services.
///
/// Variables: `job`, `instance`.
#[derive(Clone, Debug, PartialEq)]
pub struct Ec2Host {
    head: Head,
    job: Job,
    systemd: bool,
}

ready!(Ec2Host);
of_job!(Ec2Host);

/// What keeps to the chosen host.
const HOST: &str = "job=\"$job\", instance=\"$instance\"";
/// File systems that hold files, and are no memory, image or view of the kernel.
const REAL_FILE_SYSTEMS: &str = "fstype!~\"autofs|binfmt_misc|cgroup2?|configfs|debugfs|devpts|devtmpfs|fusectl|\
                                 hugetlbfs|mqueue|nsfs|proc|pstore|ramfs|rpc_pipefs|securityfs|squashfs|sysfs|tmpfs|\
                                 tracefs\"";

impl Ec2Host {
    /// The dashboard `ec2-host`.
    #[must_use]
    pub fn new(prometheus: &DataSourceRef<PromQl>) -> Self {
        let head = Head::new("ec2-host", "Host (node exporter)");
        Self { head, job: Job::new(prometheus), systemd: false }
    }

    /// Shows the units of systemd. The node exporter tells of them if it is started with `--collector.systemd`. It does
    /// not by default.
    #[must_use]
    pub fn systemd(mut self) -> Self {
        self.systemd = true;
        self
    }

    /// Returns the dashboard.
    #[must_use]
    pub fn dashboard(&self) -> Dashboard {
        let host =
            Variable::label_values("instance", &self.job.prometheus, "node_uname_info{job=\"$job\"}", "instance")
                .label("Host")
                .description("The hosts whose node exporter is scraped.")
                .sort(VariableSort::AlphabeticalAscending);
        let dashboard = self
            .head
            .dashboard("One host: is a processor, the memory, a disk or the network the bottleneck?", "host")
            .variable(self.job.variable("node_uname_info"))
            .variable(host)
            // Alerts of a job as a whole have no instance.
            .annotation(alerts(&self.job.prometheus, &["job=\"$job\", instance=~\"$instance|\""]))
            .annotation(starts(&self.job.prometheus, &format!("node_boot_time_seconds{{{HOST}}}")))
            .row(self.overview())
            .row(self.cpu())
            .row(self.memory())
            .row(self.file_systems())
            .row(self.disks())
            .row(self.network());
        let dashboard = if self.systemd { dashboard.row(self.systemd_row()) } else { dashboard };
        dashboard.row(self.kernel())
    }

    /// A query in which `HOST` keeps to the chosen host.
    pub(super) fn query(&self, expression: &str) -> PromQuery {
        self.job.prometheus.query(expression.replace("HOST", HOST).replace("REAL", REAL_FILE_SYSTEMS))
    }

    fn overview(&self) -> Row {
        let cpu = "1 - avg(rate(node_cpu_seconds_total{HOST, mode=\"idle\"}[$__rate_interval]))";
        let memory = "1 - sum(node_memory_MemAvailable_bytes{HOST}) / sum(node_memory_MemTotal_bytes{HOST})";
        let disk = "max(1 - node_filesystem_avail_bytes{HOST, REAL} / node_filesystem_size_bytes{HOST, REAL})";
        let load = "sum(node_load5{HOST}) / count(count by (cpu) (node_cpu_seconds_total{HOST}))";
        let share = || Unit::PERCENT_UNIT;
        Row::new("Overview")
            .panel(
                judged("CPU", "Share of the processors' time in which they work.", share(), 0.75, 0.9)
                    .query(self.query(cpu).legend("used")),
            )
            .panel(
                judged("Memory", "Share of the memory that programs cannot have any more.", share(), 0.8, 0.95)
                    .query(self.query(memory).legend("used")),
            )
            .panel(
                judged("Fullest file system", "The file system with the least room left.", share(), 0.8, 0.9)
                    .query(self.query(disk).legend("used")),
            )
            .panel(
                judged(
                    "Load per processor",
                    "Programs that want to run, by processor, over five minutes. More than 1 wait.",
                    Unit::SHORT,
                    1.0,
                    2.0,
                )
                .decimals(2)
                .query(self.query(load).legend("load")),
            )
            .panel(
                number("Uptime", "Time since the host was started.", Unit::DURATION_SECONDS)
                    .decimals(0)
                    .graph_mode(StatGraph::None)
                    .query(
                        self.query("sum(node_time_seconds{HOST} - node_boot_time_seconds{HOST})")
                            .legend("uptime")
                            .instant(),
                    ),
            )
            .panel(number("Processors", "How many there are.", Unit::NONE).graph_mode(StatGraph::None).query(
                self.query("count(count by (cpu) (node_cpu_seconds_total{HOST}))").legend("processors").instant(),
            ))
    }

    fn cpu(&self) -> Row {
        let modes = "sum by (mode) (rate(node_cpu_seconds_total{HOST, mode!=\"idle\"}[$__rate_interval])) / on () \
                     group_left () count(count by (cpu) (node_cpu_seconds_total{HOST}))";
        Row::new("CPU")
            .panel(
                stacked(
                    "CPU by mode",
                    "What the processors do. `steal` is time that the hypervisor gave to others, `iowait` time in \
                     which all waited for a disk.",
                    Unit::PERCENT_UNIT,
                )
                .max(1)
                .query(self.query(modes).legend("{{mode}}")),
            )
            .panel(
                graph(
                    "Load",
                    "Programs that run, want to run or wait for a disk, beside the number of processors.",
                    Unit::SHORT,
                )
                .query(self.query("node_load1{HOST}").legend("1 minute"))
                .query(self.query("node_load5{HOST}").legend("5 minutes"))
                .query(self.query("node_load15{HOST}").legend("15 minutes"))
                .query(self.query("count(count by (cpu) (node_cpu_seconds_total{HOST}))").legend("processors"))
                .over(limit(Override::by_name("processors"))),
            )
    }

    fn memory(&self) -> Row {
        let used = "node_memory_MemTotal_bytes{HOST} - node_memory_MemFree_bytes{HOST} - \
                    node_memory_Buffers_bytes{HOST} - node_memory_Cached_bytes{HOST} - \
                    node_memory_SReclaimable_bytes{HOST}";
        let cache = "node_memory_Cached_bytes{HOST} + node_memory_SReclaimable_bytes{HOST}";
        let swap = "node_memory_SwapTotal_bytes{HOST} - node_memory_SwapFree_bytes{HOST}";
        Row::new("Memory")
            .panel(
                stacked(
                    "Memory",
                    "Where the memory is. Cache and buffers are given back when programs need it.",
                    Unit::BYTES,
                )
                .size(8, 8)
                .query(self.query(used).legend("programs"))
                .query(self.query("node_memory_Buffers_bytes{HOST}").legend("buffers"))
                .query(self.query(cache).legend("cache"))
                .query(self.query("node_memory_MemFree_bytes{HOST}").legend("free"))
                .over(Override::by_name("free").color(Color::from("super-light-green"))),
            )
            .panel(
                graph("Swap", "Memory that is on disk.", Unit::BYTES)
                    .size(8, 8)
                    .query(self.query(swap).legend("used"))
                    .query(self.query("node_memory_SwapTotal_bytes{HOST}").legend("there is")),
            )
            .panel(
                graph(
                    "Pages from disk",
                    "Pages of memory that had to be read from disk, and that were swapped. Many of them are a host \
                     with too little memory.",
                    Unit::OPS_PER_SECOND,
                )
                .size(8, 8)
                .query(self.query("rate(node_vmstat_pgmajfault{HOST}[$__rate_interval])").legend("major faults"))
                .query(self.query("rate(node_vmstat_pswpin{HOST}[$__rate_interval])").legend("swapped in"))
                .query(self.query("rate(node_vmstat_pswpout{HOST}[$__rate_interval])").legend("swapped out")),
            )
    }

    fn network(&self) -> Row {
        let rate = |direction: &str, what: &str| {
            self.query(&format!(
                "rate(node_network_{direction}_{what}_total{{HOST, device!=\"lo\"}}[$__rate_interval])"
            ))
        };
        let sent = || Override::by_regexp("/ sent$/").value_transform(ValueTransform::NegativeY);
        Row::new("Network")
            .panel(
                graph("Traffic", "What each interface receives (above) and sends (below).", Unit::BYTES_PER_SECOND)
                    .size(8, 8)
                    .unset("fieldConfig.defaults.min")
                    .query(rate("receive", "bytes").legend("{{device}} received"))
                    .query(rate("transmit", "bytes").legend("{{device}} sent"))
                    .over(sent()),
            )
            .panel(
                graph(
                    "Packets lost",
                    "Packets of each interface that were dropped or broken. There should be none.",
                    Unit::PACKETS_PER_SECOND,
                )
                .size(8, 8)
                .query(rate("receive", "drop").legend("{{device}} received, dropped"))
                .query(rate("receive", "errs").legend("{{device}} received, broken"))
                .query(rate("transmit", "drop").legend("{{device}} sent, dropped"))
                .query(rate("transmit", "errs").legend("{{device}} sent, broken")),
            )
            .panel(
                graph("TCP connections", "Connections that are open, and that wait for their end.", Unit::SHORT)
                    .size(8, 8)
                    .query(self.query("node_netstat_Tcp_CurrEstab{HOST}").legend("open"))
                    .query(self.query("node_sockstat_TCP_tw{HOST}").legend("waiting for the end"))
                    .query(self.query("node_sockstat_TCP_orphan{HOST}").legend("without a program")),
            )
            .panel(
                graph(
                    "TCP segments sent again",
                    "Share of the segments that had to be sent again: a network that loses packets.",
                    Unit::PERCENT_UNIT,
                )
                .size(24, 6)
                .legend(Legend::list())
                .query(
                    self.query(
                        "rate(node_netstat_Tcp_RetransSegs{HOST}[$__rate_interval]) / \
                         (rate(node_netstat_Tcp_OutSegs{HOST}[$__rate_interval]) > 0)",
                    )
                    .legend("sent again"),
                ),
            )
    }

    fn systemd_row(&self) -> Row {
        let failed = "node_systemd_unit_state{HOST, state=\"failed\"} == 1";
        let names = Organize::new().hide("Time").hide("Value").rename("name", "Unit").rename("type", "Type");
        Row::new("Services")
            .panel(
                none_wanted("Failed units", "Units of systemd that have failed.")
                    .size(6, 8)
                    .query(self.query("sum(node_systemd_units{HOST, state=\"failed\"})").legend("failed")),
            )
            .panel(
                graph("Units by state", "How many units of systemd are in which state.", Unit::SHORT)
                    .size(9, 8)
                    .query(self.query("node_systemd_units{HOST}").legend("{{state}}")),
            )
            .panel(
                Table::new("Failed units")
                    .description("The units of systemd that have failed. Nothing here is good.")
                    .size(9, 8)
                    .no_value("None")
                    .query(self.query(&format!("sum by (name, type) ({failed})")).format(PromFormat::Table).instant())
                    .transform(names),
            )
    }

    fn kernel(&self) -> Row {
        Row::new("Kernel")
            .panel(
                graph(
                    "Context switches and interrupts",
                    "How often the processors turn to something else.",
                    Unit::OPS_PER_SECOND,
                )
                .size(8, 8)
                .query(
                    self.query("rate(node_context_switches_total{HOST}[$__rate_interval])").legend("context switches"),
                )
                .query(self.query("rate(node_intr_total{HOST}[$__rate_interval])").legend("interrupts")),
            )
            .panel(
                graph(
                    "Programs that want to run",
                    "Programs that run, and that cannot go on before a disk answers.",
                    Unit::SHORT,
                )
                .size(8, 8)
                .query(self.query("node_procs_running{HOST}").legend("running"))
                .query(self.query("node_procs_blocked{HOST}").legend("blocked")),
            )
            .panel(
                graph("Open files", "Files that are open, and how many there can be.", Unit::SHORT)
                    .size(8, 8)
                    .query(self.query("node_filefd_allocated{HOST}").legend("open")),
            )
            .panel(
                graph("Clock", "By how much the clock is wrong, as its synchronization knows.", Unit::SECONDS)
                    .unset("fieldConfig.defaults.min")
                    .query(self.query("node_timex_offset_seconds{HOST}").legend("offset"))
                    .query(self.query("node_timex_maxerror_seconds{HOST}").legend("greatest error")),
            )
            .panel(
                graph("Collectors of the node exporter", "1 is a collector that works, 0 one that fails.", Unit::NONE)
                    .query(
                        self.query("min by (collector) (node_scrape_collector_success{HOST})").legend("{{collector}}"),
                    )
                    .mappings([Mapping::values([("0", "fails"), ("1", "works")])])
                    .max(1),
            )
            .collapsed()
    }
}
