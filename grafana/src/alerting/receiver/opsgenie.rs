//! [`OpsGenie`].

use belvedere_cfn::{Expr, Properties};

use super::{Receiver, receiver, texts};
use crate::secret::Secret;

/// Opsgenie.
/// [Grafana page](https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/configure-opsgenie/).
#[derive(Clone, Debug, PartialEq)]
pub struct OpsGenie {
    receiver: Receiver,
}

/// Who answers in Opsgenie.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Responder {
    /// A team, by name.
    Team(String),
    /// A user, by user name.
    User(String),
    /// An escalation, by name.
    Escalation(String),
    /// A schedule, by name.
    Schedule(String),
}

receiver!(OpsGenie);
texts! { OpsGenie:
    /// Where Opsgenie is: `https://api.opsgenie.com/v2/alerts` by default, `https://api.eu.opsgenie.com/v2/alerts` in the EU.
    api_url = "apiUrl";
    /// The message, a template, of which 130 characters count. Grafana's own by default.
    message = "message";
    /// The description, a template.
    description = "description";
}

impl OpsGenie {
    /// An account, by its API key.
    #[must_use]
    pub fn new(api_key: Secret) -> Self {
        let receiver = Receiver::custom("opsgenie").secret_setting("apiKey", api_key);
        Self { receiver }.api_url("https://api.opsgenie.com/v2/alerts")
    }

    /// Leaves alerts open in Opsgenie once they are over. They are closed by default.
    #[must_use]
    pub fn leave_open(mut self) -> Self {
        self.receiver = self.receiver.setting("autoClose", false);
        self
    }

    /// Adds who answers. Whom Opsgenie's own rules name by default.
    #[must_use]
    pub fn responder(mut self, responder: Responder) -> Self {
        let (kind, member, name) = match responder {
            Responder::Team(name) => ("team", "name", name),
            Responder::User(name) => ("user", "username", name),
            Responder::Escalation(name) => ("escalation", "name", name),
            Responder::Schedule(name) => ("schedule", "name", name),
        };
        let mut responders = match self.receiver.settings.remove("responders") {
            Some(Expr::List(responders)) => responders,
            _ => Vec::new(),
        };
        responders.push(Properties::new().with(member, name).with("type", kind).into());
        self.receiver.settings.set("responders", responders);
        self
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn somebody_answers() {
        let receiver = OpsGenie::new(Secret::environment("KEY"))
            .responder(Responder::Team("shop".to_owned()))
            .responder(Responder::User("me@example.com".to_owned()))
            .leave_open()
            .receiver;
        assert_eq!(
            serde_json::to_value(&receiver.settings).expect("it is JSON"),
            json!({
                "apiKey": { "belvedere:secret": { "environment": "KEY" } },
                "apiUrl": "https://api.opsgenie.com/v2/alerts",
                "autoClose": false,
                "responders": [
                    { "type": "team", "name": "shop" },
                    { "type": "user", "username": "me@example.com" },
                ],
            })
        );
    }
}
