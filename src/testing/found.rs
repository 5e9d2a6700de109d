//! [`Found`]: a part of a template that matched.

use std::collections::BTreeMap;

use serde_json::Value as JsonValue;

/// A resource, output or other entry of a template that matched, and what the pattern captured in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    pub(super) logical_id: String,
    pub(super) entry: JsonValue,
    pub(super) captures: BTreeMap<String, JsonValue>,
}

impl Found {
    /// Returns the entry's logical id.
    #[must_use]
    pub fn logical_id(&self) -> &str {
        &self.logical_id
    }

    /// Returns the whole entry: of a resource its `Type`, `Properties`, `DependsOn` and so on.
    #[must_use]
    pub const fn entry(&self) -> &JsonValue {
        &self.entry
    }

    /// Returns a resource's properties, `null` where it has none.
    #[must_use]
    pub fn properties(&self) -> &JsonValue {
        &self.entry["Properties"]
    }

    /// Returns what [`Match::capture`](crate::testing::Match::capture) took out under `name`.
    ///
    /// # Panics
    ///
    /// Panics if the pattern captured nothing of this name.
    #[must_use]
    #[track_caller]
    pub fn captured(&self, name: &str) -> &JsonValue {
        let Some(value) = self.captures.get(name) else {
            let known: Vec<&str> = self.captures.keys().map(String::as_str).collect();
            panic!("nothing was captured as `{name}`, only {known:?}");
        };
        value
    }
}
