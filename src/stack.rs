//! [`Stack`]: a flat arena of constructs and resources, and the template that they make.

use std::borrow::Cow;
use std::panic::Location;

use belvedere_cfn::{
    CfnResource, Condition, ConditionRef, Expr, Mapping, MappingRef, Output, ResourceRef, Rule, TypedParameter, Value,
};

use crate::asset::AssetStaging;
use crate::body::{Body, NodeIndex};
use crate::construct::{ChildOf, Construct, Parent};
use crate::environment::Environment;
use crate::finding::Finding;
use crate::scope::{OutputRef, Scope};

/// What CloudFormation deploys as one.
///
/// ```
/// use belvedere::cfn::sns::CfnTopic;
/// use belvedere::{App, Stack};
///
/// let mut stack = Stack::new("Alerts");
/// let topic = stack.add("Topic", CfnTopic::new());
/// stack.output("TopicArn", topic.topic_arn());
///
/// let mut app = App::new();
/// app.add(stack);
/// ```
#[derive(Debug)]
pub struct Stack {
    pub(crate) body: Body,
}

impl Stack {
    /// Starts a stack with this construct id, which is also its name unless [`stack_name`](Stack::stack_name) says
    /// otherwise. It can be deployed to any account and region unless [`environment`](Stack::environment) says otherwise.
    #[track_caller]
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self { body: Body::new(id.into(), Location::caller()) }
    }

    /// The account and region that the stack is for. Any by default.
    #[must_use]
    pub fn environment(mut self, environment: Environment) -> Self {
        self.body.environment = environment;
        self
    }

    /// What the stack is for, at most 1,024 bytes. Nothing by default.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.body.template.description = Some(description.into().into());
        self
    }

    /// The name that CloudFormation shows: a letter, then at most 127 letters, digits and hyphens. The construct id by
    /// default, after the ids of the stages above it.
    #[must_use]
    pub fn stack_name(mut self, name: impl Into<String>) -> Self {
        self.body.stack_name = Some(name.into());
        self
    }

    /// Whether CloudFormation refuses to delete the stack. It does not by default.
    #[must_use]
    pub const fn termination_protection(mut self, protect: bool) -> Self {
        self.body.termination_protection = protect;
        self
    }

    /// A role in the stack's account that a stack of another account may assume to read this one's outputs. None by
    /// default: then a reference from another account is a problem.
    #[must_use]
    pub fn output_reader_role(mut self, role_arn: impl Into<String>) -> Self {
        self.body.output_reader_role = Some(role_arn.into());
        self
    }

    /// Where the stack's assets are published. In a bucket of a stack that comes with the assembly, by default.
    ///
    /// Call it before anything is added: a location that was handed out stays as it is.
    #[must_use]
    pub fn asset_staging(mut self, staging: AssetStaging) -> Self {
        self.body.asset_staging = staging;
        self
    }

    /// How stacks of the same account and region refer to this one's resources. [`CrossStackReferences::Weak`] by default.
    #[must_use]
    pub const fn cross_stack_references(mut self, references: CrossStackReferences) -> Self {
        self.body.cross_stack_references = references;
        self
    }

    /// Makes this stack wait for another although none of its values refers to it.
    pub fn depends_on(&mut self, stack: &Self) {
        self.body.stack_dependencies.push(stack.body.owner);
    }

    /// Returns the stack's construct id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.body.id
    }

    /// Calls `visit` with every resource of the stack, in the order in which they were defined.
    pub fn visit(&self, visit: &mut dyn FnMut(&ResourceView<'_>)) {
        self.body.visit(visit);
    }

    /// Returns the stack's outermost scope.
    pub fn scope(&mut self) -> Scope<'_> {
        Scope { body: &mut self.body, node: NodeIndex::ROOT }
    }

    /// Tags the stack; CloudFormation gives a stack's tags to every resource that can have them. Overrides the app's.
    pub fn tag(&mut self, key: impl Into<String>, value: impl Into<String>) {
        self.body.stack_tags.insert(key.into(), value.into());
    }

    /// Defines `construct` under `id` and returns what refers to it. See [`Scope::add`].
    #[track_caller]
    pub fn add<C: Construct>(&mut self, id: impl Into<Cow<'static, str>>, construct: C) -> C::Ref {
        self.scope().add(id, construct)
    }

    /// Defines `child` below a construct that was added earlier. See [`Scope::add_to`].
    #[track_caller]
    pub fn add_to<P: Parent, C: ChildOf<P>>(
        &mut self,
        parent: &P,
        id: impl Into<Cow<'static, str>>,
        child: C,
    ) -> C::Ref {
        self.scope().add_to(parent, id, child)
    }

    /// Shows a value of the deployed stack. See [`Scope::output`].
    #[track_caller]
    pub fn output(&mut self, id: impl Into<Cow<'static, str>>, output: impl Into<Output>) -> OutputRef {
        self.scope().output(id, output)
    }

    /// Declares a value that is given at deploy time. See [`Scope::parameter`].
    #[track_caller]
    pub fn parameter<T>(&mut self, id: impl Into<Cow<'static, str>>, parameter: TypedParameter<T>) -> Value<T> {
        self.scope().parameter(id, parameter)
    }

    /// Declares a named test. See [`Scope::condition`].
    #[track_caller]
    pub fn condition(&mut self, id: impl Into<Cow<'static, str>>, condition: Condition) -> ConditionRef {
        self.scope().condition(id, condition)
    }

    /// Declares a constant table. See [`Scope::mapping`].
    #[track_caller]
    pub fn mapping(&mut self, id: impl Into<Cow<'static, str>>, mapping: Mapping) -> MappingRef {
        self.scope().mapping(id, mapping)
    }

    /// Declares a check on the parameters. See [`Scope::rule`].
    #[track_caller]
    pub fn rule(&mut self, id: impl Into<Cow<'static, str>>, rule: Rule) {
        self.scope().rule(id, rule);
    }

    /// Makes `dependent` wait for `dependency`. See [`Scope::depend`].
    pub fn depend<A, B>(&mut self, dependent: &ResourceRef<A>, dependency: &ResourceRef<B>) {
        self.scope().depend(dependent, dependency);
    }

    /// Sets a property of a resource that was defined earlier. See [`Scope::override_property`].
    pub fn override_property<R>(&mut self, resource: &ResourceRef<R>, path: &str, value: impl Into<Expr>) {
        self.scope().override_property(resource, path, value);
    }

    /// Accepts what a linter says of a resource. See [`Scope::acknowledge`].
    pub fn acknowledge<R>(&mut self, resource: &ResourceRef<R>, finding: Finding) {
        self.scope().acknowledge(resource, finding);
    }

    /// Gives a resource that was defined earlier another logical id. See [`Scope::override_logical_id`].
    pub fn override_logical_id<R>(&mut self, resource: &ResourceRef<R>, logical_id: impl Into<String>) {
        self.scope().override_logical_id(resource, logical_id);
    }

    /// Records something wrong with the stack as a whole. See [`Scope::problem`].
    pub fn problem(&mut self, message: impl Into<String>) {
        self.scope().problem(message);
    }

    /// Records something doubtful about the stack as a whole. See [`Scope::warning`].
    pub fn warning(&mut self, message: impl Into<String>) {
        self.scope().warning(message);
    }
}

/// How stacks of one account and region refer to each other's resources.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum CrossStackReferences {
    /// By `Fn::GetStackOutput`: the value is read when the consumer is deployed, and the producer stays free to change.
    #[default]
    Weak,
    /// By export and `Fn::ImportValue`: CloudFormation refuses to change or delete a value while it is imported.
    Strong,
}

/// A resource as a policy check sees it: read-only, after definition, before synthesis.
#[derive(Clone, Copy, Debug)]
pub struct ResourceView<'a> {
    /// The construct's path from the app down.
    pub path: &'a str,
    /// The logical id.
    pub logical_id: &'a str,
    /// The resource with its properties.
    pub resource: &'a CfnResource,
    /// The account and region that the stack is for.
    pub environment: &'a Environment,
}
