//! [`Loki`]: logs.

use belvedere_cfn::IntoValue;

use super::kind::LogQl;
use super::settings::{Settings, data_source, http};

/// [Loki](https://grafana.com/docs/grafana/latest/datasources/loki/configure-loki-data-source/).
#[derive(Clone, Debug, PartialEq)]
pub struct Loki {
    settings: Settings,
}

data_source!(Loki => LogQl);
http!(Loki);

impl Loki {
    /// A Loki at a URL such as `http://loki:3100`, with a fixed id and the name that people see.
    #[must_use]
    pub fn new(uid: impl Into<String>, name: impl Into<String>, url: impl IntoValue<String>) -> Self {
        Self { settings: Settings::new(uid, name, "loki").at(url) }
    }

    /// How many lines a query shows unless it says otherwise. 1,000 by default.
    #[must_use]
    pub fn max_lines(mut self, lines: u32) -> Self {
        self.settings.data("maxLines", i64::from(lines));
        self
    }

    /// Asks as this tenant. Needed unless Loki runs without tenants (`auth_enabled: false`).
    #[must_use]
    pub fn tenant(self, id: impl IntoValue<String>) -> Self {
        self.header("X-Scope-OrgID", id)
    }

    /// Does not show the ruler's rules among Grafana's alerts. They are shown by default.
    #[must_use]
    pub fn hide_rules(mut self) -> Self {
        self.settings.data("manageAlerts", false);
        self
    }
}
