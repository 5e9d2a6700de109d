//! The calls of an invocation, as the service sees them, and what it returns.

use std::time::Duration;

use hyper::Method;
use serde_json::Value;

use crate::function::{invoked, invoked_with};
use crate::runtime_api::Invocation;
use crate::service::{Fault, Service};

#[tokio::test]
async fn six_calls_are_made_and_what_they_wrote_is_removed() {
    let service = Service::new(None);
    let url = service.start().await;
    let invoked = invoked(&[("DATA_PROCESSOR_URL", url.as_str())]).await;
    let seen = service.seen();
    let calls: Vec<_> =
        seen.iter().map(|seen| (seen.method.as_str(), seen.status.expect("answered").as_u16())).collect();
    let expected = [
        ("POST", 201),
        ("POST", 201),
        ("GET", 200),
        ("GET", 200),
        ("GET", 404),
        ("POST", 400),
        ("DELETE", 204),
        ("DELETE", 204),
    ];
    assert_eq!(calls, expected);
    assert_ne!(seen[0].body, seen[1].body, "the documents are distinct");
    assert_ne!(seen[2].path, seen[3].path, "each is read");
    assert_eq!([&seen[2].path, &seen[3].path], [&seen[6].path, &seen[7].path], "each is removed");
    assert!(serde_json::from_slice::<Value>(&seen[5].body).is_err(), "it is no JSON");
    for seen in &seen {
        assert_eq!(seen.headers["user-agent"], concat!("test-runner/", env!("CARGO_PKG_VERSION")));
        assert_eq!(seen.headers.contains_key("content-type"), seen.method == Method::POST);
    }

    let report = &invoked.posted[0].body;
    let checks = report["checks"].as_array().expect("a list");
    let names: Vec<_> = checks.iter().map(|check| check["check"].as_str().expect("a name")).collect();
    assert_eq!(names, ["write-1", "write-2", "read-1", "read-2", "read-missing", "write-invalid"]);
    assert_eq!(checks[0]["request"], format!("POST {url}/data"));
    let sum: f64 = checks.iter().map(|check| check["durationMs"].as_f64().expect("a time")).sum();
    assert!(report["durationMs"].as_f64().is_some_and(|time| time >= sum), "{report}");
    assert!(report.get("leftBehind").is_none() && report.get("misses").is_none(), "{report}");
}

#[tokio::test]
async fn each_invocation_writes_documents_of_its_own() {
    let service = Service::new(None);
    let url = service.start().await;
    let variables = [("DATA_PROCESSOR_URL", url.as_str())];
    let invoked = invoked_with(&variables, [Invocation::new("request-1"), Invocation::new("request-2")]).await;
    let ids: Vec<_> = invoked.posted.iter().map(|posted| (posted.kind.as_str(), posted.request_id.as_str())).collect();
    assert_eq!(ids, [("response", "request-1"), ("response", "request-2")]);
    let mut bodies: Vec<_> = service.seen().into_iter().map(|seen| seen.body).filter(|body| body.len() > 50).collect();
    assert_eq!(bodies.len(), 4);
    bodies.sort();
    bodies.dedup();
    assert_eq!(bodies.len(), 4);
}

#[tokio::test]
async fn a_base_path_is_kept() {
    let service = Service::new(None);
    let url = format!("{}/v1/", service.start().await);
    let invoked = invoked(&[("DATA_PROCESSOR_URL", url.as_str())]).await;
    assert!(service.seen().iter().all(|seen| seen.path == "/v1/data" || seen.path.starts_with("/v1/data/")));
    assert_eq!(invoked.failure().0.len(), 6, "this service has no such path");
}

#[tokio::test]
async fn what_cannot_be_removed_is_a_warning_and_a_metric() {
    let service = Service::new(Some(Fault::DeleteFails));
    let url = service.start().await;
    let invoked = invoked(&[("DATA_PROCESSOR_URL", url.as_str())]).await;
    assert_eq!(invoked.posted[0].kind, "response", "it fails no invocation");
    assert_eq!(invoked.posted[0].body["leftBehind"].as_array().map(Vec::len), Some(2));
    let warnings = invoked.lines("a document is left behind");
    assert_eq!(warnings.len(), 2);
    for line in warnings {
        assert_eq!(line["level"], "WARN");
        assert_eq!((&line["expected"], &line["got"]), (&"status 204".into(), &"status 503".into()));
        assert!(line["request"].as_str().is_some_and(|text| text.starts_with(&format!("DELETE {url}/data/"))));
    }
    assert_eq!(invoked.lines("all checks passed")[0]["CleanupFailures"], 2);
}

#[tokio::test]
async fn the_failure_is_reported_before_lambda_ends_the_function() {
    // Each call may take 20 s, the function has 5 s: it gives up in time, removes what it wrote and says so.
    let service = Service::new(Some(Fault::ReadNeverComes));
    let url = service.start().await;
    let mut invocation = Invocation::new("request-1");
    invocation.time = Duration::from_secs(5);
    let invoked = invoked_with(&[("DATA_PROCESSOR_URL", url.as_str())], [invocation]).await;
    assert!(invoked.took[0] < Duration::from_secs(5), "{:?}", invoked.took);
    let (failed, message) = invoked.failure();
    assert_eq!(failed, ["read-1", "read-2", "read-missing", "write-invalid"]);
    assert!(message.contains("read-1: ") && message.contains("got nothing within "), "{message}");
    assert!(message.contains("no call: the function's own time is up"), "{message}");
    assert_eq!(service.documents(), Vec::<Vec<u8>>::new(), "time was left to remove them");
}
