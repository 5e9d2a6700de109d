//! [`Sns`]: a topic of Amazon SNS.

use belvedere_cfn::{Expr, IntoValue, Properties, pseudo};

use super::{Receiver, receiver};
use crate::dashboard::words;
use crate::finding::Severity;

/// A topic of Amazon SNS. Managed Grafana and every other Grafana have settings of their own for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Sns {
    receiver: Receiver,
    managed: bool,
}

words! {
    /// What managed Grafana publishes.
    SnsFormat {
        /// The body, for people.
        Text = "text",
        /// The body as it is.
        Body = "body",
        /// All there is to know, as JSON.
        Json = "json",
    }
}

receiver!(Sns);

impl Sns {
    /// The topic, published to by
    /// [managed Grafana](https://docs.aws.amazon.com/grafana/latest/userguide/v10-alerting-explore-contacts.html) with the
    /// role of its workspace.
    ///
    /// The role that AWS makes for a workspace may publish to topics whose name begins with `grafana`, and to no others.
    #[must_use]
    pub fn managed(topic_arn: impl IntoValue<String>) -> Self {
        let topic = topic_arn.into_value();
        let mut receiver = Receiver::custom("sns");
        if let Some(arn) = topic.as_str() {
            let name = arn.rsplit(':').next().unwrap_or_default();
            if !name.starts_with("grafana") {
                receiver.complaints.push((
                    "alert-route",
                    Severity::Warning,
                    format!(
                        "the role that AWS makes for a workspace publishes to topics named `grafana…`, got `{name}`"
                    ),
                    "give the topic a name that begins with `grafana`, or allow this where the workspace has a role of \
                     your own",
                ));
            }
        }
        let receiver =
            receiver.setting("topic", topic).setting("authProvider", "default").setting("messageFormat", "text");
        Self { receiver, managed: true }
    }

    /// The topic, published to by
    /// [a Grafana of one's own](https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/configure-amazon-sns/),
    /// 11.1 or later, with the credentials that it finds where it runs, in the region of the stack.
    #[must_use]
    pub fn self_hosted(topic_arn: impl IntoValue<String>) -> Self {
        let mut receiver = Receiver::custom("sns").setting("topic_arn", topic_arn.into_value());
        receiver.settings.set("sigv4", Properties::new().with("region", pseudo::region()));
        Self { receiver, managed: false }
    }

    /// The region of the topic, for a Grafana of one's own. That of the stack by default; managed Grafana reads it in the
    /// ARN.
    #[must_use]
    pub fn region(mut self, region: impl IntoValue<String>) -> Self {
        if !self.managed {
            self.sigv4("region", region.into_value().into_expr());
        }
        self
    }

    /// Publishes as this role. As the one that Grafana runs with by default.
    #[must_use]
    pub fn assume_role(mut self, role_arn: impl IntoValue<String>) -> Self {
        let role = role_arn.into_value();
        if self.managed {
            self.receiver = self.receiver.setting("authProvider", "arn").setting("assumeRoleARN", role);
        } else {
            self.sigv4("role_arn", role.into_expr());
        }
        self
    }

    /// The subject, a template. Grafana's own by default. SNS takes 100 characters in one line.
    #[must_use]
    pub fn subject(mut self, template: impl IntoValue<String>) -> Self {
        let template = template.into_value();
        if let Some(text) = template.as_str()
            && (text.chars().count() > 100 || text.contains('\n'))
            && !text.contains("{{")
        {
            self.receiver.complaints.push((
                "alert-route",
                Severity::Problem,
                format!("a subject is one line of at most 100 characters, got {}", text.chars().count()),
                "say less in the subject, and the rest in the message",
            ));
        }
        self.receiver = self.receiver.setting("subject", template);
        self
    }

    /// The message, a template. Grafana's own by default. SNS takes 256 KiB.
    #[must_use]
    pub fn message(mut self, template: impl IntoValue<String>) -> Self {
        let name = if self.managed { "body" } else { "message" };
        self.receiver = self.receiver.setting(name, template.into_value());
        self
    }

    /// What managed Grafana publishes: text by default. A Grafana of one's own publishes what the message says.
    #[must_use]
    pub fn format(mut self, format: SnsFormat) -> Self {
        if self.managed {
            self.receiver = self.receiver.setting("messageFormat", format.as_str());
        }
        self
    }

    fn sigv4(&mut self, member: &'static str, value: Expr) {
        if let Expr::Object(members) = self.receiver.settings.entry("sigv4") {
            members.set(member, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Content;
    use crate::alerting::ContactPoint;

    #[test]
    fn managed_grafana_and_others_have_settings_of_their_own() {
        let arn = "arn:aws:sns:eu-west-1:1:grafana-alerts";
        let mut content = Content::new("test");
        let own = Sns::self_hosted(arn).region("eu-west-1").assume_role("arn:aws:iam::1:role/tell").message("m");
        content.add(ContactPoint::new("a", Sns::managed(arn).format(SnsFormat::Json).message("m")).receiver(own));
        assert_eq!(content.problems, []);
        let points = content.document().alerting.contact_points;
        assert_eq!(
            points[0]["settings"],
            json!({ "topic": arn, "authProvider": "default", "messageFormat": "json", "body": "m" })
        );
        assert_eq!(
            points[1]["settings"],
            json!({
                "topic_arn": arn,
                "sigv4": { "region": "eu-west-1", "role_arn": "arn:aws:iam::1:role/tell" },
                "message": "m",
            })
        );
    }

    #[test]
    fn topics_that_the_role_may_not_publish_to_are_found() {
        let mut content = Content::new("test");
        let topic = Sns::managed("arn:aws:sns:eu-west-1:1:alerts").subject("x".repeat(101));
        content.add(ContactPoint::new("a", topic));
        let found: Vec<_> = content.problems.iter().map(|problem| (problem.rule.0, problem.severity)).collect();
        assert_eq!(found, [("alert-route", Severity::Warning), ("alert-route", Severity::Problem)]);
    }
}
