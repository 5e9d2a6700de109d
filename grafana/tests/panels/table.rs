//! A table, with every transformation.

use belvedere_grafana::dashboard::*;
use serde_json::json;

use crate::setters::{fields, shared};
use crate::sources::{prometheus, tempo};

pub(crate) fn table() -> Table {
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
