//! One panel: what kind it is, what it has to show, and what is said where it has nothing.

use std::fmt::Write as _;

use pulldown_cmark::{Event, Options, Parser, html};
use serde_json::Value as Json;

use super::data::{Answers, Frames, Request};
use super::model::{Panel, Place};
use super::queries::collect;
use super::svg::{Area, text};
use super::variables::{Form, Variables};
use super::{graph, numbers, tables, timelines, transform};

/// How a panel fares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PanelState {
    /// Every query that could be asked has data, or the panel needs none.
    Data,
    /// Some queries have data, some have none.
    Partial,
    /// No query has data.
    Empty,
    /// A data source refused a query.
    Error,
    /// Nobody can be asked about its data source here.
    Unconnected,
}

/// How one panel fares, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PanelSummary {
    /// The title of the dashboard.
    pub dashboard: String,
    /// The title of the panel.
    pub panel: String,
    /// How it fares.
    pub state: PanelState,
    /// The queries without data, each with why.
    pub details: Vec<String>,
}

/// A panel as HTML, in its place.
#[derive(Clone, Debug)]
pub(super) struct Drawn {
    pub(super) place: Place,
    pub(super) html: String,
    /// Rows have none.
    pub(super) summary: Option<PanelSummary>,
}

/// Puts one panel for each value where a panel is repeated for a variable, and moves what is below.
pub(super) fn expand<'a>(panels: &[Panel<'a>], variables: &Variables) -> Vec<Panel<'a>> {
    let mut expanded: Vec<Panel<'a>> = Vec::new();
    let mut shift = 0;
    let mut index = 0;
    while index < panels.len() {
        let mut panel = panels[index].clone();
        panel.place.y += shift;
        let values = panel.json["repeat"].as_str().map_or(&[][..], |name| variables.values(name));
        let name = panel.json["repeat"].as_str().unwrap_or_default().to_owned();
        index += 1;
        if values.len() < 2 && name.is_empty() {
            expanded.push(panel);
            continue;
        }
        if panel.kind == "row" {
            let members = panels[index..].iter().take_while(|next| next.kind != "row").count();
            let height = panels[index..index + members].iter().map(|one| one.place.y + one.place.height).max();
            let height = height.map_or(1, |bottom| bottom + shift - panel.place.y);
            for (repetition, value) in values.iter().enumerate() {
                let lower = height * u32::try_from(repetition).unwrap_or(0);
                for (offset, one) in std::iter::once(&panel).chain(&panels[index..index + members]).enumerate() {
                    let mut one = one.clone();
                    one.place.y += lower + if offset == 0 { 0 } else { shift };
                    one.own.push((name.clone(), value.clone()));
                    expanded.push(one);
                }
            }
            index += members;
            shift += height * u32::try_from(values.len().saturating_sub(1)).unwrap_or(0);
            continue;
        }
        let down = panel.json["repeatDirection"] == "v";
        let most = panel.json["maxPerRow"].as_u64().and_then(|most| u32::try_from(most).ok()).unwrap_or(4).max(1);
        let count = u32::try_from(values.len()).unwrap_or(1).max(1);
        let columns = if down { 1 } else { count.min(most) };
        let width = if down { panel.place.width } else { (24 / columns).max(1) };
        for (repetition, value) in (0..).zip(values) {
            let mut one = panel.clone();
            if !down {
                one.place.x = repetition % columns * width;
                one.place.width = width;
            }
            one.place.y += repetition / columns * panel.place.height;
            one.own.push((name.clone(), value.clone()));
            expanded.push(one);
        }
        if values.is_empty() {
            expanded.push(panel.clone());
        }
        shift += (count.div_ceil(columns) - 1) * panel.place.height;
    }
    expanded
}

/// Draws one panel.
pub(super) fn draw(
    dashboard: &Json,
    panel: &Panel<'_>,
    variables: &Variables,
    answers: &Answers,
    wanted: &mut Vec<Request>,
) -> Drawn {
    let variables = variables.with(&panel.own);
    let title = variables.text(panel.title(), Form::Text);
    if panel.kind == "row" {
        return Drawn { place: panel.place, html: format!("<h3>{}</h3>", text(&title)), summary: None };
    }
    let mut frames = collect(panel, &variables, answers, wanted);
    let unknown = transform::apply(panel.json, &mut frames);
    let area = Area {
        width: f64::from(panel.place.width) * 58.0 - 26.0,
        height: (f64::from(panel.place.height) * 38.0 - 50.0).max(40.0),
    };
    let (state, details) = state(panel, &frames);
    let body = body(panel, &frames, &variables, area).unwrap_or_else(|| nothing(panel, state, &frames));
    let description = panel.json["description"].as_str().unwrap_or_default();
    let description = variables.text(description, Form::Text);
    let hint = if description.is_empty() {
        String::new()
    } else {
        format!("<span class=\"hint\" tabindex=\"0\" title=\"{0}\" aria-label=\"{0}\">i</span>", text(&description))
    };
    let mut notes = String::new();
    if !unknown.is_empty() {
        let _ = write!(notes, "<p class=\"note\">not drawn here: transformation {}</p>", text(&unknown.join(", ")));
    }
    if state == PanelState::Partial || (state == PanelState::Error && frames.has_data()) {
        let _ =
            write!(notes, "<p class=\"note\" title=\"{}\">some queries have no data</p>", text(&details.join("\n")));
    }
    let clear = if panel.json["transparent"].as_bool() == Some(true) { " clear" } else { "" };
    let html = format!(
        "<section class=\"panel{clear}\" data-kind=\"{}\"><header><h4>{}</h4>{hint}</header><div class=\"body\">{body}</div>{notes}</section>",
        text(panel.kind),
        text(&title),
    );
    let summary = PanelSummary {
        dashboard: dashboard["title"].as_str().unwrap_or_default().to_owned(),
        panel: title,
        state,
        details,
    };
    Drawn { place: panel.place, html, summary: Some(summary) }
}

/// Panels that show something of the dashboard or of Grafana itself.
fn needs_no_data(panel: &Panel<'_>) -> bool {
    matches!(panel.kind, "text" | "dashlist" | "alertlist" | "news" | "welcome" | "annolist")
        || panel.targets().next().is_none()
}

fn state(panel: &Panel<'_>, frames: &Frames) -> (PanelState, Vec<String>) {
    let errors = frames.errors.iter().map(|(query, error)| format!("{query}: {error}"));
    let empty = frames.empty.iter().map(|query| format!("{query}: no data"));
    let unconnected = frames.unconnected.iter().map(|(plugin, query)| format!("{query}: {plugin} is not asked here"));
    let details: Vec<String> = errors.chain(empty).chain(unconnected).collect();
    let state = if needs_no_data(panel) || (frames.has_data() && details.is_empty()) {
        PanelState::Data
    } else if !frames.errors.is_empty() {
        PanelState::Error
    } else if frames.has_data() {
        PanelState::Partial
    } else if !frames.unconnected.is_empty() && frames.empty.is_empty() {
        PanelState::Unconnected
    } else {
        PanelState::Empty
    };
    (state, details)
}

/// Says why there is nothing to draw.
fn nothing(panel: &Panel<'_>, state: PanelState, frames: &Frames) -> String {
    let class = if state == PanelState::Error { "nothing error" } else { "nothing" };
    let (what, queries) = match state {
        PanelState::Error => {
            let refused = frames.errors.iter().map(|(query, error)| format!("{query}: {error}"));
            ("a query is refused".to_owned(), refused.collect())
        }
        PanelState::Unconnected => {
            let mut plugins: Vec<&str> = frames.unconnected.iter().map(|(plugin, _)| plugin.as_str()).collect();
            plugins.dedup();
            let queries = frames.unconnected.iter().map(|(_, query)| query.clone());
            (format!("{} is not connected", plugins.join(", ")), queries.collect())
        }
        _ => match panel.json["fieldConfig"]["defaults"]["noValue"].as_str() {
            Some(expected) => (expected.to_owned(), Vec::new()),
            None => ("no data".to_owned(), frames.empty.clone()),
        },
    };
    format!("<div class=\"{class}\"><strong>{}</strong><code>{}</code></div>", text(&what), text(&queries.join("\n")))
}

/// Draws what is inside, if there is anything.
fn body(panel: &Panel<'_>, frames: &Frames, variables: &Variables, area: Area) -> Option<String> {
    match panel.kind {
        "text" => return Some(prose(panel, variables)),
        "dashlist" | "alertlist" | "news" | "welcome" | "annolist" => {
            return Some("<div class=\"nothing\"><strong>a list that Grafana makes</strong></div>".to_owned());
        }
        _ if !frames.has_data() => return None,
        _ => {}
    }
    let range = variables.range;
    Some(match panel.kind {
        "timeseries" | "graph" | "trend" | "xychart" if !frames.series.is_empty() => {
            graph::draw(panel, frames, range, area)
        }
        "stat" | "singlestat" => numbers::stat(panel, frames, area),
        "gauge" => numbers::gauge(panel, frames),
        "bargauge" => numbers::bar_gauge(panel, frames),
        "piechart" | "grafana-piechart-panel" => numbers::pie(panel, frames),
        "barchart" => numbers::bar_chart(panel, frames),
        "state-timeline" | "status-history" if !frames.series.is_empty() => {
            timelines::states(panel, frames, range, area)
        }
        "heatmap" if !frames.series.is_empty() => timelines::heat_map(panel, frames, range, area),
        "histogram" if !frames.series.is_empty() => timelines::histogram(panel, frames, area),
        "logs" => tables::logs(panel, frames),
        "table" | "table-old" | "traces" | "nodeGraph" | "timeseries" | "graph" => tables::table(panel, frames),
        other => {
            let what = format!("<p class=\"note\">{} is not drawn here; its data:</p>", text(other));
            format!("{what}{}", tables::table(panel, frames))
        }
    })
}

/// Draws the text of a text panel. HTML in it is shown as it is written, since this page runs nobody else's code.
fn prose(panel: &Panel<'_>, variables: &Variables) -> String {
    let old = panel.json["content"].as_str();
    let content = panel.option("content").as_str().or(old).unwrap_or_default();
    let content = variables.text(content, Form::Text);
    if panel.option("mode") == "code" {
        return format!("<pre>{}</pre>", text(&content));
    }
    let parser = Parser::new_ext(&content, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH);
    let safe = parser.map(|event| match event {
        Event::Html(html) | Event::InlineHtml(html) => Event::Text(html),
        other => other,
    });
    let mut written = String::new();
    html::push_html(&mut written, safe.filter(|event| !is_unsafe_link(event)));
    format!("<div class=\"prose\">{written}</div>")
}

/// Whether an event begins or ends a picture, which would be fetched, or a link that runs a script.
fn is_unsafe_link(event: &Event<'_>) -> bool {
    use pulldown_cmark::{Tag, TagEnd};
    match event {
        Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => true,
        Event::Start(Tag::Link { dest_url, .. }) => {
            !(dest_url.starts_with("https://") || dest_url.starts_with("http://") || dest_url.starts_with('/'))
        }
        _ => false,
    }
}
