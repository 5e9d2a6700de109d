//! Folders, data sources, dashboards and plugins.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Model, Reply, message};

/// How many things a list of folders or dashboards has where nobody says it, and at most
/// ([Grafana's page](https://grafana.com/docs/grafana/latest/developers/http_api/folder/)).
const PAGE: usize = 1000;

fn parameter<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    query.split('&').filter_map(|pair| pair.split_once('=')).find(|(known, _)| *known == name).map(|(_, value)| value)
}

/// The page of a list that is asked for.
pub(super) fn page(query: &str, all: impl Iterator<Item = Value>) -> Value {
    let number = |name| parameter(query, name).and_then(|text| text.parse::<usize>().ok());
    let limit = number("limit").map_or(PAGE, |limit| limit.min(PAGE));
    all.skip(number("page").unwrap_or(1).saturating_sub(1) * limit).take(limit).collect()
}

impl Model {
    pub(super) fn plugins_api(&mut self, method: &str, path: &[&str]) -> Reply {
        match (method, path) {
            ("GET", [id, "settings"]) if self.plugins.contains(*id) => (200, json!({"id": id, "enabled": true})),
            ("GET", [_, "settings"]) => message(404, "Plugin not found, no installed plugin with that id"),
            ("POST", [id, "install"]) if self.configuration["plugins"]["pluginAdminEnabled"] == true => {
                self.plugins.insert((*id).to_owned());
                (200, json!({}))
            }
            _ => message(404, "Not found"),
        }
    }

    pub(super) fn folders_api(&mut self, method: &str, path: &[&str], query: &str, body: &Value) -> Reply {
        let parent_of = |body: &Value| body["parentUid"].as_str().filter(|uid| !uid.is_empty()).map(str::to_owned);
        let parent_is_there = |folders: &BTreeMap<String, Value>, parent: &Option<String>| {
            parent.as_ref().is_none_or(|parent| folders.contains_key(parent))
        };
        match (method, path) {
            ("GET", []) => {
                let wanted = parameter(query, "parentUid");
                let folders = self.folders.values().filter(|folder| folder["parentUid"].as_str() == wanted);
                let shown =
                    |folder: &Value| json!({"id": folder["id"], "uid": folder["uid"], "title": folder["title"]});
                (200, page(query, folders.map(shown)))
            }
            ("POST", []) => {
                let (Some(uid), Some(title)) = (body["uid"].as_str(), body["title"].as_str()) else {
                    return message(400, "folder title cannot be empty");
                };
                let parent = parent_of(body);
                if uid.len() > 40
                    || !uid.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
                {
                    return message(400, "uid contains illegal characters");
                }
                if self.folders.contains_key(uid) {
                    return (
                        412,
                        json!({"message": "The folder has been changed by someone else", "status": "version-mismatch"}),
                    );
                }
                if !parent_is_there(&self.folders, &parent) {
                    return message(400, "parent folder not found");
                }
                let mut folder = json!({"id": self.next(), "uid": uid, "title": title, "version": 1, "url": format!("/dashboards/f/{uid}")});
                if let Some(parent) = parent {
                    folder["parentUid"] = parent.into();
                }
                self.folders.insert(uid.to_owned(), folder.clone());
                (200, folder)
            }
            (_, [uid, ..]) if !self.folders.contains_key(*uid) => {
                (404, json!({"message": "folder not found", "status": "not-found"}))
            }
            ("GET", [uid]) => {
                let folder = self.folders[*uid].clone();
                if let Some(left) = self.going.get_mut(*uid) {
                    *left -= 1;
                    if *left == 0 {
                        self.going.remove(*uid);
                        self.folders.remove(*uid);
                    }
                }
                (200, folder)
            }
            ("PUT", [uid]) => {
                let folder = self.folders.get_mut(*uid).expect("it is there");
                if body["overwrite"] != true && body["version"] != folder["version"] {
                    return (
                        412,
                        json!({"message": "The folder has been changed by someone else", "status": "version-mismatch"}),
                    );
                }
                folder["title"] = body["title"].clone();
                folder["version"] = (folder["version"].as_u64().expect("a number") + 1).into();
                (200, folder.clone())
            }
            ("POST", [uid, "move"]) => {
                let parent = parent_of(body);
                if !parent_is_there(&self.folders, &parent) {
                    return message(400, "parent folder not found");
                }
                let folder = self.folders.get_mut(*uid).expect("it is there").as_object_mut().expect("an object");
                folder.remove("parentUid");
                folder.extend(parent.map(|parent| ("parentUid".to_owned(), parent.into())));
                (200, json!(folder))
            }
            ("GET", [uid, "counts"]) => {
                let dashboards = self.dashboards.values().filter(|(_, folder, _)| folder == uid).count();
                let rules = self.rules.values().filter(|rule| rule["folderUID"] == *uid).count();
                let folders = self.folders.values().filter(|folder| folder["parentUid"] == *uid).count();
                (200, json!({"dashboard": dashboards, "alertrule": rules, "folder": folders, "librarypanel": 0}))
            }
            ("DELETE", [uid]) => {
                if self.rules.values().any(|rule| rule["folderUID"] == *uid) {
                    return message(400, "folder cannot be deleted: folder is not empty");
                }
                self.dashboards.retain(|_, (_, folder, _)| folder != uid);
                let folder = self.folders[*uid].clone();
                if self.is_newer {
                    self.going.insert((*uid).to_owned(), 2);
                } else {
                    self.folders.remove(*uid);
                }
                (200, json!({"id": folder["id"], "message": "Folder deleted", "title": folder["title"]}))
            }
            _ => message(404, "Not found"),
        }
    }

    fn stored_source(&mut self, uid: &str, body: &Value, before: Option<&Value>) -> Value {
        let mut source = json!({
            "id": before.map_or_else(|| self.next(), |before| before["id"].as_u64().expect("a number")),
            "uid": uid, "orgId": 1, "typeLogoUrl": "public/img/icn-datasource.svg", "access": "proxy", "url": "",
            "user": "", "database": "", "basicAuth": false, "withCredentials": false, "isDefault": false,
            "jsonData": {}, "readOnly": false,
            "version": before.map_or(1, |before| before["version"].as_u64().expect("a number") + 1),
        });
        let members = source.as_object_mut().expect("an object");
        let sent = body.as_object().expect("an object").iter();
        members.extend(
            sent.filter(|(name, _)| *name != "secureJsonData").map(|(name, value)| (name.clone(), value.clone())),
        );
        let kept = self.secrets.entry(uid.to_owned()).or_insert_with(|| json!({}));
        for (name, value) in body["secureJsonData"].as_object().into_iter().flatten() {
            assert!(value.is_string(), "a secret is a text: {value}");
            // An empty one is none.
            match value.as_str().filter(|value| !value.is_empty()) {
                Some(_) => kept[name] = value.clone(),
                None => _ = kept.as_object_mut().expect("an object").remove(name),
            }
        }
        let fields: Value =
            kept.as_object().expect("an object").keys().map(|name| (name.clone(), json!(true))).collect();
        members.insert("secureJsonFields".into(), fields);
        if self.is_newer {
            members.insert("apiVersion".into(), "v0alpha1".into());
        }
        source
    }

    pub(super) fn sources_api(&mut self, method: &str, path: &[&str], body: &Value) -> Reply {
        let name_is_taken = |model: &Self, uid: &str| {
            model.sources.values().any(|other| other["name"] == body["name"] && other["uid"] != uid)
        };
        match (method, path) {
            ("GET", []) => (200, self.sources.values().cloned().collect()),
            ("POST", []) => {
                let (Some(uid), Some(_), Some(_)) =
                    (body["uid"].as_str(), body["name"].as_str(), body["type"].as_str())
                else {
                    return message(400, "bad request data");
                };
                let uid = uid.to_owned();
                if self.sources.contains_key(&uid) {
                    return message(409, "data source with the same uid already exists");
                }
                if name_is_taken(self, &uid) {
                    return message(409, "data source with the same name already exists");
                }
                let mut source = self.stored_source(&uid, body, None);
                // The first of all is the default, whatever was sent.
                source["isDefault"] = (self.sources.is_empty() || body["isDefault"] == true).into();
                self.sources.insert(uid, source.clone());
                (
                    200,
                    json!({"id": source["id"], "name": source["name"], "message": "Datasource added", "datasource": source}),
                )
            }
            (_, ["uid", uid, ..]) if !self.sources.contains_key(*uid) => message(404, "Data source not found"),
            ("GET", ["uid", uid]) => (200, self.sources[*uid].clone()),
            ("PUT", ["uid", uid]) => {
                if name_is_taken(self, uid) {
                    return message(409, "data source with the same name already exists");
                }
                let before = self.sources[*uid].clone();
                let source = self.stored_source(uid, body, Some(&before));
                self.sources.insert((*uid).to_owned(), source.clone());
                (
                    200,
                    json!({"id": source["id"], "name": source["name"], "message": "Datasource updated", "datasource": source}),
                )
            }
            ("DELETE", ["uid", uid]) => {
                self.sources.remove(*uid);
                self.secrets.remove(*uid);
                message(200, "Data source deleted")
            }
            ("GET", ["uid", uid, "health"]) => {
                if self.sources[*uid]["url"].as_str().is_some_and(|url| url.contains("down")) {
                    return (400, json!({"status": "ERROR", "message": "connection refused"}));
                }
                (200, json!({"status": "OK", "message": "Successfully queried the API"}))
            }
            _ => message(404, "Not found"),
        }
    }

    fn shown_dashboard(&self, uid: &str) -> Value {
        let (dashboard, folder, version) = &self.dashboards[uid];
        let mut dashboard = dashboard.clone();
        dashboard["version"] = (*version).into();
        if self.is_newer {
            dashboard["schemaVersion"] = 42.into();
            dashboard["annotations"] = json!({"list": []});
        }
        json!({"dashboard": dashboard, "meta": {"folderUid": folder, "version": version, "slug": "x", "provisioned": false}})
    }

    pub(super) fn dashboards_api(&mut self, method: &str, path: &[&str], body: &Value) -> Reply {
        match (method, path) {
            ("POST", ["db"]) => {
                let dashboard = &body["dashboard"];
                let (Some(uid), Some(title)) =
                    (dashboard["uid"].as_str(), dashboard["title"].as_str().filter(|it| !it.is_empty()))
                else {
                    return message(400, "Dashboard title cannot be empty");
                };
                let folder = body["folderUid"].as_str().unwrap_or_default().to_owned();
                if !folder.is_empty() && !self.folders.contains_key(&folder) {
                    return (400, json!({"message": "folder not found", "status": "not-found"}));
                }
                let overwrite = body["overwrite"] == true;
                let mut same = self
                    .dashboards
                    .iter()
                    .filter(|(other, (json, of, _))| *other != uid && *of == folder && json["title"] == title);
                if !overwrite && !self.is_newer && same.next().is_some() {
                    let text = "A dashboard with the same name in the folder already exists";
                    return (412, json!({"message": text, "status": "name-exists"}));
                }
                let before = self.dashboards.get(uid).map(|(json, _, version)| (json["id"].clone(), *version));
                if let Some((_, version)) = &before
                    && !overwrite
                    && dashboard["version"].as_u64().unwrap_or_default() != *version
                {
                    if self.is_newer {
                        return message(409, "Dashboard already exists. Use overwrite flag to update.");
                    }
                    let text = "The dashboard has been changed by someone else";
                    return (412, json!({"message": text, "status": "version-mismatch"}));
                }
                let (id, version) = before.map_or_else(|| (self.next().into(), 1), |(id, version)| (id, version + 1));
                let (uid, mut dashboard) = (uid.to_owned(), dashboard.clone());
                dashboard["id"] = id;
                self.second.remove(&uid);
                self.dashboards.insert(uid.clone(), (dashboard, folder.clone(), version));
                (200, json!({"uid": uid, "status": "success", "version": version, "folderUid": folder}))
            }
            (_, ["uid", uid]) if !self.dashboards.contains_key(*uid) => message(404, "Dashboard not found"),
            ("GET", ["uid", uid]) if self.second.contains(*uid) => {
                let place = format!("/apis/dashboard.grafana.app/v2beta1/namespaces/default/dashboards/{uid}");
                message(406, &format!("dashboard api version not supported, use {place} instead"))
            }
            ("GET", ["uid", uid]) => (200, self.shown_dashboard(uid)),
            ("DELETE", ["uid", uid]) => {
                let (dashboard, ..) = self.dashboards.remove(*uid).expect("it is there");
                (200, json!({"title": dashboard["title"], "message": "Dashboard deleted", "uid": uid}))
            }
            _ => message(404, "Not found"),
        }
    }
}
