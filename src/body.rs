//! [`Body`]: what a stack holds while it is being defined: a flat arena of constructs, and the template they make.

use std::borrow::Cow;
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::panic::Location;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use belvedere_cfn::{CfnResource, Expr, Output, Owner, Properties, Target, Template};

use crate::asset::{Asset, AssetLocation, AssetStaging, PlacedAsset};
use crate::contents::PlacedContent;
use crate::environment::Environment;
use crate::image_asset::{ImageAsset, ImageLocation, PlacedImage};
use crate::logical_id::logical_id;
use crate::problem::Problem;
use crate::stack::{CrossStackReferences, ResourceView};

/// A place in [`Body::nodes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct NodeIndex(pub(crate) usize);

impl NodeIndex {
    pub(crate) const ROOT: Self = Self(0);
}

/// A construct in the tree, as far as synthesis needs to know it.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) id: Cow<'static, str>,
    pub(crate) parent: Option<NodeIndex>,
    pub(crate) children: Vec<NodeIndex>,
    /// The ids from the stack down, with slashes.
    pub(crate) path: Arc<str>,
    pub(crate) type_name: &'static str,
    pub(crate) location: &'static Location<'static>,
    pub(crate) resource: Option<usize>,
    pub(crate) tags: BTreeMap<String, String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    Problem,
    Warning,
}

/// What a stack holds while it is being defined.
#[derive(Debug)]
pub(crate) struct Body {
    pub(crate) id: String,
    /// The ids of the stages above, each with a slash after it.
    pub(crate) prefix: String,
    pub(crate) owner: Owner,
    pub(crate) environment: Environment,
    pub(crate) stack_name: Option<String>,
    pub(crate) termination_protection: bool,
    pub(crate) output_reader_role: Option<String>,
    pub(crate) asset_staging: AssetStaging,
    pub(crate) cross_stack_references: CrossStackReferences,
    pub(crate) stack_dependencies: Vec<Owner>,
    pub(crate) stack_tags: BTreeMap<String, String>,
    pub(crate) nodes: Vec<Node>,
    pub(crate) template: Template,
    pub(crate) resource_nodes: Vec<NodeIndex>,
    pub(crate) problems: Vec<Problem>,
    pub(crate) warnings: Vec<Problem>,
    pub(crate) assets: Vec<PlacedAsset>,
    pub(crate) images: Vec<PlacedImage>,
    pub(crate) contents: Vec<PlacedContent>,
    pub(crate) renames: BTreeMap<String, String>,
    by_path: HashMap<Arc<str>, NodeIndex>,
    by_logical_id: HashMap<Arc<str>, usize>,
}

static NEXT_OWNER: AtomicU64 = AtomicU64::new(1);

impl Body {
    pub(crate) fn new(id: String, location: &'static Location<'static>) -> Self {
        let root = Node {
            path: id.as_str().into(),
            id: id.clone().into(),
            parent: None,
            children: Vec::new(),
            type_name: "belvedere::Stack",
            location,
            resource: None,
            tags: BTreeMap::new(),
        };
        let mut body = Self {
            id,
            prefix: String::new(),
            owner: Owner(NEXT_OWNER.fetch_add(1, Ordering::Relaxed)),
            environment: Environment::agnostic(),
            stack_name: None,
            termination_protection: false,
            output_reader_role: None,
            asset_staging: AssetStaging::default(),
            cross_stack_references: CrossStackReferences::default(),
            stack_dependencies: Vec::new(),
            stack_tags: BTreeMap::new(),
            nodes: vec![root],
            template: Template::default(),
            resource_nodes: Vec::new(),
            problems: Vec::new(),
            warnings: Vec::new(),
            assets: Vec::new(),
            images: Vec::new(),
            contents: Vec::new(),
            renames: BTreeMap::new(),
            by_path: HashMap::new(),
            by_logical_id: HashMap::new(),
        };
        if let Some(complaint) = id_complaint(&body.id) {
            body.report(NodeIndex::ROOT, Level::Problem, complaint);
        }
        body
    }

    /// Opens a child. One that cannot be is opened all the same, so that what is wrong inside it is found too.
    pub(crate) fn enter(
        &mut self,
        parent: NodeIndex,
        id: Cow<'static, str>,
        type_name: &'static str,
        location: &'static Location<'static>,
    ) -> NodeIndex {
        let complaint = id_complaint(&id);
        let path: Arc<str> = self.path_of(parent, &id).into();
        let index = NodeIndex(self.nodes.len());
        let first = match self.by_path.entry(path.clone()) {
            Entry::Occupied(entry) => Some(*entry.get()),
            Entry::Vacant(entry) => {
                entry.insert(index);
                None
            }
        };
        self.nodes[parent.0].children.push(index);
        self.nodes.push(Node {
            id,
            parent: Some(parent),
            children: Vec::new(),
            path,
            type_name,
            location,
            resource: None,
            tags: BTreeMap::new(),
        });
        if let Some(complaint) = complaint {
            self.report(index, Level::Problem, complaint);
        } else if let Some(first) = first {
            let earlier = self.nodes[first.0].location;
            let message = format!(
                "there is already a construct with id `{}` here, added at {}:{}: give one of them another id",
                self.nodes[index.0].id,
                earlier.file(),
                earlier.line()
            );
            self.report(index, Level::Problem, message);
        }
        index
    }

    pub(crate) fn child(&self, parent: NodeIndex, id: &str) -> Option<NodeIndex> {
        self.by_path.get(&*self.path_of(parent, id)).copied()
    }

    fn path_of(&self, parent: NodeIndex, id: &str) -> String {
        // What is wrong with an empty id is said of the parent.
        let separator = if id.is_empty() { "" } else { "/" };
        [&self.nodes[parent.0].path, separator, id].concat()
    }

    /// Returns the construct at a path below the stack.
    pub(crate) fn node_at(&self, path: &str) -> Option<NodeIndex> {
        self.child(NodeIndex::ROOT, path)
    }

    pub(crate) fn target(&self, node: NodeIndex) -> Target {
        Target::owned(self.owner, logical_id(self.local_path(node).split('/')))
    }

    pub(crate) fn logical_id_of(&self, node: NodeIndex, id: &str) -> String {
        let above = self.local_path(node).split('/').filter(|component| !component.is_empty());
        logical_id(above.chain([id]))
    }

    pub(crate) fn add_resource(&mut self, node: NodeIndex, resource: CfnResource) -> Target {
        let id: Arc<str> = logical_id(self.local_path(node).split('/')).into();
        let target = Target::owned(self.owner, id.clone());
        if id.is_empty() {
            // The id's own problem was reported when the node was entered.
            return target;
        }
        if let Some(&other) = self.by_logical_id.get(&id) {
            let other = self.resource_nodes[other];
            // A path that is taken was reported when the node was entered; two paths may still give one id.
            if self.nodes[other.0].path != self.nodes[node.0].path {
                let message =
                    format!("its logical id `{id}` is that of {} too: change one of the ids", self.full_path(other));
                self.report(node, Level::Problem, message);
            }
            return target;
        }
        self.report_taken(node, self.template.parameters.contains_key(&*id));
        let index = self.template.resources.len();
        self.by_logical_id.insert(id.clone(), index);
        self.nodes[node.0].resource = Some(index);
        self.resource_nodes.push(node);
        self.template.resources.push((id.to_string().into(), resource));
        target
    }

    /// Reports a logical id that another path gives too. A path that is taken was reported when its node was entered.
    pub(crate) fn report_taken(&mut self, node: NodeIndex, is_taken: bool) {
        if is_taken && self.by_path.get(&self.nodes[node.0].path) == Some(&node) {
            let id = self.target(node).logical_id().to_owned();
            self.report(node, Level::Problem, format!("its logical id `{id}` is taken: change its id"));
        }
    }

    pub(crate) fn add_output(&mut self, node: NodeIndex, output: Output) -> Target {
        let target = self.target(node);
        self.report_taken(node, self.template.outputs.contains_key(target.logical_id()));
        self.template.outputs.insert(target.logical_id().to_owned().into(), output);
        target
    }

    pub(crate) fn add_asset(&mut self, node: NodeIndex, asset: Asset) -> AssetLocation {
        match PlacedAsset::place(asset, self.full_path(node).into_owned()) {
            Ok(placed) => {
                let location = placed.location(&self.asset_staging, &self.environment);
                if !self.assets.iter().any(|known| known.hash == placed.hash) {
                    self.assets.push(placed);
                }
                location
            }
            Err(complaint) => {
                self.report(node, Level::Problem, complaint);
                AssetLocation::unknown()
            }
        }
    }

    pub(crate) fn add_image(&mut self, node: NodeIndex, image: ImageAsset) -> ImageLocation {
        let placed = PlacedImage::place(image, self.full_path(node).into_owned()).and_then(|placed| {
            let location = placed.location(&self.asset_staging, &self.environment)?;
            Ok((placed, location))
        });
        match placed {
            Ok((placed, location)) => {
                if !self.images.iter().any(|known| known.hash == placed.hash) {
                    self.images.push(placed);
                }
                location
            }
            Err(complaint) => {
                self.report(node, Level::Problem, complaint);
                ImageLocation::unknown()
            }
        }
    }

    pub(crate) fn resource(&self, target: &Target) -> Option<&CfnResource> {
        if target.owner().is_some_and(|owner| owner != self.owner) {
            return None;
        }
        let index = *self.by_logical_id.get(target.logical_id())?;
        Some(&self.template.resources[index].1)
    }

    pub(crate) fn resource_mut(&mut self, target: &Target) -> Option<&mut CfnResource> {
        if target.owner().is_some_and(|owner| owner != self.owner) {
            return None;
        }
        let index = *self.by_logical_id.get(target.logical_id())?;
        Some(&mut self.template.resources[index].1)
    }

    /// Returns the place in the template of the resource that was defined with this logical id.
    pub(crate) fn position_of(&self, logical_id: &str) -> Option<usize> {
        self.by_logical_id.get(logical_id).copied()
    }

    /// Returns where the resource with this logical id was defined.
    pub(crate) fn node_of(&self, logical_id: &str) -> Option<NodeIndex> {
        self.by_logical_id.get(logical_id).map(|&index| self.resource_nodes[index])
    }

    pub(crate) fn add_dependency(&mut self, dependent: &Target, dependency: &Target) {
        let dependency = dependency.clone();
        match self.resource_mut(dependent) {
            Some(resource) => resource.add_dependency(dependency),
            None => self.report(
                NodeIndex::ROOT,
                Level::Problem,
                format!("`{}` is not in this stack, so it cannot be made to wait", dependent.logical_id()),
            ),
        }
    }

    pub(crate) fn override_property(&mut self, node: NodeIndex, target: &Target, path: &str, value: Expr) {
        if self.resource(target).is_none() {
            let message = format!("`{}` is not in this stack, so `{path}` cannot be overridden", target.logical_id());
            return self.report(node, Level::Problem, message);
        }
        if path.split('.').any(str::is_empty) {
            let message = format!("a property's path is names with dots between them, got `{path}`");
            return self.report(node, Level::Problem, message);
        }
        let Some(resource) = self.resource_mut(target) else { return };
        let mut names = path.split('.').peekable();
        let mut members: &mut Properties = resource.properties_mut();
        while let Some(name) = names.next() {
            if names.peek().is_none() {
                members.set(name.to_owned(), value);
                return;
            }
            match members.entry(name.to_owned()) {
                Expr::Object(inner) => members = inner,
                _ => {
                    let message = format!("`{path}` cannot be overridden: `{name}` is not an object with members");
                    return self.report(node, Level::Problem, message);
                }
            }
        }
    }

    pub(crate) fn rename(&mut self, node: NodeIndex, target: &Target, logical_id: String) {
        if self.resource_mut(target).is_none() {
            let message = format!("`{}` is not in this stack, so it cannot be renamed", target.logical_id());
            self.report(node, Level::Problem, message);
        } else if logical_id.is_empty()
            || logical_id.len() > 255
            || !logical_id.bytes().all(|b| b.is_ascii_alphanumeric())
        {
            let message = format!("a logical id is 1 to 255 letters and digits, got `{logical_id}`");
            self.report(node, Level::Problem, message);
        } else {
            self.renames.insert(target.logical_id().to_owned(), logical_id);
        }
    }

    /// Reports resources that were given the logical id of something else. Asked for at the end, when all are there.
    pub(crate) fn check_renames(&mut self) {
        let mut complaints = Vec::new();
        for (from, to) in &self.renames {
            let stays = |id: &str| !self.renames.contains_key(id);
            let reason = if self.renames.iter().any(|(earlier, name)| earlier < from && name == to) {
                "another resource was given it too"
            } else if self.by_logical_id.contains_key(to.as_str()) && stays(to) {
                "another resource has it"
            } else if self.template.parameters.contains_key(to.as_str()) {
                "a parameter has it"
            } else {
                continue;
            };
            let node = self.node_of(from).unwrap_or(NodeIndex::ROOT);
            complaints.push((node, format!("cannot be given the logical id `{to}`: {reason}")));
        }
        for (node, message) in complaints {
            self.report(node, Level::Problem, message);
        }
    }

    pub(crate) fn tag(&mut self, node: NodeIndex, key: String, value: String) {
        self.nodes[node.0].tags.insert(key, value);
    }

    pub(crate) fn report(&mut self, node: NodeIndex, level: Level, message: String) {
        self.report_at(node, level, message, None);
    }

    /// Reports what is wrong with a part of a construct that was defined on a line of its own.
    pub(crate) fn report_at(
        &mut self,
        node: NodeIndex,
        level: Level,
        message: String,
        location: Option<&'static Location<'static>>,
    ) {
        let location = location.unwrap_or_else(|| self.location(node));
        let problem = Problem { path: self.full_path(node).into_owned(), message, location: Some(location) };
        match level {
            Level::Problem => self.problems.push(problem),
            Level::Warning => self.warnings.push(problem),
        }
    }

    /// Returns the place in the user's program that a node is there because of: where it was added, or, for what a
    /// construct of this library adds, where that construct was.
    pub(crate) fn location(&self, node: NodeIndex) -> &'static Location<'static> {
        let here = file!();
        let library = &here[..here.len() - "body.rs".len()];
        let mut next = Some(node);
        while let Some(NodeIndex(at)) = next {
            let node = &self.nodes[at];
            if !node.location.file().starts_with(library) {
                return node.location;
            }
            next = node.parent;
        }
        self.nodes[node.0].location
    }

    /// Returns the path below the stack, which is empty for the stack itself.
    pub(crate) fn local_path(&self, node: NodeIndex) -> &str {
        self.nodes[node.0].path.get(self.id.len() + 1..).unwrap_or_default()
    }

    /// Returns the path from the app down.
    pub(crate) fn full_path(&self, node: NodeIndex) -> Cow<'_, str> {
        let path = &*self.nodes[node.0].path;
        if self.prefix.is_empty() { path.into() } else { [&self.prefix, path].concat().into() }
    }

    pub(crate) fn unique_id(&self, node: NodeIndex) -> String {
        logical_id(self.full_path(node).split('/'))
    }

    /// Tells the stack which stages it is in. What was reported before gets its whole path.
    pub(crate) fn set_prefix(&mut self, prefix: &str) {
        for problem in self.problems.iter_mut().chain(&mut self.warnings) {
            problem.path.replace_range(..self.prefix.len(), prefix);
        }
        prefix.clone_into(&mut self.prefix);
    }

    /// Returns the stack's key in the manifest and the stem of its files.
    pub(crate) fn artifact_id(&self) -> String {
        format!("{}{}", self.prefix.replace('/', "-"), self.id)
    }

    /// Gives every taggable resource the tags of the scopes around it that it does not have itself.
    pub(crate) fn apply_tags(&mut self) {
        if self.nodes.iter().all(|node| node.tags.is_empty()) {
            return;
        }
        for (index, node) in self.resource_nodes.iter().enumerate() {
            let mut tags: BTreeMap<String, String> = BTreeMap::new();
            let mut scope = Some(*node);
            while let Some(NodeIndex(at)) = scope {
                for (key, value) in &self.nodes[at].tags {
                    tags.entry(key.clone()).or_insert_with(|| value.clone());
                }
                scope = self.nodes[at].parent;
            }
            self.template.resources[index].1.inherit_tags(&tags);
        }
    }

    /// Puts the last touches to the template: renamed resources, and each resource's path for whoever reads it later.
    pub(crate) fn finish_resources(&mut self) {
        for index in 0..self.resource_nodes.len() {
            let path = self.full_path(self.resource_nodes[index]).into_owned();
            self.template.resources[index].1.add_metadata("aws:cdk:path", path);
        }
        if !self.renames.is_empty() {
            self.template.rename_resources(&self.renames);
        }
    }

    /// Returns the name that CloudFormation will know the stack by.
    pub(crate) fn deployed_name(&self) -> String {
        self.stack_name.clone().unwrap_or_else(|| format!("{}{}", self.prefix.replace('/', "-"), self.id))
    }

    pub(crate) fn visit(&self, visit: &mut dyn FnMut(&ResourceView<'_>)) {
        for ((id, resource), node) in self.template.resources.iter().zip(&self.resource_nodes) {
            let path = self.full_path(*node);
            visit(&ResourceView { path: &path, logical_id: id, resource, environment: &self.environment });
        }
    }
}

fn id_complaint(id: &str) -> Option<String> {
    if id.is_empty() {
        Some("an id must not be empty".to_owned())
    } else if id.contains('/') {
        Some(format!("an id must not contain `/`, which separates the ids of a path, got `{id}`"))
    } else if !id.bytes().any(|byte| byte.is_ascii_alphanumeric()) {
        Some(format!("an id needs a letter or digit (A-Z, a-z, 0-9) for its logical id, got `{id}`"))
    } else {
        None
    }
}
