//! What can go wrong while importing and generating.

use std::io;
use std::path::{Path, PathBuf};

/// What can go wrong while importing and generating.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum Error {
    #[error("cannot access {}", path.display())]
    File {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("the data is not the JSON that was expected")]
    Json(#[from] serde_json::Error),
    #[error("{0} starts with a nested type that belongs to no resource")]
    Malformed(String),
    #[error("the specification is not as expected: {0}")]
    Specification(String),
    #[error("the correction tables do not fit the data:\n{0}")]
    Corrections(String),
    #[error("usage: belvedere-codegen import <db.json | db.json.gz | package folder> | generate [--check]")]
    Usage,
    #[error("these files are not what generating gives; run `cargo run -p belvedere-codegen -- generate`:\n{0}")]
    Stale(String),
}

/// Names the file that an operation failed at.
pub(crate) fn at(path: &Path) -> impl FnOnce(io::Error) -> Error {
    |source| Error::File { path: path.to_owned(), source }
}
