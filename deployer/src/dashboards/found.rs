//! Where dashboards are: in files, and beside the templates of an assembly.

use std::fs;
use std::path::{Path, PathBuf};

use belvedere_grafana::rust::model;
use serde_json::Value as Json;

use super::DashboardsError;
use crate::asset::{Asset, AssetSource};
use crate::grafana::contents;
use crate::stack::Stack;

/// A dashboard, and where it comes from.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct FoundDashboard {
    /// The file, or the path of the construct.
    pub origin: String,
    /// The dashboard's id, if it has one.
    pub uid: String,
    /// The title.
    pub title: String,
    /// The JSON.
    pub json: Json,
}

impl FoundDashboard {
    fn new(origin: String, json: Json) -> Self {
        let text = |name: &str| json[name].as_str().unwrap_or_default().to_owned();
        Self { origin, uid: text("uid"), title: text("title"), json }
    }
}

/// Reads files of dashboards; of a directory, all files that end with `.json` in it and below it, in alphabetical order.
///
/// # Errors
/// A file cannot be read or is no dashboard, or there is no file.
pub fn of_files(paths: &[PathBuf]) -> Result<Vec<FoundDashboard>, DashboardsError> {
    let mut found = Vec::new();
    for file in files_below(paths)? {
        let text = read(&file)?;
        _ = serde_json::from_str::<Json>(&text)
            .map_err(|source| DashboardsError::Json { path: file.clone(), source })?;
        let no = |reason| DashboardsError::NotADashboard { path: file.clone(), reason };
        let json = model(&text).map_err(|finding| no(finding.message))?;
        if !json["panels"].is_array() && !json["rows"].is_array() {
            return Err(no("it has neither panels nor rows".to_owned()));
        }
        found.push(FoundDashboard::new(file.display().to_string(), json));
    }
    Ok(found)
}

/// Reads a file of text.
///
/// # Errors
/// It cannot be read.
pub fn read(path: &Path) -> Result<String, DashboardsError> {
    fs::read_to_string(path).map_err(|source| DashboardsError::Read { path: path.to_owned(), source })
}

/// Returns the files; of a directory, all that end with `.json` in it and below it, in alphabetical order. What a name with a
/// dot hides is left out.
///
/// # Errors
/// A directory cannot be read, or none of them holds such a file.
pub fn files_below(paths: &[PathBuf]) -> Result<Vec<PathBuf>, DashboardsError> {
    let all: Result<Vec<Vec<PathBuf>>, DashboardsError> = paths.iter().map(|path| files(path)).collect();
    let all = all?.concat();
    if all.is_empty() { Err(DashboardsError::NoFile) } else { Ok(all) }
}

fn files(path: &Path) -> Result<Vec<PathBuf>, DashboardsError> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let failed = |source| DashboardsError::Read { path: path.to_owned(), source };
    let entries: Result<Vec<_>, _> = fs::read_dir(path).map_err(failed)?.collect();
    let mut entries = entries.map_err(failed)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    let mut found = Vec::new();
    for entry in entries {
        // A link is not followed, which may lead back up.
        if entry.file_type().map_err(failed)?.is_dir() {
            if !entry.file_name().as_encoded_bytes().starts_with(b".") {
                found.extend(files(&entry.path())?);
            }
        } else if entry.path().extension().is_some_and(|extension| extension == "json") {
            found.push(entry.path());
        }
    }
    Ok(found)
}

/// Reads the dashboards that the contents of stacks have, and those that a Grafana of their own gets as files.
///
/// # Errors
/// A file beside a template is damaged, or of another version.
pub fn of_assembly(stacks: &[&Stack]) -> Result<Vec<FoundDashboard>, DashboardsError> {
    let mut found = Vec::new();
    for stack in stacks {
        found.extend(of_tasks(stack)?);
        for content in contents(stack)? {
            let origin = content.path;
            let dashboards = content.document.dashboards.into_iter();
            found.extend(dashboards.map(|dashboard| FoundDashboard::new(origin.clone(), dashboard.dashboard)));
        }
    }
    Ok(found)
}

/// Reads the dashboards that containers of a stack fetch, in the order in which their environment names the assets. One
/// with names that only a deployment knows is in pieces: such a name is empty here.
fn of_tasks(stack: &Stack) -> Result<Vec<FoundDashboard>, DashboardsError> {
    let file = |asset: &Asset| match &asset.source {
        AssetSource::File(path) if path.extension().is_some_and(|extension| extension == "json") => {
            Some((asset.id.clone(), asset.name().to_owned(), path.clone()))
        }
        _ => None,
    };
    let files: Vec<(String, String, PathBuf)> = stack.assets.iter().filter_map(file).collect();
    if files.is_empty() {
        return Ok(Vec::new());
    }
    let path = &stack.template.path;
    let template: Json =
        serde_json::from_str(&read(path)?).map_err(|source| DashboardsError::Json { path: path.clone(), source })?;
    let resources = template["Resources"].as_object().into_iter().flatten();
    let containers = resources
        .flat_map(|(_, resource)| resource["Properties"]["ContainerDefinitions"].as_array().into_iter().flatten());
    let mut found = Vec::new();
    for container in containers {
        let mut pieces = String::new();
        for variable in container["Environment"].as_array().into_iter().flatten() {
            let value = &variable["Value"];
            let written = value.to_string();
            let Some((_, name, path)) = files.iter().find(|(id, ..)| written.contains(id)) else {
                if !pieces.is_empty() {
                    pieces.push_str(value.as_str().unwrap_or_default());
                }
                continue;
            };
            let piece = read(path)?;
            let whole = serde_json::from_str::<Json>(&piece).ok();
            pieces.push_str(&piece);
            if let Some(json) = whole.or_else(|| serde_json::from_str(&pieces).ok()) {
                pieces.clear();
                if json["panels"].is_array() {
                    found.push(FoundDashboard::new(name.clone(), json));
                }
            }
        }
    }
    Ok(found)
}
