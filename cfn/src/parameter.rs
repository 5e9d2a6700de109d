//! Parameters: values that are given at deploy time.

use std::marker::PhantomData;

use serde::ser::{Serialize, Serializer};

use crate::expr::{Expr, Properties, Text};
use crate::intrinsic::{Intrinsic, Target};
use crate::value::{TextKind, Value};

/// A value that is given at deploy time. [AWS page](https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html).
///
/// Prefer an argument of your own program: a parameter is for what only the one who deploys can know.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter(Properties);

/// A parameter that gives a value of kind `T`.
#[derive(Clone, Debug, PartialEq)]
pub struct TypedParameter<T> {
    parameter: Parameter,
    kind: PhantomData<fn() -> T>,
}

impl Parameter {
    /// A text.
    #[must_use]
    pub fn string() -> TypedParameter<String> {
        Self::of("String")
    }

    /// A number.
    #[must_use]
    pub fn number() -> TypedParameter<i64> {
        Self::of("Number")
    }

    /// A list of texts, given with commas between them.
    #[must_use]
    pub fn list() -> TypedParameter<Vec<String>> {
        Self::of("CommaDelimitedList")
    }

    /// The value that an SSM parameter holds when the stack is deployed; what is given is its name.
    #[must_use]
    pub fn ssm_value() -> TypedParameter<String> {
        Self::of("AWS::SSM::Parameter::Value<String>")
    }

    /// The identifier of something that exists in the account, which CloudFormation checks: `parameter_type` is one of
    /// the [AWS-specific types](https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-supplied-parameter-types.html),
    /// such as `AWS::EC2::VPC::Id`.
    #[must_use]
    pub fn existing<T: TextKind>(parameter_type: impl Into<Text>) -> TypedParameter<T> {
        Self::of(parameter_type)
    }

    fn of<T>(parameter_type: impl Into<Text>) -> TypedParameter<T> {
        let properties = Properties::new().with("Type", Expr::String(parameter_type.into()));
        TypedParameter { parameter: Self(properties), kind: PhantomData }
    }
}

impl Parameter {
    /// Returns whether the parameter's value is a list of texts.
    #[must_use]
    pub fn is_list(&self) -> bool {
        let parameter_type = self.0.get("Type").and_then(Expr::as_str).unwrap_or_default();
        parameter_type == "CommaDelimitedList" || parameter_type.contains("List<")
    }
}

impl<T> TypedParameter<T> {
    fn with(mut self, name: &'static str, value: impl Into<Expr>) -> Self {
        self.parameter.0.set(name, value);
        self
    }

    /// The value where none is given. Without one, the parameter must be given.
    #[must_use]
    pub fn default_value(self, value: impl Into<Expr>) -> Self {
        self.with("Default", value)
    }

    /// Says what the parameter is for, in at most 4,000 characters.
    #[must_use]
    pub fn description(self, text: impl Into<Text>) -> Self {
        self.with("Description", Expr::String(text.into()))
    }

    /// The values that may be given. Any by default.
    #[must_use]
    pub fn allowed_values<V: Into<Expr>>(self, values: impl IntoIterator<Item = V>) -> Self {
        self.with("AllowedValues", Expr::List(values.into_iter().map(Into::into).collect()))
    }

    /// A regular expression that a text must match.
    #[must_use]
    pub fn allowed_pattern(self, pattern: impl Into<Text>) -> Self {
        self.with("AllowedPattern", Expr::String(pattern.into()))
    }

    /// What is shown when a value is refused. By default the constraint itself.
    #[must_use]
    pub fn constraint_description(self, text: impl Into<Text>) -> Self {
        self.with("ConstraintDescription", Expr::String(text.into()))
    }

    /// The fewest characters of a text.
    #[must_use]
    pub fn min_length(self, length: u32) -> Self {
        self.with("MinLength", i64::from(length))
    }

    /// The most characters of a text.
    #[must_use]
    pub fn max_length(self, length: u32) -> Self {
        self.with("MaxLength", i64::from(length))
    }

    /// The least number.
    #[must_use]
    pub fn min_value(self, value: i64) -> Self {
        self.with("MinValue", value)
    }

    /// The greatest number.
    #[must_use]
    pub fn max_value(self, value: i64) -> Self {
        self.with("MaxValue", value)
    }

    /// Masks the value wherever CloudFormation shows the stack. Shown by default.
    #[must_use]
    pub fn no_echo(self) -> Self {
        self.with("NoEcho", true)
    }

    /// Returns the parameter without its type, for a template, and the value that refers to it there.
    #[must_use]
    pub fn into_parts(self, target: Target) -> (Parameter, Value<T>) {
        (self.parameter, Value::from_expr(Intrinsic::Ref(target)))
    }
}

impl Serialize for Parameter {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}
