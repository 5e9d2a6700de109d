//! [`Row`]: panels under a head.

use belvedere_cfn::{Expr, IntoValue, Properties};

use super::model::Model;
use super::panel::AnyPanel;
use super::setter::{argument, setters};

/// Panels under a head, which begin a new line.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub(crate) model: Model,
    pub(crate) panels: Vec<AnyPanel>,
    /// How many panels are side by side, and how high they are, where all have the same size.
    grid: Option<(u32, u32)>,
}

impl Row {
    /// A row with this title, open.
    #[must_use]
    pub fn new(title: impl IntoValue<String>) -> Self {
        let root = Properties::new()
            .with("collapsed", false)
            .with("panels", Vec::new())
            .with("title", title.into_value())
            .with("type", "row");
        Self { model: Model::new(root), panels: Vec::new(), grid: None }
    }

    /// Has this panel.
    #[must_use]
    pub fn panel(mut self, panel: impl Into<AnyPanel>) -> Self {
        self.panels.push(panel.into());
        self
    }

    /// Has these panels.
    #[must_use]
    pub fn panels<P: Into<AnyPanel>>(mut self, panels: impl IntoIterator<Item = P>) -> Self {
        self.panels.extend(panels.into_iter().map(Into::into));
        self
    }

    /// Puts so many panels side by side, over the whole width, and makes them so many rows of 30 pixels high, whatever sizes
    /// they have. By default each panel has a size of its own.
    ///
    /// Writes `gridPos.w` and `gridPos.h` of the panels.
    #[must_use]
    pub fn grid(mut self, columns: u32, height: u32) -> Self {
        self.grid = Some((columns.clamp(1, 24), height));
        self
    }

    /// Takes the panels, in their sizes.
    pub(crate) fn take_panels(&mut self) -> Vec<AnyPanel> {
        let mut panels = std::mem::take(&mut self.panels);
        if let Some((columns, height)) = self.grid {
            for (position, panel) in (0..columns).cycle().zip(&mut panels) {
                let width = 24 / columns + u32::from(position < 24 % columns);
                panel.model.put("gridPos.w", i64::from(width));
                panel.model.put("gridPos.h", i64::from(height));
            }
        }
        panels
    }

    /// Is closed at first, so that its panels ask nothing until the reader opens it. It is open by default.
    ///
    /// Writes `collapsed`, and puts the panels into `panels` of the row instead of behind it.
    #[must_use]
    pub fn collapsed(mut self) -> Self {
        self.model.put("collapsed", true);
        self
    }

    /// Begins at this row of the grid, from 0. By default below the panels before.
    ///
    /// Writes `gridPos.y`.
    #[must_use]
    pub fn at(mut self, y: u32) -> Self {
        self.model.put("gridPos.y", i64::from(y));
        self
    }

    /// Writes a member of the row's JSON that has no setter, by its dotted path.
    #[must_use]
    pub fn set(mut self, path: &str, value: impl Into<Expr>) -> Self {
        self.model.set(path, value.into());
        self
    }

    /// Removes a member of the row's JSON, by its dotted path.
    #[must_use]
    pub fn unset(mut self, path: &str) -> Self {
        self.model.unset(path);
        self
    }

    fn put(&mut self, path: &str, value: Expr) {
        self.model.put(path, value);
    }

    pub(crate) fn is_collapsed(&self) -> bool {
        self.model.get("collapsed") == Some(&Expr::Bool(true))
    }
}

setters! { ROW for [] Row, "";
    /// Has this id in the dashboard. By default the position decides.
    id(whole) = "id";
    /// Repeats the row for each value of this variable.
    repeat(text) = "repeat";
}
