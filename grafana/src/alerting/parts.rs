//! The alerting of a content.

use super::contact_point::{ContactPoint, ContactPointRef};
use super::group::RuleGroup;
use super::mute_timing::{MuteTiming, MuteTimingRef};
use super::policy::Policies;
use super::template::MessageTemplate;
use crate::document::{AlertingDocument, Lifting};
use crate::finding::{Finding, Rule};
use crate::folder::FolderRef;

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

/// What policies and rules refer to.
#[derive(Debug, Default)]
pub(super) struct References<'a> {
    pub(super) contact_points: Vec<&'a ContactPointRef>,
    pub(super) mute_timings: Vec<&'a MuteTimingRef>,
}

impl AlertingParts {
    /// Returns the names of the contact points and of the mute timings that are referred to and are in the Grafana
    /// already.
    pub(crate) fn existing(&self) -> (Vec<&str>, Vec<&str>) {
        let mut found = References::default();
        self.policies.iter().for_each(|policies| policies.references(&mut found));
        let notifications = self.groups.iter().flat_map(RuleGroup::notifications);
        notifications.for_each(|notification| notification.references(&mut found));
        let points = found.contact_points.into_iter().filter(|point| point.existing).map(ContactPointRef::name);
        let timings = found.mute_timings.into_iter().filter(|timing| timing.existing).map(MuteTimingRef::name);
        (points.collect(), timings.collect())
    }

    /// Returns the folders of the rules.
    pub(crate) fn folders(&self) -> impl Iterator<Item = &FolderRef> {
        self.groups.iter().map(RuleGroup::folder)
    }
}

/// A finding of something that cannot work.
pub(super) fn problem(rule: &'static str, place: &str, message: impl Into<String>, fix: &str) -> Finding {
    Finding::problem(Rule(rule), place, message).fix(fix)
}
