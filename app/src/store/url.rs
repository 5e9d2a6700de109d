//! Which store.

use std::borrow::Cow;
use std::env;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use ::url::form_urlencoded;
use percent_encoding::percent_decode_str;
use thiserror::Error;

use super::postgres::{DatabaseUrl, PostgresSettings};
use super::s3::{BucketUrl, S3Settings};
use super::{
    Durability, FileStore, MemoryStore, OpenFileError, PostgresSettingsError, PostgresStore, S3SettingsError, S3Store,
    Store,
};

/// Which store documents are kept in:
///
/// - `memory:`: the process. `?max_bytes=`: how much of it, 16777216 by default; the oldest make room for new ones.
/// - `file:./data`, `file:/srv/data`, `file:///srv/data`: a directory, relative to the working directory in the first
///   form. `?durability=`: `power-loss` (default), or `process`, which waits for no disk.
/// - `s3://bucket/prefix`: a general purpose bucket. Region, endpoint and credentials come from the standard AWS
///   environment: `AWS_REGION`, `AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`, `AWS_ACCESS_KEY_ID` and the others.
/// - `postgres://user@host:5432/database`, or `postgresql:`: a database, with the parameters of libpq, of which
///   `sslmode` (`disable`, `prefer` by default, `require`, `verify-ca`, `verify-full`) and `sslrootcert` (a file;
///   without it those that browsers trust). `pool_size=`: connections at most, 16 by default. The password may come
///   from `PGPASSWORD`.
///
/// Neither `Debug` nor `Display` nor an error shows a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StorageUrl(Place);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    Memory { limit: usize },
    File { root: PathBuf, durability: Durability },
    S3(BucketUrl),
    Postgres(Box<DatabaseUrl>),
}

impl StorageUrl {
    /// What a storage URL may be.
    pub const ALLOWED: &str =
        "memory:, file:<directory>, s3://<bucket>/<prefix> or postgres://<user>@<host>/<database>";

    /// The time that an operation has by default: 5 s.
    pub const DEFAULT_LIMIT: Duration = Duration::from_secs(5);

    /// Opens the store, with the environment of this process and [`Self::DEFAULT_LIMIT`]. Nothing has to answer yet:
    /// what is away now is tried again with each operation.
    ///
    /// # Errors
    /// The directory cannot be created or written to, or the environment does not say how to reach the system.
    pub async fn open(&self) -> Result<Arc<dyn Store>, OpenError> {
        self.open_with(Self::DEFAULT_LIMIT, &|name| env::var_os(name)).await
    }

    /// Opens the store; each operation has `limit` time, and `lookup` finds the variables of the environment.
    ///
    /// # Errors
    /// The directory cannot be created or written to, or the environment does not say how to reach the system.
    pub async fn open_with(
        &self,
        limit: Duration,
        lookup: &(dyn Fn(&str) -> Option<OsString> + Sync),
    ) -> Result<Arc<dyn Store>, OpenError> {
        Ok(match &self.0 {
            Place::Memory { limit } => Arc::new(MemoryStore::new(*limit)),
            Place::File { root, durability } => Arc::new(FileStore::open(root, *durability, limit).await?),
            Place::S3(bucket) => Arc::new(S3Store::new(&S3Settings::new(bucket.clone(), limit, &lookup)?)?),
            Place::Postgres(url) => Arc::new(PostgresStore::new(PostgresSettings::new(url, limit, &lookup)?)?),
        })
    }
}

/// Why a store cannot be opened.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The directory cannot be used.
    #[error(transparent)]
    File(#[from] OpenFileError),
    /// The environment does not say how to reach the bucket.
    #[error(transparent)]
    S3(#[from] S3SettingsError),
    /// The URL and the environment do not say how to reach the database.
    #[error(transparent)]
    Postgres(#[from] PostgresSettingsError),
}

impl FromStr for StorageUrl {
    type Err = InvalidStorageUrl;

    fn from_str(text: &str) -> Result<Self, InvalidStorageUrl> {
        let failed = |problem| InvalidStorageUrl { given: redacted(text), problem };
        let (scheme, rest) = text.split_once(':').ok_or_else(|| failed("it has no scheme".into()))?;
        let place = match scheme {
            "memory" => memory(rest),
            "file" => file(rest),
            "s3" => rest
                .strip_prefix("//")
                .ok_or_else(|| "the bucket follows s3://".into())
                .and_then(|rest| rest.parse().map(Place::S3)),
            "postgres" | "postgresql" => text.parse().map(|url| Place::Postgres(Box::new(url))),
            _ => Err("the scheme is unknown".into()),
        };
        place.map(Self).map_err(failed)
    }
}

fn memory(rest: &str) -> Result<Place, String> {
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    if !path.is_empty() {
        return Err("nothing but parameters follows memory:".into());
    }
    let mut limit = MemoryStore::DEFAULT_LIMIT;
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match &*name {
            "max_bytes" => {
                limit = value
                    .parse()
                    .ok()
                    .filter(|limit| *limit > 0)
                    .ok_or_else(|| format!("max_bytes must be a whole number above 0, got {value:?}"))?;
            }
            _ => return Err(format!("memory: has the parameter max_bytes, got {name:?}")),
        }
    }
    Ok(Place::Memory { limit })
}

fn file(rest: &str) -> Result<Place, String> {
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    // The path follows the host, which is this one.
    let path = match path.strip_prefix("//") {
        None => path,
        Some(after) => match after.strip_prefix("localhost").unwrap_or(after) {
            path if path.starts_with('/') => path,
            _ => return Err(format!("file://{after} names a host; a relative path is written file:{after}")),
        },
    };
    let path: Cow<'_, [u8]> = percent_decode_str(path).into();
    if path.is_empty() || path.contains(&0) {
        return Err("a directory follows file:".into());
    }
    let mut durability = Durability::default();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        durability = match (&*name, &*value) {
            ("durability", "power-loss") => Durability::PowerLoss,
            ("durability", "process") => Durability::Process,
            ("durability", _) => return Err(format!("durability must be power-loss or process, got {value:?}")),
            _ => return Err(format!("file: has the parameter durability, got {name:?}")),
        };
    }
    Ok(Place::File { root: OsStr::from_bytes(&path).into(), durability })
}

/// As much of a URL as cannot hold a password.
fn redacted(text: &str) -> String {
    match text.split_once(':') {
        Some(("memory" | "file", _)) => text.into(),
        Some(("s3", rest)) if !rest.contains('@') => text.into(),
        Some((scheme, rest)) if rest.starts_with("//") => format!("{scheme}://…"),
        Some((scheme, _)) => format!("{scheme}:…"),
        None if text.contains('@') => "…".into(),
        None => text.into(),
    }
}

impl fmt::Display for StorageUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Place::Memory { .. } => formatter.write_str("memory:"),
            Place::File { root, .. } => write!(formatter, "file:{}", root.display()),
            Place::S3(bucket) => write!(formatter, "{bucket}"),
            Place::Postgres(url) => write!(formatter, "{url}"),
        }
    }
}

/// A text is no storage URL.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("a storage URL is {}, got {given:?}: {problem}", StorageUrl::ALLOWED)]
pub struct InvalidStorageUrl {
    /// What was given, without a password.
    pub given: String,
    /// What is wrong with it.
    pub problem: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<StorageUrl, InvalidStorageUrl> {
        text.parse()
    }

    #[test]
    fn each_scheme_is_read() {
        for (text, shown) in [
            ("memory:", "memory:"),
            ("memory:?max_bytes=1048576", "memory:"),
            ("file:./data", "file:./data"),
            ("file:data", "file:data"),
            ("file:/srv/data", "file:/srv/data"),
            ("file:///srv/data?durability=process", "file:/srv/data"),
            ("file://localhost/srv/my%20data", "file:/srv/my data"),
            ("s3://bucket/a/b", "s3://bucket/a/b"),
            ("postgres://app@db/store", "postgres://db/store"),
            ("postgresql://app@db/store", "postgres://db/store"),
        ] {
            assert_eq!(read(text).map(|url| url.to_string()), Ok(shown.into()), "{text}");
        }
    }

    #[test]
    fn files_outlast_a_loss_of_power_unless_told_otherwise() {
        let place = |text| read(text).expect("valid").0;
        let root = PathBuf::from("./data");
        assert_eq!(place("file:./data"), Place::File { root: root.clone(), durability: Durability::PowerLoss });
        assert_eq!(place("file:./data?durability=process"), Place::File { root, durability: Durability::Process });
    }

    #[test]
    fn rejects_what_names_no_store() {
        for (text, problem) in [
            ("", "it has no scheme"),
            ("data", "it has no scheme"),
            ("ftp://host/data", "the scheme is unknown"),
            ("memory:data", "nothing but parameters follows memory:"),
            ("memory:?max_bytes=0", "max_bytes must be a whole number above 0, got \"0\""),
            ("memory:?size=1", "memory: has the parameter max_bytes, got \"size\""),
            ("file:", "a directory follows file:"),
            ("file:%00", "a directory follows file:"),
            ("file://data/x", "file://data/x names a host; a relative path is written file:data/x"),
            ("file:./data?durability=never", "durability must be power-loss or process, got \"never\""),
            ("file:./data?mode=1", "file: has the parameter durability, got \"mode\""),
            ("s3:bucket", "the bucket follows s3://"),
        ] {
            assert_eq!(read(text).expect_err(text).problem, problem, "{text}");
        }
    }

    #[test]
    fn errors_say_what_is_allowed_and_no_password() {
        let error = read("files:./data").expect_err("no such scheme").to_string();
        assert_eq!(
            error,
            "a storage URL is memory:, file:<directory>, s3://<bucket>/<prefix> or postgres://<user>@<host>/<database>, \
             got \"files:…\": the scheme is unknown"
        );
        for text in [
            "mysql://u:hidden@db/store",
            "postgres://u:hidden@db/store?sslmode=x",
            "postgres://u:hidden@db:port/store",
            "s3://key:hidden@bucket",
            "u:hidden@db/store",
            "hidden@db",
        ] {
            let error = read(text).expect_err(text);
            assert!(!format!("{error} {error:?}").contains("hidden"), "{text}: {error:?}");
        }
    }
}
