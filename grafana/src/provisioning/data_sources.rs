//! `datasources/NAME.yaml`.

use serde_json::Value as Json;

use super::writer::{Dollar, Writer, doubled};
use crate::document::Document;
use crate::prometheus::yaml::Yaml;

/// The order in which people read a data source; what is not in it comes after.
const ORDER: [&str; 6] = ["name", "uid", "type", "access", "isDefault", "url"];

pub(super) fn yaml(document: &Document, earlier: &Document, editable: bool, writer: &mut Writer) -> Option<Yaml> {
    let names: Vec<&str> = document.data_sources.iter().filter_map(|source| source["name"].as_str()).collect();
    let removed = earlier.data_sources.iter().filter_map(|source| source["name"].as_str());
    let removed: Vec<Yaml> = removed
        .filter(|name| !names.contains(name))
        .map(|name| Yaml::map().with("name", doubled(name, Dollar::Expanded)).with("orgId", 1))
        .collect();
    if document.data_sources.is_empty() && removed.is_empty() {
        return None;
    }
    let sources: Vec<Yaml> = document.data_sources.iter().map(|source| data_source(source, editable, writer)).collect();
    let file = Yaml::map().with("apiVersion", 1).with("prune", true);
    Some(file.with_list("deleteDatasources", removed).with_list("datasources", sources))
}

fn data_source(source: &Json, editable: bool, writer: &mut Writer) -> Yaml {
    let place = format!("data source {}", source["uid"].as_str().unwrap_or_default());
    let Some(members) = source.as_object() else { return Yaml::Null };
    let rest = members.keys().map(String::as_str).filter(|name| !ORDER.contains(name));
    let mut yaml = Yaml::map();
    for name in ORDER.into_iter().chain(rest) {
        if let Some(member) = members.get(name) {
            yaml = yaml.with(name, writer.yaml(member, Dollar::Expanded, &format!("{place} {name}")));
        }
        if name == "access" {
            yaml = yaml.with("editable", editable);
        }
    }
    yaml
}
