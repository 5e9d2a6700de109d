//! Panels of numbers.

use belvedere_grafana::dashboard::*;

use crate::setters::{fields, legend_and_tooltip, reduced, shared};
use crate::sources::prometheus;

pub(crate) fn stat() -> Stat {
    reduced!(Stat::new("Stat"))
        .color_mode(StatColor::BackgroundSolid)
        .graph_mode(StatGraph::None)
        .justify(StatJustify::Center)
        .text_mode(StatText::ValueAndName)
        .wide_layout(false)
        .percent_change(true)
        .percent_change_color(ChangeColor::Inverted)
        .query(prometheus().query("up"))
}

pub(crate) fn gauge() -> Gauge {
    reduced!(Gauge::new("Gauge"))
        .threshold_labels(true)
        .threshold_markers(false)
        .neutral(0.5)
        .sizing(Sizing::Manual)
        .min_width(80)
        .min_height(80)
        .shape(GaugeShape::Circle)
        .query(prometheus().query("up"))
}

pub(crate) fn bar_gauge() -> BarGauge {
    reduced!(BarGauge::new("Bar gauge"))
        .legend(Legend::hidden())
        .display_mode(BarGaugeMode::Basic)
        .value_mode(BarValues::Text)
        .name_placement(BarNames::Left)
        .unfilled(false)
        .sizing(Sizing::Manual)
        .min_width(10)
        .min_height(10)
        .max_height(40)
        .query(prometheus().query("up"))
}

pub(crate) fn pie() -> PieChart {
    legend_and_tooltip!(reduced!(PieChart::new("Pie")))
        .legend(Legend::table().right().values([PieValue::Percent, PieValue::Value]))
        .shape(PieShape::Donut)
        .labels([PieLabel::Name, PieLabel::Percent])
        .sort(SortOrder::Ascending)
        .query(prometheus().query("up"))
}
