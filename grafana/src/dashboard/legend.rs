//! [`Legend`] and [`Tooltip`]: what a graph says of its series.

use belvedere_cfn::{Expr, Properties};

use super::model::number;
use super::reduce::{Calc, calcs};
use super::setter::words;

/// The legend of a graph: by default a list below it.
#[derive(Clone, Debug, PartialEq)]
pub struct Legend(Properties);

impl Legend {
    /// Names side by side, below the graph.
    #[must_use]
    pub fn list() -> Self {
        Self::new("list", true)
    }

    /// A row for each series, with the calculations as columns, below the graph.
    #[must_use]
    pub fn table() -> Self {
        Self::new("table", true)
    }

    /// None.
    #[must_use]
    pub fn hidden() -> Self {
        Self::new("list", false)
    }

    fn new(mode: &'static str, show: bool) -> Self {
        Self(
            Properties::new()
                .with("calcs", Vec::new())
                .with("displayMode", mode)
                .with("placement", "bottom")
                .with("showLegend", show),
        )
    }

    /// Puts it to the right of the graph.
    #[must_use]
    pub fn right(mut self) -> Self {
        self.0.set("placement", "right");
        self
    }

    /// Shows what these calculations give for each series.
    #[must_use]
    pub fn calcs(mut self, shown: impl IntoIterator<Item = Calc>) -> Self {
        self.0.set("calcs", calcs(shown));
        self
    }

    /// Sorts by a column of the table, such as `Mean`, from the greatest down.
    #[must_use]
    pub fn sort_descending(mut self, column: impl Into<String>) -> Self {
        self.0.set("sortBy", column.into());
        self.0.set("sortDesc", true);
        self
    }

    /// Sorts by a column of the table, such as `Name`, from the least up.
    #[must_use]
    pub fn sort_ascending(mut self, column: impl Into<String>) -> Self {
        self.0.set("sortBy", column.into());
        self.0.set("sortDesc", false);
        self
    }

    /// Makes it so many pixels wide, where it is to the right.
    #[must_use]
    pub fn width(mut self, pixels: u32) -> Self {
        self.0.set("width", i64::from(pixels));
        self
    }

    /// Shows numbers beside the names of a pie chart. No other panel does.
    #[must_use]
    pub fn values(mut self, values: impl IntoIterator<Item = PieValue>) -> Self {
        self.0.set("values", Expr::List(values.into_iter().map(Expr::from).collect()));
        self
    }
}

impl From<Legend> for Expr {
    fn from(legend: Legend) -> Self {
        legend.0.into()
    }
}

words! {
    /// A number of a slice of a pie chart.
    PieValue {
        /// Its share.
        Percent = "percent",
        /// Its value.
        Value = "value",
    }

    /// Which series a tooltip tells of.
    TooltipMode {
        /// That below the pointer.
        Single = "single",
        /// All.
        All = "multi",
        /// There is no tooltip.
        None = "none",
    }

    /// An order of values.
    SortOrder {
        /// As they come.
        None = "none",
        /// From the least up.
        Ascending = "asc",
        /// From the greatest down.
        Descending = "desc",
    }
}

/// What is shown where the pointer is: by default the series below it.
#[derive(Clone, Debug, PartialEq)]
pub struct Tooltip(Properties);

impl Tooltip {
    /// The series below the pointer.
    #[must_use]
    pub fn single() -> Self {
        TooltipMode::Single.into()
    }

    /// All series.
    #[must_use]
    pub fn all() -> Self {
        TooltipMode::All.into()
    }

    /// Nothing.
    #[must_use]
    pub fn none() -> Self {
        TooltipMode::None.into()
    }

    /// Sorts the series by value. They are in the order of the graph by default.
    #[must_use]
    pub fn sort(mut self, order: SortOrder) -> Self {
        self.0.set("sort", order);
        self
    }

    /// Leaves series out that are zero there.
    #[must_use]
    pub fn hide_zeros(mut self) -> Self {
        self.0.set("hideZeros", true);
        self
    }

    /// Makes it at most so many pixels high.
    #[must_use]
    pub fn max_height(mut self, pixels: impl Into<f64>) -> Self {
        self.0.set("maxHeight", number(pixels.into()));
        self
    }

    /// Makes it at most so many pixels wide.
    #[must_use]
    pub fn max_width(mut self, pixels: impl Into<f64>) -> Self {
        self.0.set("maxWidth", number(pixels.into()));
        self
    }
}

impl From<TooltipMode> for Tooltip {
    fn from(mode: TooltipMode) -> Self {
        Self(Properties::new().with("mode", mode).with("sort", SortOrder::None))
    }
}

impl From<Tooltip> for Expr {
    fn from(tooltip: Tooltip) -> Self {
        tooltip.0.into()
    }
}
