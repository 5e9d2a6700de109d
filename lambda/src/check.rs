//! The six calls of an invocation.

use hyper::{Method, StatusCode};

use crate::client::Answer;
use crate::document::Document;
use crate::judge;
use crate::outcome::Miss;

/// One call of the data processor, and what its answer must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Check {
    /// `POST /data` with a document: 201, its key and its `Location`.
    WriteFirst,
    /// `POST /data` with another document.
    WriteSecond,
    /// `GET` of the first document: 200 and its very bytes.
    ReadFirst,
    /// `GET` of the second document.
    ReadSecond,
    /// `GET` of a key that never was: 404 and a problem document.
    ReadMissing,
    /// `POST /data` with what is no JSON: 400 and a problem document.
    WriteInvalid,
}

impl Check {
    /// Every check, in the order in which they are made.
    pub const ALL: [Self; 6] =
        [Self::WriteFirst, Self::WriteSecond, Self::ReadFirst, Self::ReadSecond, Self::ReadMissing, Self::WriteInvalid];

    /// The name of the check in logs and metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::WriteFirst => "write-1",
            Self::WriteSecond => "write-2",
            Self::ReadFirst => "read-1",
            Self::ReadSecond => "read-2",
            Self::ReadMissing => "read-missing",
            Self::WriteInvalid => "write-invalid",
        }
    }

    /// Which of the two documents it is about: 0, 1, or neither.
    pub(crate) fn document(self) -> Option<usize> {
        match self {
            Self::WriteFirst | Self::ReadFirst => Some(0),
            Self::WriteSecond | Self::ReadSecond => Some(1),
            Self::ReadMissing | Self::WriteInvalid => None,
        }
    }

    pub(crate) fn method(self) -> Method {
        match self {
            Self::WriteFirst | Self::WriteSecond | Self::WriteInvalid => Method::POST,
            Self::ReadFirst | Self::ReadSecond | Self::ReadMissing => Method::GET,
        }
    }

    /// The status that the answer must have.
    pub(crate) fn status(self) -> StatusCode {
        match self {
            Self::WriteFirst | Self::WriteSecond => StatusCode::CREATED,
            Self::ReadFirst | Self::ReadSecond => StatusCode::OK,
            Self::ReadMissing => StatusCode::NOT_FOUND,
            Self::WriteInvalid => StatusCode::BAD_REQUEST,
        }
    }

    /// What is not as it must be.
    pub(crate) fn misses(self, answer: &Answer, documents: &[Document; 2], trace_id: &str) -> Vec<Miss> {
        match self {
            Self::WriteFirst | Self::WriteSecond => judge::created(answer),
            Self::ReadFirst => judge::document(answer, &documents[0]),
            Self::ReadSecond => judge::document(answer, &documents[1]),
            Self::ReadMissing | Self::WriteInvalid => judge::problem(answer, self.status(), trace_id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_written_before_it_is_read() {
        for (index, check) in Check::ALL.iter().enumerate() {
            let written = Check::ALL[..index].iter().any(|before| {
                before.method() == Method::POST && before.document().is_some() && before.document() == check.document()
            });
            assert_eq!(written, matches!(check, Check::ReadFirst | Check::ReadSecond), "{}", check.name());
        }
    }

    #[test]
    fn names_are_distinct() {
        let mut names = Check::ALL.map(Check::name);
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{names:?}");
    }
}
