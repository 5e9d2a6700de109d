//! CloudFormation's vocabulary: [typed values](Value), [intrinsic functions](functions), [templates](Template), and
//! every resource type.
//!
//! Nothing here knows about constructs, paths or stacks; that is the `belvedere` crate.

mod condition;
mod expr;
pub mod functions;
mod intrinsic;
mod parameter;
pub mod pseudo;
mod resource;
mod template;
mod value;

pub use condition::{Condition, RuleCondition, ref_all, value_of, value_of_all};
pub use expr::{Expr, Properties, Text};
pub use intrinsic::{Intrinsic, Owner, Target};
pub use parameter::{Parameter, TypedParameter};
pub use resource::{CfnResource, DeletionPolicy, Resource, ResourceRef, Tag};
pub use template::{ConditionRef, Mapping, MappingRef, Output, Rule, Template};
pub use value::{Accepts, Attribute, Choice, ConcatPart, IntoValue, Json, Map, Structure, TextKind, Value};

pub mod kind {
    //! Kinds of identifiers.
}
