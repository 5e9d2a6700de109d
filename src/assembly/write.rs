//! Writing an assembly so that a failure, at any moment, leaves the last good one.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::Assembly;
use super::files::{Failure, Files};
use super::manifest::Rendered;
use crate::problem::SynthError;

/// Has everything rendered into a new directory beside the old one, then swaps the two.
pub(crate) fn write(
    directory: &Path,
    render: impl FnOnce(&mut Files) -> Result<Rendered, Failure>,
) -> Result<Assembly, SynthError> {
    let failed = |Failure { action, source }| SynthError::Write { directory: directory.to_owned(), action, source };
    let place = Place::of(directory);
    fs::create_dir_all(&place.parent).map_err(Failure::new("its parent directory cannot be made")).map_err(failed)?;
    let lock = place.lock();
    place.tidy(lock.is_some());
    let locks = inspect(&place.directory).map_err(|error| match error {
        Inspection::Foreign(entry) => SynthError::NotAnAssembly { directory: directory.to_owned(), entry },
        Inspection::Unreadable(source) => failed(Failure::new("what is there cannot be read")(source)),
    })?;

    let (staged, old) = (place.sibling(NEW), place.sibling(OLD));
    let outcome = fill(&staged, render, &locks).and_then(|rendered| {
        if rendered.problems.is_empty() {
            swap(&staged, &place.directory, &old).map_err(Failure::new("it cannot be put in place"))?;
        }
        Ok(rendered)
    });
    // Whatever happened, nothing half-done is left behind; what cannot be removed is no reason to fail.
    remove(&staged);
    place.remove_replaced(&[old]);
    match outcome.map_err(failed)? {
        Rendered { stacks, problems } if problems.is_empty() => {
            Ok(Assembly { directory: directory.to_owned(), stacks })
        }
        rendered => Err(rendered.refused(Vec::new())),
    }
}

/// Puts the last good assembly back where an earlier run was killed between moving it aside and putting the next one in
/// its place. There is nothing to report: what cannot be put back now is there for the next run.
pub(crate) fn recover(directory: &Path) {
    let place = Place::of(directory);
    if place.parent.is_dir() {
        let lock = place.lock();
        place.tidy(lock.is_some());
    }
}

const NEW: &str = "new";
const OLD: &str = "old";

/// Where an assembly goes, and what may be beside it.
struct Place {
    directory: PathBuf,
    parent: PathBuf,
    name: String,
}

impl Place {
    fn of(directory: &Path) -> Self {
        // A link is the user's own, and stays: what it leads to is swapped.
        let directory = fs::canonicalize(directory).ok().filter(|_| directory.is_symlink()).unwrap_or(directory.into());
        let parent = match directory.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
            _ => PathBuf::from("."),
        };
        let name = directory.file_name().map_or_else(|| "assembly".into(), |name| name.to_string_lossy().into_owned());
        Self { directory, parent, name }
    }

    /// Keeps other runs out until it is dropped, or the process ends in whatever way. None where a directory cannot be
    /// locked, as on Windows.
    fn lock(&self) -> Option<fs::File> {
        let parent = fs::File::open(&self.parent).ok()?;
        parent.lock().ok()?;
        Some(parent)
    }

    /// Returns the name of a directory of this run's own beside the assembly.
    fn sibling(&self, kind: &str) -> PathBuf {
        self.parent.join(format!(".{}.{kind}-{}", self.name, std::process::id()))
    }

    /// Returns what runs have left beside the assembly.
    fn siblings(&self, kind: &str) -> Vec<PathBuf> {
        let prefix = format!(".{}.{kind}-", self.name);
        let entries = fs::read_dir(&self.parent).into_iter().flatten().flatten();
        let mut left: Vec<PathBuf> = entries
            .filter(|entry| {
                let name = entry.file_name();
                let process = name.to_str().and_then(|name| name.strip_prefix(&prefix));
                process.is_some_and(|id| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit()))
            })
            .map(|entry| entry.path())
            .collect();
        left.sort();
        left
    }

    /// Puts a good assembly back that was moved aside and, if no other run can be at work here, removes what is left of
    /// killed ones.
    fn tidy(&self, is_alone: bool) {
        if !self.directory.exists() {
            let modified = |path: &Path| fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
            if let Some(last) = self.siblings(OLD).into_iter().max_by_key(|path| modified(path)) {
                // Where this fails, the directory stays under its other name for the next run.
                let _ = fs::rename(last, &self.directory);
            }
        }
        if is_alone {
            self.siblings(NEW).iter().for_each(|path| remove(path));
            self.remove_replaced(&self.siblings(OLD));
        }
    }

    /// Removes what was moved aside, unless there is nothing in its place: then it is the last good assembly.
    fn remove_replaced(&self, moved_aside: &[PathBuf]) {
        if self.directory.exists() {
            moved_aside.iter().for_each(|path| remove(path));
        }
    }
}

/// Removes a directory, if it is there and can be removed.
fn remove(directory: &Path) {
    let _ = fs::remove_dir_all(directory);
}

enum Inspection {
    Foreign(String),
    Unreadable(io::Error),
}

/// Refuses a directory with anything in it that no assembly has. Returns the lock files that the official CLI holds there.
fn inspect(directory: &Path) -> Result<Vec<PathBuf>, Inspection> {
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Inspection::Unreadable(error)),
    };
    let mut locks = Vec::new();
    for entry in entries {
        let entry = entry.map_err(Inspection::Unreadable)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_lock = Path::new(&name).extension().is_some_and(|extension| extension == "lock");
        let belongs = ["manifest.json", "tree.json", "cdk.out", "validation-report.json"].contains(&name.as_str())
            || name.starts_with("asset.")
            || name.starts_with("assembly-")
            || name.starts_with(".cache")
            || [".template.json", ".assets.json", ".grafana.json", ".metadata.json"]
                .iter()
                .any(|suffix| name.ends_with(suffix))
            || name.starts_with("validation-report");
        if is_lock {
            locks.push(entry.path());
        } else if !belongs {
            return Err(Inspection::Foreign(name));
        }
    }
    Ok(locks)
}

fn fill(
    staged: &Path,
    render: impl FnOnce(&mut Files) -> Result<Rendered, Failure>,
    locks: &[PathBuf],
) -> Result<Rendered, Failure> {
    // A run with the same process id may have been killed here before.
    remove(staged);
    fs::create_dir_all(staged).map_err(Failure::new(format!("{} cannot be made", staged.display())))?;
    let rendered = render(&mut Files::Directory(staged.to_owned()))?;
    for lock in locks {
        if let Some(name) = lock.file_name()
            && lock.is_file()
        {
            fs::copy(lock, staged.join(name)).map_err(Failure::new(format!("`{}` cannot be kept", lock.display())))?;
        }
    }
    Ok(rendered)
}

fn swap(staged: &Path, directory: &Path, old: &Path) -> io::Result<()> {
    match fs::rename(directory, old) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return fs::rename(staged, directory),
        Err(error) => return Err(error),
    }
    fs::rename(staged, directory).inspect_err(|_| {
        // The old one goes back where it was; if even that fails, it is still there under its other name.
        let _ = fs::rename(old, directory);
    })
}
