//! [`ImageAsset`]: a container image that is published before the stack that uses it is deployed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use belvedere_cfn::{Value, concat_values};
use serde_json::{Map, Value as JsonValue, json};
use sha2::{Digest, Sha256};

use crate::asset::{AssetStaging, hash_text, hash_tree, hex, lock_file, value_of};
use crate::environment::Environment;

/// A container image that is published to a repository of ECR before the stack that uses it is deployed.
///
/// Its tag there is a hash of what it is made of, so that it is published once, and a changed one is a changed template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ImageAsset {
    /// What `cargo belvedere package image` makes.
    Cargo {
        /// What it is asked for.
        arguments: Vec<String>,
        /// The directory of the package, then those of others that it is made of.
        sources: Vec<PathBuf>,
    },
    /// What a container tool makes of a directory.
    Dockerfile {
        directory: PathBuf,
        /// The Dockerfile, below the directory.
        file: Option<String>,
        target: Option<String>,
        arguments: BTreeMap<String, String>,
        platform: &'static str,
    },
}

/// Where an image will be when the stack is deployed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ImageLocation {
    /// What a container definition calls it.
    pub(crate) uri: Value<String>,
    /// The repository that it is pulled from.
    pub(crate) repository_arn: Value<String>,
}

impl ImageLocation {
    /// Stands for an image that could not be made, which was reported.
    pub(crate) fn unknown() -> Self {
        Self { uri: Value::from("unknown"), repository_arn: Value::from("*") }
    }
}

/// An image whose content is known.
#[derive(Clone, Debug)]
pub(crate) struct PlacedImage {
    pub(crate) hash: String,
    image: ImageAsset,
    /// The construct that first asked for it.
    pub(crate) path: String,
}

impl PlacedImage {
    /// Reads what the image is made of and hashes it, or says why that cannot be done.
    pub(crate) fn place(image: ImageAsset, path: String) -> Result<Self, String> {
        let mut hasher = Sha256::new();
        let tree = |hasher: &mut Sha256, source: &Path| {
            hash_tree(hasher, source)
                .map_err(|error| format!("the image's source `{}` cannot be read: {error}", source.display()))
        };
        match &image {
            ImageAsset::Cargo { arguments, sources } => {
                // The paths are not hashed: where the sources are is no reason for another image.
                arguments.iter().for_each(|argument| hash_text(&mut hasher, argument));
                // The lock file decides what the program is made of as much as its own files do.
                let lock = sources.first().and_then(|directory| lock_file(directory));
                for source in sources.iter().chain(&lock) {
                    tree(&mut hasher, source)?;
                }
            }
            ImageAsset::Dockerfile { directory, file, target, arguments, platform } => {
                tree(&mut hasher, directory)?;
                let options = [("file", file.as_ref()), ("target", target.as_ref())];
                for (name, value) in options.into_iter().filter_map(|(name, value)| Some((name, value?))) {
                    hash_text(&mut hasher, name);
                    hash_text(&mut hasher, value);
                }
                for text in arguments.iter().flat_map(|(name, value)| [name, value]) {
                    hash_text(&mut hasher, text);
                }
                hash_text(&mut hasher, platform);
            }
        }
        Ok(Self { hash: hex(&hasher.finalize()), image, path })
    }

    /// Returns where the image will be, or says why it cannot be anywhere.
    pub(crate) fn location(&self, staging: &AssetStaging, environment: &Environment) -> Result<ImageLocation, String> {
        let Some(repository) = staging.repository_placeholder(environment) else {
            return Err(
                "an image needs a repository: use AssetStaging::Stack, which makes one, or AssetStaging::Bootstrapped"
                    .to_owned(),
            );
        };
        let account = value_of(environment.account().unwrap_or("${AWS::AccountId}"));
        let region = value_of(environment.region().unwrap_or("${AWS::Region}"));
        let repository = value_of(&repository);
        let uri = concat_values!(
            &account,
            ".dkr.ecr.",
            &region,
            ".",
            belvedere_cfn::pseudo::url_suffix(),
            "/",
            &repository,
            ":",
            &self.hash
        );
        let partition = belvedere_cfn::pseudo::partition();
        let repository_arn =
            concat_values!("arn:", partition, ":ecr:", region, ":", account, ":repository/", repository);
        Ok(ImageLocation { uri, repository_arn })
    }

    /// Returns the directory that is copied into the assembly, with the name that it has there.
    pub(crate) fn staged(&self) -> Option<(String, &Path)> {
        match &self.image {
            ImageAsset::Cargo { .. } => None,
            ImageAsset::Dockerfile { directory, .. } => Some((format!("asset.{}", self.hash), directory)),
        }
    }

    /// Returns how an asset manifest names the source.
    pub(crate) fn source(&self) -> JsonValue {
        match &self.image {
            ImageAsset::Cargo { arguments, sources } => {
                let sources = sources.iter().flat_map(|source| ["--source".to_owned(), source.display().to_string()]);
                let executable: Vec<String> = arguments.iter().cloned().chain(sources).collect();
                json!({ "executable": executable })
            }
            ImageAsset::Dockerfile { file, target, arguments, platform, .. } => {
                let mut source = Map::new();
                source.insert("directory".to_owned(), json!(format!("asset.{}", self.hash)));
                if let Some(file) = file {
                    source.insert("dockerFile".to_owned(), json!(file));
                }
                if let Some(target) = target {
                    source.insert("dockerBuildTarget".to_owned(), json!(target));
                }
                if !arguments.is_empty() {
                    source.insert("dockerBuildArgs".to_owned(), json!(arguments));
                }
                source.insert("platform".to_owned(), json!(platform));
                JsonValue::Object(source)
            }
        }
    }
}
