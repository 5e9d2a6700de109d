//! [`Receiver`]: where alerts go.

use belvedere_cfn::{IntoValue, Value, pseudo};

use crate::scope::Scope;
use crate::sns::{Publisher, TopicRef};
use belvedere_grafana::prometheus::yaml::Yaml;

/// SNS takes no longer subject.
const MAX_SUBJECT: usize = 100;

/// Where alerts go. The managed alert manager sends to SNS topics of the same account, and to nothing else.
/// [AWS page](https://docs.aws.amazon.com/prometheus/latest/userguide/AMP-alertmanager-receiver.html).
///
/// The topic is a standard one, not FIFO, defined with
/// [`accept_messages_from`](crate::sns::Topic::accept_messages_from) [`Publisher::ManagedPrometheus`].
#[derive(Clone, Debug, PartialEq)]
pub struct Receiver {
    name: String,
    topic: TopicRef,
    region: Value<String>,
    subject: Option<String>,
    message: Option<String>,
    attributes: Vec<(String, String)>,
    send_resolved: bool,
}

impl Receiver {
    /// Sends to an SNS topic. The name tells receivers apart.
    #[must_use]
    pub fn sns(name: impl Into<String>, topic: &TopicRef) -> Self {
        Self {
            name: name.into(),
            topic: topic.clone(),
            region: pseudo::region(),
            subject: None,
            message: None,
            attributes: Vec::new(),
            send_resolved: true,
        }
    }

    /// The topic's region. The stack's own by default.
    #[must_use]
    pub fn region(mut self, region: impl IntoValue<String>) -> Self {
        self.region = region.into_value();
        self
    }

    /// The message's subject, as a [template](https://prometheus.io/docs/alerting/latest/notifications/): at most 100
    /// characters once filled in. By default names and values of the labels, which may be cut.
    #[must_use]
    pub fn subject(mut self, template: impl Into<String>) -> Self {
        self.subject = Some(template.into());
        self
    }

    /// The message, as a [template](https://prometheus.io/docs/alerting/latest/notifications/). By default what the
    /// template `sns.default.message` makes: a list of alerts, or JSON with
    /// [`json_messages`](super::AlertManagerDefinition::json_messages).
    #[must_use]
    pub fn message(mut self, template: impl Into<String>) -> Self {
        self.message = Some(template.into());
        self
    }

    /// Adds a message attribute, which subscriptions can be filtered by; its value is a template. None by default.
    #[must_use]
    pub fn attribute(mut self, name: impl Into<String>, template: impl Into<String>) -> Self {
        self.attributes.push((name.into(), template.into()));
        self
    }

    /// Whether a message goes out when an alert is over. It does by default.
    #[must_use]
    pub const fn send_resolved(mut self, send: bool) -> Self {
        self.send_resolved = send;
        self
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn report(&self, scope: &mut Scope<'_>) {
        if self.name.trim().is_empty() {
            scope.problem("a receiver needs a name");
        }
        if self.topic.refuses(Publisher::ManagedPrometheus) {
            scope.problem(format!(
                "the topic of receiver `{}` refuses its alerts: define it with \
                 accept_messages_from(Publisher::ManagedPrometheus)",
                self.name
            ));
        }
        if let Some(subject) = &self.subject
            && !subject.contains("{{")
            && (subject.len() > MAX_SUBJECT || subject.is_empty() || subject.contains(['\n', '\r']))
        {
            scope.problem(format!(
                "the subject of receiver `{}` must be one line of 1 to {MAX_SUBJECT} characters, got {}",
                self.name,
                subject.len()
            ));
        }
    }

    pub(super) fn yaml(&self) -> Yaml {
        let mut sns = Yaml::map()
            .with("topic_arn", self.topic.topic_arn().cast::<String>())
            .with("sigv4", Yaml::map().with("region", self.region.clone()))
            .with_some("subject", self.subject.clone())
            .with_some("message", self.message.clone());
        if !self.attributes.is_empty() {
            let attributes = self.attributes.iter().map(|(name, value)| (name.clone(), Yaml::text(value.clone())));
            sns = sns.with("attributes", Yaml::Map(attributes.collect()));
        }
        if !self.send_resolved {
            sns = sns.with("send_resolved", false);
        }
        Yaml::map().with("name", self.name.clone()).with("sns_configs", Yaml::List(vec![sns]))
    }
}
