//! Alerts that Grafana evaluates, and where they go.

use crate::document::{AlertingDocument, Lifting};

/// The alerting of a content.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct AlertingParts {}

impl AlertingParts {
    pub(crate) fn document(&self, lifting: &mut Lifting) -> AlertingDocument {
        let _ = lifting;
        AlertingDocument::default()
    }
}
