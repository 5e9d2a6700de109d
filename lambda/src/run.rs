//! The calls of one invocation, and the removal of what they wrote.

use std::time::{Duration, Instant};

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{ACCEPT, CONTENT_TYPE, HeaderValue, USER_AGENT};
use hyper::{HeaderMap, Method, Request, StatusCode, Uri};
use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt as _;
use uuid::Uuid;

use crate::canary::Canary;
use crate::check::Check;
use crate::client::{Answer, CallError, with_causes};
use crate::document::Document;
use crate::judge;
use crate::outcome::{Miss, Outcome, milliseconds};
use crate::report;
use crate::spans;

const USER_AGENT_TEXT: &str = concat!("test-runner/", env!("CARGO_PKG_VERSION"));
/// A value that lacks its end.
const INVALID: &str = r#"{"source":"test-runner","invalid":"#;
/// What is kept of the function's own time limit for the removal, and then for the report.
const RESERVES: [Duration; 2] = [Duration::from_millis(1_500), Duration::from_millis(250)];

/// One invocation at work.
pub(crate) struct Run<'a> {
    canary: &'a Canary,
    context: &'a Context,
    /// When Lambda ends the function, done or not.
    deadline: Option<Instant>,
    documents: [Document; 2],
    keys: [Option<String>; 2],
    /// The keys of all that was written, wanted or not.
    written: Vec<String>,
}

impl<'a> Run<'a> {
    pub(crate) fn new(canary: &'a Canary, context: &'a Context, deadline: Option<Instant>) -> Self {
        let documents = [Document::compact(), Document::spaced()];
        Self { canary, context, deadline, documents, keys: [None, None], written: Vec::new() }
    }

    /// Makes a check, and logs what came of it.
    pub(crate) async fn check(&mut self, check: Check) -> Outcome {
        let (path, body) = match (check, check.document()) {
            (Check::ReadMissing, _) => (format!("/data/{}", Uuid::now_v7()), None),
            (Check::WriteInvalid, _) => ("/data".into(), Some(INVALID.to_owned())),
            (_, Some(document)) if check.method() == Method::POST => {
                ("/data".into(), Some(self.documents[document].text().to_owned()))
            }
            (_, document) => match document.and_then(|document| self.keys[document].as_ref()) {
                Some(key) => (format!("/data/{key}"), None),
                None => return self.not_made(check, "the document was not written"),
            },
        };
        let Some(limit) = self.limit(RESERVES[0]) else {
            return self.not_made(check, "the function's own time is up");
        };
        let threshold = self.canary.config().threshold();
        let request = format!("{} {}", check.method(), self.canary.config().url(&path));
        let template = if check.method() == Method::POST { "/data" } else { "/data/{key}" };
        let (context, answer) = self.call(check.method(), &path, template, body, limit).await;
        let (misses, status, elapsed) = match &answer {
            Err(error) => (vec![missed(check, error)], None, error.elapsed()),
            Ok(answer) => {
                let mut misses = check.misses(answer, &self.documents, &trace_id(&context));
                misses.extend(judge::duration(answer.elapsed, threshold));
                if check.method() == Method::POST
                    && let Some(key) = judge::key(answer)
                {
                    if let Some(document) = check.document() {
                        self.keys[document] = Some(key.clone());
                    }
                    self.written.push(key);
                }
                (misses, Some(answer.status.as_u16()), answer.elapsed)
            }
        };
        spans::end_call(&context, &answer, &misses);
        let check = check.name().into();
        let outcome = Outcome { check, request, status, duration_ms: Some(milliseconds(elapsed)), misses };
        report::log_outcome(&context, self.canary.config(), &outcome);
        outcome
    }

    /// Removes what was written, and returns what could not be.
    pub(crate) async fn clean_up(&mut self) -> Vec<Outcome> {
        let mut failed = Vec::new();
        for key in std::mem::take(&mut self.written) {
            let path = format!("/data/{key}");
            let request = format!("{} {}", Method::DELETE, self.canary.config().url(&path));
            let expected = format!("status {}", StatusCode::NO_CONTENT.as_u16());
            let mut outcome =
                Outcome { check: "clean-up".into(), request, status: None, duration_ms: None, misses: Vec::new() };
            let Some(limit) = self.limit(RESERVES[1]) else {
                outcome.misses.push(Miss::new("not-made", expected, "no call: the function's own time is up"));
                report::log_clean_up(self.context, &outcome);
                failed.push(outcome);
                continue;
            };
            let (context, answer) = self.call(Method::DELETE, &path, "/data/{key}", None, limit).await;
            match &answer {
                // What is not there need not be removed; that it is not there is what a read has told.
                Ok(answer) if [StatusCode::NO_CONTENT, StatusCode::NOT_FOUND].contains(&answer.status) => {}
                Ok(answer) => {
                    let got = format!("status {}", answer.status.as_u16());
                    outcome.misses.push(Miss::new("status", expected, got));
                }
                Err(error) => outcome.misses.push(Miss::new(kind(error), expected, with_causes(error))),
            }
            outcome.status = answer.as_ref().ok().map(|answer| answer.status.as_u16());
            spans::end_call(&context, &answer, &outcome.misses);
            if !outcome.passed() {
                report::log_clean_up(&context, &outcome);
                failed.push(outcome);
            }
        }
        failed
    }

    /// Makes a call within a span of its own, which is not ended yet.
    async fn call(
        &self,
        method: Method,
        path: &str,
        template: &'static str,
        body: Option<String>,
        limit: Duration,
    ) -> (Context, Result<Answer, CallError>) {
        let canary = self.canary;
        // The base was checked when it was read, and paths hold nothing but ids.
        let url = canary.config().url(path).parse::<Uri>().unwrap_or_default();
        let context = spans::call(canary.telemetry().tracer(), self.context, &method, &url, template, USER_AGENT_TEXT);
        let mut headers = HeaderMap::new();
        canary.config().propagation().inject(&context, &mut headers);
        headers.insert(USER_AGENT, HeaderValue::from_static(USER_AGENT_TEXT));
        headers.insert(ACCEPT, HeaderValue::from_static("application/json, application/problem+json"));
        if body.is_some() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        let mut request = Request::new(Full::new(Bytes::from(body.unwrap_or_default())));
        (*request.method_mut(), *request.uri_mut(), *request.headers_mut()) = (method, url, headers);
        let answer = canary.client().call(request, limit).await;
        (context, answer)
    }

    /// How long a call may take so that `reserve` is left, if any time is.
    fn limit(&self, reserve: Duration) -> Option<Duration> {
        let limit = self.canary.config().time_limit();
        let Some(deadline) = self.deadline else { return Some(limit) };
        let reserve = reserve + self.canary.telemetry().timeout();
        let left = deadline.saturating_duration_since(Instant::now()).checked_sub(reserve)?;
        (!left.is_zero()).then(|| limit.min(left))
    }

    fn not_made(&self, check: Check, why: &str) -> Outcome {
        let request = match check.method() {
            Method::POST => format!("POST {}", self.canary.config().url("/data")),
            _ => format!("GET {}", self.canary.config().url("/data/{key}")),
        };
        let miss = Miss::new("not-made", format!("status {}", check.status().as_u16()), format!("no call: {why}"));
        let check = check.name().into();
        let outcome = Outcome { check, request, status: None, duration_ms: None, misses: vec![miss] };
        report::log_outcome(self.context, self.canary.config(), &outcome);
        outcome
    }
}

fn missed(check: Check, error: &CallError) -> Miss {
    Miss::new(kind(error), format!("status {}", check.status().as_u16()), with_causes(error))
}

fn kind(error: &CallError) -> &'static str {
    match error {
        CallError::TooSlow { .. } => "timeout",
        CallError::NoAnswer { .. } => "connection",
    }
}

fn trace_id(context: &Context) -> String {
    context.span().span_context().trace_id().to_string()
}
