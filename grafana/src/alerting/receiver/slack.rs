//! [`Slack`].

use belvedere_cfn::IntoValue;

use super::{Receiver, receiver, texts};
use crate::secret::Secret;

/// Slack.
/// [Grafana page](https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/configure-slack/).
#[derive(Clone, Debug, PartialEq)]
pub struct Slack {
    receiver: Receiver,
}

/// Whom a message in Slack calls.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SlackMention {
    /// Those of the channel who are active.
    Here,
    /// All of the channel.
    Channel,
    /// These users, by member id.
    Users(Vec<String>),
    /// These groups, by id.
    Groups(Vec<String>),
}

receiver!(Slack);
texts! { Slack:
    /// The title, a template. Grafana's own by default.
    title = "title";
    /// The text, a template. Grafana's own by default.
    text = "text";
    /// The name that the message is from. That of the Slack app by default.
    username = "username";
    /// The emoji beside the message, such as `:bell:`.
    icon_emoji = "icon_emoji";
    /// The colour of the message's edge, a template. Red while an alert fires and green after it by default.
    color = "color";
}

impl Slack {
    /// An incoming webhook, whose URL is secret.
    #[must_use]
    pub fn webhook(url: Secret) -> Self {
        Self { receiver: Receiver::custom("slack").secret_setting("url", url) }
    }

    /// A channel, such as `#alerts` or its id, and the token of a bot that may write there (`xoxb-…`).
    #[must_use]
    pub fn bot(channel: impl IntoValue<String>, token: Secret) -> Self {
        let receiver = Receiver::custom("slack").setting("recipient", channel.into_value());
        Self { receiver: receiver.secret_setting("token", token) }
    }

    /// Calls somebody with each message. Nobody by default.
    #[must_use]
    pub fn mention(mut self, whom: SlackMention) -> Self {
        let (name, value) = match whom {
            SlackMention::Here => ("mentionChannel", "here".to_owned()),
            SlackMention::Channel => ("mentionChannel", "channel".to_owned()),
            SlackMention::Users(users) => ("mentionUsers", users.join(",")),
            SlackMention::Groups(groups) => ("mentionGroups", groups.join(",")),
        };
        self.receiver = self.receiver.setting(name, value);
        self
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_message_calls_somebody() {
        let slack = Slack::bot("#alerts", Secret::environment("TOKEN"))
            .mention(SlackMention::Here)
            .mention(SlackMention::Users(vec!["U1".to_owned(), "U2".to_owned()]))
            .title("{{ len .Alerts }}");
        assert_eq!(
            serde_json::to_value(&slack.receiver.settings).expect("it is JSON"),
            json!({
                "mentionChannel": "here",
                "mentionUsers": "U1,U2",
                "recipient": "#alerts",
                "title": "{{ len .Alerts }}",
                "token": { "belvedere:secret": { "environment": "TOKEN" } },
            })
        );
    }
}
