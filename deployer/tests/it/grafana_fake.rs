//! A managed Grafana with one workspace, `g-1`: the calls of AWS that are about it, and its own HTTP API. It takes and
//! refuses calls as the real ones do; the rules are those of the API reference of AWS and of Grafana's OpenAPI description.

mod alerting;
mod things;

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
    pub(crate) accounts: BTreeMap<String, String>,
    /// By id.
    tokens: BTreeMap<String, Token>,
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
    /// The dashboards that somebody has saved in the schema v2.
    pub(crate) second: BTreeSet<String>,
    /// As a newer version, which writes what it has in another form, and removes folders after it has answered.
    pub(crate) is_newer: bool,
    /// The folders that are being removed, and how often each is still told of.
    going: BTreeMap<String, u32>,
    /// How many calls of the HTTP API are still answered with 503.
    pub(crate) busy: u32,
    pub(crate) calls: Vec<String>,
    count: u64,
    /// The greatest number of tokens that there were at a time, and how many were ever made.
    pub(crate) most_tokens: usize,
    pub(crate) made_tokens: usize,
}

/// A token of a service account.
#[derive(Clone, Debug)]
struct Token {
    account: String,
    name: String,
    key: String,
    /// In seconds since 1970.
    expires: u64,
}

fn now() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs()
}

type Reply = (u16, Value);

/// The receiver of a new Grafana, whose only contact point has another name.
const FACTORY: &str = "grafana-default-email";

fn factory_policies() -> Value {
    json!({"receiver": FACTORY, "group_by": ["grafana_folder", "alertname"]})
}

fn message(status: u16, text: &str) -> Reply {
    (status, json!({"message": text, "traceID": ""}))
}

impl FakeGrafana {
    pub(crate) fn start() -> Self {
        let email = json!({"uid": "", "name": "email receiver", "type": "email", "settings": {"addresses": "<example@email.com>"}});
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
        self.model().tokens.values().map(|token| token.name.clone()).collect()
    }

    /// A token of another run, for all service accounts that there are; it has ended `ago` seconds ago, or it goes on.
    pub(crate) fn leave_token(&self, name: &str, ago: Option<u64>) {
        let mut model = self.model();
        let expires = ago.map_or(now() + 900, |ago| now() - ago);
        for account in model.accounts.keys().cloned().collect::<Vec<_>>() {
            let token = Token { account, name: name.to_owned(), key: format!("MARKED-{name}"), expires };
            let id = model.next().to_string();
            model.tokens.insert(id, token);
        }
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
                let of_account = self.tokens.iter().filter(|(_, token)| token.account == *account);
                let tokens: Vec<Value> = of_account
                    .map(|(id, it)| json!({"id": id, "name": it.name, "createdAt": it.expires - 900, "expiresAt": it.expires}))
                    .collect();
                (200, json!({"workspaceId": "g-1", "serviceAccountId": account, "serviceAccountTokens": tokens}))
            }
            ("POST", ["serviceaccounts", account, "tokens"]) => {
                let (name, lives) = (body["name"].as_str().expect("a name").to_owned(), body["secondsToLive"].as_u64());
                if lives.is_none_or(|seconds| seconds == 0 || seconds > 2_592_000) {
                    return error(400, "ValidationException", "secondsToLive");
                }
                if self.tokens.values().any(|other| other.name == name) {
                    return error(409, "ConflictException", "a token of this name exists");
                }
                let (id, key) = (self.next().to_string(), format!("MARKED-token-{}", self.count));
                let account_id = (*account).to_owned();
                let expires = now() + lives.unwrap_or_default();
                self.tokens
                    .insert(id.clone(), Token { account: account_id, name: name.clone(), key: key.clone(), expires });
                self.made_tokens += 1;
                self.most_tokens = self.most_tokens.max(self.tokens.len());
                let token = json!({"id": id, "name": name, "key": key});
                (200, json!({"workspaceId": "g-1", "serviceAccountId": account, "serviceAccountToken": token}))
            }
            ("DELETE", ["serviceaccounts", account]) => {
                self.accounts.remove(*account);
                self.tokens.retain(|_, token| token.account != *account);
                (200, json!({"workspaceId": "g-1", "serviceAccountId": account}))
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
            Some(("Bearer", key)) => self.tokens.values().any(|token| token.key == key),
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
            return (
                200,
                json!({"commit": "abc", "database": "ok", "version": if self.is_newer { "12.0.0" } else { "11.6.0" }}),
            );
        }
        if !self.may(request) {
            return message(401, "Invalid username or password");
        }
        match path.split_first() {
            Some((&"folders", rest)) => self.folders_api(method, rest, query, &body),
            Some((&"datasources", rest)) => self.sources_api(method, rest, &body),
            Some((&"dashboards", rest)) => self.dashboards_api(method, rest, &body),
            Some((&"search", _)) => {
                let found = self.dashboards.iter().map(|(uid, (dashboard, folder, _))| {
                    json!({"uid": uid, "title": dashboard["title"], "type": "dash-db", "folderUid": folder})
                });
                (200, things::page(query, found))
            }
            Some((&"plugins", rest)) => self.plugins_api(method, rest),
            Some((&"v1", ["provisioning", rest @ ..])) => {
                let provenance = if request.headers.contains_key("x-disable-provenance") { "" } else { "api" };
                self.provisioning_api(method, rest, body, provenance)
            }
            _ => message(404, "Not found"),
        }
    }
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
