//! [`PrivateDnsNamespace`]: a domain that resolves inside one VPC only.

use belvedere_cfn::servicediscovery::CfnPrivateDnsNamespace;
use belvedere_cfn::{IntoValue, ResourceRef, Value, concat_values, kind, pseudo};

use crate::construct::Construct;
use crate::ec2::VpcRef;
use crate::scope::Scope;

/// A domain that resolves inside one VPC only, with a hosted zone that Cloud Map keeps.
/// [AWS page](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-servicediscovery-privatednsnamespace.html).
#[derive(Clone, Debug, PartialEq)]
pub struct PrivateDnsNamespace {
    name: String,
    vpc: VpcRef,
    description: Option<String>,
}

impl PrivateDnsNamespace {
    /// The domain `name`, such as `obs.local`: at most 253 characters. One VPC cannot have two of the same name.
    #[must_use]
    pub fn new(name: impl Into<String>, vpc: &VpcRef) -> Self {
        Self { name: name.into(), vpc: vpc.clone(), description: None }
    }

    /// Says what the namespace is for, in at most 1,024 characters. Nothing by default.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }
}

impl Construct for PrivateDnsNamespace {
    type Ref = PrivateDnsNamespaceRef;

    fn define(self, scope: &mut Scope<'_>) -> PrivateDnsNamespaceRef {
        if !is_domain(&self.name) {
            scope.problem(format!(
                "a namespace's name is labels of 1 to 63 letters, digits, `-` and `_` with dots between them, at most 253 characters, got `{}`",
                self.name
            ));
        }
        let mut resource = CfnPrivateDnsNamespace::new(self.name.clone()).vpc(self.vpc.vpc_id());
        if let Some(description) = self.description {
            let length = description.chars().count();
            if length > 1_024 {
                scope.problem(format!("a namespace's description has at most 1024 characters, got {length}"));
            }
            resource = resource.description(description);
        }
        let resource = scope.add("Resource", resource);
        PrivateDnsNamespaceRef {
            name: self.name,
            namespace_id: resource.id(),
            namespace_arn: resource.arn().cast(),
            resource: Some(resource),
        }
    }
}

fn is_domain(name: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    name.len() <= 253 && name.split('.').all(label)
}

/// A private namespace, of this program or not.
#[derive(Clone, Debug, PartialEq)]
pub struct PrivateDnsNamespaceRef {
    name: String,
    namespace_id: Value<kind::servicediscovery::PrivateDnsNamespaceId>,
    namespace_arn: Value<String>,
    resource: Option<ResourceRef<CfnPrivateDnsNamespace>>,
}

impl PrivateDnsNamespaceRef {
    /// Stands for a namespace of the stack's account and region that this program does not define.
    #[must_use]
    pub fn from_id(
        name: impl Into<String>,
        namespace_id: impl IntoValue<kind::servicediscovery::PrivateDnsNamespaceId>,
    ) -> Self {
        let namespace_id = namespace_id.into_value();
        let namespace_arn = concat_values!(
            "arn:",
            pseudo::partition(),
            ":servicediscovery:",
            pseudo::region(),
            ":",
            pseudo::account_id(),
            ":namespace/",
            &namespace_id
        );
        Self { name: name.into(), namespace_id, namespace_arn, resource: None }
    }

    /// The domain.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The namespace's id.
    #[must_use]
    pub fn namespace_id(&self) -> Value<kind::servicediscovery::PrivateDnsNamespaceId> {
        self.namespace_id.clone()
    }

    /// The namespace's ARN.
    #[must_use]
    pub fn namespace_arn(&self) -> Value<String> {
        self.namespace_arn.clone()
    }

    /// The CloudFormation resource, if this program defines the namespace.
    #[must_use]
    pub const fn resource(&self) -> Option<&ResourceRef<CfnPrivateDnsNamespace>> {
        self.resource.as_ref()
    }
}
