//! [`Panel`]: what panels of all kinds have.

use std::marker::PhantomData;

use belvedere_cfn::{Expr, IntoValue, Properties, Value};

use super::kind::{self, Asks, Legends, PanelKind, Reduces, Takes, Titled, Tooltips};
use crate::dashboard::legend::{Legend, Tooltip};
use crate::dashboard::link::Link;
use crate::dashboard::model::Model;
use crate::dashboard::overrides::Override;
use crate::dashboard::query::{CloudWatchLogsQuery, LogsQuery, Query, TraceQuery, XRayQuery, data_source, reference};
use crate::dashboard::reduce::Calc;
use crate::dashboard::setter::{argument, members, setters, words};
use crate::dashboard::transformation::Transformation;
use crate::datasource::{DataSourceRef, Kind};

/// A panel of a kind. Its setters write the members of the panel's JSON; what has no setter is written by [`Panel::set`].
#[derive(Clone, Debug, PartialEq)]
pub struct Panel<K> {
    model: Model,
    kind: PhantomData<fn() -> K>,
}

/// A panel of any kind, to be put in a dashboard or a row.
#[derive(Clone, Debug, PartialEq)]
pub struct AnyPanel {
    pub(crate) model: Model,
}

impl<K> From<Panel<K>> for AnyPanel {
    fn from(panel: Panel<K>) -> Self {
        Self { model: panel.model }
    }
}

impl<K> From<Panel<K>> for Expr {
    fn from(panel: Panel<K>) -> Self {
        panel.model.root.into()
    }
}

impl<K: Titled> Panel<K> {
    /// A panel with this title, in its kind's usual size.
    #[must_use]
    pub fn new(title: impl IntoValue<String>) -> Self {
        Self::make(K::PLUGIN, title.into_value())
    }
}

impl<K: PanelKind> Panel<K> {
    pub(super) fn make(plugin: impl Into<Expr>, title: Value<String>) -> Self {
        let (width, height) = K::SIZE;
        let fields = Properties::new().with("defaults", Properties::new()).with("overrides", Vec::new());
        let place = Properties::new().with("h", i64::from(height)).with("w", i64::from(width));
        let root = Properties::new()
            .with("fieldConfig", fields)
            .with("gridPos", place)
            .with("title", title)
            .with("type", plugin);
        Self::of(root)
    }

    pub(super) fn of(root: Properties) -> Self {
        Self { model: Model::new(root), kind: PhantomData }
    }

    pub(super) fn push(&mut self, path: &str, element: Expr) {
        self.model.push(path, element);
    }

    pub(super) fn refuse(&mut self, given: &Expr) {
        self.model.problems.push(format!("a panel is a JSON object, got {}", serde_json::json!(given)));
    }

    /// Makes the panel so many columns wide, of 24, and so many rows high, of 30 pixels.
    ///
    /// Writes `gridPos.w` and `gridPos.h`.
    #[must_use]
    pub fn size(mut self, width: u32, height: u32) -> Self {
        self.model.put("gridPos.w", i64::from(width));
        self.model.put("gridPos.h", i64::from(height));
        self
    }

    /// Puts the panel at this column, from 0, and this row, from 0. By default panels flow from left to right and from top
    /// to bottom.
    ///
    /// Writes `gridPos.x` and `gridPos.y`.
    #[must_use]
    pub fn at(mut self, x: u32, y: u32) -> Self {
        self.model.put("gridPos.x", i64::from(x));
        self.model.put("gridPos.y", i64::from(y));
        self
    }

    /// Has a link in the panel's head.
    ///
    /// Adds to `links`.
    #[must_use]
    pub fn link(mut self, link: Link) -> Self {
        self.model.push("links", link);
        self
    }

    /// Shows what the query asks. The first query's data source is the panel's; when they differ, it is a mixed panel.
    ///
    /// Adds to `targets`, and writes `datasource`.
    #[must_use]
    pub fn query<Q: Into<Query>>(mut self, query: Q) -> Self
    where
        K: Takes<Q>,
    {
        let query = query.into();
        let position = self.model.get("targets").and_then(Expr::as_list).map_or(0, <[_]>::len);
        let name = query.reference.clone().unwrap_or_else(|| reference(position));
        if let (Some(own), false) = (query.written.clone(), query.is_expression()) {
            match self.model.get("datasource") {
                None => self.model.put("datasource", own),
                Some(held) if *held == own => {}
                Some(_) => self.model.put("datasource", data_source("datasource", "-- Mixed --")),
            }
        }
        self.model.push("targets", query.target(&name));
        self.model.problems.extend(query.model.problems.into_iter().map(|problem| format!("query {name}: {problem}")));
        self
    }

    /// Changes what the queries gave before it is shown; several are done in the order of the calls.
    ///
    /// Adds to `transformations`.
    #[must_use]
    pub fn transform(mut self, transformation: impl Into<Transformation>) -> Self {
        let Model { root, problems } = transformation.into().into_model();
        self.model.push("transformations", root);
        self.model.problems.extend(problems.into_iter().map(|problem| format!("transformation: {problem}")));
        self
    }

    /// Shows some fields in another way; of two for one field, the later decides.
    ///
    /// Adds to `fieldConfig.overrides`.
    #[must_use]
    pub fn over(mut self, with: Override) -> Self {
        self.model.push("fieldConfig.overrides", with);
        self
    }

    /// Has this data source. By default it is that of the queries.
    ///
    /// Writes `datasource`.
    #[must_use]
    pub fn data_source<S: Kind>(mut self, source: &DataSourceRef<S>) -> Self {
        if let Some(source) = source.written() {
            self.model.put("datasource", source);
        }
        self
    }
}

members! { [K: PanelKind] Panel<K>, model; "panel", such as "fieldConfig.defaults.custom.lineWidth" }

words! {
    /// Where repeated panels go.
    RepeatDirection {
        /// Side by side.
        Horizontal = "h",
        /// One below the other.
        Vertical = "v",
    }

    /// A direction.
    Orientation {
        /// By the panel's shape.
        Auto = "auto",
        /// Side by side, or lying.
        Horizontal = "horizontal",
        /// One below the other, or standing.
        Vertical = "vertical",
    }
}

setters! { PANEL for [K: PanelKind] Panel<K>, "";
    /// Says what the panel shows, when the pointer is on its `i`. Markdown, with variables.
    description(text) = "description";
    /// Draws no background. There is one by default.
    transparent(flag) = "transparent";
    /// Has this id in the dashboard. By default the position decides.
    id(whole) = "id";
    /// Repeats the panel for each value of this variable.
    repeat(text) = "repeat";
    /// Puts repeated panels side by side, or one below the other. They are side by side by default.
    repeat_direction([RepeatDirection]) = "repeatDirection";
    /// Puts at most so many repeated panels side by side. It is 4 by default.
    max_per_row(whole) = "maxPerRow";
    /// Asks for at most so many points of each series. By default it is the panel's width in pixels.
    max_data_points(whole) = "maxDataPoints";
    /// Asks in no smaller steps than this, such as `1m`. By default the data source decides.
    min_interval(text) = "interval";
    /// Shows this long until now, such as `1h`, whatever the dashboard shows.
    time_from(text) = "timeFrom";
    /// Shows a time range that is this much earlier, such as `1d`.
    time_shift(text) = "timeShift";
    /// Does not say in the panel's head that its time range is another. It does by default.
    hide_time_override(flag) = "hideTimeOverride";
    /// Keeps the answers in the data source's cache for so many milliseconds, where it has one (Grafana Enterprise).
    cache_ttl(whole) = "queryCachingTTL";
    /// Was made for this version of the plugin. Grafana takes its own by default.
    plugin_version(text) = "pluginVersion";
}

setters! { LEGEND for [K: Legends] Panel<K>, "";
    /// Has this legend. By default it is a list below the graph.
    legend([Legend]) = "options.legend";
}

setters! { TOOLTIP for [K: Tooltips] Panel<K>, "";
    /// Has this tooltip. By default it tells of the series below the pointer.
    tooltip([Tooltip]) = "options.tooltip";
}

setters! { REDUCE for [K: Reduces] Panel<K>, "";
    /// Makes one number of each series. By default the last value that is one.
    calcs({Calc}) = "options.reduceOptions.calcs";
    /// Shows each value instead of one for each series. It does not by default.
    all_values(flag) = "options.reduceOptions.values";
    /// Shows at most so many values, if it shows each.
    values_limit(whole) = "options.reduceOptions.limit";
    /// Shows the fields whose names match this, such as `/^p99$/`. By default those that are numbers.
    fields(text) = "options.reduceOptions.fields";
    /// Puts several side by side, or one below the other. By default the panel's shape decides.
    orientation([Orientation]) = "options.orientation";
    /// Writes names so many pixels high. By default they fit.
    title_size(number) = "options.text.titleSize";
    /// Writes numbers so many pixels high. By default they fit.
    value_size(number) = "options.text.valueSize";
}

impl<K: Asks, Q: Into<Query>> Takes<Q> for K {}
impl Takes<LogsQuery> for kind::Logs {}
impl Takes<CloudWatchLogsQuery> for kind::Logs {}
impl Takes<Query> for kind::Logs {}
impl Takes<TraceQuery> for kind::Traces {}
impl Takes<XRayQuery> for kind::Traces {}
impl Takes<Query> for kind::Traces {}
