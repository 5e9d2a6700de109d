//! Writing dashboards as Rust.

use std::fs;
use std::path::{Path, PathBuf};

use belvedere_grafana::rust::RustFile;
use serde::Serialize;

use super::DashboardsError;

/// A file of Rust that was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct WrittenFile {
    /// The file.
    pub path: PathBuf,
    /// The function in it that returns the dashboard.
    pub function: String,
    /// How many values the dashboard's JSON has.
    pub values: usize,
    /// How many of them are JSON in the code too.
    pub untyped: usize,
}

/// Writes each function to a file of its own below `directory`, which is made if it is not there.
///
/// # Errors
/// A file is there already and `force` is not set, or cannot be written. Nothing is written then.
pub fn write_code(files: &[RustFile], directory: &Path, force: bool) -> Result<Vec<WrittenFile>, DashboardsError> {
    let path = |file: &RustFile| directory.join(format!("{}.rs", file.function));
    if let Some(path) = files.iter().map(path).find(|path| !force && path.exists()) {
        return Err(DashboardsError::Exists { path });
    }
    let failed = |path: PathBuf| |source| DashboardsError::Write { path, source };
    fs::create_dir_all(directory).map_err(failed(directory.to_owned()))?;
    let mut written = Vec::new();
    for file in files {
        let path = path(file);
        fs::write(&path, &file.text).map_err(failed(path.clone()))?;
        let (function, values, untyped) = (file.function.clone(), file.values, file.untyped);
        written.push(WrittenFile { path, function, values, untyped });
    }
    Ok(written)
}
