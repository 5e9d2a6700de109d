//! Dashboards: what people look at.

mod query;

pub use query::Query;

use belvedere_cfn::Expr;

use crate::document::{DashboardDocument, Lifting};
use crate::folder::FolderRef;

/// A dashboard in its folder.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PlacedDashboard {
    pub(crate) folder: Option<FolderRef>,
    /// The JSON model.
    pub(crate) model: Expr,
}

impl PlacedDashboard {
    pub(crate) fn document(&self, lifting: &mut Lifting) -> DashboardDocument {
        let uid = self.model.as_object().and_then(|model| model.get("uid")).and_then(Expr::as_str);
        let place = format!("dashboard {}", uid.unwrap_or_default());
        DashboardDocument {
            folder_uid: self.folder.as_ref().map(|folder| folder.uid().to_owned()),
            dashboard: lifting.json(&place, &self.model),
        }
    }
}
