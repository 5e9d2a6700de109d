//! The page around the dashboards.

use std::fmt::Write as _;

use super::DrawnDashboard;
use super::panel::PanelState;
use super::svg::text;
use super::time;

/// Writes the page.
pub(super) fn render(dashboards: &[DrawnDashboard<'_>], now: f64) -> String {
    let mut html = String::from("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">");
    html.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>Dashboards</title>");
    // Nothing is fetched from anywhere, and no script runs but the one below.
    html.push_str("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">");
    let _ = write!(html, "<style>{}</style></head><body>", include_str!("page.css"));
    html.push_str("<nav><h1>Dashboards</h1>");
    for (index, dashboard) in dashboards.iter().enumerate() {
        let title = dashboard.json["title"].as_str().unwrap_or("Untitled");
        let (with, all) = counted(dashboard);
        let mark = if with == all { "all" } else { "some" };
        let _ = write!(
            html,
            "<a href=\"#d{index}\">{}<span class=\"count {mark}\" title=\"panels with data\">{with}/{all}</span></a>",
            text(title)
        );
    }
    let _ = write!(html, "<p>drawn {} UTC, without a Grafana</p></nav><main>", time::date_time(now));
    for (index, dashboard) in dashboards.iter().enumerate() {
        article(&mut html, index, dashboard);
    }
    if dashboards.is_empty() {
        html.push_str("<p class=\"note\">there are no dashboards</p>");
    }
    let _ = writeln!(
        html,
        "</main><div id=\"tip\" hidden></div><script>{}</script></body></html>",
        include_str!("page.js")
    );
    html
}

/// How many panels have data, and how many there are.
fn counted(dashboard: &DrawnDashboard<'_>) -> (usize, usize) {
    let states = || dashboard.panels.iter().filter_map(|panel| panel.summary.as_ref());
    (states().filter(|summary| summary.state == PanelState::Data).count(), states().count())
}

fn article(html: &mut String, index: usize, dashboard: &DrawnDashboard<'_>) {
    let title = dashboard.json["title"].as_str().unwrap_or("Untitled");
    let range = dashboard.variables.range;
    let _ = write!(
        html,
        "<article id=\"d{index}\"><header><h2>{}</h2><span class=\"range\">{} to {}</span></header>",
        text(title),
        time::date_time(range.from),
        time::date_time(range.to)
    );
    if let Some(description) = dashboard.json["description"].as_str().filter(|text| !text.is_empty()) {
        let _ = write!(html, "<p class=\"about\">{}</p>", text(description));
    }
    html.push_str("<div class=\"variables\">");
    for (_, chosen) in dashboard.variables.iter().filter(|(_, chosen)| !chosen.hidden) {
        let _ = write!(html, "<span>{} <b>{}</b></span>", text(&chosen.label), text(&chosen.shown()));
    }
    html.push_str("</div><div class=\"grid\">");
    // Rows of the grid that nobody uses would be empty space.
    let top = dashboard.panels.iter().map(|panel| panel.place.y).min().unwrap_or(0);
    for panel in &dashboard.panels {
        let (place, y) = (panel.place, panel.place.y - top + 1);
        if panel.summary.is_none() {
            let _ = write!(html, "<div class=\"row\" style=\"grid-row:{y}\">{}</div>", panel.html);
            continue;
        }
        let _ = write!(
            html,
            "<div class=\"cell\" style=\"grid-column:{}/span {};grid-row:{y}/span {}\">{}</div>",
            place.x + 1,
            place.width.min(24 - place.x),
            place.height,
            panel.html
        );
    }
    html.push_str("</div></article>");
}
