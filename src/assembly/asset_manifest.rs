//! The asset manifest of a stack: what is published before it is deployed, and where to.

use serde_json::{Map, Value as JsonValue, json};

use super::files::{Failure, Files};
use super::manifest::SCHEMA_VERSION;
use crate::asset::{AssetStaging, PublishedSource};
use crate::body::Body;

/// Copies what a stack publishes into the assembly, and returns the manifest.
pub(super) fn asset_manifest(
    body: &Body,
    template_file: &str,
    template_hash: String,
    files: &mut Files,
    directory: &str,
) -> Result<JsonValue, Failure> {
    let mut entries = Map::new();
    let entry = json!({
        "displayName": format!("{}{} template", body.prefix, body.id),
        "source": { "path": template_file, "packaging": "file" },
        "destinations": object(body, &format!("{template_hash}.json")),
    });
    entries.insert(template_hash, entry);
    for asset in &body.assets {
        let source = match asset.source() {
            PublishedSource::Path { path, packaging } => {
                let name = asset.staged_name();
                files.copy(&format!("{directory}{name}"), path)?;
                json!({ "path": name, "packaging": packaging })
            }
            PublishedSource::Text(text) => {
                let name = asset.staged_name();
                files.bytes(format!("{directory}{name}"), text.as_bytes().to_vec())?;
                json!({ "path": name, "packaging": "file" })
            }
            PublishedSource::Command(arguments) => json!({ "executable": arguments }),
        };
        let destinations = object(body, &asset.object_key());
        let entry = json!({ "displayName": asset.path, "source": source, "destinations": destinations });
        entries.insert(asset.hash.clone(), entry);
    }
    let mut images = Map::new();
    for image in &body.images {
        if let Some((name, path)) = image.staged() {
            files.copy(&format!("{directory}{name}"), path)?;
        }
        let destinations = tag(body, &image.hash);
        let entry = json!({ "displayName": image.path, "source": image.source(), "destinations": destinations });
        images.insert(image.hash.clone(), entry);
    }
    Ok(json!({ "version": SCHEMA_VERSION, "files": entries, "dockerImages": images }))
}

/// Returns an object as a destination.
fn object(body: &Body, key: &str) -> JsonValue {
    let mut destination = Map::new();
    let bucket = body.asset_staging.bucket_placeholder(&body.environment);
    destination.insert("bucketName".to_owned(), json!(bucket));
    destination.insert("objectKey".to_owned(), json!(key));
    named(body, destination, "file")
}

/// Returns a tag of the repository as a destination.
fn tag(body: &Body, tag: &str) -> JsonValue {
    let mut destination = Map::new();
    let repository = body.asset_staging.repository_placeholder(&body.environment);
    destination.insert("repositoryName".to_owned(), json!(repository));
    destination.insert("imageTag".to_owned(), json!(tag));
    named(body, destination, "image")
}

/// Returns a destination with where it is and by which role it is published to, under the name of its environment.
fn named(body: &Body, mut destination: Map<String, JsonValue>, kind: &str) -> JsonValue {
    let environment = &body.environment;
    if let Some(region) = environment.region() {
        destination.insert("region".to_owned(), json!(region));
    }
    if let AssetStaging::Bootstrapped { qualifier } = &body.asset_staging {
        let account = environment.account().unwrap_or("${AWS::AccountId}");
        let region = environment.region().unwrap_or("${AWS::Region}");
        let role = format!(
            "arn:${{AWS::Partition}}:iam::{account}:role/cdk-{qualifier}-{kind}-publishing-role-{account}-{region}"
        );
        destination.insert("assumeRoleArn".to_owned(), json!(role));
    }
    let name = match (environment.account(), environment.region()) {
        (None, None) => "current_account-current_region".to_owned(),
        (account, region) => {
            format!("{}-{}", account.unwrap_or("current_account"), region.unwrap_or("current_region"))
        }
    };
    json!({ name: destination })
}
