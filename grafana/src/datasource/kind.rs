//! [`Kind`]: what is behind a data source, and [`DataSourceRef`], which says so in its type.

use std::marker::PhantomData;

use super::cloudwatch::CloudWatch;
use super::xray::XRay;
use crate::content::{Content, Part};

/// What is behind a data source: which language its queries are in, and which links it can have.
pub trait Kind: Clone + std::fmt::Debug + PartialEq + 'static {}

/// What keeps traces, so that a link can lead there: Tempo and X-Ray.
#[diagnostic::on_unimplemented(
    message = "`{Self}` keeps no traces",
    note = "links to traces lead to a data source `Tempo` or `XRay`"
)]
pub trait Traces: Kind {}

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
    /// PostgreSQL.
    Sql
    /// A data source that Belvedere does not know: queries are JSON.
    Other
}

impl Traces for TraceQl {}
impl Traces for XRay {}
// Their queries are in no language of their own, so the data source stands for its kind.
impl Kind for CloudWatch {}
impl Kind for XRay {}

/// A data source that a content has: what its queries and links are made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataSourceRef<K> {
    pub(crate) uid: String,
    /// The plugin's id, such as `loki`.
    pub(crate) plugin: String,
    /// Whether somebody else makes it.
    pub(crate) existing: bool,
    pub(crate) kind: PhantomData<fn() -> K>,
}

impl<K: Kind> DataSourceRef<K> {
    pub(crate) fn new(uid: impl Into<String>, plugin: impl Into<String>) -> Self {
        Self { uid: uid.into(), plugin: plugin.into(), existing: false, kind: PhantomData }
    }

    /// A data source that is in the Grafana already and that this content does not make: its id, and the id of its plugin,
    /// such as `loki`.
    ///
    /// [`Content::add`] tells the content that it is there; without that, queries of it are findings.
    #[must_use]
    pub fn existing(uid: impl Into<String>, plugin: impl Into<String>) -> Self {
        Self { existing: true, ..Self::new(uid, plugin) }
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

/// Tells a content of a data source that is in the Grafana already.
impl<K: Kind> Part for DataSourceRef<K> {
    type Ref = Self;

    fn add_to(self, content: &mut Content) -> Self {
        content.data_sources.declare(&self.uid, &self.plugin);
        Self { existing: true, ..self }
    }
}
