//! `tree.json`: every construct of an assembly, for diagrams, explorers and the CLI's telling names.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use crate::app::Deployable;
use crate::stack::{Body, NodeIndex};

/// The tree of an app as `tree.json` has it.
pub(crate) struct Tree<'a> {
    pub(crate) parts: &'a [Deployable],
    /// Stacks that synthesis itself added, such as the one with the asset bucket.
    pub(crate) added: &'a [&'a Body],
}

impl Serialize for Tree<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("version", "tree-0.1")?;
        map.serialize_entry(
            "tree",
            &Folder { id: "App", path: "", kind: "belvedere::App", parts: self.parts, added: self.added },
        )?;
        map.end()
    }
}

struct Folder<'a> {
    id: &'a str,
    path: &'a str,
    kind: &'a str,
    parts: &'a [Deployable],
    added: &'a [&'a Body],
}

struct Stacks<'a>(&'a Folder<'a>);

impl Serialize for Stacks<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for part in self.0.parts {
            match part {
                Deployable::Stack(stack) => {
                    map.serialize_entry(&stack.body.id, &Construct { body: &stack.body, node: NodeIndex::ROOT })?;
                }
                Deployable::Stage(stage) => {
                    let path =
                        if self.0.path.is_empty() { stage.id.clone() } else { format!("{}/{}", self.0.path, stage.id) };
                    let folder = Folder {
                        id: &stage.id,
                        path: &path,
                        kind: "belvedere::Stage",
                        parts: &stage.parts,
                        added: &[],
                    };
                    map.serialize_entry(&stage.id, &folder)?;
                }
            }
        }
        for body in self.0.added {
            map.serialize_entry(&body.id, &Construct { body, node: NodeIndex::ROOT })?;
        }
        map.end()
    }
}

impl Serialize for Folder<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", self.id)?;
        map.serialize_entry("path", self.path)?;
        map.serialize_entry("children", &Stacks(self))?;
        map.serialize_entry("constructInfo", &ConstructInfo { type_name: self.kind })?;
        map.end()
    }
}

struct Construct<'a> {
    body: &'a Body,
    node: NodeIndex,
}

struct Children<'a>(&'a Construct<'a>);

impl Serialize for Children<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let body = self.0.body;
        let children = &body.nodes[self.0.node.0].children;
        let mut map = serializer.serialize_map(Some(children.len()))?;
        for &child in children {
            map.serialize_entry(&body.nodes[child.0].id, &Construct { body, node: child })?;
        }
        map.end()
    }
}

impl Serialize for Construct<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let node = &self.body.nodes[self.node.0];
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &node.id)?;
        map.serialize_entry("path", &self.body.full_path(self.node))?;
        if let Some(index) = node.resource {
            let (logical_id, resource) = &self.body.template.resources[index];
            map.serialize_entry("attributes", &Attributes { logical_id, resource_type: resource.resource_type() })?;
        }
        if !node.children.is_empty() {
            map.serialize_entry("children", &Children(self))?;
        }
        map.serialize_entry("constructInfo", &ConstructInfo { type_name: node.type_name })?;
        map.end()
    }
}

/// What the tree says of a resource. Its properties are in the template, under the logical id.
struct Attributes<'a> {
    logical_id: &'a str,
    resource_type: &'a str,
}

impl Serialize for Attributes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("aws:cdk:cloudformation:logicalId", self.logical_id)?;
        map.serialize_entry("aws:cdk:cloudformation:type", self.resource_type)?;
        map.end()
    }
}

/// Names the construct's type as crate and type, such as `belvedere.Vpc`: modules may move, names are the contract.
struct ConstructInfo<'a> {
    type_name: &'a str,
}

impl Serialize for ConstructInfo<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let plain = self.type_name.split('<').next().unwrap_or(self.type_name);
        let first = plain.split("::").next().unwrap_or(plain);
        let last = plain.rsplit("::").next().unwrap_or(plain);
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("fqn", &[first, last].join("."))?;
        map.serialize_entry("version", env!("CARGO_PKG_VERSION"))?;
        map.end()
    }
}
