//! What a difference must not do.

use std::str::FromStr;

use serde::Serialize;
use thiserror::Error;

/// What a difference must not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailOn {
    /// Replace a resource, or perhaps do so. A resource under another logical id is replaced, too.
    Replace,
    /// Give more access than there was.
    Broaden,
    /// Delete a resource from the account, or the data of one that may be replaced.
    Destroy,
    /// Be there at all.
    Any,
}

impl FailOn {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Replace => "replace",
            Self::Broaden => "broaden",
            Self::Destroy => "destroy",
            Self::Any => "any",
        }
    }
}

impl FromStr for FailOn {
    type Err = FailOnError;

    fn from_str(text: &str) -> Result<Self, FailOnError> {
        let all = [Self::Replace, Self::Broaden, Self::Destroy, Self::Any];
        all.into_iter().find(|one| one.as_str() == text).ok_or_else(|| FailOnError { given: text.to_owned() })
    }
}

/// A word that does not say what a difference must not do.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("a difference can fail on replace, broaden, destroy or any, not on `{given}`")]
pub struct FailOnError {
    given: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read() {
        assert_eq!("broaden".parse(), Ok(FailOn::Broaden));
        let error = "change".parse::<FailOn>().expect_err("unknown");
        assert!(error.to_string().ends_with("not on `change`"), "{error}");
    }
}
