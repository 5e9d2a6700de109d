//! Asking whoever deploys before something is done that is hard to take back.

use std::collections::BTreeMap;

use serde_json::Value;

use super::change_set::ChangeSet;
use super::one::One;
use super::template::Template;
use crate::diff::{Change, Effect, Replacement, compare};
use crate::report::Question;

/// What a change means that is asked about.
pub(super) const HARD: &str = "replace or remove resources, or broaden access";

/// What is hard to take back, a line each.
fn hard(template: &Template, theirs: &Value, set: Option<&ChangeSet>) -> Vec<String> {
    let diff = compare(theirs, &template.value);
    let mut details = BTreeMap::new();
    for change in &diff.resources {
        let what = match change.change {
            Change::Removed if change.retained => "leaves the stack and is kept",
            Change::Removed => "is removed",
            Change::Modified if change.replacement == Replacement::Replaces => "is replaced",
            _ => continue,
        };
        details.insert(change.logical_id.as_str(), format!("{} ({}) {what}", change.name(), change.resource_type));
    }
    for change in set.iter().flat_map(|set| &set.changes).filter(|change| change.replaces) {
        let name = template.paths.get(&change.logical_id).unwrap_or(&change.logical_id);
        let told = format!("{name} ({}) is replaced", change.resource_type);
        details.entry(&change.logical_id).or_insert(told);
    }
    let broadens = diff.security.iter().filter(|change| change.effect == Effect::Broadens);
    let broadens = broadens.map(|change| format!("{} broadens access: {}", change.name(), change.text));
    details.into_values().chain(broadens).collect()
}

impl One<'_> {
    /// Whether all that is hard to take back is approved: what is replaced or removed, by the types' own data and by the
    /// change set where there is one, and what gives more access than there was.
    pub(super) async fn approved(&self, template: &Template, theirs: Option<&Value>, set: Option<&ChangeSet>) -> bool {
        let Some(theirs) = theirs.filter(|_| !self.options.yes) else { return true };
        let details = hard(template, theirs, set);
        if details.is_empty() {
            return true;
        }
        let question = Question { stacks: vec![self.stack.display_name.clone()], text: format!("{HARD}?"), details };
        self.events.approve(question).await
    }
}
