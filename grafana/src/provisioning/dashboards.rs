//! `dashboards/NAME.yaml`, and where the dashboards' own files are.

use std::collections::BTreeSet;

use super::writer::{Dollar, doubled};
use crate::document::{DashboardDocument, Document, FolderDocument};
use crate::finding::{Finding, Rule};
use crate::prometheus::yaml::Yaml;

/// Where dashboards without a folder are.
const TOP: &str = "top";

/// Returns the path of a dashboard's file, below the provisioning folder.
pub(super) fn path(name: &str, number: usize, dashboard: &DashboardDocument) -> String {
    let folder = dashboard.folder_uid.as_deref().unwrap_or(TOP);
    let uid = dashboard.dashboard["uid"].as_str().unwrap_or_default();
    // An id that is none is a finding; a file's name has to be one all the same.
    let legal = |at: char| at.is_ascii_alphanumeric() || at == '-' || at == '_';
    if uid.is_empty() || !uid.chars().all(legal) {
        return format!("dashboards/{name}/{folder}/dashboard {}.json", number + 1);
    }
    format!("dashboards/{name}/{folder}/{uid}.json")
}

/// Returns the file that says where the dashboards are: a provider for each folder.
pub(super) fn yaml(document: &Document, root: &str, editable: bool) -> Option<Yaml> {
    let folders: BTreeSet<Option<&str>> =
        document.dashboards.iter().map(|dashboard| dashboard.folder_uid.as_deref()).collect();
    if folders.is_empty() {
        return None;
    }
    let provider = |uid: &Option<&str>| {
        let directory = uid.unwrap_or(TOP);
        let mut provider = Yaml::map().with("name", format!("{}-{directory}", document.name));
        if let Some(folder) = uid.and_then(|uid| folder(document, uid)) {
            provider = provider.with("folder", doubled(&folder.title, Dollar::Expanded));
            provider = provider.with("folderUid", folder.uid.clone());
        }
        let path = format!("{}/dashboards/{}/{directory}", root.trim_end_matches('/'), document.name);
        provider
            .with("type", "file")
            .with("allowUiUpdates", editable)
            .with("options", Yaml::map().with("path", doubled(&path, Dollar::Expanded)))
    };
    let providers = folders.iter().map(provider).collect();
    Some(Yaml::map().with("apiVersion", 1).with("providers", Yaml::List(providers)))
}

pub(super) fn folder<'a>(document: &'a Document, uid: &str) -> Option<&'a FolderDocument> {
    document.folders.iter().find(|folder| folder.uid == uid)
}

/// Returns what the files cannot say of folders.
pub(super) fn problems(document: &Document) -> Vec<Finding> {
    let mut found = Vec::new();
    let used = document.dashboards.iter().filter_map(|dashboard| dashboard.folder_uid.as_deref());
    let used = used.chain(document.alerting.rule_groups.iter().map(|group| &*group.folder_uid));
    for uid in used.collect::<BTreeSet<_>>() {
        let place = format!("folder `{uid}`");
        match folder(document, uid) {
            None => {
                let message = "files name a folder by its title, and the content does not say that of this one";
                let fix = "add the folder to the content";
                found.push(Finding::problem(Rule("provisioned-folder"), place, message).fix(fix));
            }
            Some(folder) if folder.parent_uid.is_some() => {
                let message = "files cannot put a folder into another: it is made at the top";
                let fix = "apply the content through Grafana's API, or leave `inside` out";
                found.push(Finding::warning(Rule("provisioned-folder"), place, message).fix(fix));
            }
            Some(_) => {}
        }
    }
    found
}
