//! Variables of a dashboard: their values, and their places in queries and titles.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value as Json;

use super::data::{Answer, Answers, Request, series};
use super::field::expression;
use super::model::Range;
use super::time;

/// A variable's values: those chosen, of those that there are.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Chosen {
    pub(crate) values: Vec<String>,
    /// What stands for all of them, if all are chosen.
    pub(crate) all: bool,
    /// What is written where all are chosen, if the dashboard says so.
    all_value: Option<String>,
    pub(crate) label: String,
    pub(crate) hidden: bool,
}

impl Chosen {
    fn one(value: impl Into<String>) -> Self {
        Self { values: vec![value.into()], ..Self::default() }
    }

    /// What people read.
    pub(crate) fn shown(&self) -> String {
        if self.all { "All".to_owned() } else { self.values.join(" + ") }
    }
}

/// The variables of a dashboard by name, and its range of time.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Variables {
    chosen: BTreeMap<String, Chosen>,
    order: Vec<String>,
    pub(crate) range: Range,
}

/// How a value is written into a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// A query of Prometheus or Loki: several values become alternatives of a regular expression.
    Query,
    /// A text for people.
    Text,
}

impl Variables {
    /// Chooses values. What has to be asked for that and is not answered yet is added to `wanted`; the values of later
    /// variables may then change once it is.
    pub(crate) fn resolve(dashboard: &Json, range: Range, answers: &Answers, wanted: &mut Vec<Request>) -> Self {
        let mut variables = Self { chosen: BTreeMap::new(), order: Vec::new(), range };
        for json in dashboard["templating"]["list"].as_array().into_iter().flatten() {
            let Some(name) = json["name"].as_str() else { continue };
            let mut chosen = variables.choose(json, answers, wanted);
            chosen.label = json["label"].as_str().filter(|label| !label.is_empty()).unwrap_or(name).to_owned();
            chosen.hidden = json["hide"].as_u64() == Some(2) || json["hide"] == "hideVariable";
            chosen.all_value = json["allValue"].as_str().filter(|value| !value.is_empty()).map(str::to_owned);
            variables.chosen.insert(name.to_owned(), chosen);
            variables.order.push(name.to_owned());
        }
        variables
    }

    /// The variables in their order, with their names.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Chosen)> {
        self.order.iter().filter_map(|name| Some((name.as_str(), self.chosen.get(name)?)))
    }

    /// Returns the values to repeat something for.
    pub(crate) fn values(&self, name: &str) -> &[String] {
        self.chosen.get(name).map_or(&[], |chosen| &chosen.values)
    }

    /// Returns the same with one value for a variable, for one of what is repeated.
    pub(crate) fn with(&self, own: &[(String, String)]) -> Self {
        let mut variables = self.clone();
        for (name, value) in own {
            variables.chosen.insert(name.clone(), Chosen::one(value.clone()));
        }
        variables
    }

    fn choose(&self, json: &Json, answers: &Answers, wanted: &mut Vec<Request>) -> Chosen {
        let current = texts(&json["current"]["value"]);
        let options = match json["type"].as_str().unwrap_or_default() {
            "constant" | "textbox" => {
                let value = json["query"].as_str().map(str::to_owned).or_else(|| current.first().cloned());
                return Chosen::one(value.unwrap_or_default());
            }
            "interval" => {
                let listed = comma_separated(json["query"].as_str().unwrap_or_default());
                let automatic = |value: &String| value.starts_with("$__auto_interval");
                let first = current.into_iter().find(|value| !automatic(value)).or_else(|| listed.first().cloned());
                return Chosen::one(first.unwrap_or_else(|| "1m".to_owned()));
            }
            // Queries are sent to the data source that the variable has chosen, which is told by its plugin.
            "datasource" => {
                let plugin = json["query"].as_str().unwrap_or_default();
                let first = current.into_iter().find(|value| value != "default" && value != "$__all");
                return Chosen::one(first.unwrap_or_else(|| plugin.to_owned()));
            }
            "adhoc" => return Chosen::default(),
            "custom" => comma_separated(json["query"].as_str().unwrap_or_default())
                .into_iter()
                .map(|option| option.split_once(" : ").map_or(option.clone(), |(_, value)| value.trim().to_owned()))
                .collect(),
            "query" => self.asked(json, answers, wanted),
            _ => Vec::new(),
        };
        let wants_all = current.iter().any(|value| value == "$__all") || json["current"]["text"] == "All";
        let includes_all = json["includeAll"].as_bool() == Some(true);
        let kept: Vec<String> = current.into_iter().filter(|value| options.contains(value)).collect();
        if !kept.is_empty() {
            return Chosen { values: kept, ..Chosen::default() };
        }
        // Nothing was chosen, or what was chosen elsewhere is not there.
        if includes_all && (wants_all || json["multi"].as_bool() == Some(true) || options.is_empty()) {
            return Chosen { values: options, all: true, ..Chosen::default() };
        }
        Chosen { values: options.into_iter().take(1).collect(), ..Chosen::default() }
    }

    /// Asks the data source for a variable's options.
    fn asked(&self, json: &Json, answers: &Answers, wanted: &mut Vec<Request>) -> Vec<String> {
        let query = match &json["query"] {
            Json::String(query) => query.as_str(),
            object => object["query"].as_str().unwrap_or_default(),
        };
        let source = &json["datasource"];
        let plugin = source["type"].as_str().unwrap_or("prometheus");
        let uid = self.text(source["uid"].as_str().unwrap_or_default(), Form::Text);
        let is_loki = plugin == "loki";
        let Some((path, take)) = self.options_path(query, &json["query"], is_loki) else { return Vec::new() };
        let request = Request { plugin: plugin.to_owned(), uid, path };
        let mut found = match answers.get(&request) {
            None => {
                wanted.push(request);
                return Vec::new();
            }
            Some(Answer::Refused(_) | Answer::Unconnected) => Vec::new(),
            Some(Answer::Data(answer)) => match take {
                Take::List => texts(&answer["data"]),
                Take::Query => series(answer, "", "").iter().map(written).collect(),
            },
        };
        let pattern = json["regex"].as_str().unwrap_or_default();
        if let Some(pattern) = expression(&self.text(pattern, Form::Text)).filter(|_| !pattern.is_empty()) {
            let captured = |value: String| {
                let captures = pattern.captures(&value)?;
                let group = captures.name("value").or_else(|| captures.get(1)).or_else(|| captures.get(0))?;
                Some(group.as_str().to_owned())
            };
            found = found.into_iter().filter_map(captured).collect();
        }
        match json["sort"].as_u64() {
            Some(2 | 6) => found.sort_by(|one, other| other.cmp(one)),
            Some(3) => found.sort_by(|one, other| numeric(one).total_cmp(&numeric(other))),
            Some(4) => found.sort_by(|one, other| numeric(other).total_cmp(&numeric(one))),
            _ => found.sort(),
        }
        found.dedup();
        found
    }

    fn options_path(&self, query: &str, object: &Json, is_loki: bool) -> Option<(String, Take)> {
        let api = if is_loki { "/loki/api/v1" } else { "/api/v1" };
        let (start, end) = (self.range.from, self.range.to);
        // Loki's times are nanoseconds.
        let scale = if is_loki { 1e9 } else { 1.0 };
        let times = format!("start={:.0}&end={:.0}", start * scale, end * scale);
        let selector = if is_loki { "query" } else { "match[]" };
        let query = query.trim();
        if let Some(arguments) = query.strip_prefix("label_values(").and_then(|rest| rest.strip_suffix(')')) {
            let (selected, label) = match arguments.rsplit_once(',') {
                Some((selected, label)) => (Some(self.text(selected.trim(), Form::Query)), label),
                None => (None, arguments),
            };
            let label = self.text(label.trim(), Form::Text);
            let matching = selected.map(|text| format!("&{selector}={}", escape(&text))).unwrap_or_default();
            return Some((format!("{api}/label/{label}/values?{times}{matching}"), Take::List));
        }
        if query.starts_with("label_names(") {
            return Some((format!("{api}/labels?{times}"), Take::List));
        }
        if query.starts_with("metrics(") {
            return Some((format!("{api}/label/__name__/values?{times}"), Take::List));
        }
        if let Some(inner) = query.strip_prefix("query_result(").and_then(|rest| rest.strip_suffix(')')) {
            let inner = escape(&self.query(inner, 15.0, 15.0));
            return Some((format!("{api}/query?query={inner}&time={end:.0}"), Take::Query));
        }
        // Loki's editor keeps label and stream apart.
        if let (true, Some(label)) = (is_loki, object["label"].as_str().filter(|label| !label.is_empty())) {
            let stream = object["stream"].as_str().filter(|stream| !stream.is_empty());
            let stream = stream.map(|stream| format!("&query={}", escape(&self.text(stream, Form::Query))));
            return Some((format!("{api}/label/{label}/values?{times}{}", stream.unwrap_or_default()), Take::List));
        }
        None
    }

    /// Returns a query with the values of variables and of Grafana's own macros. `step` is the time between two points,
    /// `scrape` that between two scrapes, in seconds.
    pub(crate) fn query(&self, text: &str, step: f64, scrape: f64) -> String {
        let rate = (step + scrape).max(4.0 * scrape);
        let mut text = text.to_owned();
        let length = self.range.length();
        // Longer names first, since some begin with others.
        for (macro_name, value) in [
            ("__rate_interval_ms", format!("{:.0}", rate * 1_000.0)),
            ("__rate_interval", time::written(rate)),
            ("__interval_ms", format!("{:.0}", step * 1_000.0)),
            ("__interval", time::written(step)),
            ("__auto", time::written(step)),
            ("__range_ms", format!("{:.0}", length * 1_000.0)),
            ("__range_s", format!("{length:.0}")),
            ("__range", format!("{length:.0}s")),
            ("__from", format!("{:.0}", self.range.from * 1_000.0)),
            ("__to", format!("{:.0}", self.range.to * 1_000.0)),
        ] {
            text = text.replace(&format!("${{{macro_name}}}"), &value).replace(&format!("${macro_name}"), &value);
        }
        self.text(&text, Form::Query)
    }

    /// Returns a text with the values of variables.
    pub(crate) fn text(&self, text: &str, into: Form) -> String {
        let mut result = String::new();
        let mut rest = text;
        while let Some(start) = rest.find(['$', '[']) {
            result.push_str(&rest[..start]);
            rest = &rest[start..];
            match reference(rest) {
                Some((name, format, length)) if self.chosen.contains_key(name) => {
                    let default = if into == Form::Query { "regex" } else { "text" };
                    self.write(&mut result, name, format.unwrap_or(default), format.is_none());
                    rest = &rest[length..];
                }
                _ => {
                    result.push_str(&rest[..1]);
                    rest = &rest[1..];
                }
            }
        }
        result.push_str(rest);
        result
    }

    fn write(&self, result: &mut String, name: &str, format: &str, is_default: bool) {
        let Some(chosen) = self.chosen.get(name) else { return };
        if let (true, Some(all)) = (chosen.all, &chosen.all_value) {
            result.push_str(all);
            return;
        }
        let values = &chosen.values;
        let joined = |between: &str| values.join(between);
        let text = match format {
            "csv" | "raw" => joined(","),
            "pipe" => joined("|"),
            "glob" if values.len() > 1 => format!("{{{}}}", joined(",")),
            "singlequote" => values.iter().map(|value| format!("'{value}'")).collect::<Vec<_>>().join(","),
            "doublequote" => values.iter().map(|value| format!("\"{value}\"")).collect::<Vec<_>>().join(","),
            "json" => serde_json::to_string(values).unwrap_or_default(),
            "percentencode" => escape(&joined(",")),
            "text" => chosen.shown(),
            // A single value that may be no expression is written as it is, unless it was asked to be one.
            "regex" if is_default && values.len() == 1 && !chosen.all => joined(""),
            "regex" => {
                let escaped: Vec<String> =
                    values.iter().map(|value| regex::escape(value).replace('\\', "\\\\")).collect();
                match &escaped[..] {
                    [] => String::new(),
                    [one] => one.clone(),
                    several => format!("({})", several.join("|")),
                }
            }
            _ => joined(","),
        };
        result.push_str(&text);
    }
}

enum Take {
    List,
    Query,
}

/// Reads the reference to a variable that a text begins with: its name, its format, and its length.
fn reference(text: &str) -> Option<(&str, Option<&str>, usize)> {
    for (open, close) in [("${", "}"), ("[[", "]]")] {
        if let Some(inner) = text.strip_prefix(open) {
            let inner = &inner[..inner.find(close)?];
            let (name, format) = inner.split_once(':').map_or((inner, None), |(name, format)| (name, Some(format)));
            let name = name.split_once('.').map_or(name, |(name, _)| name);
            return Some((name, format, open.len() + inner.len() + close.len()));
        }
    }
    let inner = text.strip_prefix('$')?;
    let end = inner.find(|at: char| !at.is_ascii_alphanumeric() && at != '_').unwrap_or(inner.len());
    (end > 0).then_some((&inner[..end], None, end + 1))
}

/// Writes a series as `query_result` shows it.
fn written(series: &super::data::Series) -> String {
    let mut text = super::data::name("", &series.labels);
    if let Some((at, value)) = series.points.last() {
        let _ = write!(text, " {value} {:.0}", at * 1_000.0);
    }
    text
}

fn texts(json: &Json) -> Vec<String> {
    match json {
        Json::String(text) => vec![text.clone()],
        Json::Array(elements) => elements.iter().filter_map(Json::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

fn numeric(text: &str) -> f64 {
    let digits: String = text.chars().filter(|at| at.is_ascii_digit() || *at == '.' || *at == '-').collect();
    digits.parse().unwrap_or(f64::INFINITY)
}

/// Splits at commas, but not at those after a backslash.
fn comma_separated(text: &str) -> Vec<String> {
    let parts = text.replace("\\,", "\u{1}");
    parts.split(',').map(|part| part.replace('\u{1}', ",").trim().to_owned()).filter(|part| !part.is_empty()).collect()
}

/// Writes a text for the query of a URL.
pub(crate) fn escape(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len() * 2), |mut escaped, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            let _ = write!(escaped, "%{byte:02X}");
        }
        escaped
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const RANGE: Range = Range { from: 0.0, to: 3_600.0 };

    fn resolve(list: &Json, answers: &Answers) -> (Variables, Vec<Request>) {
        let mut wanted = Vec::new();
        let variables = Variables::resolve(&json!({ "templating": { "list": list } }), RANGE, answers, &mut wanted);
        (variables, wanted)
    }

    #[test]
    fn values_are_written_as_the_place_wants_them() {
        let list = json!([
            { "type": "custom", "name": "zone", "query": "a, b.c, d", "multi": true, "includeAll": true,
              "current": { "value": ["$__all"] } },
            { "type": "custom", "name": "one", "query": "x : 1, y : 2", "current": { "value": "2" } },
            { "type": "constant", "name": "fixed", "query": "f" },
        ]);
        let (variables, wanted) = resolve(&list, &Answers::new());
        assert_eq!(wanted, []);
        assert_eq!(
            variables.query(r#"up{zone=~"$zone", one="${one}", f="[[fixed]]"}[$__rate_interval]"#, 30.0, 15.0),
            r#"up{zone=~"(a|b\\.c|d)", one="2", f="f"}[1m]"#
        );
        assert_eq!(
            variables.text("$zone and ${zone:csv}, $unknown and $", Form::Text),
            "All and a,b.c,d, $unknown and $"
        );
        let own = variables.with(&[("zone".to_owned(), "a".to_owned())]);
        assert_eq!(own.query("$zone", 1.0, 1.0), "a");
    }

    #[test]
    fn options_are_asked_for_and_then_chosen() {
        let list = json!([
            { "type": "query", "name": "job", "query": { "query": "label_values(up, job)" },
              "datasource": { "type": "prometheus", "uid": "p" }, "regex": "/(.*)-x/" },
            { "type": "query", "name": "instance", "query": "label_values(up{job=\"$job\"}, instance)",
              "datasource": { "type": "prometheus", "uid": "p" } },
        ]);
        let (_, wanted) = resolve(&list, &Answers::new());
        assert_eq!(wanted[0].path, "/api/v1/label/job/values?start=0&end=3600&match[]=up");
        let answers = Answers::from([(wanted[0].clone(), Answer::Data(json!({ "data": ["b-x", "a-x", "other"] })))]);
        let (variables, wanted) = resolve(&list, &answers);
        assert_eq!(variables.values("job"), ["a"]);
        assert_eq!(wanted[0].path, "/api/v1/label/instance/values?start=0&end=3600&match[]=up%7Bjob%3D%22a%22%7D");
    }
}
