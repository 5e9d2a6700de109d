//! The untyped tree that every value, property and template section is made of.

use std::borrow::Cow;

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use crate::intrinsic::{Intrinsic, Target};

/// A name or a piece of text: borrowed where the compiler knows it, owned where a program made it.
pub type Text = Cow<'static, str>;

/// A JSON value that may hold intrinsic functions anywhere inside.
///
/// [`Value`](crate::Value) is the typed face of this type. One untyped tree below all typed ones
/// means that walking, comparing and serializing are compiled once, not once for each of the
/// eleven thousand CloudFormation types.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// JSON `null`. CloudFormation accepts it almost nowhere; it is here so that any JSON document can be carried.
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer.
    Integer(i64),
    /// A number with a fraction.
    Number(f64),
    /// A string.
    String(Text),
    /// A list.
    List(Vec<Self>),
    /// An object.
    Object(Properties),
    /// A function that CloudFormation evaluates at deploy time.
    Intrinsic(Box<Intrinsic>),
}

impl Expr {
    /// Returns the text of a literal string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the number of a literal integer.
    #[must_use]
    pub const fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Integer(number) => Some(*number),
            _ => None,
        }
    }

    /// Returns the members of a literal object.
    #[must_use]
    pub const fn as_object(&self) -> Option<&Properties> {
        match self {
            Self::Object(members) => Some(members),
            _ => None,
        }
    }

    /// Returns the elements of a literal list.
    #[must_use]
    pub fn as_list(&self) -> Option<&[Self]> {
        match self {
            Self::List(elements) => Some(elements),
            _ => None,
        }
    }

    /// Returns whether the value is known before deployment, all the way down.
    #[must_use]
    pub fn is_literal(&self) -> bool {
        match self {
            Self::List(elements) => elements.iter().all(Self::is_literal),
            Self::Object(members) => members.iter().all(|(_, member)| member.is_literal()),
            Self::Intrinsic(_) => false,
            _ => true,
        }
    }

    /// Calls `visit` with every intrinsic function in the tree, outermost first.
    ///
    /// `visit` may replace what it is given; the replacement's own insides are not visited again.
    pub fn visit_intrinsics_mut(&mut self, visit: &mut dyn FnMut(&mut Self)) {
        match self {
            Self::List(elements) => {
                for element in elements {
                    element.visit_intrinsics_mut(visit);
                }
            }
            Self::Object(members) => {
                for (_, member) in members.iter_mut() {
                    member.visit_intrinsics_mut(visit);
                }
            }
            Self::Intrinsic(_) => {
                visit(self);
                if let Self::Intrinsic(intrinsic) = self {
                    intrinsic.for_each_argument_mut(&mut |argument| argument.visit_intrinsics_mut(visit));
                }
            }
            _ => {}
        }
    }

    /// Calls `visit` with every intrinsic function in the tree, outermost first.
    pub fn visit_intrinsics<'a>(&'a self, visit: &mut dyn FnMut(&'a Intrinsic)) {
        match self {
            Self::List(elements) => {
                for element in elements {
                    element.visit_intrinsics(visit);
                }
            }
            Self::Object(members) => {
                for (_, member) in members.iter() {
                    member.visit_intrinsics(visit);
                }
            }
            Self::Intrinsic(intrinsic) => {
                visit(intrinsic);
                intrinsic.for_each_argument(&mut |argument| argument.visit_intrinsics(visit));
            }
            _ => {}
        }
    }

    /// Calls `visit` with every resource, parameter or pseudo parameter that the tree refers to.
    pub fn visit_targets<'a>(&'a self, visit: &mut dyn FnMut(&'a Target)) {
        self.visit_intrinsics(&mut |intrinsic| {
            if let Intrinsic::Ref(target) | Intrinsic::GetAtt(target, _) = intrinsic {
                visit(target);
            }
        });
    }
}

impl Serialize for Expr {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Integer(value) => serializer.serialize_i64(*value),
            // 2.0 and 2 are the same JSON number; services that expect an integer refuse the former.
            Self::Number(value) if value.fract() == 0.0 && value.abs() < 9e15 =>
            {
                #[expect(clippy::cast_possible_truncation, reason = "the guard keeps the value inside i64")]
                serializer.serialize_i64(*value as i64)
            }
            Self::Number(value) => serializer.serialize_f64(*value),
            Self::String(value) => serializer.serialize_str(value),
            Self::List(elements) => {
                let mut list = serializer.serialize_seq(Some(elements.len()))?;
                for element in elements {
                    list.serialize_element(element)?;
                }
                list.end()
            }
            Self::Object(members) => members.serialize(serializer),
            Self::Intrinsic(intrinsic) => intrinsic.serialize(serializer),
        }
    }
}

impl From<serde_json::Value> for Expr {
    fn from(value: serde_json::Value) -> Self {
        match value {
            serde_json::Value::Null => Self::Null,
            serde_json::Value::Bool(value) => Self::Bool(value),
            serde_json::Value::Number(number) => {
                number.as_i64().map_or_else(|| Self::Number(number.as_f64().unwrap_or(f64::NAN)), Self::Integer)
            }
            serde_json::Value::String(text) => Self::String(text.into()),
            serde_json::Value::Array(elements) => Self::List(elements.into_iter().map(Self::from).collect()),
            serde_json::Value::Object(members) => {
                Self::Object(members.into_iter().map(|(name, member)| (Text::from(name), Self::from(member))).collect())
            }
        }
    }
}

impl From<&'static str> for Expr {
    fn from(text: &'static str) -> Self {
        Self::String(text.into())
    }
}

impl From<String> for Expr {
    fn from(text: String) -> Self {
        Self::String(text.into())
    }
}

impl From<bool> for Expr {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Expr {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<Vec<Self>> for Expr {
    fn from(elements: Vec<Self>) -> Self {
        Self::List(elements)
    }
}

impl From<Properties> for Expr {
    fn from(members: Properties) -> Self {
        Self::Object(members)
    }
}

impl From<Intrinsic> for Expr {
    fn from(intrinsic: Intrinsic) -> Self {
        Self::Intrinsic(Box::new(intrinsic))
    }
}

/// Named values in alphabetical order, so that the order of calls never shows in a template.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Properties(Vec<(Text, Expr)>);

impl Properties {
    /// Returns no properties.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Sets `name` to `value`, replacing what was there.
    pub fn set(&mut self, name: impl Into<Text>, value: impl Into<Expr>) {
        self.set_expr(name.into(), value.into());
    }

    fn set_expr(&mut self, name: Text, value: Expr) {
        match self.position(&name) {
            Ok(index) => self.0[index].1 = value,
            Err(index) => {
                if self.0.is_empty() {
                    // Many objects have one member, and a vector would make room for four.
                    self.0.reserve_exact(1);
                }
                self.0.insert(index, (name, value));
            }
        }
    }

    /// Sets `name` to `value` and returns the properties, for building in one expression.
    #[must_use]
    pub fn with(mut self, name: impl Into<Text>, value: impl Into<Expr>) -> Self {
        self.set(name, value);
        self
    }

    /// Removes `name` and returns what it was.
    pub fn remove(&mut self, name: &str) -> Option<Expr> {
        self.position(name).ok().map(|index| self.0.remove(index).1)
    }

    /// Returns the value of `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Expr> {
        self.position(name).ok().map(|index| &self.0[index].1)
    }

    /// Returns the value of `name` for changing it in place.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Expr> {
        self.position(name).ok().map(|index| &mut self.0[index].1)
    }

    /// Returns the value of `name`, made an empty object first if it is absent.
    pub fn entry(&mut self, name: impl Into<Text>) -> &mut Expr {
        let name = name.into();
        let index = match self.position(&name) {
            Ok(index) => index,
            Err(index) => {
                self.0.insert(index, (name, Expr::Object(Self::new())));
                index
            }
        };
        &mut self.0[index].1
    }

    /// Returns whether there is nothing in it.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns how many names there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Iterates over names and values in alphabetical order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Expr)> {
        self.0.iter().map(|(name, value)| (&**name, value))
    }

    /// Iterates over names and values in alphabetical order, for changing the values.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&str, &mut Expr)> {
        self.0.iter_mut().map(|(name, value)| (&**name, value))
    }

    fn position(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(held, _)| (**held).cmp(name))
    }
}

impl FromIterator<(Text, Expr)> for Properties {
    fn from_iter<I: IntoIterator<Item = (Text, Expr)>>(members: I) -> Self {
        let mut properties = Self::new();
        for (name, value) in members {
            properties.set_expr(name, value);
        }
        properties
    }
}

impl Serialize for Properties {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}
