//! [`DataSource`]: one that has no type here.

use std::marker::PhantomData;

use belvedere_cfn::IntoValue;

use super::kind::{DataSourceRef, Kind, Other};
use super::parts;
use super::settings::Settings;
use crate::content::{Content, Part};
use crate::secret::Secret;

/// A data source of any plugin, with the settings that its page names.
///
/// ```
/// use belvedere_grafana::Content;
/// use belvedere_grafana::datasource::DataSource;
///
/// let mut content = Content::new("shop");
/// let search = content.add(DataSource::custom("grafana-opensearch-datasource", "search", "Search").json_data("database", "orders"));
/// assert_eq!(search.plugin(), "grafana-opensearch-datasource");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct DataSource<K: Kind = Other> {
    settings: Settings,
    kind: PhantomData<fn() -> K>,
}

impl DataSource<Other> {
    /// A data source of this plugin, with a fixed id and the name that people see.
    #[must_use]
    pub fn custom(plugin: impl Into<String>, uid: impl Into<String>, name: impl Into<String>) -> Self {
        Self { settings: Settings::new(uid, name, plugin), kind: PhantomData }
    }

    /// Says what language its queries are in, such as `of_kind::<PromQl>()` for what answers as Prometheus does.
    #[must_use]
    pub fn of_kind<K: Kind>(self) -> DataSource<K> {
        DataSource { settings: self.settings, kind: PhantomData }
    }
}

impl<K: Kind> DataSource<K> {
    /// Where the data source is. Nowhere by default.
    #[must_use]
    pub fn url(mut self, url: impl IntoValue<String>) -> Self {
        self.settings = self.settings.at(url);
        self
    }

    /// Makes it the data source that new panels begin with.
    #[must_use]
    pub fn default_source(mut self) -> Self {
        self.settings.default_source = true;
        self
    }

    /// Sets a member of the data source itself, such as `user`.
    #[must_use]
    pub fn member(mut self, name: impl Into<String>, value: impl IntoValue<belvedere_cfn::Json>) -> Self {
        self.settings.members.set(name.into(), value.into_value());
        self
    }

    /// Sets a member of `jsonData`.
    #[must_use]
    pub fn json_data(mut self, name: impl Into<String>, value: impl IntoValue<belvedere_cfn::Json>) -> Self {
        self.settings.json_data.set(name.into(), value.into_value());
        self
    }

    /// Sets a member of `secureJsonData`.
    #[must_use]
    pub fn secure_json_data(mut self, name: impl Into<String>, secret: Secret) -> Self {
        self.settings.secret(name, secret);
        self
    }
}

impl<K: Kind> Part for DataSource<K> {
    type Ref = DataSourceRef<K>;

    fn add_to(self, content: &mut Content) -> Self::Ref {
        parts::add(content, self.settings)
    }
}
