//! [`Value`]: a literal or a deploy-time expression, with the kind of thing it stands for in its type.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::ser::{Serialize, Serializer};

use crate::expr::{Expr, Properties, Text};
use crate::intrinsic::Intrinsic;

/// Something known now, or a function that CloudFormation evaluates at deploy time.
///
/// `T` says what it is: `String`, `i64`, `f64`, `bool`, [`Json`], a list `Vec<T>`, a [`Map<T>`], a generated property
/// type, an enumeration, or a *kind* of identifier from [`kind`](crate::kind) such as `kind::ec2::VpcId`.
///
/// A value is not `Display`. What is known only at deploy time has no text yet, so a program that formats it is wrong,
/// and does not compile:
///
/// ```compile_fail
/// # use belvedere_cfn::{pseudo, Value};
/// let region: Value<String> = pseudo::region();
/// let _ = format!("https://aps.{region}.amazonaws.com");
/// ```
///
/// Concatenation has its own constructor:
///
/// ```
/// # use belvedere_cfn::{concat_values, pseudo, Value};
/// let endpoint: Value<String> = concat_values!("https://aps.", pseudo::region(), ".amazonaws.com");
/// ```
pub struct Value<T> {
    expr: Expr,
    kind: PhantomData<fn() -> T>,
}

impl<T> Value<T> {
    /// Takes `expr` for a value of this kind, unchecked.
    #[must_use]
    pub fn from_expr(expr: impl Into<Expr>) -> Self {
        Self { expr: expr.into(), kind: PhantomData }
    }

    /// Returns the untyped tree below.
    #[must_use]
    pub const fn expr(&self) -> &Expr {
        &self.expr
    }

    /// Returns the untyped tree below, without its type.
    #[must_use]
    pub fn into_expr(self) -> Expr {
        self.expr
    }

    /// Takes the value for another kind.
    ///
    /// For the case where the program knows more than the type data, such as a parameter that holds a VPC's id.
    #[must_use]
    pub fn cast<K>(self) -> Value<K> {
        Value { expr: self.expr, kind: PhantomData }
    }

    /// Returns the text, where the value is a literal string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        self.expr.as_str()
    }

    /// Returns the number, where the value is a literal integer.
    #[must_use]
    pub const fn as_i64(&self) -> Option<i64> {
        self.expr.as_i64()
    }

    /// Returns whether the value is known before deployment.
    #[must_use]
    pub fn is_literal(&self) -> bool {
        self.expr.is_literal()
    }
}

impl Value<String> {
    /// Joins the parts with nothing between them; [`concat_values!`](crate::concat_values) is the convenient form.
    ///
    /// Neighbouring literals are merged, so a concatenation of literals is a literal.
    #[must_use]
    pub fn concat(parts: Vec<Self>) -> Self {
        let mut merged: Vec<Expr> = Vec::with_capacity(parts.len());
        for part in parts {
            push_part(&mut merged, part.expr);
        }
        match merged.len() {
            0 => Self::from_expr(""),
            1 => Self::from_expr(merged.remove(0)),
            _ => Self::from_expr(Intrinsic::Join { delimiter: Text::Borrowed(""), list: Expr::List(merged) }),
        }
    }
}

fn push_part(merged: &mut Vec<Expr>, part: Expr) {
    match part {
        Expr::Intrinsic(intrinsic) => match *intrinsic {
            Intrinsic::Join { delimiter, list: Expr::List(parts) } if delimiter.is_empty() => {
                for part in parts {
                    push_part(merged, part);
                }
            }
            other => merged.push(other.into()),
        },
        Expr::String(text) if text.is_empty() => {}
        Expr::String(text) => {
            if let Some(Expr::String(last)) = merged.last_mut() {
                last.to_mut().push_str(&text);
            } else {
                merged.push(Expr::String(text));
            }
        }
        Expr::Integer(number) => push_part(merged, Expr::String(number.to_string().into())),
        other => merged.push(other),
    }
}

// Written out, since a derive would ask `T` for what only the tree needs.
impl<T> Clone for Value<T> {
    fn clone(&self) -> Self {
        Self { expr: self.expr.clone(), kind: PhantomData }
    }
}

impl<T> fmt::Debug for Value<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.expr.fmt(formatter)
    }
}

impl<T> PartialEq for Value<T> {
    fn eq(&self, other: &Self) -> bool {
        self.expr == other.expr
    }
}

impl<T> Serialize for Value<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.expr.serialize(serializer)
    }
}

impl<T> From<Value<T>> for Expr {
    fn from(value: Value<T>) -> Self {
        value.expr
    }
}

impl<T> From<&Value<T>> for Expr {
    fn from(value: &Value<T>) -> Self {
        value.expr.clone()
    }
}

impl<T> From<&Self> for Value<T> {
    fn from(value: &Self) -> Self {
        value.clone()
    }
}

impl<T: TextKind> From<&str> for Value<T> {
    fn from(text: &str) -> Self {
        Self::from_expr(text.to_owned())
    }
}

impl<T: TextKind> From<String> for Value<T> {
    fn from(text: String) -> Self {
        Self::from_expr(text)
    }
}

/// Any JSON: the kind of the properties whose shape CloudFormation leaves open, such as a policy document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Json {}

/// A map with keys of the user's own and values of kind `T`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Map<T>(PhantomData<fn() -> T>);

/// An attribute that no property is documented to want, such as a bucket's website URL.
///
/// It goes where any text goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attribute {}

/// A value of an enumerated property, such as `Choice<ObjectOwnership>`.
///
/// The constants on the enumeration are those that CloudFormation knew when the type data was made;
/// [`Choice::custom`] is open to newer ones.
pub struct Choice<E> {
    text: Text,
    kind: PhantomData<fn() -> E>,
}

impl<E> Choice<E> {
    /// Names a value that the type data has, for the generated constants.
    #[must_use]
    pub const fn known(text: &'static str) -> Self {
        Self { text: Cow::Borrowed(text), kind: PhantomData }
    }

    /// Names a value that is newer than the type data.
    #[must_use]
    pub fn custom(text: impl Into<Text>) -> Self {
        Self { text: text.into(), kind: PhantomData }
    }

    /// Returns the text that goes into the template.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl<E> Clone for Choice<E> {
    fn clone(&self) -> Self {
        Self { text: self.text.clone(), kind: PhantomData }
    }
}

impl<E> fmt::Debug for Choice<E> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(formatter)
    }
}

impl<E> PartialEq for Choice<E> {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl<E> Eq for Choice<E> {}

/// The kinds that take text as it is: `String`, [`Attribute`] and every identifier in [`kind`](crate::kind).
#[diagnostic::on_unimplemented(
    message = "text cannot be given where a value of kind `{Self}` is wanted",
    label = "this is text, not a `{Self}`",
    note = "for an enumeration give one of its constants, or `Choice::custom` for a value that is newer than the type data"
)]
pub trait TextKind {}

impl TextKind for String {}
impl TextKind for Attribute {}

/// The kinds that are text in a template: those of [`TextKind`] and every enumeration. They may stand where any text or
/// any JSON is wanted.
#[diagnostic::on_unimplemented(
    message = "a value of kind `{Self}` is not text",
    label = "this is a `{Self}`",
    note = "where text is wanted, text, identifiers, enumerations and integers go"
)]
pub trait AsText {}

impl AsText for String {}
impl AsText for Attribute {}

// One implementation, not one for each of the thousands of kinds: the compiler compares those of one type pair by pair.
impl<K: AsText> Accepts<K> for String {}
impl<K: AsText> Accepts<K> for Json {}

/// A generated property type such as `BucketEncryption`: an object with known members.
pub trait Structure: Sized {
    /// Returns the members.
    fn into_properties(self) -> Properties;
}

/// Says that a value of kind `K` may stand where one of kind `Self` is wanted.
///
/// Text accepts every identifier and every identifier accepts plain text (a parameter, a concatenation). An identifier
/// of one resource is not accepted where that of another is wanted:
///
/// ```
/// # use belvedere_cfn::{kind::ec2::{SecurityGroupId, VpcId}, IntoValue, Value};
/// fn subnet_in(vpc_id: impl IntoValue<VpcId>) {}
///
/// subnet_in("vpc-0a1b2c");
/// subnet_in(Value::<VpcId>::from("vpc-0a1b2c"));
/// ```
///
/// ```compile_fail,E0277
/// # use belvedere_cfn::{kind::ec2::{SecurityGroupId, VpcId}, IntoValue, Value};
/// # fn subnet_in(vpc_id: impl IntoValue<VpcId>) {}
/// subnet_in(Value::<SecurityGroupId>::from("sg-0a1b2c"));
/// ```
///
/// A property that has several forms takes each of them:
///
/// ```
/// # use belvedere_cfn::{kind::ecs::{ClusterArn, ClusterArnOrClusterName, ClusterName}, IntoValue, Value};
/// fn service_in(cluster: impl IntoValue<ClusterArnOrClusterName>) {}
///
/// service_in(Value::<ClusterArn>::from("arn:aws:ecs:eu-west-1:123456789012:cluster/main"));
/// service_in(Value::<ClusterName>::from("main"));
/// ```
#[diagnostic::on_unimplemented(
    message = "a value of kind `{K}` cannot stand where `{Self}` is wanted",
    label = "this is a `{K}`",
    note = "pass the identifier or attribute that the property wants; if you know better than the type data, `.cast()`"
)]
pub trait Accepts<K> {}

impl<S: Structure> Accepts<S> for S {}
impl<T: Accepts<K>, K> Accepts<Vec<K>> for Vec<T> {}
impl<T: Accepts<K>, K> Accepts<Map<K>> for Map<T> {}

macro_rules! accepts {
    ($($kind:ty => $($given:ty),+;)+) => { $($(impl Accepts<$given> for $kind {})+)+ };
}

accepts! {
    String => i64;
    Attribute => Attribute, String;
    i64 => i64;
    f64 => f64, i64;
    bool => bool;
    Json => Json, i64, f64, bool;
}

impl<T> Accepts<Vec<T>> for Json {}
impl<T> Accepts<Map<T>> for Json {}

/// What can be given where a value of kind `T` is wanted: the literal, or a deploy-time value of a kind that fits.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be given where a value of kind `{T}` is wanted",
    label = "not a value of kind `{T}`"
)]
pub trait IntoValue<T> {
    /// Makes the value.
    fn into_value(self) -> Value<T>;
}

impl<T: Accepts<K>, K> IntoValue<T> for Value<K> {
    fn into_value(self) -> Value<T> {
        self.cast()
    }
}

impl<T: Accepts<K>, K> IntoValue<T> for &Value<K> {
    fn into_value(self) -> Value<T> {
        self.clone().cast()
    }
}

impl<S: Structure> IntoValue<S> for S {
    fn into_value(self) -> Value<S> {
        Value::from_expr(self.into_properties())
    }
}

impl<S: Structure> IntoValue<Json> for S {
    fn into_value(self) -> Value<Json> {
        Value::from_expr(self.into_properties())
    }
}

impl<E: Accepts<E>> IntoValue<E> for Choice<E> {
    fn into_value(self) -> Value<E> {
        Value::from_expr(Expr::String(self.text))
    }
}

impl<T: TextKind> IntoValue<T> for &str {
    fn into_value(self) -> Value<T> {
        Value::from_expr(self.to_owned())
    }
}

impl<T: TextKind> IntoValue<T> for String {
    fn into_value(self) -> Value<T> {
        Value::from_expr(self)
    }
}

impl<T: TextKind> IntoValue<T> for &String {
    fn into_value(self) -> Value<T> {
        Value::from_expr(self.clone())
    }
}

impl<T: TextKind> IntoValue<T> for Text {
    fn into_value(self) -> Value<T> {
        Value::from_expr(Expr::String(self))
    }
}

macro_rules! literals {
    ($($kind:ty => $($given:ty),+;)+) => { $($(
        impl IntoValue<$kind> for $given {
            fn into_value(self) -> Value<$kind> {
                Value::from_expr(<$kind>::from(self).into_literal())
            }
        }
        impl From<$given> for Value<$kind> {
            fn from(value: $given) -> Self {
                Self::from_expr(<$kind>::from(value).into_literal())
            }
        }
    )+)+ };
}

trait IntoLiteral {
    fn into_literal(self) -> Expr;
}

impl IntoLiteral for i64 {
    fn into_literal(self) -> Expr {
        Expr::Integer(self)
    }
}

impl IntoLiteral for f64 {
    fn into_literal(self) -> Expr {
        Expr::Number(self)
    }
}

impl IntoLiteral for bool {
    fn into_literal(self) -> Expr {
        Expr::Bool(self)
    }
}

literals! {
    i64 => i8, u8, i16, u16, i32, u32, i64;
    f64 => f32, f64, i32, u32;
    bool => bool;
}

macro_rules! json_literals {
    ($($given:ty),+) => { $(impl IntoValue<Json> for $given {
        fn into_value(self) -> Value<Json> {
            Value::from_expr(serde_json::Value::from(self))
        }
    })+ };
}

json_literals!(bool, i32, u32, i64, f64, &str, String, serde_json::Value);

impl<V: IntoValue<Json>> IntoValue<Json> for Vec<V> {
    fn into_value(self) -> Value<Json> {
        list(self).cast()
    }
}

impl<V: IntoValue<Json>, const N: usize> IntoValue<Json> for [V; N] {
    fn into_value(self) -> Value<Json> {
        list(self).cast()
    }
}

impl IntoValue<Json> for Expr {
    fn into_value(self) -> Value<Json> {
        Value::from_expr(self)
    }
}

impl IntoValue<Json> for Properties {
    fn into_value(self) -> Value<Json> {
        Value::from_expr(self)
    }
}

impl<T, V: IntoValue<T>> IntoValue<Vec<T>> for Vec<V> {
    fn into_value(self) -> Value<Vec<T>> {
        list(self)
    }
}

impl<T, V: IntoValue<T>, const N: usize> IntoValue<Vec<T>> for [V; N] {
    fn into_value(self) -> Value<Vec<T>> {
        list(self)
    }
}

impl<T, V: Clone + IntoValue<T>> IntoValue<Vec<T>> for &[V] {
    fn into_value(self) -> Value<Vec<T>> {
        list(self.iter().cloned())
    }
}

impl<T, V: Clone + IntoValue<T>> IntoValue<Vec<T>> for &Vec<V> {
    fn into_value(self) -> Value<Vec<T>> {
        list(self.iter().cloned())
    }
}

fn list<T, V: IntoValue<T>>(elements: impl IntoIterator<Item = V>) -> Value<Vec<T>> {
    Value::from_expr(Expr::List(elements.into_iter().map(|element| element.into_value().expr).collect()))
}

impl<T, K: Into<Text>, V: IntoValue<T>> IntoValue<Map<T>> for Vec<(K, V)> {
    fn into_value(self) -> Value<Map<T>> {
        map(self)
    }
}

impl<T, K: Into<Text>, V: IntoValue<T>, const N: usize> IntoValue<Map<T>> for [(K, V); N] {
    fn into_value(self) -> Value<Map<T>> {
        map(self)
    }
}

impl<T, K: Into<Text>, V: IntoValue<T>> IntoValue<Map<T>> for BTreeMap<K, V> {
    fn into_value(self) -> Value<Map<T>> {
        map(self)
    }
}

fn map<T, K: Into<Text>, V: IntoValue<T>>(members: impl IntoIterator<Item = (K, V)>) -> Value<Map<T>> {
    Value::from_expr(Expr::Object(
        members.into_iter().map(|(name, member)| (name.into(), member.into_value().expr)).collect(),
    ))
}

/// Joins texts and deploy-time values into one value, with nothing between them.
///
/// ```
/// # use belvedere_cfn::{concat_values, pseudo};
/// let url = concat_values!("https://sns.", pseudo::region(), ".", pseudo::url_suffix(), ":", 443);
/// assert!(!url.is_literal());
/// assert_eq!(concat_values!("a", "b").as_str(), Some("ab"));
/// ```
#[macro_export]
macro_rules! concat_values {
    ($($part:expr),* $(,)?) => {
        $crate::Value::<String>::concat(vec![$($crate::ConcatPart::into_part($part)),*])
    };
}

/// What [`concat_values!`](crate::concat_values) takes: texts, integers, and deploy-time values that are text.
pub trait ConcatPart {
    /// Makes the part.
    fn into_part(self) -> Value<String>;
}

impl<K> ConcatPart for Value<K>
where
    String: Accepts<K>,
{
    fn into_part(self) -> Value<String> {
        self.cast()
    }
}

impl<K> ConcatPart for &Value<K>
where
    String: Accepts<K>,
{
    fn into_part(self) -> Value<String> {
        self.clone().cast()
    }
}

macro_rules! concat_parts {
    ($($text:ty),+; $($number:ty),+) => {
        $(impl ConcatPart for $text {
            fn into_part(self) -> Value<String> {
                self.into_value()
            }
        })+
        $(impl ConcatPart for $number {
            fn into_part(self) -> Value<String> {
                Value::from_expr(self.to_string())
            }
        })+
    };
}

concat_parts!(&str, String, &String; u16, i32, u32, i64, u64);
