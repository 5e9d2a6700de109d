//! The gallery: a dashboard with every kind of panel, variable and annotation.

use belvedere_grafana::dashboard::*;
use belvedere_grafana::datasource::{CloudWatch, LogQl, PromQl, Sql, TraceQl, XRay};
use belvedere_grafana::{Content, Folder, FolderRef};

use crate::setters::shared;
use crate::sources::{cloudwatch, loki, prometheus, sql, tempo};
use crate::table::table;
use crate::{events, graphs, numbers, states};

/// A dashboard with every kind of panel.
pub(crate) fn gallery() -> Dashboard {
    let mut content = Content::new("gallery");
    let folder = content.add(Folder::new("folder", "Folder"));
    let metrics = prometheus();
    Dashboard::new("gallery", "Gallery")
        .description("Every kind of panel")
        .tags(["gallery"])
        .time("now-3h", "now")
        .refresh("30s")
        .timezone("utc")
        .week_start("monday")
        .fiscal_year_start_month(3)
        .cursor_sync(CursorSync::Tooltip)
        .editable(false)
        .live_now(true)
        .preload(true)
        .hide_time_picker(false)
        .now_delay("1m")
        .refresh_intervals(["30s", "1m"])
        .link(Link::dashboards("Others", ["service"]).as_dropdown().keep_time().include_variables())
        .link(Link::dashboard("Other", &DashboardRef::existing("other")).icon("bolt"))
        .annotation(Annotation::built_in())
        .annotation(Annotation::tagged("Deployments", ["deployment"]).color(Color::BLUE).hidden(false))
        .annotation(
            Annotation::query("Restarts", metrics.query("changes(process_start_time_seconds[1m]) > 0"))
                .enabled(false)
                .title_format("{{job}}")
                .text_format("{{instance}}")
                .tag_keys("job")
                .value_is_time(true)
                .panels([1, 2]),
        )
        .variable(Variable::data_source::<PromQl>("metrics").name_regex("/^prod/").multi(false).plugin("prometheus"))
        .variable(Variable::data_source::<LogQl>("logs").default_value("loki"))
        .variable(Variable::data_source::<TraceQl>("traces"))
        .variable(Variable::data_source::<CloudWatch>("aws"))
        .variable(Variable::data_source::<XRay>("xray"))
        .variable(Variable::data_source::<Sql>("sql"))
        .variable(Variable::text_box("traceId", ""))
        .variable(
            Variable::label_values("job", &metrics, "up", "job")
                .label("Job")
                .description("Which job")
                .hide(VariableHide::Label)
                .skip_url_sync(true)
                .multi(true)
                .include_all(true)
                .all_value(".*")
                .allow_custom_value(false)
                .regex("/(.*)/")
                .sort(VariableSort::NaturalAscending)
                .refresh(Refresh::OnTimeRangeChange)
                .default_all(),
        )
        .variable(Variable::label_names("label", &metrics, "up"))
        .variable(Variable::metrics("metric", &metrics, "http_.*"))
        .variable(Variable::query_result("top", &metrics, "topk(5, up)"))
        .variable(Variable::stream_label_values("app", &loki(), "{env=\"prod\"}", "app"))
        .variable(Variable::tag_values("service", &tempo(), "resource.service.name"))
        .variable(
            Variable::dimension_values("function", &cloudwatch(), "AWS/Lambda", "Invocations", "FunctionName")
                .dimension_filter("Resource", "*"),
        )
        .variable(Variable::sql("team", &sql(), "SELECT name FROM teams"))
        .variable(Variable::custom("quantile", ["0.5", "0.99"]).default_value("0.99"))
        .variable(Variable::custom_named("size", [("small, or so", "1"), ("large", "2")]))
        .variable(Variable::interval("interval", ["1m", "5m"]).auto(30, "10s"))
        .variable(Variable::constant("prefix", "app_"))
        .variable(Variable::text_box("search", ""))
        .variable(Variable::ad_hoc("filters", &metrics).filter("job", "=", "api"))
        .row(
            Row::new("Graphs")
                .id(100)
                .repeat("job")
                .panel(graphs::time_series().id(1))
                .panel(graphs::heat_map())
                .panel(graphs::histogram()),
        )
        .row(
            Row::new("Numbers")
                .panel(numbers::stat())
                .panel(numbers::gauge())
                .panel(numbers::bar_gauge())
                .panel(numbers::pie())
                .panel(graphs::bars()),
        )
        .row(Row::new("States").panel(states::timeline()).panel(states::history()).panel(table()))
        .row(
            Row::new("Logs and traces")
                .collapsed()
                .panel(events::logs())
                .panel(events::traces())
                .panel(events::nodes()),
        )
        .panel(shared!(Text::markdown("Markdown", "# Title")))
        .panel(Text::html("HTML", "<b>bold</b>"))
        .panel(Text::code("Code", "json", "{}"))
        .panel(alerts(&folder))
        .panel(dashboards(&folder))
        .panel(
            CustomPanel::custom("xychart", "XY")
                .option("mapping", "auto")
                .field_option("pointSize.fixed", 5)
                .query(metrics.query("up")),
        )
        .panel(CustomPanel::library("library-uid", "Library panel"))
}

fn alerts(folder: &FolderRef) -> AlertList {
    shared!(AlertList::new("Alerts"))
        .view(AlertView::List)
        .max_items(10)
        .sort(AlertSort::Importance)
        .of_this_dashboard(true)
        .name_contains("api")
        .label_filter("{severity=\"critical\"}")
        .source_name("Prometheus")
        .group_by(["team"])
        .instances(true)
        .states([AlertState::Firing, AlertState::Pending])
        .folder(folder)
}

fn dashboards(folder: &FolderRef) -> DashboardList {
    shared!(DashboardList::new("Dashboards"))
        .starred(false)
        .recently_viewed(true)
        .search(true)
        .headings(false)
        .title_contains("api")
        .tags(["service"])
        .max_items(5)
        .keep_time(true)
        .include_variables(true)
        .folder_names(false)
        .folder(folder)
}
