//! [`Asset`]: a file that is published before the stack that uses it is deployed.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use belvedere_cfn::{Value, concat_values};
use sha2::{Digest, Sha256};

use crate::environment::Environment;

/// A file that is published to an S3 bucket before the stack that uses it is deployed.
///
/// Its key there is a hash of its content, so that it is published once, and a changed one is a changed template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asset {
    source: Source,
    extension: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Source {
    File(PathBuf),
    Text(String),
    Directory(PathBuf),
    Command { arguments: Vec<String>, sources: Vec<PathBuf> },
}

impl Asset {
    /// The file at `path`, as it is. Relative paths start at the working directory.
    #[must_use]
    pub fn file(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let extension =
            path.extension().map_or_else(String::new, |extension| format!(".{}", extension.to_string_lossy()));
        Self { source: Source::File(path), extension }
    }

    /// A file with this text, which the program makes. The extension begins with a dot, as in `.json`.
    #[must_use]
    pub fn text(text: impl Into<String>, extension: impl Into<String>) -> Self {
        Self { source: Source::Text(text.into()), extension: extension.into() }
    }

    /// The directory at `path`, zipped when it is published. Relative paths start at the working directory.
    #[must_use]
    pub fn directory(path: impl Into<PathBuf>) -> Self {
        Self { source: Source::Directory(path.into()), extension: ".zip".to_owned() }
    }

    /// What a command makes when the asset is published: it prints the path of a file on standard output.
    ///
    /// The command is not run at synthesis. What it makes is taken to depend on the content of `sources` (files and
    /// directories; `target`, `.git` and `node_modules` inside them do not count), which the hash is made from.
    #[must_use]
    pub fn command<A: Into<String>, P: Into<PathBuf>>(
        arguments: impl IntoIterator<Item = A>,
        sources: impl IntoIterator<Item = P>,
        extension: impl Into<String>,
    ) -> Self {
        let arguments = arguments.into_iter().map(Into::into).collect();
        let sources = sources.into_iter().map(Into::into).collect();
        Self { source: Source::Command { arguments, sources }, extension: extension.into() }
    }

    /// Returns whether what is published is an archive of a directory rather than a file as it is.
    pub(crate) const fn is_archive(&self) -> bool {
        matches!(self.source, Source::Directory(_))
    }
}

impl Asset {
    /// The program of a Cargo package, which `cargo belvedere package program` builds when the asset is published.
    ///
    /// `directory` is the package's own, and where it is looked for whether the program has changed, together with the
    /// `Cargo.lock` beside or above it. It is built for x86-64.
    #[must_use]
    pub fn cargo_program(package: impl Into<String>, directory: impl Into<PathBuf>) -> Self {
        Self::cargo("program", &package.into(), directory.into(), "x86_64", "")
    }

    /// What `cargo belvedere package` makes of a package, for an architecture.
    pub(crate) fn cargo(kind: &str, package: &str, directory: PathBuf, architecture: &str, extension: &str) -> Self {
        let arguments = ["cargo", "belvedere", "package", kind, "--package", package, "--architecture", architecture];
        let lock = lock_file(&directory);
        Self::command(arguments, std::iter::once(directory).chain(lock), extension)
    }
}

/// Returns the `Cargo.lock` of the package in a directory.
pub(crate) fn lock_file(directory: &Path) -> Option<PathBuf> {
    let absolute = directory.canonicalize().ok()?;
    absolute.ancestors().map(|above| above.join("Cargo.lock")).find(|candidate| candidate.is_file())
}

/// Where an asset will be when the stack is deployed.
#[derive(Clone, Debug, PartialEq)]
pub struct AssetLocation {
    /// The bucket's name.
    pub bucket_name: Value<String>,
    /// The object's key.
    pub object_key: String,
}

impl AssetLocation {
    /// Stands for an asset that could not be read, which was reported.
    pub(crate) fn unknown() -> Self {
        Self { bucket_name: Value::from("unknown"), object_key: "unknown".to_owned() }
    }

    /// Returns the object's `s3://` URL.
    #[must_use]
    pub fn s3_url(&self) -> Value<String> {
        concat_values!("s3://", &self.bucket_name, "/", &self.object_key)
    }

    /// Returns the object's ARN, in the stack's own partition.
    #[must_use]
    pub fn object_arn(&self) -> Value<String> {
        concat_values!("arn:", belvedere_cfn::pseudo::partition(), ":s3:::", &self.bucket_name, "/", &self.object_key)
    }
}

/// Where a stack's assets are published.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AssetStaging {
    /// A bucket in a small stack of its own, which is part of the assembly and deployed first where it is missing; and
    /// where there are images, a repository in another one.
    ///
    /// Nothing has to be prepared in the account. The bucket is called `{qualifier}-assets-{account}-{region}`, the
    /// repository `{qualifier}-container-assets-{account}-{region}`; the qualifier has at most 28 characters.
    Stack {
        /// Tells the buckets and repositories of several teams in one account apart.
        qualifier: String,
    },
    /// The bucket, repository and roles that `cdk bootstrap` made in the account.
    Bootstrapped {
        /// The bootstrap stack's qualifier: `hnb659fds`, unless it was bootstrapped with another.
        qualifier: String,
    },
    /// A bucket that exists, in the stack's account and region. Images cannot be published to it.
    Bucket {
        /// The bucket's name. `${AWS::AccountId}` and `${AWS::Region}` in it are replaced.
        name: String,
    },
}

impl Default for AssetStaging {
    fn default() -> Self {
        Self::Stack { qualifier: "belvedere".to_owned() }
    }
}

impl AssetStaging {
    /// Returns the bucket's name with placeholders for what is not known, as asset manifests have it.
    pub(crate) fn bucket_placeholder(&self, environment: &Environment) -> String {
        match self {
            Self::Stack { qualifier } => {
                fill(&format!("{qualifier}-assets-${{AWS::AccountId}}-${{AWS::Region}}"), environment)
            }
            Self::Bootstrapped { qualifier } => {
                fill(&format!("cdk-{qualifier}-assets-${{AWS::AccountId}}-${{AWS::Region}}"), environment)
            }
            Self::Bucket { name } => fill(name, environment),
        }
    }

    /// Returns the bucket's name for a template.
    pub(crate) fn bucket_value(&self, environment: &Environment) -> Value<String> {
        value_of(&self.bucket_placeholder(environment))
    }

    /// Returns the name of the repository for images, if there is one, as [`bucket_placeholder`](Self::bucket_placeholder)
    /// does.
    pub(crate) fn repository_placeholder(&self, environment: &Environment) -> Option<String> {
        let prefix = match self {
            Self::Stack { qualifier } => qualifier.clone(),
            Self::Bootstrapped { qualifier } => format!("cdk-{qualifier}"),
            Self::Bucket { .. } => return None,
        };
        Some(fill(&format!("{prefix}-container-assets-${{AWS::AccountId}}-${{AWS::Region}}"), environment))
    }
}

/// Returns the text with what is known of the environment in place of its placeholders.
fn fill(text: &str, environment: &Environment) -> String {
    text.replace("${AWS::AccountId}", environment.account().unwrap_or("${AWS::AccountId}"))
        .replace("${AWS::Region}", environment.region().unwrap_or("${AWS::Region}"))
}

/// Returns a text with placeholders as a template has it.
pub(crate) fn value_of(placeholder: &str) -> Value<String> {
    let mut parts = Vec::new();
    let mut rest = placeholder;
    while let Some(start) = rest.find("${AWS::") {
        let Some(length) = rest[start..].find('}') else { break };
        parts.push(Value::from(&rest[..start]));
        parts.push(match &rest[start..=start + length] {
            "${AWS::AccountId}" => belvedere_cfn::pseudo::account_id(),
            "${AWS::Region}" => belvedere_cfn::pseudo::region(),
            other => Value::from(other),
        });
        rest = &rest[start + length + 1..];
    }
    parts.push(Value::from(rest));
    Value::concat(parts)
}

/// An asset whose content is known.
#[derive(Clone, Debug)]
pub(crate) struct PlacedAsset {
    pub(crate) hash: String,
    pub(crate) asset: Asset,
    /// The construct that first asked for it.
    pub(crate) path: String,
}

/// How an asset manifest names the source of a file.
#[derive(Debug)]
pub(crate) enum PublishedSource<'a> {
    Path { path: &'a Path, packaging: &'static str },
    Text(&'a str),
    Command(&'a [String]),
}

impl PlacedAsset {
    /// Reads the asset and hashes it, or says why that cannot be done.
    pub(crate) fn place(asset: Asset, path: String) -> Result<Self, String> {
        let mut hasher = Sha256::new();
        match &asset.source {
            // As a file of the same content.
            Source::Text(text) => hash_text(&mut hasher, text),
            Source::File(file) | Source::Directory(file) => {
                hash_tree(&mut hasher, file).map_err(|error| unreadable(file, &error))?;
            }
            Source::Command { arguments, sources } => {
                arguments.iter().for_each(|argument| hash_text(&mut hasher, argument));
                for source in sources {
                    hash_tree(&mut hasher, source).map_err(|error| unreadable(source, &error))?;
                }
            }
        }
        Ok(Self { hash: hex(&hasher.finalize()), asset, path })
    }

    pub(crate) fn object_key(&self) -> String {
        format!("{}{}", self.hash, self.asset.extension)
    }

    pub(crate) fn location(&self, staging: &AssetStaging, environment: &Environment) -> AssetLocation {
        AssetLocation { bucket_name: staging.bucket_value(environment), object_key: self.object_key() }
    }

    pub(crate) fn source(&self) -> PublishedSource<'_> {
        match &self.asset.source {
            Source::File(path) => PublishedSource::Path { path, packaging: "file" },
            Source::Text(text) => PublishedSource::Text(text),
            Source::Directory(path) => PublishedSource::Path { path, packaging: "zip" },
            Source::Command { arguments, .. } => PublishedSource::Command(arguments),
        }
    }

    /// Returns the name that the asset has inside an assembly.
    pub(crate) fn staged_name(&self) -> String {
        match &self.asset.source {
            Source::File(_) | Source::Text(_) => format!("asset.{}{}", self.hash, self.asset.extension),
            _ => format!("asset.{}", self.hash),
        }
    }
}

fn unreadable(path: &Path, error: &io::Error) -> String {
    format!("the asset `{}` cannot be read: {error}", path.display())
}

/// Returns the SHA-256 of some bytes, in lower-case hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Hashes a text with its length, so that two of them are not one.
pub(crate) fn hash_text(hasher: &mut Sha256, text: &str) {
    hasher.update((text.len() as u64).to_le_bytes());
    hasher.update(text);
}

/// Hashes names and contents in alphabetical order, so that the same tree gives the same hash on every machine.
pub(crate) fn hash_tree(hasher: &mut Sha256, root: &Path) -> io::Result<()> {
    if !root.is_dir() {
        let content = fs::read(root)?;
        hasher.update((content.len() as u64).to_le_bytes());
        hasher.update(content);
        return Ok(());
    }
    for (relative, path) in files_below(root)? {
        let content = fs::read(path)?;
        hash_text(hasher, &relative);
        hasher.update((content.len() as u64).to_le_bytes());
        hasher.update(content);
    }
    Ok(())
}

/// Returns the files below `root` with their paths relative to it, slashes as separators, in alphabetical order.
pub(crate) fn files_below(root: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    const NOT_CONTENT: [&str; 3] = [".git", "node_modules", "target"];
    let mut files = Vec::new();
    let mut pending = vec![(String::new(), root.to_owned())];
    while let Some((relative, directory)) = pending.pop() {
        for entry in fs::read_dir(directory)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = if relative.is_empty() { name.clone() } else { format!("{relative}/{name}") };
            if !entry.path().is_dir() {
                files.push((path, entry.path()));
            } else if !NOT_CONTENT.contains(&name.as_str()) {
                pending.push((path, entry.path()));
            }
        }
    }
    files.sort();
    Ok(files)
}
