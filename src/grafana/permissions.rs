//! [`Permissions`]: what a workspace itself may do.

use crate::iam::{Grant, RoleRef};
use crate::scope::Scope;
use crate::sns::TopicRef;

/// What a workspace itself may do: which data sources it reads, and which topics it publishes to.
/// [AWS page](https://docs.aws.amazon.com/grafana/latest/userguide/AMG-manage-permissions.html).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Permissions {
    /// What a role of the workspace's own may do.
    OwnRole(OwnRole),
    /// What an existing role may do, which `grafana.amazonaws.com` may take on.
    Role(RoleRef),
    /// What Grafana's console gives to a role that it makes.
    ServiceManaged(ServiceManaged),
}

impl Default for Permissions {
    fn default() -> Self {
        Self::OwnRole(OwnRole::new())
    }
}

impl From<OwnRole> for Permissions {
    fn from(role: OwnRole) -> Self {
        Self::OwnRole(role)
    }
}

impl From<&RoleRef> for Permissions {
    fn from(role: &RoleRef) -> Self {
        Self::Role(role.clone())
    }
}

impl From<ServiceManaged> for Permissions {
    fn from(managed: ServiceManaged) -> Self {
        Self::ServiceManaged(managed)
    }
}

/// A role that is defined with the workspace, and that only managed Grafana workspaces of the same account and region may
/// take on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OwnRole {
    pub(super) grants: Vec<Grant>,
}

impl OwnRole {
    /// A role that may do nothing yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { grants: Vec::new() }
    }

    /// Lets the workspace read or do something: `prometheus.query()`, `topic.publish()`, or one of
    /// [`data_source`](super::data_source).
    #[must_use]
    pub fn grant(mut self, grant: impl Into<Grant>) -> Self {
        self.grants.push(grant.into());
        self
    }
}

/// What Grafana's console gives to a role that it makes when somebody opens the workspace there.
///
/// A workspace that CloudFormation creates has no such role until then, so that [`OwnRole`] is the better choice.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ServiceManaged {
    pub(super) data_sources: Vec<ServiceManagedDataSource>,
    pub(super) topics: Vec<TopicRef>,
}

impl ServiceManaged {
    /// Neither data sources nor topics yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { data_sources: Vec::new(), topics: Vec::new() }
    }

    /// Lets the workspace read a kind of data source.
    #[must_use]
    pub fn data_source(mut self, source: ServiceManagedDataSource) -> Self {
        if !self.data_sources.contains(&source) {
            self.data_sources.push(source);
        }
        self
    }

    /// Lets the workspace publish to a topic. Its name must begin with `grafana`, since the role may publish to no other.
    #[must_use]
    pub fn notify(mut self, topic: &TopicRef) -> Self {
        self.topics.push(topic.clone());
        self
    }

    /// Reports topics that the role which Grafana's console makes cannot publish to.
    pub(super) fn report(&self, scope: &mut Scope<'_>) {
        for topic in &self.topics {
            match known_name(scope, topic) {
                Some(Some(name)) if name.starts_with("grafana") => {}
                Some(Some(name)) => scope.problem(format!(
                    "a service-managed workspace publishes only to topics whose name begins with `grafana`, got `{name}`"
                )),
                Some(None) => scope.problem(
                    "a service-managed workspace publishes only to topics whose name begins with `grafana`, and \
                     CloudFormation makes the name of this one: give it a topic_name, or the workspace an OwnRole",
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
        let managed = ServiceManaged::new().data_source(ServiceManagedDataSource::Prometheus).notify(&topic);
        stack.add("Grafana", Workspace::new(Authentication::SsoIdentityCenter).permissions(managed));
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
        let managed = ServiceManaged::new().notify(&named).notify(&unnamed);
        stack.add("Grafana", Workspace::new(Authentication::SsoIdentityCenter).permissions(managed));
        let text = Template::from_stack(stack).expect_err("the topics should be refused").to_string();
        assert!(text.contains("begins with `grafana`, got `alerts`"), "{text}");
        assert!(text.contains("CloudFormation makes the name of this one"), "{text}");
    }
}
