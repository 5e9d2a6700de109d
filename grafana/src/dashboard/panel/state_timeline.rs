//! [`StateTimeline`]: states over time, as bands.

use super::field::Show;
use super::kind;
use super::shared::Panel;
use super::table::Align;
use crate::dashboard::setter::{argument, setters};

/// States over time, as bands that are as long as a state lasts
/// (<https://grafana.com/docs/grafana/latest/panels-visualizations/visualizations/state-timeline/>).
pub type StateTimeline = Panel<kind::StateTimeline>;

setters! { STATE_TIMELINE for [] Panel<kind::StateTimeline>, "options.";
    /// Makes one band of equal states that follow each other. It does by default.
    merge_values(flag) = "mergeValues";
    /// Makes bands so high, from 0 to 1 of the room. It is 0.9 by default.
    row_height(number) = "rowHeight";
    /// Writes states into bands. By default where there is room.
    state_labels([Show]) = "showValue";
    /// Writes states left, right or in the middle of bands. Left by default.
    align_states([Align]) = "alignValue";
    /// Shows so many series on a page. All are on one by default.
    page_size(whole) = "perPage";
}
