//! [`ScheduleGroup`]: schedules that belong together.

use belvedere_cfn::scheduler::CfnScheduleGroup;
use belvedere_cfn::{IntoValue, Resource, ResourceRef, Value, concat_values, kind, pseudo};

use crate::construct::Construct;
use crate::removal_policy::RemovalPolicy;
use crate::scope::Scope;

/// Schedules that belong together: deleted with the stack, and all schedules in it, by default.
/// [AWS page](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-scheduler-schedulegroup.html).
///
/// The AWS CDK keeps the group. The schedules of a stack go with it either way, and an empty group is worth nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct ScheduleGroup {
    name: Option<Value<String>>,
    removal_policy: RemovalPolicy,
}

impl Default for ScheduleGroup {
    fn default() -> Self {
        Self::new()
    }
}

impl ScheduleGroup {
    /// A group with a name that CloudFormation makes.
    #[must_use]
    pub const fn new() -> Self {
        Self { name: None, removal_policy: RemovalPolicy::Destroy }
    }

    /// A fixed name: 1 to 64 letters, digits, dots, hyphens and underscores. CloudFormation makes one by default.
    #[must_use]
    pub fn schedule_group_name(mut self, name: impl IntoValue<String>) -> Self {
        self.name = Some(name.into_value());
        self
    }

    /// What becomes of the group when the stack no longer has it. It is deleted by default.
    #[must_use]
    pub const fn removal_policy(mut self, policy: RemovalPolicy) -> Self {
        self.removal_policy = policy;
        self
    }
}

impl Construct for ScheduleGroup {
    type Ref = ScheduleGroupRef;

    fn define(self, scope: &mut Scope<'_>) -> ScheduleGroupRef {
        let mut resource = CfnScheduleGroup::new();
        if let Some(name) = self.name {
            if let Some(complaint) = name.as_str().and_then(name_complaint) {
                scope.problem(complaint);
            }
            resource = resource.name(name);
        }
        self.removal_policy.apply(resource.untyped_mut());
        let resource = scope.add("Resource", resource);
        ScheduleGroupRef { name: resource.name(), arn: resource.arn().cast(), resource: Some(resource) }
    }
}

/// Returns what is wrong with the name of a schedule or a group of them, if anything is.
pub(super) fn name_complaint(name: &str) -> Option<String> {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    let fits = (1..=64).contains(&name.len()) && name.bytes().all(legal);
    (!fits).then(|| format!("a name is 1 to 64 letters, digits, dots, hyphens and underscores here, got `{name}`"))
}

/// A group of schedules, of this program or not.
#[derive(Clone, Debug, PartialEq)]
pub struct ScheduleGroupRef {
    name: Value<kind::scheduler::ScheduleGroupName>,
    arn: Value<String>,
    resource: Option<ResourceRef<CfnScheduleGroup>>,
}

impl ScheduleGroupRef {
    /// Stands for a group of the stack's account and region that this program does not define, by its name. `default` is
    /// there in each.
    #[must_use]
    pub fn from_name(name: impl IntoValue<kind::scheduler::ScheduleGroupName>) -> Self {
        let name: Value<kind::scheduler::ScheduleGroupName> = name.into_value();
        let arn = concat_values!(
            "arn:",
            pseudo::partition(),
            ":scheduler:",
            pseudo::region(),
            ":",
            pseudo::account_id(),
            ":schedule-group/",
            &name
        );
        Self { name, arn, resource: None }
    }

    /// The group's name.
    #[must_use]
    pub fn schedule_group_name(&self) -> Value<kind::scheduler::ScheduleGroupName> {
        self.name.clone()
    }

    /// The group's ARN.
    #[must_use]
    pub fn schedule_group_arn(&self) -> Value<String> {
        self.arn.clone()
    }

    /// The CloudFormation resource, if this program defines the group.
    #[must_use]
    pub const fn resource(&self) -> Option<&ResourceRef<CfnScheduleGroup>> {
        self.resource.as_ref()
    }
}
