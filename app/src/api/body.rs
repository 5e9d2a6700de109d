//! Reading a JSON document off a request.

use std::fmt;
use std::time::Duration;

use axum::body::{Body, HttpBody as _};
use bytes::{Buf as _, Bytes};
use http_body_util::BodyExt as _;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use tokio::time::Instant;

use super::Problem;
use super::admission::{Allowance, Taken};

/// Reads the whole of `body`, which may have at most `limit` bytes and has to be there at `deadline`, and takes what it
/// holds off `buffer`.
///
/// Where the length is announced, a body that is too large is refused before any of it is read.
///
/// # Errors
/// The body is too large, too slow, broken, or there is no room for it.
pub(super) async fn read(
    mut body: Body,
    limit: usize,
    buffer: &Allowance,
    deadline: Instant,
    time: Duration,
) -> Result<(Bytes, Taken<'_>), Problem> {
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > limit {
        return Err(Problem::TooLarge { limit });
    }
    let mut taken = buffer.take(0).ok_or(Problem::Busy)?;
    // A copy, since a part of the connection's buffer would keep all of that buffer for as long as the document lives.
    // Room is made as bytes come: an announcement costs nothing.
    let mut bytes = Vec::with_capacity(announced.min(READ_AHEAD));
    let reading = async {
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|source| Problem::BrokenBody { source })?;
            // Trailers say nothing that is needed.
            let Ok(data) = frame.into_data() else { continue };
            if bytes.len() + data.remaining() > limit {
                return Err(Problem::TooLarge { limit });
            }
            if !taken.add(data.remaining()) {
                return Err(Problem::Busy);
            }
            bytes.extend_from_slice(&data);
        }
        Ok(())
    };
    match tokio::time::timeout_at(deadline, reading).await {
        Err(_) => Err(Problem::BodyTooSlow { limit: time }),
        Ok(read) => read.map(|()| (bytes.into(), taken)),
    }
}

/// The bytes for which room is made before any has come.
const READ_AHEAD: usize = 16 * 1024;

/// Checks that `document` is one JSON text ([RFC 8259](https://www.rfc-editor.org/rfc/rfc8259)) that every reader of
/// JSON can be expected to read: in UTF-8 without a byte order mark, nested at most 127 deep, numbers within the range
/// of a double, strings without half a surrogate pair, nothing but white space around it. Names that occur twice in an
/// object are allowed, since nothing here takes the document apart.
///
/// # Errors
/// It is none; the error tells the line and the column.
pub(super) fn require_valid(document: &[u8]) -> Result<(), Problem> {
    serde_json::from_slice::<Valid>(document).map(|Valid| ()).map_err(|source| Problem::InvalidJson { source })
}

/// Any value, which is looked at and not kept.
///
/// `serde::de::IgnoredAny` will not do: for it `serde_json` skips text without checking UTF-8, surrogates or depth.
struct Valid;

impl<'de> Deserialize<'de> for Valid {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for Valid {
    type Value = Self;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any JSON value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self, A::Error> {
        while let Some(Self) = seq.next_element()? {}
        Ok(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self, A::Error> {
        while let Some((Self, Self)) = map.next_entry()? {}
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    /// Texts that are almost JSON: a document of a few nested parts, with a byte of it changed.
    fn almost_json() -> impl Strategy<Value = Vec<u8>> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        let document = leaf.prop_recursive(4, 32, 8, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
                prop::collection::btree_map(any::<String>(), inner, 0..8)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        });
        (document, any::<prop::sample::Index>(), prop::option::of(any::<u8>())).prop_map(|(document, index, byte)| {
            let mut text = document.to_string().into_bytes();
            let index = index.index(text.len());
            if let Some(byte) = byte {
                text[index] = byte;
            }
            text
        })
    }

    proptest! {
        #[test]
        fn a_document_is_valid_if_and_only_if_it_can_be_read(text in almost_json()) {
            let read = serde_json::from_slice::<Value>(&text);
            let checked = require_valid(&text);
            prop_assert_eq!(checked.is_ok(), read.is_ok(), "{:?}", read);
        }

        #[test]
        fn rejects_noise(text: Vec<u8>) {
            prop_assert_eq!(require_valid(&text).is_ok(), serde_json::from_slice::<Value>(&text).is_ok());
        }
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(require_valid(nested(127).as_bytes()).is_ok());
        assert!(require_valid(nested(128).as_bytes()).is_err());
        assert!(require_valid(nested(500_000).as_bytes()).is_err());
    }
}
