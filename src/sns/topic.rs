//! [`Topic`]: messages that go to many at once.

use belvedere_cfn::sns::{CfnSubscription, CfnTopic, CfnTopicPolicy};
use belvedere_cfn::{IntoValue, ResourceRef, Value, functions, kind};

use super::publisher::Publisher;
use super::subscription::SubscriptionOptions;
use crate::construct::Construct;
use crate::iam::{Grant, PolicyDocument, PolicyStatement, Principal};
use crate::kms::KeyRef;
use crate::limits::id_of_arn;
use crate::scope::Scope;

/// Messages that go to many at once: encrypted, and published over TLS only, by default.
/// [AWS page](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sns-topic.html).
#[derive(Clone, Debug, PartialEq)]
pub struct Topic {
    topic_name: Option<Value<String>>,
    display_name: Option<Value<String>>,
    encryption: TopicEncryption,
    enforce_tls: bool,
    publishers: Vec<Publisher>,
    endpoints: Vec<(&'static str, String, SubscriptionOptions)>,
    statements: Vec<PolicyStatement>,
}

/// What a topic encrypts the messages with that it keeps until they are delivered.
/// [AWS page](https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html).
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum TopicEncryption {
    /// The key that AWS keeps for SNS in the account. Other AWS services cannot publish with it.
    #[default]
    AwsManaged,
    /// A key of your own. [`Publisher`]s need it, defined with
    /// [`KeyUser::SnsPublishers`](crate::kms::KeyUser::SnsPublishers).
    Kms(KeyRef),
    /// No key.
    Unencrypted,
}

impl Default for Topic {
    fn default() -> Self {
        Self::new()
    }
}

impl Topic {
    /// A topic that roles of the account publish to, where their own policies allow it.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            topic_name: None,
            display_name: None,
            encryption: TopicEncryption::AwsManaged,
            enforce_tls: true,
            publishers: Vec::new(),
            endpoints: Vec::new(),
            statements: Vec::new(),
        }
    }

    /// A fixed name: 1 to 256 letters, digits, hyphens and underscores. CloudFormation makes one by default.
    #[must_use]
    pub fn topic_name(mut self, name: impl IntoValue<String>) -> Self {
        self.topic_name = Some(name.into_value());
        self
    }

    /// What e-mails from the topic are signed with, at most 100 characters. SNS's own by default.
    #[must_use]
    pub fn display_name(mut self, name: impl IntoValue<String>) -> Self {
        self.display_name = Some(name.into_value());
        self
    }

    /// What messages are encrypted with. The key that AWS keeps for SNS by default.
    #[must_use]
    pub fn encryption(mut self, encryption: TopicEncryption) -> Self {
        self.encryption = encryption;
        self
    }

    /// Whether publishing without TLS is refused. It is by default, by a policy of the topic.
    #[must_use]
    pub const fn enforce_tls(mut self, enforce: bool) -> Self {
        self.enforce_tls = enforce;
        self
    }

    /// Lets a service publish to the topic. None may by default.
    #[must_use]
    pub fn accept_messages_from(mut self, publisher: Publisher) -> Self {
        if !self.publishers.contains(&publisher) {
            self.publishers.push(publisher);
        }
        self
    }

    /// Sends each message to an e-mail address, once its owner has confirmed. To none by default.
    #[must_use]
    pub fn email(mut self, address: impl Into<String>) -> Self {
        self.endpoints.push(("email", address.into(), SubscriptionOptions::new()));
        self
    }

    /// Posts each message to a web address, which begins with `https://`. To none by default.
    #[must_use]
    pub fn https(mut self, url: impl Into<String>, options: SubscriptionOptions) -> Self {
        self.endpoints.push(("https", url.into(), options));
        self
    }

    /// Adds a statement to the topic's policy. A topic has one policy only, so this is where it is written.
    #[must_use]
    pub fn policy_statement(mut self, statement: PolicyStatement) -> Self {
        self.statements.push(statement);
        self
    }

    fn report(&self, scope: &mut Scope<'_>) {
        if let Some(name) = self.topic_name.as_ref().and_then(|name| name.as_str()) {
            let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
            if name.is_empty() || name.len() > 256 || !name.bytes().all(legal) {
                scope.problem(format!(
                    "a topic's name is 1 to 256 letters, digits, hyphens and underscores, got `{name}`"
                ));
            }
        }
        if let Some(name) = self.display_name.as_ref().and_then(|name| name.as_str())
            && name.chars().count() > 100
        {
            scope.problem(format!("display_name has at most 100 characters, got {}", name.chars().count()));
        }
        if self.encryption == TopicEncryption::AwsManaged
            && let Some(publisher) = self.publishers.first()
        {
            scope.problem(format!(
                "the key that AWS keeps for SNS cannot be used by {publisher:?}: give the topic an encryption by a key of \
                 your own, defined with KeyUser::SnsPublishers"
            ));
        }
        for (protocol, endpoint, _) in &self.endpoints {
            if *protocol == "email"
                && !endpoint.split_once('@').is_some_and(|(to, at)| !to.is_empty() && at.contains('.'))
            {
                scope.problem(format!("an e-mail address is name@domain, got `{endpoint}`"));
            }
            if *protocol == "https" && !endpoint.starts_with("https://") {
                scope.problem(format!("a web address to post to begins with `https://`, got `{endpoint}`"));
            }
        }
    }
}

impl Construct for Topic {
    type Ref = TopicRef;

    fn define(self, scope: &mut Scope<'_>) -> TopicRef {
        self.report(scope);
        let mut resource = CfnTopic::new();
        if let Some(name) = self.topic_name {
            resource = resource.topic_name(name);
        }
        if let Some(name) = self.display_name {
            resource = resource.display_name(name);
        }
        let key = match self.encryption {
            TopicEncryption::AwsManaged => {
                resource = resource.kms_master_key_id("alias/aws/sns");
                None
            }
            TopicEncryption::Kms(key) => {
                resource = resource.kms_master_key_id(key.key_arn());
                Some(key)
            }
            TopicEncryption::Unencrypted => None,
        };
        let resource = scope.add("Resource", resource);
        let path = scope.path();
        let mut reference = TopicRef {
            topic_arn: resource.topic_arn(),
            topic_name: resource.topic_name().cast(),
            id: path.rsplit('/').next().unwrap_or_default().to_owned(),
            unique_id: scope.unique_id(),
            publishers: Some(self.publishers.clone()),
            key,
            resource: Some(resource),
            policy: None,
        };

        let arn: Value<String> = reference.topic_arn().cast();
        let mut document = PolicyDocument::new();
        if self.enforce_tls {
            document.push(
                PolicyStatement::deny(["sns:Publish"])
                    .sid("AllowPublishThroughSSLOnly")
                    .principal(Principal::anyone())
                    .on(&arn)
                    .when("Bool", "aws:SecureTransport", "false"),
            );
        }
        for publisher in self.publishers {
            document.push(publisher.statement(&arn));
        }
        for statement in self.statements {
            document.push(statement);
        }
        if !document.is_empty() {
            let policy = CfnTopicPolicy::new(document, [reference.topic_arn()]);
            reference.policy = Some(scope.scope("Policy").add("Resource", policy));
        }
        for (protocol, endpoint, options) in self.endpoints {
            // The address is the AWS CDK's id too. A `/` would part it.
            let mut below = scope.scope(endpoint.replace('/', "-"));
            let subscription = CfnSubscription::new(protocol, reference.topic_arn()).endpoint(endpoint);
            let subscription = options.apply(subscription, protocol == "https", &mut below);
            below.add("Resource", subscription);
        }
        reference
    }
}

/// A topic, of this program or not.
#[derive(Clone, Debug, PartialEq)]
pub struct TopicRef {
    topic_arn: Value<kind::sns::TopicArn>,
    topic_name: Value<kind::sns::TopicName>,
    id: String,
    unique_id: String,
    /// Nothing is known about a topic that this program does not define.
    publishers: Option<Vec<Publisher>>,
    key: Option<KeyRef>,
    resource: Option<ResourceRef<CfnTopic>>,
    policy: Option<ResourceRef<CfnTopicPolicy>>,
}

impl TopicRef {
    /// Stands for a topic that this program does not define, by its ARN.
    #[must_use]
    pub fn from_arn(arn: impl IntoValue<kind::sns::TopicArn>) -> Self {
        let topic_arn: Value<kind::sns::TopicArn> = arn.into_value();
        let topic_name = match topic_arn.as_str() {
            Some(arn) => Value::from(arn.rsplit(':').next().unwrap_or_default()),
            None => functions::select::<String>(5, functions::split(":", &topic_arn)).cast(),
        };
        let id = id_of_arn(&topic_arn);
        let unique_id = id.clone();
        Self { topic_arn, topic_name, id, unique_id, publishers: None, key: None, resource: None, policy: None }
    }

    /// The topic's ARN.
    #[must_use]
    pub fn topic_arn(&self) -> Value<kind::sns::TopicArn> {
        self.topic_arn.clone()
    }

    /// The topic's name.
    #[must_use]
    pub fn topic_name(&self) -> Value<kind::sns::TopicName> {
        self.topic_name.clone()
    }

    /// The CloudFormation resource, if this program defines the topic.
    #[must_use]
    pub const fn resource(&self) -> Option<&ResourceRef<CfnTopic>> {
        self.resource.as_ref()
    }

    /// The topic's policy, if it has one. Whoever has a service publish should wait for it.
    #[must_use]
    pub const fn policy(&self) -> Option<&ResourceRef<CfnTopicPolicy>> {
        self.policy.as_ref()
    }

    /// Permission to publish.
    #[must_use]
    pub fn publish(&self) -> Grant {
        let grant: Grant = PolicyStatement::allow(["sns:Publish"]).on(self.topic_arn()).into();
        match &self.key {
            Some(key) => grant.and(key.encrypt_decrypt()),
            None => grant,
        }
    }

    /// Returns the topic's own id, by which its subscribers call the subscription.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// Returns an id for what is made because of the topic in other scopes.
    pub(crate) fn unique_id(&self) -> &str {
        &self.unique_id
    }

    /// Returns whether the topic is known to refuse what `publisher` sends.
    pub(crate) fn refuses(&self, publisher: Publisher) -> bool {
        self.publishers.as_ref().is_some_and(|publishers| !publishers.contains(&publisher))
    }
}

#[cfg(test)]
mod tests {
    use super::{Topic, TopicEncryption};
    use crate::Stack;
    use crate::kms::{Key, KeyUser};
    use crate::sns::Publisher;
    use crate::testing::{Match, Template, json};

    #[test]
    fn a_topic_has_the_cdks_ids() {
        let mut stack = Stack::new("S");
        stack.add("Topic", Topic::new().email("a@b.c"));
        let template = Template::from_stack(stack).expect("valid");
        let found = template.has_resource_properties("AWS::SNS::Topic", json!({ "KmsMasterKeyId": "alias/aws/sns" }));
        assert_eq!(found.logical_id(), "TopicBFC7AF6E");
        let found = template.has_resource_properties("AWS::SNS::TopicPolicy", json!({}));
        assert_eq!(found.logical_id(), "TopicPolicyA1747468");
        let found = template
            .has_resource_properties("AWS::SNS::Subscription", json!({ "Endpoint": "a@b.c", "Protocol": "email" }));
        assert_eq!(found.logical_id(), "Topicabc02614C73");
    }

    #[test]
    fn a_service_publishes_for_the_account_only() {
        let mut stack = Stack::new("S");
        let key = stack.add("Key", Key::new().allow_service(KeyUser::SnsPublishers));
        let topic = Topic::new().encryption(TopicEncryption::Kms(key));
        stack.add("Topic", topic.accept_messages_from(Publisher::ManagedPrometheus));
        Template::from_stack(stack).expect("valid").has_resource_properties(
            "AWS::SNS::TopicPolicy",
            json!({ "PolicyDocument": { "Statement": Match::array_with(json!([{
                "Action": ["sns:GetTopicAttributes", "sns:Publish"],
                "Condition": { "StringEquals": { "aws:SourceAccount": { "Ref": "AWS::AccountId" } } },
                "Principal": { "Service": "aps.amazonaws.com" },
            }])) } }),
        );
    }

    #[test]
    fn rejects_a_publisher_that_cannot_encrypt() {
        let mut stack = Stack::new("S");
        stack.add("Topic", Topic::new().accept_messages_from(Publisher::CloudWatchAlarms).email("nobody"));
        let text = Template::from_stack(stack).expect_err("invalid").to_string();
        assert!(text.contains("the key that AWS keeps for SNS cannot be used by CloudWatchAlarms"), "{text}");
        assert!(text.contains("an e-mail address is name@domain, got `nobody`"), "{text}");
    }
}
