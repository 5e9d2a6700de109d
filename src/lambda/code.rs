//! [`Code`]: where a function's program comes from.

use std::path::PathBuf;

use belvedere_cfn::lambda::function;
use belvedere_cfn::{IntoValue, Value, kind};

use super::function::Architecture;
use super::runtime::Runtime;
use crate::asset::Asset;
use crate::s3::BucketRef;
use crate::scope::Scope;

/// Where a function's program comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct Code {
    source: Source,
}

#[derive(Clone, Debug, PartialEq)]
enum Source {
    Inline(String),
    Asset(Asset),
    Cargo { package: String, directory: PathBuf },
    Object { bucket: Value<kind::s3::BucketName>, key: Value<String>, version: Option<Value<String>> },
}

const MAX_INLINE_BYTES: usize = 4_194_304;

impl Code {
    /// A program that is written into the template, as a file `index`: at most 4 MiB, for Node.js and Python only.
    #[must_use]
    pub fn inline(text: impl Into<String>) -> Self {
        Self { source: Source::Inline(text.into()) }
    }

    /// A directory, zip file or command's output that is published before the function is deployed.
    #[must_use]
    pub const fn asset(asset: Asset) -> Self {
        Self { source: Source::Asset(asset) }
    }

    /// A package of Cargo, which `cargo belvedere package lambda` builds and zips when the function is deployed. For
    /// [`Runtime::PROVIDED_AL2023`], with the handler `bootstrap`.
    ///
    /// `directory` is the package's own, and where it is looked for whether the program has changed, together with the
    /// `Cargo.lock` beside or above it. A package that depends on others by their path needs [`Code::asset`] with
    /// [`Asset::command`], which names all of them.
    #[must_use]
    pub fn cargo(package: impl Into<String>, directory: impl Into<PathBuf>) -> Self {
        Self { source: Source::Cargo { package: package.into(), directory: directory.into() } }
    }

    /// A zip file that somebody else puts into a bucket.
    #[must_use]
    pub fn object(bucket: &BucketRef, key: impl IntoValue<String>) -> Self {
        Self { source: Source::Object { bucket: bucket.bucket_name(), key: key.into_value(), version: None } }
    }

    /// One version of a zip file that somebody else puts into a bucket.
    #[must_use]
    pub fn object_version(bucket: &BucketRef, key: impl IntoValue<String>, version: impl IntoValue<String>) -> Self {
        let (key, version) = (key.into_value(), Some(version.into_value()));
        Self { source: Source::Object { bucket: bucket.bucket_name(), key, version } }
    }

    pub(super) fn render(
        self,
        runtime: &Runtime,
        handler: &str,
        architecture: Architecture,
        scope: &mut Scope<'_>,
    ) -> function::Code {
        let code = function::Code::new();
        match self.source {
            Source::Inline(text) => {
                if !runtime.takes_inline_code() {
                    scope.problem(format!(
                        "inline code is for Node.js and Python only, got runtime `{}`: use Code::asset",
                        runtime.name()
                    ));
                } else if handler.split('.').next() != Some("index") {
                    scope.problem(format!(
                        "inline code is in a file `index`, so its handler begins with `index.`, got `{handler}`"
                    ));
                }
                if text.is_empty() || text.len() > MAX_INLINE_BYTES {
                    scope.problem(format!("inline code has 1 to {MAX_INLINE_BYTES} bytes, got {}", text.len()));
                }
                code.zip_file(text)
            }
            Source::Asset(asset) => published(code, asset, scope),
            Source::Cargo { package, directory } => {
                if !runtime.is_provided() || handler != "bootstrap" {
                    scope.problem(format!(
                        "a package of Cargo runs on Runtime::PROVIDED_AL2023 with handler `bootstrap`, got `{}` and `{handler}`",
                        runtime.name()
                    ));
                }
                published(code, Asset::cargo("lambda", &package, directory, architecture.name(), ".zip"), scope)
            }
            Source::Object { bucket, key, version } => {
                let code = code.s3_bucket(bucket).s3_key(key);
                match version {
                    Some(version) => code.s3_object_version(version),
                    None => code,
                }
            }
        }
    }
}

fn published(code: function::Code, asset: Asset, scope: &mut Scope<'_>) -> function::Code {
    let location = scope.asset(asset);
    code.s3_bucket(location.bucket_name).s3_key(location.object_key)
}
