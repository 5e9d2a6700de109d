//! The file systems and disks of a host.

use super::Ec2Host;
use super::parts::graph;
use crate::dashboard::{
    BarGaugeMode, Cell, Color, Organize, Override, PromFormat, Row, Table, Thresholds, Transformation, Unit,
    ValueTransform,
};

impl Ec2Host {
    /// What is mounted, and how full it is.
    pub(super) fn file_systems(&self) -> Row {
        let used = "1 - node_filesystem_avail_bytes{HOST, REAL} / node_filesystem_size_bytes{HOST, REAL}";
        let files = "1 - node_filesystem_files_free{HOST, REAL} / (node_filesystem_files{HOST, REAL} > 0)";
        let each = |metric: &str| {
            self.query(&format!("sum by (mountpoint, device, fstype) ({metric})")).format(PromFormat::Table).instant()
        };
        let names = Organize::new()
            .hide("Time")
            .rename("mountpoint", "Mounted at")
            .rename("device", "Device")
            .rename("fstype", "Type")
            .rename("Value #size", "Size")
            .rename("Value #free", "Available")
            .rename("Value #used", "Used")
            .order(["mountpoint", "device", "fstype", "Value #size", "Value #free", "Value #used"]);
        let full = Thresholds::absolute(Color::GREEN).step(0.8, Color::ORANGE).step(0.9, Color::RED);
        Row::new("File systems")
            .panel(
                graph("Room used", "Share of each file system that is full.", Unit::PERCENT_UNIT)
                    .size(8, 8)
                    .max(1)
                    .query(self.query(used).legend("{{mountpoint}}")),
            )
            .panel(
                graph(
                    "Files used",
                    "Share of the files that each file system can have. It can be full of files while it has room.",
                    Unit::PERCENT_UNIT,
                )
                .size(8, 8)
                .max(1)
                .query(self.query(files).legend("{{mountpoint}}")),
            )
            .panel(
                Table::new("File systems")
                    .description("What is mounted where, and how full it is now.")
                    .size(8, 8)
                    .query(each("node_filesystem_size_bytes{HOST, REAL}").ref_id("size"))
                    .query(each("node_filesystem_avail_bytes{HOST, REAL}").ref_id("free"))
                    .query(each(used).ref_id("used"))
                    .transform(Transformation::merge())
                    .transform(names)
                    .sort_by("Used", true)
                    .over(Override::by_regexp("/Size|Available/").unit(Unit::BYTES))
                    .over(
                        Override::by_name("Used")
                            .unit(Unit::PERCENT_UNIT)
                            .min(0)
                            .max(1)
                            .thresholds(full)
                            .cell(Cell::gauge(BarGaugeMode::Basic)),
                    ),
            )
    }

    /// What the disks do.
    pub(super) fn disks(&self) -> Row {
        let rate = |metric: &str| format!("rate({metric}{{HOST}}[$__rate_interval])");
        let wait = |kind: &str, done: &str| {
            format!(
                "{} / ({} > 0)",
                rate(&format!("node_disk_{kind}_time_seconds_total")),
                rate(&format!("node_disk_{done}_completed_total"))
            )
        };
        let out = || Override::by_regexp("/ written$/").value_transform(ValueTransform::NegativeY);
        Row::new("Disks")
            .panel(
                graph("Throughput", "What each disk reads (above) and writes (below).", Unit::BYTES_PER_SECOND)
                    .size(8, 8)
                    .unset("fieldConfig.defaults.min")
                    .query(self.query(&rate("node_disk_read_bytes_total")).legend("{{device}} read"))
                    .query(self.query(&rate("node_disk_written_bytes_total")).legend("{{device}} written"))
                    .over(out()),
            )
            .panel(
                graph(
                    "Operations",
                    "Reads (above) and writes (below) of each disk. EBS volumes have a limit for their sum.",
                    Unit::IO_PER_SECOND,
                )
                .size(8, 8)
                .unset("fieldConfig.defaults.min")
                .query(self.query(&rate("node_disk_reads_completed_total")).legend("{{device}} read"))
                .query(self.query(&rate("node_disk_writes_completed_total")).legend("{{device}} written"))
                .over(out()),
            )
            .panel(
                graph("Busy", "Share of the time in which each disk had something to do.", Unit::PERCENT_UNIT)
                    .size(8, 8)
                    .max(1)
                    .query(self.query(&rate("node_disk_io_time_seconds_total")).legend("{{device}}")),
            )
            .panel(
                graph(
                    "Time of an operation",
                    "How long a read or a write takes on average, waiting included.",
                    Unit::SECONDS,
                )
                .query(self.query(&wait("read", "reads")).legend("{{device}} read"))
                .query(self.query(&wait("write", "writes")).legend("{{device}} written")),
            )
            .panel(
                graph("Queue", "Operations that wait or are being done, on average.", Unit::SHORT)
                    .query(self.query(&rate("node_disk_io_time_weighted_seconds_total")).legend("{{device}}")),
            )
    }
}
