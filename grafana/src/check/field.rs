//! A panel's field settings: units, thresholds, overrides.

use serde_json::Value as Json;

use super::panel::Panel;
use super::report::Report;
use super::source::listed;
use super::vocabulary::{Shape, Vocabulary, short};
use super::{color, is_deferred, nearest, rules, text_of};

/// What a unit of one's own begins with: `suffix: req` and the like.
const OWN_UNITS: [&str; 7] = ["prefix:", "suffix:", "time:", "si:", "count:", "currency:", "bool:"];

pub(super) fn check(report: &mut Report<'_>, panel: &Panel<'_>, custom: Option<&Shape>) {
    let Some(config) = panel.json.get("fieldConfig") else { return };
    if let Some(defaults) = config.get("defaults") {
        unit(report, &panel.place, defaults.get("unit"));
        bounds(report, &panel.place, defaults);
        mappings(report, &panel.place, defaults.get("mappings"));
        thresholds(report, &panel.place, defaults.get("thresholds"));
        color::fixed(report, &panel.place, defaults.get("color"));
    }
    let overrides = config.get("overrides").and_then(Json::as_array);
    for (index, over) in overrides.into_iter().flatten().enumerate() {
        let place = format!("{}, override {}", panel.place, index + 1);
        matcher(report, &place, over.get("matcher"));
        of_query(report, &place, panel, over.get("matcher"));
        for property in over.get("properties").and_then(Json::as_array).into_iter().flatten() {
            let value = property.get("value");
            match text_of(property, "id") {
                "unit" => unit(report, &place, value),
                "thresholds" => thresholds(report, &place, value),
                "mappings" => mappings(report, &place, value),
                "color" => color::fixed(report, &place, value),
                id => property_id(report, &place, id, custom),
            }
        }
    }
}

fn unit(report: &mut Report<'_>, place: &str, unit: Option<&Json>) {
    let Some(unit) = unit.and_then(Json::as_str) else { return };
    let known = &Vocabulary::get().units;
    if unit.is_empty() || known.contains(unit) || OWN_UNITS.iter().any(|prefix| unit.starts_with(prefix)) {
        return;
    }
    // Grafana's own editor writes a unit of one's own without a prefix, so only one that Grafana has by another name is told.
    let Some(meant) = meant(unit) else { return };
    let message = format!("`{unit}` is no unit that Grafana knows, and is shown behind the value as it is");
    report.warn(rules::FIELD_CONFIG, place, message).fix =
        Some(format!("write `{meant}`, or `suffix:{unit}` if that is meant"));
}

/// What people write for units that Grafana has, in small letters.
const UNITS_IN_WORDS: [(&str, &[&str]); 18] = [
    ("s", &["second", "seconds", "sec", "secs"]),
    ("ms", &["millisecond", "milliseconds", "millis", "msec"]),
    ("µs", &["microsecond", "microseconds", "us", "μs"]),
    ("ns", &["nanosecond", "nanoseconds"]),
    ("m", &["minute", "minutes", "min", "mins"]),
    ("h", &["hour", "hours"]),
    ("d", &["day", "days"]),
    ("bytes", &["byte", "b"]),
    ("bits", &["bit"]),
    ("percent", &["%", "pct", "percentage"]),
    ("percentunit", &["ratio"]),
    ("Bps", &["b/s", "byte/s", "bytes/s", "bytes/sec"]),
    ("bps", &["bit/s", "bits/s", "bits/sec"]),
    ("reqps", &["r/s", "req/s", "req/sec", "reqs", "request/s", "requests/s", "requests/sec", "qps"]),
    ("ops", &["op/s", "ops/s", "ops/sec", "operations/s"]),
    ("rowsps", &["row/s", "rows/s", "rows/sec"]),
    ("iops", &["io/s"]),
    ("hertz", &["hz"]),
];

/// The unit of Grafana that another text is likely to mean.
fn meant(unit: &str) -> Option<&str> {
    let known = || Vocabulary::get().units.iter().map(String::as_str);
    let lower = unit.to_lowercase();
    let word = UNITS_IN_WORDS.iter().find(|(_, words)| words.contains(&lower.as_str())).map(|(unit, _)| *unit);
    let other_case = || known().find(|at| at.eq_ignore_ascii_case(unit));
    // Of short names, each is near to another.
    let near = || nearest(unit, known()).filter(|near| strsim::osa_distance(unit, near) * 4 <= unit.len());
    word.or_else(other_case).or_else(near)
}

fn thresholds(report: &mut Report<'_>, place: &str, thresholds: Option<&Json>) {
    let steps = thresholds.and_then(|thresholds| thresholds.get("steps")).and_then(Json::as_array);
    let Some(steps) = steps.filter(|steps| !steps.is_empty()) else { return };
    steps.iter().for_each(|step| color::check(report, place, step.get("color")));
    let values: Vec<Option<f64>> =
        steps.iter().map(|step| step.get("value").filter(|value| !is_deferred(value)).and_then(Json::as_f64)).collect();
    if let Some(index) = values.iter().skip(1).position(Option::is_none) {
        let message =
            format!("threshold {} has no value, which only the first has, for all below the second", index + 2);
        report.warn(rules::FIELD_CONFIG, place, message).fix = Some("give it a number".to_owned());
    } else if let Some(first) = values[0].filter(|first| *first > 0.0) {
        let message = format!("the first threshold is for all below the second and has the value null, got {first}");
        report.warn(rules::FIELD_CONFIG, place, message).fix =
            Some("begin with a threshold that has the value null".to_owned());
    }
    let numbers: Vec<f64> = values.into_iter().flatten().collect();
    if let Some(pair) = numbers.windows(2).find(|pair| pair[0] > pair[1]) {
        let message = format!("thresholds ascend, got {} before {}", pair[0], pair[1]);
        report.problem(rules::FIELD_CONFIG, place, message).fix = Some("order them by value".to_owned());
    }
}

fn matcher(report: &mut Report<'_>, place: &str, matcher: Option<&Json>) {
    let Some(matcher) = matcher else {
        report.problem(rules::FIELD_CONFIG, place, "an override has a matcher, got none");
        return;
    };
    let (id, known) = (text_of(matcher, "id"), &Vocabulary::get().matchers);
    if !known.contains(id) {
        let message = format!("no matcher is called {}", short(matcher.get("id").unwrap_or(&Json::Null)));
        let near = nearest(id, known.iter().map(String::as_str)).map(|near| format!("write `{near}`"));
        report.problem(rules::FIELD_CONFIG, place, message).fix = near;
    }
    if id == "byRegexp" {
        let pattern = matcher.get("options").and_then(Json::as_str).unwrap_or_default();
        // Grafana writes expressions as JavaScript does, between slashes, or bare.
        let inner = pattern.strip_prefix('/').and_then(|rest| rest.rfind('/').map(|end| &rest[..end]));
        if let Err(why) = super::expression(inner.unwrap_or(pattern)) {
            report.problem(rules::FIELD_CONFIG, place, format!("`{pattern}` is no regular expression: {why}"));
        }
    }
}

/// A range of values that has none.
fn bounds(report: &mut Report<'_>, place: &str, defaults: &Json) {
    let number = |name: &str| defaults.get(name).and_then(Json::as_f64);
    if let (Some(min), Some(max)) = (number("min"), number("max"))
        && min >= max
    {
        let message = format!("`min` is less than `max`, got {min} and {max}");
        report.problem(rules::FIELD_CONFIG, place, message);
    }
}

/// Mappings that no value can be in.
fn mappings(report: &mut Report<'_>, place: &str, mappings: Option<&Json>) {
    for mapping in mappings.and_then(Json::as_array).into_iter().flatten() {
        let options = mapping.get("options").unwrap_or(&Json::Null);
        let number = |name: &str| options.get(name).and_then(Json::as_f64);
        color::check(report, place, options.pointer("/result/color"));
        match text_of(mapping, "type") {
            // A value each, and what is shown for it.
            "value" => {
                let results = options.as_object().into_iter().flat_map(|members| members.values());
                results.for_each(|result| color::check(report, place, result.get("color")));
            }
            "range" => {
                if let (Some(from), Some(to)) = (number("from"), number("to"))
                    && from > to
                {
                    let message = format!("a mapping's range goes from the less to the greater, got {from} to {to}");
                    report.problem(rules::FIELD_CONFIG, place, message).fix = Some("exchange the two".to_owned());
                }
            }
            "regex" => {
                let pattern = text_of(options, "pattern");
                let inner = pattern.strip_prefix('/').and_then(|rest| rest.rfind('/').map(|end| &rest[..end]));
                if let Err(why) = super::expression(inner.unwrap_or(pattern)) {
                    report.problem(rules::FIELD_CONFIG, place, format!("`{pattern}` is no regular expression: {why}"));
                }
            }
            _ => {}
        }
    }
}

/// An override for the fields of a query that the panel does not have.
fn of_query(report: &mut Report<'_>, place: &str, panel: &Panel<'_>, matcher: Option<&Json>) {
    let Some(matcher) = matcher.filter(|matcher| text_of(matcher, "id") == "byFrameRefID") else { return };
    let references = super::panel::references(panel.json);
    let wanted = text_of(matcher, "options");
    // Transformations give frames names of their own.
    let transformed = panel.json.get("transformations").and_then(Json::as_array).is_some_and(|all| !all.is_empty());
    if !wanted.is_empty()
        && !wanted.contains('$')
        && !transformed
        && !references.iter().any(|reference| reference == wanted)
    {
        let shown: Vec<_> = references.iter().map(|reference| format!("`{reference}`")).collect();
        let message = format!("no query has the refId `{wanted}`; there are {}", listed(&shown));
        report.warn(rules::FIELD_CONFIG, place, message);
    }
}

/// A property that differs only in case from one that there is.
fn property_id(report: &mut Report<'_>, place: &str, id: &str, custom: Option<&Shape>) {
    let vocabulary = Vocabulary::get();
    let (name, shape) = match id.strip_prefix("custom.") {
        Some(name) => (name, custom),
        None => (id, Some(&Shape::Ref("FieldConfig".to_owned()))),
    };
    let Some(Shape::Ref(shape)) = shape else { return };
    let Some(members) = vocabulary.shapes.get(shape) else { return };
    let (name, _) = name.split_once('.').unwrap_or((name, ""));
    if members.contains_key(name) {
        return;
    }
    if let Some(meant) = members.keys().find(|member| member.eq_ignore_ascii_case(name)) {
        report.warn(rules::FIELD_CONFIG, place, format!("no property is called `{id}`")).fix =
            Some(format!("write `{}`", id.replace(name, meant)));
    }
}
