//! Panels with axes.

use belvedere_grafana::dashboard::*;

use crate::setters::{axes, fields, legend_and_tooltip, shared};
use crate::sources::{cloudwatch, loki, prometheus, sql};

pub(crate) fn time_series() -> TimeSeries {
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

pub(crate) fn heat_map() -> HeatMap {
    fields!(HeatMap::new("Heat map"))
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
        .query(prometheus().query("sum by (le) (increase(x_bucket[1m]))").legend("{{le}}").format(PromFormat::HeatMap))
}

pub(crate) fn histogram() -> Histogram {
    axes!(Histogram::new("Histogram"))
        .stacking(Stacking::normal())
        .fill_style(FillStyle::Hue)
        .bucket_count(20)
        .bucket_size(0.5)
        .bucket_offset(1)
        .combine(true)
        .query(prometheus().query("x"))
}

pub(crate) fn bars() -> BarChart {
    axes!(BarChart::new("Bars"))
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
        .query(sql().sql("SELECT 1").format(SqlFormat::TimeSeries))
}
