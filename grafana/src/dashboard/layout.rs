//! Where panels go, and which ids they get.

use belvedere_cfn::{Expr, Properties};

/// How many columns a dashboard has.
const COLUMNS: i64 = 24;

/// Where the next panel goes: lines from left to right, each as high as its highest panel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cursor {
    x: i64,
    y: i64,
    /// The first row of the grid below all panels.
    bottom: i64,
    /// The id of the panel before.
    id: i64,
    /// The ids that panels have.
    used: Vec<i64>,
}

impl Cursor {
    /// The place behind panels that have theirs.
    pub(crate) fn after(panels: &[Expr]) -> Self {
        let mut cursor = Self::default();
        for panel in panels.iter().filter_map(Expr::as_object) {
            cursor.pass(panel);
            for inner in panel.get("panels").and_then(Expr::as_list).unwrap_or_default() {
                if let Some(id) = inner.as_object().and_then(|inner| inner.get("id")).and_then(Expr::as_i64) {
                    cursor.used.push(id);
                }
            }
        }
        // Half of the range is left for ids to come, whatever the JSON has.
        cursor.id = cursor.used.iter().copied().max().unwrap_or_default().clamp(0, i64::MAX / 2);
        cursor.new_line();
        cursor
    }

    /// Begins a line below all panels.
    pub(crate) fn new_line(&mut self) {
        self.x = 0;
        self.y = self.bottom;
    }

    /// Goes on from another place, with the ids that are given by now.
    pub(crate) fn back_to(&mut self, place: &Self) {
        (self.x, self.y, self.bottom) = (place.x, place.y, place.bottom);
    }

    /// Gives a panel its place and id, where it has none, and goes on behind it.
    pub(crate) fn place(&mut self, panel: &mut Properties) {
        self.number(panel);
        let place = panel.entry("gridPos");
        if let Expr::Object(place) = place {
            let size = |name: &str, usual| place.get(name).and_then(Expr::as_i64).unwrap_or(usual);
            let (width, height) = (size("w", 12), size("h", 8));
            if place.get("x").is_none() && place.get("y").is_none() && self.x.saturating_add(width) > COLUMNS {
                self.new_line();
            }
            for (name, usual) in [("w", width), ("h", height), ("x", self.x), ("y", self.y)] {
                if place.get(name).is_none() {
                    place.set(name, usual);
                }
            }
        }
        self.pass(panel);
    }

    /// Gives a row its place and id, where it has none. Its panels come below.
    pub(crate) fn place_row(&mut self, row: &mut Properties) {
        self.new_line();
        let place = Properties::new().with("h", 1).with("w", COLUMNS).with("x", 0);
        match row.entry("gridPos") {
            Expr::Object(given) => {
                for (name, usual) in place.with("y", self.y).iter() {
                    if given.get(name).is_none() {
                        given.set(name.to_owned(), usual.clone());
                    }
                }
            }
            other => *other = place.with("y", self.y).into(),
        }
        self.number(row);
        self.pass(row);
        self.new_line();
    }

    fn number(&mut self, panel: &mut Properties) {
        if panel.get("id").is_none() {
            self.id += 1;
            while self.used.contains(&self.id) {
                self.id += 1;
            }
            panel.set("id", self.id);
            self.used.push(self.id);
        }
    }

    /// Goes on behind a panel that has its place.
    fn pass(&mut self, panel: &Properties) {
        if let Some(id) = panel.get("id").and_then(Expr::as_i64)
            && !self.used.contains(&id)
        {
            self.used.push(id);
        }
        let Some(place) = panel.get("gridPos").and_then(Expr::as_object) else { return };
        let at = |name: &str| place.get(name).and_then(Expr::as_i64).unwrap_or_default();
        self.x = at("x").saturating_add(at("w"));
        self.y = at("y");
        self.bottom = self.bottom.max(at("y").saturating_add(at("h")));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use crate::dashboard::{Dashboard, Row, Stat};

    /// The columns and rows of the grid that a panel takes, those of open rows among them.
    fn taken(panel: &Value) -> (i64, i64, i64, i64) {
        let at = |name: &str| panel["gridPos"][name].as_i64().expect("a number");
        (at("x"), at("x") + at("w"), at("y"), at("y") + at("h"))
    }

    proptest! {
        #[test]
        fn panels_are_in_the_grid_and_none_is_on_another(
            rows in proptest::collection::vec(
                (any::<bool>(), any::<bool>(), proptest::collection::vec((1_u32..=24, 1_u32..=9), 0..8)),
                0..6,
            ),
        ) {
            let stat = |&(width, height): &(u32, u32)| Stat::new("s").size(width, height);
            let mut dashboard = Dashboard::new("d", "D");
            for (in_row, collapsed, sizes) in &rows {
                let panels = sizes.iter().map(stat);
                let row = Row::new("r").panels(panels.clone());
                dashboard = match (in_row, collapsed) {
                    (true, true) => dashboard.row(row.collapsed()),
                    (true, false) => dashboard.row(row),
                    (false, _) => dashboard.panels(panels),
                };
            }
            let json = dashboard.to_value();
            let top = json["panels"].as_array().expect("a list");
            let groups = top.iter().map(|panel| panel["panels"].as_array().cloned().unwrap_or_default());
            let groups: Vec<Vec<Value>> = groups.chain([top.clone()]).collect();
            for group in &groups {
                for (number, one) in group.iter().enumerate() {
                    let (left, right, above, below) = taken(one);
                    prop_assert!(left >= 0 && right <= 24, "{one}");
                    for other in &group[number + 1..] {
                        let (left_too, right_too, above_too, below_too) = taken(other);
                        let apart = right <= left_too || right_too <= left || below <= above_too || below_too <= above;
                        prop_assert!(apart, "{one} is on {other}");
                    }
                }
            }
            let mut ids: Vec<_> = groups.iter().flatten().map(|panel| panel["id"].as_i64()).collect();
            let count = ids.len();
            ids.sort_unstable();
            ids.dedup();
            prop_assert!(ids.len() == count && !ids.contains(&None));
        }
    }
}
