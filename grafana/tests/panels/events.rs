//! Panels of logs, traces and services.

use belvedere_grafana::dashboard::*;

use crate::setters::{fields, shared};
use crate::sources::{cloudwatch, loki, tempo, x_ray};

pub(crate) fn logs() -> Logs {
    shared!(Logs::new("Logs"))
        .show_time(true)
        .show_labels(true)
        .show_common_labels(true)
        .wrap(true)
        .prettify(true)
        .details(false)
        .context(true)
        .infinite_scrolling(true)
        .order(LogsOrder::OldestFirst)
        .dedup(LogsDedup::Signature)
        .displayed_fields(["trace_id"])
        .syntax_highlighting(true)
        .controls(true)
        .query(loki().logs("{app=\"x\"}").max_lines(500).direction(SearchDirection::Forward).editor(QueryEditor::Code))
        .query(
            cloudwatch()
                .logs(["arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/x:*"], "fields @message")
                .region("eu-central-1")
                .stats_groups(["bin(5m)"]),
        )
}

pub(crate) fn traces() -> Traces {
    shared!(Traces::new("Traces")).query(tempo().traceql("$traceId")).query(x_ray().trace("$traceId"))
}

pub(crate) fn nodes() -> NodeGraph {
    fields!(NodeGraph::new("Nodes"))
        .node_unit(Unit::MILLISECONDS)
        .node_second_unit(Unit::REQUESTS_PER_SECOND)
        .edge_unit(Unit::MILLISECONDS)
        .edge_second_unit(Unit::REQUESTS_PER_SECOND)
        .zoom(Zoom::Greedy)
        .layout(GraphLayout::Force)
        .query(tempo().service_map().service_map_query("{client=\"api\"}"))
        .query(x_ray().service_map())
        .query(x_ray().statistics("").region("eu-central-1").resolution(300).columns([XRayColumn::Total]))
        .query(x_ray().traces("fault = true"))
        .query(x_ray().insights())
}
