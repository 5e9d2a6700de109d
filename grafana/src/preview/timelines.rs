//! Panels of states over time, and of buckets: state timeline, status history, heat map, histogram.

use std::fmt::Write as _;

use super::data::{Frames, Series};
use super::field::{Field, palette};
use super::model::{Panel, Range};
use super::svg::{Area, text};
use super::{time, units};

/// Draws a band for each series, with its state at each time.
pub(crate) fn states(panel: &Panel<'_>, frames: &Frames, range: Range, area: Area) -> String {
    let left = gutter(frames.series.iter().map(|series| series.name.as_str()));
    let (right, bottom) = (area.width - 8.0, area.height - 20.0);
    let x = |at: f64| left + ((at - range.from) / range.length().max(1e-9)).clamp(0.0, 1.0) * (right - left);
    #[expect(clippy::cast_precision_loss, reason = "a few bands")]
    let band = (bottom - 4.0) / frames.series.len().max(1) as f64;
    let merges = panel.kind == "state-timeline" && panel.option("mergeValues").as_bool() != Some(false);
    let mut svg = format!("<svg viewBox=\"0 0 {:.0} {:.0}\" role=\"img\">", area.width, area.height);
    for (index, series) in frames.series.iter().enumerate() {
        let field = Field::of(panel.json, &series.name, &series.reference, "number");
        #[expect(clippy::cast_precision_loss, reason = "a few bands")]
        let top = 4.0 + band * index as f64;
        let middle = top + band / 2.0 + 3.5;
        let name = field.display_name().unwrap_or(&series.name);
        let _ = write!(
            svg,
            "<text class=\"axis\" x=\"{:.1}\" y=\"{middle:.1}\" text-anchor=\"end\">{}</text>",
            left - 6.0,
            text(name)
        );
        let step = step(series);
        let mut at = 0;
        while at < series.points.len() {
            let shown = field.show(series.points[at].1);
            let mut end = at + 1;
            while merges && end < series.points.len() && field.show(series.points[end].1).text == shown.text {
                end += 1;
            }
            let from = x(series.points[at].0);
            let to = x(series.points.get(end).map_or(series.points[end - 1].0 + step, |(next, _)| *next));
            let color = shown.color.unwrap_or_else(|| palette(index));
            let room = if merges { 0.0 } else { 1.0 };
            let _ = write!(
                svg,
                "<rect x=\"{from:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" fill=\"{color}\" opacity=\".8\"><title>{}</title></rect>",
                top + band * 0.08,
                (to - from - room).max(0.8),
                band * 0.84,
                text(&format!("{} {}", time::date_time(series.points[at].0), shown.text))
            );
            #[expect(clippy::cast_precision_loss, reason = "a few letters")]
            if merges && to - from > 7.0 * shown.text.chars().count() as f64 + 6.0 {
                let _ = write!(
                    svg,
                    "<text class=\"state\" x=\"{:.1}\" y=\"{middle:.1}\">{}</text>",
                    from + 5.0,
                    text(&shown.text)
                );
            }
            at = end;
        }
    }
    axis(&mut svg, range, left, right, area.height);
    svg + "</svg>"
}

fn step(series: &Series) -> f64 {
    let gaps = series.points.windows(2).map(|pair| pair[1].0 - pair[0].0);
    let least = gaps.fold(f64::INFINITY, f64::min);
    if least.is_finite() { least } else { 60.0 }
}

#[expect(clippy::cast_precision_loss, reason = "a few letters")]
fn gutter<'a>(names: impl Iterator<Item = &'a str>) -> f64 {
    names.map(|name| name.chars().count()).max().map_or(20.0, |letters| (10.0 + 6.3 * letters as f64).min(260.0))
}

fn axis(svg: &mut String, range: Range, left: f64, right: f64, height: f64) {
    for (at, label) in time::ticks(range.from, range.to, ((right - left) / 90.0).max(1.0)) {
        let at = left + (at - range.from) / range.length().max(1e-9) * (right - left);
        let _ = write!(
            svg,
            "<text class=\"axis\" x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{label}</text>",
            height - 5.0
        );
    }
}

/// The bucket of a series: its upper bound, from the label `le` or its name.
fn bound(series: &Series) -> f64 {
    let text = series.labels.get("le").map_or(series.name.as_str(), String::as_str);
    if text == "+Inf" { f64::INFINITY } else { text.parse().unwrap_or(f64::NAN) }
}

/// Draws how many values fell into each bucket at each time.
pub(crate) fn heat_map(panel: &Panel<'_>, frames: &Frames, range: Range, area: Area) -> String {
    let mut buckets: Vec<&Series> = frames.series.iter().collect();
    buckets.sort_by(|one, other| bound(one).total_cmp(&bound(other)));
    // Prometheus' buckets hold all that is below their bound; a heat map shows what is in each alone.
    let cumulative = buckets.iter().any(|series| series.labels.contains_key("le"));
    let mut cells: Vec<Vec<(f64, f64)>> = Vec::new();
    for (index, series) in buckets.iter().enumerate() {
        let below = if cumulative && index > 0 { Some(buckets[index - 1]) } else { None };
        let lower = |at: f64| {
            let points = below.map_or(&[][..], |below| &below.points);
            points.iter().find(|(other, _)| (other - at).abs() < 0.001).map_or(0.0, |(_, value)| *value)
        };
        cells.push(series.points.iter().map(|(at, value)| (*at, (value - lower(*at)).max(0.0))).collect());
    }
    let most = cells.iter().flatten().map(|(_, value)| *value).filter(|value| value.is_finite()).fold(0.0, f64::max);
    let unit = panel.option("yAxis.unit").as_str().or_else(|| panel.json["yAxis"]["format"].as_str());
    let field = Field::of(panel.json, "", "A", "number");
    let unit = unit.unwrap_or_else(|| field.unit());
    let name = |series: &Series| {
        let bound = bound(series);
        if bound.is_nan() { series.name.clone() } else { units::format(bound, unit, None) }
    };
    let names: Vec<String> = buckets.iter().map(|series| name(series)).collect();
    let left = gutter(names.iter().map(String::as_str));
    let (right, bottom) = (area.width - 8.0, area.height - 20.0);
    #[expect(clippy::cast_precision_loss, reason = "a few buckets")]
    let band = (bottom - 4.0) / buckets.len().max(1) as f64;
    let width = |series: &Series| step(series) / range.length().max(1e-9) * (right - left);
    let mut svg = format!("<svg viewBox=\"0 0 {:.0} {:.0}\" role=\"img\">", area.width, area.height);
    for (index, (cells, series)) in cells.iter().zip(&buckets).enumerate() {
        #[expect(clippy::cast_precision_loss, reason = "a few buckets")]
        let top = bottom - band * (index + 1) as f64;
        if band > 11.0 || index % 3 == 0 {
            let _ = write!(
                svg,
                "<text class=\"axis\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                left - 6.0,
                top + 4.0,
                text(&names[index])
            );
        }
        for (at, value) in cells.iter().filter(|(_, value)| *value > 0.0) {
            let x = left + (at - range.from) / range.length().max(1e-9) * (right - left);
            let share = (value / most.max(f64::MIN_POSITIVE)).sqrt();
            let _ = write!(
                svg,
                "<rect x=\"{x:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{:.1}\" fill=\"hsl({:.0} 75% {:.0}%)\"/>",
                width(series).max(1.0),
                band.max(1.0),
                40.0 - 30.0 * share,
                30.0 + 30.0 * share
            );
        }
    }
    axis(&mut svg, range, left, right, area.height);
    svg + "</svg>"
}

/// Draws how often values of each size were there.
pub(crate) fn histogram(panel: &Panel<'_>, frames: &Frames, area: Area) -> String {
    let values: Vec<f64> = frames
        .series
        .iter()
        .flat_map(|series| &series.points)
        .map(|(_, value)| *value)
        .filter(|value| value.is_finite())
        .collect();
    let (least, most) = values
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), value| (least.min(*value), most.max(*value)));
    const BUCKETS: usize = 24;
    #[expect(clippy::cast_precision_loss, reason = "a constant")]
    let count = BUCKETS as f64;
    let wanted = panel.option("bucketSize").as_f64().filter(|size| *size > 0.0);
    let size = wanted.unwrap_or(((most - least) / count).max(1e-9));
    let mut counts = [0_u32; BUCKETS + 1];
    for value in values {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place in a short list")]
        let index = (((value - least) / size) as usize).min(BUCKETS);
        counts[index] += 1;
    }
    let highest = f64::from(counts.iter().copied().max().unwrap_or(0).max(1));
    let field = Field::of(panel.json, "", "A", "number");
    let (bottom, width) = (area.height - 20.0, (area.width - 16.0) / (count + 1.0));
    let mut svg = format!("<svg viewBox=\"0 0 {:.0} {:.0}\" role=\"img\">", area.width, area.height);
    for (index, count) in counts.iter().enumerate() {
        #[expect(clippy::cast_precision_loss, reason = "a place in a short list")]
        let place = index as f64;
        let (x, height) = (8.0 + place * width, f64::from(*count) / highest * (bottom - 6.0));
        let _ = write!(
            svg,
            "<rect x=\"{x:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{height:.1}\" fill=\"{}\" opacity=\".8\"><title>{count}</title></rect>",
            bottom - height,
            width - 1.5,
            palette(0)
        );
        if index % 6 == 0 {
            let label = units::format(least + place * size, field.unit(), field.decimals());
            let _ =
                write!(svg, "<text class=\"axis\" x=\"{x:.1}\" y=\"{:.1}\">{}</text>", area.height - 5.0, text(&label));
        }
    }
    svg + "</svg>"
}
