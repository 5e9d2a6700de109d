//! Every kind of panel with every setter: each writes the member that its table says, and Grafana's own types take it.

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, process};

use belvedere_grafana::Content;
use belvedere_grafana::Folder;
use belvedere_grafana::dashboard::panel::kind;
use belvedere_grafana::dashboard::*;
use belvedere_grafana::datasource::{CloudWatch, DataSourceRef, LogQl, PromQl, Sql, TraceQl, XRay};
use serde_json::{Value, json};

fn prometheus() -> DataSourceRef<PromQl> {
    Variable::data_source::<PromQl>("metrics").reference()
}

fn loki() -> DataSourceRef<LogQl> {
    Variable::data_source::<LogQl>("logs").reference()
}

fn tempo() -> DataSourceRef<TraceQl> {
    Variable::data_source::<TraceQl>("traces").reference()
}

fn cloudwatch() -> DataSourceRef<CloudWatch> {
    Variable::data_source::<CloudWatch>("aws").reference()
}

/// What all panels have, and what all panels have that show fields.
macro_rules! shared {
    ($panel:expr) => {
        $panel
            .description("What it shows")
            .transparent(true)
            .repeat("job")
            .repeat_direction(RepeatDirection::Vertical)
            .max_per_row(3)
            .max_data_points(100)
            .min_interval("1m")
            .time_from("1h")
            .time_shift("1d")
            .hide_time_override(true)
            .cache_ttl(60_000)
            .plugin_version("12.0.0")
            .link(Link::to("Runbook", "https://runbooks.example/x").new_tab().tooltip("What to do"))
    };
}

macro_rules! fields {
    ($panel:expr) => {
        shared!($panel)
            .unit(Unit::REQUESTS_PER_SECOND)
            .decimals(2)
            .min(0)
            .max(1.5)
            .field_min_max(true)
            .no_value("none")
            .display_name("${__field.labels.job}")
            .color(ColorScheme::continuous(Gradient::GreenYellowRed).series_by(SeriesBy::Max))
            .thresholds(Thresholds::percentage(Color::GREEN).step(80, "dark-red"))
            .mappings([
                Mapping::values([("1", MappingResult::text("Up").color(Color::GREEN).index(0)), ("0", "Down".into())]),
                Mapping::range(2, 3.5, "some"),
                Mapping::at_least(4, MappingResult::colored(Color::RED)),
                Mapping::at_most(-1, "less"),
                Mapping::regex("(.*)-prod", "$1"),
                Mapping::special(SpecialValue::NullAndNaN, "none"),
            ])
            .data_links([DataLink::to("Logs", "/explore?q=${__value.raw}").new_tab().one_click()])
            .hide(Hide::FROM_LEGEND_AND_TOOLTIP)
            .over(Override::by_name("errors").color(Color::RED).unit(Unit::PERCENT_UNIT).display_name("Errors"))
            .over(Override::by_names(["a", "b"]).hide(Hide::EVERYWHERE))
            .over(Override::except_names(["a"]).decimals(0))
            .over(Override::by_regexp("/p9./").thresholds(Thresholds::absolute(Color::GREEN).step(1, Color::RED)))
            .over(Override::by_type(FieldType::Time).no_value("-"))
            .over(Override::by_query("A").min(0).max(1))
            .over(Override::by_value(Calc::MAX, Comparison::Less, 1).property("custom.any", json!({ "x": 1 })))
    };
}

macro_rules! reduced {
    ($panel:expr) => {
        fields!($panel)
            .calcs([Calc::LAST_NOT_NULL, Calc::percentile(99)])
            .all_values(false)
            .values_limit(10)
            .fields("/^p99$/")
            .orientation(Orientation::Horizontal)
            .title_size(12)
            .value_size(24)
    };
}

macro_rules! legend_and_tooltip {
    ($panel:expr) => {
        $panel
            .legend(Legend::table().right().calcs([Calc::MEAN, Calc::MAX]).sort_descending("Mean").width(200))
            .tooltip(Tooltip::all().sort(SortOrder::Descending).hide_zeros().max_height(400).max_width(300))
    };
}

macro_rules! axes {
    ($panel:expr) => {
        legend_and_tooltip!(fields!($panel))
            .axis_placement(AxisPlacement::Right)
            .axis_label("Requests")
            .axis_width(60)
            .axis_color(AxisColor::Series)
            .axis_border(true)
            .axis_grid(false)
            .axis_centered_zero(true)
            .axis_soft_min(0)
            .axis_soft_max(100)
            .scale(Scale::symlog(10, 1))
            .fill_opacity(20)
            .line_width(2)
    };
}

fn time_series() -> TimeSeries {
    axes!(TimeSeries::new("Time series"))
        .orientation(Orientation::Vertical)
        .timezones(["utc", "Europe/Berlin"])
        .stacking(Stacking::percent().group("B"))
        .fill_style(FillStyle::Scheme)
        .draw_style(DrawStyle::Bars)
        .interpolation(LineInterpolation::StepAfter)
        .line_style(LineStyle::dash([10, 5]))
        .span_nulls(SpanNulls::ShorterThan(60_000.0))
        .break_after(300_000)
        .points(Show::Never)
        .point_size(4)
        .show_values(true)
        .bar_alignment(BarAlignment::Before)
        .bar_width_factor(0.7)
        .bar_max_width(30)
        .fill_below_to("p50")
        .value_transform(ValueTransform::NegativeY)
        .thresholds_style(ThresholdsStyle::DashedAndArea)
        .query(
            prometheus()
                .query("sum by (job) (rate(http_requests_total[$__rate_interval]))")
                .legend("{{job}}")
                .format(PromFormat::TimeSeries)
                .exemplars(true)
                .min_step("1m")
                .interval_factor(2)
                .editor(QueryEditor::Code),
        )
        .query(
            loki()
                .metric("sum(count_over_time({app=\"x\"} [$__auto]))")
                .legend("lines")
                .step("1m")
                .editor(QueryEditor::Builder),
        )
        .query(
            cloudwatch()
                .metric("AWS/Lambda", "Errors")
                .dimension("FunctionName", "$function")
                .statistic("Sum")
                .period("300")
                .region("eu-central-1")
                .label("${LABEL}")
                .account("123456789012")
                .match_exact(false)
                .id("errors"),
        )
        .query(cloudwatch().search("errors * 2"))
        .query(cloudwatch().insights("SELECT AVG(Duration) FROM \"AWS/Lambda\""))
        .query(Expression::math("$A * 2"))
        .query(Expression::reduce("A", Calc::LAST_NOT_NULL).replace_non_numeric(0))
        .query(Expression::reduce("A", Calc::MEAN).drop_non_numeric().hidden())
        .query(Expression::resample("A", "10s", Calc::MEAN, Upsampler::Pad))
        .query(Expression::threshold("G", Bound::Within(1.0, 2.5)).ref_id("fires"))
}

fn table() -> Table {
    fields!(Table::new("Table"))
        .show_header(true)
        .cell_height(CellHeight::Medium)
        .pagination(true)
        .frame(1)
        .frozen_columns(1)
        .type_icons(true)
        .sort_by("Value", true)
        .footer([Calc::SUM])
        .align(Align::Center)
        .cell(Cell::gauge(BarGaugeMode::RetroLcd).gauge_value(GaugeCellValue::Text))
        .width(120)
        .min_width(60)
        .filterable(true)
        .inspect(true)
        .wrap_text(true)
        .wrap_header_text(true)
        .over(Override::by_name("state").cell(Cell::colored_background().whole_row()))
        .over(Override::by_name("trend").cell(Cell::sparkline()))
        .query(prometheus().query("up").instant().format(PromFormat::Table))
        .query(prometheus().query("up").range_and_instant())
        .query(tempo().traceql("{ status = error }").limit(50).spans_per_set(5).table(TraceTable::Spans))
        .query(tempo().traceql("{ } | rate()").step("1m").exemplars(10))
        .transform(Transformation::merge())
        .transform(Transformation::labels_to_fields())
        .transform(Transformation::labels_to_rows())
        .transform(Transformation::keep_fields(["a"]))
        .transform(Transformation::keep_fields_matching("/^a/"))
        .transform(Transformation::keep_queries("A|B"))
        .transform(Transformation::keep_rows([
            RowFilter::compare("Value", Comparison::GreaterOrEqual, 1),
            RowFilter::equal("job", "api"),
            RowFilter::regex("job", "a.*"),
            RowFilter::is_null("x"),
            RowFilter::is_not_null("y"),
        ]))
        .transform(Transformation::keep_rows_any([RowFilter::equal("job", "api")]))
        .transform(Transformation::drop_rows([RowFilter::equal("job", "api")]))
        .transform(Transformation::join("job", Join::Inner))
        .transform(Transformation::reduce([Calc::MEAN]).only("A"))
        .transform(Transformation::reduce_fields([Calc::MEAN]))
        .transform(Transformation::calculate("share", "Value #A", Operator::Divide, "Value #B"))
        .transform(Transformation::calculate_row("all", Calc::SUM, ["a", "b"]))
        .transform(Transformation::rename("(.*)_total", "$1"))
        .transform(Transformation::sort("Value", true))
        .transform(Transformation::limit(10))
        .transform(Transformation::series_to_rows().disabled())
        .transform(Transformation::rows_to_fields())
        .transform(Transformation::concatenate().option("frameNameMode", "field"))
        .transform(Transformation::partition(["job"]))
        .transform(Transformation::convert("Value", FieldType::String))
        .transform(Transformation::extract_fields("line"))
        .transform(Transformation::matrix("a", "b", "c"))
        .transform(Transformation::series_to_table())
        .transform(Transformation::custom("transpose", json!({})))
        .transform(GroupBy::new("job").and("instance").calculate("Value", [Calc::SUM]))
        .transform(Organize::new().hide("Time").rename("service.name", "Service").order(["b", "a"]))
}

/// A dashboard with every kind of panel.
fn gallery() -> Dashboard {
    let mut content = Content::new("gallery");
    let folder = content.add(Folder::new("folder", "Folder"));
    let xray = Variable::data_source::<XRay>("xray").reference();
    let sql = Variable::data_source::<Sql>("sql").reference();
    let metrics = prometheus();
    let stat = reduced!(Stat::new("Stat"))
        .color_mode(StatColor::BackgroundSolid)
        .graph_mode(StatGraph::None)
        .justify(StatJustify::Center)
        .text_mode(StatText::ValueAndName)
        .wide_layout(false)
        .percent_change(true)
        .percent_change_color(ChangeColor::Inverted)
        .query(metrics.query("up"));
    let gauge = reduced!(Gauge::new("Gauge"))
        .threshold_labels(true)
        .threshold_markers(false)
        .neutral(0.5)
        .sizing(Sizing::Manual)
        .min_width(80)
        .min_height(80)
        .shape(GaugeShape::Circle)
        .query(metrics.query("up"));
    let bar_gauge = reduced!(BarGauge::new("Bar gauge"))
        .legend(Legend::hidden())
        .display_mode(BarGaugeMode::Basic)
        .value_mode(BarValues::Text)
        .name_placement(BarNames::Left)
        .unfilled(false)
        .sizing(Sizing::Manual)
        .min_width(10)
        .min_height(10)
        .max_height(40)
        .query(metrics.query("up"));
    let heat_map = fields!(HeatMap::new("Heat map"))
        .calculate(true)
        .x_buckets(BucketSize::size("1m"))
        .y_buckets(BucketSize::count(20).scale(Scale::log(2)))
        .colors(HeatMapColors::scheme("Turbo").steps(32).reversed().min(0).max(10))
        .exemplar_color("rgba(255,0,255,0.7)")
        .cell_gap(2)
        .cell_radius(1)
        .cell_unit(Unit::SHORT)
        .cell_decimals(0)
        .cell_labels(Show::Always)
        .hide_at_most(0.5)
        .show_legend(false)
        .tooltip_mode(TooltipMode::All)
        .tooltip_histogram(true)
        .bucket_layout(CellLayout::Le)
        .bucket_value_name("requests")
        .y_unit(Unit::SECONDS)
        .y_decimals(1)
        .y_min(0)
        .y_max(10)
        .y_label("Time")
        .y_placement(AxisPlacement::Right)
        .y_reversed(true)
        .query(metrics.query("sum by (le) (increase(x_bucket[1m]))").legend("{{le}}").format(PromFormat::HeatMap));
    let histogram = axes!(Histogram::new("Histogram"))
        .stacking(Stacking::normal())
        .fill_style(FillStyle::Hue)
        .bucket_count(20)
        .bucket_size(0.5)
        .bucket_offset(1)
        .combine(true)
        .query(metrics.query("x"));
    let logs = shared!(Logs::new("Logs"))
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
        );
    let traces = shared!(Traces::new("Traces")).query(tempo().traceql("$traceId")).query(xray.trace("$traceId"));
    let nodes = fields!(NodeGraph::new("Nodes"))
        .node_unit(Unit::MILLISECONDS)
        .node_second_unit(Unit::REQUESTS_PER_SECOND)
        .edge_unit(Unit::MILLISECONDS)
        .edge_second_unit(Unit::REQUESTS_PER_SECOND)
        .zoom(Zoom::Greedy)
        .layout(GraphLayout::Force)
        .query(tempo().service_map().service_map_query("{client=\"api\"}"))
        .query(xray.service_map())
        .query(xray.statistics("").region("eu-central-1").resolution(300).columns([XRayColumn::Total]))
        .query(xray.traces("fault = true"))
        .query(xray.insights());
    let timeline = axes!(StateTimeline::new("States"))
        .merge_values(false)
        .row_height(0.8)
        .state_labels(Show::Never)
        .align_states(Align::Center)
        .page_size(20)
        .query(metrics.query("up"));
    let history = axes!(StatusHistory::new("History"))
        .row_height(0.8)
        .column_width(0.7)
        .state_labels(Show::Never)
        .page_size(20)
        .query(metrics.query("up"));
    let pie = legend_and_tooltip!(reduced!(PieChart::new("Pie")))
        .legend(Legend::table().right().values([PieValue::Percent, PieValue::Value]))
        .shape(PieShape::Donut)
        .labels([PieLabel::Name, PieLabel::Percent])
        .sort(SortOrder::Ascending)
        .query(metrics.query("up"));
    let bars = axes!(BarChart::new("Bars"))
        .orientation(Orientation::Horizontal)
        .x_field("job")
        .x_label_rotation(-45)
        .x_label_max_length(20)
        .x_label_spacing(100)
        .bar_labels(Show::Always)
        .stack(BarStacking::Percent)
        .group_width(0.8)
        .bar_width(0.9)
        .bar_radius(0.1)
        .color_by_field("state")
        .full_highlight(true)
        .fill_style(FillStyle::Opacity)
        .query(sql.sql("SELECT 1").format(SqlFormat::TimeSeries));
    let alerts = shared!(AlertList::new("Alerts"))
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
        .folder(&folder);
    let dashboards = shared!(DashboardList::new("Dashboards"))
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
        .folder(&folder);
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
        .variable(Variable::sql("team", &sql, "SELECT name FROM teams"))
        .variable(Variable::custom("quantile", ["0.5", "0.99"]).default_value("0.99"))
        .variable(Variable::custom_named("size", [("small, or so", "1"), ("large", "2")]))
        .variable(Variable::interval("interval", ["1m", "5m"]).auto(30, "10s"))
        .variable(Variable::constant("prefix", "app_"))
        .variable(Variable::text_box("search", ""))
        .variable(Variable::ad_hoc("filters", &metrics).filter("job", "=", "api"))
        .row(Row::new("Graphs").id(100).repeat("job").panel(time_series().id(1)).panel(heat_map).panel(histogram))
        .row(Row::new("Numbers").panel(stat).panel(gauge).panel(bar_gauge).panel(pie).panel(bars))
        .row(Row::new("States").panel(timeline).panel(history).panel(table()))
        .row(Row::new("Logs and traces").collapsed().panel(logs).panel(traces).panel(nodes))
        .panel(shared!(Text::markdown("Markdown", "# Title")))
        .panel(Text::html("HTML", "<b>bold</b>"))
        .panel(Text::code("Code", "json", "{}"))
        .panel(alerts)
        .panel(dashboards)
        .panel(
            CustomPanel::custom("xychart", "XY")
                .option("mapping", "auto")
                .field_option("pointSize.fixed", 5)
                .query(metrics.query("up")),
        )
        .panel(CustomPanel::library("library-uid", "Library panel"))
}

/// All panels, those in closed rows too.
fn panels(dashboard: &Value) -> Vec<&Value> {
    let top = dashboard["panels"].as_array().expect("a list");
    top.iter().flat_map(|panel| panel["panels"].as_array().into_iter().flatten().chain([panel])).collect()
}

fn missing(table: &[setters::Setter], json: &[&Value]) -> Vec<&'static str> {
    let pointer = |path: &str| format!("/{}", path.replace('.', "/"));
    let absent = |setter: &&setters::Setter| json.iter().all(|json| json.pointer(&pointer(setter.path)).is_none());
    table.iter().filter(absent).map(|setter| setter.path).collect()
}

#[test]
fn each_setter_writes_the_member_that_its_table_says() {
    let dashboard = gallery();
    assert_eq!(dashboard.problems(), []);
    let dashboard = dashboard.to_value();
    let all = panels(&dashboard);
    let mut kinds: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for panel in &all {
        kinds.entry(panel["type"].as_str().expect("a type")).or_default().push(panel);
    }
    for (plugin, _) in kind::PLUGINS.iter().filter(|(plugin, _)| !plugin.is_empty()) {
        let shown = kinds.get(plugin).unwrap_or_else(|| panic!("the gallery has no panel of the kind {plugin}"));
        let mut table = setters::panel(plugin);
        // The ids of all other panels are by position.
        table.retain(|setter| setter.path != "id");
        assert_eq!(missing(&table, shown), Vec::<&str>::new(), "of a panel of the kind {plugin}");
    }
    assert_eq!(missing(setters::DASHBOARD, &[&dashboard]), Vec::<&str>::new());
    assert_eq!(missing(setters::ROW, &kinds["row"]), Vec::<&str>::new());
    let list =
        |path: &str| dashboard.pointer(path).and_then(Value::as_array).expect("a list").iter().collect::<Vec<_>>();
    assert_eq!(missing(setters::ANNOTATION, &list("/annotations/list")), Vec::<&str>::new());
    let variables = list("/templating/list");
    for table in [setters::VARIABLE, setters::CHOICE, setters::QUERY_VARIABLE, setters::SOURCE_VARIABLE] {
        assert_eq!(missing(table, &variables), Vec::<&str>::new());
    }
    let targets: Vec<_> = all.iter().flat_map(|panel| panel["targets"].as_array().into_iter().flatten()).collect();
    let tables = [
        setters::PROM_QUERY,
        setters::LOGS_QUERY,
        setters::LOG_METRIC_QUERY,
        setters::TRACE_QUERY,
        setters::XRAY_QUERY,
        setters::SQL_QUERY,
        setters::CLOUDWATCH_QUERY,
        setters::CLOUDWATCH_LOGS_QUERY,
    ];
    for table in tables {
        assert_eq!(missing(table, &targets), Vec::<&str>::new());
    }
}

/// Asks the TypeScript compiler whether a dashboard is one by Grafana's types, and returns what it found. Nothing comes
/// back where the compiler is not installed.
fn judge(case: &str, dashboards: &[&Value]) -> Option<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate lies below the root");
    let tools = env::var_os("BELVEDERE_TOOLS").map_or_else(|| root.join("target/tools"), PathBuf::from);
    let npm = tools.join("npm");
    if !npm.join("node_modules/@grafana/schema").exists() {
        let reason = "@grafana/schema is not installed; tests/tools/install does that";
        assert!(env::var_os("BELVEDERE_REQUIRE_TOOLS").is_none_or(|value| value != "1"), "{case}: {reason}");
        // Past the test runner's capture, which would hide it.
        _ = writeln!(io::stderr().lock(), "skipped: {case}: {reason}");
        return None;
    }
    let folder = env::temp_dir().join(format!("belvedere-{case}-{}", process::id()));
    fs::create_dir_all(&folder).expect("a scratch folder");
    let mut node = Command::new("node");
    node.arg(root.join("tests/tools/panel_types.mjs")).arg(&npm);
    for (number, dashboard) in dashboards.iter().enumerate() {
        let file = folder.join(format!("{number}.json"));
        fs::write(&file, dashboard.to_string()).expect("a file of the scratch folder");
        node.arg(file);
    }
    let output = node.output().expect("node runs");
    fs::remove_dir_all(&folder).expect("the scratch folder is ours");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.is_empty(), "{errors}");
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn grafanas_types_take_every_panel() {
    let gallery = gallery().to_value();
    let Some(said) = judge("grafanas-types-take-every-panel", &[&gallery]) else { return };
    assert!(said.ends_with(" parts, 0 findings\n"), "{said}");
}

#[test]
fn grafanas_types_refuse_what_is_none() {
    let place = |title: &str| {
        let json = gallery().to_value();
        let found = json["panels"].as_array().expect("a list").iter().position(|panel| panel["title"] == title);
        format!("panels.{}", found.expect("the panel is there"))
    };
    let series = place("Time series");
    let faults = [
        (format!("{series}.fieldConfig.defaults.custom.drawStyle"), json!("barz"), "barz"),
        (format!("{series}.fieldConfig.defaults.custom.lineWith"), json!(1), "lineWith"),
        (format!("{series}.options.legend.placement"), json!("top"), "top"),
        (format!("{}.options.colorMode", place("Stat")), json!("loud"), "loud"),
        (format!("{}.options.yAxes", place("Heat map")), json!({}), "yAxes"),
        (format!("{series}.fieldConfig.defaults.thresholds.steps.0.value"), json!("low"), "string"),
        (format!("{series}.fieldConfig.overrides.0.properties.0.value.mode"), json!("rainbow"), "rainbow"),
        ("templating.list.0.type".to_owned(), json!("query-ish"), "query-ish"),
        ("graphTooltip".to_owned(), json!(7), "7"),
        ("schemaVersion".to_owned(), json!("42"), "string"),
    ];
    let faulty: Vec<Value> =
        faults.iter().map(|(path, value, _)| gallery().set(path, value.clone()).to_value()).collect();
    let Some(said) = judge("grafanas-types-refuse-what-is-none", &faulty.iter().collect::<Vec<_>>()) else { return };
    for (number, (path, _, word)) in faults.iter().enumerate() {
        let about: Vec<_> = said.lines().filter(|line| line.starts_with(&format!("{number}.json"))).collect();
        assert!(about.iter().any(|line| line.contains(word)), "{path}: {about:?}");
    }
}
