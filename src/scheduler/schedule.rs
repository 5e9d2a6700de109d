//! [`Schedule`]: calls on something by the clock.

use std::time::Duration;

use belvedere_cfn::scheduler::{CfnSchedule, schedule};
use belvedere_cfn::{IntoValue, Resource, ResourceRef, Value, pseudo};

use super::expression::ScheduleExpression;
use super::group::{ScheduleGroupRef, name_complaint};
use super::target::ScheduleTarget;
use crate::construct::Construct;
use crate::iam::{Principal, Role, RoleRef};
use crate::scope::Scope;

/// Calls on something by the clock, with a role of its own that may do that and nothing else.
/// [AWS page](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-scheduler-schedule.html).
///
/// The AWS CDK has one role for all schedules of a target, under an id of its own in the stack; here it is `Role`.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    expression: ScheduleExpression,
    target: ScheduleTarget,
    name: Option<Value<String>>,
    description: Option<String>,
    group: Option<ScheduleGroupRef>,
    time_zone: Option<String>,
    flexible_window: Option<Duration>,
    disabled: bool,
}

impl Schedule {
    /// Calls on `target` whenever `expression` says so.
    #[must_use]
    pub const fn new(expression: ScheduleExpression, target: ScheduleTarget) -> Self {
        Self {
            expression,
            target,
            name: None,
            description: None,
            group: None,
            time_zone: None,
            flexible_window: None,
            disabled: false,
        }
    }

    /// A fixed name: 1 to 64 letters, digits, dots, hyphens and underscores. CloudFormation makes one by default.
    #[must_use]
    pub fn schedule_name(mut self, name: impl IntoValue<String>) -> Self {
        self.name = Some(name.into_value());
        self
    }

    /// Says what the schedule is for, in at most 512 characters. Nothing by default.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// The group that the schedule belongs to. The account's default group by default.
    #[must_use]
    pub fn group(mut self, group: &ScheduleGroupRef) -> Self {
        self.group = Some(group.clone());
        self
    }

    /// The time zone that counts, by its name in the IANA's database, such as `Europe/Berlin`. `Etc/UTC` by default.
    #[must_use]
    pub fn time_zone(mut self, name: impl Into<String>) -> Self {
        self.time_zone = Some(name.into());
        self
    }

    /// Lets the call be up to so much late, 1 minute to 24 hours in whole minutes, so that not all come at once. On time by
    /// default.
    #[must_use]
    pub const fn flexible_window(mut self, window: Duration) -> Self {
        self.flexible_window = Some(window);
        self
    }

    /// Whether the schedule acts. It does by default.
    #[must_use]
    pub const fn enabled(mut self, enabled: bool) -> Self {
        self.disabled = !enabled;
        self
    }

    fn report(&self, scope: &mut Scope<'_>) {
        if let Some(complaint) = self.name.as_ref().and_then(|name| name.as_str()).and_then(name_complaint) {
            scope.problem(complaint);
        }
        if let Some(description) = &self.description
            && description.chars().count() > 512
        {
            let characters = description.chars().count();
            scope.problem(format!("a schedule's description has at most 512 characters, got {characters}"));
        }
        if let Some(zone) = &self.time_zone {
            let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"/_+-".contains(&byte);
            if !(1..=50).contains(&zone.len()) || !zone.bytes().all(legal) {
                scope.problem(format!("a time zone looks like `Europe/Berlin`, got `{zone}`"));
            }
        }
    }
}

impl Construct for Schedule {
    type Ref = ScheduleRef;

    fn define(self, scope: &mut Scope<'_>) -> ScheduleRef {
        self.report(scope);
        let expression = self.expression.render(scope);
        let window = match self.flexible_window {
            None => schedule::FlexibleTimeWindow::new(schedule::Mode::OFF),
            Some(window) => {
                let minutes = window.as_secs() / 60;
                if !(1..=1_440).contains(&minutes) || !window.as_secs().is_multiple_of(60) || window.subsec_nanos() != 0
                {
                    scope.problem(format!(
                        "flexible_window must be 1 to 1440 minutes, in whole minutes, got {} s",
                        window.as_secs_f64()
                    ));
                }
                schedule::FlexibleTimeWindow::new(schedule::Mode::FLEXIBLE)
                    .maximum_window_in_minutes(u32::try_from(minutes).unwrap_or(u32::MAX))
            }
        };
        let group = self.group.clone().unwrap_or_else(|| ScheduleGroupRef::from_name("default"));
        let role = Role::new(Principal::service("scheduler.amazonaws.com"))
            .trust_when("StringEquals", "aws:SourceAccount", pseudo::account_id())
            .trust_when("StringEquals", "aws:SourceArn", group.schedule_group_arn())
            .grant(self.target.permissions());
        let role = scope.add("Role", role);
        let target = self.target.render(role.role_arn(), scope);
        let mut resource = CfnSchedule::new(window, expression, target)
            .schedule_expression_timezone(self.time_zone.unwrap_or_else(|| "Etc/UTC".to_owned()))
            .state(if self.disabled { schedule::State::DISABLED } else { schedule::State::ENABLED });
        if let Some(name) = self.name {
            resource = resource.name(name);
        }
        if let Some(description) = self.description {
            resource = resource.description(description);
        }
        if let Some(group) = &self.group {
            resource = resource.group_name(group.schedule_group_name());
        }
        if let Some(policy) = role.default_policy() {
            resource = resource.depends_on(policy.target());
        }
        ScheduleRef { resource: scope.add("Resource", resource), role }
    }
}

/// A schedule.
#[derive(Clone, Debug, PartialEq)]
pub struct ScheduleRef {
    resource: ResourceRef<CfnSchedule>,
    role: RoleRef,
}

impl ScheduleRef {
    /// The schedule's ARN.
    #[must_use]
    pub fn schedule_arn(&self) -> Value<String> {
        self.resource.arn().cast()
    }

    /// The schedule's name.
    #[must_use]
    pub fn schedule_name(&self) -> Value<String> {
        self.resource.name().cast()
    }

    /// The role that the schedule calls with.
    #[must_use]
    pub const fn role(&self) -> &RoleRef {
        &self.role
    }

    /// The CloudFormation resource.
    #[must_use]
    pub const fn resource(&self) -> &ResourceRef<CfnSchedule> {
        &self.resource
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Schedule;
    use crate::Stack;
    use crate::events::Cron;
    use crate::lambda::{Code, Function, FunctionRef, Runtime};
    use crate::scheduler::{ScheduleExpression, ScheduleGroup, ScheduleTarget};
    use crate::sqs::Queue;
    use crate::testing::{Template, json};

    fn worker(stack: &mut Stack) -> FunctionRef {
        stack.add("Worker", Function::new(Runtime::PYTHON_3_13, "index.handler", Code::inline("x")))
    }

    #[test]
    fn a_schedule_calls_with_a_role_of_its_own() {
        let mut stack = Stack::new("S");
        let function = worker(&mut stack);
        let group = stack.add("Group", ScheduleGroup::new());
        let every = ScheduleExpression::rate(Duration::from_secs(300));
        let schedule = stack.add("Sched", Schedule::new(every, ScheduleTarget::function(&function)).group(&group));
        let template = Template::from_stack(stack).expect("valid");
        let found = template.has_resource_properties(
            "AWS::Scheduler::Schedule",
            json!({
                "FlexibleTimeWindow": { "Mode": "OFF" },
                "GroupName": group.schedule_group_name(),
                "ScheduleExpression": "rate(5 minutes)",
                "ScheduleExpressionTimezone": "Etc/UTC",
                "State": "ENABLED",
                "Target": {
                    "Arn": function.function_arn(),
                    "RetryPolicy": { "MaximumEventAgeInSeconds": 86400, "MaximumRetryAttempts": 185 },
                    "RoleArn": schedule.role().role_arn(),
                },
            }),
        );
        assert_eq!(found.logical_id(), "SchedE76B5B95");
        assert_eq!(template.has_resource("AWS::Scheduler::ScheduleGroup", json!({})).logical_id(), "GroupC77FDACD");
        template.has_resource_properties(
            "AWS::IAM::Role",
            json!({ "AssumeRolePolicyDocument": { "Statement": [{
                "Condition": { "StringEquals": { "aws:SourceArn": group.schedule_group_arn() } },
                "Principal": { "Service": "scheduler.amazonaws.com" },
            }] } }),
        );
        template.has_resource_properties(
            "AWS::IAM::Policy",
            json!({ "PolicyDocument": { "Statement": [{
                "Action": "lambda:InvokeFunction",
                "Resource": function.function_arn(),
            }] } }),
        );
    }

    #[test]
    fn a_time_zone_and_a_window_reach_the_template() {
        let mut stack = Stack::new("S");
        let function = worker(&mut stack);
        let mornings = ScheduleExpression::cron(Cron::new().minute("0").hour("8"));
        let schedule = Schedule::new(mornings, ScheduleTarget::function(&function))
            .time_zone("Europe/Berlin")
            .flexible_window(Duration::from_secs(900));
        stack.add("Sched2", schedule);
        let template = Template::from_stack(stack).expect("valid");
        let found = template.has_resource_properties(
            "AWS::Scheduler::Schedule",
            json!({
                "FlexibleTimeWindow": { "MaximumWindowInMinutes": 15, "Mode": "FLEXIBLE" },
                "ScheduleExpression": "cron(0 8 * * ? *)",
                "ScheduleExpressionTimezone": "Europe/Berlin",
            }),
        );
        assert_eq!(found.logical_id(), "Sched2AFA7E1E6");
    }

    #[test]
    fn rejects_what_the_service_would_refuse() {
        let mut stack = Stack::new("S");
        let fifo = stack.add("Fifo", Queue::fifo());
        let at = ScheduleExpression::at("2027-02-29T00:00:00");
        let target = ScheduleTarget::queue(&fifo).dead_letter_queue(&fifo).max_event_age(Duration::from_secs(59));
        let schedule = Schedule::new(at, target).time_zone("Europe Berlin").flexible_window(Duration::from_secs(90));
        stack.add("Sched", schedule);
        let text = Template::from_stack(stack).expect_err("invalid").to_string();
        for part in [
            "a date and time looks like `2027-01-01T08:00:00`, got `2027-02-29T00:00:00`",
            "a FIFO queue needs a message_group_id",
            "the dead_letter_queue of a schedule must be a standard queue",
            "max_event_age must be 60 to 86400 s, in whole seconds, got 59 s",
            "a time zone looks like `Europe/Berlin`, got `Europe Berlin`",
            "flexible_window must be 1 to 1440 minutes, in whole minutes, got 90 s",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }
}
