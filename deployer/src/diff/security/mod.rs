//! What a change means for who may do what, and who reaches what.
//!
//! - `statement` takes policies apart into single permissions, so that only what is really new is reported.
//! - `policy` knows where policies are.
//! - `network` reads the rules of security groups.
//! - `exposure` knows switches that open something to everybody, and those that keep it closed.

mod change;
mod exposure;
mod network;
mod policy;
mod statement;

pub use change::{Area, Effect, SecurityChange, Statement};

use super::definition::Definitions;

/// Returns what differs in access between two sets of resources.
pub(super) fn security(old: &Definitions, new: &Definitions) -> Vec<SecurityChange> {
    let mut changes = policy::changes(old, new);
    changes.extend(network::changes(old, new));
    changes.extend(exposure::changes(old, new));
    changes.sort_by(|left, right| left.order().cmp(&right.order()));
    changes
}
