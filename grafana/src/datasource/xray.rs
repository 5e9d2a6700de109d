//! [`XRay`]: traces of AWS.

use belvedere_cfn::pseudo;

use super::aws::aws;
use super::settings::{Settings, data_source};

/// [X-Ray](https://grafana.com/docs/plugins/grafana-x-ray-datasource/latest/), asked with the credentials that Grafana
/// finds where it runs.
///
/// Its trace ids have the form `1-58406520-a006649127e371903a2de979`. Versions of the plugin since
/// [April 2025](https://github.com/grafana/x-ray-datasource/pull/332) also find a trace by the 32 digits that OpenTelemetry
/// writes.
#[derive(Clone, Debug, PartialEq)]
pub struct XRay {
    settings: Settings,
}

data_source!(XRay => XRay);
aws!(XRay);

impl XRay {
    /// X-Ray, with a fixed id and the name that people see.
    #[must_use]
    pub fn new(uid: impl Into<String>, name: impl Into<String>) -> Self {
        let mut settings = Settings::new(uid, name, "grafana-x-ray-datasource");
        settings.data("authType", "default");
        settings.data("defaultRegion", pseudo::region());
        Self { settings }
    }
}
