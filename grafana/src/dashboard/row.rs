//! [`Row`]: panels under a head.

use belvedere_cfn::{Expr, IntoValue, Properties};

use super::model::Model;
use super::panel::AnyPanel;
use super::setter::{argument, members, setters};

/// Panels under a head, which begin a new line.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub(crate) model: Model,
    pub(crate) panels: Vec<AnyPanel>,
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
        Self { model: Model::new(root), panels: Vec::new() }
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

    /// Has these panels side by side, over the whole width of the dashboard, all so many rows of 30 pixels high.
    ///
    /// Writes `gridPos.w` and `gridPos.h` of the panels.
    #[must_use]
    pub fn line<P: Into<AnyPanel>>(mut self, height: u32, panels: impl IntoIterator<Item = P>) -> Self {
        let mut panels: Vec<AnyPanel> = panels.into_iter().map(Into::into).collect();
        let (width, wider) = (24 / panels.len().max(1), 24 % panels.len().max(1));
        for (position, panel) in panels.iter_mut().enumerate() {
            let width = width + usize::from(position < wider);
            panel.model.put("gridPos.w", i64::try_from(width.max(1)).unwrap_or(1));
            panel.model.put("gridPos.h", i64::from(height));
        }
        self.panels.append(&mut panels);
        self
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

    pub(crate) fn is_collapsed(&self) -> bool {
        self.model.get("collapsed") == Some(&Expr::Bool(true))
    }
}

members! { [] Row, model; "row", such as "gridPos.h" }

setters! { ROW for [] Row, "";
    /// Has this id in the dashboard. By default the position decides.
    id(whole) = "id";
    /// Repeats the row for each value of this variable.
    repeat(text) = "repeat";
}
