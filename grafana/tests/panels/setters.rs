//! The setters that several kinds of panels have, called with values that are no defaults.

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
            .over(Override::by_value(Calc::MAX, Comparison::Less, 1).property("custom.any", serde_json::json!({ "x": 1 })))
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

pub(crate) use {axes, fields, legend_and_tooltip, reduced, shared};
