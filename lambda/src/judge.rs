//! What an answer must be.

use std::time::Duration;

use hyper::header::{CONTENT_TYPE, LOCATION};
use hyper::{HeaderMap, StatusCode};
use serde_json::Value;
use uuid::{Uuid, Version};

use crate::client::{Answer, with_causes};
use crate::document::Document;
use crate::outcome::{Miss, milliseconds};

const JSON: &str = "application/json";
const PROBLEM: &str = "application/problem+json";
/// How much of an unexpected answer is shown, in characters.
const EXCERPT: usize = 200;

/// An answer to a write: 201, the key as a version 7 UUID, and its path as `Location`.
pub(crate) fn created(answer: &Answer) -> Vec<Miss> {
    let mut misses = Vec::new();
    let Some(body) = body(answer, StatusCode::CREATED, JSON, &mut misses) else { return misses };
    let value = serde_json::from_slice::<Value>(body).ok();
    let key = value.as_ref().and_then(|value| value.get("key")).and_then(Value::as_str);
    let Some(key) = key.filter(|key| is_key(key)) else {
        let expected = r#"a body {"key":"…"} with a version 7 UUID"#;
        misses.push(Miss::new("key", expected, excerpt(body)));
        return misses;
    };
    let expected = format!("location: /data/{key}");
    match answer.headers.get(LOCATION) {
        None => misses.push(Miss::new("location", expected, "no location")),
        Some(location) if location.as_bytes() == format!("/data/{key}").as_bytes() => {}
        Some(_) => misses.push(Miss::new("location", expected, header(&answer.headers, LOCATION.as_str()))),
    }
    misses
}

/// An answer to a read: 200 and the very bytes of the document.
pub(crate) fn document(answer: &Answer, document: &Document) -> Vec<Miss> {
    let mut misses = Vec::new();
    let Some(body) = body(answer, StatusCode::OK, JSON, &mut misses) else { return misses };
    if let Some(difference) = document.difference(body) {
        let expected = format!("the document as it was written: {}", excerpt(document.text().as_bytes()));
        misses.push(Miss::new("document", expected, format!("{}: {}", difference.as_str(), excerpt(body))));
    }
    misses
}

/// A problem document (RFC 9457) of this status, and of this trace if it names one.
pub(crate) fn problem(answer: &Answer, status: StatusCode, trace_id: &str) -> Vec<Miss> {
    let mut misses = Vec::new();
    let Some(body) = body(answer, status, PROBLEM, &mut misses) else { return misses };
    let value = serde_json::from_slice::<Value>(body).ok();
    let problem = value.as_ref().and_then(Value::as_object);
    let has_status = problem.and_then(|problem| problem.get("status")).is_some_and(|found| *found == status.as_u16());
    let has_title = problem.and_then(|problem| problem.get("title")).is_some_and(Value::is_string);
    if !has_status || !has_title {
        let expected = format!("a problem document with a title and status {}", status.as_u16());
        misses.push(Miss::new("problem", expected, excerpt(body)));
    }
    match problem.and_then(|problem| problem.get("trace_id")) {
        Some(found) if !found.is_null() && found.as_str() != Some(trace_id) => {
            misses.push(Miss::new("trace", format!("trace_id {trace_id}"), format!("trace_id {found}")));
        }
        _ => {}
    }
    misses
}

/// That a call took no longer than it may.
pub(crate) fn duration(elapsed: Duration, threshold: Duration) -> Option<Miss> {
    (elapsed > threshold).then(|| {
        let expected = format!("at most {} ms", threshold.as_millis());
        Miss::new("duration", expected, format!("{} ms", milliseconds(elapsed)))
    })
}

/// The key that an answer to a write names, whatever else it says: to read it, and to remove it.
pub(crate) fn key(answer: &Answer) -> Option<String> {
    let body = answer.body.as_ref().ok().and_then(|body| serde_json::from_slice::<Value>(body).ok());
    let named = body.as_ref().and_then(|body| body.get("key")).and_then(Value::as_str);
    let location = answer.headers.get(LOCATION).and_then(|location| location.to_str().ok());
    let located = location.and_then(|location| location.strip_prefix("/data/"));
    // Nothing but an id may become a part of the next call's path.
    let id = |text: &str| Uuid::try_parse(text).ok().map(|id| id.hyphenated().to_string());
    named.and_then(id).or_else(|| located.and_then(id))
}

/// The body of an answer whose status is right; what is wrong with it joins `misses`.
fn body<'a>(answer: &'a Answer, status: StatusCode, kind: &str, misses: &mut Vec<Miss>) -> Option<&'a [u8]> {
    if answer.status != status {
        let mut got = format!("status {}", answer.status.as_u16());
        if let Ok(body) = &answer.body {
            got += &format!(": {}", excerpt(body));
        }
        misses.push(Miss::new("status", format!("status {}", status.as_u16()), got));
        // The rest of another answer is not to be measured by this one's rules.
        return None;
    }
    let found = header(&answer.headers, CONTENT_TYPE.as_str());
    let essence = found.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case(kind) {
        let got = if found.is_empty() { "no content-type".into() } else { format!("content-type: {found}") };
        misses.push(Miss::new("content-type", format!("content-type: {kind}"), got));
    }
    match &answer.body {
        Ok(body) => Some(body),
        Err(error) => {
            misses.push(Miss::new("body", "a whole body", with_causes(error)));
            None
        }
    }
}

/// Whether this is a key as the data processor makes them: a version 7 UUID in its one usual form.
fn is_key(text: &str) -> bool {
    Uuid::try_parse(text)
        .is_ok_and(|id| id.get_version() == Some(Version::SortRand) && id.hyphenated().to_string() == text)
}

fn header(headers: &HeaderMap, name: &str) -> String {
    headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).unwrap_or_default()
}

/// How a body begins.
fn excerpt(body: &[u8]) -> String {
    if body.is_empty() {
        return "an empty body".into();
    }
    let text = String::from_utf8_lossy(body);
    match text.char_indices().nth(EXCERPT) {
        None => text.into_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

#[cfg(test)]
mod tests {
    use hyper::Version as HttpVersion;
    use hyper::body::Bytes;

    use super::*;

    const KEY: &str = "0198c0de-0000-7000-8000-000000000001";
    const TRACE: &str = "5759e988bd862e3fe1be46a994272793";

    fn answer(status: u16, headers: &[(&'static str, &str)], body: &str) -> Answer {
        let headers = headers.iter().map(|(name, value)| {
            (hyper::header::HeaderName::from_static(name), value.parse().expect("a header's value"))
        });
        Answer {
            status: StatusCode::from_u16(status).expect("a status"),
            version: HttpVersion::HTTP_11,
            headers: headers.collect(),
            peer: None,
            body: Ok(Bytes::copy_from_slice(body.as_bytes())),
            elapsed: Duration::from_millis(5),
        }
    }

    fn kinds(misses: &[Miss]) -> Vec<&str> {
        misses.iter().map(|miss| miss.kind.as_str()).collect()
    }

    #[test]
    fn a_right_answer_has_no_misses() {
        let location = format!("/data/{KEY}");
        let headers = [("content-type", "application/json; charset=utf-8"), ("location", location.as_str())];
        let written = answer(201, &headers, &format!(r#"{{"key":"{KEY}"}}"#));
        assert_eq!(created(&written), []);
        assert_eq!(key(&written).as_deref(), Some(KEY));
        let expected = Document::spaced();
        assert_eq!(document(&answer(200, &[("content-type", JSON)], expected.text()), &expected), []);
        let body = format!(r#"{{"title":"Not Found","status":404,"trace_id":"{TRACE}"}}"#);
        assert_eq!(problem(&answer(404, &[("content-type", PROBLEM)], &body), StatusCode::NOT_FOUND, TRACE), []);
        let untraced = answer(400, &[("content-type", PROBLEM)], r#"{"title":"No","status":400,"trace_id":null}"#);
        assert_eq!(problem(&untraced, StatusCode::BAD_REQUEST, TRACE), []);
        assert_eq!(duration(Duration::from_millis(5), Duration::from_millis(5)), None);
    }

    #[test]
    fn fails_on_a_wrong_location() {
        let other = format!("/data/{}", KEY.replace('1', "2"));
        for location in [&[] as &[_], &[("location", KEY)], &[("location", other.as_str())]] {
            let headers = [&[("content-type", JSON)], location].concat();
            let misses = created(&answer(201, &headers, &format!(r#"{{"key":"{KEY}"}}"#)));
            assert_eq!(kinds(&misses), ["location"]);
        }
    }

    #[test]
    fn fails_on_a_key_that_is_no_version_7_uuid_in_lower_case() {
        let version_4 = "0198c0de-0000-4000-8000-000000000001";
        for body in [r#"{"key":"1"}"#, "{}", "", &format!(r#"{{"key":"{version_4}"}}"#), &KEY.to_uppercase()] {
            assert_eq!(kinds(&created(&answer(201, &[("content-type", JSON)], body))), ["key"], "{body}");
        }
    }

    #[test]
    fn a_key_is_found_in_either_place_and_never_a_path() {
        let location = format!("/data/{KEY}");
        assert_eq!(key(&answer(500, &[("location", &location)], "no JSON")).as_deref(), Some(KEY));
        assert_eq!(key(&answer(201, &[("location", "/data/../secret")], r#"{"key":"../secret"}"#)), None);
    }

    #[test]
    fn fails_on_another_status_and_shows_the_answer() {
        let misses = created(&answer(503, &[], &format!("no storage{}", " ".repeat(500))));
        assert_eq!(kinds(&misses), ["status"]);
        assert_eq!(misses[0].expected, "status 201");
        assert!(misses[0].got.starts_with("status 503: no storage  ") && misses[0].got.ends_with('…'));
        assert!(misses[0].got.len() < 250, "the answer is cut");
    }

    #[test]
    fn fails_on_another_kind_of_content() {
        let expected = Document::compact();
        let html = answer(200, &[("content-type", "text/html")], expected.text());
        assert_eq!(kinds(&document(&html, &expected)), ["content-type"]);
        assert_eq!(document(&answer(200, &[], "{}"), &expected).len(), 2, "all that is wrong is told");
    }

    #[test]
    fn fails_on_a_problem_that_is_none() {
        for body in ["{}", "no", r#"{"title":"Bad","status":500}"#, r#"{"status":400}"#] {
            let answer = answer(400, &[("content-type", PROBLEM)], body);
            assert_eq!(kinds(&problem(&answer, StatusCode::BAD_REQUEST, TRACE)), ["problem"], "{body}");
        }
    }

    #[test]
    fn fails_on_the_trace_of_another_call() {
        let body = r#"{"title":"Not Found","status":404,"trace_id":"other"}"#;
        let misses = problem(&answer(404, &[("content-type", PROBLEM)], body), StatusCode::NOT_FOUND, TRACE);
        assert_eq!(kinds(&misses), ["trace"]);
    }

    #[test]
    fn fails_on_what_is_slow() {
        let miss = duration(Duration::from_micros(5_001), Duration::from_millis(5)).expect("slow");
        assert_eq!(miss.to_string(), "expected at most 5 ms, got 5.001 ms");
    }
}
