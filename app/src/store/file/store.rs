//! Documents as files.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use rustix::fs::{Mode, OFlags, open};
use thiserror::Error;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use super::leaf::{self, Leaves};
use super::listing;
use super::staging::Staging;
use crate::store::limit::{Failure, Limited};
use crate::store::recent::RecentCheck;
use crate::store::{Key, KeyPrefix, Page, Store, StoreError};

/// What an acknowledged document outlasts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// The loss of power: the file and the directories that lead to it are on the disk. The default.
    #[default]
    PowerLoss,
    /// The end of the process, however it comes: the system has the document, and writes it within seconds.
    Process,
}

/// Documents as files, each the very bytes that were given, named by its key in a directory of those of the same
/// minute: `<root>/0198c2/f4/0198c2f4-….`
///
/// A document is written to a file without a name that counts, made to last by `fsync`, and then linked to its name, so
/// that a name never stands for less than the document; then the directories are made to last. Only then is it
/// acknowledged. There is no checksum beside a file: nothing that this program or a crash can do leaves a part of one,
/// and what happens to disks is for file systems that have checksums to find. Files are not shared by name with anybody
/// else: a symbolic link is not followed.
///
/// Several processes, also on several hosts, may use one root, if the file system has hard links and locks.
#[derive(Clone, Debug)]
pub struct FileStore {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    root: PathBuf,
    durable: bool,
    limited: Limited,
    leaves: Leaves,
    staging: Mutex<Option<Arc<Staging>>>,
    /// Calls that may block, at once: where a disk hangs, threads hang, and no more than these.
    writes: Arc<Semaphore>,
    reads: Arc<Semaphore>,
    checked: RecentCheck,
}

/// As many as can usefully share one commit of a journaling file system.
const WRITES: usize = 64;
const READS: usize = 64;

impl FileStore {
    /// Opens the directory `root`, which is created where it is missing, and removes what killed processes have left
    /// unfinished. Each operation has `limit` time.
    ///
    /// A full disk is no reason to fail: documents can be read and deleted, and stored again when there is room.
    ///
    /// # Errors
    /// The directory cannot be created, read or written to, or its file system has no hard links.
    pub async fn open(root: &Path, durability: Durability, limit: Duration) -> Result<Self, OpenFileError> {
        let failed = |source| OpenFileError { root: root.to_owned(), source };
        let root = std::path::absolute(root).map_err(failed)?;
        let durable = durability == Durability::PowerLoss;
        let shared = Arc::new(Shared {
            leaves: Leaves::new(root.clone(), durable),
            root,
            durable,
            limited: Limited { system: "file", limit },
            staging: Mutex::default(),
            writes: Arc::new(Semaphore::new(WRITES)),
            reads: Arc::new(Semaphore::new(READS)),
            checked: RecentCheck::default(),
        });
        let blocking = shared.clone();
        match spawn_blocking(move || blocking.prepare()).await {
            Ok(prepared) => prepared.map_err(failed)?,
            Err(error) => return Err(failed(io::Error::other(error))),
        }
        Ok(Self { shared })
    }

    /// Runs `work` where it may block, within the limits of time and number. It goes on to its end when nobody waits
    /// for it any more.
    async fn blocking<T: Send + 'static>(
        &self,
        operation: &'static str,
        permits: &Arc<Semaphore>,
        work: impl FnOnce(&Shared) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (shared, permits) = (self.shared.clone(), permits.clone());
        let work = async move {
            let permit = permits.acquire_owned().await.map_err(io::Error::other)?;
            let work = move || {
                let result = work(&shared);
                drop(permit);
                result
            };
            spawn_blocking(work).await.unwrap_or_else(|error| Err(io::Error::other(error).into()))
        };
        self.shared.limited.run(operation, work).await
    }
}

/// Why a directory cannot be used.
#[derive(Debug, Error)]
#[error("cannot keep documents in {}", root.display())]
pub struct OpenFileError {
    root: PathBuf,
    source: io::Error,
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::TimedOut { Self::TooSlow } else { Self::Unavailable(Box::new(error)) }
    }
}

#[async_trait]
impl Store for FileStore {
    fn system(&self) -> &'static str {
        "file"
    }

    async fn put(&self, key: Key, document: Bytes) -> Result<(), StoreError> {
        self.blocking("put", &self.shared.writes, move |shared| Ok(shared.put(key, &document)?)).await
    }

    async fn get(&self, key: Key) -> Result<Option<Bytes>, StoreError> {
        self.blocking("get", &self.shared.reads, move |shared| shared.get(key)).await
    }

    async fn delete(&self, key: Key) -> Result<bool, StoreError> {
        self.blocking("delete", &self.shared.writes, move |shared| Ok(shared.delete(key)?)).await
    }

    async fn list(&self, prefix: &KeyPrefix, after: Option<Key>, limit: usize) -> Result<Page, StoreError> {
        let (prefix, deadline) = (prefix.clone(), Instant::now() + self.shared.limited.limit);
        let work = move |shared: &Shared| Ok(listing::page(&shared.root, &prefix, after, limit, deadline)?);
        self.blocking("list", &self.shared.reads, work).await
    }

    async fn check(&self) -> Result<(), StoreError> {
        let check = self.blocking("check", &self.shared.writes, |shared| Ok(shared.check()?));
        self.shared.checked.get("file", check).await
    }
}

impl Shared {
    fn prepare(&self) -> io::Result<()> {
        create_root(&self.root, self.durable)?;
        // Reading must be possible as well.
        drop(fs::read_dir(&self.root)?);
        Staging::clean(&self.root)?;
        match self.staging().and_then(|staging| probe(&staging)) {
            Err(error) if matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) => Ok(()),
            prepared => prepared,
        }
    }

    fn put(&self, key: Key, document: &[u8]) -> io::Result<()> {
        self.with_staging(|staging| {
            let mut staged = staging.file(&key.to_string())?;
            self.write(&mut staged, document)?;
            let leaf = self.leaves.get(key)?;
            leaf.link(staging.directory(), staged.name(), key)?;
            leaf.sync()
        })
    }

    fn write(&self, staged: &mut super::staging::Staged<'_>, document: &[u8]) -> io::Result<()> {
        let mut file = staged.file();
        file.write_all(document)?;
        if self.durable { file.sync_all() } else { Ok(()) }
    }

    fn get(&self, key: Key) -> Result<Option<Bytes>, Failure> {
        let path = leaf::path(&self.root, key).join(key.to_string());
        // Opening what is no file must not wait for anybody either.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let mut file = match open(path, flags, Mode::empty()) {
            Ok(file) => File::from(file),
            Err(rustix::io::Errno::NOENT) => return self.is_there().map(|()| None).map_err(Failure::from),
            Err(rustix::io::Errno::LOOP) => return Err(Failure::Corrupt("it is a symbolic link".into())),
            Err(error) => return Err(io::Error::from(error).into()),
        };
        let found = file.metadata()?;
        if !found.is_file() {
            return Err(Failure::Corrupt("it is not a file".into()));
        }
        if found.len() == 0 {
            return Err(Failure::Corrupt("the file is empty".into()));
        }
        let mut document = Vec::with_capacity(usize::try_from(found.len()).map_err(io::Error::other)?);
        file.read_to_end(&mut document)?;
        Ok(Some(document.into()))
    }

    fn delete(&self, key: Key) -> io::Result<bool> {
        let Some(leaf) = self.leaves.find(key)? else { return self.is_there().map(|()| false) };
        match leaf.unlink(key) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return self.is_there().map(|()| false),
            removed => removed?,
        }
        leaf.sync()?;
        self.leaves.prune(key);
        Ok(true)
    }

    /// What a put does to a disk, but for the name.
    fn check(&self) -> io::Result<()> {
        self.with_staging(|staging| {
            let mut staged = staging.file(&Key::generate().to_string())?;
            self.write(&mut staged, b"{}")
        })
    }

    /// Tells a document that is missing from a disk that is missing.
    fn is_there(&self) -> io::Result<()> {
        if fs::metadata(&self.root)?.is_dir() { Ok(()) } else { Err(io::ErrorKind::NotADirectory.into()) }
    }

    /// Does `work`, and again where directories have gone in the meantime: an empty one that was removed, or all of
    /// them, with the root back.
    fn with_staging(&self, work: impl Fn(&Staging) -> io::Result<()>) -> io::Result<()> {
        let mut attempts = 3;
        loop {
            attempts -= 1;
            match self.staging().and_then(|staging| work(&staging)) {
                Err(error) if error.kind() == io::ErrorKind::NotFound && attempts > 0 => {}
                result => return result,
            }
        }
    }

    fn staging(&self) -> io::Result<Arc<Staging>> {
        let mut current = self.staging.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(staging) = current.as_ref().filter(|staging| staging.is_there()) {
            return Ok(staging.clone());
        }
        let staging = Arc::new(Staging::create(&self.root)?);
        *current = Some(staging.clone());
        Ok(staging)
    }
}

/// Creates a directory and those above it that are missing, so that they outlast a loss of power.
fn create_root(root: &Path, durable: bool) -> io::Result<()> {
    if let Ok(found) = fs::metadata(root) {
        return if found.is_dir() { Ok(()) } else { Err(io::ErrorKind::NotADirectory.into()) };
    }
    let parent = root.parent().unwrap_or(root);
    create_root(parent, durable)?;
    match fs::create_dir(root) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    if durable { File::open(parent)?.sync_all() } else { Ok(()) }
}

/// Whether files can be written and have a second name.
fn probe(staging: &Staging) -> io::Result<()> {
    let staged = staging.file("probe")?;
    let mut file = staged.file();
    file.write_all(b"{}")?;
    file.sync_all()?;
    let linked = Key::generate().to_string();
    rustix::fs::linkat(staging.directory(), staged.name(), staging.directory(), &linked, rustix::fs::AtFlags::empty())?;
    Ok(rustix::fs::unlinkat(staging.directory(), &linked, rustix::fs::AtFlags::empty())?)
}
