//! What is asked of data sources, and what they answer: series, tables and lines.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

/// What is asked of a data source: a GET of a path below its URL.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Request {
    /// The data source's plugin, such as `prometheus`.
    pub plugin: String,
    /// The data source's id.
    pub uid: String,
    /// The path with its query, such as `/api/v1/query?query=up`.
    pub path: String,
}

/// What a data source says to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The JSON that it answers with.
    Data(Json),
    /// Why it does not answer, in its own words.
    Refused(String),
    /// There is nobody to ask.
    Unconnected,
}

/// The answers that are there.
pub type Answers = BTreeMap<Request, Answer>;

/// Numbers over time.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Series {
    /// The query that it comes from.
    pub(crate) reference: String,
    /// What the legend calls it.
    pub(crate) name: String,
    pub(crate) labels: BTreeMap<String, String>,
    /// Seconds since 1970, and the number then.
    pub(crate) points: Vec<(f64, f64)>,
}

/// A cell of a table.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    Empty,
    Text(String),
    Number(f64),
}

/// Rows of cells below named columns.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Table {
    pub(crate) reference: String,
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<Vec<Cell>>,
}

/// A line of a log.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Line {
    pub(crate) time: f64,
    pub(crate) level: String,
    pub(crate) text: String,
}

/// All that the queries of a panel gave.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Frames {
    pub(crate) series: Vec<Series>,
    pub(crate) tables: Vec<Table>,
    pub(crate) lines: Vec<Line>,
    /// What went wrong: the query, and why.
    pub(crate) errors: Vec<(String, String)>,
    /// Queries to data sources that nobody can be asked about here, with their plugins.
    pub(crate) unconnected: Vec<(String, String)>,
    /// Queries that were answered with nothing.
    pub(crate) empty: Vec<String>,
}

impl Frames {
    pub(crate) fn has_data(&self) -> bool {
        !self.series.is_empty() || !self.lines.is_empty() || self.tables.iter().any(|table| !table.rows.is_empty())
    }
}

impl Cell {
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(text) => text.clone(),
            Self::Number(number) => super::units::number(*number, None),
        }
    }
}

/// Reads a number as Prometheus and Loki write it: a text.
fn number(json: &Json) -> Option<f64> {
    match json {
        Json::Number(number) => number.as_f64(),
        Json::String(text) => match text.as_str() {
            "+Inf" => Some(f64::INFINITY),
            "-Inf" => Some(f64::NEG_INFINITY),
            "NaN" => Some(f64::NAN),
            text => text.parse().ok(),
        },
        _ => None,
    }
}

fn labels(json: &Json) -> BTreeMap<String, String> {
    let members = json.as_object().into_iter().flatten();
    members.map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned())).collect()
}

/// Reads the answer of Prometheus or Loki to a query as series.
pub(crate) fn series(answer: &Json, reference: &str, legend: &str) -> Vec<Series> {
    let data = &answer["data"];
    let point = |pair: &Json| Some((pair.get(0)?.as_f64()?, number(pair.get(1)?)?));
    match data["resultType"].as_str() {
        Some("scalar") => {
            let points = point(&data["result"]).into_iter().collect();
            vec![Series { reference: reference.to_owned(), name: legend.to_owned(), points, ..Series::default() }]
        }
        Some("matrix" | "vector") => {
            let results = data["result"].as_array().into_iter().flatten();
            let one = |result: &Json| {
                let labels = labels(&result["metric"]);
                let points = match &result["values"] {
                    Json::Array(values) => values.iter().filter_map(point).collect(),
                    _ => point(&result["value"]).into_iter().collect(),
                };
                Series { reference: reference.to_owned(), name: name(legend, &labels), labels, points }
            };
            results.map(one).filter(|series| !series.points.is_empty()).collect()
        }
        _ => Vec::new(),
    }
}

/// Reads the answer of Prometheus to an instant query as a table, with a column for each label.
pub(crate) fn table(answer: &Json, reference: &str) -> Table {
    labels_table(&series(answer, reference, ""), reference)
}

/// Makes a table of series: a row for each, with its labels and its last value.
pub(crate) fn labels_table(series: &[Series], reference: &str) -> Table {
    let names: BTreeSet<&String> = series.iter().flat_map(|series| series.labels.keys()).collect();
    let names: Vec<&String> = names.into_iter().filter(|name| *name != "__name__").collect();
    let row = |series: &Series| {
        let last = series.points.last();
        let time = last.map_or(Cell::Empty, |(at, _)| Cell::Number(at * 1_000.0));
        let label = |name: &&String| series.labels.get(*name).map_or(Cell::Empty, |value| Cell::Text(value.clone()));
        let value = last.map_or(Cell::Empty, |(_, value)| Cell::Number(*value));
        std::iter::once(time).chain(names.iter().map(label)).chain([value]).collect()
    };
    let rows = series.iter().map(row).collect();
    let columns = ["Time".to_owned()].into_iter().chain(names.iter().copied().cloned()).chain(["Value".to_owned()]);
    Table { reference: reference.to_owned(), columns: columns.collect(), rows }
}

/// Reads Loki's answer to a query for lines, the newest first.
pub(crate) fn lines(answer: &Json) -> Vec<Line> {
    let mut lines = Vec::new();
    for stream in answer["data"]["result"].as_array().into_iter().flatten() {
        let labels = labels(&stream["stream"]);
        let level = ["detected_level", "level", "severity", "severity_text"].iter().find_map(|name| labels.get(*name));
        for pair in stream["values"].as_array().into_iter().flatten() {
            let time = pair.get(0).and_then(number).unwrap_or_default() / 1e9;
            let text = pair.get(1).and_then(Json::as_str).unwrap_or_default().to_owned();
            lines.push(Line { time, level: level.cloned().unwrap_or_default().to_lowercase(), text });
        }
    }
    lines.sort_by(|one, other| other.time.total_cmp(&one.time));
    lines
}

/// Reads Tempo's answer to a search as a table.
pub(crate) fn traces(answer: &Json, reference: &str) -> Table {
    let row = |trace: &Json| {
        let text = |name: &str| Cell::Text(trace[name].as_str().unwrap_or_default().to_owned());
        let start = number(&trace["startTimeUnixNano"]).map_or(Cell::Empty, |nanos| Cell::Number(nanos / 1e6));
        let duration = trace["durationMs"].as_f64().map_or(Cell::Empty, Cell::Number);
        vec![text("traceID"), start, text("rootServiceName"), text("rootTraceName"), duration]
    };
    let columns = ["Trace ID", "Start time", "Service", "Name", "Duration"].map(str::to_owned).to_vec();
    Table {
        reference: reference.to_owned(),
        columns,
        rows: answer["traces"].as_array().into_iter().flatten().map(row).collect(),
    }
}

/// Returns the name of a series: the legend with its labels filled in, or metric and labels as Prometheus writes them.
pub(crate) fn name(legend: &str, labels: &BTreeMap<String, String>) -> String {
    if !legend.is_empty() && legend != "__auto" {
        return fill(legend, labels);
    }
    let metric = labels.get("__name__").map_or("", String::as_str);
    let others: Vec<_> = labels.iter().filter(|(label, _)| *label != "__name__").collect();
    match (legend, &others[..]) {
        ("__auto", [(_, value)]) if metric.is_empty() => (*value).clone(),
        (_, []) if metric.is_empty() => "Value".to_owned(),
        (_, []) => metric.to_owned(),
        _ => {
            let pairs: Vec<String> = others.iter().map(|(label, value)| format!("{label}=\"{value}\"")).collect();
            format!("{metric}{{{}}}", pairs.join(", "))
        }
    }
}

/// Puts labels into `{{label}}`.
fn fill(legend: &str, labels: &BTreeMap<String, String>) -> String {
    let mut text = String::new();
    let mut rest = legend;
    while let Some(start) = rest.find("{{") {
        let Some(length) = rest[start..].find("}}") else { break };
        text.push_str(&rest[..start]);
        let label = rest[start + 2..start + length].trim();
        text.push_str(labels.get(label).map_or("", String::as_str));
        rest = &rest[start + length + 2..];
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn answers_of_prometheus_are_series_and_tables() {
        let matrix = json!({ "data": { "resultType": "matrix", "result": [
            { "metric": { "__name__": "up", "job": "api" }, "values": [[1, "1"], [2, "NaN"], [3, "+Inf"]] },
            { "metric": { "__name__": "up", "job": "gone" }, "values": [] },
        ] } });
        let found = series(&matrix, "A", "{{ job }} is {{nothing}}up");
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].name, "api is up");
        assert!(found[0].points[1].1.is_nan() && found[0].points[2].1.is_infinite());

        let vector = json!({ "data": { "resultType": "vector", "result": [
            { "metric": { "job": "api" }, "value": [2, "0.5"] }, { "metric": { "zone": "a" }, "value": [2, "1"] },
        ] } });
        assert_eq!(series(&vector, "A", "__auto")[0].name, "api");
        assert_eq!(series(&vector, "A", "")[0].name, "{job=\"api\"}");
        let table = table(&vector, "A");
        assert_eq!(table.columns, ["Time", "job", "zone", "Value"]);
        assert_eq!(table.rows[1], [Cell::Number(2_000.0), Cell::Empty, Cell::Text("a".into()), Cell::Number(1.0)]);
    }

    #[test]
    fn the_newest_line_comes_first() {
        let answer = json!({ "data": { "resultType": "streams", "result": [
            { "stream": { "level": "ERROR" }, "values": [["1000000000", "old"], ["3000000000", "new"]] },
            { "stream": {}, "values": [["2000000000", "between"]] },
        ] } });
        let texts: Vec<String> = lines(&answer).into_iter().map(|line| line.text).collect();
        assert_eq!(texts, ["new", "between", "old"]);
        assert_eq!(lines(&answer)[0].level, "error");
    }
}
