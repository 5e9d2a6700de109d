//! [`PagerDuty`].

use belvedere_cfn::{Expr, IntoValue};

use super::{Receiver, receiver, texts};
use crate::secret::Secret;

/// `PagerDuty`, through its Events API 2.
/// [Grafana page](https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/pager-duty/).
#[derive(Clone, Debug, PartialEq)]
pub struct PagerDuty {
    receiver: Receiver,
}

receiver!(PagerDuty);
texts! { PagerDuty:
    /// `critical`, `error`, `warning` or `info`, or a template that gives one of them, such as
    /// `{{ .CommonLabels.severity }}`. `critical` by default.
    severity = "severity";
    /// What kind of event it is, such as `ping failure`. `default` by default.
    class = "class";
    /// The part that is broken. `Grafana` by default.
    component = "component";
    /// What the part belongs to. `default` by default.
    group = "group";
    /// The summary, a template. Grafana's own by default.
    summary = "summary";
    /// The system that is affected. The name of Grafana's host by default.
    source = "source";
    /// Who tells. `Grafana` by default.
    client = "client";
    /// Where who tells is found. Grafana's own URL by default.
    client_url = "client_url";
}

impl PagerDuty {
    /// A service, by the integration key of 32 characters that it has for Events API 2.
    #[must_use]
    pub fn new(integration_key: Secret) -> Self {
        Self { receiver: Receiver::custom("pagerduty").secret_setting("integrationKey", integration_key) }
    }

    /// Adds a detail, a template. By default there are lists of the alerts and how many they are.
    #[must_use]
    pub fn detail(mut self, name: impl Into<String>, template: impl IntoValue<String>) -> Self {
        if let Expr::Object(details) = self.receiver.settings.entry("details") {
            details.set(name.into(), template.into_value());
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_service_is_told_with_details() {
        let pager = PagerDuty::new(Secret::secrets_manager("pager"))
            .severity("{{ .CommonLabels.severity }}")
            .detail("runbook", "{{ .CommonAnnotations.runbook_url }}");
        assert_eq!(
            serde_json::to_value(&pager.receiver.settings).expect("it is JSON"),
            json!({
                "details": { "runbook": "{{ .CommonAnnotations.runbook_url }}" },
                "integrationKey": { "belvedere:secret": { "secretsManager": "pager" } },
                "severity": "{{ .CommonLabels.severity }}",
            })
        );
    }
}
