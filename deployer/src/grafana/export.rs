//! What a Grafana has, as a content.

use belvedere_grafana::{
    AlertingDocument, DashboardDocument, Document, FolderDocument, RuleGroupDocument, TemplateDocument,
};
use serde_json::Value as Json;

use super::api::{Api, Call};
use super::error::GrafanaError;
use super::registry::FOLDER;
use super::resource::{self, are_factory_policies, is_factory_point};
use super::thing::Kind;

/// How many things one page of the search has.
const PAGE: usize = 500;

/// Reads all that the API tells. Secrets it does not tell: they are not in it.
pub(crate) async fn export(api: &Api, name: &str) -> Result<Document, GrafanaError> {
    let mut document = Document { name: name.to_owned(), ..Document::default() };
    document.folders = folders(api).await?;
    for source in list(api, &["datasources"]).await? {
        let uid = source["uid"].as_str().unwrap_or_default();
        // The list leaves some members out.
        let whole = resource::read(api, Kind::DataSource, uid).await?;
        document.data_sources.extend(whole.map(without_state));
    }
    for found in search(api).await? {
        let Some(uid) = found["uid"].as_str() else { continue };
        let Some(mut read) = resource::read(api, Kind::Dashboard, uid).await? else { continue };
        let folder_uid = read["folderUid"].as_str().filter(|uid| !uid.is_empty()).map(str::to_owned);
        // Ours is made anew where the content is applied.
        if folder_uid.as_deref() != Some(FOLDER) {
            document.dashboards.push(DashboardDocument { folder_uid, dashboard: read["dashboard"].take() });
        }
    }
    document.alerting = alerting(api).await?;
    Ok(document)
}

/// What is told of a data source and is not set.
fn without_state(mut source: Json) -> Json {
    if let Some(members) = source.as_object_mut() {
        members.retain(|name, value| name != "secureJsonFields" && *value != Json::String(String::new()));
    }
    source
}

async fn list(api: &Api, path: &[&str]) -> Result<Vec<Json>, GrafanaError> {
    match api.found(&Call::get(path)).await? {
        Some(Json::Array(all)) => Ok(all),
        _ => Ok(Vec::new()),
    }
}

/// All dashboards, page by page.
async fn search(api: &Api) -> Result<Vec<Json>, GrafanaError> {
    let (mut all, limit) = (Vec::new(), PAGE.to_string());
    for page in 1.. {
        let page = page.to_string();
        let query = [("type", "dash-db"), ("limit", limit.as_str()), ("page", page.as_str())];
        let found = api.ok(&Call::get(&["search"]).query(&query)).await?;
        let found = found.as_array().cloned().unwrap_or_default();
        let is_last = found.len() < PAGE;
        all.extend(found);
        if is_last {
            break;
        }
    }
    Ok(all)
}

/// The folders, those above before those below.
async fn folders(api: &Api) -> Result<Vec<FolderDocument>, GrafanaError> {
    let mut all = Vec::new();
    let mut above: Vec<Option<String>> = vec![None];
    while let Some(parent) = above.pop() {
        let query: Vec<(&str, &str)> = parent.iter().map(|uid| ("parentUid", uid.as_str())).collect();
        let found = api.ok(&Call::get(&["folders"]).query(&query)).await?;
        for folder in found.as_array().into_iter().flatten() {
            let (Some(uid), Some(title)) = (folder["uid"].as_str(), folder["title"].as_str()) else { continue };
            // Grafana without nested folders answers all folders whatever is asked.
            let is_known = all.iter().any(|folder: &FolderDocument| folder.uid == uid);
            if uid == FOLDER || is_known {
                continue;
            }
            all.push(FolderDocument { uid: uid.to_owned(), title: title.to_owned(), parent_uid: parent.clone() });
            above.push(Some(uid.to_owned()));
        }
    }
    Ok(all)
}

async fn alerting(api: &Api) -> Result<AlertingDocument, GrafanaError> {
    let provisioning = |last| ["v1", "provisioning", last];
    let mut alerting = AlertingDocument::default();
    let mut groups: Vec<String> = Vec::new();
    for rule in list(api, &provisioning("alert-rules")).await? {
        let id = format!(
            "{}/{}",
            rule["folderUID"].as_str().unwrap_or_default(),
            rule["ruleGroup"].as_str().unwrap_or_default()
        );
        if !groups.contains(&id) {
            groups.push(id);
        }
    }
    for id in groups {
        let Some(group) = resource::read(api, Kind::RuleGroup, &id).await? else { continue };
        let text = |member: &str| group[member].as_str().unwrap_or_default().to_owned();
        alerting.rule_groups.push(RuleGroupDocument {
            folder_uid: text("folderUid"),
            title: text("title"),
            interval: group["interval"].as_u64().unwrap_or_default(),
            rules: group["rules"].as_array().cloned().unwrap_or_default(),
        });
    }
    let without_own = |mut json: Json| {
        if let Some(members) = json.as_object_mut() {
            members.retain(|name, _| !matches!(name.as_str(), "provenance" | "version" | "id"));
        }
        json
    };
    let points = list(api, &provisioning("contact-points")).await?;
    let made = points.into_iter().filter(|point| !is_factory_point(point));
    alerting.contact_points = made.map(without_own).collect();
    alerting.mute_timings = list(api, &provisioning("mute-timings")).await?.into_iter().map(without_own).collect();
    let policies = resource::read(api, Kind::Policies, "").await?;
    alerting.policies = policies.filter(|policies| !are_factory_policies(policies));
    for template in list(api, &provisioning("templates")).await? {
        let (Some(name), Some(text)) = (template["name"].as_str(), template["template"].as_str()) else { continue };
        alerting.templates.push(TemplateDocument { name: name.to_owned(), template: text.to_owned() });
    }
    Ok(alerting)
}
