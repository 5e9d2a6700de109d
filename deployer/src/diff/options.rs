//! How stacks are compared.

use std::collections::BTreeMap;

/// How stacks are compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct DiffOptions {
    pub(super) change_set: bool,
    pub(super) parameters: BTreeMap<String, String>,
    pub(super) tags: BTreeMap<String, String>,
}

impl DiffOptions {
    /// Templates only, and nothing is made in the account.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks CloudFormation, too, by a change set that is deleted again at once. False by default.
    pub fn change_set(mut self, change_set: bool) -> Self {
        self.change_set = change_set;
        self
    }

    /// The value of a template's parameter for the change set. What the assembly gives by default, else the value that
    /// the stack has, else that of the template. May be called again for others.
    pub fn parameter(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.parameters.insert(name.into(), value.into());
        self
    }

    /// A tag for the change set, besides those of the assembly. May be called again for others.
    pub fn tag(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.tags.insert(key.into(), value.into());
        self
    }
}
