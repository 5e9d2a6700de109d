//! From lines to traces, from spans to lines and metrics, by the settings of the flagship's data sources.

use std::collections::BTreeSet;

use serde_json::Value;

use super::panels::{Ask, nanoseconds};
use super::running::Flagship;
use crate::ready_dashboards::{get, try_ask};

/// What writes lines to Loki.
const SERVICE: &str = "data-processor";

/// Follows each link that the data sources have.
pub(crate) fn lead_on(flagship: &Flagship, document: &Value) {
    let source = |uid: &str| {
        let sources = document["dataSources"].as_array().expect("data sources");
        &sources.iter().find(|source| source["uid"] == uid).expect("the source")["jsonData"]
    };
    let (id, trace) = lines_lead_to_traces(flagship, source("logs"));
    spans_lead_to_lines(flagship, &source("traces")["tracesToLogsV2"], &id, &trace);
    spans_lead_to_metrics(flagship, &source("traces")["tracesToMetrics"], &trace);
    no_exemplars_are_promised(source("metrics"), document);
}

/// Returns the trace that a line of the service with the label of the derived field leads to, and its id.
fn lines_lead_to_traces(flagship: &Flagship, logs: &Value) -> (String, Value) {
    let field = &logs["derivedFields"][0];
    assert_eq!((&field["matcherType"], &field["url"]), (&"label".into(), &"${__value.raw}".into()));
    let label = field["matcherRegex"].as_str().expect("a label");
    let query = format!("{{service_name=\"{SERVICE}\"}} | {label} != \"\"");
    let (start, end) = (nanoseconds(120), nanoseconds(0));
    let asked = [("query", &*query), ("start", &start), ("end", &end), ("limit", "100")];
    let lines = try_ask(flagship.loki, "/loki/api/v1/query_range", &asked).expect("Loki answers");
    let lines = lines["result"].as_array().expect("streams");
    let ids: BTreeSet<&str> = lines.iter().filter_map(|stream| stream["stream"][label].as_str()).collect();
    assert!(!ids.is_empty(), "no line has the label {label}: {lines:?}");
    // The newest may be on their way still.
    let found = ids.iter().find_map(|id| Some(((*id).to_owned(), flagship.trace(id)?)));
    found.unwrap_or_else(|| panic!("Tempo knows none of {ids:?}"))
}

/// The lines that Grafana shows for a span are those that its service wrote in this trace, from before it until after it.
fn spans_lead_to_lines(flagship: &Flagship, link: &Value, id: &str, trace: &Value) {
    assert_eq!(link["customQuery"], true);
    assert_eq!((&link["spanStartTimeShift"], &link["spanEndTimeShift"]), (&"-1m".into(), &"1m".into()));
    let asked = link["query"].as_str().expect("a query");
    // A trace begins in what asks the service, which writes its lines elsewhere.
    let of_service = |resource: &Value| tags(link, resource) == format!("service_name=\"{SERVICE}\"");
    let all: Vec<_> = spans(trace).into_iter().filter(|(_, resource)| of_service(resource)).collect();
    assert!(!all.is_empty(), "no span of {SERVICE} in {trace}");
    for (span, resource) in all {
        let query = asked.replace("${__tags}", &tags(link, &resource)).replace("${__span.traceId}", id);
        assert!(!query.contains('$'), "{query}");
        let time = |name: &str| span[name].as_str().and_then(|time| time.parse::<u64>().ok()).expect("a time");
        let start = (time("startTimeUnixNano") - 60_000_000_000).to_string();
        let end = (time("endTimeUnixNano") + 60_000_000_000).to_string();
        let range = [("query", &*query), ("start", &start), ("end", &end)];
        let lines = try_ask(flagship.loki, "/loki/api/v1/query_range", &range).expect("Loki answers");
        let streams = lines["result"].as_array().expect("streams");
        assert!(!streams.is_empty(), "{query} of {span} has no lines");
        assert!(streams.iter().all(|stream| stream["stream"]["trace_id"] == id), "{query}: {lines}");
    }
}

/// The queries of the link to metrics have values for the service of the span.
fn spans_lead_to_metrics(flagship: &Flagship, link: &Value, trace: &Value) {
    let (_, resource) = spans(trace).into_iter().next().expect("a trace has spans");
    let queries = link["queries"].as_array().expect("queries");
    assert!(!queries.is_empty());
    for query in queries {
        let query = query["query"].as_str().expect("a query").replace("$__tags", &tags(link, &resource));
        let answer = try_ask(flagship.prometheus, "/api/v1/query", &[("query", &query)]).expect("Prometheus answers");
        assert!(answer["result"].as_array().is_some_and(|result| !result.is_empty()), "{query} has no answer");
    }
}

/// Managed Prometheus keeps no exemplars, so that no agent sends them and nothing promises a way from them to traces.
fn no_exemplars_are_promised(metrics: &Value, document: &Value) {
    assert!(metrics["exemplarTraceIdDestinations"].is_null(), "{metrics}");
    let dashboards = document["dashboards"].as_array().expect("dashboards");
    let asks: Vec<_> = dashboards.iter().flat_map(|placed| Ask::all(&placed["dashboard"])).collect();
    assert!(!asks.iter().any(Ask::wants_exemplars));
}

/// The pairs of a link, with the values that a resource has.
fn tags(link: &Value, resource: &Value) -> String {
    let attribute = |key: &Value| {
        let found = resource["attributes"].as_array().into_iter().flatten().find(|one| one["key"] == *key);
        found.and_then(|one| one["value"]["stringValue"].as_str()).map(str::to_owned)
    };
    let pairs = link["tags"].as_array().expect("tags").iter().map(|tag| {
        let value = attribute(&tag["key"]).unwrap_or_else(|| panic!("{tag}: not in {resource}"));
        format!("{}=\"{value}\"", tag["value"].as_str().expect("a label"))
    });
    pairs.collect::<Vec<_>>().join(", ")
}

/// The spans of a trace, each with what it is of.
fn spans(trace: &Value) -> Vec<(Value, Value)> {
    let mut found = Vec::new();
    for batch in trace["batches"].as_array().into_iter().flatten() {
        for scope in batch["scopeSpans"].as_array().into_iter().flatten() {
            let spans = scope["spans"].as_array().into_iter().flatten();
            found.extend(spans.map(|span| (span.clone(), batch["resource"].clone())));
        }
    }
    assert!(!found.is_empty(), "no spans in {trace}");
    found
}

impl Flagship {
    /// The trace with this id, if Tempo has it.
    fn trace(&self, id: &str) -> Option<Value> {
        let answer = get(self.tempo, &format!("/api/traces/{id}"))?;
        let trace: Value = serde_json::from_str(&answer).ok()?;
        trace["batches"].is_array().then_some(trace)
    }
}
