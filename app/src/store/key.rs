//! The names of documents.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;
use uuid::Uuid;

/// The name of a document: a UUID of version 7 in its canonical form of 36 lower-case characters, so that names sort by
/// the time of their making and none can lead out of a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(Uuid);

impl Key {
    /// A key that was never given before.
    #[must_use]
    pub fn generate() -> Self {
        Self(Uuid::now_v7())
    }

    /// The key as a UUID.
    #[must_use]
    pub fn uuid(self) -> Uuid {
        self.0
    }
}

impl fmt::Display for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.0.as_hyphenated(), formatter)
    }
}

impl FromStr for Key {
    type Err = InvalidKey;

    fn from_str(text: &str) -> Result<Self, InvalidKey> {
        let canonical = text.len() == 36 && !text.bytes().any(|byte| byte.is_ascii_uppercase());
        match Uuid::try_parse(text) {
            Ok(uuid) if canonical && uuid.get_version_num() == 7 => Ok(Self(uuid)),
            _ => Err(InvalidKey),
        }
    }
}

/// A text is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a key is a UUID of version 7 in 36 lower-case characters")]
pub struct InvalidKey;

/// How a key begins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyPrefix(String);

impl KeyPrefix {
    /// The beginning as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The lowest and the highest UUID that begin so.
    #[must_use]
    pub fn range(&self) -> (Uuid, Uuid) {
        const LOW: &str = "00000000-0000-0000-0000-000000000000";
        const HIGH: &str = "ffffffff-ffff-ffff-ffff-ffffffffffff";
        let rest = self.0.len();
        let low = Uuid::try_parse(&format!("{}{}", self.0, &LOW[rest..])).unwrap_or(Uuid::nil());
        let high = Uuid::try_parse(&format!("{}{}", self.0, &HIGH[rest..])).unwrap_or(Uuid::max());
        (low, high)
    }

    /// Whether `key` begins so.
    #[must_use]
    pub fn matches(&self, key: Key) -> bool {
        let (low, high) = self.range();
        (low..=high).contains(&key.0)
    }
}

impl FromStr for KeyPrefix {
    type Err = InvalidKeyPrefix;

    fn from_str(text: &str) -> Result<Self, InvalidKeyPrefix> {
        let possible = text.len() <= 36
            && text.bytes().enumerate().all(|(index, byte)| match index {
                8 | 13 | 18 | 23 => byte == b'-',
                _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
            });
        if possible { Ok(Self(text.into())) } else { Err(InvalidKeyPrefix) }
    }
}

/// A text is not how a key could begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a prefix is the beginning of a UUID in lower case, such as 0198c2f4-")]
pub struct InvalidKeyPrefix;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_keys_are_read_back_and_sort_by_time() {
        let keys: Vec<Key> = (0..1000).map(|_| Key::generate()).collect();
        assert!(keys.is_sorted());
        for key in keys {
            let text = key.to_string();
            assert_eq!(text.parse(), Ok(key));
            assert_eq!(text.to_lowercase(), text);
        }
    }

    #[test]
    fn rejects_what_is_no_key() {
        let key = Key::generate().to_string();
        let version_4 = "0b0f6c1e-7d3c-4d5e-8a2b-1c2d3e4f5a6b".to_owned();
        let others =
            [key.to_uppercase(), key.replace('-', ""), format!("{{{key}}}"), format!("urn:uuid:{key}"), version_4];
        for text in others.iter().map(String::as_str).chain(["", "..", "../../etc/passwd", "a/b", "a\0b"]) {
            assert_eq!(text.parse::<Key>(), Err(InvalidKey), "{text:?}");
        }
    }

    #[test]
    fn a_prefix_holds_the_keys_that_begin_so() {
        let key: Key = "0198c2f4-9a3b-7c4d-8e5f-0123456789ab".parse().expect("a key");
        for length in 0..=36 {
            let prefix: KeyPrefix = key.to_string()[..length].parse().expect("a prefix");
            assert!(prefix.matches(key), "{prefix:?}");
        }
        for other in ["1", "0198c2f5", "0198c2f4-9a3b-7c4d-8e5f-0123456789ac"] {
            assert!(!other.parse::<KeyPrefix>().expect("a prefix").matches(key), "{other}");
        }
    }

    #[test]
    fn rejects_what_no_key_begins_with() {
        for text in ["A", "g", "../", "0198c2f49", "0198c2f4-9a3b-7c4d-8e5f-0123456789ab0", "%"] {
            assert_eq!(text.parse::<KeyPrefix>(), Err(InvalidKeyPrefix), "{text:?}");
        }
    }
}
