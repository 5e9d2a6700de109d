//! [`Namespace`]: what AWS services report to `CloudWatch` by themselves.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

/// A namespace of `CloudWatch`, such as `AWS/Lambda`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Namespace {
    /// The name.
    pub name: String,
    /// The types of resources that report in it, as `CloudFormation` names them. Any of them is enough; where there is
    /// none, the account itself reports.
    pub resource_types: Vec<String>,
    /// The sets of dimensions that metrics have, each set sorted.
    pub dimensions: Vec<Vec<String>>,
    /// Its metrics, sorted by name.
    pub metrics: Vec<NamespaceMetric>,
}

/// A metric of a [`Namespace`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamespaceMetric {
    /// The name.
    pub name: String,
    /// The unit, by `CloudWatch`'s names: `Count`, `Seconds`, `Bytes/Second`, `Percent`, `None`, …
    pub unit: String,
    /// The statistics that tell something, the most useful one first. `CloudWatch` takes others as well.
    pub statistics: Vec<String>,
}

impl Namespace {
    /// Returns the metric with the given name.
    #[must_use]
    pub fn metric(&self, name: &str) -> Option<&NamespaceMetric> {
        self.metrics.iter().find(|metric| metric.name == name)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Text {
    namespaces: BTreeMap<String, NamespaceText>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NamespaceText {
    resource_types: Vec<String>,
    dimensions: Vec<Vec<String>>,
    /// The unit and the statistics, with spaces between.
    metrics: BTreeMap<String, String>,
}

/// Returns the namespaces of the AWS services that stacks of this kind have, sorted by name.
///
/// Their metrics are on the pages of each service; those of load balancers, for example, on
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html>.
#[must_use]
pub fn cloudwatch() -> &'static [Namespace] {
    static NAMESPACES: LazyLock<Vec<Namespace>> = LazyLock::new(|| {
        let text: Option<Text> = serde_json::from_str(include_str!("../../data/cloudwatch.json")).ok();
        let namespaces = text.into_iter().flat_map(|text| text.namespaces);
        namespaces.map(|(name, namespace)| namespace.named(name)).collect()
    });
    &NAMESPACES
}

impl NamespaceText {
    fn named(self, name: String) -> Namespace {
        let metric = |(name, text): (String, String)| {
            let mut words = text.split_whitespace().map(str::to_owned);
            NamespaceMetric { name, unit: words.next().unwrap_or_default(), statistics: words.collect() }
        };
        Namespace {
            name,
            resource_types: self.resource_types,
            dimensions: self.dimensions,
            metrics: self.metrics.into_iter().map(metric).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_it_is_there() {
        let names: Vec<_> = cloudwatch().iter().map(|namespace| namespace.name.as_str()).collect();
        assert_eq!(names.len(), 20, "{names:?}");
        let units = [
            "Bytes",
            "Bytes/Second",
            "Count",
            "Count/Second",
            "Gigabytes",
            "Megabytes",
            "Milliseconds",
            "None",
            "Percent",
            "Seconds",
            "USD",
        ];
        for namespace in cloudwatch() {
            assert!(!namespace.metrics.is_empty() && !namespace.dimensions.is_empty(), "{}", namespace.name);
            assert!(namespace.dimensions.iter().all(|set| set.is_sorted()), "{}", namespace.name);
            for metric in &namespace.metrics {
                assert!(units.contains(&metric.unit.as_str()), "{metric:?}");
                let known = |statistic: &String| {
                    matches!(statistic.as_str(), "Average" | "Maximum" | "Minimum" | "SampleCount" | "Sum")
                        || statistic.strip_prefix('p').is_some_and(|percentile| percentile.parse::<f64>().is_ok())
                };
                assert!(!metric.statistics.is_empty() && metric.statistics.iter().all(known), "{metric:?}");
            }
        }
        let lambda = cloudwatch().iter().find(|namespace| namespace.name == "AWS/Lambda").expect("it is there");
        let duration = lambda.metric("Duration").expect("it is there");
        assert_eq!((duration.unit.as_str(), duration.statistics[0].as_str()), ("Milliseconds", "Average"));
    }
}
