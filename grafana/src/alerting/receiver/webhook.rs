//! [`Webhook`].

use belvedere_cfn::{Expr, IntoValue, Properties};

use super::{Receiver, receiver, texts};
use crate::secret::Secret;

/// A request to a URL, with the alerts as JSON.
/// [Grafana page](https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/).
#[derive(Clone, Debug, PartialEq)]
pub struct Webhook {
    receiver: Receiver,
}

receiver!(Webhook);
texts! { Webhook:
    /// The member `title`, a template. Grafana's own by default.
    title = "title";
    /// The member `message`, a template. Grafana's own by default.
    message = "message";
}

impl Webhook {
    /// Sends a `POST` request to the URL.
    #[must_use]
    pub fn new(url: impl IntoValue<String>) -> Self {
        Self { receiver: Receiver::custom("webhook").setting("url", url.into_value()) }
    }

    /// Sends a `POST` request to a URL that whoever knows it may use, such as that of a heartbeat monitor.
    #[must_use]
    pub fn secret_url(url: Secret) -> Self {
        Self { receiver: Receiver::custom("webhook").secret_setting("url", url) }
    }

    /// Sends `PUT` requests.
    #[must_use]
    pub fn put(mut self) -> Self {
        self.receiver = self.receiver.setting("httpMethod", "PUT");
        self
    }

    /// Signs in with a user's name and password. Nobody signs in by default.
    #[must_use]
    pub fn basic_auth(mut self, user: impl IntoValue<String>, password: Secret) -> Self {
        self.receiver = self.receiver.setting("username", user.into_value()).secret_setting("password", password);
        self
    }

    /// Sends a token in the header `Authorization`, after `Bearer`.
    #[must_use]
    pub fn bearer(mut self, token: Secret) -> Self {
        let receiver = self.receiver.setting("authorization_scheme", "Bearer");
        self.receiver = receiver.secret_setting("authorization_credentials", token);
        self
    }

    /// Signs the body: the hash of it with this key (HMAC-SHA256) is in the header `X-Grafana-Alerting-Signature`. Grafana
    /// 12 and later know it.
    #[must_use]
    pub fn signed(mut self, key: Secret) -> Self {
        let members = Properties::new().with("secret", key.into_placeholder());
        self.receiver.settings.set("hmacConfig", members);
        self
    }

    /// Adds a header. Grafana 12 and later know it; some names, such as `Authorization` and `Cookie`, are refused.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl IntoValue<String>) -> Self {
        if let Expr::Object(headers) = self.receiver.settings.entry("headers") {
            headers.set(name.into(), value.into_value());
        }
        self
    }

    /// Sends at most so many alerts at once. All by default.
    #[must_use]
    pub fn max_alerts(mut self, number: u32) -> Self {
        self.receiver = self.receiver.setting("maxAlerts", i64::from(number));
        self
    }

    /// Sends what this template gives, instead of Grafana's JSON. Grafana 12 and later know it.
    #[must_use]
    pub fn payload(mut self, template: impl IntoValue<String>) -> Self {
        let members = Properties::new().with("template", template.into_value());
        self.receiver.settings.set("payload", members);
        self
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_request_carries_what_the_other_side_wants() {
        let webhook = Webhook::new("https://example.com/alerts")
            .put()
            .bearer(Secret::environment("TOKEN"))
            .signed(Secret::environment("KEY"))
            .header("X-Team", "shop")
            .max_alerts(10);
        assert_eq!(
            serde_json::to_value(&webhook.receiver.settings).expect("it is JSON"),
            json!({
                "authorization_credentials": { "belvedere:secret": { "environment": "TOKEN" } },
                "authorization_scheme": "Bearer",
                "headers": { "X-Team": "shop" },
                "hmacConfig": { "secret": { "belvedere:secret": { "environment": "KEY" } } },
                "httpMethod": "PUT",
                "maxAlerts": 10,
                "url": "https://example.com/alerts",
            })
        );
    }
}
