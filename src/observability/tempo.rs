//! [`Tempo`]: the traces.

use std::time::Duration;

use belvedere_cfn::{Value, concat_values};

use super::backend::{BackendListener, BackendNetwork, Program, check_retention};
use super::config;
use crate::aps::WorkspaceRef;
use crate::construct::Construct;
use crate::ec2::{Connectable, Connections, Port};
use crate::ecs::{ConfigFile, ContainerImage, FargateServiceRef, FargateSize};
use crate::s3::BucketRef;
use crate::scope::Scope;

/// [Grafana Tempo](https://grafana.com/docs/tempo/latest/) as one process: traces in by OTLP over HTTP, kept in S3 and
/// deleted when their time is over.
#[derive(Clone, Debug, PartialEq)]
pub struct Tempo {
    network: BackendNetwork,
    image: ContainerImage,
    retention: Duration,
    metrics: Option<WorkspaceRef>,
    size: Option<FargateSize>,
}

impl Tempo {
    /// Where Grafana connects to.
    pub const QUERY_PORT: Port = Port::tcp(3200);
    /// Where services send their traces to.
    pub const OTLP_PORT: Port = Port::tcp(4318);

    /// Tempo 2.9.2, which keeps traces for 14 days.
    #[must_use]
    pub fn new(network: &BackendNetwork) -> Self {
        Self {
            network: network.clone(),
            image: ContainerImage::registry("grafana/tempo:2.9.2"),
            retention: Duration::from_secs(14 * 86_400),
            metrics: None,
            size: None,
        }
    }

    /// Another image, for a mirror or another version of the second series.
    #[must_use]
    pub fn image(mut self, image: ContainerImage) -> Self {
        self.image = image;
        self
    }

    /// How long traces are kept, in whole days. 14 days by default.
    #[must_use]
    pub const fn retention(mut self, retention: Duration) -> Self {
        self.retention = retention;
        self
    }

    /// Writes request rates, errors and durations by span, and who calls whom, to this workspace. Not by default.
    #[must_use]
    pub fn span_metrics_to(mut self, workspace: &WorkspaceRef) -> Self {
        self.metrics = Some(workspace.clone());
        self
    }

    /// CPU and memory. Half a vCPU and 1 GiB by default.
    #[must_use]
    pub fn size(mut self, size: impl Into<FargateSize>) -> Self {
        self.size = Some(size.into());
        self
    }
}

impl Construct for Tempo {
    type Ref = TempoRef;

    fn define(self, scope: &mut Scope<'_>) -> TempoRef {
        const DATA: &str = "/var/tempo";
        const CONFIG: &str = "/etc/tempo/tempo.yaml";
        check_retention(scope, self.retention);
        let bucket = self.network.bucket(scope, "Blocks", self.retention);
        let program = Program {
            name: "tempo",
            image: self.image,
            user: 10_001,
            arguments: vec![format!("-config.file={CONFIG}")],
            files: vec![ConfigFile::new(CONFIG, config::tempo(&bucket, DATA, self.retention, self.metrics.as_ref()))],
            data: DATA,
            listeners: &[
                BackendListener { id: "Tempo", port: 3200, ready: ("/ready", 3200) },
                BackendListener { id: "Otlp", port: 4318, ready: ("/ready", 3200) },
            ],
            environment: Vec::new(),
            size: self.size,
        };
        let metrics = self.metrics;
        let (service, mut urls) = program.define(&self.network, scope, |task, container| {
            let task = task.container(container).grant(bucket.read_write());
            match &metrics {
                Some(workspace) => task.grant(workspace.remote_write()),
                None => task,
            }
        });
        let query_url = urls.remove(0);
        TempoRef { query_url, otlp_url: urls.remove(0), bucket, service, connections: self.network.connections() }
    }
}

/// Tempo, as others in the VPC see it.
///
/// As a [`Connectable`] it stands for the load balancer in front: `stack.allow(&client, &tempo, Tempo::OTLP_PORT)`.
#[derive(Clone, Debug, PartialEq)]
pub struct TempoRef {
    query_url: Value<String>,
    otlp_url: Value<String>,
    bucket: BucketRef,
    service: FargateServiceRef,
    connections: Connections,
}

impl TempoRef {
    /// The URL of the query API, for Grafana.
    #[must_use]
    pub fn query_url(&self) -> Value<String> {
        self.query_url.clone()
    }

    /// The URL for `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`.
    #[must_use]
    pub fn otlp_traces_url(&self) -> Value<String> {
        concat_values!(&self.otlp_url, "/v1/traces")
    }

    /// The bucket with the traces.
    #[must_use]
    pub const fn bucket(&self) -> &BucketRef {
        &self.bucket
    }

    /// The service that runs Tempo.
    #[must_use]
    pub const fn service(&self) -> &FargateServiceRef {
        &self.service
    }
}

impl Connectable for TempoRef {
    fn connections(&self) -> Connections {
        self.connections.clone()
    }
}
