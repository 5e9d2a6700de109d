//! [`StatusHistory`]: states over time, as cells.

use super::field::Show;
use super::kind;
use super::shared::Panel;
use crate::dashboard::setter::{argument, setters};

/// States over time, as a cell for each value
/// (<https://grafana.com/docs/grafana/latest/panels-visualizations/visualizations/status-history/>).
pub type StatusHistory = Panel<kind::StatusHistory>;

setters! { STATUS_HISTORY for [] Panel<kind::StatusHistory>, "options.";
    /// Makes cells so high, from 0 to 1 of the room. It is 0.9 by default.
    row_height(number) = "rowHeight";
    /// Makes cells so wide, from 0 to 1 of the room. It is 0.9 by default.
    column_width(number) = "colWidth";
    /// Writes states into cells. By default where there is room.
    state_labels([Show]) = "showValue";
    /// Shows so many series on a page. All are on one by default.
    page_size(whole) = "perPage";
}
