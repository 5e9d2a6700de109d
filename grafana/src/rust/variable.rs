//! Variables.

use serde_json::Value as Json;

use super::both::{text, whole};
use super::code::Code;
use super::made::{Made, fits_json, json};
use super::same::same;
use super::source::{Language, Sources};
use crate::dashboard::Variable;
use crate::dashboard::setters::{CHOICE, QUERY_VARIABLE, SOURCE_VARIABLE, VARIABLE};
use crate::dashboard::variable::VariableKind;
use crate::datasource::{CloudWatch, DataSourceRef, LogQl, Other, PromQl, Sql, TraceQl, XRay};

/// Returns a variable as code, unless it is of a type that no code can say.
pub(super) fn variable(wanted: &Json, sources: &mut Sources<'_>) -> Option<Made> {
    let name = wanted["name"].as_str()?;
    let mut made = match wanted["type"].as_str()? {
        "query" => from_query(name, wanted, sources)?,
        "custom" => values("custom", name, wanted).map(|(code, values)| begin(code, Variable::custom(name, values)))?,
        "interval" => interval(name, wanted)?,
        "constant" => {
            let value = wanted["query"].as_str()?;
            begin(call("constant", &[name, value]), Variable::constant(name, value))
        }
        "textbox" => {
            let value = wanted["query"].as_str()?;
            begin(call("text_box", &[name, value]), Variable::text_box(name, value))
        }
        "datasource" => data_source(name, wanted)?,
        _ => return None,
    };
    made.setters(VARIABLE, wanted);
    if matches!(wanted["type"].as_str(), Some("query" | "custom" | "interval" | "datasource")) {
        made.setters(CHOICE, wanted);
        current(&mut made, wanted);
    }
    made.finish(wanted).then_some(made)
}

fn begin<K: VariableKind>(code: Code, variable: Variable<K>) -> Made {
    Made::new(code, serde_json::to_value(&variable.into_model().root).unwrap_or_default())
}

fn call(function: &str, arguments: &[&str]) -> Code {
    Code::call(format!("Variable::{function}"), arguments.iter().map(|argument| Code::text(argument)).collect())
}

/// The value at first, where its text is the value.
fn current(made: &mut Made, wanted: &Json) {
    let current = &wanted["current"];
    let only = |value: &Json| serde_json::json!({ "text": value, "value": value });
    if same(current, &made.gives["current"]) {
        return;
    }
    let all = if made.gives["multi"] == true {
        serde_json::json!({ "text": ["All"], "value": ["$__all"] })
    } else {
        serde_json::json!({ "text": "All", "value": "$__all" })
    };
    if same(current, &all) {
        made.put("default_all", Vec::new(), "current", current.clone());
    } else if !same(current, &only(&current["value"])) {
        // What people read is another text than the value.
    } else if let Some(value) = text(&current["value"]) {
        made.put("default_value", vec![value.code], "current", current.clone());
    } else if let Some(values) = super::both::elements(&current["value"], text) {
        made.put("default_values", vec![values.code], "current", current.clone());
    }
}

/// The values of a list, if they are no pairs.
fn values(function: &str, name: &str, wanted: &Json) -> Option<(Code, Vec<String>)> {
    let query = wanted["query"].as_str().filter(|query| !query.is_empty() && !query.contains(" : "))?;
    let values: Vec<String> = query.split(',').map(str::to_owned).collect();
    if query.contains('\\') {
        return None;
    }
    let list = Code::Array(values.iter().map(|value| Code::text(value)).collect());
    Some((Code::call(format!("Variable::{function}"), vec![Code::text(name), list]), values))
}

fn interval(name: &str, wanted: &Json) -> Option<Made> {
    let (code, values) = values("interval", name, wanted)?;
    let mut made = begin(code, Variable::interval(name, values));
    if let (Some(true), Some(count), Some(least)) =
        (wanted["auto"].as_bool(), whole(&wanted["auto_count"]), text(&wanted["auto_min"]))
    {
        made.write("auto_count", wanted["auto_count"].clone());
        made.write("auto_min", wanted["auto_min"].clone());
        made.put("auto", vec![count.code, least.code], "auto", true.into());
    }
    Some(made)
}

fn data_source(name: &str, wanted: &Json) -> Option<Made> {
    let plugin = wanted["query"].as_str()?;
    macro_rules! of {
        ($($kind:ident)+) => {
            match Language::of_plugin(plugin) {
                $(Language::$kind => (stringify!($kind), begin(Code::plain(""), Variable::data_source::<$kind>(name))),)+
                Language::Other => ("PromQl", begin(Code::plain(""), Variable::data_source::<PromQl>(name))),
            }
        };
    }
    let (kind, mut made) = of! { PromQl LogQl TraceQl CloudWatch XRay Sql };
    made.code = Code::call(format!("Variable::data_source::<{kind}>"), vec![Code::text(name)]);
    if made.gives["query"] != plugin {
        made.put("plugin", vec![Code::text(plugin)], "query", plugin.into());
    }
    made.setters(SOURCE_VARIABLE, wanted);
    Some(made)
}

fn from_query(name: &str, wanted: &Json, sources: &mut Sources<'_>) -> Option<Made> {
    let query = &wanted["query"];
    let text = query.as_str().or_else(|| query["query"].as_str());
    // A variable of Grafana before version 8 asks what its source is told by the text alone.
    let looks =
        if text.is_some_and(|text| text.contains('(')) { serde_json::json!({ "expr": "" }) } else { Json::Null };
    let source = sources.get(wanted.get("datasource").filter(|source| !source.is_null()), &looks, "");
    let (uid, plugin) = source.parts();
    let reference = Code::plain(&source.name);
    let mut typed = None;
    if let (Language::PromQl, Some((selector, label))) = (source.language, text.and_then(label_values)) {
        let real = DataSourceRef::<PromQl>::new(uid, plugin);
        let arguments = vec![Code::text(name), reference.clone(), Code::text(selector), Code::text(label)];
        let variable = Variable::label_values(name, &real, selector, label);
        typed = Some(begin(Code::call("Variable::label_values", arguments), variable));
    }
    let mut made = match typed.filter(|typed| same(&typed.gives["query"], query)) {
        Some(typed) => typed,
        None if fits_json(query) && wanted.get("query").is_some() => {
            let real = DataSourceRef::<Other>::new(uid, plugin);
            let arguments = vec![Code::text(name), reference, json(query)];
            begin(Code::call("Variable::query", arguments), Variable::query(name, &real, query.clone()))
        }
        None => return None,
    };
    match source.written {
        Some(written) => made.write("datasource", written),
        None => made.forget("datasource"),
    }
    made.setters(QUERY_VARIABLE, wanted);
    Some(made)
}

/// The parts of `label_values(selector, label)`.
fn label_values(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_prefix("label_values(")?.strip_suffix(')')?;
    let (selector, label) = inner.rsplit_once(", ").unwrap_or(("", inner));
    let is_label = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    (is_label && !label.is_empty()).then_some((selector, label))
}
