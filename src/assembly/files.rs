//! [`Files`]: where the files of an assembly go.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::asset::files_below;
use belvedere_cfn::json;

/// Where the files of an assembly go, each as soon as it is rendered: an assembly may be larger than its app.
#[derive(Debug)]
pub(crate) enum Files {
    /// Into a directory that is there.
    Directory(PathBuf),
    /// Nowhere; what was rendered is kept for whoever looks at it, assets are not.
    Memory(BTreeMap<String, Vec<u8>>),
}

/// Why a file could not be written.
#[derive(Debug)]
pub(crate) struct Failure {
    /// What was being done.
    pub(crate) action: String,
    pub(crate) source: io::Error,
}

impl Failure {
    pub(super) fn new(action: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let action = action.into();
        |source| Self { action, source }
    }

    fn to_write(name: &str) -> impl FnOnce(io::Error) -> Self {
        Self::new(format!("`{name}` cannot be written"))
    }
}

impl Files {
    /// Returns what was kept.
    pub(crate) fn into_memory(self) -> BTreeMap<String, Vec<u8>> {
        match self {
            Self::Directory(_) => BTreeMap::new(),
            Self::Memory(files) => files,
        }
    }

    /// Writes bytes.
    pub(super) fn bytes(&mut self, name: String, bytes: Vec<u8>) -> Result<(), Failure> {
        match self {
            Self::Directory(root) => fs::write(root.join(&name), bytes).map_err(Failure::to_write(&name))?,
            Self::Memory(files) => drop(files.insert(name, bytes)),
        }
        Ok(())
    }

    /// Writes JSON.
    pub(super) fn json(&mut self, name: String, value: &impl Serialize) -> Result<(), Failure> {
        self.bytes(name, json::pretty(value))
    }

    /// Copies a file or directory, unless one of that name is there: the name of an asset tells its content.
    pub(super) fn copy(&mut self, name: &str, source: &Path) -> Result<(), Failure> {
        let Self::Directory(root) = self else { return Ok(()) };
        let destination = root.join(name);
        if destination.exists() { Ok(()) } else { copy(source, &destination).map_err(Failure::to_write(name)) }
    }

    /// Makes the directory of an assembly inside this one.
    pub(super) fn make_directory(&mut self, name: &str) -> Result<(), Failure> {
        let Self::Directory(root) = self else { return Ok(()) };
        fs::create_dir_all(root.join(name)).map_err(Failure::to_write(name))
    }
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
