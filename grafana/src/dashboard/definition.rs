//! [`Dashboard`]: what people look at.

use belvedere_cfn::{Expr, IntoValue, Properties};

use super::PlacedDashboard;
use super::annotation::Annotation;
use super::binding::Input;
use super::layout::Cursor;
use super::link::Link;
use super::model::Model;
use super::panel::AnyPanel;
use super::row::Row;
use super::setter::{argument, members, setters};
use super::variable::{Variable, VariableKind};
use crate::content::{Content, Part};
use crate::finding::{Finding, Rule};
use crate::folder::FolderRef;

/// The version of the JSON that Grafana 12.2 to 13 writes. Those before take it as it is, and later ones bring it up to
/// theirs.
const SCHEMA_VERSION: i64 = 42;

/// A dashboard.
#[derive(Clone, Debug, PartialEq)]
pub struct Dashboard {
    pub(super) model: Model,
    pub(super) cursor: Cursor,
    pub(super) folder: Option<FolderRef>,
    /// What was wrong with the text that it is made of.
    pub(super) findings: Vec<Finding>,
    /// What an exported dashboard asks for, and has not been given yet.
    pub(super) inputs: Vec<Input>,
}

impl Dashboard {
    /// A dashboard with a fixed id, at most 40 letters, digits, `-` and `_`, and the title that people see. It shows the last
    /// six hours in the reader's time zone, and does not refresh itself.
    #[must_use]
    pub fn new(uid: impl Into<String>, title: impl Into<String>) -> Self {
        let root = Properties::new()
            .with("panels", Vec::new())
            .with("schemaVersion", SCHEMA_VERSION)
            .with("title", title.into())
            .with("uid", uid.into());
        Self::of(root)
    }

    pub(super) fn of(root: Properties) -> Self {
        Self {
            model: Model::new(root),
            cursor: Cursor::default(),
            folder: None,
            findings: Vec::new(),
            inputs: Vec::new(),
        }
    }

    /// Takes what was wrong with a part of the dashboard.
    fn take(&mut self, what: &str, part: Model) -> Properties {
        let name = [part.get("title"), part.get("name")].into_iter().flatten().find_map(Expr::as_str);
        let name = name.map(|name| format!(" `{name}`")).unwrap_or_default();
        self.model.problems.extend(part.problems.into_iter().map(|problem| format!("{what}{name}: {problem}")));
        part.root
    }

    /// Has this panel, to the right of the panel before if there is room, or else below.
    ///
    /// Adds to `panels`.
    #[must_use]
    pub fn panel(mut self, panel: impl Into<AnyPanel>) -> Self {
        let mut panel = self.take("panel", panel.into().model);
        self.cursor.place(&mut panel);
        self.model.push("panels", panel);
        self
    }

    /// Has these panels.
    ///
    /// Adds to `panels`.
    #[must_use]
    pub fn panels<P: Into<AnyPanel>>(self, panels: impl IntoIterator<Item = P>) -> Self {
        panels.into_iter().fold(self, Self::panel)
    }

    /// Has this row, below all panels before.
    ///
    /// Adds to `panels`.
    #[must_use]
    pub fn row(mut self, row: Row) -> Self {
        let collapsed = row.is_collapsed();
        let mut head = self.take("row", row.model);
        self.cursor.place_row(&mut head);
        // A closed row is one row high, and its panels have the places that they take once it is open.
        let below = self.cursor.clone();
        let mut inside = Vec::new();
        for panel in row.panels {
            let mut panel = self.take("panel", panel.model);
            self.cursor.place(&mut panel);
            inside.push(Expr::from(panel));
        }
        if collapsed {
            self.cursor.back_to(&below);
            if !inside.is_empty() {
                head.set("panels", inside);
            }
            self.model.push("panels", head);
        } else {
            self.model.push("panels", head);
            for panel in inside {
                self.model.push("panels", panel);
            }
            self.cursor.new_line();
        }
        self
    }

    /// Has this variable, behind those before.
    ///
    /// Adds to `templating.list`.
    #[must_use]
    pub fn variable<K: VariableKind>(mut self, variable: Variable<K>) -> Self {
        let variable = self.take("variable", variable.into_model());
        self.model.push("templating.list", variable);
        self
    }

    /// Marks these events in its graphs.
    ///
    /// Adds to `annotations.list`.
    #[must_use]
    pub fn annotation(mut self, annotation: Annotation) -> Self {
        let annotation = self.take("annotation", annotation.into_model());
        self.model.push("annotations.list", annotation);
        self
    }

    /// Has this link at its top.
    ///
    /// Adds to `links`.
    #[must_use]
    pub fn link(mut self, link: Link) -> Self {
        self.model.push("links", link);
        self
    }

    /// Shows this time range at first: `now-6h` to `now`, or times such as `2026-01-31T12:00:00Z`.
    ///
    /// Writes `time`.
    #[must_use]
    pub fn time(mut self, from: impl Into<String>, to: impl Into<String>) -> Self {
        self.put("time", Properties::new().with("from", from.into()).with("to", to.into()).into());
        self
    }

    /// Is kept in this folder. It is at the top by default.
    #[must_use]
    pub fn folder(mut self, folder: &FolderRef) -> Self {
        self.folder = Some(folder.clone());
        self
    }

    /// Has this id, where it is made of JSON that has another one or none.
    ///
    /// Writes `uid`.
    #[must_use]
    pub fn uid(mut self, uid: impl Into<String>) -> Self {
        self.put("uid", uid.into().into());
        self
    }

    /// Has this title, where it is made of JSON that has another one.
    ///
    /// Writes `title`.
    #[must_use]
    pub fn title(mut self, title: impl IntoValue<String>) -> Self {
        self.put("title", title.into_value().into_expr());
        self
    }

    /// Returns what refers to the dashboard, before it is in a content.
    #[must_use]
    pub fn reference(&self) -> DashboardRef {
        let uid = self.model.get("uid").and_then(Expr::as_str).unwrap_or_default();
        DashboardRef { uid: uid.to_owned() }
    }

    /// Returns the dashboard as JSON, with what stands for deploy-time values in CloudFormation's words.
    #[must_use]
    pub fn to_value(&self) -> serde_json::Value {
        serde_json::to_value(&self.model.root).unwrap_or_default()
    }

    /// Returns what is wrong with the definition itself: paths that lead nowhere, text that is no JSON, inputs that have not
    /// been bound.
    #[must_use]
    pub fn problems(&self) -> Vec<Finding> {
        let title = self.model.get("title").and_then(Expr::as_str).unwrap_or_default();
        let place = format!("dashboard `{title}`");
        let path = |problem: &String| Finding::problem(Rule("dashboard-path"), &place, problem.clone());
        let input = |Input { name, what, .. }: &Input| {
            Finding::problem(Rule("dashboard-input"), &place, format!("its input `{name}`, {what}, is not bound"))
                .fix(format!("call `.bind_input(\"{name}\", &source)`, or `.bind_constant(\"{name}\", ..)`"))
        };
        let findings = self.findings.iter().cloned();
        findings.chain(self.model.problems.iter().map(path)).chain(self.inputs.iter().map(input)).collect()
    }
}

members! { [] Dashboard, model; "dashboard", such as "panels.3.title" }

setters! { DASHBOARD for [] Dashboard, "";
    /// Says what it shows.
    description(text) = "description";
    /// Is found by these tags.
    tags(texts) = "tags";
    /// Asks again after this long: `5s`, `1m`, `auto`. It does not by default.
    refresh(text) = "refresh";
    /// Shows times in this zone: `browser`, `utc`, or a name such as `Europe/Berlin`. That of the reader by default.
    timezone(text) = "timezone";
    /// Begins weeks on this day: `monday`, `saturday` or `sunday`. By the reader's settings by default.
    week_start(text) = "weekStart";
    /// Begins the fiscal year in this month, from 0 for January. In January by default.
    fiscal_year_start_month(whole) = "fiscalYearStartMonth";
    /// Shows the pointer's time in all its graphs, or the tooltip too. It does not by default.
    cursor_sync([CursorSync]) = "graphTooltip";
    /// Can be changed in Grafana. It can by default.
    editable(flag) = "editable";
    /// Redraws its graphs as time goes by. It does not by default.
    live_now(flag) = "liveNow";
    /// Asks for all its panels at once, and not for those alone that are seen. It does not by default.
    preload(flag) = "preload";
    /// Has no choice of the time range. It has one by default.
    hide_time_picker(flag) = "timepicker.hidden";
    /// Takes the time this long ago for now, such as `1m`, for data that is late.
    now_delay(text) = "timepicker.nowDelay";
    /// Offers these spans to refresh after.
    refresh_intervals(texts) = "timepicker.refresh_intervals";
}

/// What the graphs of a dashboard have in common when the pointer is in one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CursorSync {
    /// Nothing.
    Off,
    /// The time is marked in all.
    Crosshair,
    /// All have their tooltip.
    Tooltip,
}

impl From<CursorSync> for Expr {
    fn from(sync: CursorSync) -> Self {
        Self::Integer(match sync {
            CursorSync::Off => 0,
            CursorSync::Crosshair => 1,
            CursorSync::Tooltip => 2,
        })
    }
}

/// A dashboard of a content: what links are made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DashboardRef {
    uid: String,
}

impl DashboardRef {
    /// A dashboard that is in the Grafana already and that this content does not make.
    #[must_use]
    pub fn existing(uid: impl Into<String>) -> Self {
        Self { uid: uid.into() }
    }

    /// Returns the dashboard's id.
    #[must_use]
    pub fn uid(&self) -> &str {
        &self.uid
    }

    /// Returns the path of its page in any Grafana.
    #[must_use]
    pub fn path(&self) -> String {
        format!("/d/{}", self.uid)
    }
}

impl Part for Dashboard {
    type Ref = DashboardRef;

    fn add_to(self, content: &mut Content) -> DashboardRef {
        let reference = self.reference();
        for finding in self.problems() {
            content.report(finding);
        }
        let mut names = ["title", "uid"].into_iter().filter_map(|name| self.model.get(name)?.as_str());
        if let Some(name) = names.find(|name| !name.is_empty()) {
            content.origins.put(format!("dashboard `{name}`"));
        }
        content.dashboards.push(PlacedDashboard { folder: self.folder, model: Expr::Object(self.model.root) });
        reference
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::dashboard::{Stat, TimeSeries, Variable};
    use crate::datasource::{DataSourceRef, PromQl};

    fn prometheus() -> DataSourceRef<PromQl> {
        DataSourceRef::new("prom", "prometheus")
    }

    fn places(dashboard: &Dashboard) -> Vec<(i64, i64, i64)> {
        let json = dashboard.to_value();
        let panels = json["panels"].as_array().cloned().unwrap_or_default();
        let at = |panel: &serde_json::Value, path| {
            panel.pointer(path).and_then(serde_json::Value::as_i64).expect("a number")
        };
        panels.iter().map(|panel| (at(panel, "/id"), at(panel, "/gridPos/x"), at(panel, "/gridPos/y"))).collect()
    }

    #[test]
    fn panels_flow_and_rows_begin_new_lines() {
        let stat = |title: &str| Stat::new(title).size(6, 4);
        let dashboard = Dashboard::new("d", "D")
            .panel(stat("1"))
            .panel(TimeSeries::new("2").size(18, 8))
            .panel(stat("3"))
            .row(Row::new("closed").collapsed().panel(stat("5")).panel(stat("6")))
            .row(Row::new("open").panel(stat("8")).panel(stat("9").at(12, 30)))
            .panel(stat("10"));
        let top = [(1, 0, 0), (2, 6, 0), (3, 0, 8), (4, 0, 12), (7, 0, 13), (8, 0, 14), (9, 12, 30), (10, 0, 34)];
        assert_eq!(places(&dashboard), top);
        let inside = &dashboard.to_value()["panels"][3]["panels"];
        assert_eq!(inside[1]["id"], 6);
        assert_eq!(inside[1]["gridPos"], json!({ "h": 4, "w": 6, "x": 6, "y": 13 }));
    }

    #[test]
    fn panels_of_a_line_share_the_width() {
        let five = ["1", "2", "3", "4", "5"].map(Stat::new);
        let dashboard = Dashboard::new("d", "D").row(Row::new("r").line(3, five).panel(Stat::new("6"))).to_value();
        let widths: Vec<_> = (1..7).map(|panel| dashboard["panels"][panel]["gridPos"]["w"].clone()).collect();
        assert_eq!(widths, [5, 5, 5, 5, 4, 4]);
        assert_eq!(dashboard["panels"][5]["gridPos"], json!({ "h": 3, "w": 4, "x": 20, "y": 1 }));
        assert_eq!(dashboard["panels"][6]["gridPos"], json!({ "h": 4, "w": 4, "x": 0, "y": 4 }));
    }

    #[test]
    fn an_id_that_is_taken_is_not_given_again() {
        let dashboard = Dashboard::new("d", "D")
            .panel(Stat::new("a").id(2))
            .panel(Stat::new("b"))
            .panel(Stat::new("c"))
            .row(Row::new("r").id(9));
        assert_eq!(places(&dashboard).iter().map(|place| place.0).collect::<Vec<_>>(), [2, 1, 3, 9]);
    }

    #[test]
    fn members_are_where_grafana_has_them() {
        let job = Variable::label_values("job", &prometheus(), "up", "job").multi(true).include_all(true).default_all();
        let dashboard = Dashboard::new("service", "Service")
            .tags(["a", "b"])
            .time("now-1h", "now")
            .cursor_sync(CursorSync::Tooltip)
            .hide_time_picker(true)
            .variable(job);
        let expected = json!({
            "uid": "service",
            "title": "Service",
            "tags": ["a", "b"],
            "time": { "from": "now-1h", "to": "now" },
            "graphTooltip": 2,
            "timepicker": { "hidden": true },
            "panels": [],
            "schemaVersion": 42,
            "templating": { "list": [{
                "name": "job",
                "type": "query",
                "datasource": { "type": "prometheus", "uid": "prom" },
                "definition": "label_values(up, job)",
                "query": {
                    "qryType": 1,
                    "query": "label_values(up, job)",
                    "refId": "PrometheusVariableQueryEditor-VariableQuery"
                },
                "refresh": 1,
                "options": [],
                "multi": true,
                "includeAll": true,
                "current": { "text": ["All"], "value": ["$__all"] }
            }] }
        });
        assert_eq!(dashboard.to_value(), expected);
    }

    #[test]
    fn a_path_that_leads_nowhere_is_a_finding_of_the_content() {
        let mut content = Content::new("c");
        let panel = Stat::new("P").set("title.x", 1).query(prometheus().query("up").unset("absent"));
        content.add(Dashboard::new("d", "D").panel(panel).unset("nothing"));
        let shown: Vec<_> = content.problems.iter().map(ToString::to_string).collect();
        assert_eq!(
            shown,
            [
                "dashboard `D`: panel `P`: `title.x` cannot be set: a text has no member `x` [dashboard-path]",
                "dashboard `D`: panel `P`: query A: `absent` cannot be unset, since it is not set [dashboard-path]",
                "dashboard `D`: `nothing` cannot be unset, since it is not set [dashboard-path]",
            ]
        );
    }
}
