//! Writing dashboards and contents as Rust.

use std::fs;
use std::path::{Path, PathBuf};

use belvedere_grafana::rust::{RustContent, RustFile};
use serde::Serialize;

use super::DashboardsError;

/// A file of Rust that was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct WrittenFile {
    /// The file.
    pub path: PathBuf,
    /// The function in it that returns the dashboard or the content.
    pub function: String,
    /// How many values the dashboard's JSON has, where the file is a dashboard.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub values: Option<usize>,
    /// How many of them are JSON in the code too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub untyped: Option<usize>,
}

/// Writes each function to a file of its own below `directory`, which is made if it is not there.
///
/// # Errors
/// A file is there already and `force` is not set, or cannot be written. Nothing is written then.
pub fn write_code(files: &[RustFile], directory: &Path, force: bool) -> Result<Vec<WrittenFile>, DashboardsError> {
    let files = files.iter().map(|file| (dashboard(file, directory), file.text.as_str()));
    write(files.collect(), directory, force)
}

/// Writes a content to `mod.rs` below `directory`, which is made if it is not there, and each dashboard to a file beside it.
///
/// # Errors
/// A file is there already and `force` is not set, or cannot be written. Nothing is written then.
pub fn write_content(
    content: &RustContent,
    directory: &Path,
    force: bool,
) -> Result<Vec<WrittenFile>, DashboardsError> {
    let module =
        WrittenFile { path: directory.join("mod.rs"), function: "content".to_owned(), values: None, untyped: None };
    let mut files = vec![(module, content.module.as_str())];
    files.extend(content.dashboards.iter().map(|file| (dashboard(file, directory), file.text.as_str())));
    write(files, directory, force)
}

fn dashboard(file: &RustFile, directory: &Path) -> WrittenFile {
    WrittenFile {
        path: directory.join(format!("{}.rs", file.function)),
        function: file.function.clone(),
        values: Some(file.values),
        untyped: Some(file.untyped),
    }
}

fn write(files: Vec<(WrittenFile, &str)>, directory: &Path, force: bool) -> Result<Vec<WrittenFile>, DashboardsError> {
    if let Some((file, _)) = files.iter().find(|(file, _)| !force && file.path.exists()) {
        return Err(DashboardsError::Exists { path: file.path.clone() });
    }
    let failed = |path: PathBuf| |source| DashboardsError::Write { path, source };
    fs::create_dir_all(directory).map_err(failed(directory.to_owned()))?;
    let mut written = Vec::new();
    for (file, text) in files {
        fs::write(&file.path, text).map_err(failed(file.path.clone()))?;
        written.push(file);
    }
    Ok(written)
}
