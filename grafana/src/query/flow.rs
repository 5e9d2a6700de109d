//! [`Flow`]: which labels come through a query from its selectors to its results.

use std::collections::BTreeSet;

use super::Named;

/// Where a label of a result comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The selectors, by index, whose series have to have it.
    pub selectors: Vec<usize>,
    /// Whether the query makes it, or may make it: `label_replace`, `count_values`, a parser of log lines.
    pub made: bool,
}

impl Origin {
    /// Returns whether nothing can have the label, because an aggregation drops it.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.selectors.is_empty() && !self.made
    }

    fn made() -> Self {
        Self { selectors: Vec::new(), made: true }
    }

    fn and(mut self, other: Self) -> Self {
        self.selectors.extend(other.selectors);
        self.selectors.sort_unstable();
        self.selectors.dedup();
        self.made |= other.made;
        self
    }
}

/// What a step does to labels. Steps name earlier ones by index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The series of a selector.
    Selector(usize),
    /// Has no labels, such as a number.
    Bare,
    /// May have any label, such as what a variable stands for.
    Unknown,
    /// Has the labels of each of these, as `or` has.
    Either(Vec<usize>),
    Keep(usize, Vec<String>),
    Drop(usize, Vec<String>),
    Make(usize, Vec<String>),
    /// May have more labels than it had, as a parser of log lines makes them.
    MakeAny(usize),
    /// Many on one side, and the labels that it brings from the one on the other.
    Bring {
        many: usize,
        one: usize,
        labels: Vec<String>,
    },
}

/// The steps of a query. The last is the result.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Flow {
    steps: Vec<Step>,
    asked: Vec<Asked>,
}

/// A label that a query looks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) label: Named,
    /// The steps in which it is looked for.
    pub(super) steps: Vec<usize>,
    /// Whether it makes no sense where the label is not.
    pub(super) needed: bool,
}

/// Whether a list names a label. One with a variable in it may name any.
fn names(labels: &[String], label: &str) -> bool {
    labels.iter().any(|at| at == label)
}

fn open(labels: &[String]) -> bool {
    labels.iter().any(|at| !super::variables(at).is_empty())
}

impl Flow {
    /// Adds a step and returns its index.
    pub(super) fn add(&mut self, step: Step) -> usize {
        self.steps.push(step);
        self.steps.len() - 1
    }

    /// Notes that a label is looked for in some steps. Where it is only `needed` sometimes, it may be missing.
    pub(super) fn ask_one(&mut self, label: Named, steps: &[usize], needed: bool) {
        if !label.name.is_empty() {
            self.asked.push(Asked { label, steps: steps.to_vec(), needed });
        }
    }

    pub(super) fn asked(&self) -> &[Asked] {
        &self.asked
    }

    /// The labels that are looked for, in the order in which they are written, each with the selectors that have to have
    /// it.
    pub(super) fn asked_of_selectors(&self) -> Vec<(Named, Vec<usize>)> {
        let selectors = |asked: &Asked| {
            let origins = asked.steps.iter().map(|step| self.origin_at(*step, &asked.label.name));
            origins.fold(Origin::default(), Origin::and).selectors
        };
        let mut asked: Vec<_> = self.asked.iter().map(|asked| (asked.label.clone(), selectors(asked))).collect();
        asked.sort_by_key(|(label, _)| label.span);
        asked
    }

    pub(super) fn origin(&self, label: &str) -> Origin {
        self.steps.len().checked_sub(1).map_or_else(Origin::default, |last| self.origin_at(last, label))
    }

    pub(super) fn origin_at(&self, at: usize, label: &str) -> Origin {
        match &self.steps[at] {
            Step::Selector(selector) => Origin { selectors: vec![*selector], made: false },
            Step::Bare => Origin::default(),
            Step::Unknown => Origin::made(),
            Step::Either(of) => of.iter().fold(Origin::default(), |origin, of| origin.and(self.origin_at(*of, label))),
            Step::Keep(of, labels) if names(labels, label) => self.origin_at(*of, label),
            Step::Keep(_, labels) if open(labels) => Origin::made(),
            Step::Keep(..) => Origin::default(),
            Step::Drop(_, labels) if names(labels, label) => Origin::default(),
            Step::Make(_, labels) if names(labels, label) || open(labels) => Origin::made(),
            Step::Drop(of, _) | Step::Make(of, _) => self.origin_at(*of, label),
            Step::MakeAny(of) => Origin::made().and(self.origin_at(*of, label)),
            Step::Bring { one, labels, .. } if names(labels, label) => self.origin_at(*one, label),
            Step::Bring { labels, .. } if open(labels) => Origin::made(),
            Step::Bring { many, .. } => self.origin_at(*many, label),
        }
    }

    /// Whether a selector is below a step.
    pub(super) fn selects(&self, at: usize) -> bool {
        match &self.steps[at] {
            Step::Selector(_) => true,
            Step::Bare | Step::Unknown => false,
            Step::Either(of) => of.iter().any(|of| self.selects(*of)),
            Step::Keep(of, _) | Step::Drop(of, _) | Step::Make(of, _) | Step::MakeAny(of) => self.selects(*of),
            Step::Bring { many, one, .. } => self.selects(*many) || self.selects(*one),
        }
    }

    pub(super) fn labels(&self) -> Option<BTreeSet<&str>> {
        self.labels_at(self.steps.len().checked_sub(1)?)
    }

    /// The labels that there can be, if a step limits them.
    pub(super) fn labels_at(&self, at: usize) -> Option<BTreeSet<&str>> {
        match &self.steps[at] {
            Step::Selector(_) | Step::Unknown | Step::MakeAny(_) => None,
            Step::Bare => Some(BTreeSet::new()),
            Step::Either(of) => {
                let mut all = BTreeSet::new();
                for of in of {
                    all.extend(self.labels_at(*of)?);
                }
                Some(all)
            }
            Step::Keep(of, labels) => {
                if open(labels) {
                    return None;
                }
                let kept = labels.iter().map(String::as_str);
                Some(match self.labels_at(*of) {
                    Some(there) => kept.filter(|label| there.contains(label)).collect(),
                    None => kept.collect(),
                })
            }
            Step::Drop(of, labels) => {
                let there = self.labels_at(*of)?;
                Some(there.into_iter().filter(|label| !names(labels, label)).collect())
            }
            Step::Make(of, labels) | Step::Bring { many: of, labels, .. } => {
                if open(labels) {
                    return None;
                }
                let mut there = self.labels_at(*of)?;
                there.extend(labels.iter().map(String::as_str));
                Some(there)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(labels: &[&str]) -> Vec<String> {
        labels.iter().map(|label| (*label).to_owned()).collect()
    }

    #[test]
    fn a_label_is_followed_through_a_join() {
        let mut flow = Flow::default();
        let many = flow.add(Step::Selector(0));
        let one = flow.add(Step::Selector(1));
        let joined = flow.add(Step::Bring { many, one, labels: strings(&["version"]) });
        flow.add(Step::Keep(joined, strings(&["job", "version"])));
        assert_eq!(flow.origin("job").selectors, [0]);
        assert_eq!(flow.origin("version").selectors, [1]);
        assert!(flow.origin("instance").is_gone());
        assert_eq!(flow.labels(), Some(BTreeSet::from(["job", "version"])));
    }

    #[test]
    fn a_variable_may_keep_any_label() {
        let mut flow = Flow::default();
        let all = flow.add(Step::Selector(0));
        flow.add(Step::Keep(all, strings(&["job", "$group"])));
        assert!(flow.origin("instance").made);
        assert_eq!(flow.labels(), None);
    }
}
