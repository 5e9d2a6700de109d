//! Panels that show single numbers: stat, gauge, bar gauge, pie chart, bar chart.

use std::fmt::Write as _;

use super::data::{Cell, Frames, Table};
use super::field::{Field, Shown, palette, reduce};
use super::graph::spark;
use super::model::Panel;
use super::svg::{Area, arc, text};
use super::transform::to_table;

/// A number with what it is called.
struct Item {
    name: String,
    value: Option<f64>,
    shown: Shown,
    points: Vec<(f64, f64)>,
    field: Field,
}

/// Reduces what a panel has to single numbers.
fn items(panel: &Panel<'_>, frames: &Frames) -> Vec<Item> {
    let calculation =
        panel.option("reduceOptions.calcs").get(0).and_then(|name| name.as_str()).unwrap_or("lastNotNull");
    let item = |name: &str, reference: &str, values: &[f64], points: Vec<(f64, f64)>| {
        let field = Field::of(panel.json, name, reference, "number");
        let value = reduce(values, calculation);
        let shown =
            value.map_or_else(|| Shown { text: field.no_value().to_owned(), color: None }, |value| field.show(value));
        let name =
            field.display_name().filter(|name| !name.contains("${")).map_or_else(|| name.to_owned(), str::to_owned);
        Item { name, value, shown, points, field }
    };
    let mut items: Vec<Item> = frames
        .series
        .iter()
        .map(|series| {
            let values: Vec<f64> = series.points.iter().map(|(_, value)| *value).collect();
            item(&series.name, &series.reference, &values, series.points.clone())
        })
        .collect();
    for table in &frames.tables {
        items.extend(
            of_table(table).into_iter().map(|(name, values)| item(&name, &table.reference, &values, Vec::new())),
        );
    }
    items
}

/// Returns the numbers of a table: one for each row, named by its texts, or a list for each column.
fn of_table(table: &Table) -> Vec<(String, Vec<f64>)> {
    let is_number = |index: usize| table.rows.iter().any(|row| matches!(row[index], Cell::Number(_)));
    let is_time = |index: usize| table.columns[index] == "Time";
    let numbers: Vec<usize> = (0..table.columns.len()).filter(|index| is_number(*index) && !is_time(*index)).collect();
    let number = |row: &[Cell], index: usize| if let Cell::Number(number) = row[index] { Some(number) } else { None };
    let mut found = Vec::new();
    for row in &table.rows {
        let texts: Vec<&str> = row
            .iter()
            .filter_map(|cell| if let Cell::Text(text) = cell { Some(text.as_str()) } else { None })
            .collect();
        for index in &numbers {
            let name = if texts.is_empty() { table.columns[*index].clone() } else { texts.join(" ") };
            found.push((name, number(row, *index).into_iter().collect()));
        }
    }
    found
}

/// Draws large numbers beside or below each other.
pub(crate) fn stat(panel: &Panel<'_>, frames: &Frames, area: Area) -> String {
    let items = items(panel, frames);
    let with_background = panel.option("colorMode").as_str().is_some_and(|mode| mode.starts_with("background"));
    let plain = panel.option("colorMode") == "none";
    let with_spark = panel.option("graphMode").as_str().unwrap_or("area") != "none";
    let names = match panel.option("textMode").as_str().unwrap_or("auto") {
        "value" | "none" => false,
        "name" | "value_and_name" => true,
        _ => items.len() > 1,
    };
    let mut html = format!("<div class=\"stats{}\">", if area.width > area.height * 1.6 { " wide" } else { "" });
    for item in &items {
        let color = item.shown.color.clone().unwrap_or_else(|| palette(0));
        let (class, style) = if with_background {
            (" filled", format!("background:{color}"))
        } else if plain {
            ("", String::new())
        } else {
            ("", format!("color:{color}"))
        };
        let with_spark = with_spark && item.points.len() > 1;
        let above = if with_spark { " above" } else { "" };
        let _ = write!(html, "<div class=\"stat{class}{above}\" style=\"{style}\">");
        if with_spark {
            let ground = if with_background { "#fff" } else { &color };
            html.push_str(&spark(&item.points, ground, Area { width: 200.0, height: 40.0 }));
        }
        if panel.option("textMode") == "name" {
            let _ = write!(html, "<strong>{}</strong>", text(&item.name));
        } else {
            if names {
                let _ = write!(html, "<span class=\"name\">{}</span>", text(&item.name));
            }
            let letters = item.shown.text.chars().count().max(10);
            let _ = write!(html, "<strong style=\"--letters:{letters}\">{}</strong>", text(&item.shown.text));
        }
        html.push_str("</div>");
    }
    html + "</div>"
}

/// Draws a part of a ring for each number.
pub(crate) fn gauge(panel: &Panel<'_>, frames: &Frames) -> String {
    let mut html = "<div class=\"stats wide\">".to_owned();
    let items = items(panel, frames);
    for item in &items {
        let (least, most) = limits(&item.field, &items);
        let place = |value: f64| share(value, least, most);
        let share = item.value.map_or(0.0, place);
        let color = item.shown.color.clone().unwrap_or_else(|| palette(0));
        // Three quarters of a ring, open below.
        let turn = |share: f64| 0.625 + 0.75 * share;
        let mut steps = String::new();
        let thresholds = item.field.thresholds();
        for (index, (from, color)) in thresholds.iter().enumerate() {
            let from = if from.is_finite() { place(*from) } else { 0.0 };
            let to = thresholds.get(index + 1).map_or(1.0, |(next, _)| place(*next));
            if to > from {
                let _ = write!(
                    steps,
                    "<path d=\"{}\" fill=\"{color}\"/>",
                    arc((60.0, 62.0), 58.0, 55.0, turn(from), turn(to))
                );
            }
        }
        let _ = write!(
            html,
            "<div class=\"stat\"><svg viewBox=\"0 0 120 110\" class=\"gauge\"><path d=\"{}\" class=\"track\"/><path d=\"{}\" fill=\"{color}\"/>{steps}<text x=\"60\" y=\"70\" text-anchor=\"middle\" fill=\"{color}\">{}</text></svg>",
            arc((60.0, 62.0), 53.0, 40.0, turn(0.0), turn(1.0)),
            if share > 0.0 { arc((60.0, 62.0), 53.0, 40.0, turn(0.0), turn(share)) } else { String::new() },
            text(&item.shown.text),
        );
        if items.len() > 1 {
            let _ = write!(html, "<span class=\"name\">{}</span>", text(&item.name));
        }
        html.push_str("</div>");
    }
    html + "</div>"
}

/// How far a value is from the least to the most, from 0 to 1.
fn share(value: f64, least: f64, most: f64) -> f64 {
    ((value - least) / (most - least).max(f64::MIN_POSITIVE)).clamp(0.0, 1.0)
}

fn limits(field: &Field, items: &[Item]) -> (f64, f64) {
    let least = field.number("min").unwrap_or(0.0);
    let most = field.number("max").unwrap_or_else(|| {
        let share = field.unit() == "percentunit";
        let all = items.iter().filter_map(|item| item.value).filter(|value| value.is_finite()).fold(0.0, f64::max);
        if share {
            1.0
        } else if field.unit() == "percent" {
            100.0
        } else {
            all.max(least + 1e-9)
        }
    });
    (least, most)
}

/// Draws a bar for each number.
pub(crate) fn bar_gauge(panel: &Panel<'_>, frames: &Frames) -> String {
    let items = items(panel, frames);
    let mut html = "<div class=\"bars\">".to_owned();
    for item in &items {
        let (least, most) = limits(&item.field, &items);
        let share = item.value.map_or(0.0, |value| share(value, least, most));
        let color = item.shown.color.clone().unwrap_or_else(|| palette(0));
        let _ = write!(
            html,
            "<div class=\"bar\"><span class=\"name\">{}</span><span class=\"track\"><i style=\"width:{:.1}%;background:{color}\"></i></span><b style=\"color:{color}\">{}</b></div>",
            text(&item.name),
            share * 100.0,
            text(&item.shown.text)
        );
    }
    html + "</div>"
}

/// Draws a share of a circle for each number.
pub(crate) fn pie(panel: &Panel<'_>, frames: &Frames) -> String {
    let items = items(panel, frames);
    let positive = |item: &Item| item.value.filter(|value| value.is_finite() && *value > 0.0).unwrap_or(0.0);
    let total: f64 = items.iter().map(positive).sum();
    let inner = if panel.option("pieType") == "donut" { 30.0 } else { 0.0 };
    let mut svg = String::new();
    let mut legend = String::new();
    let mut turn = 0.0;
    for (index, item) in items.iter().enumerate() {
        let share = if total > 0.0 { positive(item) / total } else { 0.0 };
        let color = item.field.series_color(index, item.value);
        if share > 0.0 {
            let path = arc((60.0, 60.0), 56.0, inner, turn, turn + share);
            let _ = write!(
                svg,
                "<path d=\"{path}\" fill=\"{color}\" class=\"slice\"><title>{}</title></path>",
                text(&item.name)
            );
            turn += share;
        }
        let _ = write!(
            legend,
            "<span><i style=\"background:{color}\"></i>{} <b>{}</b> <b>{:.0}%</b></span>",
            text(&item.name),
            text(&item.shown.text),
            share * 100.0
        );
    }
    format!(
        "<div class=\"graph side pie\"><svg viewBox=\"0 0 120 120\">{svg}</svg><div class=\"legend\">{legend}</div></div>"
    )
}

/// Draws a bar for each row of a table, or for each series.
pub(crate) fn bar_chart(panel: &Panel<'_>, frames: &Frames) -> String {
    let tables = to_table(frames);
    let flat = Frames { tables, ..Frames::default() };
    bar_gauge(panel, &flat)
}
