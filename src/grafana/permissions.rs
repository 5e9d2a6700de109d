//! [`Permissions`]: what a workspace itself may do.

use belvedere_cfn::grafana::CfnWorkspace;
use belvedere_cfn::{concat_values, pseudo};

use crate::iam::{Grant, Principal, Role, RoleRef};
use crate::scope::Scope;
use crate::sns::TopicRef;

/// What a workspace itself may do: which data sources it reads, and which topics it publishes to. A workspace is of one
/// of three kinds by it. [AWS page](https://docs.aws.amazon.com/grafana/latest/userguide/AMG-manage-permissions.html).
pub trait Permissions: sealed::Sealed {}

impl Permissions for OwnRole {}
impl Permissions for RoleRef {}
impl Permissions for ServiceManaged {}

pub(super) mod sealed {
    use belvedere_cfn::grafana::CfnWorkspace;

    use crate::iam::RoleRef;
    use crate::scope::Scope;

    pub trait Sealed {
        /// The `PermissionType`.
        const TYPE: &'static str;

        /// Defines what is missing, and writes what the workspace has to say about it.
        fn apply(self, workspace: CfnWorkspace, scope: &mut Scope<'_>) -> (CfnWorkspace, Option<RoleRef>);
    }
}

/// A role that is defined with the workspace, and that only managed Grafana workspaces of the same account and region may
/// take on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OwnRole {
    pub(super) grants: Vec<Grant>,
}

impl sealed::Sealed for OwnRole {
    const TYPE: &'static str = "CUSTOMER_MANAGED";

    fn apply(self, workspace: CfnWorkspace, scope: &mut Scope<'_>) -> (CfnWorkspace, Option<RoleRef>) {
        // The workspace's id is not known yet, so that the trust is in those of the account and region.
        let workspaces = concat_values!(
            "arn:",
            pseudo::partition(),
            ":grafana:",
            pseudo::region(),
            ":",
            pseudo::account_id(),
            ":/workspaces/*"
        );
        let trusted = Role::new(Principal::service("grafana.amazonaws.com"))
            .trust_when("StringEquals", "aws:SourceAccount", pseudo::account_id())
            .trust_when("StringLike", "aws:SourceArn", workspaces);
        let role = scope.add("Role", self.grants.into_iter().fold(trusted, Role::grant));
        role.apply(workspace, scope)
    }
}

impl sealed::Sealed for RoleRef {
    const TYPE: &'static str = "CUSTOMER_MANAGED";

    fn apply(self, workspace: CfnWorkspace, _: &mut Scope<'_>) -> (CfnWorkspace, Option<RoleRef>) {
        (workspace.role_arn(self.role_arn()), Some(self))
    }
}

/// What Grafana's console gives to a role that it makes when somebody opens the workspace there.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ServiceManaged {
    pub(super) data_sources: Vec<ServiceManagedDataSource>,
    pub(super) topics: Vec<TopicRef>,
}

impl sealed::Sealed for ServiceManaged {
    const TYPE: &'static str = "SERVICE_MANAGED";

    fn apply(self, mut workspace: CfnWorkspace, scope: &mut Scope<'_>) -> (CfnWorkspace, Option<RoleRef>) {
        self.report(scope);
        let sources: Vec<&str> = self.data_sources.iter().map(|source| source.as_str()).collect();
        if !sources.is_empty() {
            workspace = workspace.data_sources(sources);
        }
        if !self.topics.is_empty() {
            workspace = workspace.notification_destinations(["SNS"]);
        }
        (workspace, None)
    }
}

impl ServiceManaged {
    /// Reports topics that the role which Grafana's console makes cannot publish to.
    fn report(&self, scope: &mut Scope<'_>) {
        for topic in &self.topics {
            match known_name(scope, topic) {
                Some(Some(name)) if name.starts_with("grafana") => {}
                Some(Some(name)) => scope.problem(format!(
                    "a service-managed workspace publishes only to topics whose name begins with `grafana`, got `{name}`"
                )),
                Some(None) => scope.problem(
                    "a service-managed workspace publishes only to topics whose name begins with `grafana`, and \
                     CloudFormation makes the name of this one: give it a topic_name, or use Workspace::new",
                ),
                None => scope.warning(
                    "a service-managed workspace publishes only to topics whose name begins with `grafana`, and the name of \
                     one is not known before it is deployed",
                ),
            }
        }
    }
}

/// Returns the topic's name as far as it is known, `Some(None)` where CloudFormation makes it.
fn known_name(scope: &Scope<'_>, topic: &TopicRef) -> Option<Option<String>> {
    if let Some(name) = topic.topic_name().as_str() {
        return Some(Some(name.to_owned()));
    }
    match scope.property_of(topic.resource()?, "TopicName")? {
        None => Some(None),
        Some(name) => name.as_str().map(|name| Some(name.to_owned())),
    }
}

/// A kind of data source that Grafana's console knows the permissions for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ServiceManagedDataSource {
    /// Athena.
    Athena,
    /// CloudWatch.
    CloudWatch,
    /// `OpenSearch` Service.
    OpenSearch,
    /// Managed Prometheus.
    Prometheus,
    /// Redshift.
    Redshift,
    /// `IoT` `SiteWise`.
    SiteWise,
    /// Timestream.
    Timestream,
    /// X-Ray.
    XRay,
}

impl ServiceManagedDataSource {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Athena => "ATHENA",
            Self::CloudWatch => "CLOUDWATCH",
            Self::OpenSearch => "AMAZON_OPENSEARCH_SERVICE",
            Self::Prometheus => "PROMETHEUS",
            Self::Redshift => "REDSHIFT",
            Self::SiteWise => "SITEWISE",
            Self::Timestream => "TIMESTREAM",
            Self::XRay => "XRAY",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Stack;
    use crate::grafana::{Authentication, Workspace};
    use crate::sns::Topic;
    use crate::testing::{Match, Template, json};

    #[test]
    fn service_managed_permissions_have_no_role() {
        let mut stack = Stack::new("Example");
        let topic = stack.add("Topic", Topic::new().topic_name("grafana-alerts"));
        let workspace = Workspace::service_managed(Authentication::IdentityCenter);
        stack.add("Grafana", workspace.data_source(ServiceManagedDataSource::Prometheus).notify(&topic));
        let template = Template::from_stack(stack).expect("the stack is in order");
        template.has_no_warnings();
        template.has_resource_properties(
            "AWS::Grafana::Workspace",
            json!({
                "DataSources": ["PROMETHEUS"],
                "NotificationDestinations": ["SNS"],
                "PermissionType": "SERVICE_MANAGED",
                "RoleArn": Match::absent(),
            }),
        );
    }

    #[test]
    fn rejects_topics_that_the_managed_role_cannot_publish_to() {
        let mut stack = Stack::new("Example");
        let named = stack.add("Named", Topic::new().topic_name("alerts"));
        let unnamed = stack.add("Unnamed", Topic::new());
        let workspace = Workspace::service_managed(Authentication::IdentityCenter);
        stack.add("Grafana", workspace.notify(&named).notify(&unnamed));
        let text = Template::from_stack(stack).expect_err("the topics should be refused").to_string();
        assert!(text.contains("begins with `grafana`, got `alerts`"), "{text}");
        assert!(text.contains("CloudFormation makes the name of this one"), "{text}");
    }
}
