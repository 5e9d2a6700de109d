//! [`Kind`]: what is behind a data source, and [`DataSourceRef`], which says so in its type.

use std::marker::PhantomData;

use belvedere_cfn::{Expr, Properties};

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
pub trait TraceKind: Kind {
    /// Whether the ids of its traces are those of OpenTelemetry, as logs have them. X-Ray writes them in its own way.
    #[doc(hidden)]
    const PLAIN_IDS: bool;
}

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

impl TraceKind for TraceQl {
    const PLAIN_IDS: bool = true;
}

impl TraceKind for XRay {
    const PLAIN_IDS: bool = false;
}

// Their queries are in no language of their own, so the data source stands for its kind.
impl Kind for CloudWatch {}
impl Kind for XRay {}

/// What Grafana's expressions have in the place of a data source's id and plugin.
pub(crate) const EXPRESSION: &str = "__expr__";

/// The plugin of managed Prometheus.
pub(crate) const AMAZON_PROMETHEUS: &str = "grafana-amazonprometheus-datasource";

/// How dashboards name a data source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// `{"type": .., "uid": ..}`
    Typed,
    /// `{"uid": ..}`
    Uid,
    /// `".."`
    Name,
    /// Not at all.
    Unnamed,
}

/// A data source that a content has: what its queries and links are made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataSourceRef<K> {
    pub(crate) uid: String,
    /// The plugin's id, such as `loki`.
    pub(crate) plugin: String,
    /// Whether somebody else makes it.
    pub(crate) existing: bool,
    /// Whether it answers with exemplars. Managed Prometheus drops them.
    pub(crate) exemplars: bool,
    pub(crate) form: Form,
    pub(crate) kind: PhantomData<fn() -> K>,
}

impl<K: Kind> DataSourceRef<K> {
    pub(crate) fn new(uid: impl Into<String>, plugin: impl Into<String>) -> Self {
        let plugin = plugin.into();
        let exemplars = plugin != AMAZON_PROMETHEUS;
        Self { uid: uid.into(), plugin, existing: false, exemplars, form: Form::Typed, kind: PhantomData }
    }

    /// A data source that is in the Grafana already and that this content does not make: its id, and the id of its plugin,
    /// such as `loki`.
    ///
    /// [`Content::add`] tells the content that it is there; without that, queries of it are findings.
    #[must_use]
    pub fn existing(uid: impl Into<String>, plugin: impl Into<String>) -> Self {
        Self { existing: true, ..Self::new(uid, plugin) }
    }

    /// A data source that dashboards name by its id alone, without its plugin. Dashboards that were exported may do so.
    #[must_use]
    pub fn by_uid(uid: impl Into<String>) -> Self {
        Self { form: Form::Uid, ..Self::existing(uid, "") }
    }

    /// A data source that dashboards name by its name, or by a variable such as `$datasource`, as Grafana before version 8.3
    /// did and later ones still take.
    #[must_use]
    pub fn named(name: impl Into<String>) -> Self {
        Self { form: Form::Name, ..Self::existing(name, "") }
    }

    /// The Grafana's default data source, which dashboards do not name.
    #[must_use]
    pub fn unnamed() -> Self {
        Self { form: Form::Unnamed, ..Self::existing("", "") }
    }

    /// Returns the data source as the JSON of dashboards has it, if it names it.
    pub(crate) fn written(&self) -> Option<Expr> {
        let uid = Properties::new().with("uid", self.uid.clone());
        match self.form {
            Form::Typed => Some(uid.with("type", self.plugin.clone()).into()),
            Form::Uid => Some(uid.into()),
            Form::Name => Some(self.uid.clone().into()),
            Form::Unnamed => None,
        }
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
