//! Reading a cloud assembly: the directory that an app writes and a deployer applies.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use semver::Version;
use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

use crate::asset::{Asset, AssetSource, Destination, ImageSource, Place};
use crate::contained::Root;
use crate::manifest::{
    Artifact, AssetManifest, AssetManifestProperties, FileAsset, ImageAsset, MANIFEST, Manifest, Metadata,
    NestedProperties, Packaging, StackProperties, Template, Versioned,
};
use crate::order::topological;
use crate::stack::{Environment, Level, Message, Output, Stack, TemplateFile, service};

/// The newest major version of the assembly format that is read.
pub const SCHEMA_MAJOR: u64 = 55;

/// A cloud assembly: stacks, those of nested assemblies (stages) included, and what they need.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Assembly {
    /// Where the assembly is.
    pub directory: PathBuf,
    /// The stacks, each after those that it depends on.
    pub stacks: Vec<Stack>,
    /// The facts about the account that the app asked for and was not given; what it wrote rests on dummy values.
    pub missing: Vec<MissingContext>,
}

/// A fact about the account that an app asks for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[non_exhaustive]
pub struct MissingContext {
    /// The context key that the app reads.
    pub key: String,
    /// What looks the fact up, such as `vpc-provider`.
    pub provider: String,
}

impl Assembly {
    /// Reads the assembly in `directory`, and sees that whatever it names is there.
    ///
    /// # Errors
    /// The directory is no assembly, is only half there, is newer than this program, or names what lies outside it.
    pub fn read(directory: &Path) -> Result<Self, AssemblyError> {
        let mut reader = Reader { root: Root::new(directory)?, stacks: Vec::new(), missing: BTreeSet::new() };
        let manifest = reader.root.directory().join(MANIFEST);
        if !manifest.exists() {
            return Err(AssemblyError::NotFound { directory: directory.into() });
        }
        reader.manifest(&manifest)?;
        let stacks = reader.ordered()?;
        Ok(Self { directory: directory.into(), stacks, missing: reader.missing.into_iter().collect() })
    }

    /// What the app notes about the constructs of all stacks, in the order of the stacks.
    pub fn messages(&self) -> impl Iterator<Item = &Message> {
        self.stacks.iter().flat_map(|stack| &stack.messages)
    }
}

struct Reader {
    root: Root,
    stacks: Vec<(Stack, BTreeSet<usize>)>,
    missing: BTreeSet<MissingContext>,
}

impl Reader {
    /// Reads a manifest and those nested in it; returns the stacks that it adds.
    fn manifest(&mut self, file: &Path) -> Result<Vec<usize>, AssemblyError> {
        let manifest: Manifest = versioned(file)?;
        let is_own = manifest.is_own();
        let missing = manifest.missing.into_iter();
        self.missing.extend(missing.map(|missing| MissingContext { key: missing.key, provider: missing.provider }));
        let mut stacks_of: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        let mut assets_of: BTreeMap<&str, Vec<Asset>> = BTreeMap::new();
        for (id, artifact) in &manifest.artifacts {
            let stacks = match artifact.kind.as_str() {
                "aws:cloudformation:stack" => {
                    let stack = self.stack(file, id, artifact)?;
                    self.stacks.push((stack, BTreeSet::new()));
                    vec![self.stacks.len() - 1]
                }
                "cdk:cloud-assembly" => self.nested(file, id, artifact)?,
                "cdk:asset-manifest" => {
                    let mut assets = self.assets(file, id, artifact)?;
                    assets.iter_mut().for_each(|asset| asset.is_own = is_own);
                    assets_of.insert(id, assets);
                    Vec::new()
                }
                // Trees, reports and what is yet to come say nothing about stacks.
                _ => Vec::new(),
            };
            stacks_of.insert(id, stacks);
        }
        for (id, artifact) in &manifest.artifacts {
            for dependency in &artifact.dependencies {
                let needed = stacks_of.get(dependency.as_str()).ok_or_else(|| AssemblyError::Dependency {
                    file: file.into(),
                    artifact: id.clone(),
                    dependency: dependency.clone(),
                })?;
                for stack in &stacks_of[id.as_str()] {
                    self.stacks[*stack].1.extend(needed);
                    if artifact.kind == "aws:cloudformation:stack" {
                        let assets = assets_of.get(dependency.as_str()).into_iter().flatten().cloned();
                        self.stacks[*stack].0.assets.extend(assets);
                    }
                }
            }
        }
        Ok(stacks_of.into_values().flatten().collect())
    }

    fn stack(&self, file: &Path, id: &str, artifact: &Artifact) -> Result<Stack, AssemblyError> {
        let properties: StackProperties = properties(file, id, artifact)?;
        let environment = artifact.environment.as_deref().unwrap_or_default();
        let environment = Environment::parse(environment).ok_or_else(|| AssemblyError::Environment {
            file: file.into(),
            artifact: id.into(),
            environment: environment.into(),
        })?;
        let path = self.root.resolve(file, &properties.template_file)?;
        let text = read(&path)?;
        let template: Template = json(&path, &text)?;
        let mut resources = BTreeMap::new();
        for resource in template.resources.values() {
            *resources.entry(service(&resource.kind).to_owned()).or_insert(0) += 1;
        }
        let outputs = template.outputs.into_iter();
        let outputs = outputs.map(|(name, output)| Output { name, description: output.description }).collect();
        let mut messages = messages(&artifact.metadata);
        if let Some(name) = &artifact.additional_metadata_file {
            let path = self.root.resolve(file, name)?;
            messages.extend(self::messages(&json(&path, &read(&path)?)?));
        }
        Ok(Stack {
            id: id.into(),
            display_name: artifact.display_name.clone().unwrap_or_else(|| id.into()),
            stack_name: properties.stack_name.unwrap_or_else(|| id.into()),
            environment,
            template: TemplateFile {
                path,
                bytes: u64::try_from(text.len()).unwrap_or(u64::MAX),
                object_url: properties.stack_template_asset_object_url,
            },
            resources,
            outputs,
            dependencies: Vec::new(),
            messages,
            assets: Vec::new(),
            parameters: properties.parameters,
            tags: properties.tags,
            notification_arns: properties.notification_arns,
            termination_protection: properties.termination_protection,
            assume_role_arn: properties.assume_role_arn,
            execution_role_arn: properties.cloud_formation_execution_role_arn,
            directory: file.parent().unwrap_or(Path::new(".")).to_owned(),
        })
    }

    fn nested(&mut self, file: &Path, id: &str, artifact: &Artifact) -> Result<Vec<usize>, AssemblyError> {
        let NestedProperties { directory_name: name } = properties(file, id, artifact)?;
        let directory = self.root.resolve(file, &name)?;
        let canonical =
            |path: &Path| path.canonicalize().map_err(|source| AssemblyError::Read { path: path.into(), source });
        let outer = canonical(file.parent().unwrap_or(file))?;
        let inner = canonical(&directory)?;
        // Strictly deeper each time, or an assembly that names itself would be read for ever.
        if inner == outer || !inner.starts_with(&outer) {
            return Err(AssemblyError::Outside { file: file.into(), name });
        }
        let manifest = directory.join(MANIFEST);
        if !manifest.exists() {
            return Err(AssemblyError::Missing { file: file.into(), path: manifest });
        }
        self.manifest(&manifest)
    }

    /// Reads an asset manifest, and sees that its files and directories are there.
    fn assets(&self, file: &Path, id: &str, artifact: &Artifact) -> Result<Vec<Asset>, AssemblyError> {
        let properties: AssetManifestProperties = properties(file, id, artifact)?;
        let path = self.root.resolve(file, &properties.file)?;
        let manifest: AssetManifest = versioned(&path)?;
        let mut assets = Vec::new();
        for (id, asset) in manifest.files {
            assets.push(self.file_asset(&path, id, asset)?);
        }
        for (id, asset) in manifest.docker_images {
            assets.push(self.image_asset(&path, id, asset)?);
        }
        Ok(assets)
    }

    fn file_asset(&self, file: &Path, id: String, asset: FileAsset) -> Result<Asset, AssemblyError> {
        let source = match asset.source.path {
            Some(name) => {
                let path = self.root.resolve(file, &name)?;
                let zip = asset.source.packaging == Some(Packaging::Zip);
                if zip { AssetSource::Zip(path) } else { AssetSource::File(path) }
            }
            None => AssetSource::Command(asset.source.executable),
        };
        let destinations = asset.destinations.into_values().map(|destination| Destination {
            place: Place::Object { bucket: destination.bucket_name, key: destination.object_key },
            region: destination.region,
            assume_role_arn: destination.assume_role_arn,
        });
        let destinations = destinations.collect();
        Ok(Asset { id, display_name: asset.display_name, source, destinations, is_own: false })
    }

    fn image_asset(&self, file: &Path, id: String, asset: ImageAsset) -> Result<Asset, AssemblyError> {
        let source = match asset.source.directory {
            Some(name) => AssetSource::Image(ImageSource {
                directory: self.root.resolve(file, &name)?,
                file: asset.source.docker_file,
                target: asset.source.docker_build_target,
                arguments: asset.source.docker_build_args,
                platform: asset.source.platform,
            }),
            None => AssetSource::ImageCommand(asset.source.executable),
        };
        let destinations = asset.destinations.into_values().map(|destination| Destination {
            place: Place::Image { repository: destination.repository_name, tag: destination.image_tag },
            region: destination.region,
            assume_role_arn: destination.assume_role_arn,
        });
        let destinations = destinations.collect();
        Ok(Asset { id, display_name: asset.display_name, source, destinations, is_own: false })
    }

    fn ordered(&mut self) -> Result<Vec<Stack>, AssemblyError> {
        let (mut stacks, dependencies): (Vec<Stack>, Vec<BTreeSet<usize>>) = self.stacks.drain(..).unzip();
        let names: Vec<String> = stacks.iter().map(|stack| stack.display_name.clone()).collect();
        for (stack, needed) in stacks.iter_mut().zip(&dependencies) {
            stack.dependencies = needed.iter().map(|index| names[*index].clone()).collect();
            stack.dependencies.sort();
        }
        let order = topological(&dependencies, |index| &names[index]).map_err(|cycle| AssemblyError::Cycle {
            stacks: cycle.into_iter().map(|index| names[index].clone()).collect(),
        })?;
        let mut stacks: Vec<Option<Stack>> = stacks.into_iter().map(Some).collect();
        Ok(order.into_iter().filter_map(|index| stacks[index].take()).collect())
    }
}

fn messages(metadata: &Metadata) -> Vec<Message> {
    let mut messages = Vec::new();
    for (path, entries) in metadata {
        for entry in entries {
            if let Some(level) = Level::of_metadata(&entry.kind) {
                let text = entry.data.as_str().map_or_else(|| entry.data.to_string(), str::to_owned);
                messages.push(Message { level, path: path.trim_start_matches('/').to_owned(), text });
            }
        }
    }
    messages
}

fn read(path: &Path) -> Result<Vec<u8>, AssemblyError> {
    fs::read(path).map_err(|source| AssemblyError::Read { path: path.into(), source })
}

fn json<T: DeserializeOwned>(path: &Path, text: &[u8]) -> Result<T, AssemblyError> {
    serde_json::from_slice(text).map_err(|source| AssemblyError::Json { path: path.into(), source })
}

fn versioned<T: DeserializeOwned>(path: &Path) -> Result<T, AssemblyError> {
    let text = read(path)?;
    let version = json::<Versioned>(path, &text)?.version.unwrap_or_default();
    match Version::parse(&version) {
        Err(_) => Err(AssemblyError::Version { path: path.into(), version }),
        Ok(version) if version.major > SCHEMA_MAJOR => Err(AssemblyError::TooNew { path: path.into(), version }),
        Ok(_) => json(path, &text),
    }
}

fn properties<T: DeserializeOwned>(file: &Path, id: &str, artifact: &Artifact) -> Result<T, AssemblyError> {
    T::deserialize(&artifact.properties).map_err(|source| AssemblyError::Properties {
        file: file.into(),
        artifact: id.into(),
        source,
    })
}

/// Why an assembly cannot be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AssemblyError {
    /// There is no assembly.
    #[error("no cloud assembly in {}: it has no manifest.json", directory.display())]
    NotFound {
        /// Where one should be.
        directory: PathBuf,
    },
    /// A file cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file is not what it should be.
    #[error("{} is damaged", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// Where and how.
        source: serde_json::Error,
    },
    /// A file does not say which version of the format it has.
    #[error("{} must have a version such as 36.0.0, got {version:?}", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// The version that it has.
        version: String,
    },
    /// A file has a newer format.
    #[error("{} has version {version} of the format; this program reads up to {SCHEMA_MAJOR}.x", path.display())]
    TooNew {
        /// The file.
        path: PathBuf,
        /// The version that it has.
        version: Version,
    },
    /// An artifact lacks what its type requires.
    #[error("{}: artifact {artifact:?} has wrong properties", file.display())]
    Properties {
        /// The manifest.
        file: PathBuf,
        /// The key of the artifact.
        artifact: String,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// A stack does not say where it is deployed.
    #[error("{}: stack {artifact:?} must have an environment such as aws://123456789012/eu-west-1, got {environment:?}",
        file.display())]
    Environment {
        /// The manifest.
        file: PathBuf,
        /// The key of the stack.
        artifact: String,
        /// The environment that it has.
        environment: String,
    },
    /// A path leads out of the assembly, or a nested assembly is not below the one that names it.
    #[error("{} names {name:?}, which is outside the assembly", file.display())]
    Outside {
        /// The file that names the path.
        file: PathBuf,
        /// The path as it stands there.
        name: String,
    },
    /// A file that another names is not there.
    #[error("{} is missing; {} names it", path.display(), file.display())]
    Missing {
        /// The file that names it.
        file: PathBuf,
        /// What is missing.
        path: PathBuf,
    },
    /// An artifact depends on one that is not there.
    #[error("{}: artifact {artifact:?} depends on {dependency:?}, which is not there", file.display())]
    Dependency {
        /// The manifest.
        file: PathBuf,
        /// The key of the artifact.
        artifact: String,
        /// The key of what it depends on.
        dependency: String,
    },
    /// Stacks depend on each other in a circle.
    #[error("no stack of these can be the first, for each depends on another: {}", stacks.join(", "))]
    Cycle {
        /// The display names of the stacks in the circle, and of those that depend on it.
        stacks: Vec<String>,
    },
}

impl AssemblyError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::NotFound { .. } => "give --app the directory that an app has written, or the command that writes one",
            Self::Read { .. } => "see that the file exists and may be read",
            Self::Json { source, .. } if source.is_eof() => "the file is cut short; synthesize again",
            Self::Json { .. } | Self::Version { .. } | Self::Properties { .. } | Self::Environment { .. } => {
                "synthesize again; an assembly is not meant to be edited"
            }
            Self::TooNew { .. } => "update belvedere, or use the AWS CDK that its assemblies come from",
            Self::Outside { .. } => "synthesize again with assets staged: an assembly holds all that it names",
            Self::Missing { .. } => "synthesize again, or copy the whole directory",
            Self::Dependency { .. } | Self::Cycle { .. } => "correct the dependencies in the app, and synthesize again",
        }
        .into()
    }
}
