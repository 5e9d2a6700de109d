//! [`GrafanaVersion`]: which Grafana a workspace runs.

use std::borrow::Cow;

/// Which Grafana a workspace runs. A workspace can be moved to a newer version, and never back.
/// [AWS page](https://docs.aws.amazon.com/grafana/latest/userguide/version-differences.html).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct GrafanaVersion(Cow<'static, str>);

impl GrafanaVersion {
    /// Grafana 9.4.
    pub const V9_4: Self = Self(Cow::Borrowed("9.4"));
    /// Grafana 10.4.
    pub const V10_4: Self = Self(Cow::Borrowed("10.4"));
    /// Grafana 12.4. Signed requests to managed Prometheus need the Amazon Prometheus data source from here on.
    pub const V12_4: Self = Self(Cow::Borrowed("12.4"));

    /// A version that is newer than this library, as `ListVersions` of the service's API names it.
    #[must_use]
    pub fn custom(version: impl Into<String>) -> Self {
        Self(Cow::Owned(version.into()))
    }

    /// Returns the version's name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns what is wrong with the version's name, if anything is.
    pub(super) fn complaint(&self) -> Option<String> {
        let numbers: Option<Vec<u32>> = self.0.split('.').map(|number| number.parse().ok()).collect();
        let known = numbers.is_some_and(|numbers| matches!(numbers.as_slice(), [major, _] if *major >= 8));
        (!known).then(|| format!("a Grafana version looks like `12.4`, and is 8.4 or newer, got `{}`", self.0))
    }

    pub(super) fn major(&self) -> Option<u32> {
        self.0.split('.').next()?.parse().ok()
    }
}
