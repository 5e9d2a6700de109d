//! [`DeadMansSwitch`]: an alarm that goes off when alerts no longer arrive.

use std::time::Duration;

use belvedere_grafana::alerting::{Grouping, Matcher};
use belvedere_grafana::prometheus::{AlertingRule, FiringAlert, RuleExample, RuleGroup};

use super::receiver::Receiver;
use super::route::Route;
use crate::cloudwatch::{Alarm, AlarmRef, Metric, Statistic, Threshold, TreatMissingData};
use crate::construct::Construct;
use crate::kms::KeyRef;
use crate::scope::Scope;
use crate::sns::{Publisher, Topic, TopicEncryption, TopicRef};

/// The alert that always fires.
const WATCHDOG: &str = "Watchdog";

const MINUTE: Duration = Duration::from_secs(60);

/// SNS tells CloudWatch how much it published in each period of this length. The heartbeat comes more often.
/// [AWS page](https://docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html).
const PERIOD: Duration = Duration::from_secs(300);

/// An alarm that goes off when alerts no longer arrive: the rules are not evaluated, the alert manager sends nothing, or
/// its topic refuses messages. Without it, silence looks like health.
///
/// An alert that always fires is sent to a topic of its own every two or three minutes, and a CloudWatch alarm, which
/// needs none of this, goes off when the topic gets nothing. Nobody subscribes to that topic. What the reference returns
/// goes into the alert manager and the rules of one workspace:
///
/// ```
/// # use belvedere::Stack;
/// # use belvedere::aps::{AlertManagerDefinition, DeadMansSwitch, Receiver, RuleGroupsNamespace, Workspace};
/// # use belvedere::kms::{Key, KeyUser};
/// # use belvedere::sns::{Publisher, Topic, TopicEncryption};
/// # let mut stack = Stack::new("Observability");
/// # let key = stack.add("Key", Key::new().allow_service(KeyUser::SnsPublishers));
/// # let topic = Topic::new().encryption(TopicEncryption::Kms(key.clone()));
/// # let topic = topic.accept_messages_from(Publisher::ManagedPrometheus);
/// # let alerts = stack.add("Alerts", topic.accept_messages_from(Publisher::CloudWatchAlarms));
/// let heartbeat = stack.add("Heartbeat", DeadMansSwitch::new(&alerts).encryption_key(&key));
/// let definition = AlertManagerDefinition::new(&Receiver::sns("team", &alerts)).route(heartbeat.route());
/// let workspace = stack.add("Metrics", Workspace::new().alert_manager(definition));
/// stack.add("Rules", RuleGroupsNamespace::new(&workspace, "heartbeat").group(heartbeat.rules()));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct DeadMansSwitch {
    notify: TopicRef,
    encryption_key: Option<KeyRef>,
    silence: Duration,
}

impl DeadMansSwitch {
    /// Tells a topic when alerts no longer arrive, and when they do again. The topic is one that people hear of, defined
    /// with [`accept_messages_from`](Topic::accept_messages_from) [`Publisher::CloudWatchAlarms`].
    #[must_use]
    pub fn new(notify: &TopicRef) -> Self {
        Self { notify: notify.clone(), encryption_key: None, silence: 2 * PERIOD }
    }

    /// Encrypts the heartbeats with a key of your own, defined with
    /// [`KeyUser::SnsPublishers`](crate::kms::KeyUser::SnsPublishers). They are not encrypted by default, and say nothing
    /// but that they are there.
    #[must_use]
    pub fn encryption_key(mut self, key: &KeyRef) -> Self {
        self.encryption_key = Some(key.clone());
        self
    }

    /// How long no alert may arrive: five minutes to a day, rounded up to whole five minutes. Ten minutes by default.
    #[must_use]
    pub const fn silence(mut self, time: Duration) -> Self {
        self.silence = time;
        self
    }
}

impl Construct for DeadMansSwitch {
    type Ref = DeadMansSwitchRef;

    fn define(self, scope: &mut Scope<'_>) -> DeadMansSwitchRef {
        let seconds = self.silence.as_secs();
        if !(PERIOD.as_secs()..=86_400).contains(&seconds) {
            scope.problem(format!("the silence of a dead man's switch must be 5 minutes to a day, got {seconds} s"));
        }
        let encryption = self.encryption_key.map_or(TopicEncryption::Unencrypted, TopicEncryption::Kms);
        let topic = Topic::new().encryption(encryption).accept_messages_from(Publisher::ManagedPrometheus);
        let topic = scope.add("Topic", topic);
        let heartbeats = Metric::new("AWS/SNS", "NumberOfMessagesPublished")
            .dimension("TopicName", topic.topic_name().cast::<String>())
            .statistic(Statistic::Sum)
            .period(PERIOD);
        let periods = u32::try_from(seconds.div_ceil(PERIOD.as_secs())).unwrap_or(u32::MAX);
        let alarm = Alarm::new(heartbeats, Threshold::below(1.0))
            .evaluation_periods(periods.max(1))
            .treat_missing_data(TreatMissingData::Breaching)
            .description("No alerts arrive from managed Prometheus, not even the one that always fires.")
            .notify(&self.notify)
            .notify_ok(&self.notify);
        let alarm = scope.add("Alarm", alarm);
        DeadMansSwitchRef { topic, alarm }
    }
}

/// A dead man's switch of this program.
#[derive(Clone, Debug, PartialEq)]
pub struct DeadMansSwitchRef {
    topic: TopicRef,
    alarm: AlarmRef,
}

impl DeadMansSwitchRef {
    /// The route of the alert that always fires, which has to come before others that would take it.
    #[must_use]
    pub fn route(&self) -> Route {
        let receiver = Receiver::sns("dead-mans-switch", &self.topic).send_resolved(false);
        let often = Grouping::new().by(["alertname"]).wait(Duration::ZERO).interval(MINUTE).repeat_interval(2 * MINUTE);
        Route::to(&receiver).when(Matcher::equal("alertname", WATCHDOG)).grouping(often)
    }

    /// The rule of the alert that always fires, `Watchdog`.
    #[must_use]
    pub fn rules(&self) -> RuleGroup {
        let example = RuleExample::new("whatever happens")
            .fires(Duration::ZERO, FiringAlert::new())
            .fires(10 * MINUTE, FiringAlert::new());
        let rule = AlertingRule::new(WATCHDOG, "vector(1)")
            .label("severity", "none")
            .summary("Alerts arrive: this one always fires, and nobody has to hear of it")
            .example(example);
        RuleGroup::new("dead-mans-switch").interval(MINUTE).rule(rule)
    }

    /// The topic that gets the heartbeats.
    #[must_use]
    pub const fn topic(&self) -> &TopicRef {
        &self.topic
    }

    /// The alarm that goes off without them.
    #[must_use]
    pub const fn alarm(&self) -> &AlarmRef {
        &self.alarm
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Stack;
    use crate::aps::{AlertManagerDefinition, RuleGroupsNamespace, Workspace};
    use crate::testing::{Match, Template, json};

    fn stack(switch: impl FnOnce(&TopicRef) -> DeadMansSwitch) -> Stack {
        let mut stack = Stack::new("Example");
        let alerts = Topic::new()
            .encryption(TopicEncryption::Unencrypted)
            .accept_messages_from(Publisher::ManagedPrometheus)
            .accept_messages_from(Publisher::CloudWatchAlarms);
        let alerts = stack.add("Alerts", alerts);
        let heartbeat = stack.add("Heartbeat", switch(&alerts));
        let definition = AlertManagerDefinition::new(&Receiver::sns("team", &alerts)).route(heartbeat.route());
        let workspace = stack.add("Metrics", Workspace::new().alert_manager(definition));
        stack.add("Rules", RuleGroupsNamespace::new(&workspace, "heartbeat").group(heartbeat.rules()));
        stack
    }

    #[test]
    fn silence_is_an_alarm() {
        let template = Template::from_stack(stack(DeadMansSwitch::new)).expect("the stack is in order");
        template.has_resource_properties(
            "AWS::CloudWatch::Alarm",
            json!({
                "ComparisonOperator": "LessThanThreshold",
                "Dimensions": [{ "Name": "TopicName", "Value": { "Fn::GetAtt": [Match::any(), "TopicName"] } }],
                "EvaluationPeriods": 2,
                "MetricName": "NumberOfMessagesPublished",
                "Period": 300,
                "Statistic": "Sum",
                "Threshold": 1,
                "TreatMissingData": "breaching",
            }),
        );
        template.has_resource_properties(
            "AWS::APS::Workspace",
            json!({ "AlertManagerDefinition": Match::string_like(r#"alertmanager_config: |
  route:
    receiver: team
    routes:
      - receiver: dead-mans-switch
        matchers:
          - "alertname=\"Watchdog\""
        group_by:
          - alertname
        group_wait: "0s"
        group_interval: "1m"
        repeat_interval: "2m"
  receivers:
    - name: team
      sns_configs:
        - topic_arn: "${Alerts91F83244}"
          sigv4:
            region: "${AWS::Region}"
    - name: dead-mans-switch
      sns_configs:
        - topic_arn: "${HeartbeatTopicA3AB36F6}"
          sigv4:
            region: "${AWS::Region}"
          send_resolved: false
"#) }),
        );
    }

    #[test]
    fn rejects_a_silence_that_cannot_be_watched() {
        let stack = stack(|alerts| DeadMansSwitch::new(alerts).silence(MINUTE));
        let text = Template::from_stack(stack).expect_err("the switch should be refused").to_string();
        assert!(text.contains("Example/Heartbeat: the silence of a dead man's switch must be 5 minutes"), "{text}");
    }
}
