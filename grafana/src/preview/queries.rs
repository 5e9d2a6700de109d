//! The queries of a panel: what has to be asked, and what the answers are.

use serde_json::Value as Json;

use super::data::{Answer, Answers, Frames, Request, lines, series, table, traces};
use super::model::Panel;
use super::time;
use super::variables::{Form, Variables, escape};

/// How many points a panel of full width has.
const POINTS: f64 = 1_200.0;

/// How long Prometheus is taken to wait between scrapes unless the panel says so.
const SCRAPE: f64 = 15.0;

/// Collects the answers to a panel's queries. What has no answer yet is added to `wanted`.
pub(crate) fn collect(
    panel: &Panel<'_>,
    variables: &Variables,
    answers: &Answers,
    wanted: &mut Vec<Request>,
) -> Frames {
    let mut frames = Frames::default();
    let least = panel.json["interval"].as_str().map(|text| text.trim_start_matches('>')).and_then(time::length);
    let points = panel.json["maxDataPoints"].as_f64();
    let points = points.unwrap_or(POINTS * f64::from(panel.place.width) / 24.0);
    let step = variables.range.step(points, least.unwrap_or(SCRAPE));
    for target in panel.targets() {
        let (plugin, uid) = panel.data_source(target);
        let uid = variables.text(&uid, Form::Text);
        let plugin = if plugin.is_empty() { guessed(target).to_owned() } else { plugin };
        let text = ["expr", "query"].iter().find_map(|name| target[*name].as_str()).unwrap_or_default();
        let reference = target["refId"].as_str().unwrap_or("A");
        let Some(ask) = Ask::of(&plugin, target, panel.kind) else {
            frames.unconnected.push((plugin, described(target)));
            continue;
        };
        if text.trim().is_empty() {
            continue;
        }
        let query = variables.query(text, step, least.unwrap_or(SCRAPE));
        let request = Request { plugin, uid, path: ask.path(&query, variables, step, target) };
        match answers.get(&request) {
            None => wanted.push(request),
            Some(Answer::Refused(error)) => frames.errors.push((query, error.clone())),
            Some(Answer::Unconnected) => frames.unconnected.push((request.plugin, query)),
            Some(Answer::Data(answer)) => {
                let before = (frames.series.len(), frames.lines.len(), frames.tables.len());
                ask.read(answer, reference, target, &mut frames);
                if before == (frames.series.len(), frames.lines.len(), frames.tables.len()) {
                    frames.empty.push(query);
                }
            }
        }
    }
    frames
}

/// Says in a few words what a query asks that is not asked here.
fn described(target: &Json) -> String {
    let member = |name: &str| target[name].as_str().filter(|text| !text.trim().is_empty());
    if let Some(text) = ["expr", "query", "expression", "rawSql"].into_iter().find_map(member) {
        return text.to_owned();
    }
    let words: Vec<&str> = ["namespace", "metricName", "statistic"].into_iter().filter_map(member).collect();
    if words.is_empty() {
        member("queryType").map_or_else(|| target.to_string(), str::to_owned)
    } else {
        words.join(" ")
    }
}

/// Returns the plugin of a query that names none, by the members that it has.
fn guessed(target: &Json) -> &'static str {
    if target["namespace"].is_string() { "cloudwatch" } else { "prometheus" }
}

/// What is asked, and so how the answer is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ask {
    PromRange,
    PromInstant,
    PromTable,
    LokiRange,
    LokiInstant,
    TempoSearch,
}

impl Ask {
    fn of(plugin: &str, target: &Json, kind: &str) -> Option<Self> {
        let instant = target["instant"].as_bool() == Some(true) && target["range"].as_bool() != Some(true);
        match plugin {
            "prometheus" | "grafana-amazonprometheus-datasource" => Some(match target["format"].as_str() {
                Some("table") => Self::PromTable,
                _ if instant && kind == "table" => Self::PromTable,
                _ if instant => Self::PromInstant,
                _ => Self::PromRange,
            }),
            "loki" => {
                Some(if instant || target["queryType"] == "instant" { Self::LokiInstant } else { Self::LokiRange })
            }
            "tempo" => match target["queryType"].as_str() {
                Some("serviceMap" | "traceId") => None,
                _ => Some(Self::TempoSearch),
            },
            _ => None,
        }
    }

    fn path(self, query: &str, variables: &Variables, step: f64, target: &Json) -> String {
        let (from, to) = (variables.range.from, variables.range.to);
        // Grafana aligns a range with its steps, so that a graph does not change at each reload.
        let (start, end) = ((from / step).floor() * step, (to / step).floor() * step);
        let query = escape(query);
        match self {
            Self::PromRange => format!("/api/v1/query_range?query={query}&start={start:.0}&end={end:.0}&step={step}"),
            Self::PromInstant | Self::PromTable => format!("/api/v1/query?query={query}&time={to:.0}"),
            Self::LokiRange => {
                let limit = target["maxLines"].as_u64().unwrap_or(200);
                let (start, end) = (from * 1e9, to * 1e9);
                format!(
                    "/loki/api/v1/query_range?query={query}&start={start:.0}&end={end:.0}&step={step}&limit={limit}"
                )
            }
            Self::LokiInstant => format!("/loki/api/v1/query?query={query}&time={:.0}", to * 1e9),
            Self::TempoSearch => {
                let limit = target["limit"].as_u64().unwrap_or(20);
                format!("/api/search?q={query}&start={from:.0}&end={to:.0}&limit={limit}")
            }
        }
    }

    fn read(self, answer: &Json, reference: &str, target: &Json, frames: &mut Frames) {
        let legend = target["legendFormat"].as_str().unwrap_or("__auto");
        match self {
            Self::PromTable => {
                let table = table(answer, reference);
                if !table.rows.is_empty() {
                    frames.tables.push(table);
                }
            }
            Self::TempoSearch => {
                let table = traces(answer, reference);
                if !table.rows.is_empty() {
                    frames.tables.push(table);
                }
            }
            Self::LokiRange | Self::LokiInstant if answer["data"]["resultType"] == "streams" => {
                frames.lines.extend(lines(answer));
            }
            _ => frames.series.extend(series(answer, reference, legend)),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::preview::model::{Range, panels};

    #[test]
    fn what_is_not_asked_is_said_in_a_few_words() {
        for (target, words) in [
            (
                json!({ "namespace": "AWS/ECS", "metricName": "CPUUtilization", "statistic": "Average" }),
                "AWS/ECS CPUUtilization Average",
            ),
            (json!({ "namespace": "AWS/ECS", "expression": "100 * used / limit" }), "100 * used / limit"),
            (json!({ "queryType": "serviceMap", "query": "" }), "serviceMap"),
            (json!({ "other": 1 }), r#"{"other":1}"#),
        ] {
            assert_eq!(described(&target), words);
        }
    }

    #[test]
    fn a_query_is_asked_for_until_it_is_answered() {
        let dashboard = json!({ "panels": [{ "type": "timeseries", "gridPos": { "w": 12, "h": 8, "x": 0, "y": 0 },
            "datasource": { "type": "prometheus", "uid": "p" }, "targets": [
                { "refId": "A", "expr": "rate(x_total[$__rate_interval])", "legendFormat": "{{job}}" },
                { "refId": "B", "expr": "gone", "hide": true },
                { "refId": "C", "datasource": { "type": "cloudwatch", "uid": "c" }, "namespace": "AWS/Lambda" },
            ] }] });
        let range = Range { from: 0.0, to: 3_600.0 };
        let variables = Variables::resolve(&dashboard, range, &Answers::new(), &mut Vec::new());
        let panel = &panels(&dashboard)[0];
        let mut wanted = Vec::new();
        let frames = collect(panel, &variables, &Answers::new(), &mut wanted);
        assert_eq!(frames.unconnected.len(), 1);
        assert_eq!(wanted.len(), 1);
        assert_eq!(wanted[0].path, "/api/v1/query_range?query=rate%28x_total%5B1m%5D%29&start=0&end=3600&step=15");
        let answer = json!({ "data": { "resultType": "matrix", "result": [
            { "metric": { "job": "api" }, "values": [[0, "1"]] }] } });
        let answers = Answers::from([(wanted[0].clone(), Answer::Data(answer))]);
        let mut wanted = Vec::new();
        assert_eq!(collect(panel, &variables, &answers, &mut wanted).series[0].name, "api");
        assert_eq!(wanted, []);
    }
}
