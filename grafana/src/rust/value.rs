//! Values that setters take: JSON to code that gives the same JSON.

use belvedere_cfn::Expr;
use serde_json::Value as Json;

use super::both::{Both, both, elements, flag, number, text, whole};
use super::code::Code;
use crate::dashboard::model;
use crate::dashboard::*;

/// Returns code for what a setter takes, by the word in its table, if the value can be said so.
pub(super) fn argument(kind: &str, wanted: &Json) -> Option<Code> {
    given(kind, wanted)?.exactly(wanted).map(|given| given.code)
}

/// Returns code for what a setter takes, with what it gives, which may not be all that is wanted.
pub(super) fn given(kind: &str, wanted: &Json) -> Option<Both<Expr>> {
    Some(match kind {
        "text" => text(wanted)?.expr(),
        "texts" => elements(wanted, text)?.map(|texts| Expr::List(texts.into_iter().map(Expr::from).collect())),
        "flag" => flag(wanted)?.expr(),
        "whole" => whole(wanted)?.map(|whole| Expr::Integer(whole.into())),
        "number" => number(wanted)?.map(model::number),
        _ => {
            let inner = kind.get(1..kind.len().saturating_sub(1))?;
            if kind.starts_with('{') {
                elements(wanted, |element| typed(inner, element))?.map(Expr::List)
            } else {
                typed(inner, wanted)?
            }
        }
    })
}

macro_rules! words {
    ($($word:ident)+) => {
        /// A value of a type whose values are words in the JSON, by the type's name.
        fn word(kind: &str, wanted: &Json) -> Option<Both<Expr>> {
            match kind {
                $(stringify!($word) => variant!($word, wanted).map(Both::expr),)+
                _ => None,
            }
        }
    };
}

/// A word of a type.
macro_rules! variant {
    ($kind:ident, $wanted:expr) => {
        $wanted
            .as_str()
            .and_then(|text| $kind::ALL.iter().find(|word| word.as_str() == text))
            .map(|word| Both::new(*word, Code::plain(format!("{}::{}", stringify!($kind), word.variant()))))
    };
}

/// A constant of a type.
macro_rules! constant {
    ($kind:ident, $wanted:expr) => {
        $wanted
            .as_str()
            .and_then(|text| $kind::NAMED.iter().find(|(_, value)| value.as_str() == text))
            .map(|(name, value)| Both::new(value.clone(), Code::plain(format!("{}::{name}", stringify!($kind)))))
    };
}

pub(super) use variant;

words! {
    AlertView Align AxisColor AxisPlacement BarGaugeMode BarNames BarStacking BarValues CellHeight CellLayout ChangeColor
    DrawStyle FillStyle GaugeShape GraphLayout LineInterpolation LogsDedup LogsOrder Orientation PieLabel PieShape PromFormat
    RepeatDirection SearchDirection Show Sizing SortOrder SqlFormat StatColor StatGraph StatJustify StatText TooltipMode
    TraceTable ValueTransform Zoom
}

macro_rules! numbers {
    ($($kind:ident: $($variant:ident)+;)+) => {
        /// A value of a type whose values are numbers in the JSON, by the type's name.
        fn numbered(kind: &str, wanted: &Json) -> Option<Both<Expr>> {
            let name = |variant: &str| Code::plain(format!("{kind}::{variant}"));
            match kind {
                $(stringify!($kind) => {
                    let all = [$((stringify!($variant), $kind::$variant)),+];
                    all.into_iter().find_map(|(variant, value)| Both::new(value, name(variant)).exactly(wanted))
                })+
                _ => None,
            }
        }
    };
}

numbers! {
    AlertSort: NameAscending NameDescending Importance TimeAscending TimeDescending;
    BarAlignment: Before Center After;
    CursorSync: Off Crosshair Tooltip;
    Refresh: Never OnDashboardLoad OnTimeRangeChange;
    VariableHide: Nothing Label Variable InControlsMenu;
    VariableSort: None AlphabeticalAscending AlphabeticalDescending NumericalAscending NumericalDescending
        CaseInsensitiveAscending CaseInsensitiveDescending NaturalAscending NaturalDescending;
}

/// A value of a type, by the type's name.
fn typed(kind: &str, wanted: &Json) -> Option<Both<Expr>> {
    Some(match kind {
        "Unit" => constant!(Unit, wanted).or_else(|| Some(both!(Unit::custom(text(wanted)?))))?.expr(),
        "Calc" => calc(wanted)?.expr(),
        "Color" => color(wanted)?.expr(),
        "ColorScheme" => color_scheme(wanted)?.expr(),
        "Thresholds" => thresholds(wanted)?.expr(),
        "Mapping" => mapping(wanted)?.expr(),
        "Legend" => legend(wanted)?.expr(),
        "Tooltip" => tooltip(wanted)?.expr(),
        "DataLink" => data_link(wanted)?.expr(),
        "Link" => link(wanted)?.expr(),
        "Scale" => scale(wanted)?.expr(),
        "Stacking" => stacking(wanted)?.expr(),
        "LineStyle" => line_style(wanted)?.expr(),
        "SpanNulls" => span_nulls(wanted)?.expr(),
        "ThresholdsStyle" => variant!(ThresholdsStyle, &wanted["mode"])?.expr(),
        "Cell" => cell(wanted)?.expr(),
        "HeatMapColors" => heat_map_colors(wanted)?.expr(),
        "Hide" => hide(wanted)?.expr(),
        _ => word(kind, wanted).or_else(|| numbered(kind, wanted))?,
    })
}

pub(super) fn calc(wanted: &Json) -> Option<Both<Calc>> {
    constant!(Calc, wanted).or_else(|| Some(both!(Calc::custom(text(wanted)?))))
}

pub(super) fn color(wanted: &Json) -> Option<Both<Color>> {
    constant!(Color, wanted).or_else(|| Some(text(wanted)?.map(Color::from)))
}

fn color_scheme(wanted: &Json) -> Option<Both<ColorScheme>> {
    let mode = &wanted["mode"];
    let mut scheme = match mode.as_str()? {
        "thresholds" => both!(ColorScheme::thresholds()),
        "palette-classic" => both!(ColorScheme::palette()),
        "palette-classic-by-name" => both!(ColorScheme::palette_by_name()),
        "fixed" => both!(ColorScheme::fixed(color(&wanted["fixedColor"])?)),
        "shades" => both!(ColorScheme::shades(color(&wanted["fixedColor"])?)),
        _ => both!(ColorScheme::continuous(variant!(Gradient, mode)?)),
    };
    if let Some(by) = variant!(SeriesBy, &wanted["seriesBy"]) {
        both!(scheme.series_by(by));
    }
    Some(scheme)
}

fn thresholds(wanted: &Json) -> Option<Both<Thresholds>> {
    let (first, rest) = wanted["steps"].as_array()?.split_first()?;
    let base = color(&first["color"])?;
    let mut thresholds = match wanted["mode"].as_str()? {
        "percentage" => both!(Thresholds::percentage(base)),
        _ => both!(Thresholds::absolute(base)),
    };
    for step in rest {
        both!(thresholds.step(number(&step["value"])?, color(&step["color"])?));
    }
    Some(thresholds)
}

fn mapping(wanted: &Json) -> Option<Both<Mapping>> {
    let options = &wanted["options"];
    let result = || mapping_result(&options["result"]);
    Some(match wanted["type"].as_str()? {
        "value" => {
            let pair = |(value, result): (&String, &Json)| {
                let result = mapping_result(result)?;
                let code = Code::Tuple(vec![Code::text(value), result.code]);
                Some(Both::new((value.clone(), result.value), code))
            };
            both!(Mapping::values(Both::list(options.as_object()?.iter().map(pair).collect::<Option<_>>()?)?))
        }
        "range" => match (number(&options["from"]), number(&options["to"])) {
            (Some(from), Some(to)) => both!(Mapping::range(from, to, result()?)),
            (Some(from), None) => both!(Mapping::at_least(from, result()?)),
            (None, Some(to)) => both!(Mapping::at_most(to, result()?)),
            (None, None) => return None,
        },
        "regex" => both!(Mapping::regex(text(&options["pattern"])?, result()?)),
        _ => both!(Mapping::special(variant!(SpecialValue, &options["match"])?, result()?)),
    })
}

fn mapping_result(wanted: &Json) -> Option<Both<MappingResult>> {
    let shade = color(&wanted["color"]);
    let mut result = match (text(&wanted["text"]), shade) {
        (Some(text), shade) => {
            let mut result = both!(MappingResult::text(text));
            if let Some(shade) = shade {
                both!(result.color(shade));
            }
            result
        }
        (None, shade) => both!(MappingResult::colored(shade?)),
    };
    if let Some(icon) = text(&wanted["icon"]) {
        both!(result.icon(icon));
    }
    if let Some(index) = whole(&wanted["index"]) {
        both!(result.index(index));
    }
    Some(result)
}

fn legend(wanted: &Json) -> Option<Both<Legend>> {
    let mut legend = match (wanted["showLegend"].as_bool()?, wanted["displayMode"].as_str()?) {
        (false, _) => both!(Legend::hidden()),
        (true, "table") => both!(Legend::table()),
        (true, _) => both!(Legend::list()),
    };
    if wanted["placement"] == "right" {
        both!(legend.right());
    }
    if let Some(calcs) = elements(&wanted["calcs"], calc) {
        both!(legend.calcs(calcs));
    }
    if let Some(column) = text(&wanted["sortBy"]) {
        if wanted["sortDesc"] == true {
            both!(legend.sort_descending(column));
        } else {
            both!(legend.sort_ascending(column));
        }
    }
    if let Some(pixels) = whole(&wanted["width"]) {
        both!(legend.width(pixels));
    }
    if let Some(values) = elements(&wanted["values"], |value| variant!(PieValue, value)) {
        both!(legend.values(values));
    }
    Some(legend)
}

fn tooltip(wanted: &Json) -> Option<Both<Tooltip>> {
    let mut tooltip = match variant!(TooltipMode, &wanted["mode"])?.value {
        TooltipMode::All => both!(Tooltip::all()),
        TooltipMode::None => both!(Tooltip::none()),
        _ => both!(Tooltip::single()),
    };
    if let Some(order) = variant!(SortOrder, &wanted["sort"]).filter(|order| order.value != SortOrder::None) {
        both!(tooltip.sort(order));
    }
    if wanted["hideZeros"] == true {
        both!(tooltip.hide_zeros());
    }
    if let Some(pixels) = number(&wanted["maxHeight"]) {
        both!(tooltip.max_height(pixels));
    }
    if let Some(pixels) = number(&wanted["maxWidth"]) {
        both!(tooltip.max_width(pixels));
    }
    Some(tooltip)
}

fn data_link(wanted: &Json) -> Option<Both<DataLink>> {
    let mut link = both!(DataLink::to(text(&wanted["title"])?, text(&wanted["url"])?));
    if wanted["targetBlank"] == true {
        both!(link.new_tab());
    }
    if wanted["oneClick"] == true {
        both!(link.one_click());
    }
    Some(link)
}

pub(super) fn link(wanted: &Json) -> Option<Both<Link>> {
    let title = text(&wanted["title"])?;
    let (mut link, icon) = match wanted["type"].as_str()? {
        "dashboards" => (both!(Link::dashboards(title, elements(&wanted["tags"], text)?)), "external link"),
        _ => (both!(Link::to(title, text(&wanted["url"])?)), "external link"),
    };
    if wanted["keepTime"] == true {
        both!(link.keep_time());
    }
    if wanted["includeVars"] == true {
        both!(link.include_variables());
    }
    if wanted["targetBlank"] == true {
        both!(link.new_tab());
    }
    if wanted["asDropdown"] == true {
        both!(link.as_dropdown());
    }
    if let Some(tooltip) = text(&wanted["tooltip"]).filter(|tooltip| !tooltip.value.is_empty()) {
        both!(link.tooltip(tooltip));
    }
    if let Some(other) = text(&wanted["icon"]).filter(|other| other.value != icon) {
        both!(link.icon(other));
    }
    Some(link)
}

fn scale(wanted: &Json) -> Option<Both<Scale>> {
    Some(match wanted["type"].as_str()? {
        "log" => both!(Scale::log(whole(&wanted["log"])?)),
        "symlog" => both!(Scale::symlog(whole(&wanted["log"])?, number(&wanted["linearThreshold"])?)),
        _ => both!(Scale::linear()),
    })
}

fn stacking(wanted: &Json) -> Option<Both<Stacking>> {
    let mut stacking = match wanted["mode"].as_str()? {
        "none" => both!(Stacking::none()),
        "normal" => both!(Stacking::normal()),
        "percent" => both!(Stacking::percent()),
        _ => return None,
    };
    if let Some(group) = text(&wanted["group"]).filter(|group| group.value != "A") {
        both!(stacking.group(group));
    }
    Some(stacking)
}

fn line_style(wanted: &Json) -> Option<Both<LineStyle>> {
    Some(match wanted["fill"].as_str()? {
        "dash" => both!(LineStyle::dash(elements(&wanted["dash"], whole)?)),
        "dot" => both!(LineStyle::dot(elements(&wanted["dash"], whole)?)),
        _ => both!(LineStyle::solid()),
    })
}

fn span_nulls(wanted: &Json) -> Option<Both<SpanNulls>> {
    Some(match wanted.as_bool() {
        Some(true) => Both::new(SpanNulls::Always, Code::plain("SpanNulls::Always")),
        Some(false) => Both::new(SpanNulls::Never, Code::plain("SpanNulls::Never")),
        // The variant takes a float, not what can be made one.
        None => {
            let milliseconds = wanted.as_f64()?;
            let code = Code::plain(super::literal::float(milliseconds));
            Both::new(SpanNulls::ShorterThan(milliseconds), Code::call("SpanNulls::ShorterThan", vec![code]))
        }
    })
}

fn cell(wanted: &Json) -> Option<Both<Cell>> {
    let mut cell = match (wanted["type"].as_str()?, wanted["mode"].as_str()) {
        ("auto", _) => both!(Cell::auto()),
        ("color-text", _) => both!(Cell::colored_text()),
        ("color-background", Some("basic")) => both!(Cell::colored_background()),
        ("color-background", Some("gradient")) => both!(Cell::gradient_background()),
        ("gauge", _) => both!(Cell::gauge(variant!(BarGaugeMode, &wanted["mode"])?)),
        ("sparkline", _) => both!(Cell::sparkline()),
        ("json-view", _) => both!(Cell::json()),
        ("image", _) => both!(Cell::image()),
        ("data-links", _) => both!(Cell::data_links()),
        ("pill", _) => both!(Cell::pill()),
        ("markdown", _) => both!(Cell::markdown()),
        _ => return None,
    };
    if wanted["applyToRow"] == true {
        both!(cell.whole_row());
    }
    if let Some(value) = variant!(GaugeCellValue, &wanted["valueDisplayMode"]) {
        both!(cell.gauge_value(value));
    }
    Some(cell)
}

fn heat_map_colors(wanted: &Json) -> Option<Both<HeatMapColors>> {
    let mut colors = match wanted["mode"].as_str()? {
        "scheme" => both!(HeatMapColors::scheme(text(&wanted["scheme"])?)),
        _ => both!(HeatMapColors::opacity(color(&wanted["fill"])?)),
    };
    if let Some(steps) = whole(&wanted["steps"]) {
        both!(colors.steps(steps));
    }
    if wanted["reverse"] == true {
        both!(colors.reversed());
    }
    if let Some(exponent) = number(&wanted["exponent"]) {
        both!(colors.exponent(exponent));
    }
    if let Some(min) = number(&wanted["min"]) {
        both!(colors.min(min));
    }
    if let Some(max) = number(&wanted["max"]) {
        both!(colors.max(max));
    }
    Some(colors)
}

fn hide(wanted: &Json) -> Option<Both<Hide>> {
    let at = |name: &str| wanted[name].as_bool();
    let hide = Hide { legend: at("legend")?, tooltip: at("tooltip")?, viz: at("viz")? };
    let field = |name: &str, hidden: bool| (name.to_owned(), Code::plain(hidden.to_string()));
    let code = if hide == Hide::EVERYWHERE {
        Code::plain("Hide::EVERYWHERE")
    } else if hide == Hide::FROM_LEGEND_AND_TOOLTIP {
        Code::plain("Hide::FROM_LEGEND_AND_TOOLTIP")
    } else {
        let fields = vec![field("legend", hide.legend), field("tooltip", hide.tooltip), field("viz", hide.viz)];
        Code::Struct("Hide".to_owned(), fields)
    };
    Some(Both::new(hide, code))
}
