//! The queries of dashboards, asked as Grafana asks them.

use std::collections::BTreeMap;

use serde_json::Value;

use super::running::Flagship;
use crate::ready_dashboards::{ago, get, targets, try_ask, with_parameters};

/// How far back is looked, in seconds.
const RANGE: u64 = 120;

/// A query of a panel.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    dashboard: String,
    panel: String,
    target: Value,
}

impl Ask {
    /// All of a dashboard.
    pub(crate) fn all(dashboard: &Value) -> Vec<Self> {
        let uid = dashboard["uid"].as_str().expect("a uid");
        let ask = |(panel, target)| Self { dashboard: uid.to_owned(), panel, target };
        targets(dashboard).into_iter().map(ask).collect()
    }

    pub(crate) fn plugin(&self) -> &str {
        self.target["datasource"]["type"].as_str().expect("each query names its data source")
    }

    /// Whether the query asks for exemplars.
    pub(crate) fn wants_exemplars(&self) -> bool {
        self.target["exemplar"] == true
    }

    pub(crate) fn place(&self) -> String {
        format!("{}, {}: {}", self.dashboard, self.panel, self.text())
    }

    pub(crate) fn text(&self) -> &str {
        let text = self.target["expr"].as_str().or_else(|| self.target["query"].as_str());
        text.or_else(|| self.target["queryType"].as_str()).expect("a query")
    }
}

/// A dashboard with the values of its variables.
pub(crate) struct View<'a> {
    flagship: &'a Flagship,
    dashboard: String,
    variables: BTreeMap<String, String>,
}

impl<'a> View<'a> {
    /// Chooses the values of the variables as Grafana does when the dashboard is opened.
    pub(crate) fn open(flagship: &'a Flagship, dashboard: &Value) -> Self {
        let name = dashboard["uid"].as_str().expect("a uid").to_owned();
        let mut view = Self { flagship, dashboard: name, variables: BTreeMap::new() };
        for variable in dashboard["templating"]["list"].as_array().into_iter().flatten() {
            let name = variable["name"].as_str().expect("a name").to_owned();
            let values = view.values(variable);
            let chosen = &variable["current"]["value"];
            let chosen = chosen.as_array().map_or(chosen, |values| &values[0]).as_str();
            let value = match chosen {
                // Nothing stands for all but what the dashboard says; without it, nothing is found.
                Some("$__all") => variable["allValue"].as_str().unwrap_or_default().to_owned(),
                Some(chosen) if values.iter().any(|value| value == chosen) => chosen.to_owned(),
                Some(_) => String::new(),
                None => values.first().cloned().unwrap_or_default(),
            };
            // What has no value at all does not become one for being "all".
            view.variables.insert(name, if values.is_empty() { "nothing".to_owned() } else { value });
        }
        view
    }

    /// The values that a variable can have.
    fn values(&self, variable: &Value) -> Vec<String> {
        let list = |answer: Option<Value>| {
            let values = answer.as_ref().and_then(Value::as_array).into_iter().flatten();
            values.filter_map(|value| Some(value.as_str()?.to_owned())).collect()
        };
        let query = &variable["query"];
        match (variable["type"].as_str(), variable["datasource"]["type"].as_str().unwrap_or_default()) {
            (Some("textbox"), _) => vec![query.as_str().expect("a text").to_owned()],
            (Some("custom"), _) => query.as_str().expect("a list").split(',').map(str::to_owned).collect(),
            (_, "loki") => {
                let (start, end) = (nanoseconds(RANGE), nanoseconds(0));
                let label = query["label"].as_str().expect("a label");
                let path = format!("/loki/api/v1/label/{label}/values");
                list(try_ask(self.flagship.loki, &path, &[("start", &start), ("end", &end)]))
            }
            (_, plugin) if plugin.contains("prometheus") => {
                let query = query["query"].as_str().expect("a query");
                let inside = query.strip_prefix("label_values(").and_then(|query| query.strip_suffix(')'));
                let (selector, label) = inside.and_then(|inside| inside.rsplit_once(", ")).expect("a label");
                let selector = self.filled(selector);
                let path = format!("/api/v1/label/{label}/values");
                list(try_ask(self.flagship.prometheus, &path, &[("match[]", &selector)]))
            }
            // What CloudWatch knows is not asked for here.
            _ => Vec::new(),
        }
    }

    pub(crate) fn is_of(&self, ask: &Ask) -> bool {
        self.dashboard == ask.dashboard
    }

    /// Whether a query has an answer with something in it.
    pub(crate) fn answers(&self, ask: &Ask) -> bool {
        let query = self.filled(ask.text());
        match ask.plugin() {
            "tempo" if query == "serviceMap" => {
                let calls =
                    self.prometheus("sum by (client, server) (rate(traces_service_graph_request_total[1m])) > 0", true);
                calls > 0
            }
            "tempo" => {
                let limit = ask.target["limit"].to_string();
                !self.flagship.traces(&query, &limit).is_empty()
            }
            "loki" => {
                let (start, end) = (nanoseconds(RANGE), nanoseconds(0));
                let limit = ask.target["maxLines"].as_u64().unwrap_or(100).to_string();
                let range = [("query", &*query), ("start", &start), ("end", &end), ("step", "5"), ("limit", &limit)];
                let instant = [("query", &*query), ("time", &end)];
                let answer = match ask.target["queryType"].as_str() {
                    Some("instant") => try_ask(self.flagship.loki, "/loki/api/v1/query", &instant),
                    _ => try_ask(self.flagship.loki, "/loki/api/v1/query_range", &range),
                };
                answer.is_some_and(|answer| answer["result"].as_array().is_some_and(|result| !result.is_empty()))
            }
            _ => self.prometheus(&query, ask.target["instant"] == true) > 0,
        }
    }

    /// How many values of Prometheus are numbers.
    fn prometheus(&self, query: &str, instant: bool) -> usize {
        let (start, end) = (ago(30), ago(0));
        let answer = if instant {
            try_ask(self.flagship.prometheus, "/api/v1/query", &[("query", query)])
        } else {
            let range = [("query", query), ("start", &start), ("end", &end), ("step", "5")];
            try_ask(self.flagship.prometheus, "/api/v1/query_range", &range)
        };
        let series = answer.as_ref().and_then(|answer| answer["result"].as_array()).into_iter().flatten();
        let values = series.flat_map(|series| match &series["values"] {
            Value::Array(values) => values.clone(),
            _ => vec![series["value"].clone()],
        });
        values.filter(|value| value[1].as_str().is_some_and(|value| value != "NaN")).count()
    }

    pub(crate) fn filled(&self, text: &str) -> String {
        let macros = [("$__rate_interval", "1m"), ("$__range", "2m"), ("$__interval", "5s"), ("$__auto", "5s")];
        let text = macros.into_iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value));
        // None of them has several values, and what stands for all is written as it is.
        self.variables.iter().fold(text, |text, (name, value)| {
            text.replace(&format!("${{{name}:regex}}"), value).replace(&format!("${name}"), value)
        })
    }
}

impl Flagship {
    /// The traces that a query in TraceQL finds.
    pub(crate) fn traces(&self, query: &str, limit: &str) -> Vec<Value> {
        let whole = |seconds: u64| ago(seconds).split('.').next().unwrap_or_default().to_owned();
        let (start, end) = (whole(RANGE), whole(0));
        let path = with_parameters("/api/search", &[("q", query), ("start", &start), ("end", &end), ("limit", limit)]);
        let answer = get(self.tempo, &path).and_then(|answer| serde_json::from_str::<Value>(&answer).ok());
        answer.and_then(|mut answer| Some(answer["traces"].as_array_mut()?.split_off(0))).unwrap_or_default()
    }
}

/// A time so many seconds ago, as Loki has it.
pub(crate) fn nanoseconds(seconds: u64) -> String {
    let time: f64 = ago(seconds).parse().expect("a number");
    format!("{:.0}", time * 1e9)
}
