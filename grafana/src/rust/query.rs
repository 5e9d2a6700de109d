//! A panel's queries.

use serde_json::{Map, Value as Json};

use super::both::{elements, text};
use super::bound::bound;
use super::code::Code;
use super::made::Made;
use super::source::{Language, Source, Sources};
use super::value::calc;
use crate::dashboard::query::reference;
use crate::dashboard::setters::{
    CLOUDWATCH_LOGS_QUERY, CLOUDWATCH_QUERY, LOG_METRIC_QUERY, LOGS_QUERY, PROM_QUERY, SQL_QUERY, Setter, TRACE_QUERY,
    XRAY_QUERY,
};
use crate::dashboard::{Expression, Query};
use crate::datasource::{CloudWatch, DataSourceRef, EXPRESSION, Kind, LogQl, PromQl, Sql, TraceQl, XRay};

/// A query as code, with what it writes.
pub(super) struct MadeQuery {
    pub(super) made: Made,
    /// What it writes as the panel's data source, if it is the first; an expression has none.
    pub(super) source: Option<Json>,
}

/// Returns a query of a panel as code. What the code does not give is left to the panel's `set`.
pub(super) fn query(target: &Json, panel: &Json, position: usize, sources: &mut Sources<'_>) -> Option<MadeQuery> {
    let mut wanted = target.as_object()?.clone();
    let kind = panel["type"].as_str().unwrap_or_default();
    let own = wanted.remove("datasource").filter(|own| !own.is_null());
    let named = wanted.remove("refId").as_ref().and_then(Json::as_str).map(str::to_owned);
    let automatic = reference(position);
    let wanted = Json::Object(wanted);

    let of_panel = panel.get("datasource").filter(|source| !source.is_null());
    let expression = expression(own.as_ref(), &wanted);
    let source = expression.is_none().then(|| sources.get(own.as_ref().or(of_panel), target, kind));
    let typed = expression.or_else(|| typed(source.as_ref()?, &wanted, kind)).and_then(|typed| typed.finish(&wanted));
    let is_typed = typed.is_some();
    let mut made = match (typed, &source) {
        (Some(made), _) => made,
        (None, Some(source)) => custom(source, &wanted),
        (None, None) => return None,
    };

    let mut members = std::mem::take(&mut made.gives).as_object().cloned().unwrap_or_default();
    let named = named.filter(|named| is_typed && *named != automatic);
    if let Some(named) = &named {
        made.code.method("ref_id", vec![Code::text(named)]);
    }
    members.insert("refId".to_owned(), named.unwrap_or(automatic).into());
    let written = match &source {
        None => Some(serde_json::json!({ "type": EXPRESSION, "uid": EXPRESSION })),
        Some(source) => source.written.clone(),
    };
    if is_typed && own.is_none() && written.is_some() {
        made.code.method("inherited", Vec::new());
    } else if let Some(written) = &written {
        members.insert("datasource".to_owned(), written.clone());
    }
    made.gives = Json::Object(members);
    Some(MadeQuery { made, source: source.and(written) })
}

/// A query in the language of its data source.
struct Typed {
    made: Made,
    setters: &'static [Setter],
}

impl Typed {
    fn new(head: Code, query: impl Into<Query>, setters: &'static [Setter]) -> Self {
        let gives = serde_json::to_value(&query.into().model.root).unwrap_or_default();
        Self { made: Made::new(head, gives), setters }
    }

    fn finish(mut self, wanted: &Json) -> Option<Made> {
        if wanted["hide"] == true {
            self.made.put("hidden", Vec::new(), "hide", true.into());
        }
        self.made.setters(self.setters, wanted);
        self.made.finish(wanted).then_some(self.made)
    }
}

/// A reference for what its methods write. Which data source it is does not matter.
fn any<K: Kind>() -> DataSourceRef<K> {
    DataSourceRef::new("", "")
}

fn typed(source: &Source, wanted: &Json, panel: &str) -> Option<Typed> {
    let at = |name: &str| wanted[name].as_str();
    let ask = |method: &str, arguments: Vec<&str>| {
        let mut code = Code::plain(&source.name);
        code.method(method, arguments.into_iter().map(Code::text).collect());
        code
    };
    let mode = at("queryMode");
    Some(match source.language {
        Language::PromQl if !matches!(panel, "logs" | "traces") => {
            let expression = at("expr")?;
            let mut typed = Typed::new(ask("query", vec![expression]), any::<PromQl>().query(expression), PROM_QUERY);
            let made = &mut typed.made;
            match (wanted["instant"].as_bool(), wanted["range"].as_bool()) {
                (Some(true), Some(false)) => {
                    made.put("instant", Vec::new(), "instant", true.into());
                    made.write("range", false.into());
                }
                (Some(true), Some(true)) => {
                    made.put("range_and_instant", Vec::new(), "instant", true.into());
                    made.write("range", true.into());
                }
                _ => {}
            }
            typed
        }
        Language::LogQl if panel == "logs" => {
            let expression = at("expr")?;
            Typed::new(ask("logs", vec![expression]), any::<LogQl>().logs(expression), LOGS_QUERY)
        }
        Language::LogQl if panel != "traces" => {
            let expression = at("expr")?;
            let head = ask("metric", vec![expression]);
            let mut typed = Typed::new(head, any::<LogQl>().metric(expression), LOG_METRIC_QUERY);
            if at("queryType") == Some("instant") {
                typed.made.put("instant", Vec::new(), "queryType", "instant".into());
            }
            typed
        }
        Language::TraceQl if panel != "logs" => match at("queryType")? {
            "traceql" => {
                let query = at("query")?;
                Typed::new(ask("traceql", vec![query]), any::<TraceQl>().traceql(query), TRACE_QUERY)
            }
            "serviceMap" => Typed::new(ask("service_map", vec![]), any::<TraceQl>().service_map(), TRACE_QUERY),
            _ => return None,
        },
        Language::CloudWatch if mode == Some("Logs") && panel != "traces" => {
            let groups = elements(&wanted["logGroups"], |group| text(&group["arn"]))?;
            let query = at("expression")?;
            let mut head = Code::plain(&source.name);
            head.method("logs", vec![groups.code, Code::text(query)]);
            Typed::new(head, any::<CloudWatch>().logs(groups.value, query), CLOUDWATCH_LOGS_QUERY)
        }
        Language::CloudWatch if mode == Some("Metrics") && !matches!(panel, "logs" | "traces") => {
            match (wanted["metricQueryType"].as_u64()?, wanted["metricEditorMode"].as_u64()?) {
                (0, 0) => {
                    let (namespace, name) = (at("namespace")?, at("metricName")?);
                    let metric = any::<CloudWatch>().metric(namespace, name);
                    let mut typed = Typed::new(ask("metric", vec![namespace, name]), metric, CLOUDWATCH_QUERY);
                    for (name, value) in wanted["dimensions"].as_object().into_iter().flatten() {
                        if value.is_string() {
                            let arguments = vec![Code::text(name), Code::text(value.as_str().unwrap_or_default())];
                            let path = format!("dimensions.{}", crate::dashboard::path_step(name));
                            typed.made.put("dimension", arguments, &path, value.clone());
                        }
                    }
                    typed
                }
                (0, 1) => {
                    let expression = at("expression")?;
                    let head = ask("search", vec![expression]);
                    Typed::new(head, any::<CloudWatch>().search(expression), CLOUDWATCH_QUERY)
                }
                (1, 1) => {
                    let query = at("sqlExpression")?;
                    Typed::new(ask("insights", vec![query]), any::<CloudWatch>().insights(query), CLOUDWATCH_QUERY)
                }
                _ => return None,
            }
        }
        Language::XRay if panel != "logs" => {
            let query = at("query").unwrap_or_default();
            let (method, asked) = match at("queryType")? {
                "getTraceSummaries" => ("traces", any::<XRay>().traces(query)),
                "getTrace" => ("trace", any::<XRay>().trace(query)),
                "getTimeSeriesServiceStatistics" => ("statistics", any::<XRay>().statistics(query)),
                "getServiceMap" => {
                    return Some(Typed::new(ask("service_map", vec![]), any::<XRay>().service_map(), XRAY_QUERY));
                }
                _ => return None,
            };
            Typed::new(ask(method, vec![query]), asked, XRAY_QUERY)
        }
        Language::Sql if wanted["rawQuery"] == true && !matches!(panel, "logs" | "traces") => {
            let query = at("rawSql")?;
            Typed::new(ask("sql", vec![query]), any::<Sql>().sql(query), SQL_QUERY)
        }
        _ => return None,
    })
}

/// What Grafana computes itself.
fn expression(source: Option<&Json>, wanted: &Json) -> Option<Typed> {
    let source = source?;
    if source["type"] != EXPRESSION && *source != EXPRESSION {
        return None;
    }
    let of = wanted["expression"].as_str()?;
    Some(match wanted["type"].as_str()? {
        "math" => Typed::new(Code::call("Expression::math", vec![Code::text(of)]), Expression::math(of), &[]),
        "reduce" => {
            let calc = calc(&wanted["reducer"])?;
            let code = Code::call("Expression::reduce", vec![Code::text(of), calc.code]);
            let mut typed = Typed::new(code, Expression::reduce(of, calc.value), &[]);
            if wanted["settings"]["mode"] == "dropNN" {
                typed.made.put("drop_non_numeric", Vec::new(), "settings.mode", "dropNN".into());
            }
            typed
        }
        "threshold" => {
            let bound = bound(&wanted["conditions"][0]["evaluator"])?;
            let code = Code::call("Expression::threshold", vec![Code::text(of), bound.code]);
            Typed::new(code, Expression::threshold(of, bound.value), &[])
        }
        _ => return None,
    })
}

/// A query in the words of its plugin.
fn custom(source: &Source, wanted: &Json) -> Made {
    let model = if super::made::fits_json(wanted) { wanted.clone() } else { Json::Object(Map::new()) };
    let reference = Code::plain(&source.name);
    let mut made = Made::new(Code::call("Query::custom", vec![reference, Code::Json(model.clone())]), model);
    made.untyped = super::made::leaves(wanted);
    made
}
