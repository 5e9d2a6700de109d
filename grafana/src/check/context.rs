//! [`Context`]: what a definition is checked against.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::Exporter;

/// What is around that which is checked: what else there is in the Grafana, what the programs export, what the stack has.
///
/// What nobody declares is not checked: without a data source here, a dashboard may name any; without a program, any
/// metric; without resources, any namespace of `CloudWatch`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Context {
    pub(super) data_sources: Option<BTreeMap<String, DataSource>>,
    pub(super) dashboards: Option<BTreeMap<String, BTreeSet<i64>>>,
    pub(super) folders: Option<BTreeSet<String>>,
    pub(super) contact_points: BTreeSet<String>,
    pub(super) mute_timings: BTreeSet<String>,
    pub(super) panel_plugins: Option<BTreeSet<String>>,
    pub(super) exporters: Vec<Exporter>,
    pub(super) recorded: Vec<(String, String, Vec<String>)>,
    pub(super) resource_types: Option<BTreeSet<String>>,
    pub(super) region: Option<String>,
    pub(super) managed: bool,
    pub(super) service_managed: bool,
    pub(super) managed_version: Option<String>,
    /// The uid of the data source that is meant where none is named.
    pub(super) default_source: Option<String>,
}

/// A data source that there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DataSource {
    pub(super) plugin: String,
    /// What people see, by which old dashboards refer to it.
    pub(super) name: String,
}

impl Context {
    /// Adds a data source that is in the Grafana: its id, and its plugin's, such as `loki`.
    #[must_use]
    pub fn data_source(mut self, uid: impl Into<String>, plugin: impl Into<String>) -> Self {
        let uid = uid.into();
        self.put_data_source(uid.clone(), plugin.into(), uid);
        self
    }

    /// Adds a dashboard that is in the Grafana, so that links may lead to it.
    #[must_use]
    pub fn dashboard(mut self, uid: impl Into<String>) -> Self {
        self.dashboards.get_or_insert_default().entry(uid.into()).or_default();
        self
    }

    /// Adds a folder that is in the Grafana.
    #[must_use]
    pub fn folder(mut self, uid: impl Into<String>) -> Self {
        self.folders.get_or_insert_default().insert(uid.into());
        self
    }

    /// Adds a contact point that is in the Grafana, by name.
    #[must_use]
    pub fn contact_point(mut self, name: impl Into<String>) -> Self {
        self.contact_points.insert(name.into());
        self
    }

    /// Adds a mute timing that is in the Grafana, by name.
    #[must_use]
    pub fn mute_timing(mut self, name: impl Into<String>) -> Self {
        self.mute_timings.insert(name.into());
        self
    }

    /// Adds the id of a panel's plugin that is not Grafana's own, such as `grafana-polystat-panel`.
    #[must_use]
    pub fn panel_plugin(mut self, id: impl Into<String>) -> Self {
        self.panel_plugins.get_or_insert_default().insert(id.into());
        self
    }

    /// Adds a program: what it exports may be named by queries.
    #[must_use]
    pub fn exporter(mut self, exporter: Exporter) -> Self {
        self.exporters.push(exporter);
        self
    }

    /// Adds a recording rule: the metric that it records, and its expression in PromQL.
    #[must_use]
    pub fn recorded(mut self, metric: impl Into<String>, expression: impl Into<String>) -> Self {
        self.recorded.push((metric.into(), expression.into(), Vec::new()));
        self
    }

    /// Says which types of resource the stack has, such as `AWS::Lambda::Function`, so that a panel for another is found.
    #[must_use]
    pub fn resource_types(mut self, types: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.resource_types.get_or_insert_default().extend(types.into_iter().map(Into::into));
        self
    }

    /// Says in which region the stack is, such as `eu-west-1`.
    #[must_use]
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into());
        self
    }

    /// Says that the Grafana is Amazon Managed Grafana.
    #[must_use]
    pub const fn managed(mut self) -> Self {
        self.managed = true;
        self
    }

    /// Says that the Grafana is Amazon Managed Grafana with permissions that the service manages.
    #[must_use]
    pub const fn service_managed(mut self) -> Self {
        self.service_managed = true;
        self.managed()
    }

    /// Says which Grafana a workspace of Amazon Managed Grafana runs, such as `12.4`, so that what it does not have is
    /// found.
    #[must_use]
    pub fn managed_version(mut self, version: impl Into<String>) -> Self {
        self.managed_version = Some(version.into());
        self.managed()
    }

    pub(super) fn put_data_source(&mut self, uid: String, plugin: String, name: String) {
        self.data_sources.get_or_insert_default().insert(uid, DataSource { plugin, name });
    }

    /// The data source that an id or, in old dashboards, a name stands for.
    pub(super) fn find_data_source(&self, uid_or_name: &str) -> Option<&DataSource> {
        let sources = self.data_sources.as_ref()?;
        sources.get(uid_or_name).or_else(|| sources.values().find(|source| source.name == uid_or_name))
    }

    /// The plugin of the data source that is meant where none is named.
    pub(super) fn default_plugin(&self) -> Option<&str> {
        let source = self.data_sources.as_ref()?.get(self.default_source.as_deref()?)?;
        Some(&source.plugin)
    }
}
