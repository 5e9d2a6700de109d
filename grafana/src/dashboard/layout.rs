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
