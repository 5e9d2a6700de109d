//! [`Table`]: tables.

use belvedere_cfn::{Expr, Properties};

use super::bar_gauge::BarGaugeMode;
use super::field::field_setters;
use super::kind;
use super::shared::Panel;
use crate::dashboard::model::texts;
use crate::dashboard::overrides::Override;
use crate::dashboard::reduce::{Calc, calcs};
use crate::dashboard::setter::{argument, setters, words};

/// A table
/// (<https://grafana.com/docs/grafana/latest/panels-visualizations/visualizations/table/>).
pub type Table = Panel<kind::Table>;

words! {
    /// Where a cell's text is.
    Align {
        /// Numbers right, texts left.
        Auto = "auto",
        /// Left.
        Left = "left",
        /// In the middle.
        Center = "center",
        /// Right.
        Right = "right",
    }

    /// The height of cells.
    CellHeight {
        /// Small: 36 pixels.
        Small = "sm",
        /// Medium: 42 pixels.
        Medium = "md",
        /// Large: 48 pixels.
        Large = "lg",
        /// By what is in them.
        Auto = "auto",
    }

    /// How the number in a gauge's cell is drawn.
    GaugeCellValue {
        /// In the colour of the value.
        Color = "color",
        /// In the colour of text.
        Text = "text",
        /// Not at all.
        Hidden = "hidden",
    }
}

/// How cells show their values.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell(Properties);

impl Cell {
    /// As texts; data that is a series as a small graph.
    #[must_use]
    pub fn auto() -> Self {
        Self::kind("auto")
    }

    /// As texts in the colour of the value.
    #[must_use]
    pub fn colored_text() -> Self {
        Self::kind("color-text")
    }

    /// As texts on the colour of the value.
    #[must_use]
    pub fn colored_background() -> Self {
        Self(Self::kind("color-background").0.with("mode", "basic"))
    }

    /// As texts on the colour of the value, fading.
    #[must_use]
    pub fn gradient_background() -> Self {
        Self(Self::kind("color-background").0.with("mode", "gradient"))
    }

    /// As bars.
    #[must_use]
    pub fn gauge(mode: BarGaugeMode) -> Self {
        Self(Self::kind("gauge").0.with("mode", mode))
    }

    /// As small graphs.
    #[must_use]
    pub fn sparkline() -> Self {
        Self::kind("sparkline")
    }

    /// As JSON.
    #[must_use]
    pub fn json() -> Self {
        Self::kind("json-view")
    }

    /// As images, whose URLs are the values.
    #[must_use]
    pub fn image() -> Self {
        Self::kind("image")
    }

    /// As the field's data links.
    #[must_use]
    pub fn data_links() -> Self {
        Self::kind("data-links")
    }

    /// As pills: texts that are separated by commas, each in a colour of its own. Grafana 12.1 and later.
    #[must_use]
    pub fn pill() -> Self {
        Self::kind("pill")
    }

    /// As markdown. Grafana 12.1 and later.
    #[must_use]
    pub fn markdown() -> Self {
        Self::kind("markdown")
    }

    fn kind(kind: &'static str) -> Self {
        Self(Properties::new().with("type", kind))
    }

    /// Colours the whole row, where the background is coloured.
    #[must_use]
    pub fn whole_row(mut self) -> Self {
        self.0.set("applyToRow", true);
        self
    }

    /// Draws the number of a gauge so. In the colour of the value by default.
    #[must_use]
    pub fn gauge_value(mut self, value: GaugeCellValue) -> Self {
        self.0.set("valueDisplayMode", value);
        self
    }
}

impl From<Cell> for Expr {
    fn from(cell: Cell) -> Self {
        cell.0.into()
    }
}

/// The kinds that have cells.
pub trait Cells: kind::Fields {}
impl Cells for kind::Table {}
impl Cells for kind::Custom {}

field_setters! { CELLS for Cells;
    /// Puts texts left, right or in the middle. By default numbers are right and texts left.
    align([Align]) = "custom.align";
    /// Shows values so. As texts by default.
    cell([Cell]) = "custom.cellOptions";
    /// Makes columns so many pixels wide. They share the room by default.
    width(whole) = "custom.width";
    /// Makes columns at least so many pixels wide. It is 150 by default.
    min_width(whole) = "custom.minWidth";
    /// Can be filtered by the reader, at the column's head. It cannot by default.
    filterable(flag) = "custom.filterable";
    /// Can be opened in a window by the reader. It cannot by default.
    inspect(flag) = "custom.inspect";
    /// Breaks long texts into lines. It does not by default. Grafana 12 and later.
    wrap_text(flag) = "custom.wrapText";
    /// Breaks long heads of columns into lines. It does not by default. Grafana 12 and later.
    wrap_header_text(flag) = "custom.wrapHeaderText";
}

setters! { TABLE for [] Panel<kind::Table>, "options.";
    /// Shows the heads of the columns. It does by default.
    show_header(flag) = "showHeader";
    /// Makes cells small, medium or large. Small by default.
    cell_height([CellHeight]) = "cellHeight";
    /// Shows pages instead of a long table. It does not by default.
    pagination(flag) = "enablePagination";
    /// Shows this frame of several, from 0. The first by default.
    frame(whole) = "frameIndex";
    /// Keeps so many columns at the left in place. None by default. Grafana 12.3 and later.
    frozen_columns(whole) = "frozenColumns.left";
    /// Shows an icon for each column's type. It does not by default.
    type_icons(flag) = "showTypeIcons";
}

impl Table {
    /// Sorts by a column, by its shown name. Several are sorted by in the order of the calls.
    ///
    /// Adds to `options.sortBy`.
    #[must_use]
    pub fn sort_by(mut self, column: impl Into<String>, descending: bool) -> Self {
        let by = Properties::new().with("desc", descending).with("displayName", column.into());
        self.push("options.sortBy", by.into());
        self
    }

    /// Shows a calculation of each column below it. There is none by default.
    ///
    /// Writes `options.footer`, which Grafana before 12.2 reads, and `fieldConfig.defaults.custom.footer`, which later ones
    /// do.
    #[must_use]
    pub fn footer(mut self, calculations: impl IntoIterator<Item = Calc>) -> Self {
        let reducers = calcs(calculations);
        let footer = Properties::new().with("countRows", false).with("reducer", reducers.clone()).with("show", true);
        self.put("options.footer", footer.with("fields", texts::<String>([])).into());
        self.put("fieldConfig.defaults.custom.footer", Properties::new().with("reducers", reducers).into());
        self
    }
}
