//! How a field is shown: its unit, decimals, thresholds, mappings, and the overrides of a panel.

use serde_json::{Map, Value as Json};

use super::units;

/// The palette of series, in the order in which they take it. Chosen to be told apart on light and dark ground.
const PALETTE: [&str; 12] = [
    "#3aa981", "#e0a030", "#4f8fe0", "#e2703a", "#d7495b", "#7f6fd6", "#3fb6c9", "#b9a23a", "#c66bb4", "#6fae4a",
    "#8a8f98", "#9c6b4a",
];

/// How the values of one field are shown.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Field {
    config: Json,
}

/// What a value is shown as.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Shown {
    pub(crate) text: String,
    pub(crate) color: Option<String>,
}

impl Field {
    /// The configuration of a panel for a field of this name, of a query and a type (`number`, `string`, `time`).
    pub(crate) fn of(panel: &Json, name: &str, reference: &str, kind: &str) -> Self {
        let mut config = panel["fieldConfig"]["defaults"].clone();
        for one in panel["fieldConfig"]["overrides"].as_array().into_iter().flatten() {
            let options = &one["matcher"]["options"];
            let matches = match one["matcher"]["id"].as_str().unwrap_or_default() {
                "byName" => options.as_str() == Some(name),
                "byRegexp" => {
                    let pattern = expression(options.as_str().unwrap_or_default());
                    pattern.is_some_and(|pattern| pattern.is_match(name))
                }
                "byType" => options.as_str() == Some(kind),
                "byFrameRefID" => options.as_str() == Some(reference),
                "byNames" => {
                    let names = options["names"].as_array().into_iter().flatten();
                    let named = names.filter_map(Json::as_str).any(|known| known == name);
                    named != (options["mode"] == "exclude")
                }
                _ => false,
            };
            if matches {
                for property in one["properties"].as_array().into_iter().flatten() {
                    if let Some(path) = property["id"].as_str() {
                        set(&mut config, path, property["value"].clone());
                    }
                }
            }
        }
        Self { config }
    }

    pub(crate) fn unit(&self) -> &str {
        self.config["unit"].as_str().unwrap_or_default()
    }

    /// Whether the unit counts in powers of two.
    pub(crate) fn is_binary(&self) -> bool {
        matches!(self.unit(), "bytes" | "bits" | "binBps" | "binbps")
    }

    /// Returns a mark of an axis as people read it.
    pub(crate) fn axis(&self, value: f64) -> String {
        units::format(value, self.unit(), self.decimals().filter(|_| !self.unit().is_empty()))
    }

    pub(crate) fn number(&self, name: &str) -> Option<f64> {
        self.config[name].as_f64()
    }

    pub(crate) fn custom(&self, path: &str) -> &Json {
        path.split('.').fold(&self.config["custom"], |json, member| &json[member])
    }

    pub(crate) fn display_name(&self) -> Option<&str> {
        self.config["displayName"].as_str().filter(|name| !name.is_empty())
    }

    pub(crate) fn decimals(&self) -> Option<usize> {
        self.config["decimals"].as_u64().and_then(|decimals| usize::try_from(decimals).ok())
    }

    /// Returns a value as people read it.
    pub(crate) fn show(&self, value: f64) -> Shown {
        if let Some(shown) = self.mapped(Some(value), &units::number(value, None)) {
            return Shown { color: shown.color.or_else(|| self.color(value)), ..shown };
        }
        let text = units::format(value, self.unit(), self.decimals());
        Shown { text, color: self.color(value) }
    }

    /// Returns a text as people read it.
    pub(crate) fn show_text(&self, text: &str) -> Shown {
        self.mapped(None, text).unwrap_or_else(|| Shown { text: text.to_owned(), color: None })
    }

    /// Returns what is shown where there is no value.
    pub(crate) fn no_value(&self) -> &str {
        self.config["noValue"].as_str().unwrap_or("No data")
    }

    fn mapped(&self, value: Option<f64>, text: &str) -> Option<Shown> {
        let shown = |result: &Json| {
            let text = result["text"].as_str().filter(|text| !text.is_empty());
            Some(Shown {
                text: text.map_or_else(
                    || value.map_or_else(String::new, |value| units::format(value, self.unit(), self.decimals())),
                    str::to_owned,
                ),
                color: result["color"].as_str().map(css_color),
            })
        };
        for mapping in self.config["mappings"].as_array().into_iter().flatten() {
            let options = &mapping["options"];
            let result = match mapping["type"].as_str().unwrap_or_default() {
                "value" => options.get(text).and_then(shown),
                "range" => {
                    let from = options["from"].as_f64().unwrap_or(f64::NEG_INFINITY);
                    let to = options["to"].as_f64().unwrap_or(f64::INFINITY);
                    value.filter(|value| (from..=to).contains(value)).and_then(|_| shown(&options["result"]))
                }
                "regex" => {
                    let pattern = regex::Regex::new(options["pattern"].as_str().unwrap_or_default()).ok()?;
                    pattern.is_match(text).then(|| shown(&options["result"])).flatten()
                }
                "special" => {
                    let is = match options["match"].as_str().unwrap_or_default() {
                        "nan" => value.is_some_and(f64::is_nan),
                        "null" => text.is_empty(),
                        "null+nan" => text.is_empty() || value.is_some_and(f64::is_nan),
                        "true" => text == "true",
                        "false" => text == "false",
                        "empty" => text.is_empty(),
                        _ => false,
                    };
                    is.then(|| shown(&options["result"])).flatten()
                }
                _ => None,
            };
            if result.is_some() {
                return result;
            }
        }
        None
    }

    /// The thresholds: from which value on, and the colour.
    pub(crate) fn thresholds(&self) -> Vec<(f64, String)> {
        let steps = self.config["thresholds"]["steps"].as_array().into_iter().flatten();
        let share = self.config["thresholds"]["mode"] == "percentage";
        let (least, most) = (self.number("min").unwrap_or(0.0), self.number("max").unwrap_or(100.0));
        let place = |value: f64| if share { least + (most - least) * value / 100.0 } else { value };
        let step = |step: &Json| {
            let from = step["value"].as_f64().map_or(f64::NEG_INFINITY, place);
            (from, css_color(step["color"].as_str().unwrap_or("green")))
        };
        steps.map(step).collect()
    }

    /// The colour of a value by thresholds, or the fixed one.
    pub(crate) fn color(&self, value: f64) -> Option<String> {
        match self.config["color"]["mode"].as_str().unwrap_or("thresholds") {
            "fixed" | "shades" => self.config["color"]["fixedColor"].as_str().map(css_color),
            "thresholds" => {
                let steps = self.thresholds();
                steps.into_iter().rev().find(|(from, _)| value >= *from).map(|(_, color)| color)
            }
            mode if mode.starts_with("continuous") => {
                let (least, most) = (self.number("min").unwrap_or(0.0), self.number("max").unwrap_or(100.0));
                let share = ((value - least) / (most - least)).clamp(0.0, 1.0);
                Some(format!("hsl({:.0} 60% 48%)", 140.0 * (1.0 - share)))
            }
            _ => None,
        }
    }

    /// The colour of a series: fixed, or the next of the palette.
    pub(crate) fn series_color(&self, index: usize, last: Option<f64>) -> String {
        match self.config["color"]["mode"].as_str() {
            Some("fixed" | "shades") => {
                self.config["color"]["fixedColor"].as_str().map_or_else(|| palette(index), css_color)
            }
            Some("thresholds") => last.and_then(|last| self.color(last)).unwrap_or_else(|| palette(index)),
            _ => palette(index),
        }
    }
}

/// Reads a regular expression as Grafana has it: between slashes, or without.
pub(crate) fn expression(text: &str) -> Option<regex::Regex> {
    let inner = text.strip_prefix('/').and_then(|rest| rest.rsplit_once('/')).map_or(text, |(inner, _)| inner);
    regex::Regex::new(inner).ok()
}

pub(crate) fn palette(index: usize) -> String {
    PALETTE[index % PALETTE.len()].to_owned()
}

/// Sets a member by a path with dots, making the objects on the way.
fn set(json: &mut Json, path: &str, value: Json) {
    let mut at = json;
    for member in path.split('.') {
        if !at.is_object() {
            *at = Json::Object(Map::new());
        }
        let Json::Object(members) = at else { return };
        at = members.entry(member).or_insert(Json::Null);
    }
    *at = value;
}

/// Returns a colour of Grafana as CSS knows it.
pub(crate) fn css_color(color: &str) -> String {
    let (tone, name) = ["super-light-", "light-", "semi-dark-", "dark-"]
        .iter()
        .find_map(|tone| Some((*tone, color.strip_prefix(tone)?)))
        .unwrap_or(("", color));
    let (hue, saturation, lightness) = match name {
        "green" => (145, 45, 45),
        "yellow" => (45, 85, 52),
        "red" => (354, 72, 56),
        "blue" => (213, 70, 58),
        "orange" => (24, 88, 55),
        "purple" => (268, 48, 60),
        "transparent" => return "transparent".to_owned(),
        "text" => return "currentColor".to_owned(),
        // What could end the attribute that it is written into is no colour.
        other if other.chars().all(|at| at.is_ascii_alphanumeric() || "#(),.% -".contains(at)) => {
            return other.to_owned();
        }
        _ => return "currentColor".to_owned(),
    };
    let lightness = match tone {
        "super-light-" => lightness + 24,
        "light-" => lightness + 12,
        "semi-dark-" => lightness - 8,
        "dark-" => lightness - 16,
        _ => lightness,
    };
    format!("hsl({hue} {saturation}% {lightness}%)")
}

/// Returns one number for a list of them, by the name of Grafana's calculation.
pub(crate) fn reduce(values: &[f64], calculation: &str) -> Option<f64> {
    let known: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
    let sum = || known.iter().sum::<f64>();
    #[expect(clippy::cast_precision_loss, reason = "there are never that many points")]
    let count = known.len() as f64;
    match calculation {
        "last" => values.last().copied(),
        "first" => values.first().copied(),
        "firstNotNull" => known.first().copied(),
        "count" => Some(count),
        "sum" | "total" => Some(sum()),
        _ if known.is_empty() => None,
        "mean" | "avg" => Some(sum() / count),
        "min" => known.iter().copied().reduce(f64::min),
        "max" => known.iter().copied().reduce(f64::max),
        "range" => Some(known.iter().copied().reduce(f64::max)? - known.iter().copied().reduce(f64::min)?),
        "delta" => Some(known.windows(2).map(|pair| (pair[1] - pair[0]).max(0.0)).sum()),
        "diff" => Some(known[known.len() - 1] - known[0]),
        "median" | "p50" => quantile(known, 0.5),
        "p90" => quantile(known, 0.9),
        "p95" => quantile(known, 0.95),
        "p99" => quantile(known, 0.99),
        "stdDev" => {
            let mean = sum() / count;
            Some((known.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count).sqrt())
        }
        _ => known.last().copied(),
    }
}

fn quantile(mut values: Vec<f64>, share: f64) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a place in a short list"
    )]
    let index = (share * (values.len().saturating_sub(1)) as f64).round() as usize;
    values.get(index).copied()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn overrides_and_mappings_count() {
        let panel = json!({ "fieldConfig": {
            "defaults": { "unit": "s", "thresholds": { "mode": "absolute", "steps": [
                { "color": "green", "value": null }, { "color": "red", "value": 1 }] },
                "mappings": [{ "type": "value", "options": { "0": { "text": "none" } } },
                             { "type": "range", "options": { "from": 5, "to": 9, "result": { "text": "many", "color": "#123" } } }] },
            "overrides": [{ "matcher": { "id": "byRegexp", "options": "/^bytes/" },
                            "properties": [{ "id": "unit", "value": "bytes" }, { "id": "custom.width", "value": 9 }] }],
        } });
        let seconds = Field::of(&panel, "latency", "A", "number");
        assert_eq!(seconds.show(0.5), Shown { text: "500 ms".into(), color: Some("hsl(145 45% 45%)".into()) });
        assert_eq!(seconds.show(2.0).color.as_deref(), Some("hsl(354 72% 56%)"));
        assert_eq!(seconds.show(0.0).text, "none");
        assert_eq!(seconds.show(7.0), Shown { text: "many".into(), color: Some("#123".into()) });
        let bytes = Field::of(&panel, "bytes sent", "A", "number");
        assert_eq!(bytes.show(2_048.0).text, "2 KiB");
        assert_eq!(bytes.custom("width"), 9);
    }

    #[test]
    fn a_colour_cannot_leave_its_attribute() {
        assert_eq!(css_color("red\" onload=\"alert(1)"), "currentColor");
        assert_eq!(css_color("rgba(1, 2, 3, 0.5)"), "rgba(1, 2, 3, 0.5)");
    }

    #[test]
    fn lists_are_reduced() {
        let values = [1.0, f64::NAN, 3.0, 2.0];
        for (calculation, result) in [
            ("lastNotNull", 2.0),
            ("mean", 2.0),
            ("max", 3.0),
            ("min", 1.0),
            ("sum", 6.0),
            ("range", 2.0),
            ("median", 2.0),
        ] {
            assert_eq!(reduce(&values, calculation), Some(result), "{calculation}");
        }
        assert_eq!(reduce(&[], "mean"), None);
    }
}
