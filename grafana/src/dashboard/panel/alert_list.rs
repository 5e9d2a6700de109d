//! [`AlertList`]: alerts and their states.

use belvedere_cfn::{Expr, Properties};

use super::kind;
use super::shared::Panel;
use crate::dashboard::model::texts;
use crate::dashboard::setter::{argument, setters, words};
use crate::folder::FolderRef;

/// Alerts and their states
/// (<https://grafana.com/docs/grafana/latest/panels-visualizations/visualizations/alert-list/>).
pub type AlertList = Panel<kind::AlertList>;

/// The order of alerts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlertSort {
    /// By name, from A to Z.
    NameAscending,
    /// By name, from Z to A.
    NameDescending,
    /// The worst first.
    Importance,
    /// The oldest first.
    TimeAscending,
    /// The newest first.
    TimeDescending,
}

impl From<AlertSort> for Expr {
    fn from(sort: AlertSort) -> Self {
        Self::Integer(match sort {
            AlertSort::NameAscending => 1,
            AlertSort::NameDescending => 2,
            AlertSort::Importance => 3,
            AlertSort::TimeAscending => 4,
            AlertSort::TimeDescending => 5,
        })
    }
}

words! {
    /// The state of an alert.
    AlertState {
        /// It fires.
        Firing = "firing",
        /// It will fire if it stays so.
        Pending = "pending",
        /// There is no data.
        NoData = "noData",
        /// All is well.
        Normal = "normal",
        /// It could not be evaluated.
        Error = "error",
        /// It fired, and will be well if it stays so.
        Recovering = "recovering",
    }

    /// What a list of alerts looks like.
    AlertView {
        /// A list.
        List = "list",
        /// How many there are.
        Count = "stat",
    }
}

setters! { ALERT_LIST for [] Panel<kind::AlertList>, "options.";
    /// Shows a list, or how many there are. A list by default.
    view([AlertView]) = "viewMode";
    /// Shows at most so many. It is 20 by default.
    max_items(whole) = "maxItems";
    /// Has them in this order. By name, from A to Z, by default.
    sort([AlertSort]) = "sortOrder";
    /// Shows those of this dashboard only. It does not by default.
    of_this_dashboard(flag) = "dashboardAlerts";
    /// Shows those with this in their name.
    name_contains(text) = "alertName";
    /// Shows those with these labels: `{severity="critical"}`.
    label_filter(text) = "alertInstanceLabelFilter";
    /// Shows those of the data source with this name.
    source_name(text) = "datasource";
    /// Shows the series that each is about. It does not by default.
    instances(flag) = "showInstances";
}

impl AlertList {
    /// Groups them by these labels. By rule by default.
    ///
    /// Writes `options.groupBy` and `options.groupMode`.
    #[must_use]
    pub fn group_by<L: Into<String>>(mut self, labels: impl IntoIterator<Item = L>) -> Self {
        self.put("options.groupBy", texts(labels));
        self.put("options.groupMode", "custom".into());
        self
    }

    /// Shows those in these states. By default all but those where all is well.
    ///
    /// Writes `options.stateFilter`.
    #[must_use]
    pub fn states(mut self, states: impl IntoIterator<Item = AlertState>) -> Self {
        let mut filter: Properties = Properties::new();
        for state in AlertState::ALL {
            filter.set(state.as_str(), false);
        }
        for state in states {
            filter.set(state.as_str(), true);
        }
        self.put("options.stateFilter", filter.into());
        self
    }

    /// Shows those of this folder. Those of all folders by default.
    ///
    /// Writes `options.folder`.
    #[must_use]
    pub fn folder(mut self, folder: &FolderRef) -> Self {
        self.put("options.folder", Properties::new().with("uid", folder.uid().to_owned()).into());
        self
    }
}
