//! How stacks are rolled back.

use std::collections::BTreeSet;

/// How stacks are rolled back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct RollbackOptions {
    pub(super) yes: bool,
    pub(super) force: bool,
    pub(super) concurrency: Option<usize>,
    pub(super) skip: BTreeSet<String>,
}

impl RollbackOptions {
    /// Nothing is rolled back without being asked, and no resource is skipped.
    pub fn new() -> Self {
        Self::default()
    }

    /// Approves everything beforehand. By default [`Report::approve`](crate::Report::approve) is asked.
    pub fn yes(mut self, yes: bool) -> Self {
        self.yes = yes;
        self
    }

    /// Skips whatever cannot be rolled back, after it was tried once more. False by default.
    pub fn force(mut self, force: bool) -> Self {
        self.force = force;
        self
    }

    /// How many stacks are worked on at a time; at least 1. 4 by default.
    pub fn concurrency(mut self, stacks: usize) -> Self {
        self.concurrency = Some(stacks.max(1));
        self
    }

    /// A resource at which a roll back has failed and that is left as it is, by its logical id or the path of its
    /// construct; in a nested stack, `Nested.LogicalId`. May be called again for others.
    pub fn skip(mut self, resource: impl Into<String>) -> Self {
        self.skip.insert(resource.into());
        self
    }
}
