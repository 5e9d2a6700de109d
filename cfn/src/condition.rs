//! Conditions and rule conditions: tests on parameters that CloudFormation evaluates before it deploys.
//! [AWS page](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-conditions.html).

use serde::ser::{Serialize, Serializer};

use crate::expr::{Expr, Text};
use crate::intrinsic::Intrinsic;
use crate::value::IntoValue;

/// A named test in a template's `Conditions` section.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition(Expr);

impl Condition {
    pub(crate) fn from_expr(expr: impl Into<Expr>) -> Self {
        Self(expr.into())
    }

    /// `Fn::Equals`: whether the two are the same text.
    #[must_use]
    pub fn equals(left: impl IntoValue<String>, right: impl IntoValue<String>) -> Self {
        Self::test("Fn::Equals", vec![left.into_value().into_expr(), right.into_value().into_expr()])
    }

    /// `Fn::And`: whether all of 2 to 10 conditions hold.
    #[must_use]
    pub fn all(conditions: impl IntoIterator<Item = Self>) -> Self {
        Self::test("Fn::And", conditions.into_iter().map(|condition| condition.0).collect())
    }

    /// `Fn::Or`: whether any of 2 to 10 conditions holds.
    #[must_use]
    pub fn any(conditions: impl IntoIterator<Item = Self>) -> Self {
        Self::test("Fn::Or", conditions.into_iter().map(|condition| condition.0).collect())
    }

    /// `Fn::Not`: whether the condition does not hold.
    #[must_use]
    pub fn negate(self) -> Self {
        Self::test("Fn::Not", vec![self.0])
    }

    /// Returns the untyped tree below.
    #[must_use]
    pub const fn expr(&self) -> &Expr {
        &self.0
    }

    fn test(function: &'static str, arguments: Vec<Expr>) -> Self {
        Self::from_expr(Intrinsic::Test(function, Expr::List(arguments)))
    }
}

impl Serialize for Condition {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

/// A test in a template's `Rules` section, which knows functions that conditions do not.
/// [AWS page](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-rules.html).
#[derive(Clone, Debug, PartialEq)]
pub struct RuleCondition(Expr);

impl RuleCondition {
    /// `Fn::Equals`: whether the two are the same text.
    #[must_use]
    pub fn equals(left: impl IntoValue<String>, right: impl IntoValue<String>) -> Self {
        Self::test("Fn::Equals", vec![left.into_value().into_expr(), right.into_value().into_expr()])
    }

    /// `Fn::Contains`: whether `list` has `value` in it.
    #[must_use]
    pub fn contains(list: impl IntoValue<Vec<String>>, value: impl IntoValue<String>) -> Self {
        Self::test("Fn::Contains", vec![list.into_value().into_expr(), value.into_value().into_expr()])
    }

    /// `Fn::EachMemberEquals`: whether every element of `list` is `value`.
    #[must_use]
    pub fn each_member_equals(list: impl IntoValue<Vec<String>>, value: impl IntoValue<String>) -> Self {
        Self::test("Fn::EachMemberEquals", vec![list.into_value().into_expr(), value.into_value().into_expr()])
    }

    /// `Fn::EachMemberIn`: whether every element of `list` is in `allowed`.
    #[must_use]
    pub fn each_member_in(list: impl IntoValue<Vec<String>>, allowed: impl IntoValue<Vec<String>>) -> Self {
        Self::test("Fn::EachMemberIn", vec![list.into_value().into_expr(), allowed.into_value().into_expr()])
    }

    /// `Fn::And`: whether all of 2 to 10 conditions hold.
    #[must_use]
    pub fn all(conditions: impl IntoIterator<Item = Self>) -> Self {
        Self::test("Fn::And", conditions.into_iter().map(|condition| condition.0).collect())
    }

    /// `Fn::Or`: whether any of 2 to 10 conditions holds.
    #[must_use]
    pub fn any(conditions: impl IntoIterator<Item = Self>) -> Self {
        Self::test("Fn::Or", conditions.into_iter().map(|condition| condition.0).collect())
    }

    /// `Fn::Not`: whether the condition does not hold.
    #[must_use]
    pub fn negate(self) -> Self {
        Self::test("Fn::Not", vec![self.0])
    }

    pub(crate) fn into_expr(self) -> Expr {
        self.0
    }

    fn test(function: &'static str, arguments: Vec<Expr>) -> Self {
        Self(Intrinsic::Test(function, Expr::List(arguments)).into())
    }
}

/// `Fn::RefAll`: the values of all parameters of a type, for rules.
#[must_use]
pub fn ref_all(parameter_type: impl Into<Text>) -> crate::Value<Vec<String>> {
    crate::Value::from_expr(Intrinsic::Test("Fn::RefAll", Expr::String(parameter_type.into())))
}

/// `Fn::ValueOf`: an attribute of what a parameter names, such as the `VpcId` of a subnet, for rules.
#[must_use]
pub fn value_of(parameter: impl Into<Text>, attribute: impl Into<Text>) -> crate::Value<String> {
    let arguments = vec![Expr::String(parameter.into()), Expr::String(attribute.into())];
    crate::Value::from_expr(Intrinsic::Test("Fn::ValueOf", Expr::List(arguments)))
}

/// `Fn::ValueOfAll`: an attribute of everything that the parameters of a type name, for rules.
#[must_use]
pub fn value_of_all(parameter_type: impl Into<Text>, attribute: impl Into<Text>) -> crate::Value<Vec<String>> {
    let arguments = vec![Expr::String(parameter_type.into()), Expr::String(attribute.into())];
    crate::Value::from_expr(Intrinsic::Test("Fn::ValueOfAll", Expr::List(arguments)))
}
