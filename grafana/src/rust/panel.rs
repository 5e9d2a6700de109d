//! Panels.

use belvedere_cfn::Expr;
use serde_json::{Value as Json, json};

use super::both::Both;
use super::code::Code;
use super::made::{Made, at};
use super::overrides::override_of;
use super::query::query;
use super::source::Sources;
use super::transformation::transformation;
use super::value::link;
use crate::dashboard::{
    AlertList, AnyPanel, BarChart, BarGauge, CustomPanel, DashboardList, Gauge, HeatMap, Histogram, Logs, NodeGraph,
    PieChart, Stat, StateTimeline, StatusHistory, Table, Text, TimeSeries, Traces,
};

/// A panel as code, with the name of its type.
pub(super) struct MadePanel {
    pub(super) made: Made,
    pub(super) kind: &'static str,
}

/// Returns a panel as code, but for where it is in the grid and for its id, which the dashboard may give it.
pub(super) fn panel(wanted: &Json, sources: &mut Sources<'_>) -> Option<MadePanel> {
    let plugin = wanted["type"].as_str().unwrap_or_default();
    let title = wanted["title"].as_str().unwrap_or_default();
    let (kind, mut made) = begin(plugin, title, wanted);
    let made_size = (at(&made.gives, "gridPos.w").cloned(), at(&made.gives, "gridPos.h").cloned());
    let wanted_size = (at(wanted, "gridPos.w"), at(wanted, "gridPos.h"));
    if let (Some(width), Some(height)) = wanted_size
        && (made_size.0.as_ref(), made_size.1.as_ref()) != wanted_size
        && let (Some(w), Some(h)) = (super::both::whole(width), super::both::whole(height))
    {
        made.put("size", vec![w.code, h.code], "gridPos.w", width.clone());
        made.write("gridPos.h", height.clone());
    }
    let table = crate::dashboard::setters::panel(plugin);
    let is_head = |path: &str| !path.contains('.') && path != "id";
    let (head, rest): (Vec<_>, Vec<_>) =
        table.into_iter().filter(|setter| setter.path != "id").partition(|setter| is_head(setter.path));
    made.setters(&head, wanted);
    queries(&mut made, wanted, kind, sources);
    made.setters(&rest, wanted);
    list(&mut made, "transform", "transformations", wanted, transformation);
    if !matches!(kind, "Logs" | "Traces" | "Text" | "AlertList" | "DashboardList") {
        list(&mut made, "over", "fieldConfig.overrides", wanted, |element| Some(override_of(element)?.expr()));
    }
    list(&mut made, "link", "links", wanted, |element| Some(link(element)?.expr()));

    // The dashboard gives these where they are missing.
    let mut without_place = wanted.clone();
    for name in ["id", "gridPos"] {
        let members = without_place.as_object_mut()?;
        match made.gives.get(name) {
            Some(gives) => members.insert(name.to_owned(), gives.clone()),
            None => members.remove(name),
        };
    }
    made.finish(&without_place).then_some(MadePanel { made, kind })
}

/// Returns a panel as code, with its place and its id.
pub(super) fn whole_panel(wanted: &Json, sources: &mut Sources<'_>) -> Option<MadePanel> {
    let MadePanel { mut made, kind } = panel(wanted, sources)?;
    if let Some(id) = super::both::whole(&wanted["id"]) {
        made.put("id", vec![id.code], "id", id.value.into());
    }
    made.finish(wanted).then_some(MadePanel { made, kind })
}

/// Begins with the constructor of the panel's type.
fn begin(plugin: &str, title: &str, wanted: &Json) -> (&'static str, Made) {
    macro_rules! titled {
        ($($plugin:literal $kind:ident)+) => {
            match plugin {
                $($plugin => Some((stringify!($kind), AnyPanel::from($kind::new(title)))),)+
                _ => None,
            }
        };
    }
    let titled = titled! {
        "timeseries" TimeSeries "stat" Stat "gauge" Gauge "bargauge" BarGauge "table" Table "heatmap" HeatMap
        "histogram" Histogram "logs" Logs "traces" Traces "nodeGraph" NodeGraph "state-timeline" StateTimeline
        "status-history" StatusHistory "piechart" PieChart "barchart" BarChart "alertlist" AlertList
        "dashlist" DashboardList
    };
    let of = |kind, function: &str, arguments: Vec<&str>, panel: AnyPanel| {
        let code = Code::call(format!("{kind}::{function}"), arguments.into_iter().map(Code::text).collect());
        (kind, Made::new(code, serde_json::to_value(&panel.model.root).unwrap_or_default()))
    };
    if let Some((kind, panel)) = titled {
        return of(kind, "new", vec![title], panel);
    }
    let options = &wanted["options"];
    if let ("text", Some(content)) = (plugin, options["content"].as_str()) {
        match (options["mode"].as_str(), options["code"]["language"].as_str()) {
            (Some("markdown"), _) => {
                return of("Text", "markdown", vec![title, content], Text::markdown(title, content).into());
            }
            (Some("html"), _) => return of("Text", "html", vec![title, content], Text::html(title, content).into()),
            (Some("code"), Some(language)) => {
                return of("Text", "code", vec![title, language, content], Text::code(title, language, content).into());
            }
            _ => {}
        }
    }
    of("CustomPanel", "custom", vec![plugin, title], CustomPanel::custom(plugin, title).into())
}

fn queries(made: &mut Made, wanted: &Json, kind: &str, sources: &mut Sources<'_>) {
    let targets = wanted["targets"].as_array().filter(|_| !matches!(kind, "Text" | "AlertList" | "DashboardList"));
    for (position, target) in targets.into_iter().flatten().enumerate() {
        let Some(query) = query(target, wanted, position, sources) else { return };
        made.push("query", vec![query.made.code], "targets", query.made.gives);
        made.untyped += query.made.untyped;
        if let Some(source) = query.source {
            match made.gives.get("datasource") {
                None => made.write("datasource", source),
                Some(held) if *held == source => {}
                Some(_) => made.write("datasource", json!({ "type": "datasource", "uid": "-- Mixed --" })),
            }
        }
    }
}

/// Adds the elements of a list one by one, up to the first that cannot be said.
fn list(made: &mut Made, method: &str, path: &str, wanted: &Json, element: impl Fn(&Json) -> Option<Both<Expr>>) {
    for wanted in at(wanted, path).and_then(Json::as_array).into_iter().flatten() {
        let Some((code, gives)) = element(wanted).map(Both::parts) else { return };
        made.push(method, vec![code], path, gives);
    }
}
