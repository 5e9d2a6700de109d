//! CloudFormation's vocabulary: [typed values](Value), [intrinsic functions](functions), [templates](Template), and
//! every resource type.
//!
//! Nothing here knows about constructs, paths or stacks; that is the `belvedere` crate.

#[macro_use]
mod generated;

mod attribute;
#[rustfmt::skip]
mod attribute_table;
mod condition;
mod expr;
pub mod functions;
mod intrinsic;
pub mod json;
#[rustfmt::skip]
pub mod kind;
mod parameter;
pub mod pseudo;
mod resource;
#[rustfmt::skip]
pub mod services;
#[rustfmt::skip]
mod tag_table;
mod tagging;
mod template;
mod value;

pub use attribute::{AttributeShape, attribute_shape};
pub use condition::{Condition, RuleCondition, ref_all, value_of, value_of_all};
pub use expr::{Expr, Properties, Text};
pub use intrinsic::{Intrinsic, Owner, Target};
pub use parameter::{Parameter, TypedParameter};
pub use resource::{CfnResource, DeletionPolicy, Resource, ResourceRef, Tag};
#[doc(no_inline)]
pub use services::*;
pub use tagging::{Tagging, tag_property};
pub use template::{ConditionRef, Mapping, MappingRef, Output, Rule, Template};
pub use value::{Accepts, AsText, Attribute, Choice, ConcatPart, IntoValue, Json, Map, Structure, TextKind, Value};
