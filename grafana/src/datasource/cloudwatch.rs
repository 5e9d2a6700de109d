//! [`CloudWatch`]: metrics and logs of AWS.

use std::time::Duration;

use belvedere_cfn::{Expr, IntoValue, Properties, pseudo};

use super::aws::aws;
use super::settings::{Settings, data_source};
use crate::duration;

/// [CloudWatch](https://grafana.com/docs/grafana/latest/datasources/aws-cloudwatch/configure/), asked with the credentials
/// that Grafana finds where it runs.
#[derive(Clone, Debug, PartialEq)]
pub struct CloudWatch {
    settings: Settings,
}

data_source!(CloudWatch => CloudWatch);
aws!(CloudWatch);

impl CloudWatch {
    /// `CloudWatch`, with a fixed id and the name that people see.
    #[must_use]
    pub fn new(uid: impl Into<String>, name: impl Into<String>) -> Self {
        let mut settings = Settings::new(uid, name, "cloudwatch");
        settings.data("authType", "default");
        settings.data("defaultRegion", pseudo::region());
        Self { settings }
    }

    /// Offers metrics of these namespaces in the editor, beside those of AWS itself.
    #[must_use]
    pub fn custom_namespaces(mut self, namespaces: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let namespaces: Vec<String> = namespaces.into_iter().map(Into::into).collect();
        self.settings.data("customMetricsNamespaces", namespaces.join(","));
        self
    }

    /// How long to wait for a query of logs. 30 min by default.
    #[must_use]
    pub fn logs_timeout(mut self, time: Duration) -> Self {
        self.settings.data("logsTimeout", duration::text(time));
        self
    }

    /// A log group that queries of logs begin with, by ARN and name.
    #[must_use]
    pub fn log_group(mut self, arn: impl IntoValue<String>, name: impl IntoValue<String>) -> Self {
        let group = Properties::new().with("arn", arn.into_value()).with("name", name.into_value());
        let mut groups = match self.settings.json_data.remove("logGroups") {
            Some(Expr::List(groups)) => groups,
            _ => Vec::new(),
        };
        groups.push(group.into());
        self.settings.data("logGroups", groups);
        self
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Content;
    use crate::datasource::XRay;

    #[test]
    fn services_of_aws_are_asked_as_grafana_or_as_a_role() {
        let mut content = Content::new("test");
        content.add(
            CloudWatch::new("cloudwatch", "CloudWatch")
                .custom_namespaces(["CWAgent", "Shop"])
                .log_group("arn:aws:logs:eu-west-1:1:log-group:a:*", "a"),
        );
        content.add(XRay::new("xray", "X-Ray").region("eu-west-1").assume_role("arn:aws:iam::1:role/look"));
        let document = content.document();
        assert_eq!(
            document.data_sources[0]["jsonData"],
            json!({
                "authType": "default",
                "customMetricsNamespaces": "CWAgent,Shop",
                "defaultRegion": { "belvedere:value": "DataSourceCloudwatchJsonDataDefaultRegion" },
                "logGroups": [{ "arn": "arn:aws:logs:eu-west-1:1:log-group:a:*", "name": "a" }],
            })
        );
        assert_eq!(
            document.data_sources[1]["jsonData"],
            json!({
                "authType": "default",
                "defaultRegion": "eu-west-1",
                "assumeRoleArn": "arn:aws:iam::1:role/look",
            })
        );
        assert_eq!(document.plugins, ["grafana-x-ray-datasource"]);
    }
}
