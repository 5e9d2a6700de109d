//! The functions that CloudFormation evaluates at deploy time, untyped.
//!
//! Programs meet them through the typed constructors in [`crate::functions`] and the attributes of
//! [`ResourceRef`](crate::ResourceRef). The list is that of the
//! [template reference](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html).

use std::sync::Arc;

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::expr::{Expr, Properties, Text};

/// What a `Ref`, a `Fn::GetAtt` or a `DependsOn` points at: a logical id, and which template it is in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Target {
    owner: Option<Owner>,
    logical_id: Arc<str>,
}

/// Tells which template a [`Target`] belongs to.
///
/// The number has no meaning of its own and never reaches a template: whoever writes several
/// templates in one program gives each its own, and can then find the references that cross.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Owner(pub u64);

impl Target {
    /// Points at `logical_id` in whichever template the reference is written into.
    #[must_use]
    pub fn local(logical_id: impl Into<Arc<str>>) -> Self {
        Self { owner: None, logical_id: logical_id.into() }
    }

    /// Points at `logical_id` in the template of `owner`.
    #[must_use]
    pub fn owned(owner: Owner, logical_id: impl Into<Arc<str>>) -> Self {
        Self { owner: Some(owner), logical_id: logical_id.into() }
    }

    /// Returns the template that holds the target, if the reference says so.
    #[must_use]
    pub const fn owner(&self) -> Option<Owner> {
        self.owner
    }

    /// Returns the logical id.
    #[must_use]
    pub fn logical_id(&self) -> &str {
        &self.logical_id
    }

    /// Returns whether this is a pseudo parameter such as `AWS::Region`.
    #[must_use]
    pub fn is_pseudo_parameter(&self) -> bool {
        self.logical_id.starts_with("AWS::")
    }
}

/// A function that CloudFormation evaluates at deploy time.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Intrinsic {
    /// `Ref`: the identifier of a resource, or the value of a parameter.
    Ref(Target),
    /// `Fn::GetAtt`: an attribute of a resource.
    GetAtt(Target, Text),
    /// `Fn::Sub`: text with `${Name}` replaced by the variables.
    Sub {
        /// The text.
        text: Text,
        /// What its names stand for.
        variables: Properties,
    },
    /// `Fn::Join`: the elements with the delimiter between them.
    Join {
        /// What goes between the elements.
        delimiter: Text,
        /// The list to join: literal, or a function that returns a list.
        list: Expr,
    },
    /// `Fn::Select`: one element of a list, counted from zero.
    Select {
        /// Which element.
        index: Expr,
        /// The list.
        list: Expr,
    },
    /// `Fn::Split`: a text cut at each delimiter.
    Split {
        /// Where to cut.
        delimiter: Text,
        /// The text.
        source: Expr,
    },
    /// `Fn::If`: one of two values, by a condition of the template.
    If {
        /// The condition's logical id.
        condition: Text,
        /// The value where the condition holds.
        then: Expr,
        /// The value where it does not.
        otherwise: Expr,
    },
    /// `Fn::FindInMap`: a value from a mapping of the template.
    FindInMap {
        /// The mapping's logical id.
        map: Expr,
        /// The first key.
        top_level_key: Expr,
        /// The second key.
        second_level_key: Expr,
        /// The value where the keys are not found. Wants `AWS::LanguageExtensions`.
        default: Option<Expr>,
    },
    /// `Fn::ImportValue`: the value that another stack exports in the same account and region.
    ImportValue(Expr),
    /// `Fn::GetStackOutput`: an output of another stack, in any account and region, with no export.
    GetStackOutput {
        /// The other stack's name.
        stack_name: Expr,
        /// The name of its output.
        output_name: Expr,
        /// Its region, where it is not this stack's.
        region: Option<Expr>,
        /// A role to read it with, where it is in another account.
        role_arn: Option<Expr>,
    },
    /// `Fn::Base64`: the text in Base64, as EC2 user data wants it.
    Base64(Expr),
    /// `Fn::Cidr`: address blocks cut out of a larger one.
    Cidr {
        /// The larger block.
        ip_block: Expr,
        /// How many blocks to cut, 1 to 256.
        count: Expr,
        /// How many low bits each block leaves to its hosts.
        cidr_bits: Option<Expr>,
    },
    /// `Fn::GetAZs`: the availability zones of a region that hold a default subnet.
    GetAzs(Expr),
    /// `Fn::ToJsonString`: an object or list as JSON text. Wants `AWS::LanguageExtensions`.
    ToJsonString(Expr),
    /// `Fn::Length`: how many elements a list has. Wants `AWS::LanguageExtensions`.
    Length(Expr),
    /// `Fn::Transform`: what a macro makes of the parameters.
    Transform {
        /// The macro's name.
        name: Text,
        /// What it is given.
        parameters: Properties,
    },
    /// A condition function inside a condition or a rule, by its own name (`Fn::Equals`, `Fn::And`, `Condition` …).
    Test(&'static str, Expr),
}

impl Intrinsic {
    /// Returns whether CloudFormation evaluates this only under the `AWS::LanguageExtensions` transform.
    #[must_use]
    pub const fn needs_language_extensions(&self) -> bool {
        matches!(self, Self::ToJsonString(_) | Self::Length(_) | Self::FindInMap { default: Some(_), .. })
    }

    /// Calls `visit` with every name in a `Fn::Sub` text that is not one of its variables: a logical id, a pseudo
    /// parameter, or a logical id with an attribute after a dot.
    pub fn for_each_name_in_text(&self, visit: &mut dyn FnMut(&str)) {
        let Self::Sub { text, variables } = self else { return };
        for part in text.split("${").skip(1) {
            if let Some((name, _)) = part.split_once('}')
                && !name.starts_with('!')
                && variables.get(name.trim()).is_none()
            {
                visit(name.trim());
            }
        }
    }

    /// Gives the names in a `Fn::Sub` text that are resources other logical ids.
    pub(crate) fn rename_in_text(&mut self, renames: &std::collections::BTreeMap<String, String>) {
        let mut names = Vec::new();
        self.for_each_name_in_text(&mut |name| names.push(name.to_owned()));
        let Self::Sub { text, .. } = self else { return };
        for name in names {
            let (id, attribute) = name.split_once('.').map_or((name.as_str(), ""), |(id, attribute)| (id, attribute));
            if let Some(renamed) = renames.get(id) {
                let dot = if attribute.is_empty() { "" } else { "." };
                let changed = text.replace(&format!("${{{name}}}"), &format!("${{{renamed}{dot}{attribute}}}"));
                *text = changed.into();
            }
        }
    }

    pub(crate) fn for_each_argument<'a>(&'a self, visit: &mut dyn FnMut(&'a Expr)) {
        match self {
            Self::Ref(_) | Self::GetAtt(..) => {}
            Self::Sub { variables: members, .. } | Self::Transform { parameters: members, .. } => {
                members.iter().for_each(|(_, member)| visit(member));
            }
            Self::Join { list: one, .. }
            | Self::Split { source: one, .. }
            | Self::ImportValue(one)
            | Self::Base64(one)
            | Self::GetAzs(one)
            | Self::ToJsonString(one)
            | Self::Length(one)
            | Self::Test(_, one) => visit(one),
            Self::Select { index, list } => [index, list].into_iter().for_each(visit),
            Self::If { then, otherwise, .. } => [then, otherwise].into_iter().for_each(visit),
            Self::FindInMap { map, top_level_key, second_level_key, default } => {
                [map, top_level_key, second_level_key].into_iter().chain(default).for_each(visit);
            }
            Self::GetStackOutput { stack_name, output_name, region, role_arn } => {
                [stack_name, output_name].into_iter().chain(region).chain(role_arn).for_each(visit);
            }
            Self::Cidr { ip_block, count, cidr_bits } => {
                [ip_block, count].into_iter().chain(cidr_bits).for_each(visit);
            }
        }
    }

    pub(crate) fn for_each_argument_mut(&mut self, visit: &mut dyn FnMut(&mut Expr)) {
        match self {
            Self::Ref(_) | Self::GetAtt(..) => {}
            Self::Sub { variables: members, .. } | Self::Transform { parameters: members, .. } => {
                members.iter_mut().for_each(|(_, member)| visit(member));
            }
            Self::Join { list: one, .. }
            | Self::Split { source: one, .. }
            | Self::ImportValue(one)
            | Self::Base64(one)
            | Self::GetAzs(one)
            | Self::ToJsonString(one)
            | Self::Length(one)
            | Self::Test(_, one) => visit(one),
            Self::Select { index, list } => [index, list].into_iter().for_each(visit),
            Self::If { then, otherwise, .. } => [then, otherwise].into_iter().for_each(visit),
            Self::FindInMap { map, top_level_key, second_level_key, default } => {
                [map, top_level_key, second_level_key].into_iter().chain(default).for_each(visit);
            }
            Self::GetStackOutput { stack_name, output_name, region, role_arn } => {
                [stack_name, output_name].into_iter().chain(region).chain(role_arn).for_each(visit);
            }
            Self::Cidr { ip_block, count, cidr_bits } => {
                [ip_block, count].into_iter().chain(cidr_bits).for_each(visit);
            }
        }
    }
}

impl Serialize for Intrinsic {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        match self {
            Self::Ref(target) => map.serialize_entry("Ref", target.logical_id())?,
            Self::GetAtt(target, attribute) => {
                map.serialize_entry("Fn::GetAtt", &(target.logical_id(), attribute))?;
            }
            Self::Sub { text, variables } if variables.is_empty() => map.serialize_entry("Fn::Sub", text)?,
            Self::Sub { text, variables } => map.serialize_entry("Fn::Sub", &(text, variables))?,
            Self::Join { delimiter, list } => map.serialize_entry("Fn::Join", &(delimiter, list))?,
            Self::Select { index, list } => map.serialize_entry("Fn::Select", &(index, list))?,
            Self::Split { delimiter, source } => map.serialize_entry("Fn::Split", &(delimiter, source))?,
            Self::If { condition, then, otherwise } => {
                map.serialize_entry("Fn::If", &(condition, then, otherwise))?;
            }
            Self::FindInMap { map: mapping, top_level_key, second_level_key, default: None } => {
                map.serialize_entry("Fn::FindInMap", &(mapping, top_level_key, second_level_key))?;
            }
            Self::FindInMap { map: mapping, top_level_key, second_level_key, default: Some(default) } => {
                let default = Properties::new().with("DefaultValue", default.clone());
                map.serialize_entry("Fn::FindInMap", &(mapping, top_level_key, second_level_key, default))?;
            }
            Self::ImportValue(name) => map.serialize_entry("Fn::ImportValue", name)?,
            Self::GetStackOutput { stack_name, output_name, region, role_arn } => {
                let mut arguments =
                    Properties::new().with("StackName", stack_name.clone()).with("OutputName", output_name.clone());
                if let Some(region) = region {
                    arguments.set("Region", region.clone());
                }
                if let Some(role_arn) = role_arn {
                    arguments.set("RoleArn", role_arn.clone());
                }
                map.serialize_entry("Fn::GetStackOutput", &arguments)?;
            }
            Self::Base64(text) => map.serialize_entry("Fn::Base64", text)?,
            Self::Cidr { ip_block, count, cidr_bits: None } => map.serialize_entry("Fn::Cidr", &(ip_block, count))?,
            Self::Cidr { ip_block, count, cidr_bits: Some(bits) } => {
                map.serialize_entry("Fn::Cidr", &(ip_block, count, bits))?;
            }
            Self::GetAzs(region) => map.serialize_entry("Fn::GetAZs", region)?,
            Self::ToJsonString(value) => map.serialize_entry("Fn::ToJsonString", value)?,
            Self::Length(list) => map.serialize_entry("Fn::Length", list)?,
            Self::Transform { name, parameters } => {
                let arguments =
                    Properties::new().with("Name", Expr::String(name.clone())).with("Parameters", parameters.clone());
                map.serialize_entry("Fn::Transform", &arguments)?;
            }
            Self::Test(function, argument) => map.serialize_entry(function, argument)?,
        }
        map.end()
    }
}
