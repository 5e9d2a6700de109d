//! [`Rule`]: sends events, or the time, to whoever acts on them.

use belvedere_cfn::events::{CfnRule, rule};
use belvedere_cfn::{IntoValue, ResourceRef, Value};

use super::pattern::EventPattern;
use super::schedule::Schedule;
use super::target::RuleTarget;
use crate::construct::Construct;
use crate::scope::Scope;

/// Sends events of the account's default bus, or the time, to whoever acts on them.
/// [AWS page](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-events-rule.html).
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    trigger: Trigger,
    rule_name: Option<Value<String>>,
    description: Option<String>,
    disabled: bool,
    targets: Vec<RuleTarget>,
}

#[derive(Clone, Debug, PartialEq)]
enum Trigger {
    Schedule(Schedule),
    Events(EventPattern),
}

impl Rule {
    const fn new(trigger: Trigger) -> Self {
        Self { trigger, rule_name: None, description: None, disabled: false, targets: Vec::new() }
    }

    /// A rule that acts by the clock.
    #[must_use]
    pub const fn schedule(schedule: Schedule) -> Self {
        Self::new(Trigger::Schedule(schedule))
    }

    /// A rule that acts on events that match `pattern`.
    #[must_use]
    pub const fn on_events(pattern: EventPattern) -> Self {
        Self::new(Trigger::Events(pattern))
    }

    /// A fixed name: 1 to 64 letters, digits, dots, hyphens and underscores. CloudFormation makes one by default.
    #[must_use]
    pub fn rule_name(mut self, name: impl IntoValue<String>) -> Self {
        self.rule_name = Some(name.into_value());
        self
    }

    /// Says what the rule is for, in at most 512 characters. Nothing by default.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Whether the rule acts. It does by default.
    #[must_use]
    pub const fn enabled(mut self, enabled: bool) -> Self {
        self.disabled = !enabled;
        self
    }

    /// Adds who acts on the events: one to five. `&function`, `&queue` or `&topic`, or a target that says more.
    #[must_use]
    pub fn target(mut self, target: impl Into<RuleTarget>) -> Self {
        self.targets.push(target.into());
        self
    }

    fn report(&self, scope: &mut Scope<'_>) {
        if let Some(name) = self.rule_name.as_ref().and_then(|name| name.as_str()) {
            let legal = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
            if name.is_empty() || name.len() > 64 || !name.bytes().all(legal) {
                scope.problem(format!(
                    "a rule's name is 1 to 64 letters, digits, dots, hyphens and underscores, got `{name}`"
                ));
            }
        }
        if let Some(description) = &self.description
            && description.chars().count() > 512
        {
            let characters = description.chars().count();
            scope.problem(format!("a rule's description has at most 512 characters, got {characters}"));
        }
        if !(1..=5).contains(&self.targets.len()) {
            scope.problem(format!("a rule has 1 to 5 targets, got {}", self.targets.len()));
        }
    }
}

impl Construct for Rule {
    type Ref = RuleRef;

    fn define(self, scope: &mut Scope<'_>) -> RuleRef {
        self.report(scope);
        let mut resource = CfnRule::new();
        resource = match self.trigger {
            Trigger::Schedule(schedule) => resource.schedule_expression(schedule.render(scope)),
            Trigger::Events(pattern) => {
                let pattern = pattern.into_properties();
                if pattern.is_empty() {
                    scope.problem("an event pattern has to say something: give it a source, or a detail_type");
                }
                resource.event_pattern(pattern)
            }
        };
        if let Some(name) = self.rule_name {
            resource = resource.name(name);
        }
        if let Some(description) = self.description {
            resource = resource.description(description);
        }
        resource = resource.state(if self.disabled { rule::State::DISABLED } else { rule::State::ENABLED });
        let targets: Vec<rule::Target> =
            self.targets.iter().enumerate().map(|(index, target)| target.render(index, scope)).collect();
        let resource = scope.add("Resource", resource.targets(targets));
        let reference = RuleRef { resource };
        for target in &self.targets {
            target.permit(&reference, scope);
        }
        reference
    }
}

/// A rule.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleRef {
    resource: ResourceRef<CfnRule>,
}

impl RuleRef {
    /// The rule's ARN.
    #[must_use]
    pub fn rule_arn(&self) -> Value<String> {
        self.resource.arn().cast()
    }

    /// The rule's name.
    #[must_use]
    pub fn rule_name(&self) -> Value<String> {
        self.resource.rule_name().cast()
    }

    /// The CloudFormation resource.
    #[must_use]
    pub const fn resource(&self) -> &ResourceRef<CfnRule> {
        &self.resource
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Rule;
    use crate::Stack;
    use crate::events::{EventPattern, LambdaTarget, QueueTarget, Schedule};
    use crate::lambda::{Code, Function, FunctionRef, Runtime};
    use crate::sns::Topic;
    use crate::sqs::{MessageSource, Queue};
    use crate::testing::{Match, Template, json};

    fn worker(stack: &mut Stack) -> FunctionRef {
        stack.add("Worker", Function::new(Runtime::PYTHON_3_13, "index.handler", Code::inline("x")))
    }

    #[test]
    fn a_scheduled_function_has_the_cdks_ids() {
        let mut stack = Stack::new("S");
        let function = worker(&mut stack);
        let missed = stack.add("Dlq", Queue::new().accept_messages_from(MessageSource::EventRules));
        let target = LambdaTarget::new(&function)
            .retry_attempts(2)
            .max_event_age(Duration::from_secs(300))
            .dead_letter_queue(&missed);
        let rule = stack.add("Rule", Rule::schedule(Schedule::rate(Duration::from_secs(60))).target(target));
        let template = Template::from_stack(stack).expect("valid");
        let found = template.has_resource_properties(
            "AWS::Events::Rule",
            json!({
                "ScheduleExpression": "rate(1 minute)",
                "State": "ENABLED",
                "Targets": [{
                    "Arn": function.function_arn(),
                    "DeadLetterConfig": { "Arn": missed.queue_arn() },
                    "Id": "Target0",
                    "RetryPolicy": { "MaximumEventAgeInSeconds": 300, "MaximumRetryAttempts": 2 },
                }],
            }),
        );
        assert_eq!(found.logical_id(), "Rule4C995B7F");
        let found = template.has_resource_properties(
            "AWS::Lambda::Permission",
            json!({ "Principal": "events.amazonaws.com", "SourceArn": rule.rule_arn() }),
        );
        assert_eq!(found.logical_id(), "RuleAllowEventRuleSWorkerE69E7BB7164CA2FA");
    }

    #[test]
    fn an_input_may_hold_what_is_known_at_deploy_time() {
        let mut stack = Stack::new("S");
        let function = worker(&mut stack);
        let pattern = EventPattern::new().source(["aws.ecs"]).detail(json!({ "lastStatus": ["STOPPED"] }));
        let target = LambdaTarget::new(&function).input(json!({ "probe": 1 }));
        stack.add("Rule", Rule::on_events(pattern).target(target));
        Template::from_stack(stack).expect("valid").has_resource_properties(
            "AWS::Events::Rule",
            json!({
                "EventPattern": { "source": ["aws.ecs"], "detail": { "lastStatus": ["STOPPED"] } },
                "ScheduleExpression": Match::absent(),
                "Targets": [{ "Input": "{\"probe\":1}" }],
            }),
        );
    }

    #[test]
    fn rejects_receivers_that_would_refuse() {
        let mut stack = Stack::new("S");
        let function = worker(&mut stack);
        let queue = stack.add("Queue", Queue::new());
        let topic = stack.add("Topic", Topic::new());
        let hourly = || Rule::schedule(Schedule::rate(Duration::from_secs(3_600)));
        stack.add("ToQueue", hourly().target(QueueTarget::new(&queue)));
        stack.add("ToTopic", hourly().target(&topic));
        stack.add("Missed", hourly().target(LambdaTarget::new(&function).dead_letter_queue(&queue)));
        stack.add("None", hourly());
        stack
            .add("Often", Rule::schedule(Schedule::rate(Duration::from_secs(30))).target(LambdaTarget::new(&function)));
        let text = Template::from_stack(stack).expect_err("invalid").to_string();
        for part in [
            "S/ToQueue: the queue refuses",
            "S/ToTopic: the topic refuses",
            "S/Missed: the dead_letter_queue refuses",
            "S/None: a rule has 1 to 5 targets, got 0",
            "S/Often: a rate is a whole number of minutes, at least one, got 30 s",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }
}
