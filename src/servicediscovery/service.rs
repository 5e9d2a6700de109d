//! [`Service`]: a name in a namespace, under which instances register.

use std::time::Duration;

use belvedere_cfn::servicediscovery::{CfnService, service};
use belvedere_cfn::{IntoValue, ResourceRef, Value, kind};

use super::private_dns_namespace::PrivateDnsNamespaceRef;
use crate::construct::Construct;
use crate::scope::Scope;

/// A name in a namespace, under which instances register and are found by DNS or by the Cloud Map API.
/// [AWS page](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-servicediscovery-service.html).
#[derive(Clone, Debug, PartialEq)]
pub struct Service {
    namespace: PrivateDnsNamespaceRef,
    name: Option<String>,
    record_type: DnsRecordType,
    ttl: Duration,
    custom_health_check: bool,
    description: Option<String>,
}

/// What DNS answers when it is asked for a service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum DnsRecordType {
    /// The IPv4 addresses.
    #[default]
    A,
    /// The IPv6 addresses.
    Aaaa,
    /// The addresses of both families.
    AAndAaaa,
    /// The addresses with their ports.
    Srv,
}

impl DnsRecordType {
    const fn names(self) -> &'static [&'static str] {
        match self {
            Self::A => &["A"],
            Self::Aaaa => &["AAAA"],
            Self::AAndAaaa => &["A", "AAAA"],
            Self::Srv => &["SRV"],
        }
    }
}

impl Service {
    /// A service in `namespace`, with a name that CloudFormation makes.
    #[must_use]
    pub fn new(namespace: &PrivateDnsNamespaceRef) -> Self {
        Self {
            namespace: namespace.clone(),
            name: None,
            record_type: DnsRecordType::A,
            ttl: Duration::from_secs(60),
            custom_health_check: false,
            description: None,
        }
    }

    /// The name before that of the namespace: `tempo` gives `tempo.obs.local`. CloudFormation makes one by default.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// What DNS answers. IPv4 addresses by default.
    #[must_use]
    pub const fn dns_record(mut self, record_type: DnsRecordType) -> Self {
        self.record_type = record_type;
        self
    }

    /// How long an answer may be remembered: 0 to 2,147,483,647 s. One minute by default.
    #[must_use]
    pub const fn dns_ttl(mut self, ttl: Duration) -> Self {
        self.ttl = ttl;
        self
    }

    /// Lets whoever registers an instance say whether it is healthy, as ECS does for its tasks; unhealthy ones are left
    /// out of the answers. Instances count as healthy by default.
    #[must_use]
    pub const fn custom_health_check(mut self) -> Self {
        self.custom_health_check = true;
        self
    }

    /// Says what the service is for, in at most 1,024 characters. Nothing by default.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }
}

impl Construct for Service {
    type Ref = ServiceRef;

    fn define(self, scope: &mut Scope<'_>) -> ServiceRef {
        let seconds = self.ttl.as_secs();
        if seconds > 2_147_483_647 {
            scope.problem(format!("dns_ttl must be 0 to 2147483647 s, got {seconds} s"));
        }
        let seconds = u32::try_from(seconds).unwrap_or(u32::MAX);
        let records: Vec<_> =
            self.record_type.names().iter().map(|name| service::DnsRecord::new(f64::from(seconds), *name)).collect();
        let dns =
            service::DnsConfig::new(records).namespace_id(self.namespace.namespace_id()).routing_policy("MULTIVALUE");
        let mut resource = CfnService::new().namespace_id(self.namespace.namespace_id()).dns_config(dns);
        if let Some(name) = &self.name {
            let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
            if name.is_empty() || name.len() > 127 || !name.bytes().all(legal) {
                scope.problem(format!("a service's name is 1 to 127 letters, digits and `-_.`, got `{name}`"));
            }
            resource = resource.name(name);
        }
        if self.custom_health_check {
            // The service takes no other threshold than one, and says so.
            let check = service::HealthCheckCustomConfig::new().failure_threshold(1);
            resource = resource.health_check_custom_config(check);
        }
        if let Some(description) = self.description {
            let length = description.chars().count();
            if length > 1_024 {
                scope.problem(format!("a service's description has at most 1024 characters, got {length}"));
            }
            resource = resource.description(description);
        }
        let resource = scope.add("Resource", resource);
        ServiceRef {
            service_id: resource.id(),
            service_arn: resource.arn(),
            record_type: self.record_type,
            dns_name: self.name.map(|name| format!("{name}.{}", self.namespace.name())),
            resource: Some(resource),
        }
    }
}

/// A Cloud Map service, of this program or not.
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceRef {
    service_id: Value<kind::servicediscovery::ServiceId>,
    service_arn: Value<kind::servicediscovery::ServiceArn>,
    record_type: DnsRecordType,
    dns_name: Option<String>,
    resource: Option<ResourceRef<CfnService>>,
}

impl ServiceRef {
    /// Stands for a service that this program does not define, by its id and ARN.
    #[must_use]
    pub fn from_attributes(
        service_id: impl IntoValue<kind::servicediscovery::ServiceId>,
        service_arn: impl IntoValue<kind::servicediscovery::ServiceArn>,
        record_type: DnsRecordType,
    ) -> Self {
        Self {
            service_id: service_id.into_value(),
            service_arn: service_arn.into_value(),
            record_type,
            dns_name: None,
            resource: None,
        }
    }

    /// The service's id.
    #[must_use]
    pub fn service_id(&self) -> Value<kind::servicediscovery::ServiceId> {
        self.service_id.clone()
    }

    /// The service's ARN.
    #[must_use]
    pub fn service_arn(&self) -> Value<kind::servicediscovery::ServiceArn> {
        self.service_arn.clone()
    }

    /// What DNS answers when it is asked for the service.
    #[must_use]
    pub const fn record_type(&self) -> DnsRecordType {
        self.record_type
    }

    /// The name that DNS knows, such as `tempo.obs.local`, if the service was given one.
    #[must_use]
    pub fn dns_name(&self) -> Option<&str> {
        self.dns_name.as_deref()
    }

    /// The CloudFormation resource, if this program defines the service.
    #[must_use]
    pub const fn resource(&self) -> Option<&ResourceRef<CfnService>> {
        self.resource.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{DnsRecordType, Service};
    use crate::ec2::{VpcAttributes, VpcRef};
    use crate::problem::SynthError;
    use crate::servicediscovery::PrivateDnsNamespace;
    use crate::stack::Stack;
    use crate::testing::{Template, json};

    fn vpc() -> VpcRef {
        VpcRef::from_attributes(VpcAttributes::new("vpc-1", "10.0.0.0/16"))
    }

    #[test]
    fn a_service_is_a_name_in_its_namespace() -> Result<(), SynthError> {
        let mut stack = Stack::new("Stack");
        let namespace = stack.add("Ns", PrivateDnsNamespace::new("x.local", &vpc()));
        let own = stack.add("Own", Service::new(&namespace).name("own").dns_record(DnsRecordType::AAndAaaa));
        let srv = Service::new(&namespace).dns_record(DnsRecordType::Srv).dns_ttl(Duration::from_secs(10));
        let srv = stack.add("Srv", srv.custom_health_check());
        assert_eq!((own.dns_name(), srv.dns_name()), (Some("own.x.local"), None));
        let template = Template::from_stack(stack)?;
        let found = template.has_resource_properties(
            "AWS::ServiceDiscovery::PrivateDnsNamespace",
            json!({ "Name": "x.local", "Vpc": "vpc-1" }),
        );
        // From aws-cdk-lib 2.276.0.
        assert_eq!(found.logical_id(), "Ns33A06F6E");
        let found = template.has_resource_properties(
            "AWS::ServiceDiscovery::Service",
            json!({
                "Name": "own",
                "DnsConfig": {
                    "DnsRecords": [{ "TTL": 60, "Type": "A" }, { "TTL": 60, "Type": "AAAA" }],
                    "NamespaceId": { "Ref": "Ns33A06F6E" },
                    "RoutingPolicy": "MULTIVALUE"
                }
            }),
        );
        assert_eq!(found.logical_id(), "Own30425842");
        template.has_resource_properties(
            "AWS::ServiceDiscovery::Service",
            json!({
                "DnsConfig": { "DnsRecords": [{ "TTL": 10, "Type": "SRV" }] },
                "HealthCheckCustomConfig": { "FailureThreshold": 1 }
            }),
        );
        Ok(())
    }

    #[test]
    fn rejects_illegal_names_and_times() {
        let mut stack = Stack::new("Stack");
        let namespace = stack.add("Ns", PrivateDnsNamespace::new("x..local", &vpc()));
        stack.add("A", Service::new(&namespace).name("a b"));
        stack.add("B", Service::new(&namespace).dns_ttl(Duration::from_secs(1 << 32)));
        let text = Template::from_stack(stack).map_or_else(|error| error.to_string(), |_| String::new());
        for problem in ["3 problems", "got `x..local`", "got `a b`", "dns_ttl must be 0 to 2147483647 s"] {
            assert!(text.contains(problem), "{text}");
        }
    }
}
