//! The anatomy of a template: everything around its resources.
//! [AWS page](https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html).

use std::collections::BTreeMap;

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::condition::{Condition, RuleCondition};
use crate::expr::{Expr, Properties, Text};
use crate::intrinsic::{Intrinsic, Target};
use crate::parameter::Parameter;
use crate::resource::CfnResource;
use crate::value::{Accepts, IntoValue, Value};

/// A CloudFormation template.
///
/// Sections and the entries in each are written in alphabetical order of their logical ids, except for the resources,
/// which keep the order in which they were added.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Template {
    /// What the template is for, at most 1,024 bytes.
    pub description: Option<Text>,
    /// Facts about the template for programs that read it.
    pub metadata: Properties,
    /// Macros that CloudFormation applies, in order. `AWS::LanguageExtensions` is added where a function needs it.
    pub transforms: Vec<Text>,
    /// Values that are given at deploy time.
    pub parameters: BTreeMap<Text, Parameter>,
    /// Checks on the parameters before anything is deployed.
    pub rules: BTreeMap<Text, Rule>,
    /// Constant tables.
    pub mappings: BTreeMap<Text, Mapping>,
    /// Named tests that resources, outputs and `Fn::If` can depend on.
    pub conditions: BTreeMap<Text, Condition>,
    /// The resources.
    pub resources: Vec<(Text, CfnResource)>,
    /// What the deployed stack shows.
    pub outputs: BTreeMap<Text, Output>,
}

impl Template {
    /// Returns the resource with this logical id.
    #[must_use]
    pub fn resource(&self, logical_id: &str) -> Option<&CfnResource> {
        self.resources.iter().find(|(id, _)| id == logical_id).map(|(_, resource)| resource)
    }

    /// Calls `visit` with every expression of the template, and the logical id of the entry that it is in.
    pub fn for_each_expr<'a>(&'a self, visit: &mut dyn FnMut(&'a str, &'a Expr)) {
        for (id, resource) in &self.resources {
            resource.for_each_expr(&mut |expr| visit(id, expr));
        }
        for (id, condition) in &self.conditions {
            visit(id, condition.expr());
        }
        for (id, output) in &self.outputs {
            visit(id, &output.value);
            if let Some(name) = &output.export_name {
                visit(id, name);
            }
        }
    }

    /// Gives resources other logical ids, in every reference too.
    pub fn rename_resources(&mut self, renames: &BTreeMap<String, String>) {
        let rename_in = |expr: &mut Expr| {
            expr.visit_intrinsics_mut(&mut |expr| {
                let Expr::Intrinsic(intrinsic) = expr else { return };
                intrinsic.rename_in_text(renames);
                if let Intrinsic::Ref(target) | Intrinsic::GetAtt(target, _) = &mut **intrinsic
                    && let Some(renamed) = renames.get(target.logical_id())
                {
                    *target = Target::local(renamed.as_str());
                }
            });
        };
        for (id, resource) in &mut self.resources {
            if let Some(renamed) = renames.get(&**id) {
                *id = Text::from(renamed.clone());
            }
            resource.for_each_expr_mut(&mut |expr| rename_in(expr));
            resource.rename_dependencies(renames);
        }
        for output in self.outputs.values_mut() {
            output.for_each_expr_mut(&mut |expr| rename_in(expr));
        }
    }

    fn needs_language_extensions(&self) -> bool {
        let mut needed = false;
        self.for_each_expr(&mut |_, expr| {
            expr.visit_intrinsics(&mut |intrinsic| needed |= intrinsic.needs_language_extensions());
        });
        needed
    }
}

struct InOrder<'a>(&'a [(Text, CfnResource)]);

impl Serialize for InOrder<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (id, resource) in self.0 {
            map.serialize_entry(id, resource)?;
        }
        map.end()
    }
}

impl Serialize for Template {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        const LANGUAGE_EXTENSIONS: &str = "AWS::LanguageExtensions";
        let mut map = serializer.serialize_map(None)?;
        if let Some(description) = &self.description {
            map.serialize_entry("Description", description)?;
        }
        if !self.metadata.is_empty() {
            map.serialize_entry("Metadata", &self.metadata)?;
        }
        let mut transforms: Vec<&str> = self.transforms.iter().map(|name| &**name).collect();
        if self.needs_language_extensions() && !transforms.contains(&LANGUAGE_EXTENSIONS) {
            transforms.insert(0, LANGUAGE_EXTENSIONS);
        }
        match transforms.as_slice() {
            [] => {}
            [one] => map.serialize_entry("Transform", one)?,
            several => map.serialize_entry("Transform", several)?,
        }
        if !self.parameters.is_empty() {
            map.serialize_entry("Parameters", &self.parameters)?;
        }
        if !self.rules.is_empty() {
            map.serialize_entry("Rules", &self.rules)?;
        }
        if !self.mappings.is_empty() {
            map.serialize_entry("Mappings", &self.mappings)?;
        }
        if !self.conditions.is_empty() {
            map.serialize_entry("Conditions", &self.conditions)?;
        }
        map.serialize_entry("Resources", &InOrder(&self.resources))?;
        if !self.outputs.is_empty() {
            map.serialize_entry("Outputs", &self.outputs)?;
        }
        map.end()
    }
}

/// A condition that was added to a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConditionRef(Text);

impl ConditionRef {
    /// Refers to the condition with this logical id.
    #[must_use]
    pub fn new(logical_id: impl Into<Text>) -> Self {
        Self(logical_id.into())
    }

    /// Returns the condition's logical id.
    #[must_use]
    pub fn logical_id(&self) -> &str {
        &self.0
    }
}

/// A mapping that was added to a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MappingRef(Text);

impl MappingRef {
    /// Refers to the mapping with this logical id.
    #[must_use]
    pub fn new(logical_id: impl Into<Text>) -> Self {
        Self(logical_id.into())
    }

    /// Returns the mapping's logical id.
    #[must_use]
    pub fn logical_id(&self) -> &str {
        &self.0
    }
}

/// A constant table of two keys. [AWS page](https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/mappings-section-structure.html).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mapping(Properties);

impl Mapping {
    /// Returns an empty table.
    #[must_use]
    pub const fn new() -> Self {
        Self(Properties::new())
    }

    /// Sets the value under the two keys: a string, a number, a boolean or a list of them.
    #[must_use]
    pub fn entry(
        mut self,
        top_level_key: impl Into<Text>,
        second_level_key: impl Into<Text>,
        value: impl Into<Expr>,
    ) -> Self {
        if let Expr::Object(row) = self.0.entry(top_level_key) {
            row.set(second_level_key, value);
        }
        self
    }
}

impl Serialize for Mapping {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

/// What a deployed stack shows of itself. [AWS page](https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/outputs-section-structure.html).
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    pub(crate) value: Expr,
    pub(crate) description: Option<Text>,
    pub(crate) export_name: Option<Expr>,
    pub(crate) condition: Option<Text>,
}

impl Output {
    /// Shows `value`.
    #[must_use]
    pub fn new(value: impl IntoValue<String>) -> Self {
        Self { value: value.into_value().into_expr(), description: None, export_name: None, condition: None }
    }

    /// Says what the value is, in at most 1,024 bytes. No description by default.
    #[must_use]
    pub fn description(mut self, description: impl Into<Text>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Exports the value to `Fn::ImportValue` under a name that is unique in the account and region. Not exported by default.
    #[must_use]
    pub fn export_name(mut self, name: impl IntoValue<String>) -> Self {
        self.export_name = Some(name.into_value().into_expr());
        self
    }

    /// Shows the value only where the condition holds.
    #[must_use]
    pub fn when(mut self, condition: &ConditionRef) -> Self {
        self.condition = Some(condition.logical_id().to_owned().into());
        self
    }

    /// Returns the value.
    #[must_use]
    pub fn value(&self) -> Value<String> {
        Value::from_expr(self.value.clone())
    }

    /// Returns what the output says of itself.
    #[must_use]
    pub fn description_text(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// Returns the name of the condition that the value is shown under.
    #[must_use]
    pub fn condition_id(&self) -> Option<&str> {
        self.condition.as_deref()
    }

    /// Calls `visit` with the output's expressions.
    pub fn for_each_expr<'a>(&'a self, visit: &mut dyn FnMut(&'a Expr)) {
        visit(&self.value);
        self.export_name.iter().for_each(visit);
    }

    /// Calls `visit` with the output's expressions, for changing them.
    pub fn for_each_expr_mut(&mut self, visit: &mut dyn FnMut(&mut Expr)) {
        visit(&mut self.value);
        if let Some(name) = &mut self.export_name {
            visit(name);
        }
    }
}

impl<K> From<Value<K>> for Output
where
    String: Accepts<K>,
{
    fn from(value: Value<K>) -> Self {
        Self::new(value)
    }
}

impl Serialize for Output {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(description) = &self.description {
            map.serialize_entry("Description", description)?;
        }
        map.serialize_entry("Value", &self.value)?;
        if let Some(name) = &self.export_name {
            map.serialize_entry("Export", &Properties::new().with("Name", name.clone()))?;
        }
        if let Some(condition) = &self.condition {
            map.serialize_entry("Condition", condition)?;
        }
        map.end()
    }
}

/// A check on the parameters before anything is deployed. [AWS page](https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/rules-section-structure.html).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rule {
    condition: Option<Expr>,
    assertions: Vec<(Expr, Text)>,
}

impl Rule {
    /// Returns a rule that asserts nothing yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { condition: None, assertions: Vec::new() }
    }

    /// Applies the rule only where `condition` holds. It always applies by default.
    #[must_use]
    pub fn when(mut self, condition: RuleCondition) -> Self {
        self.condition = Some(condition.into_expr());
        self
    }

    /// Stops the deployment with `message` unless `condition` holds.
    #[must_use]
    pub fn assert(mut self, condition: RuleCondition, message: impl Into<Text>) -> Self {
        self.assertions.push((condition.into_expr(), message.into()));
        self
    }
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(condition) = &self.condition {
            map.serialize_entry("RuleCondition", condition)?;
        }
        let assertions = self.assertions.iter().map(|(assert, message)| {
            Expr::from(
                Properties::new()
                    .with("Assert", assert.clone())
                    .with("AssertDescription", Expr::String(message.clone())),
            )
        });
        map.serialize_entry("Assertions", &Expr::List(assertions.collect()))?;
        map.end()
    }
}

impl From<&ConditionRef> for Condition {
    fn from(condition: &ConditionRef) -> Self {
        Self::from_expr(Intrinsic::Test("Condition", Expr::String(condition.0.clone())))
    }
}
