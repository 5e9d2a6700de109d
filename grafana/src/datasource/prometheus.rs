//! [`Prometheus`], [`ManagedPrometheus`] and [`Mimir`]: metrics.

use std::time::Duration;

use belvedere_cfn::{IntoValue, pseudo};

use super::kind::{AMAZON_PROMETHEUS, PromQl};
use super::settings::{Settings, data_source, http};
use crate::duration;

/// [Prometheus](https://grafana.com/docs/grafana/latest/datasources/prometheus/configure/), or what answers as it does.
///
/// Queries are sent with `POST`, which has no limit of length.
#[derive(Clone, Debug, PartialEq)]
pub struct Prometheus {
    settings: Settings,
}

/// [Amazon Managed Service for Prometheus](https://grafana.com/docs/plugins/grafana-amazonprometheus-datasource/latest/),
/// whose requests Grafana signs with the role that it runs with.
///
/// It keeps no exemplars: what writes to it may send them, and [none can be asked
/// for](https://docs.aws.amazon.com/prometheus/latest/userguide/AMP-APIReference-Prometheus-Compatible-Apis.html). A link
/// [`Exemplars`](super::Exemplars) that begins here is a finding.
///
/// The plugin is `grafana-amazonprometheus-datasource`. Managed Grafana 12 and Grafana 13 sign with no other; up to
/// Grafana 11, see [`for_grafana`](Self::for_grafana), it was the core plugin.
#[derive(Clone, Debug, PartialEq)]
pub struct ManagedPrometheus {
    settings: Settings,
}

/// [Mimir](https://grafana.com/docs/mimir/latest/), asked through Prometheus' API.
#[derive(Clone, Debug, PartialEq)]
pub struct Mimir {
    settings: Settings,
}

data_source!(Prometheus => PromQl);
data_source!(ManagedPrometheus => PromQl);
data_source!(Mimir => PromQl);
http!(Prometheus);
http!(ManagedPrometheus);
http!(Mimir);

const CORE: &str = "prometheus";

/// Setters of all that answer PromQL.
macro_rules! promql {
    ($source:ident) => {
        impl $source {
            /// How often the server scrapes: the shortest step that is worth asking for, and what `$__rate_interval` is
            /// computed from. 15 s by default.
            #[must_use]
            pub fn scrape_interval(mut self, time: Duration) -> Self {
                self.settings.data("timeInterval", duration::text(time));
                self
            }

            /// How long the server may work on a query. 60 s by default.
            #[must_use]
            pub fn query_timeout(mut self, time: Duration) -> Self {
                self.settings.data("queryTimeout", duration::text(time));
                self
            }

            /// Keeps what was answered in the browser, and asks only for what is new, with this much overlap. Everything
            /// is asked for by default.
            #[must_use]
            pub fn incremental_queries(mut self, overlap: Duration) -> Self {
                self.settings.data("incrementalQuerying", true);
                self.settings.data("incrementalQueryOverlapWindow", duration::text(overlap));
                self
            }

            /// Does not show the server's own rules among Grafana's alerts. They are shown by default.
            #[must_use]
            pub fn hide_rules(mut self) -> Self {
                self.settings.data("manageAlerts", false);
                self
            }

            /// Adds parameters to each query, URL-encoded, such as `max_source_resolution=5m&timeout=10`.
            #[must_use]
            pub fn query_parameters(mut self, parameters: impl Into<String>) -> Self {
                self.settings.data("customQueryParameters", parameters.into());
                self
            }

            /// Opens the query editor as text instead of as a form.
            #[must_use]
            pub fn code_editor(mut self) -> Self {
                self.settings.data("defaultEditor", "code");
                self
            }
        }
    };
}

promql!(Prometheus);
promql!(ManagedPrometheus);
promql!(Mimir);

fn settings(uid: impl Into<String>, name: impl Into<String>, plugin: &str, url: impl IntoValue<String>) -> Settings {
    let mut settings = Settings::new(uid, name, plugin).at(url);
    settings.data("httpMethod", "POST");
    settings.data("prometheusType", "Prometheus");
    settings
}

impl Prometheus {
    /// A Prometheus at a URL such as `http://prometheus:9090`, with a fixed id and the name that people see.
    #[must_use]
    pub fn new(uid: impl Into<String>, name: impl Into<String>, url: impl IntoValue<String>) -> Self {
        Self { settings: settings(uid, name, CORE, url) }
    }

    /// The server's version, such as `2.53.0`, so that the editor offers what it knows.
    #[must_use]
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.settings.data("prometheusVersion", version.into());
        self
    }
}

impl ManagedPrometheus {
    /// A workspace by its query URL, `https://aps-workspaces.REGION.amazonaws.com/workspaces/ID`, with a fixed id and the
    /// name that people see. Requests are signed with the credentials that Grafana finds where it runs.
    #[must_use]
    pub fn new(uid: impl Into<String>, name: impl Into<String>, query_url: impl IntoValue<String>) -> Self {
        let mut settings = settings(uid, name, AMAZON_PROMETHEUS, query_url);
        settings.data("sigV4Auth", true);
        settings.data("sigV4AuthType", "default");
        settings.data("sigV4Region", pseudo::region());
        Self { settings }
    }

    /// The region of the workspace. That of the stack by default.
    #[must_use]
    pub fn region(mut self, region: impl IntoValue<String>) -> Self {
        self.settings.data("sigV4Region", region.into_value());
        self
    }

    /// The major version of the Grafana: up to 11, the core plugin `prometheus` signs.
    #[must_use]
    pub fn for_grafana(self, major: u32) -> Self {
        if major <= 11 { self.core_plugin() } else { self }
    }

    /// Has the core plugin `prometheus` sign, for a Grafana 12 of one's own that lacks the other. Grafana signs only with
    /// `GF_AUTH_SIGV4_AUTH_ENABLED=true`.
    #[must_use]
    pub fn core_plugin(mut self) -> Self {
        self.settings.plugin = CORE.to_owned();
        self
    }

    /// Names the role of a managed Grafana's workspace (`workspace-iam-role`). By default the credentials are those that
    /// AWS's libraries find, which in a workspace is the same role.
    #[must_use]
    pub fn workspace_role(mut self) -> Self {
        self.settings.data("sigV4AuthType", "workspace-iam-role");
        self
    }

    /// Signs as this role. As the one that Grafana runs with by default.
    #[must_use]
    pub fn assume_role(mut self, role_arn: impl IntoValue<String>) -> Self {
        self.settings.data("sigV4AssumeRoleArn", role_arn.into_value());
        self
    }

    /// The external id that the assumed role asks for.
    #[must_use]
    pub fn external_id(mut self, id: impl IntoValue<String>) -> Self {
        self.settings.data("sigV4ExternalId", id.into_value());
        self
    }
}

impl Mimir {
    /// A Mimir at its Prometheus endpoint, such as `http://mimir:9009/prometheus`, with a fixed id and the name that
    /// people see.
    #[must_use]
    pub fn new(uid: impl Into<String>, name: impl Into<String>, url: impl IntoValue<String>) -> Self {
        let mut settings = settings(uid, name, CORE, url);
        settings.data("prometheusType", "Mimir");
        Self { settings }
    }

    /// Asks as this tenant. Needed unless Mimir runs without tenants.
    #[must_use]
    pub fn tenant(self, id: impl IntoValue<String>) -> Self {
        self.header("X-Scope-OrgID", id)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{Content, Secret};

    #[test]
    fn managed_prometheus_is_signed_for_its_region() {
        let mut content = Content::new("test");
        let workspace = ManagedPrometheus::new("metrics", "Metrics", "https://aps.example")
            .scrape_interval(Duration::from_secs(15))
            .default_source();
        let metrics = content.add(workspace.clone());
        assert_eq!((metrics.uid(), metrics.plugin()), ("metrics", "grafana-amazonprometheus-datasource"));
        let document = content.document();
        assert_eq!(
            document.data_sources,
            [json!({
                "access": "proxy",
                "isDefault": true,
                "jsonData": {
                    "httpMethod": "POST",
                    "prometheusType": "Prometheus",
                    "sigV4Auth": true,
                    "sigV4AuthType": "default",
                    "sigV4Region": { "belvedere:value": "DataSourceMetricsJsonDataSigV4Region" },
                    "timeInterval": "15s",
                },
                "name": "Metrics",
                "type": "grafana-amazonprometheus-datasource",
                "uid": "metrics",
                "url": "https://aps.example",
            })]
        );
        assert_eq!(document.plugins, ["grafana-amazonprometheus-datasource"]);
        assert_eq!(workspace.for_grafana(10).settings.plugin, "prometheus");
    }

    #[test]
    fn headers_are_numbered_and_secrets_are_placeholders() {
        let mut content = Content::new("test");
        content.add(
            Mimir::new("mimir", "Mimir", "http://mimir:9009/prometheus")
                .tenant("blue")
                .secret_header("Authorization", Secret::environment("TOKEN"))
                .basic_auth("me", Secret::secrets_manager_key("mimir", "password"))
                .timeout(Duration::from_secs(45)),
        );
        let source = &content.document().data_sources[0];
        assert_eq!(source["jsonData"]["httpHeaderName2"], "Authorization");
        assert_eq!(source["jsonData"]["prometheusType"], "Mimir");
        assert_eq!(source["jsonData"]["timeout"], 45);
        assert_eq!(source["basicAuthUser"], "me");
        assert_eq!(
            source["secureJsonData"],
            json!({
                "basicAuthPassword": { "belvedere:secret": { "key": "password", "secretsManager": "mimir" } },
                "httpHeaderValue1": "blue",
                "httpHeaderValue2": { "belvedere:secret": { "environment": "TOKEN" } },
            })
        );
    }
}
