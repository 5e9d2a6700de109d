//! What a Grafana has, as a content.

use std::collections::BTreeMap;

use belvedere_grafana::{
    AlertingDocument, DashboardDocument, Document, FolderDocument, RuleGroupDocument, TemplateDocument,
};
use serde_json::{Map, Value as Json, json};

use super::api::{Api, Call};
use super::error::GrafanaError;
use super::plan::name as name_of;
use super::registry::FOLDER;
use super::resource::{self, are_factory_policies, is_factory_point, is_schema_v2};
use super::thing::Kind;
use crate::report::{Event, Events};

/// How many things one page has of a list that has pages.
const PAGE: usize = 500;

/// Reads all that the API tells. Secrets it does not tell: where one is, the document has a place for it, an environment
/// variable.
///
/// What is not as it was is told as notes, under `label`.
pub(crate) async fn export(api: &Api, name: &str, label: &str, events: &Events) -> Result<Document, GrafanaError> {
    let note = |text| events.send(Event::Note { stack: Some(label.to_owned()), text });
    let mut document = Document { name: name.to_owned(), ..Document::default() };
    document.folders = folders(api).await?;
    let mut places = SecretPlaces::default();
    for source in list(api, &["datasources"]).await? {
        let uid = source["uid"].as_str().unwrap_or_default();
        // The list leaves some members out.
        let whole = resource::read(api, Kind::DataSource, uid).await?;
        document.data_sources.extend(whole.map(|source| without_state(source, &mut places)));
    }
    for found in pages(api, "search", &[("type", "dash-db")]).await? {
        let Some(uid) = found["uid"].as_str() else { continue };
        let Some(mut read) = resource::read(api, Kind::Dashboard, uid).await? else { continue };
        if is_schema_v2(&read) {
            let name = name_of(Kind::Dashboard, uid, found["title"].as_str().unwrap_or_default());
            note(format!("{name} is left out: it was saved in the schema v2; save it in the classic one to have it"));
            continue;
        }
        let folder_uid = read["folderUid"].as_str().filter(|uid| !uid.is_empty()).map(str::to_owned);
        // Ours is made anew where the content is applied.
        if folder_uid.as_deref() != Some(FOLDER) {
            document.dashboards.push(DashboardDocument { folder_uid, dashboard: read["dashboard"].take() });
        }
    }
    document.alerting = alerting(api, &mut places).await?;
    for (variable, path) in &places.0 {
        note(format!("the secret {path} is not told by Grafana: set {variable} where the content is applied"));
    }
    Ok(document)
}

/// Leaves out what is told of a data source and is not set.
fn without_state(mut source: Json, places: &mut SecretPlaces) -> Json {
    let name = source["name"].as_str().unwrap_or_default().to_owned();
    if let Some(members) = source.as_object_mut() {
        let told = members.remove("secureJsonFields");
        members.retain(|_, value| *value != Json::String(String::new()));
        let fields = told.as_ref().and_then(Json::as_object).into_iter().flatten();
        let kept = fields.filter(|(_, is_set)| **is_set == Json::Bool(true));
        let secrets: Map<String, Json> =
            kept.map(|(field, _)| (field.clone(), places.place(&[&name, field]))).collect();
        if !secrets.is_empty() {
            members.insert("secureJsonData".to_owned(), secrets.into());
        }
    }
    source
}

/// What a Grafana tells in the place of a secret.
const REDACTED: &str = "[REDACTED]";

/// Puts places where a Grafana does not tell a secret.
fn put_places(json: &mut Json, path: &[&str], places: &mut SecretPlaces) {
    match json {
        Json::String(text) if text == REDACTED => *json = places.place(path),
        Json::Array(elements) => elements.iter_mut().for_each(|element| put_places(element, path, places)),
        Json::Object(members) => {
            for (name, member) in members {
                put_places(member, &[path, &[name]].concat(), places);
            }
        }
        _ => {}
    }
}

/// The environment variables that secrets are expected in, and what each is.
#[derive(Debug, Default)]
struct SecretPlaces(BTreeMap<String, String>);

impl SecretPlaces {
    /// Returns what stands for the secret with this path: what has it, and the member.
    fn place(&mut self, path: &[&str]) -> Json {
        let mut base = String::new();
        for word in path {
            let mut previous = '_';
            base.push('_');
            for at in word.chars() {
                let begins = at.is_ascii_uppercase() && (previous.is_ascii_lowercase() || previous.is_ascii_digit());
                if begins || !at.is_ascii_alphanumeric() {
                    base.push('_');
                }
                if at.is_ascii_alphanumeric() {
                    base.push(at.to_ascii_uppercase());
                }
                previous = at;
            }
        }
        let words: Vec<&str> = base.split('_').filter(|word| !word.is_empty()).collect();
        let base = words.join("_");
        // A variable begins with a letter, and those of the command itself are taken.
        let is_taken = base.starts_with("GRAFANA_") || !base.starts_with(|at: char| at.is_ascii_alphabetic());
        let base = if is_taken { format!("SECRET_{base}") } else { base };
        let mut name = base.clone();
        let mut number = 2;
        while self.0.contains_key(&name) {
            name = format!("{base}_{number}");
            number += 1;
        }
        let (owner, member) = path.split_first().map_or(("", String::new()), |(owner, rest)| (*owner, rest.join(".")));
        self.0.insert(name.clone(), format!("{member} of `{owner}`"));
        json!({ "belvedere:secret": { "environment": name } })
    }
}

async fn list(api: &Api, path: &[&str]) -> Result<Vec<Json>, GrafanaError> {
    match api.found(&Call::get(path)).await? {
        Some(Json::Array(all)) => Ok(all),
        _ => Ok(Vec::new()),
    }
}

/// A list that Grafana tells page by page.
async fn pages(api: &Api, path: &str, query: &[(&str, &str)]) -> Result<Vec<Json>, GrafanaError> {
    let (mut all, limit) = (Vec::new(), PAGE.to_string());
    for page in 1.. {
        let page = page.to_string();
        let query = [query, &[("limit", limit.as_str()), ("page", page.as_str())]].concat();
        let found = api.ok(&Call::get(&[path]).query(&query)).await?;
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
        for folder in pages(api, "folders", &query).await? {
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

async fn alerting(api: &Api, places: &mut SecretPlaces) -> Result<AlertingDocument, GrafanaError> {
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
    for point in &mut alerting.contact_points {
        let name = point["name"].as_str().unwrap_or_default().to_owned();
        put_places(&mut point["settings"], &[&name], places);
    }
    alerting.mute_timings = list(api, &provisioning("mute-timings")).await?.into_iter().map(without_own).collect();
    let policies = resource::read(api, Kind::Policies, "").await?;
    alerting.policies = policies.filter(|policies| !are_factory_policies(policies));
    for template in list(api, &provisioning("templates")).await? {
        let (Some(name), Some(text)) = (template["name"].as_str(), template["template"].as_str()) else { continue };
        alerting.templates.push(TemplateDocument { name: name.to_owned(), template: text.to_owned() });
    }
    Ok(alerting)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_secret_has_a_place_of_its_own() {
        let mut places = SecretPlaces::default();
        let mut place = |path: &[&str]| places.place(path)["belvedere:secret"]["environment"].take();
        assert_eq!(place(&["My Loki", "basicAuthPassword"]), "MY_LOKI_BASIC_AUTH_PASSWORD");
        assert_eq!(place(&["my-loki", "basicAuthPassword"]), "MY_LOKI_BASIC_AUTH_PASSWORD_2");
        assert_eq!(place(&["Grafana", "token"]), "SECRET_GRAFANA_TOKEN");
        assert_eq!(place(&["温度", "url"]), "URL");
        assert_eq!(place(&["1st", "url"]), "SECRET_1ST_URL");
    }

    #[test]
    fn what_is_not_told_is_a_place() {
        let mut places = SecretPlaces::default();
        let told = json!({ "name": "P", "user": "", "secureJsonFields": { "password": true, "token": false } });
        let place = |name: &str| json!({ "belvedere:secret": { "environment": name } });
        let expected = json!({ "name": "P", "secureJsonData": { "password": place("P_PASSWORD") } });
        assert_eq!(without_state(told, &mut places), expected);
        let mut settings = json!({ "url": REDACTED, "hmacConfig": { "secret": REDACTED }, "title": "t" });
        put_places(&mut settings, &["hook"], &mut places);
        let hmac = json!({ "secret": place("HOOK_HMAC_CONFIG_SECRET") });
        assert_eq!(settings, json!({ "url": place("HOOK_URL"), "hmacConfig": hmac, "title": "t" }));
    }
}
