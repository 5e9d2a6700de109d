//! [`AccountAccess`]: whose resources a workspace may read.

/// Whose resources a workspace may read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum AccountAccess {
    /// Those of its own account.
    #[default]
    CurrentAccount,
    /// Those of other accounts of the organization too.
    Organization(OrganizationAccess),
}

/// Which accounts of an organization a workspace may read, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganizationAccess {
    pub(super) organizational_units: Vec<String>,
    pub(super) role_name: Option<String>,
    pub(super) stack_set_name: Option<String>,
}

impl OrganizationAccess {
    /// The accounts of these organizational units, such as `ou-ab12-cdef3456`, or of the whole organization by its root.
    #[must_use]
    pub fn new<U: Into<String>>(organizational_units: impl IntoIterator<Item = U>) -> Self {
        Self {
            organizational_units: organizational_units.into_iter().map(Into::into).collect(),
            role_name: None,
            stack_set_name: None,
        }
    }

    /// The role that reads resources through the organization. None by default.
    #[must_use]
    pub fn role_name(mut self, name: impl Into<String>) -> Self {
        self.role_name = Some(name.into());
        self
    }

    /// The stack set that makes the roles in the other accounts. None by default.
    #[must_use]
    pub fn stack_set_name(mut self, name: impl Into<String>) -> Self {
        self.stack_set_name = Some(name.into());
        self
    }
}
