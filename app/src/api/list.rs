//! Listing keys.

use std::fmt;
use std::str::FromStr;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::respond;
use crate::store::{Key, KeyPrefix, Page};

/// The answer of `GET /data`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing {
    /// The keys, in their order, which is that of their making.
    pub keys: Vec<String>,
    /// The `cursor` with which the list goes on; `None` at its end.
    pub next: Option<String>,
}

/// The body that answers with `page`.
pub(super) fn listing(page: &Page) -> Bytes {
    let next = page.keys.last().filter(|_| page.more).map(ToString::to_string);
    respond::serialized(&Listing { keys: page.keys.iter().map(ToString::to_string).collect(), next })
}

/// The query parameters of `GET /data`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ListQuery {
    /// How the keys begin.
    pub(super) prefix: KeyPrefix,
    /// The number of keys at most: 1 to 1000, 100 by default.
    pub(super) limit: usize,
    /// The last key of the part before.
    pub(super) cursor: Option<Key>,
}

impl ListQuery {
    /// Reads a query. What is unknown or given twice is refused rather than ignored: a misspelled `limit` would
    /// otherwise answer another question than was asked.
    pub(super) fn parse(query: &str) -> Result<Self, WrongParameter> {
        let [mut prefix, mut limit, mut cursor] = [None, None, None];
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let place = match &*name {
                "prefix" => &mut prefix,
                "limit" => &mut limit,
                "cursor" => &mut cursor,
                _ => return Err(WrongParameter::Unknown { name: name.into_owned() }),
            };
            if place.replace(value).is_some() {
                return Err(WrongParameter::Repeated { name: name.into_owned() });
            }
        }
        let PageSize(limit) = parsed("limit", limit, "a whole number from 1 to 1000")?.unwrap_or_default();
        Ok(Self {
            prefix: parsed("prefix", prefix, "the beginning of a key, such as 0198c2f4-")?.unwrap_or_default(),
            limit,
            cursor: parsed("cursor", cursor, "the member next of an earlier answer")?,
        })
    }
}

struct PageSize(usize);

impl Default for PageSize {
    fn default() -> Self {
        Self(100)
    }
}

impl FromStr for PageSize {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        // `parse` takes a plus sign, which here is a space that was not escaped.
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|size| digits && (1..=1000).contains(size)).map(Self).ok_or(())
    }
}

fn parsed<T: FromStr>(
    name: &'static str,
    value: Option<impl AsRef<str> + fmt::Display>,
    allowed: &'static str,
) -> Result<Option<T>, WrongParameter> {
    match value {
        None => Ok(None),
        Some(value) => match value.as_ref().parse() {
            Ok(parsed) => Ok(Some(parsed)),
            Err(_) => Err(WrongParameter::Value { name, value: value.to_string(), allowed }),
        },
    }
}

/// What is wrong with a query parameter of `GET /data`.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum WrongParameter {
    /// There is no such parameter.
    #[error("the query parameters are prefix, limit and cursor, got {name:?}")]
    Unknown {
        /// Its name.
        name: String,
    },
    /// The parameter is given more than once.
    #[error("{name} must be given once")]
    Repeated {
        /// Its name.
        name: String,
    },
    /// The parameter cannot have this value.
    #[error("{name} must be {allowed}, got {value:?}")]
    Value {
        /// Its name.
        name: &'static str,
        /// What it is.
        value: String,
        /// What it may be.
        allowed: &'static str,
    },
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn defaults_hold() {
        let query = ListQuery { prefix: KeyPrefix::default(), limit: 100, cursor: None };
        assert_eq!(ListQuery::parse(""), Ok(query.clone()));
        assert_eq!(ListQuery::parse("prefix="), Ok(query));
    }

    proptest! {
        #[test]
        fn what_is_taken_is_what_was_given(
            prefix in "[0-9a-f]{0,8}",
            limit in 0..2000usize,
            escaped: bool,
        ) {
            let prefix_given: String =
                if escaped { prefix.bytes().map(|byte| format!("%{byte:02X}")).collect() } else { prefix.clone() };
            let cursor = Key::generate();
            let parsed = ListQuery::parse(&format!("cursor={cursor}&limit={limit}&prefix={prefix_given}"));
            if (1..=1000).contains(&limit) {
                let prefix = prefix.parse().expect("a prefix");
                prop_assert_eq!(parsed, Ok(ListQuery { prefix, limit, cursor: Some(cursor) }));
            } else {
                let refused = matches!(parsed, Err(WrongParameter::Value { name: "limit", .. }));
                prop_assert!(refused);
            }
        }

        #[test]
        fn rejects_noise(query in "[a-z=&%0-9+.]{1,20}") {
            if let Ok(query) = ListQuery::parse(&query) {
                prop_assert!((1..=1000).contains(&query.limit));
            }
        }
    }
}
