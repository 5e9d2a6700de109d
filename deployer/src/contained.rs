//! Paths that an assembly names: none may lead out of it.

use std::io;
use std::path::{Component, Path, PathBuf};

use crate::assembly::AssemblyError;

/// The directory of an assembly, which holds whatever its files name. A nested assembly shares that of the outermost
/// one: the assets of a stage lie beside the stage's directory, not in it.
#[derive(Debug)]
pub(crate) struct Root {
    /// As it was given, so that errors speak of paths that the reader knows.
    directory: PathBuf,
    canonical: PathBuf,
}

impl Root {
    pub(crate) fn new(directory: &Path) -> Result<Self, AssemblyError> {
        let canonical = directory.canonicalize().map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => AssemblyError::NotFound { directory: directory.into() },
            _ => AssemblyError::Read { path: directory.into(), source },
        })?;
        Ok(Self { directory: directory.into(), canonical })
    }

    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// The path that `file` means when it names `name`: relative to its own directory, and inside this one.
    pub(crate) fn resolve(&self, file: &Path, name: &str) -> Result<PathBuf, AssemblyError> {
        let outside = || AssemblyError::Outside { file: file.into(), name: name.into() };
        let beside = file.parent().and_then(|parent| parent.strip_prefix(&self.directory).ok()).ok_or_else(outside)?;
        let mut inside = beside.to_path_buf();
        for component in Path::new(name).components() {
            match component {
                Component::Normal(part) => inside.push(part),
                Component::CurDir => {}
                Component::ParentDir if inside.pop() => {}
                Component::ParentDir | Component::RootDir | Component::Prefix(_) => return Err(outside()),
            }
        }
        let path = self.directory.join(inside);
        match path.canonicalize() {
            Ok(canonical) if canonical.starts_with(&self.canonical) => Ok(path),
            // Only a symbolic link leads here.
            Ok(_) => Err(outside()),
            Err(source) if matches!(source.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                Err(AssemblyError::Missing { file: file.into(), path })
            }
            Err(source) => Err(AssemblyError::Read { path, source }),
        }
    }
}
