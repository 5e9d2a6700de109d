//! Asking data sources what dashboards ask them.

use std::collections::BTreeMap;
use std::time::Duration;

use belvedere_grafana::preview::{Answer, Answers, Preview, Request};
use futures_util::{StreamExt, stream};
use serde_json::Value as Json;

use super::DashboardsError;

/// How long one question may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// How many questions are asked at once.
const AT_ONCE: usize = 8;

/// How it is told that there is nobody at all to ask: the same words for each question to a server.
pub(crate) const NO_ANSWER: &str = "nothing answers at";

/// What a text of an answer is cut to where it is told.
const TOLD: usize = 300;

/// Where data sources are: by the id of one, or for all of a kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Servers {
    by_uid: BTreeMap<String, String>,
    by_plugin: BTreeMap<&'static str, String>,
}

impl Servers {
    /// Where all data sources with queries in PromQL are.
    ///
    /// # Errors
    /// The URL is none.
    pub fn prometheus(&mut self, url: &str) -> Result<(), DashboardsError> {
        let url = checked(url)?;
        self.by_plugin.insert("grafana-amazonprometheus-datasource", url.clone());
        self.by_plugin.insert("prometheus", url);
        Ok(())
    }

    /// Where all Lokis are.
    ///
    /// # Errors
    /// The URL is none.
    pub fn loki(&mut self, url: &str) -> Result<(), DashboardsError> {
        self.by_plugin.insert("loki", checked(url)?);
        Ok(())
    }

    /// Where all Tempos are.
    ///
    /// # Errors
    /// The URL is none.
    pub fn tempo(&mut self, url: &str) -> Result<(), DashboardsError> {
        self.by_plugin.insert("tempo", checked(url)?);
        Ok(())
    }

    /// Where one data source is; it counts over those of its kind.
    ///
    /// # Errors
    /// The URL is none.
    pub fn source(&mut self, uid: &str, url: &str) -> Result<(), DashboardsError> {
        self.by_uid.insert(uid.to_owned(), checked(url)?);
        Ok(())
    }

    fn of(&self, request: &Request) -> Option<&str> {
        let one = self.by_uid.get(&request.uid).or_else(|| self.by_plugin.get(request.plugin.as_str()));
        one.map(String::as_str)
    }
}

fn checked(text: &str) -> Result<String, DashboardsError> {
    let parsed =
        reqwest::Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    match parsed {
        Some(_) => Ok(text.trim_end_matches('/').to_owned()),
        None => Err(DashboardsError::Url { text: text.to_owned() }),
    }
}

/// Asks all that a preview wants to know. What nobody can be asked about is answered with that.
///
/// # Errors
/// Requests cannot be made at all. A question that fails is an answer that says so.
pub async fn answer(preview: &Preview, servers: &Servers) -> Result<Answers, DashboardsError> {
    // Once in a process; whoever did so before us chose the same.
    _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().timeout(PATIENCE).build();
    let client = client.map_err(|source| DashboardsError::Client { source })?;
    let mut answers = Answers::new();
    loop {
        let wanted = preview.wanted(&answers);
        if wanted.is_empty() {
            return Ok(answers);
        }
        let ask = |request: Request| {
            let server = servers.of(&request);
            let client = client.clone();
            async move {
                let answer = match server {
                    Some(server) => {
                        ask(&client, server, &request.path).await.map_or_else(Answer::Refused, Answer::Data)
                    }
                    None => Answer::Unconnected,
                };
                (request, answer)
            }
        };
        let answered: Vec<(Request, Answer)> = stream::iter(wanted).map(ask).buffer_unordered(AT_ONCE).collect().await;
        answers.extend(answered);
    }
}

async fn ask(client: &reqwest::Client, server: &str, path: &str) -> Result<Json, String> {
    let url = format!("{server}{path}");
    let failed = |error: reqwest::Error| {
        let cause = std::error::Error::source(&error).map(ToString::to_string);
        if error.is_connect() {
            return format!("{NO_ANSWER} {server}: {}", cause.unwrap_or_default());
        }
        let error = error.without_url();
        cause.map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
    };
    let response = client.get(url).header("Accept", "application/json").send().await.map_err(failed)?;
    let status = response.status();
    let text = response.text().await.map_err(failed)?;
    let json = serde_json::from_str::<Json>(&text);
    if status.is_success() {
        return json.map_err(|error| format!("the answer is no JSON: {error}"));
    }
    // Prometheus says what is wrong in JSON, Loki in plain text.
    let told = json.ok().and_then(|json| json["error"].as_str().map(str::to_owned)).unwrap_or(text);
    Err(format!("{status}: {}", told.trim().chars().take(TOLD).collect::<String>()))
}
