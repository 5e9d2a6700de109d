//! Panels of states.

use belvedere_grafana::dashboard::*;

use crate::setters::{axes, fields, legend_and_tooltip, shared};
use crate::sources::prometheus;

pub(crate) fn timeline() -> StateTimeline {
    axes!(StateTimeline::new("States"))
        .merge_values(false)
        .row_height(0.8)
        .state_labels(Show::Never)
        .align_states(Align::Center)
        .page_size(20)
        .query(prometheus().query("up"))
}

pub(crate) fn history() -> StatusHistory {
    axes!(StatusHistory::new("History"))
        .row_height(0.8)
        .column_width(0.7)
        .state_labels(Show::Never)
        .page_size(20)
        .query(prometheus().query("up"))
}
