//! What stands in the way of a deletion, found before anything is touched.

use std::collections::BTreeSet;

use aws_sdk_s3::types::{Delete, ObjectIdentifier};
use serde_json::Value;

use super::{protection, stays};
use crate::clients::Clients;
use crate::deploy::existing::{self, Existing};
use crate::deploy_error::AwsError;

/// The key in a resource's metadata by which an app says that its contents may go with it.
const EMPTY_ON_DELETE: &str = "belvedere:empty-on-delete";

/// Something that stands in the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Blocker {
    /// The stack is protected.
    Protected,
    /// A bucket has objects.
    Bucket { name: String, logical_id: String },
    /// A repository has images.
    Repository { name: String, logical_id: String },
    /// A resource has deletion protection, which this program can take back by itself only where `balancer` is its ARN.
    DeletionProtected { name: String, logical_id: String, resource_type: String, balancer: Option<String> },
    /// Another stack, which is not destroyed, uses an export.
    Export { name: String, users: Vec<String> },
}

impl Blocker {
    /// What it is, in a line.
    pub(crate) fn told(&self) -> String {
        match self {
            Self::Protected => "the stack has termination protection".into(),
            Self::Bucket { name, logical_id } => format!("the bucket {name} ({logical_id}) has objects"),
            Self::Repository { name, logical_id } => format!("the repository {name} ({logical_id}) has images"),
            Self::DeletionProtected { name, logical_id, resource_type, .. } => {
                format!("{name} ({logical_id}, {resource_type}) has deletion protection")
            }
            Self::Export { name, users } => format!("the export {name} is used by {}", users.join(", ")),
        }
    }

    /// What to do about it.
    pub(crate) fn hint(&self) -> &'static str {
        match self {
            Self::DeletionProtected { balancer: None, .. } => {
                "deploy it without deletion protection first, or give --force where somebody took it back by hand"
            }
            Self::Export { .. } => "destroy those stacks, too, or deploy them without it first",
            _ => "take it out of the way, or give --force",
        }
    }

    /// Whether `--force` helps.
    pub(crate) fn can_be_forced(&self) -> bool {
        !matches!(self, Self::Export { .. })
    }
}

/// What stands in the way, and what else there is to know before a deletion.
#[derive(Clone, Debug, Default)]
pub(crate) struct Found {
    pub(crate) blockers: Vec<Blocker>,
    /// What may be emptied because the app said so.
    pub(crate) to_empty: Vec<Blocker>,
    /// What stays, a line each.
    pub(crate) stays: Vec<String>,
    /// The logical ids of what leaves a snapshot behind.
    pub(crate) snapshots: BTreeSet<String>,
}

/// Looks for what stands in the way. `leaving` are the stacks that are destroyed as well.
pub(crate) async fn find(
    clients: &Clients,
    stack: &Existing,
    template: &Value,
    leaving: &BTreeSet<String>,
) -> Result<Found, AwsError> {
    let mut found = Found::default();
    if stack.termination_protection {
        found.blockers.push(Blocker::Protected);
    }
    for resource in existing::resources(clients, &stack.id).await? {
        let (Some(logical_id), Some(name)) = (resource.logical_resource_id(), resource.physical_resource_id()) else {
            continue;
        };
        let definition = &template["Resources"][logical_id];
        found.stays.extend(stays::told(definition, logical_id, name));
        if is_kept(definition) {
            continue;
        }
        if stays::leaves_snapshot(definition) {
            found.snapshots.insert(logical_id.to_owned());
        }
        found.blockers.extend(protection::of(clients, definition, logical_id, name).await);
        let (name, logical_id) = (name.to_owned(), logical_id.to_owned());
        let blocker = match resource.resource_type() {
            Some("AWS::S3::Bucket") if has_objects(clients, &name).await? => Blocker::Bucket { name, logical_id },
            Some("AWS::ECR::Repository") if has_images(clients, &name).await? => {
                // CloudFormation empties it by itself.
                if definition["Properties"]["EmptyOnDelete"] == Value::Bool(true) {
                    continue;
                }
                Blocker::Repository { name, logical_id }
            }
            _ => continue,
        };
        let marked = definition["Metadata"][EMPTY_ON_DELETE] == Value::Bool(true);
        if marked { found.to_empty.push(blocker) } else { found.blockers.push(blocker) }
    }
    found.blockers.extend(exports(clients, template, stack, leaving).await?);
    Ok(found)
}

/// Whether a resource stays when its stack goes.
pub(crate) fn is_kept(definition: &Value) -> bool {
    matches!(definition["DeletionPolicy"].as_str(), Some("Retain" | "RetainExceptOnCreate"))
}

async fn has_objects(clients: &Clients, bucket: &str) -> Result<bool, AwsError> {
    let answer = clients.s3.list_object_versions().bucket(bucket).max_keys(1).send().await;
    match answer.map_err(|error| AwsError::new("s3:ListBucketVersions", &error)) {
        Ok(answer) => Ok(!answer.versions().is_empty() || !answer.delete_markers().is_empty()),
        Err(error) if error.code == "NoSuchBucket" => Ok(false),
        Err(error) => Err(error),
    }
}

async fn has_images(clients: &Clients, repository: &str) -> Result<bool, AwsError> {
    let answer = clients.ecr.list_images().repository_name(repository).max_results(1).send().await;
    match answer.map_err(|error| AwsError::new("ecr:ListImages", &error)) {
        Ok(answer) => Ok(!answer.image_ids().is_empty()),
        Err(error) if error.code == "RepositoryNotFoundException" => Ok(false),
        Err(error) => Err(error),
    }
}

/// The exports of a stack that others use, who stay.
async fn exports(
    clients: &Clients,
    template: &Value,
    stack: &Existing,
    leaving: &BTreeSet<String>,
) -> Result<Vec<Blocker>, AwsError> {
    let outputs = template["Outputs"].as_object().into_iter().flatten();
    if !outputs.into_iter().any(|(_, output)| output.get("Export").is_some()) {
        return Ok(Vec::new());
    }
    let (mut blockers, mut token) = (Vec::new(), None);
    loop {
        let answer = clients.cloudformation.list_exports().set_next_token(token).send().await;
        let answer = answer.map_err(|error| AwsError::new("cloudformation:ListExports", &error))?;
        for export in answer.exports().iter().filter(|export| export.exporting_stack_id() == Some(&stack.id)) {
            let Some(name) = export.name() else { continue };
            let imports = clients.cloudformation.list_imports().export_name(name).send().await;
            let users = match imports.map_err(|error| AwsError::new("cloudformation:ListImports", &error)) {
                Ok(imports) => imports.imports.unwrap_or_default(),
                // That is how the service says that there are none.
                Err(error) if error.message.contains("is not imported") => Vec::new(),
                Err(error) => return Err(error),
            };
            let users: Vec<String> = users.into_iter().filter(|user| !leaving.contains(user)).collect();
            if !users.is_empty() {
                blockers.push(Blocker::Export { name: name.to_owned(), users });
            }
        }
        token = answer.next_token;
        if token.is_none() {
            return Ok(blockers);
        }
    }
}

/// Takes out of the way what can be.
pub(crate) async fn clear(clients: &Clients, stack: &Existing, blocker: &Blocker) -> Result<(), AwsError> {
    match blocker {
        Blocker::Protected => {
            let request = clients.cloudformation.update_termination_protection().stack_name(&stack.id);
            let answer = request.enable_termination_protection(false).send().await;
            answer.map_err(|error| AwsError::new("cloudformation:UpdateTerminationProtection", &error))?;
            Ok(())
        }
        Blocker::Bucket { name, .. } => empty_bucket(clients, name).await,
        Blocker::Repository { name, .. } => empty_repository(clients, name).await,
        Blocker::DeletionProtected { balancer: Some(arn), .. } => protection::take_back(clients, arn).await,
        // Of these somebody says that they are out of the way, and the service says so if they are not.
        Blocker::DeletionProtected { balancer: None, .. } | Blocker::Export { .. } => Ok(()),
    }
}

async fn empty_bucket(clients: &Clients, bucket: &str) -> Result<(), AwsError> {
    loop {
        let answer = clients.s3.list_object_versions().bucket(bucket).send().await;
        let answer = answer.map_err(|error| AwsError::new("s3:ListBucketVersions", &error))?;
        let versions = answer.versions().iter().map(|object| (object.key(), object.version_id()));
        let markers = answer.delete_markers().iter().map(|marker| (marker.key(), marker.version_id()));
        let objects: Vec<ObjectIdentifier> = versions
            .chain(markers)
            .filter_map(|(key, version)| {
                ObjectIdentifier::builder().key(key?).set_version_id(version.map(str::to_owned)).build().ok()
            })
            .collect();
        if objects.is_empty() {
            return Ok(());
        }
        let Ok(delete) = Delete::builder().set_objects(Some(objects)).quiet(true).build() else { return Ok(()) };
        let answer = clients.s3.delete_objects().bucket(bucket).delete(delete).send().await;
        let answer = answer.map_err(|error| AwsError::new("s3:DeleteObjectVersion", &error))?;
        if let Some(error) = answer.errors().first() {
            let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
            let message = format!("{} in {bucket}: {}", text(error.key()), text(error.message()));
            return Err(AwsError { operation: "s3:DeleteObjectVersion".into(), code: text(error.code()), message });
        }
    }
}

async fn empty_repository(clients: &Clients, repository: &str) -> Result<(), AwsError> {
    loop {
        let answer = clients.ecr.list_images().repository_name(repository).max_results(100).send().await;
        let answer = answer.map_err(|error| AwsError::new("ecr:ListImages", &error))?;
        if answer.image_ids().is_empty() {
            return Ok(());
        }
        let request = clients.ecr.batch_delete_image().repository_name(repository);
        let answer = request.set_image_ids(answer.image_ids).send().await;
        let answer = answer.map_err(|error| AwsError::new("ecr:BatchDeleteImage", &error))?;
        if let Some(failure) = answer.failures().first() {
            let message = format!("{repository}: {}", failure.failure_reason().unwrap_or_default());
            return Err(AwsError { operation: "ecr:BatchDeleteImage".into(), code: String::new(), message });
        }
    }
}
