//! [`Scope`]: where constructs are added.

use std::borrow::Cow;
use std::panic::Location;

use belvedere_cfn::{
    CfnResource, Condition, ConditionRef, Expr, Mapping, MappingRef, Output, ResourceRef, Rule, Target, Text,
    TypedParameter, Value,
};

use belvedere_grafana::check::Context;
use belvedere_grafana::{AppliedContent, Content, Document};

use crate::asset::{Asset, AssetLocation};
use crate::body::{Body, Level, NodeIndex};
use crate::construct::{ChildOf, Construct, Parent, Place};
use crate::contents::{PlacedContent, Way};
use crate::environment::Environment;
use crate::finding::Finding;
use crate::image_asset::{ImageAsset, ImageLocation};

/// A place in a stack's tree, where constructs are added under ids that are unique there.
///
/// A scope is borrowed for the length of one definition. What comes back from [`add`](Scope::add) holds no borrow.
#[derive(Debug)]
pub struct Scope<'a> {
    pub(crate) body: &'a mut Body,
    pub(crate) node: NodeIndex,
}

impl Scope<'_> {
    /// Defines `construct` under `id` and returns what refers to it.
    ///
    /// Ids are part of the contract: a resource's logical id comes from the ids above it, and a changed one means a
    /// replaced resource. `Default` is left out of logical ids, for wrapping a construct in another without renaming
    /// anything. An id that is taken, empty or has a `/` in it is a problem.
    #[track_caller]
    pub fn add<C: Construct>(&mut self, id: impl Into<Cow<'static, str>>, construct: C) -> C::Ref {
        let node = self.body.enter(self.node, id.into(), std::any::type_name::<C>(), Location::caller());
        construct.define(&mut Scope { body: self.body, node })
    }

    /// Defines `child` below a construct that was added earlier, wherever that is, and returns what refers to it.
    ///
    /// For what belongs to something else and is named by its place there, such as a listener of a load balancer. What
    /// belongs to a construct of another stack, or of no stack, is defined in this scope.
    #[track_caller]
    pub fn add_to<P: Parent, C: ChildOf<P>>(
        &mut self,
        parent: &P,
        id: impl Into<Cow<'static, str>>,
        child: C,
    ) -> C::Ref {
        let own = parent.place().filter(|place| place.owner == self.body.owner);
        let node = own.and_then(|place| self.body.node_at(&place.path)).unwrap_or(self.node);
        child.define_below(parent, id.into(), &mut Scope { body: self.body, node })
    }

    /// Returns where this scope is, for references that more can be added to.
    #[must_use]
    pub fn place(&self) -> Place {
        Place { owner: self.body.owner, path: self.local_path().to_owned() }
    }

    /// Opens a scope of its own under `id`, to group constructs without defining a type for it.
    #[track_caller]
    pub fn scope(&mut self, id: impl Into<Cow<'static, str>>) -> Scope<'_> {
        let node = self.body.enter(self.node, id.into(), "belvedere::Scope", Location::caller());
        Scope { body: self.body, node }
    }

    /// Opens the scope of a construct that was added to this stack earlier, by its path below the stack.
    ///
    /// For rules that belong beside what they guard, wherever they are asked for. A path that is not there is opened
    /// below this scope instead, for what stands for a resource of another stack.
    #[track_caller]
    pub(crate) fn at(&mut self, path: &str) -> Scope<'_> {
        let node = self.body.node_at(path).unwrap_or(self.node);
        Scope { body: self.body, node }
    }

    /// Returns whether a child of this id is there already.
    pub(crate) fn has_child(&self, id: &str) -> bool {
        self.body.child(self.node, id).is_some()
    }

    /// Shows a value of the deployed stack under `id`.
    #[track_caller]
    pub fn output(&mut self, id: impl Into<Cow<'static, str>>, output: impl Into<Output>) -> OutputRef {
        let node = self.body.enter(self.node, id.into(), "belvedere::Output", Location::caller());
        OutputRef { target: self.body.add_output(node, output.into()) }
    }

    /// Declares a value that is given at deploy time, and returns the value.
    #[track_caller]
    pub fn parameter<T>(&mut self, id: impl Into<Cow<'static, str>>, parameter: TypedParameter<T>) -> Value<T> {
        let node = self.body.enter(self.node, id.into(), "belvedere::Parameter", Location::caller());
        let target = self.body.target(node);
        let is_taken =
            self.body.resource(&target).is_some() || self.body.template.parameters.contains_key(target.logical_id());
        self.body.report_taken(node, is_taken);
        let (parameter, value) = parameter.into_parts(target.clone());
        self.body.template.parameters.insert(Text::from(target.logical_id().to_owned()), parameter);
        value
    }

    /// Declares a named test, for [`functions::condition`](crate::cfn::functions::condition) and
    /// [`Resource::when`](crate::cfn::Resource::when).
    #[track_caller]
    pub fn condition(&mut self, id: impl Into<Cow<'static, str>>, condition: Condition) -> ConditionRef {
        let node = self.body.enter(self.node, id.into(), "belvedere::Condition", Location::caller());
        let id = self.body.target(node).logical_id().to_owned();
        self.body.report_taken(node, self.body.template.conditions.contains_key(id.as_str()));
        self.body.template.conditions.insert(id.clone().into(), condition);
        ConditionRef::new(id)
    }

    /// Declares a constant table, for [`functions::find_in_map`](crate::cfn::functions::find_in_map).
    #[track_caller]
    pub fn mapping(&mut self, id: impl Into<Cow<'static, str>>, mapping: Mapping) -> MappingRef {
        let node = self.body.enter(self.node, id.into(), "belvedere::Mapping", Location::caller());
        let id = self.body.target(node).logical_id().to_owned();
        self.body.report_taken(node, self.body.template.mappings.contains_key(id.as_str()));
        self.body.template.mappings.insert(id.clone().into(), mapping);
        MappingRef::new(id)
    }

    /// Declares a check on the parameters.
    #[track_caller]
    pub fn rule(&mut self, id: impl Into<Cow<'static, str>>, rule: Rule) {
        let node = self.body.enter(self.node, id.into(), "belvedere::Rule", Location::caller());
        let id = self.body.target(node).logical_id().to_owned();
        self.body.report_taken(node, self.body.template.rules.contains_key(id.as_str()));
        self.body.template.rules.insert(id.into(), rule);
    }

    /// Tags every taggable resource defined in this scope and below. The innermost scope wins, and a resource's own tag
    /// over any scope's.
    pub fn tag(&mut self, key: impl Into<String>, value: impl Into<String>) {
        self.body.tag(self.node, key.into(), value.into());
    }

    /// Records something wrong with the construct being defined. Synthesis then fails, and lists all problems.
    pub fn problem(&mut self, message: impl Into<String>) {
        self.body.report(self.node, Level::Problem, message.into());
    }

    /// Records something doubtful about the construct being defined. Synthesis shows it and goes on.
    pub fn warning(&mut self, message: impl Into<String>) {
        self.body.report(self.node, Level::Warning, message.into());
    }

    /// Registers a file that is published before the stack is deployed, and returns where it will be.
    pub fn asset(&mut self, asset: Asset) -> AssetLocation {
        self.body.add_asset(self.node, asset)
    }

    /// Registers an image that is published before the stack is deployed, and returns where it will be.
    pub(crate) fn image(&mut self, image: ImageAsset) -> ImageLocation {
        self.body.add_image(self.node, image)
    }

    /// Registers what a Grafana, of which `around` tells, is filled with once the stack is deployed.
    pub(crate) fn register_content(&mut self, content: Content, around: Context, applied: AppliedContent) {
        self.body.contents.push(PlacedContent { node: self.node, content, around, way: Way::Applied(applied) });
    }

    /// Has what a Grafana reads from files checked once the whole stack is known.
    pub(crate) fn check_content(&mut self, content: Content, document: Document) {
        let around = Context::default();
        self.body.contents.push(PlacedContent { node: self.node, content, around, way: Way::Files(document) });
    }

    /// Makes `dependent` wait for `dependency` although none of its properties refers to it.
    pub fn depend<A, B>(&mut self, dependent: &ResourceRef<A>, dependency: &ResourceRef<B>) {
        self.body.add_dependency(dependent.target(), dependency.target());
    }

    /// Sets a property of a resource that was defined earlier, by its path with dots, such as
    /// `DeploymentConfiguration.MaximumPercent`.
    ///
    /// The escape hatch for what a construct does not offer. A resource that is not in this stack is a problem.
    pub fn override_property<R>(&mut self, resource: &ResourceRef<R>, path: &str, value: impl Into<Expr>) {
        self.body.override_property(self.node, resource.target(), path, value.into());
    }

    /// Accepts what a linter says of a resource that was defined earlier, with the reason.
    pub fn acknowledge<R>(&mut self, resource: &ResourceRef<R>, finding: Finding) {
        if !self.body.acknowledge(resource.target(), finding) {
            self.problem(format!(
                "`{}` is not in this stack, so nothing can be acknowledged for it",
                resource.logical_id()
            ));
        }
    }

    /// Gives a resource that was defined earlier another logical id, to keep one that already exists.
    pub fn override_logical_id<R>(&mut self, resource: &ResourceRef<R>, logical_id: impl Into<String>) {
        self.body.rename(self.node, resource.target(), logical_id.into());
    }

    /// Returns the path of this scope from the stack down, such as `Observability/Vpc`.
    #[must_use]
    pub fn path(&self) -> String {
        self.body.full_path(self.node).into_owned()
    }

    /// Returns an id that is unique in the app, made like a logical id from the whole path. For names in other scopes.
    #[must_use]
    pub fn unique_id(&self) -> String {
        self.body.unique_id(self.node)
    }

    /// Returns the logical id that the resource at child `id` has, or will have. For names that are made from it.
    #[must_use]
    pub fn logical_id_of(&self, id: &str) -> String {
        self.body.logical_id_of(self.node, id)
    }

    /// Returns the account and region that the stack is for.
    #[must_use]
    pub fn environment(&self) -> &Environment {
        &self.body.environment
    }

    /// Returns a property of a resource that was defined earlier: `None` if the resource is not in this stack, and
    /// `Some(None)` if the property is not set.
    pub(crate) fn property_of<R>(&self, resource: &ResourceRef<R>, name: &str) -> Option<Option<&Expr>> {
        self.body.resource(resource.target()).map(|resource| resource.properties().get(name))
    }

    /// Returns the path of this scope below its stack, without the stack's own id.
    pub(crate) fn local_path(&self) -> &str {
        self.body.local_path(self.node)
    }

    pub(crate) fn define_resource<R>(&mut self, resource: CfnResource) -> ResourceRef<R> {
        ResourceRef::new(self.body.add_resource(self.node, resource))
    }
}

/// An output that was added to a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputRef {
    target: Target,
}

impl OutputRef {
    /// Returns the output's name in the template.
    #[must_use]
    pub fn logical_id(&self) -> &str {
        self.target.logical_id()
    }
}
