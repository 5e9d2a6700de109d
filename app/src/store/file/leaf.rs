//! The directories that hold documents.

use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::fs::{AtFlags, CWD, Mode, OFlags, linkat, mkdirat, open, openat, unlinkat};

use super::commit::GroupCommit;
use crate::store::Key;

/// A directory of documents, open.
///
/// The first 8 characters of a key are the upper 32 bits of its 48 bits of milliseconds: one directory holds what was
/// stored in 65.5 s. That is a few documents where little is stored, some ten thousand at a thousand a second, and few
/// enough to be read and sorted for a page of a list. The 6 characters above it hold 256 of them, 4.7 hours, so the
/// root grows by five directories a day.
#[derive(Debug)]
pub(super) struct Leaf {
    directory: File,
    identity: (u64, u64),
    commit: GroupCommit,
    durable: bool,
}

/// The characters of a key that name the directory below the root, and those that name the leaf.
pub(super) const UPPER: usize = 6;
pub(super) const LOWER: usize = 2;

/// Where the directory of `key` is.
pub(super) fn path(root: &Path, key: Key) -> PathBuf {
    let text = key.to_string();
    root.join(&text[..UPPER]).join(&text[UPPER..UPPER + LOWER])
}

/// A directory is opened only if it is one, and not a symbolic link to one.
pub(super) const DIRECTORY: OFlags =
    OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

impl Leaf {
    /// Creates the directory where it is missing, and makes sure that it outlasts a loss of power.
    fn create(root: &Path, key: Key, durable: bool) -> io::Result<Self> {
        let text = key.to_string();
        // The root itself is not created again: where it is gone, a volume is, and what is written below the place
        // where it was mounted is not found any more when it is back.
        let root = File::from(open(root, DIRECTORY.difference(OFlags::NOFOLLOW), Mode::empty())?);
        let upper = below(&root, &text[..UPPER])?;
        let directory = below(&upper, &text[UPPER..UPPER + LOWER])?;
        if durable {
            // The name of a directory lasts once the directory above it is written.
            upper.sync_all()?;
            root.sync_all()?;
        }
        let found = directory.metadata()?;
        Ok(Self { directory, identity: (found.dev(), found.ino()), commit: GroupCommit::default(), durable })
    }

    /// Gives the file `name` of the directory `from` the name of `key` here, for good. Fails where the name is taken.
    pub(super) fn link(&self, from: &File, name: &str, key: Key) -> io::Result<()> {
        linkat(from, name, &self.directory, key.to_string(), AtFlags::empty())?;
        Ok(())
    }

    /// Removes the name of `key` for good.
    pub(super) fn unlink(&self, key: Key) -> io::Result<()> {
        unlinkat(&self.directory, key.to_string(), AtFlags::empty())?;
        Ok(())
    }

    /// Makes what was changed here before last.
    pub(super) fn sync(&self) -> io::Result<()> {
        if !self.durable {
            return Ok(());
        }
        let ticket = self.commit.draw();
        self.commit.wait(&ticket, || self.directory.sync_all())
    }
}

fn below(parent: &File, name: &str) -> io::Result<File> {
    match mkdirat(parent, name, Mode::RWXU | Mode::RWXG | Mode::RWXO) {
        Ok(()) | Err(rustix::io::Errno::EXIST) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(File::from(openat(parent, name, DIRECTORY, Mode::empty())?))
}

/// The directories that were last written to. Keys begin with the time, so there are few.
#[derive(Debug)]
pub(super) struct Leaves {
    root: PathBuf,
    durable: bool,
    recent: Mutex<VecDeque<(PathBuf, Arc<Leaf>)>>,
    creating: Mutex<()>,
}

/// Those of the last minutes.
const RECENT: usize = 4;

impl Leaves {
    pub(super) fn new(root: PathBuf, durable: bool) -> Self {
        Self { root, durable, recent: Mutex::default(), creating: Mutex::default() }
    }

    /// The directory of `key`, created where it is missing.
    pub(super) fn get(&self, key: Key) -> io::Result<Arc<Leaf>> {
        let path = path(&self.root, key);
        if let Some(leaf) = self.known(&path) {
            return Ok(leaf);
        }
        // One creates, the others find.
        let _creating = lock(&self.creating);
        if let Some(leaf) = self.known(&path) {
            return Ok(leaf);
        }
        let leaf = Arc::new(Leaf::create(&self.root, key, self.durable)?);
        let mut recent = lock(&self.recent);
        recent.retain(|(other, _)| *other != path);
        recent.push_back((path, leaf.clone()));
        let oldest = if recent.len() > RECENT { recent.pop_front() } else { None };
        drop(recent);
        if let Some((path, _)) = oldest {
            prune(&path);
        }
        Ok(leaf)
    }

    /// The directory of `key` if it is there.
    pub(super) fn find(&self, key: Key) -> io::Result<Option<Arc<Leaf>>> {
        let path = path(&self.root, key);
        if let Some(leaf) = self.known(&path) {
            return Ok(Some(leaf));
        }
        let directory = match open(&path, DIRECTORY, Mode::empty()) {
            Ok(directory) => File::from(directory),
            Err(rustix::io::Errno::NOENT) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let found = directory.metadata()?;
        let identity = (found.dev(), found.ino());
        Ok(Some(Arc::new(Leaf { directory, identity, commit: GroupCommit::default(), durable: self.durable })))
    }

    /// Removes the directory of `key` if it is empty and not of the last minutes.
    pub(super) fn prune(&self, key: Key) {
        let path = path(&self.root, key);
        if !lock(&self.recent).iter().any(|(other, _)| *other == path) {
            prune(&path);
        }
    }

    /// The directory that was last at `path`, if it still is: another may have been put in its place.
    fn known(&self, path: &Path) -> Option<Arc<Leaf>> {
        let found = rustix::fs::statat(CWD, path, AtFlags::SYMLINK_NOFOLLOW).ok()?;
        let recent = lock(&self.recent);
        let (_, leaf) = recent.iter().rev().find(|(other, _)| other == path)?;
        (leaf.identity == (found.st_dev, found.st_ino)).then(|| leaf.clone())
    }
}

/// Removes a directory and the one above if they are empty. Who just created them finds them gone, and tries again.
fn prune(path: &Path) {
    if std::fs::remove_dir(path).is_ok()
        && let Some(upper) = path.parent()
    {
        _ = std::fs::remove_dir(upper);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing in the critical sections leaves anything half changed.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
