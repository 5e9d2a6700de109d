//! Grafana's HTTP API: one call at a time, again where that helps.

use std::fmt;
use std::time::{Duration, Instant};

use reqwest::redirect::Policy;
use reqwest::{Client, Method, Url};
use serde_json::Value as Json;
use tokio::time::sleep;

use super::error::GrafanaError;
use crate::report::{Event, Events};

/// How often a call is tried, and the first and the longest pause between two tries.
const ATTEMPTS: u32 = 8;
const PAUSE: Duration = Duration::from_millis(200);
const LONGEST: Duration = Duration::from_secs(5);
/// A fault of the server itself rarely passes: Grafana answers wrong definitions with it, too.
const ATTEMPTS_AT_A_FAULT: u32 = 3;
/// How long one call may take.
const LIMIT: Duration = Duration::from_secs(60);
/// How often it is told that a Grafana does not answer yet.
const SILENCE: Duration = Duration::from_secs(4);
/// What to do where HTTPS is spoken to a server of HTTP.
const NO_TLS: &str = "what answers there does not speak TLS: begin the URL with http://";
/// How much of an answer that is not JSON is told.
const EXCERPT: usize = 200;

/// How to sign in. It shows no secret when it is formatted.
#[derive(Clone, PartialEq, Eq)]
pub enum Login {
    /// With the token of a service account.
    Token(String),
    /// As a user.
    Password {
        /// The name.
        user: String,
        /// The password.
        password: String,
    },
}

impl fmt::Debug for Login {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Token(_) => formatter.write_str("Token(****)"),
            Self::Password { user, .. } => write!(formatter, "Password({user:?}, ****)"),
        }
    }
}

/// The way to a Grafana and into it.
#[derive(Clone, Debug)]
pub(crate) struct Api {
    client: Client,
    base: Url,
    login: Login,
}

/// An answer with a status that the caller knows what to do with.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Json,
}

impl Answer {
    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// What Grafana says of it, in its own words.
    pub(crate) fn message(&self) -> String {
        let text = self.body["message"].as_str().or(self.body["error"].as_str()).or(self.body.as_str());
        let detail = self.body["extra"].get("error").or(self.body["extra"].get("message")).and_then(Json::as_str);
        let mut message: String = text.unwrap_or("no reason is given").chars().take(EXCERPT).collect();
        if let Some(detail) = detail {
            message += &format!(": {detail}");
        }
        message
    }
}

/// A call: the method, the parts of the path after `/api`, the query, and the body.
#[derive(Clone, Debug)]
pub(crate) struct Call<'a> {
    method: Method,
    path: &'a [&'a str],
    query: &'a [(&'a str, &'a str)],
    body: Option<&'a Json>,
}

impl<'a> Call<'a> {
    pub(crate) fn get(path: &'a [&'a str]) -> Self {
        Self { method: Method::GET, path, query: &[], body: None }
    }

    pub(crate) fn post(path: &'a [&'a str], body: &'a Json) -> Self {
        Self { method: Method::POST, path, query: &[], body: Some(body) }
    }

    pub(crate) fn put(path: &'a [&'a str], body: &'a Json) -> Self {
        Self { method: Method::PUT, path, query: &[], body: Some(body) }
    }

    pub(crate) fn delete(path: &'a [&'a str]) -> Self {
        Self { method: Method::DELETE, path, query: &[], body: None }
    }

    pub(crate) fn query(mut self, query: &'a [(&'a str, &'a str)]) -> Self {
        self.query = query;
        self
    }

    fn told(&self) -> String {
        format!("{} /api/{}", self.method, self.path.join("/"))
    }
}

impl Api {
    /// A way to the Grafana at `url`, which may have a path. One without a scheme is spoken to by HTTPS.
    pub(crate) fn new(url: &str, login: Login) -> Result<Self, GrafanaError> {
        let base = base_of(url)?;
        // The client asks for the one of the process. Where the program has set one, that is fine, too.
        _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .user_agent(concat!("belvedere/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_secs(10))
            .timeout(LIMIT)
            // A sign-in page is no answer.
            .redirect(Policy::none())
            .build()
            .map_err(|error| GrafanaError::Url { url: url.to_owned(), reason: chain(&error) })?;
        Ok(Self { client, base, login })
    }

    /// Where people find it.
    pub(crate) fn url(&self) -> &str {
        self.base.as_str().trim_end_matches('/')
    }

    /// The address of a page or call below the base.
    fn at(&self, parts: &[&str]) -> Url {
        let mut url = self.base.clone();
        // A URL of HTTP always has a path.
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(parts);
        }
        url
    }

    /// Makes a call, and again where the answer is lost or the server is busy.
    pub(crate) async fn call(&self, call: &Call<'_>) -> Result<Answer, GrafanaError> {
        let mut pause = PAUSE;
        for attempt in 1.. {
            let answer = self.once(call).await;
            let again = match &answer {
                Ok(answer) => match answer.status {
                    429 | 502..=504 => attempt < ATTEMPTS,
                    500 => attempt < ATTEMPTS_AT_A_FAULT,
                    _ => false,
                },
                Err(_) => attempt < ATTEMPTS,
            };
            if !again {
                return answer.map_err(|error| self.unreachable(&error, None));
            }
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST);
        }
        unreachable!("attempts end")
    }

    async fn once(&self, call: &Call<'_>) -> Result<Answer, reqwest::Error> {
        let parts: Vec<&str> = std::iter::once("api").chain(call.path.iter().copied()).collect();
        let mut url = self.at(&parts);
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(call.query);
        }
        let mut request = self.client.request(call.method.clone(), url).header("accept", "application/json");
        request = match &self.login {
            Login::Token(token) => request.bearer_auth(token),
            Login::Password { user, password } => request.basic_auth(user, Some(password)),
        };
        if call.method != Method::GET && call.path.first() == Some(&"v1") {
            // Else people could not change in Grafana what was made by this API, not even to try something out. What
            // they change is seen as drift.
            request = request.header("x-disable-provenance", "true");
        }
        if let Some(body) = call.body {
            request = request.json(body);
        }
        let answer = request.send().await?;
        let status = answer.status().as_u16();
        let location = answer.headers().get("location").and_then(|value| value.to_str().ok());
        if let Some(location) = location.filter(|_| answer.status().is_redirection()) {
            return Ok(Answer { status, body: Json::String(format!("it sends elsewhere, to {location}")) });
        }
        let text = answer.text().await?;
        // What is not JSON is told as it is.
        let body = serde_json::from_str(&text).unwrap_or_else(|_| Json::String(text.trim().to_owned()));
        Ok(Answer { status, body })
    }

    /// The body of a successful answer.
    pub(crate) async fn ok(&self, call: &Call<'_>) -> Result<Json, GrafanaError> {
        let answer = self.call(call).await?;
        if answer.is_success() { understood(call, answer) } else { Err(refused(call, &answer)) }
    }

    /// The body of a successful answer; nothing where there is no such thing.
    pub(crate) async fn found(&self, call: &Call<'_>) -> Result<Option<Json>, GrafanaError> {
        let answer = self.call(call).await?;
        match answer.status {
            404 => Ok(None),
            _ if answer.is_success() => understood(call, answer).map(Some),
            _ => Err(refused(call, &answer)),
        }
    }

    /// The version of the Grafana, which it may keep to itself.
    pub(crate) async fn version(&self) -> Result<Option<String>, GrafanaError> {
        Ok(self.ok(&Call::get(&["health"])).await?["version"].as_str().map(str::to_owned))
    }

    /// Waits until the Grafana answers: a new one takes its time, and so does its name.
    pub(crate) async fn ready(
        &self,
        label: &str,
        limit: Duration,
        hint: Option<&str>,
        events: &Events,
    ) -> Result<(), GrafanaError> {
        let (begin, call) = (Instant::now(), Call::get(&["health"]));
        let mut told = begin;
        loop {
            let reason = match self.once(&call).await {
                // Only a Grafana has a database to tell of.
                Ok(answer) if answer.body.get("database").is_some() => {
                    if answer.is_success() {
                        return Ok(());
                    }
                    "it has no way to its database".to_owned()
                }
                Ok(answer) if answer.is_success() => "what answers there is no Grafana".to_owned(),
                Ok(answer) => format!("HTTP status {}: {}", answer.status, answer.message()),
                Err(error) => chain(&error),
            };
            if begin.elapsed() >= limit {
                let hint = reason_hint(&reason).or(hint).map(str::to_owned);
                return Err(GrafanaError::Unreachable { url: self.url().to_owned(), reason, hint });
            }
            if told.elapsed() >= SILENCE {
                told = Instant::now();
                let (stack, what) = (label.to_owned(), format!("{} to answer ({reason})", self.url()));
                events.send(Event::Waiting { stack, what, elapsed: begin.elapsed() });
            }
            sleep(Duration::from_secs(1)).await;
        }
    }

    fn unreachable(&self, error: &reqwest::Error, hint: Option<String>) -> GrafanaError {
        GrafanaError::Unreachable { url: self.url().to_owned(), reason: chain(error), hint }
    }
}

/// The URL of a Grafana; what has no scheme is at `https://`.
pub(crate) fn base_of(url: &str) -> Result<Url, GrafanaError> {
    let wrong = |reason: String| GrafanaError::Url { url: url.to_owned(), reason };
    let whole = if url.contains("://") { url.to_owned() } else { format!("https://{url}") };
    let base = Url::parse(&whole).map_err(|error| wrong(error.to_string()))?;
    if !matches!(base.scheme(), "http" | "https") || base.host_str().is_none() {
        return Err(wrong("it must begin with http:// or https://".into()));
    }
    if !base.username().is_empty() || base.password().is_some() {
        let url = "****".to_owned();
        let reason = "a password in a URL is seen by others; set GRAFANA_USER and GRAFANA_PASSWORD".into();
        return Err(GrafanaError::Url { url, reason });
    }
    Ok(base)
}

/// What to do where the reason tells that waiting does not help.
fn reason_hint(reason: &str) -> Option<&'static str> {
    let hints = [
        ("is no Grafana", "give the URL that its start page has, with its path where it has one, but without /api"),
        ("it sends elsewhere", "give the URL of the Grafana itself, behind whatever signs people in or adds TLS"),
        (
            "certificate",
            "this machine does not trust its certificate: name the file of the authority that signed it in SSL_CERT_FILE",
        ),
        ("InvalidContentType", NO_TLS),
        ("tls handshake eof", NO_TLS),
        ("dns error", "see whether the name is right, and whether this machine can look it up"),
    ];
    hints.into_iter().find(|(text, _)| reason.contains(text)).map(|(_, hint)| hint)
}

/// The JSON of an answer. A page with status 200 is of something before the Grafana; some answers have no body at all.
pub(crate) fn understood(call: &Call<'_>, answer: Answer) -> Result<Json, GrafanaError> {
    match answer.body {
        Json::String(text) if !text.is_empty() => {
            let page = text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(EXCERPT).collect();
            Err(GrafanaError::Foreign { call: call.told(), page })
        }
        body => Ok(body),
    }
}

/// A refusal as an error.
pub(crate) fn refused(call: &Call<'_>, answer: &Answer) -> GrafanaError {
    GrafanaError::Refused { call: call.told(), status: answer.status, message: answer.message() }
}

/// An error and its causes in a line, without the URL, which is told apart.
fn chain(error: &reqwest::Error) -> String {
    let mut text = if error.is_timeout() { "it takes too long".to_owned() } else { String::new() };
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        if !text.is_empty() {
            text += ": ";
        }
        text += &cause.to_string();
        source = cause.source();
    }
    if text.is_empty() { "the connection failed".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn api(url: &str) -> Result<Api, GrafanaError> {
        Api::new(url, Login::Token("hidden".into()))
    }

    #[test]
    fn paths_are_escaped_and_a_base_may_have_one() {
        let api = api("http://127.0.0.1:3000/grafana/").expect("a URL");
        let url = api.at(&["api", "v1", "provisioning", "mute-timings", "a b/c%"]);
        assert_eq!(url.as_str(), "http://127.0.0.1:3000/grafana/api/v1/provisioning/mute-timings/a%20b%2Fc%25");
        assert_eq!(api.url(), "http://127.0.0.1:3000/grafana");
    }

    #[test]
    fn an_endpoint_of_aws_has_no_scheme() {
        let api = api("g-1.grafana-workspace.eu-central-1.amazonaws.com").expect("a host");
        assert_eq!(api.url(), "https://g-1.grafana-workspace.eu-central-1.amazonaws.com");
    }

    #[test]
    fn a_page_is_no_answer() {
        let call = Call::get(&["folders"]);
        let answer = |body: Json| understood(&call, Answer { status: 200, body });
        let error = answer("<!doctype html>\n  <title>Sign in</title>".into()).expect_err("a page").to_string();
        assert_eq!(error, "GET /api/folders was answered by no Grafana: <!doctype html> <title>Sign in</title>");
        assert!(answer(Json::String(String::new())).is_ok() && answer(serde_json::json!([])).is_ok());
    }

    #[test]
    fn passwords_are_in_no_url_and_in_no_text() {
        let error = api("http://admin:hidden@127.0.0.1").expect_err("a password").to_string();
        assert!(!error.contains("hidden"), "{error}");
        assert!(api("ftp://x").is_err() && api("http://").is_err());
        let shown = format!("{:?}", api("http://127.0.0.1").expect("a URL"));
        assert!(!shown.contains("hidden"), "{shown}");
    }
}
