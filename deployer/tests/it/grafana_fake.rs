//! A managed Grafana with one workspace, `g-1`: the calls of AWS that are about it, and its own HTTP API. It takes and
//! refuses calls as the real ones do; the rules are those of the API reference of AWS and of Grafana's OpenAPI description.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use crate::fake::{Answer, Fake, Request};

pub(crate) const PASSWORD: &str = "MARKED-admin-password";

/// A running one, until it is dropped.
pub(crate) struct FakeGrafana {
    pub(crate) url: String,
    model: Arc<Mutex<Model>>,
    _fake: Fake,
}

/// What it knows.
#[derive(Default)]
pub(crate) struct Model {
    /// Where the workspace says that it is.
    endpoint: String,
    status: String,
    pub(crate) configuration: Value,
    accounts: BTreeMap<String, String>,
    /// By id: the account, the name, the key.
    tokens: BTreeMap<String, (String, String, String)>,
    pub(crate) permissions: BTreeSet<(String, String, String)>,
    pub(crate) outputs: BTreeMap<String, String>,
    pub(crate) folders: BTreeMap<String, Value>,
    pub(crate) sources: BTreeMap<String, Value>,
    /// What nobody can read back.
    pub(crate) secrets: BTreeMap<String, Value>,
    /// By uid: the JSON, the folder, the version.
    pub(crate) dashboards: BTreeMap<String, (Value, String, u64)>,
    pub(crate) rules: BTreeMap<String, Value>,
    intervals: BTreeMap<(String, String), Value>,
    pub(crate) points: Vec<Value>,
    pub(crate) policies: Value,
    pub(crate) timings: BTreeMap<String, Value>,
    pub(crate) templates: BTreeMap<String, Value>,
    pub(crate) plugins: BTreeSet<String>,
    /// As a newer version, which writes what it has in another form.
    pub(crate) is_newer: bool,
    /// How many calls of the HTTP API are still answered with 503.
    pub(crate) busy: u32,
    pub(crate) calls: Vec<String>,
    count: u64,
    /// The greatest number of tokens that there were at a time, and how many were ever made.
    pub(crate) most_tokens: usize,
    pub(crate) made_tokens: usize,
}

type Reply = (u16, Value);

fn factory_policies() -> Value {
    json!({"receiver": "grafana-default-email", "group_by": ["grafana_folder", "alertname"]})
}

fn message(status: u16, text: &str) -> Reply {
    (status, json!({"message": text, "traceID": ""}))
}

impl FakeGrafana {
    pub(crate) fn start() -> Self {
        let email = json!({"uid": "", "name": "grafana-default-email", "type": "email", "settings": {"addresses": "<example@email.com>"}});
        let model = Model {
            status: "ACTIVE".into(),
            configuration: json!({"unifiedAlerting": {"enabled": false}, "plugins": {"pluginAdminEnabled": false}}),
            policies: factory_policies(),
            points: vec![email],
            ..Model::default()
        };
        let model = Arc::new(Mutex::new(model));
        let shared = model.clone();
        let fake = Fake::start(move |request| lock(&shared).answer(request));
        lock(&model).endpoint.clone_from(&fake.url);
        Self { url: fake.url.clone(), model, _fake: fake }
    }

    pub(crate) fn model(&self) -> MutexGuard<'_, Model> {
        lock(&self.model)
    }

    /// Where the workspace says that it is: a proxy before it.
    pub(crate) fn endpoint(&self, url: &str) {
        self.model().endpoint = url.to_owned();
    }

    /// The names of the tokens that there are.
    pub(crate) fn tokens(&self) -> Vec<String> {
        self.model().tokens.values().map(|(_, name, _)| name.clone()).collect()
    }

    pub(crate) fn forget_calls(&self) {
        self.model().calls.clear();
    }

    /// The calls until now that change something.
    pub(crate) fn changes(&self) -> Vec<String> {
        self.model()
            .calls
            .iter()
            .filter(|call| !call.starts_with("GET ") && !call.starts_with("POST /:"))
            .cloned()
            .collect()
    }
}

fn lock(model: &Mutex<Model>) -> MutexGuard<'_, Model> {
    model.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Model {
    fn next(&mut self) -> u64 {
        self.count += 1;
        self.count
    }

    fn answer(&mut self, request: &Request) -> Answer {
        let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
        let parts: Vec<String> = path.split('/').skip(1).map(decoded).collect();
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let action = request.body.split('&').find_map(|pair| pair.strip_prefix("Action="));
        if let Some(action) = action.filter(|_| path == "/") {
            self.calls.push(format!("POST /:{action}"));
            return self.query_api(action);
        }
        self.calls.push(format!("{} {path}", request.method));
        let body: Value = serde_json::from_str(&request.body).unwrap_or_default();
        let (status, body) = match parts.split_first() {
            Some((&"workspaces", rest)) => self.control(&request.method, rest, &body),
            Some((&"api", rest)) => self.http_api(request, rest, query, body),
            _ => message(404, "Not found"),
        };
        let answer = Answer::new(status).header("content-type", "application/json");
        let answer = match body["__type"].as_str() {
            Some(code) if status >= 400 => answer.header("x-amzn-errortype", code),
            _ => answer,
        };
        if status == 204 { answer } else { answer.body(&body.to_string()) }
    }

    fn query_api(&self, action: &str) -> Answer {
        let outputs = self.outputs.iter().map(|(name, value)| {
            format!("<member><OutputKey>{name}</OutputKey><OutputValue>{value}</OutputValue></member>")
        });
        let result = match action {
            "GetCallerIdentity" => {
                "<Account>123456789012</Account><Arn>arn:aws:iam::123456789012:user/ana</Arn>".into()
            }
            "DescribeStacks" => format!(
                "<Stacks><member><StackName>App</StackName><StackId>arn:aws:cloudformation:eu-central-1:123456789012:stack/App/1</StackId>\
                 <CreationTime>2026-03-01T12:00:00Z</CreationTime><StackStatus>CREATE_COMPLETE</StackStatus>\
                 <Outputs>{}</Outputs></member></Stacks>",
                outputs.collect::<String>()
            ),
            _ => {
                return Answer::new(400)
                    .body("<ErrorResponse><Error><Code>InvalidAction</Code></Error></ErrorResponse>");
            }
        };
        Answer::new(200)
            .body(&format!("<{action}Response><{action}Result>{result}</{action}Result></{action}Response>"))
    }

    /// The calls of AWS.
    fn control(&mut self, method: &str, path: &[&str], body: &Value) -> Reply {
        let error = |status: u16, code: &str, text: &str| (status, json!({"__type": code, "message": text}));
        let absent = |what: &str| error(404, "ResourceNotFoundException", &format!("{what} does not exist"));
        if path.first() != Some(&"g-1") {
            return absent("the workspace");
        }
        if self.status != "ACTIVE" {
            // An update takes until somebody looks.
            let status = std::mem::replace(&mut self.status, "ACTIVE".into());
            if method != "GET" {
                return error(409, "ConflictException", &format!("the workspace is {status}"));
            }
        }
        match (method, &path[1..]) {
            ("GET", []) => {
                let workspace = json!({
                    "id": "g-1", "created": 0, "modified": 0, "endpoint": self.endpoint, "grafanaVersion": "10.4",
                    "status": self.status, "dataSources": [], "authentication": {"providers": []},
                });
                (200, json!({"workspace": workspace}))
            }
            ("GET", ["configuration"]) => (200, json!({"configuration": self.configuration.to_string()})),
            ("PUT", ["configuration"]) => {
                self.configuration =
                    serde_json::from_str(body["configuration"].as_str().expect("a text")).expect("JSON");
                self.status = "UPDATING".into();
                (202, json!({}))
            }
            ("GET", ["permissions"]) => {
                let entry = |(kind, id, role): &(String, String, String)| json!({"user": {"id": id, "type": kind}, "role": role});
                (200, json!({"permissions": self.permissions.iter().map(entry).collect::<Vec<_>>()}))
            }
            ("PATCH", ["permissions"]) => {
                for instruction in body["updateInstructionBatch"].as_array().expect("a batch") {
                    let text = |json: &Value| json.as_str().expect("a text").to_owned();
                    for user in instruction["users"].as_array().expect("users") {
                        let entry = (text(&user["type"]), text(&user["id"]), text(&instruction["role"]));
                        if instruction["action"] == "ADD" {
                            self.permissions.insert(entry);
                        } else {
                            self.permissions.remove(&entry);
                        }
                    }
                }
                (200, json!({"errors": []}))
            }
            ("GET", ["serviceaccounts"]) => {
                let account = |(id, name): (&String, &String)| json!({"id": id, "name": name, "isDisabled": "false", "grafanaRole": "ADMIN"});
                (
                    200,
                    json!({"workspaceId": "g-1", "serviceAccounts": self.accounts.iter().map(account).collect::<Vec<_>>()}),
                )
            }
            ("POST", ["serviceaccounts"]) => {
                let name = body["name"].as_str().expect("a name").to_owned();
                if self.accounts.values().any(|other| *other == name) {
                    return error(409, "ConflictException", "a service account of this name exists");
                }
                let id = self.next().to_string();
                self.accounts.insert(id.clone(), name.clone());
                (200, json!({"id": id, "name": name, "grafanaRole": body["grafanaRole"], "workspaceId": "g-1"}))
            }
            (_, ["serviceaccounts", account, ..]) if !self.accounts.contains_key(*account) => {
                absent("the service account")
            }
            ("GET", ["serviceaccounts", account, "tokens"]) => {
                let of_account = self.tokens.iter().filter(|(_, (of, ..))| of == account);
                let tokens: Vec<Value> = of_account
                    .map(|(id, (_, name, _))| json!({"id": id, "name": name, "createdAt": 0, "expiresAt": 900}))
                    .collect();
                (200, json!({"workspaceId": "g-1", "serviceAccountId": account, "serviceAccountTokens": tokens}))
            }
            ("POST", ["serviceaccounts", account, "tokens"]) => {
                let (name, lives) = (body["name"].as_str().expect("a name").to_owned(), body["secondsToLive"].as_u64());
                if lives.is_none_or(|seconds| seconds == 0 || seconds > 2_592_000) {
                    return error(400, "ValidationException", "secondsToLive");
                }
                if self.tokens.values().any(|(_, other, _)| *other == name) {
                    return error(409, "ConflictException", "a token of this name exists");
                }
                let (id, key) = (self.next().to_string(), format!("MARKED-token-{}", self.count));
                self.tokens.insert(id.clone(), ((*account).to_owned(), name.clone(), key.clone()));
                self.made_tokens += 1;
                self.most_tokens = self.most_tokens.max(self.tokens.len());
                let token = json!({"id": id, "name": name, "key": key});
                (200, json!({"workspaceId": "g-1", "serviceAccountId": account, "serviceAccountToken": token}))
            }
            ("DELETE", ["serviceaccounts", account, "tokens", id]) => match self.tokens.remove(*id) {
                Some(_) => (200, json!({"workspaceId": "g-1", "serviceAccountId": account, "tokenId": id})),
                None => absent("the token"),
            },
            other => panic!("nobody expected {other:?}"),
        }
    }

    fn may(&self, request: &Request) -> bool {
        let Some(header) = request.headers.get("authorization") else { return false };
        match header.split_once(' ') {
            Some(("Bearer", key)) => self.tokens.values().any(|(.., other)| other == key),
            Some(("Basic", pair)) => pair == base64(&format!("admin:{PASSWORD}")),
            _ => false,
        }
    }

    /// Grafana's own API.
    fn http_api(&mut self, request: &Request, path: &[&str], query: &str, body: Value) -> Reply {
        if self.busy > 0 {
            self.busy -= 1;
            return (503, json!("busy"));
        }
        let method = request.method.as_str();
        if path == ["health"] {
            return (200, json!({"commit": "abc", "database": "ok", "version": "11.6.0"}));
        }
        if !self.may(request) {
            return message(401, "Invalid username or password");
        }
        match path.split_first() {
            Some((&"folders", rest)) => self.folders_api(method, rest, query, &body),
            Some((&"datasources", rest)) => self.sources_api(method, rest, body),
            Some((&"dashboards", rest)) => self.dashboards_api(method, rest, body),
            Some((&"search", _)) => {
                let found = self.dashboards.iter().map(|(uid, (dashboard, folder, _))| {
                    json!({"uid": uid, "title": dashboard["title"], "type": "dash-db", "folderUid": folder})
                });
                (200, found.collect())
            }
            Some((&"plugins", rest)) => self.plugins_api(method, rest),
            Some((&"v1", ["provisioning", rest @ ..])) => {
                let provenance = if request.headers.contains_key("x-disable-provenance") { "" } else { "api" };
                self.provisioning_api(method, rest, body, provenance)
            }
            _ => message(404, "Not found"),
        }
    }

    fn plugins_api(&mut self, method: &str, path: &[&str]) -> Reply {
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

    fn folders_api(&mut self, method: &str, path: &[&str], query: &str, body: &Value) -> Reply {
        let parent_of = |body: &Value| body["parentUid"].as_str().filter(|uid| !uid.is_empty()).map(str::to_owned);
        let parent_is_there = |folders: &BTreeMap<String, Value>, parent: &Option<String>| {
            parent.as_ref().is_none_or(|parent| folders.contains_key(parent))
        };
        match (method, path) {
            ("GET", []) => {
                let wanted = query.split('&').find_map(|pair| pair.strip_prefix("parentUid="));
                let folders = self.folders.values().filter(|folder| folder["parentUid"].as_str() == wanted);
                (
                    200,
                    folders
                        .map(|folder| json!({"id": folder["id"], "uid": folder["uid"], "title": folder["title"]}))
                        .collect(),
                )
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
            ("GET", [uid]) => (200, self.folders[*uid].clone()),
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
                let folder = self.folders.remove(*uid).expect("it is there");
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
            kept[name] = value.clone();
        }
        let fields: Value =
            kept.as_object().expect("an object").keys().map(|name| (name.clone(), json!(true))).collect();
        members.insert("secureJsonFields".into(), fields);
        if self.is_newer {
            members.insert("apiVersion".into(), "v0alpha1".into());
        }
        source
    }

    fn sources_api(&mut self, method: &str, path: &[&str], body: Value) -> Reply {
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
                let source = self.stored_source(&uid, &body, None);
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
                let source = self.stored_source(uid, &body, Some(&before));
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

    fn dashboards_api(&mut self, method: &str, path: &[&str], body: Value) -> Reply {
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
                if !overwrite && same.next().is_some() {
                    let text = "A dashboard with the same name in the folder already exists";
                    return (412, json!({"message": text, "status": "name-exists"}));
                }
                let before = self.dashboards.get(uid).map(|(json, _, version)| (json["id"].clone(), *version));
                if let Some((_, version)) = &before
                    && !overwrite
                    && dashboard["version"].as_u64().unwrap_or_default() != *version
                {
                    let text = "The dashboard has been changed by someone else";
                    return (412, json!({"message": text, "status": "version-mismatch"}));
                }
                let (id, version) = before.map_or_else(|| (self.next().into(), 1), |(id, version)| (id, version + 1));
                let (uid, mut dashboard) = (uid.to_owned(), dashboard.clone());
                dashboard["id"] = id;
                self.dashboards.insert(uid.clone(), (dashboard, folder.clone(), version));
                (200, json!({"uid": uid, "status": "success", "version": version, "folderUid": folder}))
            }
            (_, ["uid", uid]) if !self.dashboards.contains_key(*uid) => message(404, "Dashboard not found"),
            ("GET", ["uid", uid]) => (200, self.shown_dashboard(uid)),
            ("DELETE", ["uid", uid]) => {
                let (dashboard, ..) = self.dashboards.remove(*uid).expect("it is there");
                (200, json!({"title": dashboard["title"], "message": "Dashboard deleted", "uid": uid}))
            }
            _ => message(404, "Not found"),
        }
    }

    fn provisioning_api(&mut self, method: &str, path: &[&str], body: Value, provenance: &str) -> Reply {
        let locked = |stored: Option<&Value>| {
            stored.is_some_and(|stored| stored["provenance"].as_str().is_some_and(|it| !it.is_empty()))
        };
        let cannot = || message(409, "cannot change provenance from 'file' to ''");
        match (method, path) {
            ("GET", ["contact-points"]) => {
                let shown = self.points.iter().map(|point| {
                    let mut point = point.clone();
                    for secret in ["password", "token", "integrationKey"] {
                        if point["settings"].get(secret).is_some() {
                            point["settings"][secret] = "[REDACTED]".into();
                        }
                    }
                    point
                });
                (200, shown.collect())
            }
            ("POST" | "PUT", ["contact-points", ..])
                if body["type"].as_str().is_none() || !body["settings"].is_object() =>
            {
                message(400, "type and settings must be given")
            }
            ("POST", ["contact-points"]) => {
                if self.points.iter().any(|point| point["uid"] == body["uid"]) {
                    return message(409, "contact point with this uid already exists");
                }
                self.points.push(provenanced(body.clone(), provenance));
                (202, body)
            }
            ("PUT", ["contact-points", uid]) => match self.points.iter_mut().find(|point| point["uid"] == *uid) {
                Some(point) if locked(Some(point)) => cannot(),
                Some(point) => {
                    *point = provenanced(body, provenance);
                    message(202, "contactpoint updated")
                }
                None => message(404, "contact point with uid not found"),
            },
            ("DELETE", ["contact-points", uid]) => {
                let Some(point) = self.points.iter().find(|point| point["uid"] == *uid) else {
                    return message(404, "not found");
                };
                let name = point["name"].clone();
                let is_last = self.points.iter().filter(|point| point["name"] == name).count() == 1;
                if is_last && names(&self.policies, "receiver").contains(&name) {
                    return message(409, "contact point is in use");
                }
                self.points.retain(|point| point["uid"] != *uid);
                message(202, "contactpoint deleted")
            }
            ("GET", ["policies"]) => (200, self.policies.clone()),
            ("PUT", ["policies"]) => {
                if locked(Some(&self.policies)) {
                    return cannot();
                }
                let unknown = names(&body, "receiver")
                    .into_iter()
                    .find(|name| !self.points.iter().any(|point| point["name"] == *name));
                if let Some(name) = unknown {
                    return message(400, &format!("receiver '{name}' does not exist"));
                }
                self.policies = provenanced(body, provenance);
                message(202, "policies updated")
            }
            ("DELETE", ["policies"]) => {
                self.policies = factory_policies();
                message(202, "policies reset")
            }
            ("GET", ["mute-timings"]) => (200, self.timings.values().cloned().collect()),
            ("POST", ["mute-timings"]) => {
                let name = body["name"].as_str().unwrap_or_default().to_owned();
                if name.is_empty() || self.timings.contains_key(&name) {
                    return message(400, "a mute timing of this name already exists");
                }
                self.timings.insert(name, provenanced(body.clone(), provenance));
                (201, body)
            }
            (_, ["mute-timings", name]) if !self.timings.contains_key(*name) => message(404, "mute timing not found"),
            ("GET", ["mute-timings", name]) => (200, self.timings[*name].clone()),
            ("PUT", ["mute-timings", name]) => {
                self.timings.insert((*name).to_owned(), provenanced(body.clone(), provenance));
                (202, body)
            }
            ("DELETE", ["mute-timings", name]) => {
                if names(&self.policies, "mute_time_intervals").contains(&json!(name)) {
                    return message(409, "time interval is in use");
                }
                self.timings.remove(*name);
                (204, Value::Null)
            }
            ("GET", ["templates"]) => (200, self.templates.values().cloned().collect()),
            ("PUT", ["templates", name]) => {
                let text = body["template"].as_str().unwrap_or_default();
                // A text without a definition gets one.
                let text = if text.contains("{{ define") {
                    text.to_owned()
                } else {
                    format!("{{{{ define \"{name}\" }}}}\n  {text}\n{{{{ end }}}}")
                };
                let template = json!({"name": name, "template": text, "provenance": provenance, "version": self.next().to_string()});
                self.templates.insert((*name).to_owned(), template.clone());
                (202, template)
            }
            (_, ["templates", name]) if !self.templates.contains_key(*name) => message(404, "template not found"),
            ("GET", ["templates", name]) => (200, self.templates[*name].clone()),
            ("DELETE", ["templates", name]) => {
                self.templates.remove(*name);
                (204, Value::Null)
            }
            ("GET", ["alert-rules"]) => (200, self.rules.values().cloned().collect()),
            ("DELETE", ["alert-rules", uid]) => match self.rules.remove(*uid) {
                Some(_) => (204, Value::Null),
                None => message(404, "rule not found"),
            },
            ("GET", ["folder", folder, "rule-groups", group]) => {
                let rules: Vec<Value> = self.group(folder, group);
                if rules.is_empty() {
                    return message(404, "rule group not found");
                }
                let interval = &self.intervals[&((*folder).to_owned(), (*group).to_owned())];
                (200, json!({"title": group, "folderUid": folder, "interval": interval, "rules": rules}))
            }
            ("PUT", ["folder", folder, "rule-groups", group]) => {
                if !self.folders.contains_key(*folder) {
                    return message(400, "invalid alert rule: folder does not exist");
                }
                if body["interval"].as_u64().is_none_or(|interval| interval == 0 || interval % 10 != 0) {
                    return message(400, "interval must be a multiple of 10 seconds");
                }
                let rules = body["rules"].as_array().cloned().unwrap_or_default();
                for rule in &rules {
                    let has = |member: &str| rule[member].as_str().is_some_and(|text| !text.is_empty());
                    if !["uid", "title", "condition"].iter().all(|member| has(member))
                        || rule["data"].as_array().is_none_or(Vec::is_empty)
                    {
                        return message(400, "invalid alert rule: a title, a condition and data must be given");
                    }
                    if locked(self.rules.get(rule["uid"].as_str().unwrap_or_default())) {
                        return cannot();
                    }
                }
                self.rules.retain(|_, rule| rule["folderUID"] != *folder || rule["ruleGroup"] != *group);
                for (order, mut rule) in rules.into_iter().enumerate() {
                    rule["id"] = self.next().into();
                    rule["updated"] = format!("2026-01-01T00:00:{:02}Z", self.count % 60).into();
                    rule["order"] = order.into();
                    rule["folderUID"] = (*folder).into();
                    rule["ruleGroup"] = (*group).into();
                    rule["isPaused"] = rule["isPaused"].as_bool().unwrap_or_default().into();
                    if rule["for"] == "300s" {
                        rule["for"] = "5m".into();
                    }
                    for query in rule["data"].as_array_mut().into_iter().flatten() {
                        query["model"]["intervalMs"] = query["model"]["intervalMs"].as_u64().unwrap_or(1000).into();
                        query["model"]["maxDataPoints"] =
                            query["model"]["maxDataPoints"].as_u64().unwrap_or(43200).into();
                    }
                    let uid = rule["uid"].as_str().expect("checked").to_owned();
                    self.rules.insert(uid, provenanced(rule, provenance));
                }
                self.intervals.insert(((*folder).to_owned(), (*group).to_owned()), body["interval"].clone());
                (200, body)
            }
            _ => message(404, "Not found"),
        }
    }

    fn group(&self, folder: &str, group: &str) -> Vec<Value> {
        let mut rules: Vec<Value> = self
            .rules
            .values()
            .filter(|rule| rule["folderUID"] == folder && rule["ruleGroup"] == group)
            .cloned()
            .collect();
        rules.sort_by_key(|rule| rule["order"].as_u64());
        for rule in &mut rules {
            rule.as_object_mut().expect("an object").remove("order");
        }
        rules
    }
}

fn provenanced(mut json: Value, provenance: &str) -> Value {
    if !provenance.is_empty() {
        json["provenance"] = provenance.into();
    }
    json
}

/// All values of a member in a tree of policies, those of lists one by one.
fn names(policies: &Value, member: &str) -> Vec<Value> {
    let own = &policies[member];
    let mut all = own.as_array().cloned().unwrap_or_else(|| own.as_str().map(|_| own.clone()).into_iter().collect());
    all.extend(policies["routes"].as_array().into_iter().flatten().flat_map(|route| names(route, member)));
    all
}

fn decoded(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let [byte, tail @ ..] = rest {
        rest = tail;
        let hex = tail
            .get(..2)
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match hex.filter(|_| *byte == b'%') {
            Some(value) => {
                bytes.push(value);
                rest = &tail[2..];
            }
            None => bytes.push(*byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn base64(text: &str) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut encoded = String::new();
    for chunk in text.as_bytes().chunks(3) {
        let bits = chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let index = usize::try_from(bits >> (18 - 6 * place) & 63).expect("six bits");
            encoded.push(if place <= chunk.len() { char::from(LETTERS[index]) } else { '=' });
        }
    }
    encoded
}
