//! The bucket and the repository that Belvedere makes where an account has none for assets.

use std::path::Path;

use aws_sdk_ecr::error::ProvideErrorMetadata as _;
use aws_sdk_ecr::types::{ImageScanningConfiguration, ImageTagMutability, Tag};

use super::bootstrap::{own_bucket, own_repository};
use crate::asset::Place;
use crate::assets::bucket::Bucket;
use crate::assets::error::AssetError;
use crate::assets::job::Target;
use crate::clients::Clients;
use crate::deploy_error::AwsError;
use crate::stack::{Environment, Stack, TemplateFile};

/// The name of the stack that has the bucket. An app that brings its own bucket has a stack of the same name with the
/// same bucket, so that one finds what the other has made.
const STACK: &str = "belvedere-assets";

/// What marks things that were made on demand.
const MARK: (&str, &str) = ("belvedere", "assets");

/// The template of that stack.
pub(crate) const TEMPLATE: &str = include_str!("belvedere-assets.template.json");

/// The name of the bucket for assets in the region of `clients`, where it has to be made first.
pub(crate) async fn missing_bucket(clients: &Clients) -> Result<Option<String>, AssetError> {
    let account = clients.identity().account.clone();
    let name = own_bucket(&account, clients.region());
    let place = Place::Object { bucket: name.clone(), key: String::new() };
    let target = Target { place, account, region: clients.region().to_owned(), role_arn: None };
    match Bucket::new(&clients.s3, &name, &target).check().await {
        Ok(()) => Ok(None),
        Err(AssetError::NoBucket { .. }) => Ok(Some(name)),
        Err(error) => Err(error),
    }
}

/// The stack that has the bucket, with its template in `file`. CloudFormation makes all of the bucket or nothing, also
/// where this program ends meanwhile.
pub(crate) fn stack(clients: &Clients, file: &Path) -> Stack {
    let (key, value) = MARK;
    Stack {
        id: STACK.into(),
        display_name: STACK.into(),
        stack_name: STACK.into(),
        environment: Environment { account: None, region: Some(clients.region().to_owned()) },
        template: TemplateFile {
            path: file.to_owned(),
            bytes: u64::try_from(TEMPLATE.len()).unwrap_or(u64::MAX),
            object_url: None,
        },
        resources: [("S3".to_owned(), 2)].into(),
        outputs: Vec::new(),
        dependencies: Vec::new(),
        messages: Vec::new(),
        assets: Vec::new(),
        parameters: [].into(),
        tags: [(key.to_owned(), value.to_owned())].into(),
        notification_arns: Vec::new(),
        termination_protection: None,
        assume_role_arn: None,
        execution_role_arn: None,
        directory: file.parent().unwrap_or(file).to_owned(),
    }
}

/// Makes the repository for images in the region of `clients` where it is not there, and returns its name if so. It takes
/// one call, so nothing is left half made.
pub(crate) async fn make_repository(clients: &Clients) -> Result<Option<String>, AwsError> {
    let name = own_repository(&clients.identity().account, clients.region());
    let described = clients.ecr.describe_repositories().repository_names(&name).send().await;
    match described {
        Ok(_) => return Ok(None),
        Err(error) if error.code() == Some("RepositoryNotFoundException") => {}
        Err(error) => return Err(AwsError::new("ecr:DescribeRepositories", &error)),
    }
    let invalid = |message: String| AwsError { operation: "ecr:CreateRepository".into(), code: String::new(), message };
    let tag = Tag::builder().key(MARK.0).value(MARK.1).build().map_err(|error| invalid(error.to_string()))?;
    // An image is named by what it is made of, so its name never means another one.
    let create = clients.ecr.create_repository().repository_name(&name).tags(tag);
    let create = create.image_tag_mutability(ImageTagMutability::Immutable);
    let scanning = ImageScanningConfiguration::builder().scan_on_push(true).build();
    match create.image_scanning_configuration(scanning).send().await {
        Ok(_) => Ok(Some(name)),
        Err(error) if error.code() == Some("RepositoryAlreadyExistsException") => Ok(None),
        Err(error) => Err(AwsError::new("ecr:CreateRepository", &error)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    /// What an app of Belvedere's writes, but for what is noted beside it.
    #[test]
    fn the_bucket_is_the_one_that_an_app_brings() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate lies below the root");
        let file = root.join("synth-output/full_stack/belvedere-assets.template.json");
        let written = std::fs::read_to_string(file).expect("it is committed");
        let mut theirs: Value = serde_json::from_str(&written).expect("JSON");
        let mut ours: Value = serde_json::from_str(TEMPLATE).expect("JSON");
        for template in [&mut theirs, &mut ours] {
            for resource in template["Resources"].as_object_mut().expect("resources").values_mut() {
                if let Some(metadata) = resource.get_mut("Metadata").and_then(Value::as_object_mut) {
                    metadata.retain(|key, _| key == "belvedere:empty-on-delete");
                }
                if resource["Metadata"].as_object().is_some_and(serde_json::Map::is_empty) {
                    resource.as_object_mut().map(|resource| resource.remove("Metadata"));
                }
            }
        }
        assert_eq!(ours, theirs);
    }

    #[test]
    fn the_constructs_of_no_app_are_in_it() {
        assert!(!TEMPLATE.contains("aws:cdk:path"), "any app's bucket stack may take its place");
    }
}
