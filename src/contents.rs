//! What Grafanas are filled with: where a stack keeps it, and what the checks say of it.

use std::collections::BTreeSet;

use belvedere_grafana::check::{Context, grouped};
use belvedere_grafana::{AppliedContent, Content, Document, Finding, Severity};

use crate::body::{Body, Level, NodeIndex};

/// What a Grafana is filled with once the stack is deployed.
#[derive(Debug)]
pub(crate) struct PlacedContent {
    pub(crate) node: NodeIndex,
    pub(crate) content: Content,
    /// What is known of the Grafana.
    pub(crate) around: Context,
    pub(crate) way: Way,
}

/// How a content comes to its Grafana.
#[derive(Debug)]
pub(crate) enum Way {
    /// The deployer applies it.
    Applied(AppliedContent),
    /// Grafana reads it from files.
    Files(Document),
}

impl PlacedContent {
    fn document(&self) -> &Document {
        match &self.way {
            Way::Applied(applied) => &applied.document,
            Way::Files(document) => document,
        }
    }

    /// Returns what the deployer applies.
    pub(crate) const fn applied(&self) -> Option<&AppliedContent> {
        match &self.way {
            Way::Applied(applied) => Some(applied),
            Way::Files(_) => None,
        }
    }
}

impl Body {
    /// The types of the resources that the stack has.
    pub(crate) fn resource_types(&self) -> impl Iterator<Item = &str> {
        self.template.resources.iter().map(|(_, resource)| resource.resource_type())
    }

    /// Says what the checks find of what Grafanas are filled with. `types` are those of all stacks: the one with a
    /// dashboard seldom has all that the dashboard shows.
    pub(crate) fn check_contents(&mut self, types: &BTreeSet<String>) {
        for placed in std::mem::take(&mut self.contents) {
            let mut context = placed.around.clone().resource_types(types);
            if let Some(region) = self.environment.region() {
                context = context.region(region);
            }
            for finding in grouped(placed.content.check_document(placed.document(), &context)) {
                let level = match finding.severity {
                    Severity::Problem => Level::Problem,
                    Severity::Warning => Level::Warning,
                };
                // The line of the program is at the end of what is reported: that of the part, or that of the content.
                let location = finding.location;
                self.report_at(placed.node, level, Finding { location: None, ..finding }.to_string(), location);
            }
            self.contents.push(placed);
        }
    }
}
