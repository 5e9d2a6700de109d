//! A dashboard's JSON, as far as drawing it needs to know.

use serde_json::Value as Json;

use super::time;

/// Where something is on the grid: 24 columns, rows of 30 pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Place {
    pub(crate) x: u32,
    pub(crate) y: u32,
    pub(crate) width: u32,
    pub(crate) height: u32,
}

/// The last row of the grid that is looked at: of a larger number nobody could see what is there.
const LOWEST: u32 = 100_000;

/// A panel, or a row of panels.
#[derive(Clone, Debug)]
pub(crate) struct Panel<'a> {
    pub(crate) json: &'a Json,
    pub(crate) kind: &'a str,
    pub(crate) place: Place,
    /// The variables that a repeated panel has values of its own for.
    pub(crate) own: Vec<(String, String)>,
}

impl<'a> Panel<'a> {
    fn of(json: &'a Json) -> Self {
        let number = |name: &str, default| {
            json["gridPos"][name].as_u64().and_then(|number| u32::try_from(number).ok()).unwrap_or(default)
        };
        let place = Place {
            x: number("x", 0).min(23),
            y: number("y", 0).min(LOWEST),
            width: number("w", 12).clamp(1, 24),
            height: number("h", 8).clamp(1, 200),
        };
        Self { json, kind: json["type"].as_str().unwrap_or_default(), place, own: Vec::new() }
    }

    pub(crate) fn title(&self) -> &'a str {
        self.json["title"].as_str().unwrap_or_default()
    }

    pub(crate) fn option(&self, path: &str) -> &'a Json {
        path.split('.').fold(&self.json["options"], |json, member| &json[member])
    }

    /// The queries that are not hidden.
    pub(crate) fn targets(&self) -> impl Iterator<Item = &'a Json> {
        let targets = self.json["targets"].as_array().into_iter().flatten();
        targets.filter(|target| target["hide"].as_bool() != Some(true))
    }

    /// The plugin and the id of a query's data source: its own or the panel's.
    pub(crate) fn data_source(&self, target: &'a Json) -> (String, String) {
        let own = &target["datasource"];
        let source = if own.is_null() { &self.json["datasource"] } else { own };
        let text = |name: &str| source[name].as_str().unwrap_or_default().to_owned();
        match source {
            Json::String(name) => (String::new(), name.clone()),
            _ => (text("type"), text("uid")),
        }
    }
}

/// Returns the panels in the order in which they are drawn. Closed rows are opened: what is below them moves down.
pub(crate) fn panels(dashboard: &Json) -> Vec<Panel<'_>> {
    let mut panels = Vec::new();
    let mut outer: Vec<Panel<'_>> = dashboard["panels"].as_array().into_iter().flatten().map(Panel::of).collect();
    outer.sort_by_key(|panel| (panel.place.y, panel.place.x));
    let mut opened = 0;
    for mut panel in outer {
        panel.place.y += opened;
        let below = panel.place.y + 1;
        let inside = panel.json["panels"].as_array().filter(|_| panel.kind == "row");
        let mut inside: Vec<Panel<'_>> = inside.into_iter().flatten().map(Panel::of).collect();
        panels.push(panel);
        let top = inside.iter().map(|one| one.place.y).min().unwrap_or(0);
        inside.iter_mut().for_each(|one| one.place.y = one.place.y - top + below);
        opened += inside.iter().map(|one| one.place.y + one.place.height - below).max().unwrap_or(0);
        panels.extend(inside);
    }
    // Before schema 16, panels were inside rows that had no places.
    let mut y = 0;
    for row in dashboard["rows"].as_array().into_iter().flatten() {
        let mut x = 0;
        let mut tallest = 0;
        for json in row["panels"].as_array().into_iter().flatten() {
            let mut panel = Panel::of(json);
            let span = json["span"].as_f64().unwrap_or(12.0);
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the grid")]
            let width = (span * 2.0).clamp(1.0, 24.0) as u32;
            if x + width > 24 {
                (x, y) = (0, y + tallest);
            }
            panel.place = Place { x, y, width, height: 8 };
            x += width;
            tallest = 8;
            panels.push(panel);
        }
        y += tallest;
    }
    panels.sort_by_key(|panel| (panel.place.y, panel.place.x));
    panels
}

/// Moves panels up to what is above them, as Grafana does.
pub(crate) fn compact(panels: &mut [Panel<'_>]) {
    let mut bottoms = [0_u32; 24];
    panels.sort_by_key(|panel| (panel.place.y, panel.place.x));
    for Panel { kind, place, .. } in panels {
        let columns = if *kind == "row" { 0..24 } else { place.x as usize..(place.x + place.width).min(24) as usize };
        place.y = bottoms[columns.clone()].iter().copied().max().unwrap_or(0);
        bottoms[columns].fill(place.y + place.height);
    }
}

/// The range of time that a dashboard shows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Range {
    pub(crate) from: f64,
    pub(crate) to: f64,
}

impl Range {
    pub(crate) fn of(dashboard: &Json, now: f64) -> Self {
        let point = |name: &str| time::point(dashboard["time"][name].as_str()?, now);
        let to = point("to").unwrap_or(now);
        let from = point("from").filter(|from| *from < to).unwrap_or(to - 21_600.0);
        Self { from, to }
    }

    pub(crate) fn length(self) -> f64 {
        self.to - self.from
    }

    /// The time between two points of a graph so wide, as Grafana rounds it, and not less than `least`.
    pub(crate) fn step(self, points: f64, least: f64) -> f64 {
        const STEPS: [f64; 24] = [
            1.0,
            2.0,
            5.0,
            10.0,
            15.0,
            20.0,
            30.0,
            60.0,
            120.0,
            300.0,
            600.0,
            900.0,
            1_200.0,
            1_800.0,
            3_600.0,
            7_200.0,
            10_800.0,
            21_600.0,
            43_200.0,
            86_400.0,
            172_800.0,
            604_800.0,
            2_592_000.0,
            31_536_000.0,
        ];
        let wanted = self.length() / points.max(1.0);
        STEPS.into_iter().find(|step| *step >= wanted).unwrap_or(31_536_000.0).max(least)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn closed_rows_are_opened_and_what_is_below_moves() {
        let panel = |title: &str, x: u32, y: u32| json!({ "type": "stat", "title": title, "gridPos": { "x": x, "y": y, "w": 8, "h": 4 } });
        let row = |title: &str, y: u32, panels: Vec<Json>| json!({ "type": "row", "title": title, "gridPos": { "x": 0, "y": y, "w": 24, "h": 1 }, "panels": panels });
        let dashboard = json!({ "panels": [
            row("closed", 0, vec![panel("inside", 0, 1), panel("lower", 8, 5)]),
            row("next", 1, Vec::new()), panel("last", 0, 2), panel("far", 16, 20),
        ] });
        let mut panels = panels(&dashboard);
        let places = |panels: &[Panel<'_>]| -> Vec<(String, u32)> {
            panels.iter().map(|panel| (panel.title().to_owned(), panel.place.y)).collect()
        };
        let expected = |all: [(&str, u32); 6]| all.map(|(title, y)| (title.to_owned(), y)).to_vec();
        let opened = [("closed", 0), ("inside", 1), ("lower", 5), ("next", 9), ("last", 10), ("far", 28)];
        assert_eq!(places(&panels), expected(opened));
        compact(&mut panels);
        let compacted = [("closed", 0), ("inside", 1), ("lower", 1), ("next", 5), ("last", 6), ("far", 6)];
        assert_eq!(places(&panels), expected(compacted));
    }
}
