//! [`PagerDutyReceiver`]: incidents in PagerDuty.

use std::time::Duration;

use belvedere_grafana::prometheus::name::duration;
use belvedere_grafana::prometheus::yaml::Yaml;

use crate::scope::Scope;
use crate::secretsmanager::SecretRef;

/// Makes alerts incidents in PagerDuty, by its Events API 2.
/// [AWS page](https://docs.aws.amazon.com/prometheus/latest/userguide/AMP-alertmanager-pagerduty.html).
///
/// The key of the integration is in Secrets Manager, in a JSON object. The managed alert manager reads it in its own name:
/// the secret's policy, and that of the key which encrypts it, have to allow that to `aps.amazonaws.com`. A secret is
/// usually older than the stack, so this is not written here.
#[derive(Clone, Debug, PartialEq)]
pub struct PagerDutyReceiver {
    name: String,
    secret: SecretRef,
    key: String,
    refresh_interval: Option<Duration>,
    description: Option<String>,
    severity: Option<String>,
    client_url: Option<String>,
    details: Vec<(String, String)>,
    send_resolved: bool,
}

impl PagerDutyReceiver {
    pub(super) fn new(name: String, secret: &SecretRef, key: String) -> Self {
        Self {
            name,
            secret: secret.clone(),
            key,
            refresh_interval: None,
            description: None,
            severity: None,
            client_url: None,
            details: Vec::new(),
            send_resolved: true,
        }
    }

    /// How often the secret is read again, in case that it changed. The service decides by default.
    #[must_use]
    pub const fn refresh_interval(mut self, time: Duration) -> Self {
        self.refresh_interval = Some(time);
        self
    }

    /// What the incident is called, as a [template](https://prometheus.io/docs/alerting/latest/notifications/). By
    /// default the labels that all alerts have.
    #[must_use]
    pub fn description(mut self, template: impl Into<String>) -> Self {
        self.description = Some(template.into());
        self
    }

    /// How bad it is, as a template that becomes `critical`, `error`, `warning` or `info`. `error` by default.
    #[must_use]
    pub fn severity(mut self, template: impl Into<String>) -> Self {
        self.severity = Some(template.into());
        self
    }

    /// Where to look, as a template. The alert manager itself by default, which nobody can look at.
    #[must_use]
    pub fn client_url(mut self, template: impl Into<String>) -> Self {
        self.client_url = Some(template.into());
        self
    }

    /// Adds a detail to the incident, as a template. By default how many alerts fire, and which.
    #[must_use]
    pub fn detail(mut self, name: impl Into<String>, template: impl Into<String>) -> Self {
        self.details.push((name.into(), template.into()));
        self
    }

    /// Whether the incident is resolved when its alerts are over. It is by default.
    #[must_use]
    pub const fn send_resolved(mut self, send: bool) -> Self {
        self.send_resolved = send;
        self
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn report(&self, scope: &mut Scope<'_>) {
        for complaint in self.complaints() {
            scope.problem(format!("{complaint} (receiver `{}`)", self.name));
        }
    }

    fn complaints(&self) -> Vec<String> {
        const SEVERITIES: [&str; 4] = ["critical", "error", "warning", "info"];
        let mut complaints = Vec::new();
        if self.key.trim().is_empty() {
            complaints.push("the member of the secret needs a name".to_owned());
        }
        if self.refresh_interval.is_some_and(|time| time.is_zero()) {
            complaints.push("the refresh_interval of a secret must be more than 0 s".to_owned());
        }
        if let Some(severity) = &self.severity
            && !severity.contains("{{")
            && !SEVERITIES.contains(&severity.as_str())
        {
            complaints.push(format!("a severity of PagerDuty is one of {}, got `{severity}`", SEVERITIES.join(", ")));
        }
        complaints
    }

    pub(super) fn yaml(&self) -> Yaml {
        let secret = Yaml::map()
            .with("secret_arn", self.secret.secret_arn().cast::<String>())
            .with("secret_key", self.key.clone())
            .with_some("refresh_interval", self.refresh_interval.map(duration));
        let mut settings = Yaml::map()
            .with("routing_key", Yaml::map().with("aws_secrets_manager", secret))
            .with_some("description", self.description.clone())
            .with_some("severity", self.severity.clone())
            .with_some("client_url", self.client_url.clone());
        if !self.details.is_empty() {
            let details = self.details.iter().map(|(name, template)| (name.clone(), Yaml::text(template.clone())));
            settings = settings.with("details", Yaml::Map(details.collect()));
        }
        settings.with_some("send_resolved", (!self.send_resolved).then_some(false))
    }
}
