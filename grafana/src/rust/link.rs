//! Links between data sources.

use std::time::Duration;

use serde_json::{Value as Json, json};

use super::both::{Both, both, text};
use super::code::Code;
use super::data_source::before;
use super::meaning;
use super::references::References;
use super::same::same;
use super::source::Language;
use super::time::duration;
use crate::content::{Content, Part};
use crate::datasource::*;

/// A link as code, and a function that adds it to a content.
pub(super) struct MadeLink {
    pub(super) code: Code,
    pub(super) add: Box<dyn Fn(&mut Content)>,
}

/// The members of `jsonData` in which links are.
const LINKS: [&str; 6] = [
    "derivedFields",
    "exemplarTraceIdDestinations",
    "serviceMap",
    "tracesToLogsV2",
    "tracesToMetrics",
    "tracingDatasourceUid",
];

/// Takes the links out of a data source that can be said as links, and returns them.
pub(super) fn take_links(source: &mut Json, references: &References) -> Vec<MadeLink> {
    let mut taken = Vec::new();
    let uid = meaning::text(source, "uid").to_owned();
    for name in LINKS {
        let Some(wanted) = source["jsonData"].get(name) else { continue };
        let Some(links) = links(&uid, name, wanted, references) else { continue };
        // What they give is looked at where it will be: in a data source that has nothing else.
        let mut content = Content::new("given");
        content.add(DataSource::custom(meaning::text(source, "type"), &*uid, "given"));
        links.iter().for_each(|link| (link.add)(&mut content));
        let gives = content.document().data_sources.pop().unwrap_or_default();
        if same(&gives["jsonData"][name], wanted)
            && let Some(members) = source["jsonData"].as_object_mut()
        {
            members.remove(name);
            taken.extend(links);
        }
    }
    taken
}

/// Makes a link with a data source of traces, whichever of the two kinds it is of.
macro_rules! with_traces {
    ($references:ident, $uid:expr, | $traces:ident | $link:expr) => {
        match $references.of_kind::<TraceQl>($uid, Language::TraceQl) {
            Some($traces) => $link,
            None => {
                let $traces = $references.of_kind::<XRay>($uid, Language::XRay)?;
                $link
            }
        }
    };
}

fn links(uid: &str, name: &str, wanted: &Json, references: &References) -> Option<Vec<MadeLink>> {
    let to = |json: &Json| json["datasourceUid"].as_str().map(str::to_owned);
    match name {
        "derivedFields" => {
            let logs = references.of_kind(uid, Language::LogQl)?;
            let field = |field| with_traces!(references, &to(field)?, |traces| logs_to_traces(&logs, &traces, field));
            wanted.as_array()?.iter().map(field).collect()
        }
        "exemplarTraceIdDestinations" => {
            let metrics = references.of_kind(uid, Language::PromQl)?;
            let exemplar = |one| with_traces!(references, &to(one)?, |traces| exemplars(&metrics, &traces, one));
            wanted.as_array()?.iter().map(exemplar).collect()
        }
        "serviceMap" => {
            let traces = references.of_kind(uid, Language::TraceQl)?;
            let metrics = references.of_kind(&to(wanted)?, Language::PromQl)?;
            Some(vec![both!(ServiceMap::new(traces.by_ref(), metrics.by_ref())).into_link()])
        }
        "tracingDatasourceUid" => {
            let logs = references.of_kind(uid, Language::CloudWatch)?;
            let traces = references.of_kind(wanted.as_str()?, Language::XRay)?;
            Some(vec![both!(CloudWatchTraces::new(logs.by_ref(), traces.by_ref())).into_link()])
        }
        "tracesToLogsV2" => {
            let logs = references.of_kind(&to(wanted)?, Language::LogQl)?;
            with_traces!(references, uid, |traces| traces_to_logs(&traces, &logs, wanted)).map(|link| vec![link])
        }
        "tracesToMetrics" => {
            let metrics = references.of_kind(&to(wanted)?, Language::PromQl)?;
            with_traces!(references, uid, |traces| traces_to_metrics(&traces, &metrics, wanted)).map(|link| vec![link])
        }
        _ => None,
    }
}

impl<P: Part<Ref = ()> + Clone + 'static> Both<P> {
    fn into_link(self) -> MadeLink {
        let Self { value, code } = self;
        MadeLink { code, add: Box::new(move |content| content.add(value.clone())) }
    }
}

fn logs_to_traces<T: TraceKind>(
    logs: &Both<DataSourceRef<LogQl>>,
    traces: &Both<DataSourceRef<T>>,
    wanted: &Json,
) -> Option<MadeLink> {
    let (logs, traces, matcher) = (logs.by_ref(), traces.by_ref(), text(&wanted["matcherRegex"])?);
    let mut link = match wanted["matcherType"].as_str()? {
        "label" => both!(LogsToTraces::by_label(logs, traces, matcher)),
        "regex" => both!(LogsToTraces::by_pattern(logs, traces, matcher)),
        _ => return None,
    };
    if wanted["name"] != "Trace"
        && let Some(name) = text(&wanted["name"])
    {
        both!(link.name(name));
    }
    if let Some(label) = text(&wanted["urlDisplayLabel"]) {
        both!(link.label(label));
    }
    Some(link.into_link())
}

fn exemplars<T: TraceKind>(
    metrics: &Both<DataSourceRef<PromQl>>,
    traces: &Both<DataSourceRef<T>>,
    wanted: &Json,
) -> Option<MadeLink> {
    let mut link = both!(Exemplars::new(metrics.by_ref(), traces.by_ref()));
    if wanted["name"] != "trace_id" {
        both!(link.label(text(&wanted["name"])?));
    }
    if let Some(label) = text(&wanted["urlDisplayLabel"]) {
        both!(link.text(label));
    }
    Some(link.into_link())
}

/// The attributes and labels of a link, unless it is what it has by default: the service's name in this label.
fn tags(wanted: &Json, default: &str) -> Option<Vec<(Both<String>, Both<String>)>> {
    if wanted["tags"] == json!([{ "key": "service.name", "value": default }]) {
        return Some(Vec::new());
    }
    wanted["tags"].as_array()?.iter().map(|tag| Some((text(&tag["key"])?, text(&tag["value"])?))).collect()
}

/// How far to look, unless it is as far as by default.
fn shifts(wanted: &Json, default: Duration) -> Option<(Both<Duration>, Both<Duration>)> {
    let shifts = (before(&wanted["spanStartTimeShift"])?, duration(&wanted["spanEndTimeShift"])?);
    (shifts.0.value != default || shifts.1.value != default).then_some(shifts)
}

fn traces_to_logs<T: TraceKind>(
    traces: &Both<DataSourceRef<T>>,
    logs: &Both<DataSourceRef<LogQl>>,
    wanted: &Json,
) -> Option<MadeLink> {
    let mut link = both!(TracesToLogs::new(traces.by_ref(), logs.by_ref()));
    for (key, value) in tags(wanted, "service_name")? {
        both!(link.tag(key, value));
    }
    if let Some((before, after)) = shifts(wanted, Duration::from_secs(60)) {
        both!(link.time_shift(before, after));
    }
    let filtered = wanted["filterByTraceID"] == true || wanted["filterBySpanID"] == true;
    if wanted["filterByTraceID"] == true {
        both!(link.filter_by_trace_id());
    }
    if wanted["filterBySpanID"] == true {
        both!(link.filter_by_span_id());
    }
    let of_trace = T::PLAIN_IDS && !filtered;
    if wanted["customQuery"] == true {
        if !of_trace || wanted["query"] != TracesToLogs::<T>::LINES_OF_TRACE {
            both!(link.query(text(&wanted["query"])?));
        }
    } else if of_trace {
        both!(link.whole_service());
    }
    Some(link.into_link())
}

fn traces_to_metrics<T: TraceKind>(
    traces: &Both<DataSourceRef<T>>,
    metrics: &Both<DataSourceRef<PromQl>>,
    wanted: &Json,
) -> Option<MadeLink> {
    let mut link = both!(TracesToMetrics::new(traces.by_ref(), metrics.by_ref()));
    for (key, value) in tags(wanted, "service")? {
        both!(link.tag(key, value));
    }
    if let Some((before, after)) = shifts(wanted, Duration::from_secs(300)) {
        both!(link.time_shift(before, after));
    }
    for query in wanted["queries"].as_array()? {
        both!(link.query(text(&query["name"])?, text(&query["query"])?));
    }
    Some(link.into_link())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_said_as_shortly_as_it_can_be() {
        let said = |of_trace: bool, in_text: bool, query: Option<&str>| {
            let (mut content, mut references) = (Content::new("test"), References::new());
            for (plugin, uid) in
                [(if of_trace { "tempo" } else { "grafana-x-ray-datasource" }, "traces"), ("loki", "logs")]
            {
                references.add_source(&json!({ "type": plugin, "uid": uid, "name": uid }));
                content.add(DataSource::custom(plugin, uid, uid));
            }
            let mut link = json!({
                "datasourceUid": "logs", "spanStartTimeShift": "-1m", "spanEndTimeShift": "1m",
                "tags": [{ "key": "service.name", "value": "service_name" }],
                "filterByTraceID": in_text, "filterBySpanID": false, "customQuery": query.is_some(),
            });
            if let Some(query) = query {
                link["query"] = query.into();
            }
            let mut source = json!({ "type": "tempo", "uid": "traces", "jsonData": { "tracesToLogsV2": link } });
            let links = take_links(&mut source, &references);
            assert_eq!(source["jsonData"], json!({}), "all of it is said");
            links[0].code.layout(0, 0, 0).lines().map(str::trim).collect::<String>()
        };
        let of_trace = TracesToLogs::<TraceQl>::LINES_OF_TRACE;
        let new = "TracesToLogs::new(traces, logs)";
        assert_eq!(said(true, false, Some(of_trace)), new);
        assert_eq!(said(true, false, None), format!("{new}.whole_service()"));
        assert_eq!(said(true, true, None), format!("{new}.filter_by_trace_id()"));
        assert_eq!(said(true, true, Some(of_trace)), format!("{new}.filter_by_trace_id().query(\"{of_trace}\")"));
        assert_eq!(said(false, false, None), new);
        assert_eq!(said(false, false, Some(of_trace)), format!("{new}.query(\"{of_trace}\")"));
    }
}
