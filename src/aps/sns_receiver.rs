//! [`SnsReceiver`]: messages to a topic.

use belvedere_cfn::{IntoValue, Value, pseudo};

use crate::scope::Scope;
use crate::sns::{Publisher, TopicRef};
use belvedere_grafana::prometheus::yaml::Yaml;

/// SNS takes no longer subject.
const MAX_SUBJECT: usize = 100;

/// Sends alerts to an SNS topic of the same account.
/// [AWS page](https://docs.aws.amazon.com/prometheus/latest/userguide/AMP-alertmanager-receiver-config.html).
#[derive(Clone, Debug, PartialEq)]
pub struct SnsReceiver {
    name: String,
    topic: TopicRef,
    region: Value<String>,
    subject: Option<String>,
    message: Option<String>,
    attributes: Vec<(String, String)>,
    send_resolved: bool,
}

impl SnsReceiver {
    pub(super) fn new(name: String, topic: &TopicRef) -> Self {
        Self {
            name,
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
        if self.topic.refuses(Publisher::ManagedPrometheus) {
            scope.problem(format!(
                "the topic of receiver `{}` refuses its alerts: define it with \
                 accept_messages_from(Publisher::ManagedPrometheus)",
                self.name
            ));
        }
        for complaint in self.complaints() {
            scope.problem(format!("{complaint} (receiver `{}`)", self.name));
        }
    }

    /// What SNS would refuse, cut or replace by the text of an error.
    /// [AWS page](https://docs.aws.amazon.com/prometheus/latest/userguide/AMP-alertmanager-receiver-validation-truncation.html).
    fn complaints(&self) -> Vec<String> {
        let mut complaints = Vec::new();
        if let Some(subject) = &self.subject {
            let printable = |letter: char| (' '..='~').contains(&letter);
            if let Some(letter) = subject.chars().find(|letter| !printable(*letter)) {
                complaints.push(format!("a subject is printable ASCII on one line, got {letter:?} in {subject:?}"));
            }
            if subject.is_empty() || (!subject.contains("{{") && subject.len() > MAX_SUBJECT) {
                let given = subject.len();
                complaints.push(format!("a subject has 1 to {MAX_SUBJECT} characters, got {given}"));
            }
        }
        if self.message.as_ref().is_some_and(|message| message.trim().is_empty()) {
            complaints.push("a message must not be empty".to_owned());
        }
        for (name, value) in &self.attributes {
            let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
            let dots = name.starts_with('.') || name.ends_with('.') || name.contains("..");
            let lower = name.to_ascii_lowercase();
            let reserved = lower.starts_with("aws.") || lower.starts_with("amazon.");
            if !(1..=256).contains(&name.len()) || !name.bytes().all(legal) || dots || reserved {
                complaints.push(format!(
                    "the name of a message attribute is 1 to 256 letters, digits and `_-.`, with no dot at its ends or \
                     beside another, and does not begin with `AWS.` or `Amazon.`, got `{name}`"
                ));
            }
            if value.is_empty() {
                complaints.push(format!("message attribute `{name}` must not be empty"));
            }
        }
        if let Some(arn) = self.topic.topic_arn().as_str() {
            if arn.ends_with(".fifo") {
                complaints.push(format!("alerts go to standard topics only, got `{arn}`"));
            }
            if let (Some(of_topic), Some(region)) = (arn.split(':').nth(3), self.region.as_str())
                && of_topic != region
            {
                complaints.push(format!("the region must be the topic's, {of_topic}, got {region}"));
            }
        }
        complaints
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
        sns
    }
}
