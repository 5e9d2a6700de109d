//! [`RuleGroup`]: rules that are evaluated together.

use std::time::Duration;

use belvedere_cfn::Properties;

use super::notification::Notification;
use super::recording_rule::RecordingRule;
use super::rule::AlertRule;
use crate::content::{Content, Part};
use crate::datasource::name_complaint;
use crate::document::{Lifting, RuleGroupDocument};
use crate::duration;
use crate::finding::Finding;
use crate::folder::FolderRef;

/// Rules in a folder that are evaluated together, one after the other.
/// [Grafana page](https://grafana.com/docs/grafana/latest/alerting/fundamentals/alert-rules/organising-alerts/).
#[derive(Clone, Debug, PartialEq)]
pub struct RuleGroup {
    name: String,
    folder: FolderRef,
    interval: Duration,
    rules: Vec<GroupRule>,
}

/// A rule of a group.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum GroupRule {
    /// Fires alerts.
    Alert(Box<AlertRule>),
    /// Writes down what a query gives.
    Recording(Box<RecordingRule>),
}

impl From<AlertRule> for GroupRule {
    fn from(rule: AlertRule) -> Self {
        Self::Alert(Box::new(rule))
    }
}

impl From<RecordingRule> for GroupRule {
    fn from(rule: RecordingRule) -> Self {
        Self::Recording(Box::new(rule))
    }
}

impl GroupRule {
    fn uid(&self) -> &str {
        match self {
            Self::Alert(rule) => rule.uid(),
            Self::Recording(rule) => &rule.uid,
        }
    }

    fn title(&self) -> &str {
        match self {
            Self::Alert(rule) => rule.title(),
            Self::Recording(rule) => &rule.title,
        }
    }

    fn members(&self) -> Properties {
        match self {
            Self::Alert(rule) => rule.members(),
            Self::Recording(rule) => rule.members(),
        }
    }
}

impl RuleGroup {
    /// A group in a folder, without rules yet. The name tells the groups of a folder apart.
    #[must_use]
    pub fn new(name: impl Into<String>, folder: &FolderRef) -> Self {
        Self { name: name.into(), folder: folder.clone(), interval: Duration::from_secs(60), rules: Vec::new() }
    }

    /// How often the rules are evaluated: a multiple of ten seconds. Every minute by default.
    #[must_use]
    pub const fn interval(mut self, time: Duration) -> Self {
        self.interval = time;
        self
    }

    /// Adds a rule, after those before.
    #[must_use]
    pub fn rule(mut self, rule: impl Into<GroupRule>) -> Self {
        self.rules.push(rule.into());
        self
    }

    pub(super) const fn folder(&self) -> &FolderRef {
        &self.folder
    }

    /// Returns where alerts of its rules go, for those that say so.
    pub(super) fn notifications(&self) -> impl Iterator<Item = &Notification> {
        self.rules.iter().filter_map(|rule| match rule {
            GroupRule::Alert(rule) => rule.notification(),
            GroupRule::Recording(_) => None,
        })
    }

    pub(super) fn document(&self, lifting: &mut Lifting) -> RuleGroupDocument {
        let rule = |rule: &GroupRule| {
            let members = rule
                .members()
                .with("folderUID", self.folder.uid().to_owned())
                .with("orgID", 1)
                .with("ruleGroup", self.name.clone());
            lifting.json(&format!("rule {}", rule.uid()), &members.into())
        };
        RuleGroupDocument {
            folder_uid: self.folder.uid().to_owned(),
            title: self.name.clone(),
            interval: self.interval.as_secs(),
            rules: self.rules.iter().map(rule).collect(),
        }
    }

    fn report(&self, content: &mut Content) {
        let place = format!("alert group `{}`", self.name);
        let mut found = Vec::new();
        let mut report = |rule, message: String, fix: &str| found.push(super::problem(rule, &place, message, fix));
        if let Some(complaint) = name_complaint("a rule group's name", &self.name) {
            report("name", complaint, "give the group another name");
        }
        // A document has whole seconds, and the check of it finds those that are no multiple.
        if self.interval.subsec_nanos() != 0 {
            let message = format!("the interval is a multiple of 10s, got {}", duration::text(self.interval));
            report("alert-rule", message, "round it, at least to 10 s");
        }
        if self.rules.is_empty() {
            report("alert-rule", "the group has no rules".to_owned(), "add a rule, or leave the group out");
        }
        if !content.has_folder(&self.folder) {
            let uid = self.folder.uid();
            let fix = format!("add the folder, or say that it is there: `FolderRef::existing(\"{uid}\")`");
            report("missing-folder", format!("this content has no folder `{uid}`"), &fix);
        }
        let others = &content.alerting.groups;
        if others.iter().any(|other| other.name == self.name && other.folder == self.folder) {
            let message = "another group of the folder has this name".to_owned();
            report("duplicate", message, "give one of the two another name");
        }
        for (number, rule) in self.rules.iter().enumerate() {
            let place = format!("alert rule `{}`", rule.title());
            let before = self.rules[..number].iter().map(|rule| (rule, &self.folder));
            let others = others.iter().flat_map(|group| group.rules.iter().map(|rule| (rule, &group.folder)));
            report_rule(rule, &self.folder, &place, before.chain(others), &mut found);
            match rule {
                GroupRule::Alert(rule) => rule.report(&place, &mut found),
                GroupRule::Recording(rule) => rule.report(&place, &mut found),
            }
        }
        content.problems.append(&mut found);
    }
}

/// Reports what must be different in each rule.
fn report_rule<'a>(
    rule: &GroupRule,
    folder: &FolderRef,
    place: &str,
    others: impl Iterator<Item = (&'a GroupRule, &'a FolderRef)>,
    found: &mut Vec<Finding>,
) {
    for (other, other_folder) in others {
        if other.uid() == rule.uid() {
            let message = format!("rule `{}` has the id `{}` too", other.title(), other.uid());
            found.push(super::problem("duplicate", place, message, "give one of the two another id"));
        }
        if other.title() == rule.title() && other_folder == folder {
            let message = "another rule of the folder has this title";
            found.push(super::problem("duplicate", place, message, "give one of the two another title"));
        }
    }
}

impl Part for RuleGroup {
    type Ref = ();

    fn add_to(self, content: &mut Content) {
        self.report(content);
        content.origins.put(format!("alert group `{}`", self.name));
        for rule in &self.rules {
            content.origins.put(format!("alert rule `{}`", rule.title()));
        }
        content.alerting.groups.push(self);
    }
}
