//! [`Workspace`]: a Grafana that AWS runs.

use belvedere_cfn::grafana::{CfnWorkspace, workspace};
use belvedere_cfn::{Choice, IntoValue, Resource, Value};

use super::account_access::AccountAccess;
use super::authentication::Authentication;
use super::network_access::NetworkAccess;
use super::permissions::{OwnRole, Permissions, ServiceManaged, ServiceManagedDataSource};
use super::version::GrafanaVersion;
use super::workspace_ref::WorkspaceRef;
use crate::construct::Construct;
use crate::ec2::{SecurityGroup, SecurityGroupRef, SubnetSelection, VpcRef};
use crate::iam::{Grant, RoleRef};
use crate::removal_policy::RemovalPolicy;
use crate::scope::Scope;
use crate::sns::TopicRef;

/// A Grafana that AWS runs, with its own address and its own users: kept when its stack is deleted, by default.
/// [AWS page](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-grafana-workspace.html).
#[derive(Clone, Debug, PartialEq)]
pub struct Workspace<P = OwnRole> {
    authentication: Authentication,
    permissions: P,
    account_access: AccountAccess,
    workspace_name: Option<Value<String>>,
    description: Option<Value<String>>,
    version: GrafanaVersion,
    plugin_admin: bool,
    network_access: Option<NetworkAccess>,
    vpc: Option<(VpcRef, SubnetSelection)>,
    security_groups: Vec<SecurityGroupRef>,
    removal_policy: RemovalPolicy,
}

impl Workspace<OwnRole> {
    /// A workspace of Grafana 12.4 in this account, with a role of its own that may do nothing yet.
    #[must_use]
    pub const fn new(authentication: Authentication) -> Self {
        Self::with_permissions(authentication, OwnRole { grants: Vec::new() })
    }

    /// Lets the workspace read or do something: `prometheus.query()`, `topic.publish()`, or one of
    /// [`access`](super::access). Nothing by default.
    #[must_use]
    pub fn grant(mut self, grant: impl Into<Grant>) -> Self {
        self.permissions.grants.push(grant.into());
        self
    }
}

impl Workspace<RoleRef> {
    /// A workspace with a role that exists, which `grafana.amazonaws.com` may take on.
    #[must_use]
    pub fn with_role(authentication: Authentication, role: &RoleRef) -> Self {
        Self::with_permissions(authentication, role.clone())
    }
}

impl Workspace<ServiceManaged> {
    /// A workspace with a role that Grafana's console makes when somebody opens the workspace there. Until then one that
    /// CloudFormation created may do nothing, so that [`new`](Workspace::new) is the better choice.
    #[must_use]
    pub const fn service_managed(authentication: Authentication) -> Self {
        let nothing = ServiceManaged { data_sources: Vec::new(), topics: Vec::new() };
        Self::with_permissions(authentication, nothing)
    }

    /// Lets the workspace read a kind of data source. None by default.
    #[must_use]
    pub fn data_source(mut self, source: ServiceManagedDataSource) -> Self {
        if !self.permissions.data_sources.contains(&source) {
            self.permissions.data_sources.push(source);
        }
        self
    }

    /// Lets the workspace publish to a topic. Its name must begin with `grafana`, since the role may publish to no other.
    #[must_use]
    pub fn notify(mut self, topic: &TopicRef) -> Self {
        self.permissions.topics.push(topic.clone());
        self
    }
}

impl<P> Workspace<P> {
    const fn with_permissions(authentication: Authentication, permissions: P) -> Self {
        Self {
            authentication,
            permissions,
            account_access: AccountAccess::CurrentAccount,
            workspace_name: None,
            description: None,
            version: GrafanaVersion::V12_4,
            plugin_admin: false,
            network_access: None,
            vpc: None,
            security_groups: Vec::new(),
            removal_policy: RemovalPolicy::Retain,
        }
    }

    /// Whose resources the workspace may read. Those of its own account by default.
    #[must_use]
    pub fn account_access(mut self, access: AccountAccess) -> Self {
        self.account_access = access;
        self
    }

    /// A name for people: 1 to 255 letters, digits and `-._~`; it need not be unique. None by default.
    #[must_use]
    pub fn workspace_name(mut self, name: impl IntoValue<String>) -> Self {
        self.workspace_name = Some(name.into_value());
        self
    }

    /// Says what the workspace is for, in at most 2,048 characters. Nothing by default.
    #[must_use]
    pub fn description(mut self, description: impl IntoValue<String>) -> Self {
        self.description = Some(description.into_value());
        self
    }

    /// Which Grafana it is. 12.4 by default; what AWS would choose by itself changes over time.
    #[must_use]
    pub fn version(mut self, version: GrafanaVersion) -> Self {
        self.version = version;
        self
    }

    /// Whether admins may install plugins. They may not by default. From Grafana 9 on.
    #[must_use]
    pub const fn plugin_admin(mut self, enabled: bool) -> Self {
        self.plugin_admin = enabled;
        self
    }

    /// From where people may reach the workspace. From anywhere by default.
    #[must_use]
    pub fn network_access(mut self, access: NetworkAccess) -> Self {
        self.network_access = Some(access);
        self
    }

    /// Reaches data sources in a VPC, such as Loki and Tempo behind a load balancer that is not public: by two to six
    /// subnets, in two availability zones or more. To no VPC by default.
    ///
    /// All that the workspace asks for then goes through the VPC: managed Prometheus, CloudWatch and the internet too need
    /// endpoints or a NAT gateway there.
    /// [AWS page](https://docs.aws.amazon.com/grafana/latest/userguide/AMG-configure-vpc.html).
    #[must_use]
    pub fn vpc(mut self, vpc: &VpcRef, subnets: SubnetSelection) -> Self {
        self.vpc = Some((vpc.clone(), subnets));
        self
    }

    /// Adds a security group, at most five, instead of the workspace's own. By default it has one of its own in its VPC,
    /// which lets everything out.
    #[must_use]
    pub fn security_group(mut self, group: &SecurityGroupRef) -> Self {
        self.security_groups.push(group.clone());
        self
    }

    /// What becomes of the workspace when the stack no longer has it. It stays by default, with its dashboards.
    #[must_use]
    pub const fn removal_policy(mut self, policy: RemovalPolicy) -> Self {
        self.removal_policy = policy;
        self
    }

    fn report(&self, scope: &mut Scope<'_>) {
        if let Some(name) = self.workspace_name.as_ref().and_then(Value::as_str) {
            let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
            if !(1..=255).contains(&name.len()) || !name.bytes().all(legal) {
                scope.problem(format!("a workspace's name is 1 to 255 letters, digits and `-._~`, got `{name}`"));
            }
        }
        if let Some(text) = self.description.as_ref().and_then(Value::as_str)
            && text.chars().count() > 2_048
        {
            scope.problem(format!("description has at most 2048 characters, got {}", text.chars().count()));
        }
        if let Some(complaint) = self.version.complaint() {
            scope.problem(complaint);
        }
        if self.plugin_admin && self.version.major().is_some_and(|major| major < 9) {
            scope.problem(format!("plugin_admin needs Grafana 9 or newer, got {}", self.version.as_str()));
        }
        if let AccountAccess::Organization(access) = &self.account_access
            && access.organizational_units.is_empty()
        {
            scope.problem("access to an organization needs an organizational unit, or the organization's root");
        }
        if let Some(access) = &self.network_access {
            let (lists, endpoints) = (access.prefix_lists.len(), access.vpc_endpoints.len());
            if lists > 5 || endpoints > 5 {
                scope.problem(format!(
                    "network_access takes at most 5 prefix lists and 5 VPC endpoints, got {lists} and {endpoints}"
                ));
            }
            if lists == 0 && endpoints == 0 {
                scope.warning("network_access allows nothing, so that nobody can reach the workspace");
            }
        }
    }
}

impl<P: Permissions> Construct for Workspace<P> {
    type Ref = WorkspaceRef;

    fn define(self, scope: &mut Scope<'_>) -> WorkspaceRef {
        self.report(scope);
        let account_access_type = match &self.account_access {
            AccountAccess::CurrentAccount => workspace::AccountAccessType::CURRENT_ACCOUNT,
            AccountAccess::Organization(_) => workspace::AccountAccessType::ORGANIZATION,
        };
        let resource = CfnWorkspace::new(
            account_access_type,
            self.authentication.providers().to_vec(),
            Choice::<workspace::PermissionType>::known(P::TYPE),
        );
        let (mut resource, role) = self.permissions.apply(resource.grafana_version(self.version.as_str()), scope);
        if let Some(saml) = self.authentication.saml() {
            resource = resource.saml_configuration(saml.render(scope));
        }
        if let AccountAccess::Organization(access) = self.account_access {
            resource = resource.organizational_units(access.organizational_units);
            if let Some(name) = access.role_name {
                resource = resource.organization_role_name(name);
            }
            if let Some(name) = access.stack_set_name {
                resource = resource.stack_set_name(name);
            }
        }
        if let Some(name) = self.workspace_name {
            resource = resource.name(name);
        }
        if let Some(description) = self.description {
            resource = resource.description(description);
        }
        if self.plugin_admin {
            resource = resource.plugin_admin_enabled(true);
        }
        if let Some(access) = self.network_access {
            let control = workspace::NetworkAccessControl::new()
                .prefix_list_ids(access.prefix_lists)
                .vpce_ids(access.vpc_endpoints);
            resource = resource.network_access_control(control);
        }
        let mut security_groups = self.security_groups;
        match self.vpc {
            Some((vpc, subnets)) => {
                let configuration = vpc_configuration(scope, &vpc, &subnets, &mut security_groups);
                resource = resource.vpc_configuration(configuration);
            }
            None if !security_groups.is_empty() => {
                scope.problem("a security group needs a VPC: say which one with vpc");
            }
            None => {}
        }
        self.removal_policy.apply(resource.untyped_mut());
        let resource = scope.add("Resource", resource);
        WorkspaceRef {
            workspace_id: resource.id().cast(),
            endpoint: resource.endpoint().cast(),
            role,
            security_groups,
            resource: Some(resource),
            version: Some(self.version),
            identity_center_alone: matches!(self.authentication, Authentication::IdentityCenter),
        }
    }
}

fn vpc_configuration(
    scope: &mut Scope<'_>,
    vpc: &VpcRef,
    selection: &SubnetSelection,
    security_groups: &mut Vec<SecurityGroupRef>,
) -> workspace::VpcConfiguration {
    let subnets = vpc.select(selection);
    if !(2..=6).contains(&subnets.len()) {
        scope.problem(format!("a workspace reaches a VPC by 2 to 6 subnets, got {}: choose others", subnets.len()));
    }
    let mut zones: Vec<_> = subnets.iter().map(|subnet| subnet.availability_zone()).collect();
    zones.dedup();
    if let ([Some(_)], true) = (zones.as_slice(), subnets.len() >= 2) {
        scope.problem("a workspace reaches a VPC by subnets of two availability zones or more, and these are in one");
    }
    if security_groups.is_empty() {
        security_groups.push(scope.add("SecurityGroup", SecurityGroup::new(vpc)));
    }
    if security_groups.len() > 5 {
        scope.problem(format!("a workspace has at most 5 security groups, got {}", security_groups.len()));
    }
    let groups: Vec<_> = security_groups.iter().map(SecurityGroupRef::security_group_id).collect();
    let subnets: Vec<_> = subnets.iter().map(|subnet| subnet.subnet_id()).collect();
    workspace::VpcConfiguration::new(groups, subnets)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Stack;
    use crate::ec2::{Connectable, SubnetRef, VpcAttributes};
    use crate::grafana::{OrganizationAccess, access};
    use crate::logs::LogGroupRef;
    use crate::testing::{Match, Template, json};

    fn vpc(subnets: usize) -> VpcRef {
        let subnets = (0..subnets).map(|index| SubnetRef::from_id(format!("subnet-{index}")));
        VpcRef::from_attributes(VpcAttributes::new("vpc-1", "10.0.0.0/16").private_subnets(subnets))
    }

    fn rejection(workspace: Workspace) -> String {
        let mut stack = Stack::new("Example");
        stack.add("Grafana", workspace);
        Template::from_stack(stack).expect_err("the workspace should be refused").to_string()
    }

    #[test]
    fn the_own_role_trusts_the_service_for_this_account() {
        let mut stack = Stack::new("Example");
        let logs = LogGroupRef::from_name("app");
        let workspace = Workspace::new(Authentication::IdentityCenter);
        stack.add("Grafana", workspace.grant(access::cloudwatch_logs([&logs])));
        let template = Template::from_stack(stack).expect("the stack is in order");
        let role = template.has_resource_properties(
            "AWS::IAM::Role",
            json!({ "AssumeRolePolicyDocument": { "Statement": [{
                "Action": "sts:AssumeRole",
                "Principal": { "Service": "grafana.amazonaws.com" },
                "Condition": {
                    "StringEquals": { "aws:SourceAccount": { "Ref": "AWS::AccountId" } },
                    "StringLike": { "aws:SourceArn": Match::string_like("arn:*:grafana:*:/workspaces/*") },
                },
            }] } }),
        );
        template.has_resource_properties(
            "AWS::IAM::Policy",
            json!({ "PolicyDocument": { "Statement": [
                { "Resource": Match::string_like("*:log-group:app:*") },
                { "Action": Match::array_with("logs:GetQueryResults"), "Resource": "*" },
            ] } }),
        );
        template.has_resource(
            "AWS::Grafana::Workspace",
            json!({ "DeletionPolicy": "Retain", "Properties": Match::exact(json!({
                "AccountAccessType": "CURRENT_ACCOUNT",
                "AuthenticationProviders": ["AWS_SSO"],
                "GrafanaVersion": "12.4",
                "PermissionType": "CUSTOMER_MANAGED",
                "RoleArn": { "Fn::GetAtt": [role.logical_id(), "Arn"] },
            })) }),
        );
    }

    #[test]
    fn a_workspace_in_a_vpc_has_a_security_group() {
        let mut stack = Stack::new("Example");
        let workspace = Workspace::new(Authentication::IdentityCenter)
            .vpc(&vpc(2), SubnetSelection::PrivateWithEgress)
            .network_access(NetworkAccess::new().vpc_endpoint("vpce-1"))
            .account_access(AccountAccess::Organization(OrganizationAccess::new(["ou-ab12-cdef3456"])));
        let grafana = stack.add("Grafana", workspace);
        assert_eq!(grafana.connections().security_groups.len(), 1);
        let template = Template::from_stack(stack).expect("the stack is in order");
        let group = template.has_resource_properties("AWS::EC2::SecurityGroup", json!({ "VpcId": "vpc-1" }));
        template.has_resource_properties(
            "AWS::Grafana::Workspace",
            json!({
                "AccountAccessType": "ORGANIZATION",
                "NetworkAccessControl": { "PrefixListIds": [], "VpceIds": ["vpce-1"] },
                "OrganizationalUnits": ["ou-ab12-cdef3456"],
                "VpcConfiguration": {
                    "SecurityGroupIds": [{ "Fn::GetAtt": [group.logical_id(), "GroupId"] }],
                    "SubnetIds": ["subnet-0", "subnet-1"],
                },
            }),
        );
    }

    #[test]
    fn rejects_what_the_service_refuses() {
        let workspace = Workspace::new(Authentication::IdentityCenter)
            .workspace_name("team grafana")
            .version(GrafanaVersion::custom("latest"))
            .account_access(AccountAccess::Organization(OrganizationAccess::new::<String>([])))
            .vpc(&vpc(1), SubnetSelection::PrivateWithEgress);
        let text = rejection(workspace);
        for part in [
            "letters, digits and `-._~`, got `team grafana`",
            "looks like `12.4`, and is 8.4 or newer, got `latest`",
            "needs an organizational unit",
            "by 2 to 6 subnets, got 1",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        let old = Workspace::new(Authentication::IdentityCenter).plugin_admin(true);
        let text = rejection(old.version(GrafanaVersion::custom("8.4")));
        assert!(text.contains("plugin_admin needs Grafana 9 or newer, got 8.4"), "{text}");
    }

    #[test]
    fn rejects_subnets_of_one_zone() {
        let subnet = |id: &str| SubnetRef::from_id(id).in_availability_zone("eu-central-1a");
        let subnets = SubnetSelection::Subnets(vec![subnet("subnet-1"), subnet("subnet-2")]);
        let workspace = Workspace::new(Authentication::IdentityCenter);
        let text = rejection(workspace.vpc(&vpc(0), subnets));
        assert!(text.contains("two availability zones or more"), "{text}");
    }
}
