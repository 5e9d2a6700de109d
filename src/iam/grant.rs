//! [`Grant`]: permissions as a value.

use super::statement::PolicyStatement;

/// Permissions on something, ready to be given to whoever needs them.
///
/// Made by references (`bucket.read()`), taken by definitions (`.grant(..)`).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Grant {
    statements: Vec<PolicyStatement>,
}

impl Grant {
    /// Permissions of your own making.
    #[must_use]
    pub fn new(statements: impl IntoIterator<Item = PolicyStatement>) -> Self {
        Self { statements: statements.into_iter().collect() }
    }

    /// These permissions and others.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.statements.extend(other.statements);
        self
    }

    /// Returns the statements.
    #[must_use]
    pub fn statements(&self) -> &[PolicyStatement] {
        &self.statements
    }

    pub(crate) fn into_statements(self) -> Vec<PolicyStatement> {
        self.statements
    }
}

impl From<PolicyStatement> for Grant {
    fn from(statement: PolicyStatement) -> Self {
        Self { statements: vec![statement] }
    }
}
