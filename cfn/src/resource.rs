//! Resources: what they have in common, whatever their type.

use std::collections::BTreeMap;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::expr::{Expr, Properties, Text};
use crate::intrinsic::{Intrinsic, Target};
use crate::template::ConditionRef;
use crate::value::{Attribute, Value};

/// A resource, property for property as CloudFormation has it.
///
/// The generated types, such as `CfnBucket`, are this one with names that the compiler checks. Used by itself it holds
/// a resource that is newer than the type data:
///
/// ```
/// # use belvedere_cfn::CfnResource;
/// let view = CfnResource::new("AWS::CloudWatch::View").property("Name", "orders");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct CfnResource {
    resource_type: Text,
    properties: Properties,
    attributes: Attributes,
}

/// The attributes that every resource may have beside its properties.
#[derive(Clone, Debug, Default, PartialEq)]
struct Attributes {
    condition: Option<Text>,
    creation_policy: Option<Expr>,
    deletion_policy: Option<DeletionPolicy>,
    depends_on: Vec<Target>,
    metadata: Properties,
    update_policy: Option<Expr>,
    update_replace_policy: Option<DeletionPolicy>,
}

/// What becomes of a resource that the stack no longer has.
/// [AWS page](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeletionPolicy {
    /// It is deleted.
    Delete,
    /// It stays, without a stack.
    Retain,
    /// It stays, unless the deployment that created it is rolled back.
    RetainExceptOnCreate,
    /// It is deleted after a snapshot of it was taken. Only for types that can.
    Snapshot,
}

impl DeletionPolicy {
    /// Returns the word that goes into the template.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Delete => "Delete",
            Self::Retain => "Retain",
            Self::RetainExceptOnCreate => "RetainExceptOnCreate",
            Self::Snapshot => "Snapshot",
        }
    }
}

impl CfnResource {
    /// Starts a resource of `resource_type`, such as `AWS::SNS::Topic`.
    #[must_use]
    pub fn new(resource_type: impl Into<Text>) -> Self {
        Self { resource_type: resource_type.into(), properties: Properties::new(), attributes: Attributes::default() }
    }

    /// Sets a property by its CloudFormation name.
    #[must_use]
    pub fn property(mut self, name: impl Into<Text>, value: impl Into<Expr>) -> Self {
        self.properties.set(name, value);
        self
    }

    /// Returns the CloudFormation type.
    #[must_use]
    pub fn resource_type(&self) -> &str {
        &self.resource_type
    }

    /// Returns the properties.
    #[must_use]
    pub const fn properties(&self) -> &Properties {
        &self.properties
    }

    /// Returns the properties for changing them.
    pub const fn properties_mut(&mut self) -> &mut Properties {
        &mut self.properties
    }

    /// Returns what the resource is declared to depend on.
    #[must_use]
    pub fn dependencies(&self) -> &[Target] {
        &self.attributes.depends_on
    }

    /// Returns the resource's metadata.
    #[must_use]
    pub const fn metadata_entries(&self) -> &Properties {
        &self.attributes.metadata
    }

    /// Returns the resource's metadata for changing it.
    pub const fn metadata_mut(&mut self) -> &mut Properties {
        &mut self.attributes.metadata
    }

    /// Returns what becomes of the resource when the stack no longer has it.
    #[must_use]
    pub const fn deletion(&self) -> Option<DeletionPolicy> {
        self.attributes.deletion_policy
    }

    /// Declares a dependency that no property shows. Adding one twice adds it once.
    pub fn add_dependency(&mut self, target: Target) {
        if let Err(index) = self.attributes.depends_on.binary_search(&target) {
            self.attributes.depends_on.insert(index, target);
        }
    }

    /// Sets an entry of the resource's metadata.
    pub fn add_metadata(&mut self, name: impl Into<Text>, value: impl Into<Expr>) {
        self.attributes.metadata.set(name, value);
    }

    /// Sets what becomes of the resource when it is deleted, or replaced by an update.
    pub const fn set_policies(&mut self, on_delete: DeletionPolicy, on_replace: DeletionPolicy) {
        self.attributes.deletion_policy = Some(on_delete);
        self.attributes.update_replace_policy = Some(on_replace);
    }

    /// Returns the name of the condition that the resource exists under.
    #[must_use]
    pub fn condition_id(&self) -> Option<&str> {
        self.attributes.condition.as_deref()
    }

    /// Calls `visit` with every expression in the resource: properties, metadata and policies.
    pub fn for_each_expr<'a>(&'a self, visit: &mut dyn FnMut(&'a Expr)) {
        let Attributes { creation_policy, metadata, update_policy, .. } = &self.attributes;
        let members = self.properties.iter().chain(metadata.iter()).map(|(_, value)| value);
        members.chain(creation_policy).chain(update_policy).for_each(visit);
    }

    /// Calls `visit` with every expression in the resource, for changing it.
    pub fn for_each_expr_mut(&mut self, visit: &mut dyn FnMut(&mut Expr)) {
        let Attributes { creation_policy, metadata, update_policy, .. } = &mut self.attributes;
        let members = self.properties.iter_mut().chain(metadata.iter_mut()).map(|(_, value)| value);
        members.chain(creation_policy).chain(update_policy).for_each(visit);
    }

    /// Gives declared dependencies other logical ids.
    pub(crate) fn rename_dependencies(&mut self, renames: &BTreeMap<String, String>) {
        for target in &mut self.attributes.depends_on {
            if let Some(renamed) = renames.get(target.logical_id()) {
                *target = Target::local(renamed.as_str());
            }
        }
    }

    /// Keeps the declared dependencies that `keep` says to keep.
    pub fn retain_dependencies(&mut self, keep: impl FnMut(&Target) -> bool) {
        self.attributes.depends_on.retain(keep);
    }
}

impl Serialize for CfnResource {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let attributes = &self.attributes;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("Type", &self.resource_type)?;
        if let Some(condition) = &attributes.condition {
            map.serialize_entry("Condition", condition)?;
        }
        if !self.properties.is_empty() {
            map.serialize_entry("Properties", &self.properties)?;
        }
        match attributes.depends_on.as_slice() {
            [] => {}
            targets => {
                let ids: Vec<_> = targets.iter().map(Target::logical_id).collect();
                map.serialize_entry("DependsOn", &ids)?;
            }
        }
        if let Some(policy) = &attributes.creation_policy {
            map.serialize_entry("CreationPolicy", policy)?;
        }
        if let Some(policy) = &attributes.update_policy {
            map.serialize_entry("UpdatePolicy", policy)?;
        }
        if let Some(policy) = attributes.update_replace_policy {
            map.serialize_entry("UpdateReplacePolicy", policy.as_str())?;
        }
        if let Some(policy) = attributes.deletion_policy {
            map.serialize_entry("DeletionPolicy", policy.as_str())?;
        }
        if !attributes.metadata.is_empty() {
            map.serialize_entry("Metadata", &attributes.metadata)?;
        }
        map.end()
    }
}

/// A typed or untyped resource definition, with the attributes that any resource may have.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither a construct nor a CloudFormation resource",
    label = "`{Self}` cannot be defined in a scope",
    note = "definitions (`Vpc::new()`), CloudFormation resources (`CfnVpc::new()`) and your own types that implement `Construct` can"
)]
pub trait Resource: Sized {
    /// Returns the untyped resource below.
    fn untyped(&self) -> &CfnResource;

    /// Returns the untyped resource below, for changing it.
    fn untyped_mut(&mut self) -> &mut CfnResource;

    /// Returns the untyped resource below, without its type.
    fn into_untyped(self) -> CfnResource;

    /// Sets a property that the type data does not have, by its CloudFormation name.
    #[must_use]
    fn with_property(mut self, name: impl Into<Text>, value: impl Into<Expr>) -> Self {
        self.untyped_mut().properties.set(name, value);
        self
    }

    /// Makes the resource wait for another although no property refers to it.
    #[must_use]
    fn depends_on(mut self, target: &Target) -> Self {
        self.untyped_mut().add_dependency(target.clone());
        self
    }

    /// Lets the resource exist only where the condition holds.
    #[must_use]
    fn when(mut self, condition: &ConditionRef) -> Self {
        self.untyped_mut().attributes.condition = Some(condition.logical_id().to_owned().into());
        self
    }

    /// Sets an entry of the resource's metadata.
    #[must_use]
    fn metadata(mut self, name: impl Into<Text>, value: impl Into<Expr>) -> Self {
        self.untyped_mut().add_metadata(name, value);
        self
    }

    /// Sets what becomes of the resource when the stack no longer has it. CloudFormation's default is to delete it
    /// (some database types: to take a snapshot).
    #[must_use]
    fn deletion_policy(mut self, policy: DeletionPolicy) -> Self {
        self.untyped_mut().attributes.deletion_policy = Some(policy);
        self
    }

    /// Sets what becomes of the old resource when an update replaces it. CloudFormation's default is to delete it.
    #[must_use]
    fn update_replace_policy(mut self, policy: DeletionPolicy) -> Self {
        self.untyped_mut().attributes.update_replace_policy = Some(policy);
        self
    }

    /// Sets the [creation policy](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-creationpolicy.html):
    /// which signals the resource waits for before it counts as created.
    #[must_use]
    fn creation_policy(mut self, policy: impl Into<Expr>) -> Self {
        self.untyped_mut().attributes.creation_policy = Some(policy.into());
        self
    }

    /// Sets the [update policy](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-updatepolicy.html):
    /// how an update of the resource proceeds.
    #[must_use]
    fn update_policy(mut self, policy: impl Into<Expr>) -> Self {
        self.untyped_mut().attributes.update_policy = Some(policy.into());
        self
    }
}

impl Resource for CfnResource {
    fn untyped(&self) -> &CfnResource {
        self
    }

    fn untyped_mut(&mut self) -> &mut CfnResource {
        self
    }

    fn into_untyped(self) -> CfnResource {
        self
    }
}

/// What the rest of a program holds of a resource that was added: where it is, and what type it has.
///
/// The generated types have a method for the identifier and for each attribute.
pub struct ResourceRef<R> {
    target: Target,
    kind: PhantomData<fn() -> R>,
}

impl<R> ResourceRef<R> {
    /// Refers to the resource of type `R` at `target`.
    #[must_use]
    pub const fn new(target: Target) -> Self {
        Self { target, kind: PhantomData }
    }

    /// Returns where the resource is.
    #[must_use]
    pub const fn target(&self) -> &Target {
        &self.target
    }

    /// Returns the resource's logical id.
    #[must_use]
    pub fn logical_id(&self) -> &str {
        self.target.logical_id()
    }

    /// `Ref`: the resource's identifier, whatever its kind. The generated types have a method of a better name.
    #[must_use]
    pub fn identifier<T>(&self) -> Value<T> {
        Value::from_expr(Intrinsic::Ref(self.target.clone()))
    }

    /// `Fn::GetAtt`: an attribute of kind `T`, or `Ref` where that is the name. For the generated code.
    #[doc(hidden)]
    #[must_use]
    pub fn typed_attribute<T>(&self, name: &'static str) -> Value<T> {
        match name {
            "Ref" => self.identifier(),
            _ => Value::from_expr(Intrinsic::GetAtt(self.target.clone(), name.into())),
        }
    }
}

impl ResourceRef<CfnResource> {
    /// `Fn::GetAtt`: an attribute by its CloudFormation name.
    #[must_use]
    pub fn attribute(&self, name: impl Into<Text>) -> Value<Attribute> {
        Value::from_expr(Intrinsic::GetAtt(self.target.clone(), name.into()))
    }
}

impl<R> Clone for ResourceRef<R> {
    fn clone(&self) -> Self {
        Self { target: self.target.clone(), kind: PhantomData }
    }
}

impl<R> fmt::Debug for ResourceRef<R> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("ResourceRef").field(&self.target.logical_id()).finish()
    }
}

impl<R> PartialEq for ResourceRef<R> {
    fn eq(&self, other: &Self) -> bool {
        self.target == other.target
    }
}

impl<R> Eq for ResourceRef<R> {}

impl<R> Hash for ResourceRef<R> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.target.hash(state);
    }
}

/// A tag: a key and a value that AWS keeps with a resource.
#[derive(Clone, Debug, PartialEq)]
pub struct Tag(Properties);

impl Tag {
    /// Makes a tag. The key has 1 to 128 characters and does not start with `aws:`; the value has at most 256.
    #[must_use]
    pub fn new(key: impl crate::IntoValue<String>, value: impl crate::IntoValue<String>) -> Self {
        Self(Properties::new().with("Key", key.into_value()).with("Value", value.into_value()))
    }
}

impl crate::Structure for Tag {
    fn into_properties(self) -> Properties {
        self.0
    }
}
