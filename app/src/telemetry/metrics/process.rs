//! Metrics of the process itself, under the names that all of Prometheus' client libraries use.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Unit;

/// Reads `/proc` at each scrape; a system without it has no such metrics.
#[derive(Debug)]
pub(crate) struct ProcessMetrics;

impl Collector for ProcessMetrics {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let Some(process) = Process::read() else { return Ok(()) };
        let mut write = |name: &str, help: &str, unit: Option<&Unit>, metric: &dyn EncodeMetric| {
            let encoder = encoder.encode_descriptor(name, help, unit, metric.metric_type())?;
            metric.encode(encoder)
        };
        let (seconds, bytes) = (Some(&Unit::Seconds), Some(&Unit::Bytes));
        let cpu = ConstCounter::new(process.cpu_seconds);
        write("process_cpu", "User and system CPU time spent", seconds, &cpu)?;
        let start = ConstGauge::new(process.start_seconds);
        write("process_start_time", "Start of the process since the Unix epoch", seconds, &start)?;
        let resident = ConstGauge::new(process.resident_bytes);
        write("process_resident_memory", "Resident memory", bytes, &resident)?;
        let virtual_memory = ConstGauge::new(process.virtual_bytes);
        write("process_virtual_memory", "Virtual memory", bytes, &virtual_memory)?;
        write("process_threads", "Threads of the operating system", None, &ConstGauge::new(process.threads))?;
        write("process_open_fds", "Open file descriptors", None, &ConstGauge::new(process.open_fds))?;
        write("process_max_fds", "Most file descriptors that may be open", None, &ConstGauge::new(process.max_fds))
    }
}

struct Process {
    cpu_seconds: f64,
    start_seconds: f64,
    resident_bytes: u64,
    virtual_bytes: u64,
    threads: i64,
    open_fds: u64,
    max_fds: f64,
}

#[cfg(target_os = "linux")]
impl Process {
    fn read() -> Option<Self> {
        use procfs::process::LimitValue;
        let process = procfs::process::Process::myself().ok()?;
        let stat = process.stat().ok()?;
        #[expect(clippy::cast_precision_loss, reason = "2^53 ticks are three million years")]
        let seconds = |ticks: u64| ticks as f64 / procfs::ticks_per_second() as f64;
        #[expect(clippy::cast_precision_loss, reason = "times and limits below 2^53")]
        Some(Self {
            cpu_seconds: seconds(stat.utime + stat.stime),
            start_seconds: procfs::boot_time_secs().ok()? as f64 + seconds(stat.starttime),
            resident_bytes: stat.rss * procfs::page_size(),
            virtual_bytes: stat.vsize,
            threads: stat.num_threads,
            open_fds: process.fd_count().ok()? as u64,
            max_fds: match process.limits().ok()?.max_open_files.soft_limit {
                LimitValue::Value(value) => value as f64,
                LimitValue::Unlimited => f64::INFINITY,
            },
        })
    }
}

#[cfg(not(target_os = "linux"))]
impl Process {
    fn read() -> Option<Self> {
        None
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::time::{SystemTime, UNIX_EPOCH};

    use super::*;

    #[test]
    fn the_process_is_this_one() {
        let process = Process::read().expect("there is /proc");
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs_f64();
        assert!((now - 3600.0..=now + 2.0).contains(&process.start_seconds), "{}", process.start_seconds);
        assert!(process.resident_bytes > 1_000_000 && process.virtual_bytes >= process.resident_bytes);
        assert!(process.threads >= 1 && process.open_fds >= 3 && process.max_fds >= process.open_fds as f64);
        let before = process.cpu_seconds;
        let begin = std::time::Instant::now();
        while begin.elapsed().as_millis() < 50 {}
        assert!(Process::read().expect("there is /proc").cpu_seconds > before, "50 ms were spent");
    }
}
