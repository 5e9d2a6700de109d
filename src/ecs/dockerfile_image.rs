//! [`DockerfileImage`]: an image that a container tool builds.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use super::fargate_task_definition::CpuArchitecture;
use crate::image_asset::ImageAsset;
use crate::scope::Scope;

/// An image that docker, podman or finch builds of a directory with a Dockerfile when the task is deployed.
///
/// It is for the architecture of its task. Made by [`ContainerImage::dockerfile`](super::ContainerImage::dockerfile).
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct DockerfileImage {
    directory: PathBuf,
    file: Option<String>,
    target: Option<String>,
    arguments: BTreeMap<String, String>,
}

impl DockerfileImage {
    pub(super) fn new(directory: PathBuf) -> Self {
        Self { directory, file: None, target: None, arguments: BTreeMap::new() }
    }

    /// The Dockerfile, by its path below the directory. `Dockerfile` by default.
    pub fn file(mut self, path: impl Into<String>) -> Self {
        self.file = Some(path.into());
        self
    }

    /// The stage of the Dockerfile to build. The last one by default.
    pub fn target(mut self, stage: impl Into<String>) -> Self {
        self.target = Some(stage.into());
        self
    }

    /// The value of an `ARG` of the Dockerfile. May be called again for others. It is written into the assembly, and is
    /// no place for a secret.
    pub fn build_arg(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.arguments.insert(name.into(), value.into());
        self
    }

    /// Reports what is wrong, and returns what is to be published.
    pub(super) fn asset(self, architecture: CpuArchitecture, scope: &mut Scope<'_>) -> ImageAsset {
        if let Some(complaint) = self.file_complaint() {
            scope.problem(complaint);
        }
        if self.target.as_deref() == Some("") {
            scope.problem("the target is the name of a stage of the Dockerfile, got ``");
        }
        for name in self.arguments.keys().filter(|name| name.is_empty() || name.contains(['=', ' '])) {
            scope.problem(format!("the name of a build argument has neither `=` nor spaces, got `{name}`"));
        }
        let Self { directory, file, target, arguments } = self;
        let platform = match architecture {
            CpuArchitecture::X86_64 => "linux/amd64",
            CpuArchitecture::Arm64 => "linux/arm64",
        };
        ImageAsset::Dockerfile { directory, file, target, arguments, platform }
    }

    /// Returns what is wrong with the directory and the Dockerfile.
    fn file_complaint(&self) -> Option<String> {
        let (directory, name) = (&self.directory, self.file.as_deref().unwrap_or("Dockerfile"));
        if directory.exists() && !directory.is_dir() {
            return Some(format!("an image is built of a directory, got the file `{}`", directory.display()));
        }
        let is_below =
            Path::new(name).components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        if !is_below {
            return Some(format!("the Dockerfile must be below `{}`, got `{name}`", directory.display()));
        }
        // Of a directory that is not there, whoever hashes it tells.
        let is_missing = directory.is_dir() && !directory.join(name).is_file();
        is_missing.then(|| format!("the Dockerfile `{name}` must be in `{}`, there is none", directory.display()))
    }
}
