//! Where documents are kept.
//!
//! [`Store`] is all that the rest of the program knows of it. What stands behind is chosen by one URL; a `201` means
//! that [`Store::put`] has returned, and that means stored.

mod error;
mod file;
mod key;
mod limit;
mod memory;
mod postgres;
mod recent;
mod s3;
mod tls;
mod url;

use std::fmt::Debug;

use async_trait::async_trait;
use bytes::Bytes;

pub use self::error::StoreError;
pub use self::file::{Durability, FileStore, OpenFileError};
pub use self::key::{InvalidKey, InvalidKeyPrefix, Key, KeyPrefix};
pub use self::memory::MemoryStore;
pub use self::postgres::{PostgresSettingsError, PostgresStore};
pub use self::s3::{S3SettingsError, S3Store};
pub use self::url::{InvalidStorageUrl, OpenError, StorageUrl};

/// A place for documents under keys.
#[async_trait]
pub trait Store: Debug + Send + Sync + 'static {
    /// The name of the system for metrics and spans: `memory`, `file`, `s3` or `postgresql`.
    fn system(&self) -> &'static str;

    /// Stores `document`, which is not empty, under a key that is new. Whatever happens to the process after it has
    /// returned `Ok`, the document is there; after an error, it may be.
    ///
    /// Of two documents under one key, one is kept whole; which one is up to the system.
    async fn put(&self, key: Key, document: Bytes) -> Result<(), StoreError>;

    /// The document under `key`, byte for byte as it was given, or `None`.
    async fn get(&self, key: Key) -> Result<Option<Bytes>, StoreError>;

    /// Removes what is under `key`; whether there was anything.
    async fn delete(&self, key: Key) -> Result<bool, StoreError>;

    /// At most `limit` keys that begin with `prefix` and come after `after`, in their order.
    async fn list(&self, prefix: &KeyPrefix, after: Option<Key>, limit: usize) -> Result<Page, StoreError>;

    /// Whether the system can be reached and would take a document.
    async fn check(&self) -> Result<(), StoreError>;
}

/// A part of a list of keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The keys, in their order.
    pub keys: Vec<Key>,
    /// Whether there are more after them.
    pub more: bool,
}
