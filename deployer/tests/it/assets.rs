//! Files that are published to the S3 of an emulator.

use std::fs;
use std::path::{Path, PathBuf};

use aws_sdk_s3::Client;
use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_s3::types::{ChecksumMode, CreateBucketConfiguration};
use belvedere_deployer::{Assembly, AssetError, AssetState, Connection, Event, Stack, publish_assets};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::emulator::Emulator;
use crate::support::empty;

const ACCOUNT: &str = "123456789012";
const REGION: &str = "eu-central-1";

/// Writes an assembly of ours with one stack, `Net`, that needs these assets.
pub(crate) fn write(case: &str, files: &Value, images: &Value) -> PathBuf {
    let directory = empty(case);
    let manifest = json!({
        "version": "36.0.0",
        "artifacts": {
            "Net": {
                "type": "aws:cloudformation:stack",
                "environment": "aws://unknown-account/unknown-region",
                "properties": { "templateFile": "Net.template.json" },
                "dependencies": ["Net.assets"]
            },
            "Net.assets": { "type": "cdk:asset-manifest", "properties": { "file": "Net.assets.json" } }
        },
        "runtime": { "libraries": { "belvedere": "0.1.0" } }
    });
    let assets = json!({ "version": "36.0.0", "files": files, "dockerImages": images });
    fs::write(directory.join("manifest.json"), manifest.to_string()).expect("written");
    fs::write(directory.join("Net.assets.json"), assets.to_string()).expect("written");
    fs::write(directory.join("Net.template.json"), TEMPLATE).expect("written");
    directory
}

const TEMPLATE: &str = r#"{"Resources":{}}"#;

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The id that our library gives a file of this content.
fn file_id(content: &str) -> String {
    hex(&[&(content.len() as u64).to_le_bytes(), content.as_bytes()].concat())
}

fn asset(source: &Value, key: &str) -> Value {
    let destination = json!({ "bucketName": "assets-${AWS::AccountId}-${AWS::Region}", "objectKey": key });
    json!({ "displayName": format!("Net/{key}"), "source": source, "destinations": { "here": destination } })
}

pub(crate) async fn publish(directory: &Path, connection: Connection) -> (Result<(), AssetError>, Vec<Event>) {
    let assembly = Assembly::read(directory).expect("it was just written");
    publish_stacks(&assembly.stacks.iter().collect::<Vec<_>>(), connection).await
}

async fn publish_stacks(stacks: &[&Stack], connection: Connection) -> (Result<(), AssetError>, Vec<Event>) {
    let clients = connection.open().await.expect("somebody answers");
    let mut events = Vec::new();
    let outcome = publish_assets(stacks, &clients, &mut |event: &Event| events.push(event.clone())).await;
    (outcome, events)
}

pub(crate) fn connection(url: &str) -> Connection {
    Connection::new().endpoint_url(url).region(REGION).credentials(ACCOUNT, "not-a-secret", None)
}

fn s3(url: &str, region: &'static str) -> Client {
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region))
        .endpoint_url(url)
        .credentials_provider(Credentials::new(ACCOUNT, "not-a-secret", None, None, "test"))
        .force_path_style(true)
        .http_client(aws_smithy_http_client::Builder::new().build_http());
    Client::from_conf(config.build())
}

async fn make_bucket(client: &Client, bucket: &str) {
    let place = CreateBucketConfiguration::builder().location_constraint(REGION.into()).build();
    client.create_bucket().bucket(bucket).create_bucket_configuration(place).send().await.expect("made");
}

/// What became of each asset, in alphabetical order of their names.
fn states(events: &[Event]) -> Vec<(String, Vec<AssetState>)> {
    let mut states: std::collections::BTreeMap<String, Vec<AssetState>> = std::collections::BTreeMap::new();
    for event in events {
        if let Event::Asset { stack, name, state, .. } = event {
            assert_eq!(stack, "Net");
            states.entry(name.clone()).or_default().push(*state);
        }
    }
    states.into_iter().collect()
}

#[tokio::test]
async fn publishes_what_is_not_there_yet() {
    use AssetState::{Building, Present, Published, Publishing};
    let Some(emulator) = Emulator::start("assets-published") else { return };
    let client = s3(&emulator.url, REGION);
    make_bucket(&client, "assets-123456789012-eu-central-1").await;

    let made = empty("assets-published-made");
    let script = format!("echo run >> {0}/runs; echo made > {0}/made.txt; echo {0}/made.txt", made.display());
    let (file, template) = (file_id("text"), hex(TEMPLATE.as_bytes()));
    let files = json!({
        file.as_str(): asset(&json!({ "path": "asset.txt", "packaging": "file" }), "file.txt"),
        template.as_str(): asset(&json!({ "path": "Net.template.json", "packaging": "file" }), "template.json"),
        "directory": asset(&json!({ "path": "asset.directory", "packaging": "zip" }), "directory.zip"),
        "command": asset(&json!({ "executable": ["sh", "-c", script] }), "command"),
    });
    let directory = write("assets-published", &files, &json!({}));
    fs::write(directory.join("asset.txt"), "text").expect("written");
    fs::create_dir(directory.join("asset.directory")).expect("made");
    fs::write(directory.join("asset.directory/index.py"), "pass").expect("written");

    let (outcome, events) = publish(&directory, connection(&emulator.url)).await;
    outcome.expect("published");
    let sent = vec![Publishing, Published];
    let built = vec![Building, Publishing, Published];
    let name = |key: &str| format!("Net/{key}");
    let expected = [
        (name("command"), built.clone()),
        (name("directory.zip"), built),
        (name("file.txt"), sent.clone()),
        (name("template.json"), sent),
    ];
    assert_eq!(states(&events), expected);
    let bytes = events.iter().find_map(|event| match event {
        Event::Asset { name, state: Published, bytes, .. } if name == "Net/file.txt" => Some(*bytes),
        _ => None,
    });
    assert_eq!(bytes, Some(4));

    let read = async |key: &str| {
        let get = client.get_object().bucket("assets-123456789012-eu-central-1").key(key);
        let object = get.checksum_mode(ChecksumMode::Enabled).send().await.expect("there");
        let (kind, sum) = (object.content_type.clone(), object.checksum_sha256.clone());
        let body = object.body.collect().await.expect("read").to_vec();
        assert_eq!(
            sum.map(|sum| aws_smithy_types::base64::decode(sum).expect("Base64")),
            Some(Sha256::digest(&body).to_vec())
        );
        (body, kind.expect("a content type"))
    };
    assert_eq!(read("file.txt").await, (b"text".to_vec(), "text/plain".into()));
    assert_eq!(read("template.json").await, (TEMPLATE.into(), "application/json".into()));
    assert_eq!(read("command").await, (b"made\n".to_vec(), "application/octet-stream".into()));
    let (zip, kind) = read("directory.zip").await;
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(zip)).expect("a zip file");
    assert_eq!((archive.len(), kind.as_str()), (1, "application/zip"));
    assert_eq!(archive.by_index(0).expect("one file").name().expect("a name"), "index.py");

    let (outcome, events) = publish(&directory, connection(&emulator.url)).await;
    outcome.expect("there");
    assert!(states(&events).iter().all(|(_, states)| states == &[Present]), "{events:?}");
    assert_eq!(fs::read_to_string(made.join("runs")).expect("it ran"), "run\n", "what is there is not built again");
}

#[tokio::test]
async fn publishes_once_what_several_stacks_need_and_wherever_it_should_be() {
    let Some(emulator) = Emulator::start("assets-regions") else { return };
    let client = s3(&emulator.url, REGION);
    let role = "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/publishing";
    let mut file = asset(&json!({ "path": "asset.txt" }), "file.txt");
    file["destinations"]["there"] = json!({
        "bucketName": "others-${AWS::Region}", "objectKey": "${AWS::AccountId}/f", "region": "us-east-1", "assumeRoleArn": role
    });
    let directory = write("assets-regions", &json!({ "id": file }), &json!({}));
    fs::write(directory.join("asset.txt"), "text").expect("written");
    make_bucket(&client, "assets-123456789012-eu-central-1").await;
    let there = s3(&emulator.url, "us-east-1");
    there.create_bucket().bucket("others-us-east-1").send().await.expect("made");
    let assembly = Assembly::read(&directory).expect("it was just written");
    let stacks = [&assembly.stacks[0], &assembly.stacks[0]];
    let (outcome, events) = publish_stacks(&stacks, connection(&emulator.url)).await;
    outcome.expect("published");
    let expected = vec![AssetState::Publishing, AssetState::Published];
    assert_eq!(states(&events), [("Net/file.txt".to_owned(), expected)]);
    let there = there.head_object().bucket("others-us-east-1").key("123456789012/f").send().await.expect("there");
    assert_eq!(there.content_length(), Some(4));
}

#[tokio::test]
async fn large_files_are_sent_in_parts() {
    let Some(emulator) = Emulator::start("assets-large") else { return };
    let client = s3(&emulator.url, REGION);
    make_bucket(&client, "assets-123456789012-eu-central-1").await;
    let files = json!({ "large": asset(&json!({ "path": "asset.large" }), "large.tar") });
    let directory = write("assets-large", &files, &json!({}));
    // No two parts are alike.
    let content: Vec<u8> = (0..101_u32 << 18).flat_map(u32::to_le_bytes).collect();
    fs::write(directory.join("asset.large"), &content).expect("written");

    let (outcome, events) = publish(&directory, connection(&emulator.url)).await;
    outcome.expect("published");
    let bytes: Vec<u64> = events
        .iter()
        .map(|event| if let Event::Asset { bytes, .. } = event { *bytes } else { panic!("{event:?}") })
        .collect();
    assert!(bytes.len() > 4 && bytes.is_sorted(), "{bytes:?}");
    assert_eq!(bytes.last(), Some(&(content.len() as u64)));
    let get = client.get_object().bucket("assets-123456789012-eu-central-1").key("large.tar");
    let object = get.send().await.expect("there");
    assert_eq!(object.content_type(), Some("application/x-tar"));
    assert!(object.body.collect().await.expect("read").to_vec() == content, "in the right order");
}

#[tokio::test]
async fn a_build_that_takes_long_is_told_of_meanwhile() {
    let Some(emulator) = Emulator::start("assets-slow") else { return };
    make_bucket(&s3(&emulator.url, REGION), "assets-123456789012-eu-central-1").await;
    let made = empty("assets-slow-made");
    let script = format!("sleep 5; touch {0}/made; echo {0}/made", made.display());
    let files = json!({ "id": asset(&json!({ "executable": ["sh", "-c", script] }), "command.zip") });
    let directory = write("assets-slow", &files, &json!({}));
    let (outcome, events) = publish(&directory, connection(&emulator.url)).await;
    outcome.expect("published");
    let waits = events.iter().filter_map(|event| match event {
        Event::Waiting { stack, what, elapsed } => Some((stack.as_str(), what.as_str(), elapsed.as_secs())),
        _ => None,
    });
    assert_eq!(waits.collect::<Vec<_>>(), [("Net", "the asset Net/command.zip to be built", 4)]);
}

#[tokio::test]
async fn a_missing_bucket_is_noticed_before_anything_is_built() {
    let Some(emulator) = Emulator::start("assets-no-bucket") else { return };
    let made = empty("assets-no-bucket-made");
    let script = format!("touch {}/ran", made.display());
    let files = json!({ "id": asset(&json!({ "executable": ["sh", "-c", script] }), "command.zip") });
    let directory = write("assets-no-bucket", &files, &json!({}));
    let (outcome, _) = publish(&directory, connection(&emulator.url)).await;
    let error = outcome.expect_err("there is no bucket");
    assert_eq!(error.to_string(), "cannot publish Net/command.zip");
    let cause = std::error::Error::source(&error).expect("a cause").to_string();
    assert_eq!(cause, "the bucket assets-123456789012-eu-central-1 does not exist");
    assert_eq!(error.hint().as_deref(), Some("make it, or name another one in the app"));
    assert!(!made.join("ran").exists());
}

#[tokio::test]
async fn what_changed_after_synth_is_refused_before_anything_is_sent() {
    let Some(emulator) = Emulator::start("assets-changed") else { return };
    let client = s3(&emulator.url, REGION);
    make_bucket(&client, "assets-123456789012-eu-central-1").await;
    let (kept, changed, template) = (file_id("kept"), file_id("changed"), hex(TEMPLATE.as_bytes()));
    let files = json!({
        kept.as_str(): asset(&json!({ "path": "asset.kept" }), "kept"),
        changed.as_str(): asset(&json!({ "path": "asset.changed" }), "changed"),
        "gone": asset(&json!({ "path": "asset.gone", "packaging": "zip" }), "gone"),
        template.as_str(): asset(&json!({ "path": "Net.template.json" }), "template.json"),
    });
    let directory = write("assets-changed", &files, &json!({}));
    for name in ["kept", "changed", "gone"] {
        fs::write(directory.join(format!("asset.{name}")), name).expect("written");
    }
    let assembly = Assembly::read(&directory).expect("it was just written");
    fs::write(directory.join("asset.changed"), "Changed").expect("written");
    fs::write(directory.join("Net.template.json"), "{}").expect("written");
    fs::remove_file(directory.join("asset.gone")).expect("removed");

    let (outcome, events) = publish_stacks(&[&assembly.stacks[0]], connection(&emulator.url)).await;
    let error = outcome.expect_err("refused");
    let text = error.to_string().replace(&format!("{}/", directory.display()), "");
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_unstable();
    let expected = [
        "cannot publish Net/changed: asset.changed has changed after synth",
        "cannot publish Net/gone: asset.gone is gone",
        "cannot publish Net/template.json: Net.template.json has changed after synth",
    ];
    assert_eq!(lines, expected);
    assert_eq!(error.hint().as_deref(), Some("synthesize again; an assembly is not meant to be edited"));
    assert_eq!(events, []);
    let listed = client.list_objects_v2().bucket("assets-123456789012-eu-central-1").send().await.expect("listed");
    assert_eq!(listed.key_count(), Some(0));
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[tokio::test]
async fn programs_of_the_workspace_are_built_although_no_cargo_belvedere_is_installed() {
    use crate::package::{ARCHITECTURE, Workspace};

    let Some(emulator) = Emulator::start("assets-program") else { return };
    let client = s3(&emulator.url, REGION);
    make_bucket(&client, "assets-123456789012-eu-central-1").await;
    let workspace = Workspace::copy("assets-program-workspace");
    let (manifest, out) = (workspace.directory.join("Cargo.toml"), workspace.directory.join("out"));
    let (manifest, out) = (manifest.display().to_string(), out.display().to_string());
    let command = ["cargo", "belvedere", "package", "lambda", "--package", "one", "--architecture", ARCHITECTURE];
    let command = [&command[..], &["--manifest-path", &manifest, "--out", &out]].concat();
    let directory =
        write("assets-program", &json!({ "id": asset(&json!({ "executable": command }), "one.zip") }), &json!({}));
    let (outcome, _) = publish(&directory, connection(&emulator.url)).await;
    outcome.expect("published");
    let get = client.get_object().bucket("assets-123456789012-eu-central-1").key("one.zip");
    let zip = get.send().await.expect("there").body.collect().await.expect("read").to_vec();
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(zip)).expect("a zip file");
    assert_eq!(archive.by_index(0).expect("one file").name().expect("a name"), "bootstrap");
}
