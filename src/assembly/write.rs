//! Writing an assembly so that a failure, at any moment, leaves the last good one.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::{Assembly, Content, Rendered};
use crate::asset::files_below;
use crate::problem::SynthError;

/// Writes everything into a new directory beside the old one, then swaps the two.
pub(crate) fn write(directory: &Path, rendered: Rendered) -> Result<Assembly, SynthError> {
    let failed = |action: &str, source: io::Error| SynthError::Write {
        directory: directory.to_owned(),
        action: action.to_owned(),
        source,
    };
    let locks = inspect(directory).map_err(|error| match error {
        Inspection::Foreign(entry) => SynthError::NotAnAssembly { directory: directory.to_owned(), entry },
        Inspection::Unreadable(source) => failed("what is there cannot be read", source),
    })?;

    let parent = match directory.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    };
    fs::create_dir_all(&parent).map_err(|source| failed("its parent directory cannot be made", source))?;
    let name = directory.file_name().map_or_else(|| "assembly".into(), |name| name.to_string_lossy().into_owned());
    let staged = parent.join(format!(".{name}.new-{}", std::process::id()));
    let old = parent.join(format!(".{name}.old-{}", std::process::id()));
    let outcome = fill(&staged, &rendered, &locks)
        .map_err(|(action, source)| failed(&action, source))
        .and_then(|()| swap(&staged, directory, &old).map_err(|source| failed("it cannot be put in place", source)));
    // Whatever happened, nothing half-done is left behind; what cannot be removed is no reason to fail.
    let _ = fs::remove_dir_all(&staged);
    let _ = fs::remove_dir_all(&old);
    outcome?;
    Ok(Assembly { directory: directory.to_owned(), stacks: rendered.stacks })
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
            || [".template.json", ".assets.json", ".metadata.json"].iter().any(|suffix| name.ends_with(suffix))
            || name.starts_with("validation-report");
        if is_lock {
            locks.push(entry.path());
        } else if !belongs {
            return Err(Inspection::Foreign(name));
        }
    }
    Ok(locks)
}

fn fill(staged: &Path, rendered: &Rendered, locks: &[PathBuf]) -> Result<(), (String, io::Error)> {
    // A run with the same process id may have been killed here before.
    let _ = fs::remove_dir_all(staged);
    fs::create_dir_all(staged).map_err(|error| (format!("{} cannot be made", staged.display()), error))?;
    for (name, content) in &rendered.files {
        let path = staged.join(name);
        let failed = |error| (format!("`{name}` cannot be written"), error);
        if name.contains('/')
            && let Some(parent) = path.parent()
        {
            fs::create_dir_all(parent).map_err(failed)?;
        }
        match content {
            Content::Bytes(bytes) => fs::write(&path, bytes).map_err(failed)?,
            Content::Copy(source) => copy(source, &path).map_err(failed)?,
        }
    }
    for lock in locks {
        if let Some(name) = lock.file_name()
            && lock.is_file()
        {
            fs::copy(lock, staged.join(name))
                .map_err(|error| (format!("`{}` cannot be kept", lock.display()), error))?;
        }
    }
    Ok(())
}

fn copy(source: &Path, destination: &Path) -> io::Result<()> {
    if !source.is_dir() {
        return fs::copy(source, destination).map(drop);
    }
    fs::create_dir_all(destination)?;
    for (relative, path) in files_below(source)? {
        let file = destination.join(relative);
        if let Some(parent) = file.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::copy(path, file)?;
    }
    Ok(())
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
