//! What a stack needs beside its template: files in S3, and images in ECR.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Serialize;

/// Something that is published before a stack that names it is deployed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Asset {
    /// The key of the asset in its manifest: a fingerprint of what it is made of.
    pub id: String,
    /// What a person calls it.
    pub display_name: Option<String>,
    /// What it is made of.
    pub source: AssetSource,
    /// Where it goes to.
    pub destinations: Vec<Destination>,
    /// Whether Belvedere made the id, so that it is known what of.
    #[serde(skip)]
    pub(crate) is_own: bool,
}

impl Asset {
    /// What a person calls it, or else its id.
    pub(crate) fn name(&self) -> &str {
        self.display_name.as_deref().unwrap_or(&self.id)
    }
}

/// What an asset is made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum AssetSource {
    /// A file, as it is.
    File(PathBuf),
    /// A directory, of which a zip file is made; a file is packed alone.
    Zip(PathBuf),
    /// A command that writes the path of a file to its standard output.
    Command(Vec<String>),
    /// A directory that a container tool builds an image from.
    Image(ImageSource),
    /// A command that writes the name of an image, which a container tool has, to its standard output.
    ImageCommand(Vec<String>),
}

/// How a container tool builds an image.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ImageSource {
    /// The context of the build.
    pub directory: PathBuf,
    /// The Dockerfile, below the directory; `Dockerfile` where there is none.
    pub file: Option<String>,
    /// The stage to build.
    pub target: Option<String>,
    /// Arguments of the build.
    pub arguments: BTreeMap<String, String>,
    /// The platform, such as `linux/arm64`.
    pub platform: Option<String>,
}

/// Where an asset goes to. Texts may have the placeholders `${AWS::AccountId}`, `${AWS::Region}` and
/// `${AWS::Partition}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Destination {
    /// The place.
    pub place: Place,
    /// The region, where it is not that of the stack.
    pub region: Option<String>,
    /// The role that publishes.
    pub assume_role_arn: Option<String>,
}

/// An object in S3, or an image in ECR.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Place {
    /// An object.
    Object {
        /// The bucket.
        bucket: String,
        /// The key.
        key: String,
    },
    /// An image.
    Image {
        /// The repository.
        repository: String,
        /// The tag.
        tag: String,
    },
}
