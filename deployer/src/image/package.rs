//! From a program of the workspace to an image of it.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::base::BaseImage;
use super::builder::ImageBuilder;
use super::image_error::ImageError;
use super::sbom::{Lock, Resolved, Sbom};
use crate::package::{Built, Package};
use crate::package_error::PackageError;

impl Package {
    /// Builds the binary in release mode, and begins an image of it: with labels as its `Cargo.toml` describes it, and
    /// with a bill of materials as cargo resolves it.
    ///
    /// On a base image, the program may need no newer glibc than [`Package::max_glibc`] says. Without one, the image gets
    /// the libraries of this machine.
    ///
    /// # Errors
    /// The binary cannot be found or built, or needs a newer glibc than the base image is said to have.
    pub fn image(&self, base: Option<BaseImage>) -> Result<ImageBuilder, ImageError> {
        let built = self.build(base.is_some())?;
        let title = |name: &str| format!("org.opencontainers.image.{name}");
        let package = &built.package;
        let mut builder = ImageBuilder::new(&built.path, built.architecture)
            .label(title("title"), &built.bin)
            .label(title("version"), &package.version)
            .sbom(self.sbom(&built)?);
        let described =
            [("description", &package.description), ("licenses", &package.license), ("source", &package.repository)];
        for (name, value) in described {
            if let Some(value) = value {
                builder = builder.label(title(name), value.trim());
            }
        }
        Ok(match base {
            Some(base) => builder.base(base),
            None => builder,
        })
    }

    fn sbom(&self, built: &Built) -> Result<Sbom, PackageError> {
        let mut command = Command::new(self.cargo_program());
        command.args(["metadata", "--format-version", "1", "--filter-platform", &built.triple, "--manifest-path"]);
        let output = self.metadata_of(command.arg(&built.package.manifest_path))?;
        let resolved: Resolved = serde_json::from_slice(&output)
            .map_err(|source| PackageError::Metadata { program: self.cargo_program().clone(), source })?;
        // Without it there are no checksums; cargo has just written it, though.
        let lock: Lock = lock(&built.workspace_root).unwrap_or_default();
        Ok(Sbom::of(&built.package.id, &resolved, &lock))
    }
}

fn lock(workspace_root: &Path) -> Option<Lock> {
    toml::from_str(&fs::read_to_string(workspace_root.join("Cargo.lock")).ok()?).ok()
}
