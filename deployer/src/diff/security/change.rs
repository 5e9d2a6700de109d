//! A change of who may do what, or who reaches what.

use serde::Serialize;

use super::super::definition::Definitions;
use super::super::resource_change::Change;

/// A change of who may do what, or who reaches what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SecurityChange {
    /// The logical id of what it is about, or its name where the template does not define it.
    pub subject: String,
    /// The path of its construct, where the template tells it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// What it is about.
    pub area: Area,
    /// Whether this is added or removed.
    pub change: Change,
    /// What it means for access.
    pub effect: Effect,
    /// Whether it is about everybody: `*` as a principal, or all addresses.
    pub everybody: bool,
    /// What is added or removed, in a line.
    pub text: String,
    /// The permission, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statement: Option<Statement>,
}

/// What a security change is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Area {
    /// Permissions.
    Iam,
    /// Ways through the network.
    Network,
    /// Something that is open to everybody, or that keeps it closed.
    Exposure,
}

/// What a security change means for access.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// More is possible than before.
    Broadens,
    /// It comes with a stack that is new as a whole.
    Initial,
    /// Less is possible than before.
    Narrows,
}

/// A permission, or what forbids something.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Statement {
    /// `Allow` or `Deny`.
    pub effect: String,
    /// Who; empty in a policy of a user, group or role, which is about these.
    pub principals: Vec<String>,
    /// What may be done.
    pub actions: Vec<String>,
    /// With what; empty in a policy of a resource that names none.
    pub resources: Vec<String>,
    /// Under which condition, as JSON; empty if under none.
    pub condition: String,
}

/// Whether something gives access or takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Polarity {
    Opens,
    Closes,
}

impl Polarity {
    /// Returns what adding or removing such a thing means.
    pub(super) fn effect(self, change: Change, is_new_stack: bool) -> Effect {
        match (self, change) {
            _ if is_new_stack => Effect::Initial,
            (Self::Opens, Change::Removed) | (Self::Closes, Change::Added) => Effect::Narrows,
            _ => Effect::Broadens,
        }
    }
}

impl SecurityChange {
    /// What a person calls what it is about.
    #[must_use]
    pub fn name(&self) -> &str {
        self.path.as_deref().unwrap_or(&self.subject)
    }

    pub(super) fn order(&self) -> (Area, Effect, &str, &str) {
        (self.area, self.effect, self.name(), &self.text)
    }
}

/// Returns the path of a resource in whichever of the two templates has it.
pub(super) fn path_of(id: &str, old: &Definitions, new: &Definitions) -> Option<String> {
    new.get(id).or_else(|| old.get(id)).and_then(|definition| definition.path.clone())
}
