//! [`Rule`]: what happens when, by the clock or by events.

use belvedere_cfn::events::{CfnRule, rule};
use belvedere_cfn::lambda::CfnPermission;
use belvedere_cfn::{IntoValue, ResourceRef, Value, functions};

use super::event_pattern::EventPattern;
use super::schedule::Schedule;
use super::target::{Destination, EventTarget};
use crate::construct::Construct;
use crate::scope::Scope;

/// The most targets that EventBridge takes for a rule.
const MAX_TARGETS: usize = 5;

/// What happens when, by the clock or by events of the account's default event bus.
/// [AWS page](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-events-rule.html).
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    trigger: Trigger,
    rule_name: Option<Value<String>>,
    description: Option<String>,
    enabled: bool,
    targets: Vec<EventTarget>,
}

#[derive(Clone, Debug, PartialEq)]
enum Trigger {
    Schedule(Schedule),
    EventPattern(EventPattern),
}

impl Rule {
    /// Runs by the clock.
    #[must_use]
    pub fn on_schedule(schedule: impl Into<Schedule>) -> Self {
        Self::new(Trigger::Schedule(schedule.into()))
    }

    /// Runs for each event that fits the pattern.
    #[must_use]
    pub const fn on_events(pattern: EventPattern) -> Self {
        Self::new(Trigger::EventPattern(pattern))
    }

    const fn new(trigger: Trigger) -> Self {
        Self { trigger, rule_name: None, description: None, enabled: true, targets: Vec::new() }
    }

    /// A fixed name: 1 to 64 letters, digits and `._-`. CloudFormation makes one by default.
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

    /// Whether the rule runs. It does by default.
    #[must_use]
    pub const fn enabled(mut self, enabled: bool) -> Self {
        self.enabled = enabled;
        self
    }

    /// Adds what events are sent to: `&function`, `&queue`, `&topic`, or an [`EventTarget`] that says more. Nothing by
    /// default; at most five.
    #[must_use]
    pub fn target(mut self, target: impl Into<EventTarget>) -> Self {
        self.targets.push(target.into());
        self
    }

    fn report(&self, scope: &mut Scope<'_>) {
        if let Some(name) = self.rule_name.as_ref().and_then(|name| name.as_str()) {
            let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
            if name.is_empty() || name.len() > 64 || !name.bytes().all(legal) {
                scope.problem(format!("a rule's name is 1 to 64 letters, digits and `._-`, got `{name}`"));
            }
        }
        if let Some(length) = self.description.as_ref().map(|text| text.chars().count()).filter(|length| *length > 512)
        {
            scope.problem(format!("a rule's description has at most 512 characters, got {length}"));
        }
        match self.targets.len() {
            0 => scope.warning("a rule without targets does nothing: add a target"),
            count if count > MAX_TARGETS => {
                scope.problem(format!("a rule has at most {MAX_TARGETS} targets, got {count}: make a second rule"));
            }
            _ => {}
        }
    }
}

impl Construct for Rule {
    type Ref = RuleRef;

    fn define(self, scope: &mut Scope<'_>) -> RuleRef {
        self.report(scope);
        let mut resource =
            CfnRule::new().state(if self.enabled { rule::State::ENABLED } else { rule::State::DISABLED });
        match self.trigger {
            Trigger::Schedule(schedule) => match schedule.render() {
                Ok(expression) => resource = resource.schedule_expression(expression),
                Err(complaints) => complaints.into_iter().for_each(|complaint| scope.problem(complaint)),
            },
            Trigger::EventPattern(pattern) => {
                pattern.complaints().into_iter().for_each(|complaint| scope.problem(complaint));
                resource = resource.event_pattern(pattern.into_json());
            }
        }
        if let Some(name) = self.rule_name {
            resource = resource.name(name);
        }
        if let Some(description) = self.description {
            resource = resource.description(description);
        }
        let mut functions = Vec::new();
        let mut targets = Vec::new();
        for (index, target) in self.targets.into_iter().enumerate() {
            if let Destination::Function(function) = &target.destination {
                functions.push(function.clone());
            }
            targets.push(target.render(format!("Target{index}"), scope));
        }
        if !targets.is_empty() {
            resource = resource.targets(targets);
        }
        let resource = scope.add("Resource", resource);
        let rule_arn: Value<String> = resource.arn().cast();
        for function in functions {
            let id = format!("AllowEventRule{}", function.unique_id());
            // A function that is the target of the rule twice is permitted once.
            if !scope.has_child(&id) {
                let permission =
                    CfnPermission::new("lambda:InvokeFunction", function.function_arn(), "events.amazonaws.com");
                scope.add(id, permission.source_arn(&rule_arn));
            }
        }
        RuleRef { rule_name: resource.name().cast(), rule_arn, resource: Some(resource) }
    }
}

/// A rule, of this program or not.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleRef {
    rule_name: Value<String>,
    rule_arn: Value<String>,
    resource: Option<ResourceRef<CfnRule>>,
}

impl RuleRef {
    /// Stands for a rule of the default event bus that this program does not define, by its ARN.
    #[must_use]
    pub fn from_arn(arn: impl IntoValue<String>) -> Self {
        let rule_arn: Value<String> = arn.into_value();
        let rule_name = match rule_arn.as_str() {
            Some(arn) => Value::from(arn.rsplit('/').next().unwrap_or_default()),
            None => functions::select::<String>(1, functions::split("/", &rule_arn)),
        };
        Self { rule_name, rule_arn, resource: None }
    }

    /// The rule's name.
    #[must_use]
    pub fn rule_name(&self) -> Value<String> {
        self.rule_name.clone()
    }

    /// The rule's ARN.
    #[must_use]
    pub fn rule_arn(&self) -> Value<String> {
        self.rule_arn.clone()
    }

    /// The CloudFormation resource, if this program defines the rule.
    #[must_use]
    pub const fn resource(&self) -> Option<&ResourceRef<CfnRule>> {
        self.resource.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Rule;
    use crate::Stack;
    use crate::events::{Cron, EventPattern, EventTarget, Schedule};
    use crate::kms::{Key, KeyUser};
    use crate::lambda::{Code, Function, FunctionRef, Runtime};
    use crate::sns::{Publisher, Topic, TopicEncryption};
    use crate::sqs::{MessageSource, Queue};
    use crate::testing::{Match, Template, json};

    fn function(stack: &mut Stack, id: &'static str) -> FunctionRef {
        let code = Code::inline("def handler(event, context): pass");
        stack.add(id, Function::new(Runtime::PYTHON_3_13, "index.handler", code))
    }

    fn message_of(rule: Rule) -> String {
        let mut stack = Stack::new("Test");
        stack.add("Rule", rule);
        Template::from_stack(stack).map(|_| String::new()).unwrap_or_else(|error| error.to_string())
    }

    fn minutely() -> Rule {
        Rule::on_schedule(Schedule::rate(Duration::from_secs(60)))
    }

    #[test]
    fn a_rule_invokes_functions_by_the_clock() {
        let mut stack = Stack::new("S");
        let plain = function(&mut stack, "Plain");
        let failed = stack.add("Dlq", Queue::new().accept_messages_from(MessageSource::EventRules));
        let patient = EventTarget::function(&plain)
            .retry_attempts(2)
            .max_event_age(Duration::from_secs(7_200))
            .dead_letter_queue(&failed)
            .input(r#"{"a":1}"#);
        stack.add("Rule", minutely().target(&plain).target(patient));
        let template = Template::from_stack(stack).expect("the stack is sound");
        let rule = template.has_resource_properties(
            "AWS::Events::Rule",
            json!({
                "ScheduleExpression": "rate(1 minute)",
                "State": "ENABLED",
                "Targets": [
                    { "Arn": { "Fn::GetAtt": ["Plain295EB121", "Arn"] }, "Id": "Target0" },
                    {
                        "Arn": { "Fn::GetAtt": ["Plain295EB121", "Arn"] },
                        "DeadLetterConfig": { "Arn": { "Fn::GetAtt": ["DlqD1FAA4AD", "Arn"] } },
                        "Id": "Target1",
                        "Input": "{\"a\":1}",
                        "RetryPolicy": { "MaximumEventAgeInSeconds": 7200, "MaximumRetryAttempts": 2 },
                    },
                ],
            }),
        );
        let permission = template.has_resource_properties(
            "AWS::Lambda::Permission",
            json!({
                "Action": "lambda:InvokeFunction",
                "FunctionName": { "Fn::GetAtt": ["Plain295EB121", "Arn"] },
                "Principal": "events.amazonaws.com",
                "SourceArn": { "Fn::GetAtt": ["Rule4C995B7F", "Arn"] },
            }),
        );
        template.resource_count_is("AWS::Lambda::Permission", 1);
        // The AWS CDK's ids.
        assert_eq!(rule.logical_id(), "Rule4C995B7F");
        assert_eq!(permission.logical_id(), "RuleAllowEventRuleSPlain3A8E344FA5E8FCAD");
    }

    #[test]
    fn a_rule_sends_events_to_queues_and_topics_that_accept_them() {
        let mut stack = Stack::new("S");
        let queue = stack.add("Q", Queue::fifo().accept_messages_from(MessageSource::EventRules));
        let key = stack.add("K", Key::new().allow_service(KeyUser::SnsPublishers));
        let topic = Topic::new().encryption(TopicEncryption::Kms(key)).accept_messages_from(Publisher::EventRules);
        let topic = stack.add("T", topic);
        let pattern = EventPattern::new()
            .source(["aws.ecs"])
            .detail_type(["ECS Task State Change"])
            .detail(json!({ "lastStatus": ["STOPPED"] }));
        stack.add(
            "Rule2",
            Rule::on_events(pattern)
                .description("d")
                .enabled(false)
                .target(EventTarget::queue(&queue).message_group_id("tasks"))
                .target(EventTarget::topic(&topic).input_path("$.detail")),
        );
        let template = Template::from_stack(stack).expect("the stack is sound");
        template.has_resource_properties(
            "AWS::Events::Rule",
            json!({
                "Description": "d",
                "EventPattern": {
                    "detail": { "lastStatus": ["STOPPED"] },
                    "detail-type": ["ECS Task State Change"],
                    "source": ["aws.ecs"],
                },
                "ScheduleExpression": Match::absent(),
                "State": "DISABLED",
                "Targets": [
                    { "Id": "Target0", "SqsParameters": { "MessageGroupId": "tasks" } },
                    { "Id": "Target1", "InputPath": "$.detail" },
                ],
            }),
        );
        template.resource_count_is("AWS::Lambda::Permission", 0);
    }

    #[test]
    fn a_rule_without_targets_is_doubtful() {
        let mut stack = Stack::new("S");
        stack.add("Rule", Rule::on_schedule(Cron::new().minute("0")));
        Template::from_stack(stack).expect("the stack is sound").has_warning("*does nothing*");
    }

    #[test]
    fn rejects_what_eventbridge_refuses() {
        let function = FunctionRef::from_arn("arn:aws:lambda:eu-central-1:123456789012:function:f");
        let target = EventTarget::function(&function);
        assert!(message_of(minutely().target(target.clone().retry_attempts(186))).contains("0 to 185, got 186"));
        let young = target.clone().max_event_age(Duration::from_secs(59));
        assert!(message_of(minutely().target(young)).contains("60 to 86400 s"));
        assert!(message_of(minutely().target(target.clone().input("{"))).contains("input must be JSON text, got `{`"));
        assert!(message_of(minutely().target(target.clone().input_path("detail"))).contains("starts with `$`"));
        assert!(message_of(minutely().target(target.message_group_id("g"))).contains("for FIFO queues only"));
        let many = (0..6).fold(minutely(), |rule, _| rule.target(&function));
        assert!(message_of(many).contains("at most 5 targets, got 6"));
        assert!(message_of(Rule::on_events(EventPattern::new())).contains("at least one field"));
        assert!(message_of(Rule::on_schedule(Schedule::rate(Duration::from_secs(1)))).contains("whole minutes"));
    }

    #[test]
    fn rejects_queues_and_topics_that_refuse_events() {
        let mut stack = Stack::new("S");
        let queue = stack.add("Q", Queue::new());
        let topic = stack.add("T", Topic::new());
        stack.add("Rule", minutely().target(EventTarget::queue(&queue).dead_letter_queue(&queue)).target(&topic));
        let message = Template::from_stack(stack).map(|_| String::new()).unwrap_or_else(|error| error.to_string());
        assert!(message.contains("a queue that a rule sends to must be defined with"));
        assert!(message.contains("a rule's dead_letter_queue must be defined with"));
        assert!(message.contains("a topic that a rule publishes to must be defined with"));
    }
}
