//! What is written, and must be read again.

use serde_json::Value;
use uuid::Uuid;

/// A JSON document that no other invocation writes.
///
/// Its text is such that a service which reads it and writes it again is found out: numbers beyond what a double holds
/// and with a trailing zero, keys out of order, escapes that need not be there, and in one of the two, white space.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Document {
    text: String,
}

impl Document {
    /// A document on one line.
    pub(crate) fn compact() -> Self {
        let nonce = Uuid::now_v7();
        let text = format!(
            r#"{{"source":"test-runner","nonce":"{nonce}","number":9007199254740993,"price":1.10,"text":"gr\u00fc\u00dfe, 世界","empty":{{}},"again":[true,false,null]}}"#
        );
        Self { text }
    }

    /// A document on several lines.
    pub(crate) fn spaced() -> Self {
        let nonce = Uuid::now_v7();
        let text = format!(
            "{{\n  \"z\": [1, 2.50, -0.0, 1e2],\n  \"nonce\" : \"{nonce}\",\n  \"a\": {{\"source\": \"test-runner\"}}\n}}\n"
        );
        Self { text }
    }

    /// The bytes that are written.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// What is wrong with `read` in place of this document, if it is not the same.
    pub(crate) fn difference(&self, read: &[u8]) -> Option<Difference> {
        if read == self.text.as_bytes() {
            return None;
        }
        let nonce = |value: &Value| value.get("nonce").cloned();
        Some(match (serde_json::from_str::<Value>(&self.text), serde_json::from_slice::<Value>(read)) {
            (_, Err(_)) => Difference::NoJson,
            (Ok(written), Ok(read)) if written == read => Difference::Bytes,
            (Ok(written), Ok(read)) if nonce(&written) == nonce(&read) => Difference::Content,
            _ => Difference::Other,
        })
    }
}

/// How a document differs from the one that was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Difference {
    /// It is no JSON.
    NoJson,
    /// It is another document.
    Other,
    /// It is this document, with other content.
    Content,
    /// It has the same content in other bytes.
    Bytes,
}

impl Difference {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::NoJson => "no JSON",
            Self::Other => "another document",
            Self::Content => "the document with other content",
            Self::Bytes => "the same content in other bytes",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_json_and_distinct() {
        let documents = [Document::compact(), Document::compact(), Document::spaced(), Document::spaced()];
        for (index, document) in documents.iter().enumerate() {
            let value: Value = serde_json::from_str(document.text()).expect("JSON");
            assert!(value["nonce"].is_string());
            assert_eq!(document.difference(document.text().as_bytes()), None);
            assert!(documents[..index].iter().all(|other| other.difference(document.text().as_bytes()).is_some()));
        }
    }

    #[test]
    fn each_is_changed_by_a_service_that_writes_it_again() {
        for document in [Document::compact(), Document::spaced()] {
            let value: Value = serde_json::from_str(document.text()).expect("JSON");
            assert_eq!(document.difference(value.to_string().as_bytes()), Some(Difference::Bytes));
        }
    }

    #[test]
    fn differences_are_told_apart() {
        let document = Document::compact();
        let other = Document::compact();
        assert_eq!(document.difference(other.text().as_bytes()), Some(Difference::Other));
        let rounded = document.text().replace("9007199254740993", "9007199254740992");
        assert_eq!(document.difference(rounded.as_bytes()), Some(Difference::Content));
        assert_eq!(document.difference(b"{"), Some(Difference::NoJson));
        assert_eq!(document.difference(b"{\"error\":\"none\"}"), Some(Difference::Other));
    }
}
