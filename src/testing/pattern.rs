//! [`Match`]: what a part of a template has to look like.

use std::collections::BTreeMap;

use belvedere_cfn::Value;
use serde::ser::{Serialize, Serializer};
use serde_json::{Map, Value as JsonValue, json};

/// What a part of a template has to look like.
///
/// Goes anywhere inside [`json!`](crate::testing::json), so that a pattern reads like what it matches:
///
/// ```
/// # use belvedere::testing::{json, Match};
/// let statement = json!({
///     "Effect": "Allow",
///     "Action": Match::array_with(json!(["s3:GetObject"])),
///     "Resource": Match::not("*"),
///     "Condition": Match::absent(),
/// });
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Match(pub(super) Pattern);

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Pattern {
    /// A scalar.
    Scalar(JsonValue),
    Object {
        members: BTreeMap<String, Match>,
        /// Whether other members are allowed; not said means as the surroundings have it.
        partial: Option<bool>,
    },
    Array {
        elements: Vec<Match>,
        /// Whether other elements are allowed before, between and after.
        partial: bool,
    },
    Any,
    Absent,
    Exact(Box<Match>),
    Not(Box<Match>),
    StringLike(String),
    SerializedJson(Box<Match>),
    Capture(String, Box<Match>),
}

impl Match {
    /// Matches anything that is there.
    #[must_use]
    pub const fn any() -> Self {
        Self(Pattern::Any)
    }

    /// Matches where there is nothing: the member of an object that must not be.
    #[must_use]
    pub const fn absent() -> Self {
        Self(Pattern::Absent)
    }

    /// Matches `pattern` and nothing more: objects have no other members, all the way down.
    #[must_use]
    pub fn exact(pattern: impl Into<Self>) -> Self {
        Self(Pattern::Exact(Box::new(pattern.into())))
    }

    /// Matches an object with at least the members of `pattern`. What objects do anyway, except inside
    /// [`exact`](Match::exact).
    #[must_use]
    pub fn object_like(pattern: impl Into<Self>) -> Self {
        Self::object(pattern.into(), true)
    }

    /// Matches an object with the members of `pattern` and no others; objects inside it may have others.
    #[must_use]
    pub fn object_equals(pattern: impl Into<Self>) -> Self {
        Self::object(pattern.into(), false)
    }

    fn object(pattern: Self, partial: bool) -> Self {
        match pattern.0 {
            Pattern::Object { members, .. } => Self(Pattern::Object { members, partial: Some(partial) }),
            other => Self(other),
        }
    }

    /// Matches a list that has the elements of `pattern` in their order, with any others around them.
    #[must_use]
    pub fn array_with(pattern: impl Into<Self>) -> Self {
        Self::array(pattern.into(), true)
    }

    /// Matches a list of exactly the elements of `pattern`. What lists do anyway.
    #[must_use]
    pub fn array_equals(pattern: impl Into<Self>) -> Self {
        Self::array(pattern.into(), false)
    }

    fn array(pattern: Self, partial: bool) -> Self {
        match pattern.0 {
            Pattern::Array { elements, .. } => Self(Pattern::Array { elements, partial }),
            // A single element is a list of it, as in a policy's actions.
            other => Self(Pattern::Array { elements: vec![Self(other)], partial }),
        }
    }

    /// Matches what `pattern` does not match, if it is there.
    #[must_use]
    pub fn not(pattern: impl Into<Self>) -> Self {
        Self(Pattern::Not(Box::new(pattern.into())))
    }

    /// Matches text; each `*` in `glob` stands for any characters, or none.
    ///
    /// A concatenation of texts and deploy-time values reads as `Fn::Sub` would have it: `${LogicalId}` for a `Ref`,
    /// `${LogicalId.Attribute}` for a `Fn::GetAtt`.
    #[must_use]
    pub fn string_like(glob: impl Into<String>) -> Self {
        Self(Pattern::StringLike(glob.into()))
    }

    /// Matches text that is JSON, such as a dashboard's body, and in it `pattern`. Concatenations read as for
    /// [`string_like`](Match::string_like).
    #[must_use]
    pub fn serialized_json(pattern: impl Into<Self>) -> Self {
        Self(Pattern::SerializedJson(Box::new(pattern.into())))
    }

    /// Takes out what the pattern matched under `name`, for [`Found::captured`](crate::testing::Found::captured).
    #[must_use]
    pub fn capture(self, name: impl Into<String>) -> Self {
        Self(Pattern::Capture(name.into(), Box::new(self)))
    }

    /// Writes the pattern as JSON that `From<serde_json::Value>` reads back.
    fn encode(&self) -> JsonValue {
        let marked = |kind: &str, content: JsonValue| json!({ MARKER: [kind, content] });
        match &self.0 {
            Pattern::Scalar(value) => value.clone(),
            Pattern::Object { members, partial } => {
                let members = members.iter().map(|(name, member)| (name.clone(), member.encode())).collect();
                match partial {
                    None => JsonValue::Object(members),
                    Some(true) => marked("object-like", JsonValue::Object(members)),
                    Some(false) => marked("object-equals", JsonValue::Object(members)),
                }
            }
            Pattern::Array { elements, partial } => {
                let elements = elements.iter().map(Self::encode).collect();
                if *partial { marked("array-with", JsonValue::Array(elements)) } else { JsonValue::Array(elements) }
            }
            Pattern::Any => marked("any", JsonValue::Null),
            Pattern::Absent => marked("absent", JsonValue::Null),
            Pattern::Exact(inner) => marked("exact", inner.encode()),
            Pattern::Not(inner) => marked("not", inner.encode()),
            Pattern::StringLike(glob) => marked("string-like", json!(glob)),
            Pattern::SerializedJson(inner) => marked("serialized-json", inner.encode()),
            Pattern::Capture(name, inner) => json!({ MARKER: ["capture", inner.encode(), name] }),
        }
    }

    fn decode(kind: &str, content: JsonValue, name: String) -> Option<Self> {
        Some(match kind {
            "object-like" => Self::object_like(content),
            "object-equals" => Self::object_equals(content),
            "array-with" => Self::array_with(content),
            "any" => Self::any(),
            "absent" => Self::absent(),
            "exact" => Self::exact(content),
            "not" => Self::not(content),
            "string-like" => Self::string_like(content.as_str()?),
            "serialized-json" => Self::serialized_json(content),
            "capture" => Self::from(content).capture(name),
            _ => return None,
        })
    }
}

/// The one member of an object that stands for a [`Match`] in JSON. No template has a name with a NUL in it.
const MARKER: &str = "\0belvedere::testing::Match";

impl Serialize for Match {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.encode().serialize(serializer)
    }
}

impl From<JsonValue> for Match {
    fn from(value: JsonValue) -> Self {
        match value {
            JsonValue::Object(members) => Self::from(members),
            JsonValue::Array(elements) => {
                Self(Pattern::Array { elements: elements.into_iter().map(Self::from).collect(), partial: false })
            }
            scalar => Self(Pattern::Scalar(scalar)),
        }
    }
}

impl From<Map<String, JsonValue>> for Match {
    fn from(mut members: Map<String, JsonValue>) -> Self {
        if let Some(JsonValue::Array(parts)) = members.remove(MARKER) {
            let mut parts = parts.into_iter();
            let kind = parts.next();
            let content = parts.next().unwrap_or_default();
            let name = parts.next().as_ref().and_then(JsonValue::as_str).unwrap_or_default().to_owned();
            if let Some(decoded) = Self::decode(kind.as_ref().and_then(JsonValue::as_str).unwrap_or(""), content, name)
            {
                return decoded;
            }
        }
        let members = members.into_iter().map(|(name, member)| (name, Self::from(member))).collect();
        Self(Pattern::Object { members, partial: None })
    }
}

macro_rules! scalars {
    ($($type:ty),+) => { $(impl From<$type> for Match {
        fn from(value: $type) -> Self {
            Self(Pattern::Scalar(JsonValue::from(value)))
        }
    })+ };
}

scalars!(&str, String, bool, i32, i64, u64, f64);

/// The template's own form of a deploy-time value.
impl<T> From<&Value<T>> for Match {
    fn from(value: &Value<T>) -> Self {
        Self::from(serde_json::to_value(value).unwrap_or_default())
    }
}

/// The template's own form of a deploy-time value.
impl<T> From<Value<T>> for Match {
    fn from(value: Value<T>) -> Self {
        Self::from(&value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_survives_json() {
        let patterns = [
            Match::any(),
            Match::absent(),
            Match::exact(json!({ "A": [1, { "B": Match::any() }] })),
            Match::object_like(json!({ "A": 1 })),
            Match::object_equals(json!({ "A": Match::absent() })),
            Match::array_with(json!(["a", Match::string_like("b*")])),
            Match::array_equals(json!(["a"])),
            Match::not(3),
            Match::serialized_json(json!({ "A": Match::not(true) })),
            Match::string_like("a*").capture("name"),
        ];
        for pattern in patterns {
            assert_eq!(Match::from(json!(pattern)), pattern);
            let Pattern::Object { members, .. } = Match::from(json!({ "Inside": pattern })).0 else {
                unreachable!("an object without a marker is an object")
            };
            assert_eq!(members["Inside"], pattern);
        }
    }
}
