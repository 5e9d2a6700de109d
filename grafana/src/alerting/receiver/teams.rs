//! [`Teams`].

use super::{Receiver, receiver, texts};
use crate::secret::Secret;

/// Microsoft Teams.
/// [Grafana page](https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/configure-teams/).
#[derive(Clone, Debug, PartialEq)]
pub struct Teams {
    receiver: Receiver,
}

receiver!(Teams);
texts! { Teams:
    /// The title, a template. Grafana's own by default.
    title = "title";
    /// The title of each section. None by default.
    section_title = "sectiontitle";
    /// The message, a template. Grafana's own by default.
    message = "message";
}

impl Teams {
    /// A channel's webhook, or that of a workflow, whose URL is secret.
    #[must_use]
    pub fn new(url: Secret) -> Self {
        Self { receiver: Receiver::custom("teams").secret_setting("url", url) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_is_told_by_its_webhook() {
        let teams = Teams::new(Secret::environment("URL")).title("{{ .Status }}");
        assert_eq!(teams.receiver.kind, "teams");
        assert_eq!(teams.receiver.settings.get("title").and_then(|title| title.as_str()), Some("{{ .Status }}"));
    }
}
