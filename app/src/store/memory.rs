//! Documents in memory.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;

use super::{Key, KeyPrefix, Page, Store, StoreError};

/// Documents in memory, gone with the process: for tests and demonstrations.
///
/// It holds a bounded number of bytes, 16 MiB by default; the oldest documents make room for new ones.
#[derive(Debug)]
pub struct MemoryStore {
    limit: usize,
    documents: Mutex<Documents>,
}

#[derive(Debug, Default)]
struct Documents {
    by_key: BTreeMap<Key, Bytes>,
    bytes: usize,
}

/// What a document takes besides its own bytes.
const OVERHEAD: usize = 96;

impl MemoryStore {
    /// The bytes that are held by default: 16 MiB.
    pub const DEFAULT_LIMIT: usize = 16 * 1024 * 1024;

    /// A store that holds at most `limit` bytes.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self { limit, documents: Mutex::default() }
    }

    fn documents(&self) -> MutexGuard<'_, Documents> {
        // No code that could panic leaves the documents half changed.
        self.documents.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new(Self::DEFAULT_LIMIT)
    }
}

#[async_trait]
impl Store for MemoryStore {
    fn system(&self) -> &'static str {
        "memory"
    }

    async fn put(&self, key: Key, document: Bytes) -> Result<(), StoreError> {
        let mut documents = self.documents();
        documents.bytes += document.len() + OVERHEAD;
        if let Some(previous) = documents.by_key.insert(key, document) {
            documents.bytes -= previous.len() + OVERHEAD;
        }
        // Keys sort by time: the first is the oldest.
        while documents.bytes > self.limit && documents.by_key.len() > 1 {
            let Some((_, oldest)) = documents.by_key.pop_first() else { break };
            documents.bytes -= oldest.len() + OVERHEAD;
        }
        Ok(())
    }

    async fn get(&self, key: Key) -> Result<Option<Bytes>, StoreError> {
        Ok(self.documents().by_key.get(&key).cloned())
    }

    async fn delete(&self, key: Key) -> Result<bool, StoreError> {
        let mut documents = self.documents();
        let Some(document) = documents.by_key.remove(&key) else { return Ok(false) };
        documents.bytes -= document.len() + OVERHEAD;
        Ok(true)
    }

    async fn list(&self, prefix: &KeyPrefix, after: Option<Key>, limit: usize) -> Result<Page, StoreError> {
        let documents = self.documents();
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let mut matching =
            documents.by_key.range((from, Bound::Unbounded)).map(|(key, _)| *key).filter(|key| prefix.matches(*key));
        let keys: Vec<Key> = matching.by_ref().take(limit).collect();
        Ok(Page { keys, more: matching.next().is_some() })
    }

    async fn check(&self) -> Result<(), StoreError> {
        Ok(())
    }
}
