//! [`DashboardList`]: links to dashboards.

use super::kind;
use super::shared::Panel;
use crate::dashboard::setter::{argument, setters};
use crate::folder::FolderRef;

/// Links to dashboards
/// (<https://grafana.com/docs/grafana/latest/panels-visualizations/visualizations/dashboard-list/>).
pub type DashboardList = Panel<kind::DashboardList>;

setters! { DASHBOARD_LIST for [] Panel<kind::DashboardList>, "options.";
    /// Lists those that the reader likes. It does by default.
    starred(flag) = "showStarred";
    /// Lists those that the reader looked at. It does not by default.
    recently_viewed(flag) = "showRecentlyViewed";
    /// Lists those that are found by text, tags and folder. It does not by default.
    search(flag) = "showSearch";
    /// Has a head above each of the lists. It does by default.
    headings(flag) = "showHeadings";
    /// Finds those with this in their title.
    title_contains(text) = "query";
    /// Finds those with all of these tags.
    tags(texts) = "tags";
    /// Lists at most so many. It is 10 by default.
    max_items(whole) = "maxItems";
    /// Takes the time range along. It does not by default.
    keep_time(flag) = "keepTime";
    /// Takes the values of the variables along. It does not by default.
    include_variables(flag) = "includeVars";
    /// Shows the folders' names. It does by default.
    folder_names(flag) = "showFolderNames";
}

impl DashboardList {
    /// Finds those of this folder.
    ///
    /// Writes `options.folderUID`.
    #[must_use]
    pub fn folder(mut self, folder: &FolderRef) -> Self {
        self.put("options.folderUID", folder.uid().to_owned().into());
        self
    }
}
