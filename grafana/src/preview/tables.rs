//! Panels of rows: tables, logs, traces.

use std::fmt::Write as _;

use super::data::{Cell, Frames, Table};
use super::field::Field;
use super::model::Panel;
use super::svg::text;
use super::time;
use super::transform::to_table;

/// As many rows as anybody looks at before deploying.
const ROWS: usize = 100;

/// Draws tables.
pub(crate) fn table(panel: &Panel<'_>, frames: &Frames) -> String {
    to_table(frames).iter().map(|table| one(panel, table)).collect()
}

fn one(panel: &Panel<'_>, table: &Table) -> String {
    let is_number = |index: usize| table.rows.iter().any(|row| matches!(row[index], Cell::Number(_)));
    let kind = |index: usize| match table.columns[index].as_str() {
        "Time" | "Start time" => "time",
        _ if is_number(index) => "number",
        _ => "string",
    };
    let fields: Vec<(usize, Field, &str)> = (0..table.columns.len())
        .map(|index| (index, Field::of(panel.json, &table.columns[index], &table.reference, kind(index)), kind(index)))
        .filter(|(_, field, _)| {
            field.custom("hidden").as_bool() != Some(true) && field.custom("hideFrom.viz").as_bool() != Some(true)
        })
        .collect();
    let mut html = "<div class=\"rows\"><table><thead><tr>".to_owned();
    for (index, field, kind) in &fields {
        let name = field.display_name().unwrap_or(&table.columns[*index]);
        let _ = write!(html, "<th class=\"{kind}\">{}</th>", text(name));
    }
    html.push_str("</tr></thead><tbody>");
    for row in table.rows.iter().take(ROWS) {
        html.push_str("<tr>");
        for (index, field, kind) in &fields {
            let shown = match &row[*index] {
                Cell::Number(at) if *kind == "time" => {
                    super::field::Shown { text: time::date_time(at / 1_000.0), color: None }
                }
                Cell::Number(number) => field.show(*number),
                Cell::Text(text) => field.show_text(text),
                Cell::Empty => field.show_text(""),
            };
            let cell = field.custom("cellOptions.type").as_str().or_else(|| field.custom("displayMode").as_str());
            let style = match (cell, shown.color) {
                (Some("color-background" | "color-background-solid"), Some(color)) => {
                    format!(" style=\"background:{color};color:#fff\"")
                }
                (Some("color-text"), Some(color)) => format!(" style=\"color:{color}\""),
                _ => String::new(),
            };
            let bar = match (cell, &row[*index]) {
                (Some("gauge" | "lcd-gauge" | "gradient-gauge" | "basic"), Cell::Number(number)) => {
                    let most = table
                        .rows
                        .iter()
                        .filter_map(|row| if let Cell::Number(one) = row[*index] { Some(one) } else { None });
                    let most = field.number("max").unwrap_or_else(|| most.fold(0.0, f64::max)).max(f64::MIN_POSITIVE);
                    let color = field.color(*number).unwrap_or_else(|| super::field::palette(0));
                    format!(
                        "<i class=\"cell\" style=\"width:{:.1}%;background:{color}\"></i>",
                        (number / most).clamp(0.0, 1.0) * 60.0
                    )
                }
                _ => String::new(),
            };
            let _ = write!(html, "<td class=\"{kind}\"{style}>{bar}{}</td>", text(&shown.text));
        }
        html.push_str("</tr>");
    }
    html.push_str("</tbody></table>");
    if table.rows.len() > ROWS {
        let _ = write!(html, "<p class=\"note\">{} more rows</p>", table.rows.len() - ROWS);
    }
    html + "</div>"
}

/// Draws the lines of a log, or the table that stands for it.
pub(crate) fn logs(panel: &Panel<'_>, frames: &Frames) -> String {
    if frames.lines.is_empty() {
        return table(panel, frames);
    }
    let with_time = panel.option("showTime").as_bool() != Some(false);
    let wraps = panel.option("wrapLogMessage").as_bool() == Some(true);
    let mut html = format!("<div class=\"rows logs{}\">", if wraps { " wrap" } else { "" });
    for line in frames.lines.iter().take(ROWS) {
        let level = match line.level.as_str() {
            "error" | "err" | "critical" | "fatal" | "alert" | "emerg" => "error",
            "warn" | "warning" => "warn",
            "info" | "information" | "notice" => "info",
            "debug" => "debug",
            "trace" => "trace",
            _ => "unknown",
        };
        let at = if with_time { format!("<time>{}</time> ", time::date_time(line.time)) } else { String::new() };
        let _ = write!(html, "<p class=\"{level}\">{at}{}</p>", text(&line.text));
    }
    html + "</div>"
}
