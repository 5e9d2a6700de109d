//! Time series: lines, bars and points over time, with axes and a legend.

use std::fmt::Write as _;

use serde_json::Value as Json;

use super::data::{Frames, Series};
use super::field::{Field, reduce};
use super::model::{Panel, Range};
use super::svg::{Area, binary_ticks, line, text, ticks};
use super::time;
use super::transform::reducer_title;

/// A series with how it is drawn.
struct Drawn<'a> {
    series: &'a Series,
    field: Field,
    color: String,
    name: String,
    style: &'a str,
    fill: f64,
    width: f64,
    stepped: bool,
    right: bool,
    negative: bool,
    /// The points, with those below them added where the panel stacks.
    points: Vec<(f64, f64)>,
    /// Where its area begins, for stacked ones.
    base: Option<Vec<(f64, f64)>>,
}

/// Draws the series of a panel.
pub(crate) fn draw(panel: &Panel<'_>, frames: &Frames, range: Range, area: Area) -> String {
    let configs: Vec<Field> =
        frames.series.iter().map(|series| Field::of(panel.json, &series.name, &series.reference, "number")).collect();
    let mut drawn = prepare(frames, &configs);
    stack(&mut drawn, &configs);
    let legend = legend(panel, &drawn);
    let is_right = panel.option("legend.placement") == "right" && !legend.is_empty();
    let rows = drawn.len().min(5);
    #[expect(clippy::cast_precision_loss, reason = "a handful of rows")]
    let below = if legend.is_empty() || is_right {
        0.0
    } else if panel.option("legend.displayMode") == "table" {
        20.0 + 20.0 * rows as f64
    } else {
        26.0
    };
    let chart_width = if is_right { area.width * 0.68 } else { area.width };
    let chart = chart(&drawn, range, Area { width: chart_width, height: (area.height - below).max(60.0) });
    let class = if is_right { "graph side" } else { "graph" };
    format!("<div class=\"{class}\">{chart}{legend}</div>")
}

fn prepare<'a>(frames: &'a Frames, configs: &'a [Field]) -> Vec<Drawn<'a>> {
    let one = |(index, (series, field)): (usize, (&'a Series, &'a Field))| {
        let last = series.points.last().map(|(_, value)| *value);
        let custom = |path: &str| field.custom(path);
        let number = |path: &str, default: f64| custom(path).as_f64().unwrap_or(default);
        let negative = custom("transform") == "negative-Y";
        let points = series.points.iter().map(|(at, value)| (*at, if negative { -value } else { *value })).collect();
        Drawn {
            series,
            color: field.series_color(index, last),
            name: field.display_name().map_or_else(|| series.name.clone(), str::to_owned),
            style: custom("drawStyle").as_str().unwrap_or("line"),
            fill: number("fillOpacity", 0.0),
            width: number("lineWidth", 1.5),
            stepped: custom("lineInterpolation").as_str().is_some_and(|kind| kind.starts_with("step")),
            right: custom("axisPlacement") == "right",
            negative,
            points,
            base: None,
            field: field.clone(),
        }
    };
    frames.series.iter().zip(configs).enumerate().map(one).collect()
}

/// Adds up series that are stacked, those of one group upon each other.
fn stack(drawn: &mut [Drawn<'_>], configs: &[Field]) {
    let mut groups: Vec<(String, std::collections::BTreeMap<i64, f64>)> = Vec::new();
    for (one, config) in drawn.iter_mut().zip(configs) {
        let mode = config.custom("stacking.mode").as_str().unwrap_or("none");
        if mode == "none" {
            continue;
        }
        // What points down is stacked downwards.
        let group = format!("{}{}", config.custom("stacking.group").as_str().unwrap_or("A"), one.negative);
        let index = groups.iter().position(|(name, _)| *name == group).unwrap_or_else(|| {
            groups.push((group, std::collections::BTreeMap::new()));
            groups.len() - 1
        });
        let sums = &mut groups[index].1;
        let mut base = Vec::with_capacity(one.points.len());
        for (at, value) in &mut one.points {
            #[expect(clippy::cast_possible_truncation, reason = "seconds of this century fit")]
            let sum = sums.entry((*at * 1_000.0) as i64).or_default();
            base.push((*at, *sum));
            if value.is_finite() {
                *sum += *value;
            }
            *value = *sum;
        }
        one.base = Some(base);
    }
}

fn bounds(drawn: &[&Drawn<'_>]) -> (f64, f64) {
    let finite = |value: &f64| value.is_finite();
    let values = || drawn.iter().flat_map(|one| one.points.iter().map(|(_, value)| *value)).filter(finite);
    let (mut least, mut most) = (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max));
    if !least.is_finite() || !most.is_finite() {
        (least, most) = (0.0, 1.0);
    }
    // Filled areas and bars stand on nothing.
    if drawn.iter().any(|one| one.fill > 0.0 || one.base.is_some() || one.style == "bars") {
        (least, most) = (least.min(0.0), most.max(0.0));
    }
    let fixed = |name: &str| drawn.iter().find_map(|one| one.field.number(name));
    let soft = |name: &str| drawn.iter().find_map(|one| one.field.custom(name).as_f64());
    least = soft("axisSoftMin").map_or(least, |soft| least.min(soft));
    most = soft("axisSoftMax").map_or(most, |soft| most.max(soft));
    if (most - least).abs() < f64::EPSILON * most.abs().max(1.0) {
        let room = if most == 0.0 { 1.0 } else { most.abs() * 0.5 };
        (least, most) = (if least >= 0.0 { (least - room).max(0.0) } else { least - room }, most + room);
    } else {
        let room = (most - least) * 0.06;
        most += room;
        least -= if least < 0.0 || (least > 0.0 && least - room > 0.0) { room } else { 0.0 };
    }
    (fixed("min").unwrap_or(least), fixed("max").unwrap_or(most).max(fixed("min").unwrap_or(least) + 1e-12))
}

fn chart(drawn: &[Drawn<'_>], range: Range, area: Area) -> String {
    let left_side: Vec<&Drawn<'_>> = drawn.iter().filter(|one| !one.right).collect();
    let right_side: Vec<&Drawn<'_>> = drawn.iter().filter(|one| one.right).collect();
    let main = if left_side.is_empty() { &right_side } else { &left_side };
    let labels = |side: &[&Drawn<'_>]| -> Vec<(f64, String)> {
        let (least, most) = bounds(side);
        let Some(first) = side.first() else { return Vec::new() };
        let count = (area.height / 44.0).clamp(2.0, 8.0);
        let marks = if first.field.is_binary() { binary_ticks(least, most, count) } else { ticks(least, most, count) };
        marks.into_iter().map(|mark| (mark, first.field.axis(mark))).collect()
    };
    let (left_labels, right_labels) = (labels(main), labels(&right_side));
    #[expect(clippy::cast_precision_loss, reason = "a few letters")]
    let gutter = |labels: &[(f64, String)]| {
        labels.iter().map(|(_, label)| label.chars().count()).max().map_or(0.0, |letters| 12.0 + 6.9 * letters as f64)
    };
    let left = gutter(&left_labels).max(20.0);
    let right = area.width - 10.0 - if left_side.is_empty() { 0.0 } else { gutter(&right_labels) };
    let (top, bottom) = (6.0, area.height - 20.0);
    let x = |at: f64| left + (at - range.from) / range.length().max(1e-9) * (right - left);
    let mut svg = format!(
        "<svg viewBox=\"0 0 {:.0} {:.0}\" role=\"img\" data-left=\"{left:.1}\" data-right=\"{right:.1}\" data-from=\"{:.0}\" data-to=\"{:.0}\">",
        area.width, area.height, range.from, range.to
    );
    for (at, label) in time::ticks(range.from, range.to, ((right - left) / 90.0).max(1.0)) {
        let at = x(at);
        let _ = write!(
            svg,
            "<line class=\"grid\" x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"{top}\" y2=\"{bottom:.1}\"/><text class=\"axis\" x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{label}</text>",
            area.height - 5.0
        );
    }
    let scale = |side: &[&Drawn<'_>]| {
        let (least, most) = bounds(side);
        move |value: f64| bottom - (value - least) / (most - least) * (bottom - top)
    };
    let main_scale = scale(main);
    for (mark, label) in &left_labels {
        let y = main_scale(*mark);
        let _ = write!(
            svg,
            "<line class=\"grid\" x1=\"{left:.1}\" x2=\"{right:.1}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/><text class=\"axis\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            left - 6.0,
            y + 3.5,
            text(label)
        );
    }
    let other_scale = scale(&right_side);
    if !left_side.is_empty() {
        for (mark, label) in &right_labels {
            let y = other_scale(*mark);
            let _ = write!(
                svg,
                "<text class=\"axis\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
                right + 6.0,
                y + 3.5,
                text(label)
            );
        }
    }
    // What begins before the range or goes beyond fixed bounds ends at the axes.
    let _ = write!(
        svg,
        "<svg x=\"{left:.1}\" width=\"{0:.1}\" height=\"{1:.1}\" viewBox=\"{left:.1} 0 {0:.1} {1:.1}\">",
        right - left,
        area.height
    );
    thresholds(&mut svg, main, (left, right, top, bottom), &main_scale);
    for one in drawn {
        let y = |value: f64| {
            let place = if one.right && !left_side.is_empty() { other_scale(value) } else { main_scale(value) };
            place.clamp(top - 2.0, bottom + 2.0)
        };
        shape(&mut svg, one, &x, &y, (top, bottom));
    }
    svg.push_str("</svg><line class=\"cursor\" y1=\"6\" y2=\"");
    let _ = write!(svg, "{bottom:.1}\"/></svg>");
    svg
}

fn thresholds(
    svg: &mut String,
    side: &[&Drawn<'_>],
    (left, right, top, bottom): (f64, f64, f64, f64),
    scale: &impl Fn(f64) -> f64,
) {
    let Some(field) = side.first().map(|one| &one.field) else { return };
    let style = field.custom("thresholdsStyle.mode").as_str().unwrap_or("off").to_owned();
    if style == "off" {
        return;
    }
    let steps = field.thresholds();
    for (index, (from, color)) in steps.iter().enumerate() {
        let low = if from.is_finite() { scale(*from) } else { bottom }.clamp(top, bottom);
        let high = steps.get(index + 1).map_or(top, |(next, _)| scale(*next)).clamp(top, bottom);
        if style.contains("area") {
            let _ = write!(
                svg,
                "<rect x=\"{left:.1}\" y=\"{high:.1}\" width=\"{:.1}\" height=\"{:.1}\" style=\"fill:{color};opacity:.1\"/>",
                right - left,
                (low - high).max(0.0)
            );
        }
        if (style.contains("line") || style == "dashed") && from.is_finite() && low > top && low < bottom {
            let _ = write!(
                svg,
                "<line x1=\"{left:.1}\" x2=\"{right:.1}\" y1=\"{low:.1}\" y2=\"{low:.1}\" style=\"stroke:{color}\" stroke-dasharray=\"5 4\"/>"
            );
        }
    }
}

fn shape(
    svg: &mut String,
    one: &Drawn<'_>,
    x: &impl Fn(f64) -> f64,
    y: &impl Fn(f64) -> f64,
    (top, bottom): (f64, f64),
) {
    let placed = |points: &[(f64, f64)]| -> Vec<(f64, f64)> {
        points.iter().map(|(at, value)| (x(*at), if value.is_finite() { y(*value) } else { f64::NAN })).collect()
    };
    let points = placed(&one.points);
    let gaps = one.points.windows(2).map(|pair| pair[1].0 - pair[0].0).filter(|gap| *gap > 0.0);
    let usual = gaps.fold(f64::INFINITY, f64::min);
    let gap = if usual.is_finite() { (x(usual * 2.5) - x(0.0)).max(0.5) } else { f64::INFINITY };
    let color = &one.color;
    let label = text(&one.name);
    let zero = y(0.0).clamp(top, bottom);
    let _ = write!(svg, "<g class=\"series\" data-name=\"{label}\" style=\"color:{color}\">");
    if one.style == "bars" {
        let width = if usual.is_finite() { ((x(usual) - x(0.0)) * 0.8).max(1.0) } else { 6.0 };
        for (index, (at, value)) in points.iter().enumerate().filter(|(_, (_, value))| value.is_finite()) {
            let base = one.base.as_ref().and_then(|base| base.get(index)).map_or(zero, |(_, base)| y(*base));
            let _ = write!(
                svg,
                "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"{:.1}\" fill=\"currentColor\" opacity=\".75\"/>",
                at - width / 2.0,
                value.min(base),
                (value - base).abs().max(0.5)
            );
        }
    } else {
        if one.fill > 0.0 {
            let mut base = match &one.base {
                Some(base) => placed(base),
                None => points.iter().map(|(at, _)| (*at, zero)).collect(),
            };
            base.reverse();
            let outline: Vec<(f64, f64)> = points.iter().copied().filter(|(_, value)| value.is_finite()).collect();
            if outline.len() > 1 {
                let below: Vec<String> = base.iter().map(|(at, value)| format!("L{at:.1} {value:.1}")).collect();
                let _ = write!(
                    svg,
                    "<path d=\"{}{}Z\" fill=\"currentColor\" opacity=\"{:.2}\"/>",
                    line(&outline, f64::INFINITY, one.stepped),
                    below.concat(),
                    (one.fill / 100.0).clamp(0.0, 1.0) * 0.9
                );
            }
        }
        if one.style == "points" || one.points.len() == 1 {
            for (at, value) in points.iter().filter(|(_, value)| value.is_finite()) {
                let _ = write!(svg, "<circle cx=\"{at:.1}\" cy=\"{value:.1}\" r=\"2.5\" fill=\"currentColor\"/>");
            }
        } else {
            let _ = write!(
                svg,
                "<path d=\"{}\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"{:.1}\" stroke-linejoin=\"round\"/>",
                line(&points, gap, one.stepped),
                one.width.clamp(0.5, 10.0)
            );
        }
    }
    // For the values under the pointer.
    let raw: Vec<String> =
        one.series.points.iter().map(|(at, value)| format!("{at:.0}\u{1f}{}", one.field.show(*value).text)).collect();
    let _ = write!(svg, "<desc>{}</desc></g>", text(&raw.join("\n")));
}

fn legend(panel: &Panel<'_>, drawn: &[Drawn<'_>]) -> String {
    let hidden = panel.option("legend.showLegend").as_bool() == Some(false)
        || panel.option("legend.displayMode") == "hidden"
        || panel.json["legend"]["show"].as_bool() == Some(false);
    if hidden || drawn.is_empty() {
        return String::new();
    }
    let calculations: Vec<&str> =
        panel.option("legend.calcs").as_array().into_iter().flatten().filter_map(Json::as_str).collect();
    let values = |one: &Drawn<'_>| -> Vec<String> {
        let values: Vec<f64> = one.series.points.iter().map(|(_, value)| *value).collect();
        let shown =
            |name: &&str| reduce(&values, name).map_or_else(|| "-".to_owned(), |value| one.field.show(value).text);
        calculations.iter().map(shown).collect()
    };
    let swatch = |one: &Drawn<'_>| format!("<i style=\"background:{}\"></i>{}", one.color, text(&one.name));
    let shown = drawn.iter().filter(|one| one.field.custom("hideFrom.legend").as_bool() != Some(true));
    if panel.option("legend.displayMode") == "table" {
        let titles = calculations.iter().map(|name| format!("<th>{}</th>", text(&reducer_title(name))));
        let rows = shown.map(|one| {
            let cells: String = values(one).iter().map(|value| format!("<td>{}</td>", text(value))).collect();
            format!("<tr><td title=\"{}\">{}</td>{cells}</tr>", text(&one.name), swatch(one))
        });
        return format!(
            "<div class=\"legend\"><table><tr><th>Name</th>{}</tr>{}</table></div>",
            titles.collect::<String>(),
            rows.collect::<String>()
        );
    }
    let items = shown.map(|one| {
        let values: String = values(one)
            .iter()
            .zip(&calculations)
            .map(|(value, name)| format!(" <b>{}: {}</b>", text(&reducer_title(name)), text(value)))
            .collect();
        format!("<span>{}{values}</span>", swatch(one))
    });
    format!("<div class=\"legend\">{}</div>", items.collect::<String>())
}

/// Draws a small line without axes, for the ground of a number.
pub(crate) fn spark(points: &[(f64, f64)], color: &str, area: Area) -> String {
    let known: Vec<(f64, f64)> = points.iter().copied().filter(|(_, value)| value.is_finite()).collect();
    let (Some(first), Some(last)) = (known.first(), known.last()) else { return String::new() };
    if known.len() < 2 || last.0 <= first.0 {
        return String::new();
    }
    let least = known.iter().map(|(_, value)| *value).fold(f64::INFINITY, f64::min);
    let most = known.iter().map(|(_, value)| *value).fold(f64::NEG_INFINITY, f64::max);
    let span = if most > least { most - least } else { 1.0 };
    let place = |(at, value): &(f64, f64)| {
        let x = (at - first.0) / (last.0 - first.0) * area.width;
        (x, area.height - 2.0 - (value - least) / span * (area.height - 6.0))
    };
    let path = line(&known.iter().map(place).collect::<Vec<_>>(), f64::INFINITY, false);
    format!(
        "<svg class=\"spark\" viewBox=\"0 0 {0:.0} {1:.0}\" preserveAspectRatio=\"none\" style=\"color:{color}\"><path d=\"{path}L{0:.1} {1:.1}L0 {1:.1}Z\" fill=\"currentColor\" opacity=\".18\"/><path d=\"{path}\" fill=\"none\" stroke=\"currentColor\" vector-effect=\"non-scaling-stroke\" stroke-width=\"1.5\"/></svg>",
        area.width, area.height
    )
}
