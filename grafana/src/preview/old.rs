//! Panels of old kinds, as the kinds that Grafana makes of them when it loads them.

use serde_json::{Map, Value as Json, json};

/// Brings the panels of a dashboard up to date, as far as drawing them needs it.
pub(crate) fn bring_up(dashboard: &mut Json) {
    for name in ["panels", "rows"] {
        for panel in dashboard[name].as_array_mut().into_iter().flatten() {
            match panel["type"].as_str() {
                Some("graph") => graph(panel),
                Some("singlestat") => single(panel),
                _ => {}
            }
            if panel.is_object() {
                bring_up(panel);
            }
        }
    }
}

/// Sets a member that is not set, below members that are made where they are missing.
fn put(json: &mut Json, path: &[&str], value: Json) {
    let Some((first, rest)) = path.split_first() else {
        if json.is_null() {
            *json = value;
        }
        return;
    };
    if json.is_null() {
        *json = Json::Object(Map::new());
    }
    if let Some(members) = json.as_object_mut().filter(|_| !value.is_null()) {
        put(members.entry(*first).or_insert(Json::Null), rest, value);
    }
}

/// A number, which old dashboards write as a text too.
fn number(json: &Json) -> Json {
    json.as_f64().or_else(|| json.as_str()?.trim().parse().ok()).map_or(Json::Null, Json::from)
}

fn default(panel: &mut Json, path: &[&str], value: Json) {
    let path: Vec<&str> = ["fieldConfig", "defaults"].iter().chain(path).copied().collect();
    put(panel, &path, value);
}

/// <https://grafana.com/docs/grafana/latest/panels-visualizations/visualizations/time-series/> took the place of it.
fn graph(panel: &mut Json) {
    let axis = panel["yaxes"][0].clone();
    default(panel, &["unit"], axis["format"].clone());
    default(panel, &["min"], number(&axis["min"]));
    default(panel, &["max"], number(&axis["max"]));
    let fill = number(&panel["fill"]).as_f64().unwrap_or(1.0) * 10.0;
    default(panel, &["custom", "fillOpacity"], fill.into());
    let width = number(&panel["linewidth"]);
    default(panel, &["custom", "lineWidth"], width);
    let style = match (panel["lines"].as_bool() != Some(false), panel["bars"].as_bool() == Some(true)) {
        (_, true) => "bars",
        (false, false) if panel["points"].as_bool() == Some(true) => "points",
        _ => "line",
    };
    default(panel, &["custom", "drawStyle"], style.into());
    if panel["steppedLine"].as_bool() == Some(true) {
        default(panel, &["custom", "lineInterpolation"], "stepAfter".into());
    }
    if panel["nullPointMode"] == "connected" {
        default(panel, &["custom", "spanNulls"], true.into());
    }
    if panel["stack"].as_bool() == Some(true) {
        let mode = if panel["percentage"].as_bool() == Some(true) { "percent" } else { "normal" };
        default(panel, &["custom", "stacking"], json!({ "mode": mode, "group": "A" }));
    }
    let legend = panel["legend"].clone();
    let shown = |name: &str| legend[name].as_bool() == Some(true);
    let calcs = [("min", "min"), ("max", "max"), ("avg", "mean"), ("current", "lastNotNull"), ("total", "sum")];
    let calcs: Vec<&str> = calcs.iter().filter(|(old, _)| shown(old)).map(|(_, calc)| *calc).collect();
    let new = json!({
        "showLegend": legend["show"].as_bool() != Some(false),
        "displayMode": if shown("alignAsTable") { "table" } else { "list" },
        "placement": if shown("rightSide") { "right" } else { "bottom" },
        "calcs": calcs,
    });
    put(panel, &["options", "legend"], new);
}

/// Stat and gauge took the place of it.
fn single(panel: &mut Json) {
    let (postfix, format) = (panel["postfix"].as_str().unwrap_or_default(), &panel["format"]);
    let unit = match format.as_str() {
        None | Some("" | "none") if !postfix.is_empty() => format!("suffix:{postfix}").into(),
        _ => format.clone(),
    };
    default(panel, &["unit"], unit);
    let (decimals, without) = (number(&panel["decimals"]), panel["nullText"].clone());
    default(panel, &["decimals"], decimals);
    default(panel, &["noValue"], without);
    let mappings: Vec<Json> = mappings(panel);
    default(panel, &["mappings"], mappings.into());
    let steps = thresholds(panel);
    default(panel, &["thresholds"], json!({ "mode": "absolute", "steps": steps }));
    let calc = match panel["valueName"].as_str().unwrap_or("avg") {
        "avg" => "mean",
        "current" => "lastNotNull",
        "total" => "sum",
        other => other,
    };
    let calc = calc.to_owned();
    put(panel, &["options", "reduceOptions", "calcs"], json!([calc]));
    let on = |name: &str| panel[name].as_bool() == Some(true);
    let color = if on("colorBackground") {
        "background"
    } else if on("colorValue") {
        "value"
    } else {
        "none"
    };
    let spark = if panel["sparkline"]["show"].as_bool() == Some(true) { "area" } else { "none" };
    put(panel, &["options", "colorMode"], color.into());
    put(panel, &["options", "graphMode"], spark.into());
    let gauge = panel["gauge"].clone();
    if gauge["show"].as_bool() == Some(true) {
        default(panel, &["min"], number(&gauge["minValue"]));
        default(panel, &["max"], number(&gauge["maxValue"]));
        panel["type"] = "gauge".into();
    } else {
        panel["type"] = "stat".into();
    }
}

/// `"80,90"` and three colours.
fn thresholds(panel: &Json) -> Vec<Json> {
    let values =
        panel["thresholds"].as_str().unwrap_or_default().split(',').filter_map(|text| text.trim().parse().ok());
    let values: Vec<Option<f64>> = std::iter::once(None).chain(values.map(Some)).collect();
    let colors = panel["colors"].as_array().into_iter().flatten();
    values.iter().zip(colors).map(|(value, color)| json!({ "value": value, "color": color })).collect()
}

/// Texts in the place of values or of ranges of them, as the panel says which.
fn mappings(panel: &Json) -> Vec<Json> {
    let of = |name: &str| panel[name].as_array().into_iter().flatten();
    let special =
        |map: &Json| json!({ "type": "special", "options": { "match": "null", "result": { "text": map["text"] } } });
    let value = |map: &Json| match map["value"].as_str() {
        Some("null") => special(map),
        value => json!({ "type": "value", "options": { value.unwrap_or_default(): { "text": map["text"] } } }),
    };
    let range = |map: &Json| match (number(&map["from"]), number(&map["to"])) {
        (Json::Null, Json::Null) => special(map),
        (from, to) => {
            json!({ "type": "range", "options": { "from": from, "to": to, "result": { "text": map["text"] } } })
        }
    };
    if number(&panel["mappingType"]) == 2.0 {
        of("rangeMaps").map(range).collect()
    } else {
        of("valueMaps").map(value).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_panels_are_drawn_as_what_took_their_place() {
        let mut dashboard = json!({ "rows": [{ "panels": [
            { "type": "graph", "stack": true, "fill": 2, "yaxes": [{ "format": "bytes", "min": "0" }],
                "legend": { "show": true, "avg": true, "alignAsTable": true } },
            { "type": "singlestat", "format": "percent", "valueName": "current", "thresholds": "80, 90",
                "colors": ["green", "yellow", "red"], "colorValue": true, "sparkline": { "show": false },
                "valueMaps": [{ "op": "=", "text": "N/A", "value": "null" }] },
            { "type": "singlestat", "gauge": { "show": true, "minValue": 0, "maxValue": 100 }, "postfix": " req",
                "mappingType": 2, "rangeMaps": [{ "from": "null", "to": "null", "text": "none" }, { "from": "1", "to": "2", "text": "few" }] },
        ] }] });
        bring_up(&mut dashboard);
        let panel = |index: usize| &dashboard["rows"][0]["panels"][index];
        let defaults = &panel(0)["fieldConfig"]["defaults"];
        assert_eq!((&defaults["unit"], &defaults["min"]), (&json!("bytes"), &json!(0.0)));
        assert_eq!(defaults["custom"]["stacking"]["mode"], "normal");
        assert_eq!(panel(0)["options"]["legend"]["calcs"], json!(["mean"]));
        let defaults = &panel(1)["fieldConfig"]["defaults"];
        assert_eq!((&panel(1)["type"], &panel(1)["options"]["graphMode"]), (&json!("stat"), &json!("none")));
        assert_eq!(defaults["thresholds"]["steps"][2], json!({ "value": 90.0, "color": "red" }));
        assert_eq!(defaults["mappings"][0]["options"]["result"]["text"], "N/A");
        assert_eq!((&panel(2)["type"], &panel(2)["fieldConfig"]["defaults"]["max"]), (&json!("gauge"), &json!(100.0)));
        let defaults = &panel(2)["fieldConfig"]["defaults"];
        assert_eq!((&defaults["unit"], &defaults["mappings"][0]["type"]), (&json!("suffix: req"), &json!("special")));
        assert_eq!(defaults["mappings"][1]["options"]["from"], 1.0);
    }
}
