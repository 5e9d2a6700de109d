//! [`Logs`]: log lines.

use super::kind;
use super::shared::Panel;
use crate::dashboard::setter::{argument, setters, words};

/// Log lines
/// (<https://grafana.com/docs/grafana/latest/panels-visualizations/visualizations/logs/>).
///
/// It takes queries for logs only:
///
/// ```compile_fail,E0277
/// # use belvedere_grafana::{datasource::{DataSourceRef, PromQl}, dashboard::Logs};
/// fn lines(prometheus: &DataSourceRef<PromQl>) -> Logs {
///     Logs::new("Lines").query(prometheus.query("up"))
/// }
/// ```
pub type Logs = Panel<kind::Logs>;

words! {
    /// The order of log lines.
    LogsOrder {
        /// The newest first.
        NewestFirst = "Descending",
        /// The oldest first.
        OldestFirst = "Ascending",
    }

    /// Which lines are taken for the same, and shown once.
    LogsDedup {
        /// None.
        None = "none",
        /// Those with the same text.
        Exact = "exact",
        /// Those that differ in numbers only.
        Numbers = "numbers",
        /// Those with the same punctuation.
        Signature = "signature",
    }
}

setters! { LOGS for [] Panel<kind::Logs>, "options.";
    /// Shows the time of each line. It does not by default.
    show_time(flag) = "showTime";
    /// Shows the labels that differ. It does not by default.
    show_labels(flag) = "showLabels";
    /// Shows the labels that all lines have. It does not by default.
    show_common_labels(flag) = "showCommonLabels";
    /// Breaks long lines. It does not by default.
    wrap(flag) = "wrapLogMessage";
    /// Shows JSON over several lines. It does not by default.
    prettify(flag) = "prettifyLogMessage";
    /// Shows a line's fields and links at a click. It does by default.
    details(flag) = "enableLogDetails";
    /// Can show the lines around one. It cannot by default.
    context(flag) = "showLogContextToggle";
    /// Asks for more lines at the end of the list. It does not by default.
    infinite_scrolling(flag) = "enableInfiniteScrolling";
    /// Has the newest or the oldest line first. The newest by default.
    order([LogsOrder]) = "sortOrder";
    /// Shows lines that are the same once. It does not by default.
    dedup([LogsDedup]) = "dedupStrategy";
    /// Shows these fields instead of the line.
    displayed_fields(texts) = "displayedFields";
    /// Colours the parts of a line. Grafana 12 and later.
    syntax_highlighting(flag) = "syntaxHighlighting";
    /// Has buttons beside the lines. Grafana 12 and later.
    controls(flag) = "showControls";
}
