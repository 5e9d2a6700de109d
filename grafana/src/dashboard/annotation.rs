//! [`Annotation`]: events that are marked in all graphs of a dashboard.

use belvedere_cfn::{Expr, IntoValue, Properties};

use super::color::Color;
use super::model::{Model, texts};
use super::query::{Query, data_source};
use super::setter::{argument, members, setters};

/// Events that are marked in the graphs of a dashboard
/// (<https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/annotate-visualizations/>).
#[derive(Clone, Debug, PartialEq)]
pub struct Annotation {
    model: Model,
}

impl Annotation {
    /// What a query finds: each row, or each value above zero, is an event.
    #[must_use]
    pub fn query(name: impl IntoValue<String>, query: impl Into<Query>) -> Self {
        let mut query = query.into();
        query.inherits = true;
        let target = query.target(query.reference.as_deref().unwrap_or("Anno"));
        let mut annotation = Self::new(name, query.written.take());
        annotation.model.put("target", target);
        annotation.model.problems.extend(query.model.problems);
        annotation
    }

    /// Events that people wrote down in Grafana, or that were posted to it, with any of the tags.
    #[must_use]
    pub fn tagged<T: Into<String>>(name: impl IntoValue<String>, tags: impl IntoIterator<Item = T>) -> Self {
        let mut annotation = Self::new(name, Some(data_source("grafana", "-- Grafana --").into()));
        let target = Properties::new()
            .with("limit", 100)
            .with("matchAny", true)
            .with("refId", "Anno")
            .with("tags", texts(tags))
            .with("type", "tags");
        annotation.model.put("target", target);
        annotation
    }

    /// The events and alerts of this dashboard, which Grafana has in any dashboard, hidden from the controls.
    #[must_use]
    pub fn built_in() -> Self {
        let mut annotation = Self::new("Annotations & Alerts", Some(data_source("grafana", "-- Grafana --").into()));
        annotation.model.put("builtIn", 1);
        annotation.model.put("hide", true);
        annotation.model.put("iconColor", "rgba(0, 211, 255, 1)");
        annotation.model.put("type", "dashboard");
        annotation
    }

    fn new(name: impl IntoValue<String>, source: Option<Expr>) -> Self {
        let mut root = Properties::new().with("enable", true).with("iconColor", "red").with("name", name.into_value());
        if let Some(source) = source {
            root.set("datasource", source);
        }
        Self { model: Model::new(root) }
    }

    pub(crate) fn into_model(self) -> Model {
        self.model
    }
}

members! { [] Annotation, model; "annotation", such as "target.limit" }

setters! { ANNOTATION for [] Annotation, "";
    /// Marks events at first. It does by default; the reader can change it.
    enabled(flag) = "enable";
    /// Has no switch at the top of the dashboard. It has one by default.
    hidden(flag) = "hide";
    /// Marks events in this colour. It is red by default.
    color([Color]) = "iconColor";
    /// Writes this as an event's head, with labels in braces: `{{version}}`. Prometheus and Loki.
    title_format(text) = "titleFormat";
    /// Writes this as an event's text, with labels in braces. Prometheus and Loki.
    text_format(text) = "textFormat";
    /// Has the values of these labels, separated by commas, as tags. Prometheus and Loki.
    tag_keys(text) = "tagKeys";
    /// Takes the value for the time of the event, in milliseconds since 1970. It does not by default. Prometheus.
    value_is_time(flag) = "useValueForTime";
    /// Marks events in these panels only, by id. In all by default.
    panels({PanelId}) = "filter.ids";
}

/// The id of a panel of the same dashboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PanelId(pub u32);

impl From<u32> for PanelId {
    fn from(id: u32) -> Self {
        Self(id)
    }
}

impl From<PanelId> for Expr {
    fn from(id: PanelId) -> Self {
        Self::Integer(id.0.into())
    }
}
