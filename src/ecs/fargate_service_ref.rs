//! [`FargateServiceRef`]: a service, of this program or not.

use belvedere_cfn::ecs::CfnService;
use belvedere_cfn::{IntoValue, ResourceRef, Value, kind};

use super::cluster::ClusterRef;
use crate::ec2::{Connectable, Connections, SecurityGroupRef};
use crate::servicediscovery::ServiceRef;

/// A service, of this program or not.
#[derive(Clone, Debug, PartialEq)]
pub struct FargateServiceRef {
    service_name: Value<String>,
    cluster_name: Value<kind::ecs::ClusterName>,
    connections: Connections,
    cloud_map_service: Option<ServiceRef>,
    resource: Option<ResourceRef<CfnService>>,
}

impl FargateServiceRef {
    /// Stands for a service that this program does not define, by its name and its tasks' security groups.
    #[must_use]
    pub fn from_name(
        cluster: &ClusterRef,
        service_name: impl IntoValue<String>,
        security_groups: impl IntoIterator<Item = SecurityGroupRef>,
    ) -> Self {
        Self {
            service_name: service_name.into_value(),
            cluster_name: cluster.cluster_name(),
            connections: Connections { security_groups: security_groups.into_iter().collect() },
            cloud_map_service: None,
            resource: None,
        }
    }

    pub(super) fn defined(
        resource: ResourceRef<CfnService>,
        cluster_name: Value<kind::ecs::ClusterName>,
        connections: Connections,
        cloud_map_service: Option<ServiceRef>,
    ) -> Self {
        Self {
            service_name: resource.name().cast(),
            cluster_name,
            connections,
            cloud_map_service,
            resource: Some(resource),
        }
    }

    /// The service's name.
    #[must_use]
    pub fn service_name(&self) -> Value<String> {
        self.service_name.clone()
    }

    /// The service's ARN, if this program defines it.
    #[must_use]
    pub fn service_arn(&self) -> Option<Value<String>> {
        self.resource.as_ref().map(|resource| resource.service_arn().cast())
    }

    /// The name of the service's cluster.
    #[must_use]
    pub fn cluster_name(&self) -> Value<kind::ecs::ClusterName> {
        self.cluster_name.clone()
    }

    /// The Cloud Map service that the tasks are registered with, if [`cloud_map`](super::FargateService::cloud_map) made
    /// one.
    #[must_use]
    pub const fn cloud_map_service(&self) -> Option<&ServiceRef> {
        self.cloud_map_service.as_ref()
    }

    /// The CloudFormation resource, if this program defines the service.
    #[must_use]
    pub const fn resource(&self) -> Option<&ResourceRef<CfnService>> {
        self.resource.as_ref()
    }
}

impl Connectable for FargateServiceRef {
    fn connections(&self) -> Connections {
        self.connections.clone()
    }
}
