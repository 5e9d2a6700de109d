//! The files of a cloud assembly, as they are written.
//!
//! Only what is used is read; whatever else a newer AWS CDK writes is let be. The format is that of the npm package
//! `@aws-cdk/cloud-assembly-schema`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// The file that makes a directory a cloud assembly.
pub(crate) const MANIFEST: &str = "manifest.json";

/// What is read before anything else: a newer format may have another shape.
#[derive(Debug, Deserialize)]
pub(crate) struct Versioned {
    pub(crate) version: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Manifest {
    #[serde(default)]
    pub(crate) artifacts: BTreeMap<String, Artifact>,
    #[serde(default)]
    pub(crate) missing: Vec<Missing>,
    #[serde(default)]
    runtime: Runtime,
}

impl Manifest {
    /// Whether Belvedere wrote it.
    pub(crate) fn is_own(&self) -> bool {
        self.runtime.libraries.contains_key("belvedere")
    }
}

/// What wrote the assembly.
#[derive(Debug, Default, Deserialize)]
struct Runtime {
    #[serde(default)]
    libraries: BTreeMap<String, Value>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Missing {
    pub(crate) key: String,
    pub(crate) provider: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Artifact {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) environment: Option<String>,
    #[serde(default)]
    pub(crate) metadata: Metadata,
    pub(crate) additional_metadata_file: Option<String>,
    #[serde(default)]
    pub(crate) dependencies: Vec<String>,
    #[serde(default)]
    pub(crate) properties: Value,
    pub(crate) display_name: Option<String>,
}

/// The construct paths, and what is noted about each.
pub(crate) type Metadata = BTreeMap<String, Vec<MetadataEntry>>;

#[derive(Debug, Deserialize)]
pub(crate) struct MetadataEntry {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    #[serde(default)]
    pub(crate) data: Value,
}

/// The properties of an `aws:cloudformation:stack`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StackProperties {
    pub(crate) template_file: String,
    pub(crate) stack_name: Option<String>,
    pub(crate) stack_template_asset_object_url: Option<String>,
    #[serde(default)]
    pub(crate) parameters: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) tags: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) notification_arns: Vec<String>,
    pub(crate) termination_protection: Option<bool>,
    pub(crate) assume_role_arn: Option<String>,
    pub(crate) cloud_formation_execution_role_arn: Option<String>,
}

/// The properties of a `cdk:asset-manifest`.
#[derive(Debug, Deserialize)]
pub(crate) struct AssetManifestProperties {
    pub(crate) file: String,
}

/// The properties of a `cdk:cloud-assembly`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NestedProperties {
    pub(crate) directory_name: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AssetManifest {
    #[serde(default)]
    pub(crate) files: BTreeMap<String, FileAsset>,
    #[serde(default)]
    pub(crate) docker_images: BTreeMap<String, ImageAsset>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FileAsset {
    pub(crate) display_name: Option<String>,
    pub(crate) source: FileSource,
    #[serde(default)]
    pub(crate) destinations: BTreeMap<String, FileDestination>,
}

/// A file or a directory, or (where there is no path) a command.
#[derive(Debug, Deserialize)]
pub(crate) struct FileSource {
    pub(crate) path: Option<String>,
    pub(crate) packaging: Option<Packaging>,
    #[serde(default)]
    pub(crate) executable: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Packaging {
    File,
    Zip,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FileDestination {
    pub(crate) bucket_name: String,
    pub(crate) object_key: String,
    pub(crate) region: Option<String>,
    pub(crate) assume_role_arn: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ImageAsset {
    pub(crate) display_name: Option<String>,
    pub(crate) source: ImageFiles,
    #[serde(default)]
    pub(crate) destinations: BTreeMap<String, ImageDestination>,
}

/// A directory to build in, or (where there is none) a command.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ImageFiles {
    pub(crate) directory: Option<String>,
    pub(crate) docker_file: Option<String>,
    pub(crate) docker_build_target: Option<String>,
    #[serde(default)]
    pub(crate) docker_build_args: BTreeMap<String, String>,
    pub(crate) platform: Option<String>,
    #[serde(default)]
    pub(crate) executable: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ImageDestination {
    pub(crate) repository_name: String,
    pub(crate) image_tag: String,
    pub(crate) region: Option<String>,
    pub(crate) assume_role_arn: Option<String>,
}

/// What a summary tells of a template.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Template {
    #[serde(default)]
    pub(crate) resources: BTreeMap<String, TemplateResource>,
    #[serde(default)]
    pub(crate) outputs: BTreeMap<String, TemplateOutput>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct TemplateResource {
    #[serde(rename = "Type")]
    pub(crate) kind: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct TemplateOutput {
    pub(crate) description: Option<String>,
}
