//! The entries of `manifest.json`, written straight from the stacks: there is one for each resource.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::{Value as JsonValue, json};

use super::manifest::SCHEMA_VERSION;
use crate::body::Body;

pub(super) type Artifacts<'a> = BTreeMap<String, Artifact<'a>>;

/// The whole of `manifest.json`.
pub(super) struct Manifest<'a> {
    pub(super) artifacts: Artifacts<'a>,
}

impl Serialize for Manifest<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("version", SCHEMA_VERSION)?;
        map.serialize_entry("artifacts", &self.artifacts)?;
        map.serialize_entry("runtime", &json!({ "libraries": { "belvedere": env!("CARGO_PKG_VERSION") } }))?;
        map.end()
    }
}

/// An entry of the manifest: its fields, and for a stack a line for each resource.
pub(super) struct Artifact<'a> {
    pub(super) fields: JsonValue,
    pub(super) stack: Option<&'a Body>,
}

impl Artifact<'_> {
    pub(super) const fn plain(fields: JsonValue) -> Self {
        Self { fields, stack: None }
    }
}

impl Serialize for Artifact<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (name, value) in self.fields.as_object().into_iter().flatten() {
            map.serialize_entry(name, value)?;
        }
        if let Some(body) = self.stack {
            map.serialize_entry("metadata", &Metadata(body))?;
        }
        map.end()
    }
}

/// What the CLI shows by construct path: logical ids and warnings.
struct Metadata<'a>(&'a Body);

impl Serialize for Metadata<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(body) = self;
        let resources = body.template.resources.iter().zip(&body.resource_nodes).map(|((id, _), node)| Entry {
            path: ["/", &body.full_path(*node)].concat(),
            kind: "aws:cdk:logicalId",
            data: id,
        });
        let warnings = body.warnings.iter().map(|warning| Entry {
            path: ["/", &warning.path].concat(),
            kind: "aws:cdk:warning",
            data: &warning.message,
        });
        let mut entries: Vec<Entry<'_>> = resources.chain(warnings).collect();
        entries.sort_by(|one, other| one.path.cmp(&other.path));
        serializer.collect_map(entries.chunk_by(|one, other| one.path == other.path).map(|same| (&same[0].path, same)))
    }
}

struct Entry<'a> {
    path: String,
    kind: &'static str,
    data: &'a str,
}

impl Serialize for Entry<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map([("type", self.kind), ("data", self.data)])
    }
}
