//! [`Loki`]: the logs.

use std::time::Duration;

use belvedere_cfn::{Value, concat_values};

use super::backend::{BackendListener, BackendNetwork, Program, check_retention};
use super::config;
use crate::construct::Construct;
use crate::ec2::{Connectable, Connections, Port};
use crate::ecs::{ConfigFile, ContainerImage, FargateServiceRef, FargateSize};
use crate::s3::BucketRef;
use crate::scope::Scope;

/// [Grafana Loki](https://grafana.com/docs/loki/latest/) as one process: logs in, by its own protocol and by OTLP, kept
/// in S3 and deleted when their time is over.
#[derive(Clone, Debug, PartialEq)]
pub struct Loki {
    network: BackendNetwork,
    image: ContainerImage,
    retention: Duration,
    size: Option<FargateSize>,
}

impl Loki {
    /// Where others in the VPC connect to.
    pub const PORT: Port = Port::tcp(3100);

    /// Loki 3.7.8, which keeps logs for 14 days.
    #[must_use]
    pub fn new(network: &BackendNetwork) -> Self {
        Self {
            network: network.clone(),
            // This image has no shell, and needs none here.
            image: ContainerImage::registry("grafana/loki:3.7.8"),
            retention: Duration::from_secs(14 * 86_400),
            size: None,
        }
    }

    /// Another image, for a mirror or another version of the third series.
    #[must_use]
    pub fn image(mut self, image: ContainerImage) -> Self {
        self.image = image;
        self
    }

    /// How long logs are kept, in whole days. 14 days by default.
    #[must_use]
    pub const fn retention(mut self, retention: Duration) -> Self {
        self.retention = retention;
        self
    }

    /// CPU and memory. Half a vCPU and 1 GiB by default.
    #[must_use]
    pub fn size(mut self, size: impl Into<FargateSize>) -> Self {
        self.size = Some(size.into());
        self
    }
}

impl Construct for Loki {
    type Ref = LokiRef;

    fn define(self, scope: &mut Scope<'_>) -> LokiRef {
        const DATA: &str = "/var/loki";
        const CONFIG: &str = "/etc/loki/loki.yaml";
        check_retention(scope, self.retention);
        let bucket = self.network.bucket(scope, "Chunks", self.retention);
        let program = Program {
            name: "loki",
            image: self.image,
            user: 10_001,
            arguments: vec![format!("-config.file={CONFIG}")],
            files: vec![ConfigFile::new(CONFIG, config::loki(&bucket, DATA, self.retention))],
            data: DATA,
            listeners: &[BackendListener { id: "Loki", port: 3100, ready: ("/ready", 3100) }],
            environment: Vec::new(),
            size: self.size,
        };
        let (service, mut urls) = program
            .define(&self.network, scope, |task, container| task.container(container).grant(bucket.read_write()));
        LokiRef { url: urls.remove(0), bucket, service, connections: self.network.connections() }
    }
}

/// Loki, as others in the VPC see it.
///
/// As a [`Connectable`] it stands for the load balancer in front: `stack.allow(&client, &loki, Loki::PORT)`.
#[derive(Clone, Debug, PartialEq)]
pub struct LokiRef {
    url: Value<String>,
    bucket: BucketRef,
    service: FargateServiceRef,
    connections: Connections,
}

impl LokiRef {
    /// The URL of the HTTP API, for Grafana.
    #[must_use]
    pub fn url(&self) -> Value<String> {
        self.url.clone()
    }

    /// The URL for `OTEL_EXPORTER_OTLP_LOGS_ENDPOINT`.
    #[must_use]
    pub fn otlp_logs_url(&self) -> Value<String> {
        concat_values!(&self.url, "/otlp/v1/logs")
    }

    /// The bucket with the logs.
    #[must_use]
    pub const fn bucket(&self) -> &BucketRef {
        &self.bucket
    }

    /// The service that runs Loki.
    #[must_use]
    pub const fn service(&self) -> &FargateServiceRef {
        &self.service
    }
}

impl Connectable for LokiRef {
    fn connections(&self) -> Connections {
        self.connections.clone()
    }
}
