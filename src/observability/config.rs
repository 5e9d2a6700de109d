//! The configuration files of Loki, Tempo and Prometheus, with the deploy-time values in them.
//!
//! They are YAML written out, since that is what the programs' own documentation shows, and what an operator will read
//! in the running container.

use std::time::Duration;

use belvedere_cfn::{Value, concat_values, pseudo};

use crate::aps::WorkspaceRef;
use crate::s3::BucketRef;

/// A program that Prometheus scrapes: its job name, `host:port`, and how often.
#[derive(Clone, Debug, PartialEq)]
pub struct ScrapeTarget {
    pub(super) job: String,
    pub(super) address: Value<String>,
    pub(super) interval: Duration,
}

impl ScrapeTarget {
    /// Scrapes `address` (`host:port`, path `/metrics`) every 15 seconds, under the label `job`.
    #[must_use]
    pub fn new(job: impl Into<String>, address: impl belvedere_cfn::IntoValue<String>) -> Self {
        Self { job: job.into(), address: address.into_value(), interval: Duration::from_secs(15) }
    }

    /// How often the target is scraped. Every 15 seconds by default.
    #[must_use]
    pub const fn interval(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self
    }
}

/// [Loki's configuration](https://grafana.com/docs/loki/latest/configure/): one process, chunks and index in S3,
/// retention by the compactor.
pub(super) fn loki(bucket: &BucketRef, data: &str, retention: Duration) -> Value<String> {
    concat_values!(
        "auth_enabled: false\n\
         server:\n  http_listen_port: 3100\n  log_format: json\n\
         common:\n  instance_addr: 127.0.0.1\n  path_prefix: ",
        data,
        "\n  replication_factor: 1\n  ring:\n    kvstore:\n      store: inmemory\n\
         schema_config:\n  configs:\n    - from: \"2024-04-01\"\n      store: tsdb\n      object_store: s3\n      schema: v13\n      index:\n        prefix: index_\n        period: 24h\n\
         storage_config:\n  aws:\n    region: ",
        pseudo::region(),
        "\n    bucketnames: ",
        bucket.bucket_name(),
        "\n  tsdb_shipper:\n    active_index_directory: ",
        data,
        "/tsdb-index\n    cache_location: ",
        data,
        "/tsdb-cache\n\
         ingester:\n  wal:\n    dir: ",
        data,
        "/wal\n    flush_on_shutdown: true\n\
         compactor:\n  working_directory: ",
        data,
        "/compactor\n  retention_enabled: true\n  delete_request_store: s3\n\
         limits_config:\n  allow_structured_metadata: true\n  volume_enabled: true\n  reject_old_samples_max_age: 168h\n  retention_period: ",
        hours(retention),
        "\nanalytics:\n  reporting_enabled: false\n",
    )
}

/// [Tempo's configuration](https://grafana.com/docs/tempo/latest/configuration/): one process, blocks in S3, metrics
/// from spans to managed Prometheus.
pub(super) fn tempo(
    bucket: &BucketRef,
    data: &str,
    retention: Duration,
    metrics: Option<&WorkspaceRef>,
) -> Value<String> {
    let storage = concat_values!(
        "stream_over_http_enabled: true\n\
         server:\n  http_listen_port: 3200\n  log_format: json\n\
         distributor:\n  receivers:\n    otlp:\n      protocols:\n        grpc:\n          endpoint: 0.0.0.0:4317\n        http:\n          endpoint: 0.0.0.0:4318\n\
         ingester:\n  max_block_duration: 5m\n\
         compactor:\n  compaction:\n    block_retention: ",
        hours(retention),
        "\nstorage:\n  trace:\n    backend: s3\n    s3:\n      bucket: ",
        bucket.bucket_name(),
        "\n      endpoint: s3.",
        pseudo::region(),
        ".",
        pseudo::url_suffix(),
        "\n      region: ",
        pseudo::region(),
        "\n    wal:\n      path: ",
        data,
        "/wal\n    local:\n      path: ",
        data,
        "/blocks\n\
         usage_report:\n  reporting_enabled: false\n",
    );
    let Some(workspace) = metrics else { return storage };
    concat_values!(
        storage,
        "metrics_generator:\n  registry:\n    external_labels:\n      source: tempo\n  storage:\n    path: ",
        data,
        "/generator/wal\n    remote_write:\n      - url: ",
        workspace.remote_write_url(),
        "\n        sigv4:\n          region: ",
        pseudo::region(),
        "\noverrides:\n  defaults:\n    metrics_generator:\n      processors: [service-graphs, span-metrics]\n",
    )
}

/// [Prometheus's configuration](https://prometheus.io/docs/prometheus/latest/configuration/configuration/) as an agent:
/// scrape, and write to managed Prometheus.
pub(super) fn prometheus(targets: &[ScrapeTarget], workspace: &WorkspaceRef) -> Value<String> {
    let mut parts = vec![concat_values!(
        "global:\n  scrape_interval: 15s\n  external_labels:\n    stack: ",
        pseudo::stack_name(),
        // The brace is escaped in YAML, since CloudFormation's linters take `${` for a forgotten `Fn::Sub`.
        "\n    task: \"$\\x7bHOSTNAME}\"",
        "\nremote_write:\n  - url: ",
        workspace.remote_write_url(),
        // Each task scrapes itself as `localhost`. What it writes is of its own host, so that `instance` tells tasks apart
        // as it tells targets. Variables are put into external labels only, which are there when samples are written.
        "\n    write_relabel_configs:\n      - source_labels: [task, instance]\n        regex: (.+);localhost:(\\d+)\n        \
         target_label: instance\n        replacement: $1:$2\n    sigv4:\n      region: ",
        pseudo::region(),
        "\nscrape_configs:\n",
    )];
    for target in targets {
        parts.push(concat_values!(
            "  - job_name: ",
            &target.job,
            format!("\n    scrape_interval: {}s\n    static_configs:\n      - targets: [\"", target.interval.as_secs()),
            &target.address,
            "\"]\n",
        ));
    }
    Value::concat(parts)
}

fn hours(duration: Duration) -> String {
    format!("{}h", duration.as_secs() / 3_600)
}
