//! [`SelfHostedGrafana`]: where people look, where managed Grafana cannot be had.

use belvedere_cfn::{Value, concat_values, pseudo};

use super::backend::{BackendListener, BackendNetwork, Program};
use super::loki::{Loki, LokiRef};
use super::tempo::{Tempo, TempoRef};
use crate::aps;
use crate::construct::Construct;
use crate::ec2::{Connectable, Connections, Port};
use crate::ecs::{ContainerImage, FargateServiceRef, FargateSize, Secret};
use crate::kms::KeyRef;
use crate::scope::Scope;
use crate::secretsmanager::{self, GeneratedString, SecretRef};

/// [Grafana](https://grafana.com/docs/grafana/latest/) on Fargate, for accounts that have neither IAM Identity Center nor
/// SAML, which managed Grafana needs.
///
/// Its data sources are provisioned and know of each other: from a trace to its logs and metrics, from a log line to its
/// trace. The administrator's password is generated and kept in Secrets Manager; nobody can look without signing in.
#[derive(Clone, Debug, PartialEq)]
pub struct SelfHostedGrafana {
    network: BackendNetwork,
    image: ContainerImage,
    metrics: Option<aps::WorkspaceRef>,
    logs: Option<LokiRef>,
    traces: Option<TempoRef>,
    key: Option<KeyRef>,
    size: Option<FargateSize>,
}

impl SelfHostedGrafana {
    /// Where people in the VPC connect to.
    pub const PORT: Port = Port::tcp(3000);

    /// Grafana 12.1.1 without any data source.
    #[must_use]
    pub fn new(network: &BackendNetwork) -> Self {
        Self {
            network: network.clone(),
            image: ContainerImage::registry("grafana/grafana:12.1.1"),
            metrics: None,
            logs: None,
            traces: None,
            key: None,
            size: None,
        }
    }

    /// Another image, for a mirror or another version.
    #[must_use]
    pub fn image(mut self, image: ContainerImage) -> Self {
        self.image = image;
        self
    }

    /// Looks at the metrics of this workspace, as the default data source. At none by default.
    #[must_use]
    pub fn metrics(mut self, workspace: &aps::WorkspaceRef) -> Self {
        self.metrics = Some(workspace.clone());
        self
    }

    /// Looks at these logs. At none by default.
    #[must_use]
    pub fn logs(mut self, loki: &LokiRef) -> Self {
        self.logs = Some(loki.clone());
        self
    }

    /// Looks at these traces. At none by default.
    #[must_use]
    pub fn traces(mut self, tempo: &TempoRef) -> Self {
        self.traces = Some(tempo.clone());
        self
    }

    /// Encrypts the administrator's password with this key. With the one that AWS keeps by default.
    #[must_use]
    pub fn encryption_key(mut self, key: &KeyRef) -> Self {
        self.key = Some(key.clone());
        self
    }

    /// CPU and memory. Half a vCPU and 1 GiB by default.
    #[must_use]
    pub fn size(mut self, size: impl Into<FargateSize>) -> Self {
        self.size = Some(size.into());
        self
    }

    /// Returns the provisioning file. A `$` that is meant for Grafana is written twice in it.
    fn data_sources(&self) -> Value<String> {
        let mut parts = vec![Value::from("apiVersion: 1\nprune: true\ndatasources:\n")];
        if let Some(workspace) = &self.metrics {
            parts.push(concat_values!(
                "  - name: Prometheus\n    uid: prometheus\n    type: prometheus\n    access: proxy\n    isDefault: true\n    url: ",
                workspace.query_url(),
                "\n    jsonData:\n      httpMethod: POST\n      prometheusType: Prometheus\n      timeInterval: 15s\n      sigV4Auth: true\n      sigV4AuthType: default\n      sigV4Region: ",
                pseudo::region(),
                "\n",
            ));
            if self.traces.is_some() {
                parts.push(Value::from(
                    "      exemplarTraceIdDestinations:\n        - name: trace_id\n          datasourceUid: tempo\n",
                ));
            }
        }
        if let Some(loki) = &self.logs {
            parts.push(concat_values!(
                "  - name: Loki\n    uid: loki\n    type: loki\n    access: proxy\n    url: ",
                loki.url(),
                "\n    jsonData:\n      maxLines: 1000\n",
            ));
            if self.traces.is_some() {
                // OTLP logs carry the trace id as structured metadata, which Grafana shows as a label. The brace is
                // escaped in YAML, since CloudFormation's linters take `${` for a forgotten `Fn::Sub`.
                parts.push(Value::from(
                    "      derivedFields:\n        - name: Trace\n          matcherType: label\n          matcherRegex: trace_id\n          url: \"$$\\x7b__value.raw}\"\n          datasourceUid: tempo\n",
                ));
            }
        }
        if let Some(tempo) = &self.traces {
            parts.push(concat_values!(
                "  - name: Tempo\n    uid: tempo\n    type: tempo\n    access: proxy\n    url: ",
                tempo.query_url(),
                "\n    jsonData:\n      nodeGraph:\n        enabled: true\n",
            ));
            if self.logs.is_some() {
                parts.push(Value::from(
                    "      tracesToLogsV2:\n        datasourceUid: loki\n        spanStartTimeShift: -1m\n        spanEndTimeShift: 1m\n        filterByTraceID: true\n        tags:\n          - key: service.name\n            value: service_name\n",
                ));
            }
            if self.metrics.is_some() {
                parts.push(Value::from(
                    "      serviceMap:\n        datasourceUid: prometheus\n      tracesToMetrics:\n        datasourceUid: prometheus\n        spanStartTimeShift: -5m\n        spanEndTimeShift: 5m\n        tags:\n          - key: service.name\n            value: service\n        queries:\n          - name: Request rate\n            query: sum(rate(traces_spanmetrics_calls_total{$$__tags}[5m]))\n",
                ));
            }
        }
        Value::concat(parts)
    }
}

impl Construct for SelfHostedGrafana {
    type Ref = SelfHostedGrafanaRef;

    fn define(self, scope: &mut Scope<'_>) -> SelfHostedGrafanaRef {
        const PROVISIONING: &str = "/etc/grafana-provisioning";
        let mut password = secretsmanager::Secret::new(GeneratedString::new(32).exclude_punctuation())
            .description("The password of Grafana's user admin.");
        if let Some(key) = &self.key {
            password = password.encryption_key(key);
        }
        let password = scope.add("AdminPassword", password);
        let data_sources = self.data_sources();
        let setting = |name, value: &str| (name, Value::from(value));
        let program = Program {
            name: "grafana",
            image: self.image,
            user: 472,
            arguments: Vec::new(),
            config: ("/etc/grafana-provisioning/datasources/stack.yaml", data_sources),
            data: "/var/lib/grafana",
            listeners: &[BackendListener { id: "Grafana", port: 3000, ready: ("/api/health", 3000) }],
            environment: vec![
                setting("GF_ANALYTICS_CHECK_FOR_UPDATES", "false"),
                setting("GF_ANALYTICS_REPORTING_ENABLED", "false"),
                setting("GF_AUTH_ANONYMOUS_ENABLED", "false"),
                // Without it Grafana sends requests to managed Prometheus unsigned, whatever the data source says.
                setting("GF_AUTH_SIGV4_AUTH_ENABLED", "true"),
                setting("GF_LOG_CONSOLE_FORMAT", "json"),
                setting("GF_PATHS_PROVISIONING", PROVISIONING),
                setting("GF_USERS_ALLOW_SIGN_UP", "false"),
            ],
            size: self.size,
        };
        let query = self.metrics.as_ref().map(aps::WorkspaceRef::query);
        let (service, mut urls) = program.define(&self.network, scope, |task, container| {
            let secret = Secret::new(password.secret_arn(), password.read());
            let task = task.container(container.secret("GF_SECURITY_ADMIN_PASSWORD", secret));
            match query {
                Some(query) => task.grant(query),
                None => task,
            }
        });
        if let Some(loki) = &self.logs {
            scope.allow(&service, loki, Loki::PORT);
        }
        if let Some(tempo) = &self.traces {
            scope.allow(&service, tempo, Tempo::QUERY_PORT);
        }
        SelfHostedGrafanaRef { url: urls.remove(0), password, service, connections: self.network.connections() }
    }
}

/// Grafana, as others in the VPC see it.
///
/// As a [`Connectable`] it stands for the load balancer in front:
/// `stack.allow(&Peer::ipv4("10.8.0.0/16"), &grafana, SelfHostedGrafana::PORT)`.
#[derive(Clone, Debug, PartialEq)]
pub struct SelfHostedGrafanaRef {
    url: Value<String>,
    password: SecretRef,
    service: FargateServiceRef,
    connections: Connections,
}

impl SelfHostedGrafanaRef {
    /// The URL, from inside the VPC.
    #[must_use]
    pub fn url(&self) -> Value<String> {
        self.url.clone()
    }

    /// The password of the user `admin`.
    #[must_use]
    pub const fn admin_password(&self) -> &SecretRef {
        &self.password
    }

    /// The service that runs Grafana.
    #[must_use]
    pub const fn service(&self) -> &FargateServiceRef {
        &self.service
    }
}

impl Connectable for SelfHostedGrafanaRef {
    fn connections(&self) -> Connections {
        self.connections.clone()
    }
}
