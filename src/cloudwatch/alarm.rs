//! [`Alarm`]: a watch on a metric.

use belvedere_cfn::cloudwatch::{CfnAlarm, alarm};
use belvedere_cfn::{IntoValue, ResourceRef, Value, kind};

use super::metric::{Metric, Statistic};
use crate::construct::Construct;
use crate::scope::Scope;
use crate::sns::{Publisher, TopicRef};

/// A watch on a metric, which tells topics when its state changes.
/// [AWS page](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-alarm.html).
#[derive(Clone, Debug, PartialEq)]
pub struct Alarm {
    metric: Metric,
    threshold: Threshold,
    evaluation_periods: u32,
    datapoints_to_alarm: Option<u32>,
    treat_missing_data: TreatMissingData,
    alarm_name: Option<Value<String>>,
    description: Option<Value<String>>,
    on_alarm: Vec<TopicRef>,
    on_ok: Vec<TopicRef>,
    on_insufficient_data: Vec<TopicRef>,
}

/// When a number is a reason for alarm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Threshold {
    operator: &'static str,
    value: f64,
}

/// What a period without numbers means.
/// [AWS page](https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum TreatMissingData {
    /// Too few numbers leave the alarm in the state `INSUFFICIENT_DATA`.
    #[default]
    Missing,
    /// The alarm stays in its state.
    Ignore,
    /// It is a reason for alarm.
    Breaching,
    /// All is well.
    NotBreaching,
}

impl TreatMissingData {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Ignore => "ignore",
            Self::Breaching => "breaching",
            Self::NotBreaching => "notBreaching",
        }
    }
}

impl Threshold {
    /// Numbers greater than this.
    #[must_use]
    pub const fn above(value: f64) -> Self {
        Self { operator: "GreaterThanThreshold", value }
    }

    /// This number, and greater ones.
    #[must_use]
    pub const fn at_least(value: f64) -> Self {
        Self { operator: "GreaterThanOrEqualToThreshold", value }
    }

    /// Numbers less than this.
    #[must_use]
    pub const fn below(value: f64) -> Self {
        Self { operator: "LessThanThreshold", value }
    }

    /// This number, and lesser ones.
    #[must_use]
    pub const fn at_most(value: f64) -> Self {
        Self { operator: "LessThanOrEqualToThreshold", value }
    }
}

impl Alarm {
    /// Watches `metric`: one period beyond the threshold is enough, and nobody is told.
    #[must_use]
    pub const fn new(metric: Metric, threshold: Threshold) -> Self {
        Self {
            metric,
            threshold,
            evaluation_periods: 1,
            datapoints_to_alarm: None,
            treat_missing_data: TreatMissingData::Missing,
            alarm_name: None,
            description: None,
            on_alarm: Vec::new(),
            on_ok: Vec::new(),
            on_insufficient_data: Vec::new(),
        }
    }

    /// How many periods are looked at: a day of them at most, or a week for periods of an hour and more. One by default.
    #[must_use]
    pub const fn evaluation_periods(mut self, periods: u32) -> Self {
        self.evaluation_periods = periods;
        self
    }

    /// How many of these periods have to be beyond the threshold. All of them by default.
    #[must_use]
    pub const fn datapoints_to_alarm(mut self, periods: u32) -> Self {
        self.datapoints_to_alarm = Some(periods);
        self
    }

    /// What a period without numbers means. [`TreatMissingData::Missing`] by default.
    #[must_use]
    pub const fn treat_missing_data(mut self, meaning: TreatMissingData) -> Self {
        self.treat_missing_data = meaning;
        self
    }

    /// A fixed name, 1 to 255 characters. CloudFormation makes one by default.
    #[must_use]
    pub fn alarm_name(mut self, name: impl IntoValue<String>) -> Self {
        self.alarm_name = Some(name.into_value());
        self
    }

    /// Says what to do, in at most 1,024 characters: it is part of the message. Nothing by default.
    #[must_use]
    pub fn description(mut self, description: impl IntoValue<String>) -> Self {
        self.description = Some(description.into_value());
        self
    }

    /// Tells a topic when there is reason for alarm: at most five. The topic is one that is defined with
    /// [`accept_messages_from`](crate::sns::Topic::accept_messages_from) [`Publisher::CloudWatchAlarms`].
    #[must_use]
    pub fn notify(mut self, topic: &TopicRef) -> Self {
        self.on_alarm.push(topic.clone());
        self
    }

    /// Tells a topic when the alarm is over. See [`notify`](Self::notify).
    #[must_use]
    pub fn notify_ok(mut self, topic: &TopicRef) -> Self {
        self.on_ok.push(topic.clone());
        self
    }

    /// Tells a topic when there are too few numbers to say. See [`notify`](Self::notify).
    #[must_use]
    pub fn notify_insufficient_data(mut self, topic: &TopicRef) -> Self {
        self.on_insufficient_data.push(topic.clone());
        self
    }

    fn report(&self, scope: &mut Scope<'_>) {
        self.metric.report(scope);
        if !self.threshold.value.is_finite() {
            scope.problem(format!("an alarm's threshold is a number, got {}", self.threshold.value));
        }
        let seconds = self.metric.period.as_secs();
        let most = if seconds >= 3_600 { 7 * 86_400 } else { 86_400 };
        let window = seconds * u64::from(self.evaluation_periods);
        if self.evaluation_periods == 0 || window > most {
            scope.problem(format!(
                "evaluation_periods must be at least 1, and span at most {most} s at periods of {seconds} s, got {}",
                self.evaluation_periods
            ));
        }
        if let Some(datapoints) = self.datapoints_to_alarm
            && !(1..=self.evaluation_periods).contains(&datapoints)
        {
            scope.problem(format!(
                "datapoints_to_alarm must be 1 to evaluation_periods, which is {}, got {datapoints}",
                self.evaluation_periods
            ));
        }
        for (what, text, most) in [("alarm_name", &self.alarm_name, 255), ("description", &self.description, 1_024)] {
            if let Some(text) = text.as_ref().and_then(Value::as_str)
                && text.chars().count() > most
            {
                scope.problem(format!("{what} has at most {most} characters, got {}", text.chars().count()));
            }
        }
        for topics in [&self.on_alarm, &self.on_ok, &self.on_insufficient_data] {
            if topics.len() > 5 {
                scope.problem(format!("an alarm tells at most 5 topics of a state, got {}", topics.len()));
            }
        }
        let mut topics = self.on_alarm.iter().chain(&self.on_ok).chain(&self.on_insufficient_data);
        if topics.any(|topic| topic.refuses(Publisher::CloudWatchAlarms)) {
            scope.problem(
                "the topic to tell refuses alarms: define it with accept_messages_from(Publisher::CloudWatchAlarms)",
            );
        }
    }
}

impl Construct for Alarm {
    type Ref = AlarmRef;

    fn define(self, scope: &mut Scope<'_>) -> AlarmRef {
        self.report(scope);
        let arns = |topics: &[TopicRef]| -> Vec<_> { topics.iter().map(TopicRef::topic_arn).collect() };
        let mut resource = CfnAlarm::new()
            .comparison_operator(self.threshold.operator)
            .threshold(self.threshold.value)
            .evaluation_periods(i64::from(self.evaluation_periods))
            .namespace(self.metric.namespace)
            .metric_name(self.metric.name)
            .period(i64::try_from(self.metric.period.as_secs()).unwrap_or(i64::MAX))
            .treat_missing_data(self.treat_missing_data.as_str());
        resource = match self.metric.statistic {
            Statistic::Average => resource.statistic("Average"),
            Statistic::Sum => resource.statistic("Sum"),
            Statistic::Minimum => resource.statistic("Minimum"),
            Statistic::Maximum => resource.statistic("Maximum"),
            Statistic::SampleCount => resource.statistic("SampleCount"),
            Statistic::Percentile(percent) => resource.extended_statistic(format!("p{percent}")),
            Statistic::Custom(name) => resource.extended_statistic(name),
        };
        if !self.metric.dimensions.is_empty() {
            let dimensions: Vec<_> =
                self.metric.dimensions.into_iter().map(|(name, value)| alarm::Dimension::new(name, value)).collect();
            resource = resource.dimensions(dimensions);
        }
        if let Some(datapoints) = self.datapoints_to_alarm {
            resource = resource.datapoints_to_alarm(i64::from(datapoints));
        }
        if let Some(name) = self.alarm_name {
            resource = resource.alarm_name(name);
        }
        if let Some(description) = self.description {
            resource = resource.alarm_description(description);
        }
        if !self.on_alarm.is_empty() {
            resource = resource.alarm_actions(arns(&self.on_alarm));
        }
        if !self.on_ok.is_empty() {
            resource = resource.ok_actions(arns(&self.on_ok));
        }
        if !self.on_insufficient_data.is_empty() {
            resource = resource.insufficient_data_actions(arns(&self.on_insufficient_data));
        }
        let resource = scope.add("Resource", resource);
        AlarmRef { alarm_name: resource.alarm_name(), alarm_arn: resource.arn(), resource }
    }
}

/// An alarm of this program.
#[derive(Clone, Debug, PartialEq)]
pub struct AlarmRef {
    alarm_name: Value<kind::cloudwatch::AlarmName>,
    alarm_arn: Value<kind::cloudwatch::AlarmArn>,
    resource: ResourceRef<CfnAlarm>,
}

impl AlarmRef {
    /// The alarm's name.
    #[must_use]
    pub fn alarm_name(&self) -> Value<kind::cloudwatch::AlarmName> {
        self.alarm_name.clone()
    }

    /// The alarm's ARN.
    #[must_use]
    pub fn alarm_arn(&self) -> Value<kind::cloudwatch::AlarmArn> {
        self.alarm_arn.clone()
    }

    /// The CloudFormation resource.
    #[must_use]
    pub const fn resource(&self) -> &ResourceRef<CfnAlarm> {
        &self.resource
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::Stack;
    use crate::sns::{Topic, TopicEncryption};
    use crate::testing::{Match, Template, json};

    #[test]
    fn an_alarm_tells_its_topic() {
        let mut stack = Stack::new("Example");
        let topic = Topic::new().encryption(TopicEncryption::Unencrypted);
        let topic = stack.add("Topic", topic.accept_messages_from(Publisher::CloudWatchAlarms));
        let metric = Metric::new("AWS/Lambda", "Duration").dimension("FunctionName", "canary");
        let alarm = Alarm::new(metric.statistic(Statistic::Percentile(99.9)), Threshold::above(250.0)).notify(&topic);
        stack.add(
            "Slow",
            alarm.evaluation_periods(3).datapoints_to_alarm(2).treat_missing_data(TreatMissingData::NotBreaching),
        );
        let template = Template::from_stack(stack).expect("the stack is in order");
        template.has_resource(
            "AWS::CloudWatch::Alarm",
            json!({ "Metadata": { "aws:cdk:path": "Example/Slow/Resource" }, "Properties": Match::exact(json!({
                "AlarmActions": [topic.topic_arn()],
                "ComparisonOperator": "GreaterThanThreshold",
                "DatapointsToAlarm": 2,
                "Dimensions": [{ "Name": "FunctionName", "Value": "canary" }],
                "EvaluationPeriods": 3,
                "ExtendedStatistic": "p99.9",
                "MetricName": "Duration",
                "Namespace": "AWS/Lambda",
                "Period": 300,
                "Threshold": 250,
                "TreatMissingData": "notBreaching",
            })) }),
        );
    }

    #[test]
    fn rejects_what_cloudwatch_refuses() {
        let mut stack = Stack::new("Example");
        let topic = stack.add("Topic", Topic::new());
        let metric = Metric::new("", "Errors").period(Duration::from_secs(45)).statistic(Statistic::Percentile(100.0));
        let alarm = Alarm::new(metric.dimension("a", "1").dimension("a", "2"), Threshold::above(f64::NAN));
        stack.add("Alarm", alarm.evaluation_periods(2_000).datapoints_to_alarm(0).notify(&topic));
        let text = Template::from_stack(stack).expect_err("the alarm should be refused").to_string();
        for part in [
            "a metric's namespace has 1 to 255 characters, got 0",
            "or whole minutes, got 45 s",
            "less than 100, got 100",
            "got `a` twice",
            "is a number, got NaN",
            "span at most 86400 s at periods of 45 s, got 2000",
            "which is 2000, got 0",
            "the topic to tell refuses alarms",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}
