//! Data sources, and the links between them.

use std::marker::PhantomData;

use serde_json::Value as Json;

use crate::document::Lifting;

/// What is behind a data source: which language its queries are in, and which links it can have.
pub trait Kind: Clone + std::fmt::Debug + PartialEq + 'static {}

macro_rules! kinds {
    ($($(#[$doc:meta])+ $kind:ident)+) => { $(
        $(#[$doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $kind {}
        impl Kind for $kind {}
    )+ };
}

kinds! {
    /// Prometheus, managed Prometheus, Mimir: PromQL.
    PromQl
    /// Loki: LogQL.
    LogQl
    /// Tempo: TraceQL.
    TraceQl
    /// `CloudWatch`: metrics and logs.
    CloudWatch
    /// X-Ray.
    XRay
    /// PostgreSQL.
    Sql
}

/// A data source that a content has: what its queries and links are made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataSourceRef<K> {
    pub(crate) uid: String,
    /// The plugin's id, such as `loki`.
    pub(crate) plugin: String,
    pub(crate) kind: PhantomData<fn() -> K>,
}

impl<K: Kind> DataSourceRef<K> {
    pub(crate) fn new(uid: impl Into<String>, plugin: impl Into<String>) -> Self {
        Self { uid: uid.into(), plugin: plugin.into(), kind: PhantomData }
    }

    /// Returns the data source's id.
    #[must_use]
    pub fn uid(&self) -> &str {
        &self.uid
    }

    /// Returns the id of its plugin.
    #[must_use]
    pub fn plugin(&self) -> &str {
        &self.plugin
    }
}

/// The data sources of a content, and their links.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct DataSourceParts {}

impl DataSourceParts {
    pub(crate) fn documents(&self, lifting: &mut Lifting) -> Vec<Json> {
        let _ = lifting;
        Vec::new()
    }

    pub(crate) fn plugins(&self) -> Vec<String> {
        Vec::new()
    }
}
