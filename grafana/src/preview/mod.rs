//! Dashboards drawn without a Grafana, so that a person can look before deploying.
//!
//! [`Preview::wanted`] says what has to be asked of the data sources. Whoever can asks, adds the answers, and calls it
//! again, since the values of variables decide what panels ask; once nothing is wanted any more, [`Preview::page`] is one
//! HTML file that needs nothing else.

mod data;
mod field;
mod graph;
mod model;
mod numbers;
mod old;
mod page;
mod panel;
mod queries;
mod svg;
mod tables;
mod time;
mod timelines;
mod transform;
mod units;
mod variables;

use serde_json::Value as Json;

pub use data::{Answer, Answers, Request};
pub use panel::{PanelState, PanelSummary};

use model::Range;
use panel::Drawn;
use variables::Variables;

/// Dashboards to be drawn, at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Preview {
    dashboards: Vec<Json>,
    now: f64,
    range: Option<(String, String)>,
}

impl Preview {
    /// Dashboards by their JSON, at a moment in seconds since 1970.
    #[must_use]
    pub fn new(dashboards: impl IntoIterator<Item = Json>, now: f64) -> Self {
        // What the API answers has the dashboard inside.
        let inner = |json: Json| {
            let mut json = if json["dashboard"].is_object() { json["dashboard"].clone() } else { json };
            if json.is_object() {
                old::bring_up(&mut json);
            }
            json
        };
        Self { dashboards: dashboards.into_iter().map(inner).collect(), now, range: None }
    }

    /// The range of time that all dashboards show, such as `now-15m` and `now`. Each dashboard's own by default.
    #[must_use]
    pub fn range(mut self, from: impl Into<String>, to: impl Into<String>) -> Self {
        self.range = Some((from.into(), to.into()));
        self
    }

    /// Returns what has to be asked and has no answer yet, each question once.
    #[must_use]
    pub fn wanted(&self, answers: &Answers) -> Vec<Request> {
        let mut wanted = Vec::new();
        for dashboard in &self.dashboards {
            self.draw(dashboard, answers, &mut wanted);
        }
        wanted.sort();
        wanted.dedup();
        wanted
    }

    /// Returns how each panel fares with these answers.
    #[must_use]
    pub fn summary(&self, answers: &Answers) -> Vec<PanelSummary> {
        let drawn = self.dashboards.iter().flat_map(|dashboard| self.draw(dashboard, answers, &mut Vec::new()).panels);
        drawn.filter_map(|panel| panel.summary).collect()
    }

    /// Returns the page.
    #[must_use]
    pub fn page(&self, answers: &Answers) -> String {
        let dashboards: Vec<_> =
            self.dashboards.iter().map(|dashboard| self.draw(dashboard, answers, &mut Vec::new())).collect();
        page::render(&dashboards, self.now)
    }

    fn draw<'a>(&self, dashboard: &'a Json, answers: &Answers, wanted: &mut Vec<Request>) -> DrawnDashboard<'a> {
        let mut range = Range::of(dashboard, self.now);
        if let Some((from, to)) = &self.range {
            range.to = time::point(to, self.now).unwrap_or(range.to);
            range.from = time::point(from, self.now).filter(|from| *from < range.to).unwrap_or(range.from);
        }
        let variables = Variables::resolve(dashboard, range, answers, wanted);
        let mut expanded = panel::expand(&model::panels(dashboard), &variables);
        model::compact(&mut expanded);
        let panels = expanded.iter().map(|panel| panel::draw(dashboard, panel, &variables, answers, wanted)).collect();
        DrawnDashboard { json: dashboard, variables, panels }
    }
}

/// A dashboard with its panels drawn.
struct DrawnDashboard<'a> {
    json: &'a Json,
    variables: Variables,
    panels: Vec<Drawn>,
}
