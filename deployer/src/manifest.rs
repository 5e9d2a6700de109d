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
    pub(crate) files: BTreeMap<String, Asset>,
    #[serde(default)]
    pub(crate) docker_images: BTreeMap<String, Asset>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Asset {
    pub(crate) source: AssetSource,
}

/// Where an asset comes from: a file, a directory to build an image in, or (where both are absent) a command.
#[derive(Debug, Deserialize)]
pub(crate) struct AssetSource {
    pub(crate) path: Option<String>,
    pub(crate) directory: Option<String>,
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
