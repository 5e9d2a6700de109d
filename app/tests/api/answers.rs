//! What is answered to whom.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::{ACCEPT, ALLOW, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, LOCATION};
use axum::http::{Request, StatusCode};
use bytes::Bytes;
use data_processor::api::{Api, Limits, router};
use data_processor::server::Stopping;
use data_processor::store::{Key, MemoryStore};
use serde_json::{Value, json};

use crate::asking::{ask, post, send, service, service_with, stored};

#[tokio::test]
async fn a_document_is_stored_read_listed_and_removed() {
    let router = service();
    let document = "\n { \"b\" : 1.10, \"a\": [\"\\u00e9\", \"é\", 1e3],  \"a\": null } ";
    let created = post(&router, document).await;
    assert_eq!(created.status, StatusCode::CREATED);
    assert_eq!(created.headers[CONTENT_TYPE], "application/json");
    let key = created.json()["key"].as_str().expect("a key").to_owned();
    assert_eq!(created.json(), json!({"key": key}));
    assert_eq!(created.headers[LOCATION], format!("/data/{key}"));
    key.parse::<Key>().expect("a key in its one form");

    let path = format!("/data/{key}");
    let read = ask(&router, "GET", &path).await;
    assert_eq!((read.status, &*read.body), (StatusCode::OK, document.as_bytes()));
    assert_eq!(read.headers[CONTENT_TYPE], "application/json");
    assert_eq!(read.headers[CACHE_CONTROL], "no-store");
    assert_eq!(read.headers["x-content-type-options"], "nosniff");

    let head = ask(&router, "HEAD", &path).await;
    assert_eq!((head.status, head.body.len()), (StatusCode::OK, 0));
    assert_eq!(head.headers[CONTENT_LENGTH], document.len().to_string());

    let list = ask(&router, "GET", "/data").await;
    assert_eq!((list.status, list.json()), (StatusCode::OK, json!({"keys": [key], "next": null})));

    let removed = ask(&router, "DELETE", &path).await;
    assert_eq!((removed.status, removed.body.len()), (StatusCode::NO_CONTENT, 0));
    for method in ["GET", "DELETE"] {
        let detail = ask(&router, method, &path).await.problem(404, "Not Found", &path);
        assert_eq!(detail, "there is no document with this key");
    }
}

#[tokio::test]
async fn health_and_readiness_are_told() {
    let router = service();
    let about = json!({"service": "data-processor", "version": env!("CARGO_PKG_VERSION")});
    let mut health = ask(&router, "GET", "/health").await.json();
    assert_eq!(health["status"].take(), "ok");
    let mut ready = ask(&router, "GET", "/ready").await.json();
    assert_eq!(ready["status"].take(), "ready");
    for (name, value) in about.as_object().expect("an object") {
        assert_eq!((&health[name], &ready[name]), (value, value));
    }
    assert_eq!(ready["storage"], "memory");
}

#[tokio::test]
async fn readiness_ends_when_the_service_stops() {
    let stopping = Stopping::default();
    let store = Arc::new(MemoryStore::default());
    let router = router(Api { store, limits: Limits::default(), stopping: stopping.clone() });
    assert_eq!(ask(&router, "GET", "/ready").await.status, StatusCode::OK);
    stopping.begin();
    let detail = ask(&router, "GET", "/ready").await.problem(503, "Service Unavailable", "/ready");
    assert_eq!(detail, "the service is stopping");
    assert_eq!(ask(&router, "GET", "/health").await.status, StatusCode::OK);
    stored(&router, "1").await;
}

#[tokio::test]
async fn a_list_is_read_in_parts() {
    let router = service();
    let mut keys = BTreeSet::new();
    for _ in 0..250 {
        keys.insert(stored(&router, "1").await);
    }
    let (mut read, mut sizes, mut path) = (Vec::new(), Vec::new(), "/data".to_owned());
    loop {
        let list = ask(&router, "GET", &path).await.json();
        let part: Vec<String> = serde_json::from_value(list["keys"].clone()).expect("keys");
        sizes.push(part.len());
        read.extend(part);
        let Some(next) = list["next"].as_str() else { break };
        path = format!("/data?cursor={next}");
    }
    assert_eq!(sizes, [100, 100, 50]);
    assert!(read.iter().eq(&keys), "each key once, in order");

    let all = ask(&router, "GET", "/data?limit=1000&prefix=").await.json();
    assert_eq!((all["keys"].as_array().map(Vec::len), &all["next"]), (Some(250), &Value::Null));
    let prefix = &read[17];
    let one = ask(&router, "GET", &format!("/data?prefix={prefix}&limit=1")).await.json();
    assert_eq!(one, json!({"keys": [prefix], "next": null}));
    assert_eq!(ask(&router, "GET", "/data?prefix=ffff").await.json(), json!({"keys": [], "next": null}));
}

#[tokio::test]
async fn rejects_wrong_parameters() {
    let router = service();
    for (query, detail) in [
        ("limit=0", r#"limit must be a whole number from 1 to 1000, got "0""#),
        ("limit=1001", r#"limit must be a whole number from 1 to 1000, got "1001""#),
        ("limit=", r#"limit must be a whole number from 1 to 1000, got """#),
        ("limit=%2b5", r#"limit must be a whole number from 1 to 1000, got "+5""#),
        (
            "limit=99999999999999999999999",
            r#"limit must be a whole number from 1 to 1000, got "99999999999999999999999""#,
        ),
        ("prefix=..%2F", r#"prefix must be the beginning of a key, such as 0198c2f4-, got "../""#),
        ("prefix=A", r#"prefix must be the beginning of a key, such as 0198c2f4-, got "A""#),
        ("cursor=x", r#"cursor must be the member next of an earlier answer, got "x""#),
        ("cursor=%ff", r#"cursor must be the member next of an earlier answer, got "�""#),
        ("limit=1&limit=2", "limit must be given once"),
        ("Limit=1", r#"the query parameters are prefix, limit and cursor, got "Limit""#),
        ("x", r#"the query parameters are prefix, limit and cursor, got "x""#),
    ] {
        let answer = ask(&router, "GET", &format!("/data?{query}")).await;
        assert_eq!(answer.problem(400, "Bad Request", "/data"), detail);
    }
}

#[tokio::test]
async fn rejects_what_is_no_json() {
    let router = service();
    let deep = format!("{}{}", "[".repeat(128), "]".repeat(128));
    for (body, detail) in [
        (&b""[..], "EOF while parsing a value at line 1 column 0"),
        (b" ", "EOF while parsing a value at line 1 column 1"),
        (b"{", "EOF while parsing an object at line 1 column 1"),
        (b"{\"a\":1,}", "trailing comma at line 1 column 8"),
        (b"{\n  'a': 1\n}", "key must be a string at line 2 column 3"),
        (b"1 2", "trailing characters at line 1 column 3"),
        (b"{}\0", "trailing characters at line 1 column 3"),
        (b"NaN", "expected value at line 1 column 1"),
        (b"-Infinity", "invalid number at line 1 column 2"),
        (b"01", "invalid number at line 1 column 2"),
        (b"1e999", "number out of range at line 1 column 5"),
        (b"\xef\xbb\xbf1", "expected value at line 1 column 1"),
        (b"\"\xff\"", "invalid unicode code point at line 1 column 2"),
        (b"\"\xed\xa0\x80\"", "invalid unicode code point at line 1 column 2"),
        (b"\"\\ud800\"", "unexpected end of hex escape at line 1 column 8"),
        (b"\"a\nb\"", "control character (\\u0000-\\u001F) found while parsing a string at line 2 column 0"),
        (b"// no\n1", "expected value at line 1 column 1"),
        (deep.as_bytes(), "recursion limit exceeded at line 1 column 128"),
    ] {
        let answer = post(&router, Bytes::copy_from_slice(body)).await;
        let told = answer.problem(400, "Bad Request", "/data");
        assert_eq!(told, format!("the body must be one JSON document in UTF-8: {detail}"));
    }
    for document in ["null", "0", "-0.0", "\"\"", "\"\\ud83d\\ude00\"", " [ ] \n", "{\"a\":{\"a\":[{}]}}", "1.7e308"] {
        stored(&router, document).await;
    }
    let list = ask(&router, "GET", "/data").await.json();
    assert_eq!(list["keys"].as_array().map(Vec::len), Some(8), "nothing else was stored");
}

#[tokio::test]
async fn rejects_other_types_than_json() {
    let router = service();
    for (given, told) in [(None, "none"), (Some("text/plain"), "text/plain"), (Some(""), "")] {
        let mut request = Request::post("/data");
        if let Some(given) = given {
            request = request.header(CONTENT_TYPE, given);
        }
        let answer = send(&router, request.body("{}".into()).expect("a valid request")).await;
        let detail = answer.problem(415, "Unsupported Media Type", "/data");
        let expected = format!("the content type must be application/json or application/*+json in UTF-8, got {told}");
        assert_eq!(detail, expected);
        assert_eq!(answer.headers[ACCEPT], "application/json");
    }
    let request = Request::post("/data").header(CONTENT_TYPE, "application/json").header("content-encoding", "gzip");
    let answer = send(&router, request.body("{}".into()).expect("a valid request")).await;
    assert_eq!(answer.problem(415, "Unsupported Media Type", "/data"), "the content must not be encoded, got gzip");
    let request = Request::post("/data").header(CONTENT_TYPE, "application/cloudevents+json; charset=UTF-8");
    assert_eq!(send(&router, request.body("{}".into()).expect("a valid request")).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn rejects_what_is_too_large() {
    let limits = Limits { body: 100, ..Limits::default() };
    let router = service_with(Arc::new(MemoryStore::default()), limits);
    let exact = format!("\"{}\"", "x".repeat(98));
    assert_eq!(post(&router, exact.clone()).await.status, StatusCode::CREATED);
    let over = format!("{exact} ");
    let announced = post(&router, over.clone()).await;
    assert_eq!(announced.problem(413, "Payload Too Large", "/data"), "the body must have at most 100 bytes");
    // Without a length, as chunked transfer has it.
    let parts: Vec<Result<_, std::io::Error>> = over.bytes().map(|byte| Ok(Bytes::from(vec![byte]))).collect();
    let streamed = post(&router, Body::from_stream(futures_util::stream::iter(parts))).await;
    streamed.problem(413, "Payload Too Large", "/data");
}

#[tokio::test]
async fn rejects_unknown_paths_and_keys() {
    let router = service();
    for path in ["/", "/health/", "/data/", "/data/a/b", "/Data", "//data", "/data/../health", "/metrics", "/%64ata"] {
        assert_eq!(ask(&router, "GET", path).await.problem(404, "Not Found", path), "there is nothing under this path");
    }
    let key = stored(&router, "1").await;
    let encoded: String = key.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let others = [key.to_uppercase(), key.replace('-', ""), format!("{key}%00"), format!("%2e%2e%2f{key}"), encoded];
    for other in others.iter().map(String::as_str).chain(["..", "%2e%2e", "..%2f..%2fetc%2fpasswd", "%00", "x", "%ff"])
    {
        let path = format!("/data/{other}");
        for method in ["GET", "HEAD", "DELETE"] {
            let answer = ask(&router, method, &path).await;
            if method == "HEAD" {
                assert_eq!((answer.status, answer.body.len()), (StatusCode::NOT_FOUND, 0));
            } else {
                assert_eq!(answer.problem(404, "Not Found", &path), "there is no document with this key");
            }
        }
    }
}

#[tokio::test]
async fn rejects_other_methods_and_tells_the_right_ones() {
    let router = service();
    let key = stored(&router, "1").await;
    for (path, allowed) in [
        ("/health", "GET,HEAD"),
        ("/ready", "GET,HEAD"),
        ("/data", "GET,HEAD,POST"),
        (&*format!("/data/{key}"), "DELETE,GET,HEAD"),
    ] {
        for method in ["PUT", "PATCH", "OPTIONS", "TRACE", "BREW"] {
            let answer = ask(&router, method, path).await;
            let detail = answer.problem(405, "Method Not Allowed", path);
            assert_eq!(detail, format!("this path does not take the method {method}"));
            let told = answer.headers[ALLOW].to_str().expect("text").to_owned();
            let (mut told, mut allowed): (Vec<_>, Vec<_>) = (told.split(',').collect(), allowed.split(',').collect());
            told.sort_unstable();
            allowed.sort_unstable();
            assert_eq!(told, allowed);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_body_is_given_up() {
    let limits = Limits { request: Duration::from_secs(3), ..Limits::default() };
    let router = service_with(Arc::new(MemoryStore::default()), limits);
    let parts = futures_util::stream::unfold((), async |()| {
        tokio::time::sleep(Duration::from_secs(1)).await;
        Some((Ok::<_, std::io::Error>(Bytes::from_static(b" ")), ()))
    });
    let answer = post(&router, Body::from_stream(Box::pin(parts))).await;
    assert_eq!(answer.problem(408, "Request Timeout", "/data"), "the body must arrive within 3000 ms");
}

#[tokio::test]
async fn a_broken_body_is_told() {
    let router = service();
    let parts = futures_util::stream::iter([Ok(Bytes::from_static(b"{")), Err(std::io::Error::other("cut"))]);
    let answer = post(&router, Body::from_stream(parts)).await;
    let detail = answer.problem(400, "Bad Request", "/data");
    assert_eq!(detail, "the body must arrive as its headers announce it");
}
