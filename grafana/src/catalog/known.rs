//! What well-known programs export. Each file under `data/` says which version it is of, and how it was made.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::{Exporter, Growth, MetricKind};

macro_rules! known {
    ($($(#[$doc:meta])+ $name:ident)+) => { $(
        $(#[$doc])+
        #[must_use]
        pub fn $name() -> Exporter {
            static EXPORTER: LazyLock<Exporter> = LazyLock::new(|| {
                let text = include_str!(concat!("../../data/", stringify!($name), ".json"));
                // A test reads all of them.
                Exporter::from_json(text).unwrap_or_default()
            });
            EXPORTER.clone()
        }
    )+

    /// All of them, by the names of their functions.
    const ALL: &[(&str, fn() -> Exporter)] = &[$((stringify!($name), $name)),+]; };
}

/// The programs that export a series, by the names of their functions, and what its samples do.
struct Known {
    programs: Vec<&'static str>,
    /// Nothing if the programs do not agree.
    growth: Option<Growth>,
}

static SERIES: LazyLock<HashMap<String, Known>> = LazyLock::new(|| {
    let mut found: HashMap<String, Known> = HashMap::new();
    for (program, exporter) in ALL {
        for metric in exporter().metrics {
            let name = (metric.name.clone(), Growth::Unknown);
            let series = metric.series().into_iter().map(|(name, growth, _)| (name, growth));
            let hidden = (metric.kind == MetricKind::Histogram).then_some(name);
            for (name, growth) in series.chain(hidden) {
                let known = found.entry(name).or_insert(Known { programs: Vec::new(), growth: Some(growth) });
                known.growth = known.growth.filter(|known| *known == growth);
                if known.programs.last() != Some(program) {
                    known.programs.push(program);
                }
            }
        }
    }
    found
});

/// The programs that export a metric, by the names of their functions.
pub(crate) fn exporting(metric: &str) -> &'static [&'static str] {
    SERIES.get(metric).map_or(&[], |known| &known.programs)
}

/// What the samples of a series do, if a well-known program exports it. Those that do not agree make it unknown.
pub(crate) fn growth(series: &str) -> Option<Growth> {
    SERIES.get(series).map(|known| known.growth.unwrap_or(Growth::Unknown))
}

known! {
    /// Alertmanager.
    alertmanager
    /// The receiver `awsecscontainermetrics` of AWS Distro for OpenTelemetry, in a task of Amazon ECS:
    /// <https://aws-otel.github.io/docs/components/ecs-metrics-receiver>. The names are those of a Prometheus exporter
    /// with `add_metric_suffixes: false` and `resource_to_telemetry_conversion`.
    aws_ecs_container_metrics
    /// The blackbox exporter: its own metrics, and those of its probes.
    blackbox_exporter
    /// Grafana itself, on its path `/metrics`.
    grafana
    /// Loki 3.
    loki
    /// Mimir: what its writers, readers, compactor and ruler tell of themselves.
    mimir
    /// The node exporter, with all of its collectors.
    node_exporter
    /// The Collector of OpenTelemetry, on itself, as it is without `readers` of its own in `service.telemetry.metrics`:
    /// without the suffix `_total`. See <https://opentelemetry.io/docs/collector/internal-telemetry/>.
    opentelemetry_collector
    /// Prometheus 2 and 3 as a server, on itself.
    prometheus
    /// Prometheus 2 and 3 as an agent, on itself: it scrapes and sends on, and stores, answers and evaluates nothing.
    prometheus_agent
    /// The Pushgateway, on itself.
    pushgateway
    /// Tempo 2.9 and 3, on itself.
    tempo
    /// What Tempo's metrics generator makes of traces: span metrics and service graphs. See
    /// <https://grafana.com/docs/tempo/latest/metrics-from-traces/span-metrics/span-metrics-metrics-generator/>.
    tempo_metrics_generator
}

/// The Collector of OpenTelemetry, on itself, as it is with a Prometheus reader in `service.telemetry.metrics.readers`
/// that does not say `without_type_suffix` and `without_units`: `otelcol_receiver_accepted_spans_total`.
#[must_use]
pub fn opentelemetry_collector_with_suffixes() -> Exporter {
    /// The units that names do not tell: those of the sources, in the words of Prometheus.
    const UNITS: [(&str, &str); 3] = [
        ("otelcol_process_memory_rss", "_bytes"),
        ("otelcol_process_uptime", "_seconds"),
        ("otelcol_processor_internal_duration", "_seconds"),
    ];
    let mut exporter = opentelemetry_collector();
    for metric in &mut exporter.metrics {
        if let Some((_, unit)) = UNITS.iter().find(|(name, _)| *name == metric.name) {
            metric.name.push_str(unit);
        } else if metric.name.ends_with("_duration") {
            // Durations of requests: those of HTTP are in seconds, those of the older conventions for RPC in
            // milliseconds.
            metric.name.push_str(if metric.name.starts_with("rpc_") { "_milliseconds" } else { "_seconds" });
        }
        if metric.kind == MetricKind::Counter {
            metric.name.push_str("_total");
        }
    }
    exporter
}

/// Returns the labels that Loki gives to streams that arrive over OTLP, unless it is configured otherwise, for those of
/// the attributes that the resource has: <https://grafana.com/docs/loki/latest/send-data/otel/>.
#[must_use]
pub fn otlp_stream_labels() -> Vec<String> {
    [
        "cloud_availability_zone",
        "cloud_region",
        "container_name",
        "deployment_environment",
        "deployment_environment_name",
        "k8s_cluster_name",
        "k8s_container_name",
        "k8s_cronjob_name",
        "k8s_daemonset_name",
        "k8s_deployment_name",
        "k8s_job_name",
        "k8s_namespace_name",
        "k8s_pod_name",
        "k8s_replicaset_name",
        "k8s_statefulset_name",
        "service_instance_id",
        "service_name",
        "service_namespace",
    ]
    .map(str::to_owned)
    .to_vec()
}

/// Returns the fields that Loki gives to every line that arrives over OTLP, as structured metadata beside the
/// attributes of the line itself, of its scope and of its resource: <https://grafana.com/docs/loki/latest/send-data/otel/>.
#[must_use]
pub fn otlp_log_fields() -> Vec<String> {
    [
        "detected_level",
        "flags",
        "observed_timestamp",
        "scope_name",
        "scope_version",
        "severity_number",
        "severity_text",
        "span_id",
        "trace_id",
    ]
    .map(str::to_owned)
    .to_vec()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::catalog::Metric;

    fn metric<'a>(exporter: &'a Exporter, name: &str) -> &'a Metric {
        let found = exporter.metrics.iter().find(|metric| metric.name == name);
        found.unwrap_or_else(|| panic!("{name} is not in {}", exporter.name))
    }

    #[test]
    fn each_file_is_read() {
        for (exporter, name, kind, labels) in [
            (alertmanager(), "alertmanager_notifications_total", MetricKind::Counter, "integration"),
            (aws_ecs_container_metrics(), "ecs_task_memory_utilized", MetricKind::Gauge, "aws_ecs_service_name"),
            (blackbox_exporter(), "probe_success", MetricKind::Gauge, ""),
            (grafana(), "grafana_http_request_duration_seconds", MetricKind::Histogram, "handler"),
            (loki(), "loki_distributor_bytes_received_total", MetricKind::Counter, "tenant"),
            (mimir(), "cortex_request_duration_seconds", MetricKind::Histogram, "route"),
            (node_exporter(), "node_cpu_seconds_total", MetricKind::Counter, "cpu mode"),
            (opentelemetry_collector(), "otelcol_receiver_accepted_spans", MetricKind::Counter, "receiver"),
            (prometheus(), "prometheus_tsdb_head_series", MetricKind::Gauge, ""),
            (prometheus_agent(), "prometheus_agent_samples_appended_total", MetricKind::Counter, "type"),
            (pushgateway(), "pushgateway_build_info", MetricKind::Gauge, "version"),
            (tempo(), "tempo_distributor_spans_received_total", MetricKind::Counter, "tenant"),
            (tempo_metrics_generator(), "traces_spanmetrics_latency", MetricKind::Histogram, "service span_name"),
        ] {
            let found = metric(&exporter, name);
            assert_eq!(found.kind, kind, "{name}");
            for label in labels.split_whitespace() {
                assert!(found.labels.iter().any(|known| known == label), "{name} has no {label}: {:?}", found.labels);
            }
            let names: BTreeSet<_> = exporter.metrics.iter().map(|metric| &metric.name).collect();
            assert_eq!(names.len(), exporter.metrics.len(), "{} has a metric twice", exporter.name);
        }
    }

    #[test]
    fn who_exports_a_metric_is_known() {
        assert_eq!(exporting("node_cpu_seconds_total"), ["node_exporter"]);
        assert_eq!(exporting("tempo_request_duration_seconds_bucket"), ["tempo"]);
        assert!(exporting("process_start_time_seconds").len() > 3);
        assert!(exporting("orders_total").is_empty());
    }

    #[test]
    fn what_the_samples_of_a_series_do_is_known() {
        for (series, expected) in [
            ("node_cpu_seconds_total", Growth::Counter),
            ("tempo_request_duration_seconds_bucket", Growth::Counter),
            ("prometheus_target_interval_length_seconds_count", Growth::Counter),
            ("prometheus_target_interval_length_seconds", Growth::Gauge),
            ("node_load1", Growth::Gauge),
            ("tempo_request_duration_seconds", Growth::Unknown),
        ] {
            assert_eq!(growth(series), Some(expected), "{series}");
        }
        assert_eq!(growth("orders_total"), None);
    }

    #[test]
    fn an_agent_exports_nothing_that_only_a_server_does() {
        let agent = prometheus_agent();
        for part in ["prometheus_tsdb_head_", "prometheus_engine_", "prometheus_rule_", "prometheus_remote_read_"] {
            let found = agent.metrics.iter().find(|metric| metric.name.starts_with(part));
            assert_eq!(found, None);
        }
        let server = prometheus();
        let own = server.metrics.iter().find(|metric| metric.name.starts_with("prometheus_agent_"));
        assert_eq!(own, None, "a server has no metrics of an agent");
    }

    #[test]
    fn a_collector_with_suffixes_has_the_names_of_the_convention() {
        let exporter = opentelemetry_collector_with_suffixes();
        for name in [
            "otelcol_receiver_accepted_spans_total",
            "otelcol_process_cpu_seconds_total",
            "otelcol_process_uptime_seconds_total",
            "otelcol_process_memory_rss_bytes",
            "otelcol_exporter_queue_size",
            "http_server_request_duration_seconds",
        ] {
            metric(&exporter, name);
        }
    }
}
