//! Faults in the service, each of which the canary must find and name.

use std::time::Duration;

use serde_json::Value;

use crate::function::{Invoked, invoked};
use crate::service::{Fault, Service};

const WRITES: [&str; 2] = ["write-1", "write-2"];
const READS: [&str; 2] = ["read-1", "read-2"];

/// Runs the canary against a service with this fault: these checks fail and no others, and each says `expected` and
/// `got` in Lambda's error and in its line of the log.
async fn catches(fault: Fault, checks: &[&str], expected: &str, got: &str) -> (Invoked, Service) {
    catches_with(&[], fault, checks, expected, got).await
}

async fn catches_with(
    variables: &[(&str, &str)],
    fault: Fault,
    checks: &[&str],
    expected: &str,
    got: &str,
) -> (Invoked, Service) {
    let service = Service::new(Some(fault));
    let url = service.start().await;
    let invoked = invoked(&[&[("DATA_PROCESSOR_URL", url.as_str())], variables].concat()).await;
    let (failed, message) = invoked.failure();
    assert_eq!(failed, checks, "{message}");
    assert!(message.starts_with(&format!("{} of 6 checks failed: {}: ", checks.len(), checks[0])), "{message}");
    for check in checks {
        assert!(message.contains(&format!("{check}: ")), "{check} is named: {message}");
    }
    assert!(message.contains(&format!("expected {expected}")) && message.contains(&format!("got {got}")), "{message}");
    for line in invoked.lines("check failed") {
        let text = |member: &str| line[member].as_str().expect("a text").to_owned();
        assert_eq!((&line["level"], &line["Success"]), (&"ERROR".into(), &0.into()));
        assert!(text("expected").contains(expected) || text("got").starts_with("no call"), "{line}");
    }
    assert!(
        invoked.lines("check failed").iter().any(|line| line["got"].as_str().is_some_and(|text| text.contains(got)))
    );
    assert_eq!(invoked.lines("check failed").len() + invoked.lines("check passed").len(), 6, "all six are reported");
    (invoked, service)
}

#[tokio::test]
async fn control_nothing_is_wrong() {
    let service = Service::new(None);
    let url = service.start().await;
    let invoked = invoked(&[("DATA_PROCESSOR_URL", url.as_str())]).await;
    assert_eq!(invoked.posted[0].kind, "response", "{:?}", invoked.posted[0].body);
    assert_eq!(invoked.lines("check failed"), Vec::<&Value>::new());
    assert_eq!(invoked.lines("check passed").len(), 6);
    assert_eq!(service.documents(), Vec::<Vec<u8>>::new());
}

#[tokio::test]
async fn catches_another_status_of_a_write() {
    // The documents are there all the same, so they are read and removed.
    let (_, service) = catches(Fault::WriteAnswers200, &WRITES, "status 201", "status 200").await;
    assert_eq!(service.documents(), Vec::<Vec<u8>>::new());
}

#[tokio::test]
async fn catches_a_write_that_fails() {
    let checks = [WRITES, READS].concat();
    let (invoked, service) = catches(Fault::WriteFails, &checks, "status 201", "status 500: {").await;
    let not_made: Vec<_> =
        invoked.log.iter().filter(|line| line["got"] == "no call: the document was not written").collect();
    assert_eq!(not_made.len(), 2, "the reads are reported as not made");
    assert!(not_made.iter().all(|line| line.get("Duration").is_none()), "what was not made took no time");
    assert_eq!(service.seen().len(), 4);
}

#[tokio::test]
async fn catches_a_201_that_stores_nothing() {
    catches(Fault::WriteStoresNothing, &READS, "status 200", "status 404: {").await;
}

#[tokio::test]
async fn catches_a_write_without_location() {
    catches(Fault::WriteHasNoLocation, &WRITES, "location: /data/", "no location").await;
}

#[tokio::test]
async fn catches_a_location_on_another_host() {
    catches(Fault::WriteLocatesAnotherHost, &WRITES, "location: /data/", "http://10.0.0.7:8080/data/").await;
}

#[tokio::test]
async fn catches_a_write_without_key() {
    let (_, service) = catches(Fault::WriteHasNoKey, &WRITES, "a body {\"key\":\"…\"}", "{\"id\":").await;
    assert_eq!(service.documents(), Vec::<Vec<u8>>::new(), "the location is enough to remove it");
}

#[tokio::test]
async fn catches_writes_that_overwrite_each_other() {
    catches(Fault::WritesShareAKey, &["read-1"], "the document as it was written", "another document: ").await;
}

#[tokio::test]
async fn catches_a_connection_closed_without_an_answer() {
    let checks = [WRITES, READS].concat();
    catches(Fault::WriteIsNotAnswered, &checks, "status 201", "no answer: ").await;
}

#[tokio::test]
async fn catches_a_missing_key_that_is_found() {
    catches(Fault::MissingReadIs200, &["read-missing"], "status 404", "status 200: null").await;
}

#[tokio::test]
async fn catches_a_missing_key_that_is_an_internal_error() {
    catches(Fault::MissingReadIs500, &["read-missing"], "status 404", "status 500: {").await;
}

#[tokio::test]
async fn catches_a_404_that_is_no_problem_document() {
    let expected = "content-type: application/problem+json";
    catches(Fault::MissingReadIsPlain, &["read-missing"], expected, "content-type: text/html").await;
}

#[tokio::test]
async fn catches_a_problem_document_of_another_status() {
    let expected = "a problem document with a title and status 404";
    catches(Fault::ProblemHasAnotherStatus, &["read-missing"], expected, "{\"status\":500").await;
}

#[tokio::test]
async fn catches_a_trace_that_does_not_go_through() {
    catches(Fault::MissingReadIsOfAnotherTrace, &["read-missing"], "trace_id ", "trace_id \"0000").await;
}

#[tokio::test]
async fn catches_the_wrong_document() {
    let expected = "the document as it was written";
    catches(Fault::ReadIsOfTheOtherDocument, &READS, expected, "another document: ").await;
}

#[tokio::test]
async fn catches_a_truncated_body() {
    let (invoked, _) = catches(Fault::ReadIsTruncated, &READS, "a whole body", "").await;
    let end = "bytes, and no end: error reading a body from connection: end of file before message length reached";
    assert!(invoked.failure().1.ends_with(end));
}

#[tokio::test]
async fn catches_a_body_that_stalls() {
    let limit = [("CHECK_TIME_LIMIT_MS", "1500"), ("CHECK_THRESHOLD_MS", "1500")];
    let (invoked, _) = catches_with(&limit, Fault::ReadStalls, &READS, "a whole body", "").await;
    assert!(invoked.failure().1.contains(" bytes within 1500 ms, and no end"));
}

#[tokio::test]
async fn catches_an_endless_body() {
    catches(Fault::ReadIsEndless, &READS, "a whole body", "more than 65536 bytes").await;
}

#[tokio::test]
async fn catches_an_empty_body() {
    catches(Fault::ReadIsEmpty, &READS, "the document as it was written", "no JSON: an empty body").await;
}

#[tokio::test]
async fn catches_a_slow_answer() {
    let threshold = [("CHECK_THRESHOLD_MS", "1500")];
    let fault = Fault::ReadIsSlow(Duration::from_millis(1_600));
    let (invoked, _) = catches_with(&threshold, fault, &READS, "at most 1500 ms", "1").await;
    for line in invoked.lines("check failed") {
        assert_eq!(line["status"], 200, "the answer is right otherwise");
        assert!(line["Duration"].as_f64().is_some_and(|time| time >= 1_600.0), "{line}");
    }
}

#[tokio::test]
async fn catches_checks_that_are_slow_together() {
    let service = Service::new(Some(Fault::ReadIsSlow(Duration::from_millis(300))));
    let url = service.start().await;
    let invoked = invoked(&[("DATA_PROCESSOR_URL", url.as_str()), ("TOTAL_THRESHOLD_MS", "500")]).await;
    let (failed, message) = invoked.failure();
    assert_eq!(failed, Vec::<&str>::new(), "none of them is slow by itself");
    assert!(message.starts_with("0 of 6 checks failed: together: expected at most 500 ms, got "), "{message}");
}

#[tokio::test]
async fn catches_an_answer_that_never_comes() {
    let limit = [("CHECK_TIME_LIMIT_MS", "1500"), ("CHECK_THRESHOLD_MS", "1500")];
    catches_with(&limit, Fault::ReadNeverComes, &READS, "status 200", "nothing within 1500 ms").await;
}

#[tokio::test]
async fn catches_content_in_other_bytes() {
    catches(Fault::ReadIsReformatted, &READS, "the document as it was written", "the same content in other bytes")
        .await;
}

#[tokio::test]
async fn catches_changed_numbers() {
    catches(Fault::ReadRoundsNumbers, &READS, "the document as it was written", "the document with other content")
        .await;
}

#[tokio::test]
async fn catches_another_content_type() {
    let expected = "content-type: application/json";
    catches(Fault::ReadHasAnotherType, &READS, expected, "content-type: text/plain; charset=utf-8").await;
}

#[tokio::test]
async fn catches_an_error_with_a_status_of_success() {
    let got = "another document: {\"error\":\"the database is away\"}";
    catches(Fault::ReadIsAnErrorWith200, &READS, "the document as it was written", got).await;
}

#[tokio::test]
async fn catches_a_redirect() {
    catches(Fault::ReadIsRedirected, &READS, "status 200", "status 302").await;
}

#[tokio::test]
async fn catches_invalid_json_that_is_stored() {
    let (_, service) = catches(Fault::InvalidJsonIsStored, &["write-invalid"], "status 400", "status 201: {").await;
    assert_eq!(service.documents(), Vec::<Vec<u8>>::new(), "what should not be there is removed too");
}

#[tokio::test]
async fn catches_invalid_json_that_is_an_internal_error() {
    catches(Fault::InvalidJsonIs500, &["write-invalid"], "status 400", "status 500: {").await;
}

#[tokio::test]
async fn catches_a_service_that_is_not_there() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    drop(listener);
    let invoked = invoked(&[("DATA_PROCESSOR_URL", url.as_str())]).await;
    let (failed, message) = invoked.failure();
    assert_eq!(failed.len(), 6);
    assert!(message.contains("expected status 201, got no answer: client error (Connect): "), "{message}");
}
