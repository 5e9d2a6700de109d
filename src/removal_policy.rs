//! [`RemovalPolicy`]: what becomes of a resource's data.

use belvedere_cfn::{CfnResource, DeletionPolicy};

/// What becomes of a resource when its stack no longer has it, or an update replaces it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RemovalPolicy {
    /// It is deleted with what it holds.
    Destroy,
    /// It stays in the account, and costs what it costs, until somebody deletes it.
    Retain,
    /// It stays, except when the deployment that first creates it is rolled back.
    RetainOnUpdateOrDelete,
    /// It is deleted after a snapshot of it was taken. Only for types that can.
    Snapshot,
}

impl RemovalPolicy {
    /// Writes the policy into a resource.
    pub(crate) const fn apply(self, resource: &mut CfnResource) {
        let (on_delete, on_replace) = match self {
            Self::Destroy => (DeletionPolicy::Delete, DeletionPolicy::Delete),
            Self::Retain => (DeletionPolicy::Retain, DeletionPolicy::Retain),
            Self::RetainOnUpdateOrDelete => (DeletionPolicy::RetainExceptOnCreate, DeletionPolicy::Retain),
            Self::Snapshot => (DeletionPolicy::Snapshot, DeletionPolicy::Snapshot),
        };
        resource.set_policies(on_delete, on_replace);
    }
}
