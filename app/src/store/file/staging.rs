//! Where files are written before they have their name.

use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{AtFlags, Mode, OFlags, open, openat, unlinkat};

use super::leaf::DIRECTORY;
use crate::store::Key;

/// The directory in which one process writes files that have no name yet: `tmp/<UUID>`, on the file system of the
/// documents. A lock on the file `lock` in it says that the process lives; the system takes it from a dead one.
#[derive(Debug)]
pub(super) struct Staging {
    path: PathBuf,
    directory: File,
    identity: (u64, u64),
    _lock: File,
}

const PARENT: &str = "tmp";
const LOCK: &str = "lock";
/// A directory without a lock is one that a process is about to lock, unless it is older than this.
const ABOUT_TO_LOCK: Duration = Duration::from_secs(3600);

impl Staging {
    /// A directory of this process.
    pub(super) fn create(root: &Path) -> io::Result<Self> {
        let parent = root.join(PARENT);
        match fs::create_dir(&parent) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        for _ in 0..8 {
            let path = parent.join(Key::generate().to_string());
            fs::create_dir(&path)?;
            let directory = File::from(open(&path, DIRECTORY, Mode::empty())?);
            let lock = create(&directory, LOCK)?;
            // Between creation and lock, another process may have taken the directory for one of a dead process.
            let locked = lock.try_lock().is_ok();
            if locked && fs::metadata(path.join(LOCK)).is_ok_and(|found| same(&lock, &found)) {
                let found = directory.metadata()?;
                return Ok(Self { path, directory, identity: (found.dev(), found.ino()), _lock: lock });
            }
        }
        Err(io::Error::other("other processes remove the directory for new files"))
    }

    /// The directory.
    pub(super) fn directory(&self) -> &File {
        &self.directory
    }

    /// Whether the directory is still where it was created.
    pub(super) fn is_there(&self) -> bool {
        fs::symlink_metadata(&self.path).is_ok_and(|found| (found.dev(), found.ino()) == self.identity)
    }

    /// A new file.
    pub(super) fn file(&self, name: &str) -> io::Result<Staged<'_>> {
        Ok(Staged { file: create(&self.directory, name)?, name: name.to_owned(), staging: self })
    }

    /// Removes what processes that were killed have left below `root`. What a living process has, on this host or on
    /// another that shares the file system, stays.
    pub(super) fn clean(root: &Path) -> io::Result<usize> {
        let mut removed = 0;
        let entries = match fs::read_dir(root.join(PARENT)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?;
            // What has another name is not ours.
            if entry.file_name().to_str().and_then(|name| name.parse::<Key>().ok()).is_none()
                || !entry.file_type()?.is_dir()
            {
                continue;
            }
            let path = entry.path();
            if is_left_over(&path) {
                // The next start tries again.
                removed += usize::from(remove(&path).is_ok());
            }
        }
        Ok(removed)
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        _ = remove(&self.path);
    }
}

fn create(directory: &File, name: &str) -> io::Result<File> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    Ok(File::from(openat(directory, name, flags, Mode::from_raw_mode(0o666))?))
}

fn same(ours: &File, found: &fs::Metadata) -> bool {
    ours.metadata().is_ok_and(|ours| (ours.dev(), ours.ino()) == (found.dev(), found.ino()))
}

fn is_left_over(path: &Path) -> bool {
    match File::open(path.join(LOCK)) {
        // The lock is released with the file, while the directory is removed: who waits for it sees it gone.
        Ok(lock) => match lock.try_lock() {
            Ok(()) => true,
            Err(TryLockError::WouldBlock | TryLockError::Error(_)) => false,
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => fs::metadata(path)
            .and_then(|found| found.modified())
            .is_ok_and(|at| at.elapsed().is_ok_and(|age| age > ABOUT_TO_LOCK)),
        Err(_) => false,
    }
}

fn remove(path: &Path) -> io::Result<()> {
    // The lock goes last: where the removal is cut short, the next one finds the directory again.
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        if entry.file_name() != LOCK {
            fs::remove_file(entry.path())?;
        }
    }
    match fs::remove_file(path.join(LOCK)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    fs::remove_dir(path)
}

/// A file that is removed unless it has got another name.
#[derive(Debug)]
pub(super) struct Staged<'a> {
    file: File,
    name: String,
    staging: &'a Staging,
}

impl Staged<'_> {
    /// The file.
    pub(super) fn file(&self) -> &File {
        &self.file
    }

    /// Its name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for Staged<'_> {
    fn drop(&mut self) {
        // What stays is removed at the next start.
        _ = unlinkat(&self.staging.directory, &self.name, AtFlags::empty());
    }
}
