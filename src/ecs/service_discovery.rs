//! How a service is found: by Cloud Map's DNS, or by Service Connect.

use std::time::Duration;

use belvedere_cfn::ecs::service;
use belvedere_cfn::{IntoValue, Value};

use super::cluster::ClusterRef;
use super::fargate_task_definition::FargateTaskDefinitionRef;
use crate::scope::Scope;
use crate::servicediscovery::{DnsRecordType, PrivateDnsNamespaceRef, Service, ServiceRef};

/// A name in Cloud Map's DNS under which a service's tasks are found.
/// [AWS page](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-discovery.html).
#[derive(Clone, Debug, PartialEq)]
pub struct CloudMap {
    name: String,
    namespace: Option<PrivateDnsNamespaceRef>,
    record_type: DnsRecordType,
    ttl: Duration,
    target: Option<(String, u16)>,
}

impl CloudMap {
    /// The name before that of the namespace: `tempo` gives `tempo.obs.local`.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            namespace: None,
            record_type: DnsRecordType::A,
            ttl: Duration::from_secs(60),
            target: None,
        }
    }

    /// The namespace. The cluster's by default.
    #[must_use]
    pub fn namespace(mut self, namespace: &PrivateDnsNamespaceRef) -> Self {
        self.namespace = Some(namespace.clone());
        self
    }

    /// How long an answer may be remembered: 0 to 2,147,483,647 s. One minute by default.
    #[must_use]
    pub const fn dns_ttl(mut self, ttl: Duration) -> Self {
        self.ttl = ttl;
        self
    }

    /// Answers with the port of a container as well, in SRV records. With IPv4 addresses alone by default.
    #[must_use]
    pub fn srv(mut self, container: impl Into<String>, port: u16) -> Self {
        self.record_type = DnsRecordType::Srv;
        self.target = Some((container.into(), port));
        self
    }

    /// Defines the Cloud Map service, in the scope of the ECS service.
    pub(super) fn define(self, cluster: &ClusterRef, scope: &mut Scope<'_>) -> Option<Registration> {
        let Some(namespace) = self.namespace.as_ref().or(cluster.default_cloud_map_namespace()) else {
            scope.problem(format!(
                "cloud_map `{}` needs a namespace: give the cluster a default_cloud_map_namespace, or the name one of its own",
                self.name
            ));
            return None;
        };
        let service = Service::new(namespace)
            .name(self.name)
            .dns_record(self.record_type)
            .dns_ttl(self.ttl)
            .custom_health_check();
        let service = scope.add("CloudmapService", service);
        Some(Registration { service, target: self.target })
    }
}

/// A Cloud Map service that tasks are registered with.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Registration {
    pub(super) service: ServiceRef,
    pub(super) target: Option<(String, u16)>,
}

impl Registration {
    pub(super) fn render(&self, task: &FargateTaskDefinitionRef, scope: &mut Scope<'_>) -> service::ServiceRegistry {
        let registry = service::ServiceRegistry::new().registry_arn(self.service.service_arn());
        match (&self.target, self.service.record_type()) {
            (Some((container, port)), _) => {
                check_target(task, container, *port, scope);
                registry.container_name(container).container_port(*port)
            }
            (None, DnsRecordType::Srv) => {
                scope.problem("SRV records have a port: say which container and port the registration is for");
                registry
            }
            (None, _) => registry,
        }
    }
}

/// Reports a container or port that the task does not have.
pub(super) fn check_target(task: &FargateTaskDefinitionRef, container: &str, port: u16, scope: &mut Scope<'_>) {
    match task.containers.iter().find(|candidate| candidate.name == container) {
        None => {
            let names: Vec<&str> = task.containers.iter().map(|container| container.name.as_str()).collect();
            scope.problem(format!("the task has no container `{container}`, only `{}`", names.join("`, `")));
        }
        Some(candidate) if !candidate.ports.iter().any(|mapping| mapping.container_port() == port) => {
            let ports: Vec<String> =
                candidate.ports.iter().map(|mapping| mapping.container_port().to_string()).collect();
            let known = if ports.is_empty() { "none".to_owned() } else { ports.join(", ") };
            scope.problem(format!("container `{container}` has no port {port}, only {known}: add it with port"));
        }
        Some(_) => {}
    }
}

/// Service Connect: a proxy beside each task, by which services find each other by short names.
/// [AWS page](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-connect.html).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ServiceConnect {
    namespace: Option<Value<String>>,
    services: Vec<ConnectedPort>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct ConnectedPort {
    port_name: String,
    dns_name: String,
    port: Option<u16>,
}

impl ServiceConnect {
    /// Finds others, and offers nothing itself.
    #[must_use]
    pub fn client() -> Self {
        Self::default()
    }

    /// The namespace, by its name or ARN. The cluster's by default.
    #[must_use]
    pub fn namespace(mut self, namespace: impl IntoValue<String>) -> Self {
        self.namespace = Some(namespace.into_value());
        self
    }

    /// Offers the port that is called `port_name` in the task definition to others, as `dns_name` and under the
    /// container's port number.
    #[must_use]
    pub fn offer(mut self, port_name: impl Into<String>, dns_name: impl Into<String>) -> Self {
        self.services.push(ConnectedPort { port_name: port_name.into(), dns_name: dns_name.into(), port: None });
        self
    }

    /// Offers the port that is called `port_name` in the task definition to others, as `dns_name` and under another port
    /// number.
    #[must_use]
    pub fn offer_as(mut self, port_name: impl Into<String>, dns_name: impl Into<String>, port: u16) -> Self {
        let (port_name, dns_name) = (port_name.into(), dns_name.into());
        self.services.push(ConnectedPort { port_name, dns_name, port: Some(port) });
        self
    }

    pub(super) fn render(
        self,
        cluster: &ClusterRef,
        task: &FargateTaskDefinitionRef,
        scope: &mut Scope<'_>,
    ) -> service::ServiceConnectConfiguration {
        let mut configuration = service::ServiceConnectConfiguration::new(true);
        let of_cluster = || cluster.default_cloud_map_namespace().map(|namespace| Value::from(namespace.name()));
        match self.namespace.or_else(of_cluster) {
            Some(namespace) => configuration = configuration.namespace(namespace),
            None => scope.problem(
                "service_connect needs a namespace: give the cluster a default_cloud_map_namespace, or one here",
            ),
        }
        let mut services = Vec::new();
        for ConnectedPort { port_name, dns_name, port } in self.services {
            let mut mappings = task.containers.iter().flat_map(|container| &container.ports);
            let Some(mapping) = mappings.find(|mapping| mapping.port_name() == Some(&port_name)) else {
                scope.problem(format!(
                    "the task has no port that is called `{port_name}`: name one with PortMapping::name"
                ));
                continue;
            };
            let port = port.unwrap_or(mapping.container_port());
            let alias = service::ServiceConnectClientAlias::new(port).dns_name(dns_name);
            services.push(service::ServiceConnectService::new(port_name).client_aliases([alias]));
        }
        if services.is_empty() { configuration } else { configuration.services(services) }
    }
}
