//! One request and what has to come back.

use hyper::header::{ALLOW, CONTENT_TYPE, HeaderName, HeaderValue, LOCATION};
use hyper::{Method, Request, StatusCode};
use serde::Deserialize;
use uuid::{Builder, Uuid, Version};

use crate::client::{Answer, NoAnswer};
use crate::mix::{Failing, Operation};
use crate::payload::Payload;
use crate::record::{Outcome, Problem};

/// How many characters of an unexpected answer are told.
const EXCERPT: usize = 160;

/// A request that can be sent, still without its trace.
#[derive(Debug)]
pub(crate) struct Exchange {
    /// The method.
    pub(crate) method: Method,
    /// The path below the target.
    pub(crate) path: String,
    content_type: Option<&'static str>,
    /// What is sent.
    pub(crate) body: Payload,
}

impl Exchange {
    /// `POST /data`.
    pub(crate) fn post(content_type: &'static str, body: Payload) -> Self {
        Self { method: Method::POST, path: "/data".into(), content_type: Some(content_type), body }
    }

    /// A request of the given path, without a body.
    pub(crate) fn bare(method: Method, path: impl Into<String>) -> Self {
        Self { method, path: path.into(), content_type: None, body: Payload::empty() }
    }

    /// The request at the URL.
    pub(crate) fn request(self, url: &str) -> Result<Request<Payload>, hyper::http::Error> {
        let mut request = Request::builder().method(self.method).uri(url).body(self.body)?;
        let content_type = self.content_type.map(|value| (CONTENT_TYPE, HeaderValue::from_static(value)));
        request.headers_mut().extend(content_type);
        Ok(request)
    }
}

/// A key as the service makes them, which it never made: its time is the beginning of 1970.
pub(crate) fn key_of_nothing() -> Uuid {
    Builder::from_unix_timestamp_millis(0, &std::array::from_fn(|_| fastrand::u8(..))).into_uuid()
}

/// Judges what came back; a document that was read is judged by `difference`.
pub(crate) fn judge(
    operation: Operation,
    answer: Result<&Answer, &NoAnswer>,
    difference: impl FnOnce(&[u8]) -> Option<String>,
) -> Outcome {
    let answer = match answer {
        Ok(answer) => answer,
        Err(NoAnswer::GivenUp) => return Outcome::Expected(None),
        Err(NoAnswer::Timeout) => return Outcome::Unexpected(Problem::Timeout, "no whole answer in time".into()),
        Err(NoAnswer::TooLong) => return Outcome::Unexpected(Problem::Content, "longer than any document".into()),
        Err(NoAnswer::Connection(why)) => return Outcome::Unexpected(Problem::Connection, why.clone()),
    };
    if !is_expected(operation, answer.status) {
        let text = format!("answered {}: {}", answer.status, excerpt(&answer.body));
        return Outcome::Unexpected(Problem::Status(answer.status.as_u16()), text);
    }
    let wrong = match operation {
        Operation::Write => key(answer).err(),
        Operation::Read => header(answer, &CONTENT_TYPE, "application/json").or_else(|| difference(&answer.body)),
        Operation::Delete | Operation::Failing(Failing::Path) => None,
        Operation::Failing(Failing::Method) if !answer.headers.contains_key(ALLOW) => {
            Some("lacks the header allow".into())
        }
        _ => header(answer, &CONTENT_TYPE, "application/problem+json"),
    };
    match wrong {
        None => Outcome::Expected(Some(answer.status.as_u16())),
        Some(wrong) => Outcome::Unexpected(Problem::Content, wrong),
    }
}

fn is_expected(operation: Operation, status: StatusCode) -> bool {
    match operation {
        Operation::Write => status == StatusCode::CREATED,
        Operation::Read => status == StatusCode::OK,
        Operation::Delete => status == StatusCode::NO_CONTENT,
        Operation::Missing => status == StatusCode::NOT_FOUND,
        Operation::InvalidJson => status == StatusCode::BAD_REQUEST,
        Operation::WrongType => status == StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Operation::TooLarge => status == StatusCode::PAYLOAD_TOO_LARGE,
        Operation::Failing(Failing::Method) => status == StatusCode::METHOD_NOT_ALLOWED,
        Operation::Failing(Failing::Slow) => status == StatusCode::REQUEST_TIMEOUT,
        Operation::Failing(Failing::Path) => status.is_server_error(),
        // The service cannot have seen the end of it.
        Operation::Failing(Failing::Cut) => false,
    }
}

/// The key of a document that was written, or what is wrong with the answer.
pub(crate) fn key(answer: &Answer) -> Result<Box<str>, String> {
    #[derive(Deserialize)]
    struct Written {
        key: Box<str>,
    }
    let Written { key } = serde_json::from_slice(&answer.body)
        .map_err(|error| format!("is no object with a key ({error}): {}", excerpt(&answer.body)))?;
    let id = Uuid::try_parse(&key).ok().filter(|id| id.get_version() == Some(Version::SortRand));
    if id.is_none_or(|id| id.to_string() != *key) {
        return Err(format!("gives the key {key:?}, which is no UUID of version 7 in its usual form"));
    }
    let location = answer.headers.get(LOCATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    match location.strip_suffix(&*key) {
        Some(before) if before.ends_with("/data/") => Ok(key),
        _ => Err(format!("gives the key {key} and the location {location:?}, expected \"/data/{key}\"")),
    }
}

/// Says what is wrong with a header that has to begin with `expected`.
fn header(answer: &Answer, name: &HeaderName, expected: &str) -> Option<String> {
    let value = answer.headers.get(name).map_or(&b""[..], HeaderValue::as_bytes);
    let wrong = !value.starts_with(expected.as_bytes());
    wrong.then(|| format!("gives {name} {:?}, expected {expected:?}", String::from_utf8_lossy(value)))
}

fn excerpt(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(&body[..body.len().min(4 * EXCERPT)]);
    let short: String = text.chars().take(EXCERPT).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if short.is_empty() { "no body".into() } else { short }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

    fn answer(status: u16, headers: &[(&'static str, &str)], body: &str) -> Answer {
        let headers = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).expect("a header")));
        Answer {
            status: StatusCode::from_u16(status).expect("a status"),
            headers: headers.collect(),
            body: body.to_owned().into(),
        }
    }

    fn judged(operation: Operation, answer: &Answer) -> Outcome {
        judge(operation, Ok(answer), |body| (body != b"{}").then(|| "differs".into()))
    }

    #[test]
    fn a_key_of_nothing_is_a_key() {
        let key = key_of_nothing();
        assert_eq!((key.get_version(), key.to_string().len()), (Some(Version::SortRand), 36));
        assert_ne!(key, key_of_nothing());
    }

    #[test]
    fn what_is_right_is_expected() {
        let problem = ("content-type", "application/problem+json");
        let location = format!("/data/{KEY}");
        let key = format!(r#"{{"key":"{KEY}"}}"#);
        for (operation, answer) in [
            (Operation::Write, answer(201, &[("location", &location)], &key)),
            (Operation::Read, answer(200, &[("content-type", "application/json")], "{}")),
            (Operation::Delete, answer(204, &[], "")),
            (Operation::Missing, answer(404, &[problem], "{}")),
            (Operation::InvalidJson, answer(400, &[problem], "{}")),
            (Operation::WrongType, answer(415, &[problem], "{}")),
            (Operation::TooLarge, answer(413, &[problem], "{}")),
            (Operation::Failing(Failing::Method), answer(405, &[("allow", "GET,POST"), problem], "{}")),
            (Operation::Failing(Failing::Slow), answer(408, &[problem], "{}")),
            (Operation::Failing(Failing::Path), answer(503, &[], "")),
        ] {
            assert_eq!(judged(operation, &answer), Outcome::Expected(Some(answer.status.as_u16())), "{operation:?}");
        }
        let cut = judge(Operation::Failing(Failing::Cut), Err(&NoAnswer::GivenUp), |_| None);
        assert_eq!(cut, Outcome::Expected(None));
    }

    #[test]
    fn rejects_another_status() {
        let all = [Operation::Write, Operation::Read, Operation::Delete, Operation::Missing, Operation::InvalidJson];
        let failing = [Failing::Method, Failing::Slow, Failing::Cut, Failing::Path].map(Operation::Failing);
        for operation in all.into_iter().chain([Operation::WrongType, Operation::TooLarge]).chain(failing) {
            let outcome = judged(operation, &answer(302, &[], "moved\n"));
            let text = "answered 302 Found: moved ".to_owned();
            assert_eq!(outcome, Outcome::Unexpected(Problem::Status(302), text), "{operation:?}");
        }
    }

    #[test]
    fn rejects_wrong_content() {
        let location = format!("/data/{KEY}");
        let key = format!(r#"{{"key":"{KEY}"}}"#);
        let upper = format!(r#"{{"key":"{}"}}"#, KEY.to_uppercase());
        for (operation, answer, part) in [
            (Operation::Write, answer(201, &[("location", &location)], "{}"), "is no object with a key"),
            (Operation::Write, answer(201, &[("location", &location)], r#"{"key":"../../etc"}"#), "\"../../etc\""),
            (Operation::Write, answer(201, &[("location", &location)], &upper), "in its usual form"),
            (Operation::Write, answer(201, &[], &key), "the location \"\""),
            (Operation::Write, answer(201, &[("location", "/data/another")], &key), "\"/data/another\""),
            (Operation::Read, answer(200, &[("content-type", "application/json")], "{ }"), "differs"),
            (Operation::Read, answer(200, &[], "{}"), "gives content-type \"\""),
            (Operation::Missing, answer(404, &[("content-type", "text/plain")], ""), "text/plain"),
            (Operation::Failing(Failing::Method), answer(405, &[], ""), "lacks the header allow"),
        ] {
            let Outcome::Unexpected(Problem::Content, text) = judged(operation, &answer) else {
                panic!("{operation:?} is not seen: {answer:?}");
            };
            assert!(text.contains(part), "{text}");
        }
    }

    #[test]
    fn rejects_no_answer() {
        for (why, problem) in [
            (NoAnswer::Timeout, Problem::Timeout),
            (NoAnswer::TooLong, Problem::Content),
            (NoAnswer::Connection("reset".into()), Problem::Connection),
        ] {
            let outcome = judge(Operation::Read, Err(&why), |_| None);
            assert!(matches!(outcome, Outcome::Unexpected(found, _) if found == problem), "{why:?}");
        }
    }
}
