//! What is said where S3 or STS refuses, which the emulator never does: a server of our own answers in their place.

use std::error::Error as _;
use std::fs;

use belvedere_deployer::{AssetState, Event};
use serde_json::json;

use crate::assets::{connection, publish, write};
use crate::fake::{Answer, Fake, Request};

const CALLER: &str = "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
    <GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/ci</Arn><UserId>A</UserId><Account>123456789012</Account>\
    </GetCallerIdentityResult></GetCallerIdentityResponse>";

const DENIED: &str = "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type>\
    <Code>AccessDenied</Code><Message>not authorized</Message></Error><RequestId>1</RequestId></ErrorResponse>";

/// What STS answers: who asks, and that no role may be assumed. Nothing where S3 is asked.
fn sts(request: &Request) -> Option<Answer> {
    if request.method != "POST" || request.target != "/" {
        return None;
    }
    let is_role = request.body.contains("Action=AssumeRole");
    Some(if is_role { Answer::new(403).body(DENIED) } else { Answer::new(200).body(CALLER) })
}

fn one_file(case: &str, role_arn: Option<&str>) -> std::path::PathBuf {
    let mut destination =
        json!({ "bucketName": "belvedere-assets-${AWS::AccountId}-${AWS::Region}", "objectKey": "key" });
    if let Some(role_arn) = role_arn {
        destination["assumeRoleArn"] = role_arn.into();
    }
    let file =
        json!({ "displayName": "Net/File", "source": { "path": "asset" }, "destinations": { "here": destination } });
    let directory = write(case, &json!({ "id": file }), &json!({}));
    fs::write(directory.join("asset"), "text").expect("written");
    directory
}

async fn refused(case: &str, s3: fn(&Request) -> Answer) -> (String, Option<String>, Vec<Request>) {
    let fake = Fake::start(move |request| sts(request).unwrap_or_else(|| s3(request)));
    let (outcome, _) = publish(&one_file(case, None), connection(&fake.url)).await;
    let error = outcome.expect_err("refused");
    assert_eq!(error.to_string(), "cannot publish Net/File");
    let requests = fake.stop();
    (error.source().expect("a cause").to_string(), error.hint(), requests)
}

#[tokio::test]
async fn a_bucket_of_another_account_is_refused() {
    let owned_by_another = |request: &Request| {
        let asks = request.headers.get("x-amz-expected-bucket-owner");
        Answer::new(if asks.is_some_and(|owner| owner == "123456789012") { 403 } else { 200 })
    };
    let (text, hint, requests) = refused("assets-foreign", owned_by_another).await;
    let bucket = "belvedere-assets-123456789012-eu-central-1";
    assert_eq!(text, format!("the bucket {bucket} belongs to another account than 123456789012"));
    assert!(hint.expect("a hint").starts_with("do not publish to it"));
    assert!(requests.iter().all(|request| request.method != "PUT"), "nothing is sent to it: {requests:#?}");

    let (text, hint, _) = refused("assets-denied", |_| Answer::new(403)).await;
    let expected =
        format!("access to the bucket {bucket} is denied: it may belong to another account than 123456789012");
    assert_eq!(text, expected);
    assert!(hint.expect("a hint").contains("s3:ListBucket"));
}

#[tokio::test]
async fn an_object_that_may_not_be_looked_up_is_told_from_a_bucket_that_may_not() {
    let (text, hint, _) =
        refused("assets-unreadable", |request| Answer::new(if request.target.contains("/key") { 403 } else { 200 }))
            .await;
    assert_eq!(text, "whether key is in the bucket belvedere-assets-123456789012-eu-central-1 may not be read");
    assert_eq!(hint.as_deref(), Some("the credentials need s3:GetObject and s3:ListBucket"));
}

#[tokio::test]
async fn a_bucket_in_another_region_and_a_missing_one_are_told_apart() {
    let moved = |_: &Request| Answer::new(301).header("x-amz-bucket-region", "eu-west-1");
    let (text, ..) = refused("assets-moved", moved).await;
    let bucket = "belvedere-assets-123456789012-eu-central-1";
    assert_eq!(text, format!("the bucket {bucket} must be in eu-central-1, it is in eu-west-1"));
    let (text, hint, _) = refused("assets-absent", |_| Answer::new(404)).await;
    assert_eq!(text, format!("the bucket {bucket} does not exist"));
    assert_eq!(hint.as_deref(), Some("deploy the stack belvedere-assets first; it comes with the assembly"));
}

#[tokio::test]
async fn where_a_role_cannot_be_assumed_the_caller_publishes_into_its_own_account_only() {
    let there = |request: &Request| sts(request).unwrap_or_else(|| Answer::new(200));
    let fake = Fake::start(there);
    let role = "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/publishing";
    let (outcome, events) = publish(&one_file("assets-role", Some(role)), connection(&fake.url)).await;
    outcome.expect("the caller may");
    let [Event::Note { stack: Some(stack), text }, Event::Asset { state: AssetState::Present, .. }] = &events[..]
    else {
        panic!("{events:?}");
    };
    assert_eq!(stack, "Net");
    let expected = "the role arn:aws:iam::123456789012:role/publishing cannot be assumed; publishing with the caller's own \
                    credentials";
    assert_eq!(text, expected);
    fake.stop();

    let fake = Fake::start(there);
    let role = "arn:aws:iam::210987654321:role/publishing";
    let (outcome, _) = publish(&one_file("assets-role-elsewhere", Some(role)), connection(&fake.url)).await;
    let error = outcome.expect_err("another account");
    let cause = error.source().expect("a cause").to_string();
    assert!(
        cause.starts_with(&format!("cannot assume the role {role}: ")) && cause.contains("not authorized"),
        "{cause}"
    );
    assert!(error.hint().expect("a hint").contains("trust policy"));
    assert!(fake.stop().iter().all(|request| request.method == "POST"), "S3 is not asked");
}

#[tokio::test]
async fn a_role_is_assumed_once_and_signs_what_is_published() {
    const ASSUMED: &str = "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult>\
        <Credentials><AccessKeyId>ASSUMED</AccessKeyId><SecretAccessKey>not-a-secret</SecretAccessKey>\
        <SessionToken>token</SessionToken><Expiration>2100-01-01T00:00:00Z</Expiration></Credentials>\
        </AssumeRoleResult></AssumeRoleResponse>";
    let fake = Fake::start(|request| match (sts(request), request.method.as_str()) {
        (Some(_), _) if request.body.contains("Action=AssumeRole") => Answer::new(200).body(ASSUMED),
        (Some(answer), _) => answer,
        (None, "HEAD") if request.target.contains("/key") => Answer::new(404),
        (None, _) => Answer::new(200).header("etag", "\"1\""),
    });
    let directory = one_file("assets-assumed", Some("arn:aws:iam::210987654321:role/publishing"));
    let (outcome, _) = publish(&directory, connection(&fake.url)).await;
    outcome.expect("published");
    let requests = fake.stop();
    let roles = requests.iter().filter(|request| request.body.contains("Action=AssumeRole"));
    assert_eq!(roles.count(), 1);
    let s3: Vec<&Request> = requests.iter().filter(|request| request.method != "POST").collect();
    let methods: Vec<&str> = s3.iter().map(|request| request.method.as_str()).collect();
    assert_eq!(methods, ["HEAD", "HEAD", "PUT"], "the object, the bucket, and the object again");
    for request in s3 {
        assert!(request.headers["authorization"].contains("Credential=ASSUMED/"), "{request:?}");
        assert_eq!(request.headers["x-amz-expected-bucket-owner"], "210987654321", "whoever the role belongs to");
    }
}

#[tokio::test]
async fn an_upload_in_parts_that_fails_is_aborted() {
    let fake = Fake::start(|request| {
        let created = "<InitiateMultipartUploadResult><UploadId>one</UploadId></InitiateMultipartUploadResult>";
        let error = "<Error><Code>InvalidRequest</Code><Message>part 3 is not wanted</Message></Error>";
        match (request.method.as_str(), sts(request)) {
            (_, Some(answer)) => answer,
            ("HEAD", _) if request.target.contains("/key") => Answer::new(404),
            ("POST", _) => Answer::new(200).body(created),
            ("PUT", _) if request.target.contains("partNumber=3") => Answer::new(400).body(error),
            ("DELETE", _) => Answer::new(204),
            _ => Answer::new(200).header("etag", "\"1\""),
        }
    });
    let directory = one_file("assets-aborted", None);
    let file = fs::File::create(directory.join("asset")).expect("made");
    file.set_len(101 << 20).expect("enough room");
    let (outcome, events) = publish(&directory, connection(&fake.url)).await;
    let error = outcome.expect_err("refused");
    let cause = error.source().expect("a cause").to_string();
    assert_eq!(cause, "s3:UploadPart failed: part 3 is not wanted");
    let published = |event: &Event| matches!(event, Event::Asset { state: AssetState::Published, .. });
    assert!(!events.iter().any(published), "{events:?}");
    let requests = fake.stop();
    let aborted = |request: &Request| request.method == "DELETE" && request.target.contains("uploadId=one");
    assert!(requests.iter().any(aborted), "{requests:#?}");
    assert!(!requests.iter().any(|request| request.method == "POST" && request.target.contains("uploadId=")));
}
