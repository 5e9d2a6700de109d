//! The alerting of a content.

use super::contact_point::{ContactPoint, ContactPointRef};
use super::group::RuleGroup;
use super::mute_timing::{MuteTiming, MuteTimingRef};
use super::policy::Policies;
use super::template::MessageTemplate;
use crate::content::Content;
use crate::document::{AlertingDocument, Lifting};
use crate::finding::{Finding, Rule};

/// The alerting of a content.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct AlertingParts {
    pub(super) groups: Vec<RuleGroup>,
    pub(super) contact_points: Vec<ContactPoint>,
    pub(super) policies: Option<Policies>,
    pub(super) mute_timings: Vec<MuteTiming>,
    pub(super) templates: Vec<MessageTemplate>,
}

impl AlertingParts {
    pub(crate) fn document(&self, lifting: &mut Lifting) -> AlertingDocument {
        AlertingDocument {
            rule_groups: self.groups.iter().map(|group| group.document(lifting)).collect(),
            contact_points: self.contact_points.iter().flat_map(|point| point.documents(lifting)).collect(),
            policies: self.policies.as_ref().map(|policies| lifting.json("policies", &policies.expr())),
            mute_timings: self.mute_timings.iter().map(|timing| lifting.json("mute timing", &timing.expr())).collect(),
            templates: self.templates.iter().map(MessageTemplate::document).collect(),
        }
    }
}

/// A finding of something that cannot work.
pub(super) fn problem(rule: &'static str, place: &str, message: impl Into<String>, fix: &str) -> Finding {
    Finding::problem(Rule(rule), place, message).fix(fix)
}

/// Reports a contact point that is neither in the content nor said to be there already.
pub(super) fn report_contact_point(
    point: &ContactPointRef,
    place: &str,
    content: &Content,
    found: &mut Vec<Finding>,
) {
    let name = point.name();
    if !point.existing && !content.alerting.contact_points.iter().any(|known| known.name() == name) {
        let fix = format!("add it, or say that it is there already: `ContactPointRef::existing(\"{name}\")`");
        found.push(problem("contact-point", place, format!("this content has no contact point `{name}`"), &fix));
    }
}

/// Reports a mute timing that is neither in the content nor said to be there already.
pub(super) fn report_timing(timing: &MuteTimingRef, place: &str, content: &Content, found: &mut Vec<Finding>) {
    let name = &timing.name;
    if !timing.existing && !content.alerting.mute_timings.iter().any(|known| known.name() == name) {
        let fix = format!("add it, or say that it is there already: `MuteTimingRef::existing(\"{name}\")`");
        found.push(problem("mute-timing", place, format!("this content has no mute timing `{name}`"), &fix));
    }
}
