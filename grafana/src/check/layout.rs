//! Where panels lie on the grid.

use serde_json::Value as Json;

use super::panel::Panel;
use super::report::Report;
use super::rules;

const COLUMNS: i64 = 24;

struct Area {
    x: i64,
    y: i64,
    w: i64,
    h: i64,
}

impl Area {
    fn of(panel: &Json) -> Option<Self> {
        let position = panel.get("gridPos")?;
        let number = |name: &str| position.get(name).and_then(Json::as_i64);
        Some(Self { x: number("x")?, y: number("y")?, w: number("w")?, h: number("h")? })
    }

    const fn meets(&self, other: &Self) -> bool {
        self.x < other.x + other.w
            && other.x < self.x + self.w
            && self.y < other.y + other.h
            && other.y < self.y + self.h
    }
}

/// Finds panels that lie beyond the grid or on others. Panels of a collapsed row are elsewhere than all others.
pub(super) fn check(report: &mut Report<'_>, panels: &[Panel<'_>]) {
    // A row is as wide as the grid, whatever is written, and pushes down what is on it.
    let panels = panels.iter().filter(|panel| panel.kind() != "row");
    let placed: Vec<_> = panels.filter_map(|panel| Some((panel, Area::of(panel.json)?))).collect();
    for (index, (panel, area)) in placed.iter().enumerate() {
        if area.x < 0 || area.y < 0 || area.w < 1 || area.h < 1 || area.x + area.w > COLUMNS {
            let Area { x, y, w, h } = area;
            let message = format!("a panel lies within {COLUMNS} columns, got x {x}, y {y}, w {w}, h {h}");
            let fix = format!("x + w is at most {COLUMNS}; w and h are at least 1");
            report.warn(rules::LAYOUT, &panel.place, message).fix = Some(fix);
        }
        let before = placed[..index].iter().filter(|(other, _)| other.row == panel.row);
        if let Some((other, _)) = before.clone().find(|(_, other)| other.meets(area)) {
            let message = format!("lies on the {}", other.short_place());
            report.warn(rules::LAYOUT, &panel.place, message).fix = Some("move one of them".to_owned());
        }
    }
}
