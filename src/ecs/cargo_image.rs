//! [`CargoImage`]: an image of a program of the workspace.

use std::fs;
use std::path::{Path, PathBuf};

use super::container_image::name_complaint;
use super::fargate_task_definition::CpuArchitecture;
use crate::image_asset::ImageAsset;
use crate::scope::Scope;

/// An image of the program of a Cargo package, which `cargo belvedere package image` builds and assembles when the task
/// is deployed: no container tool is needed, and no Dockerfile. It runs as the user 65532.
///
/// It is for the architecture of its task. Made by [`ContainerImage::cargo`](super::ContainerImage::cargo).
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct CargoImage {
    package: String,
    sources: Vec<PathBuf>,
    bin: Option<String>,
    base: Option<String>,
    max_glibc: Option<String>,
}

impl CargoImage {
    pub(super) fn new(package: String, directory: PathBuf) -> Self {
        Self { package, sources: vec![directory], bin: None, base: None, max_glibc: None }
    }

    /// The binary of the package. Its only one, or its `default-run`, by default.
    pub fn bin(mut self, name: impl Into<String>) -> Self {
        self.bin = Some(name.into());
        self
    }

    /// Another file or directory that the program is made from, such as a package that it depends on by its path: where
    /// it changes, there is a new image.
    pub fn source(mut self, path: impl Into<PathBuf>) -> Self {
        self.sources.push(path.into());
        self
    }

    /// The image to build upon, by the name that `docker pull` takes, with a tag other than `latest` or with a digest;
    /// only with a digest is it the same one for ever. By default there is none: the image has the program, the libraries
    /// that it loads, and certificates.
    pub fn base(mut self, name: impl Into<String>) -> Self {
        self.base = Some(name.into());
        self
    }

    /// The newest glibc that the program may need, which is the one that the base image has, such as `2.36` for Debian
    /// 12. 2.34, that of Amazon Linux 2023, by default.
    pub fn max_glibc(mut self, version: impl Into<String>) -> Self {
        self.max_glibc = Some(version.into());
        self
    }

    /// Reports what is wrong, and returns what is to be published.
    pub(super) fn asset(self, architecture: CpuArchitecture, scope: &mut Scope<'_>) -> ImageAsset {
        if let Some(complaint) = package_complaint(&self.package, &self.sources[0]) {
            scope.problem(complaint);
        }
        if let Some(complaint) = self.base.as_deref().and_then(name_complaint) {
            scope.problem(format!("the base image {complaint}"));
        }
        if let Some(version) = &self.max_glibc {
            if self.base.is_none() {
                scope.problem(format!(
                    "max_glibc is that of a base image, and there is none: give a base, or leave it out, got `{version}`"
                ));
            }
            if !is_version(version) {
                scope.problem(format!("max_glibc is a version such as `2.36`, got `{version}`"));
            }
        }
        let architecture = match architecture {
            CpuArchitecture::X86_64 => "x86_64",
            CpuArchitecture::Arm64 => "arm64",
        };
        // `--load` is for the official CLI, whose container tool has to have the image; ours needs neither.
        let command = ["cargo", "belvedere", "package", "image", "--load", "--package", &self.package];
        let mut arguments: Vec<String> = command.map(str::to_owned).to_vec();
        let options = [
            ("--architecture", Some(architecture.to_owned())),
            ("--bin", self.bin),
            ("--base", self.base),
            ("--max-glibc", self.max_glibc),
        ];
        for (option, value) in options {
            arguments.extend(value.into_iter().flat_map(|value| [option.to_owned(), value]));
        }
        ImageAsset::Cargo { arguments, sources: self.sources }
    }
}

/// Returns what is wrong with a package and its directory; what cannot be read there, whoever hashes it tells.
fn package_complaint(package: &str, directory: &Path) -> Option<String> {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if package.is_empty() || package.starts_with('-') || !package.bytes().all(legal) {
        return Some(format!("a package's name is letters, digits, `_` and `-`, got `{package}`"));
    }
    if !directory.exists() {
        return None;
    }
    let Ok(manifest) = fs::read_to_string(directory.join("Cargo.toml")) else {
        return Some(format!(
            "the directory of package `{package}` must have its Cargo.toml, `{}` has none",
            directory.display()
        ));
    };
    match package_name(&manifest) {
        Some(name) if name != package => {
            Some(format!("the package in `{}` is `{name}`, got `{package}`", directory.display()))
        }
        None if !manifest.contains("package") => Some(format!(
            "the Cargo.toml in `{}` must be that of package `{package}`, it has none",
            directory.display()
        )),
        _ => None,
    }
}

/// Returns the name in a `Cargo.toml`, where it is written as nearly everybody does.
fn package_name(manifest: &str) -> Option<&str> {
    let section = manifest.lines().map(str::trim).skip_while(|line| *line != "[package]").skip(1);
    let mut keys = section.take_while(|line| !line.starts_with('['));
    keys.find_map(|line| {
        let value = line.strip_prefix("name")?.trim_start().strip_prefix('=')?.trim_start();
        let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
        value[1..].split(quote).next()
    })
}

fn is_version(text: &str) -> bool {
    let number = |part: &str| !part.is_empty() && part.len() < 4 && part.bytes().all(|byte| byte.is_ascii_digit());
    text.split_once('.').is_some_and(|(major, minor)| number(major) && number(minor))
}

#[cfg(test)]
mod tests {
    use super::{is_version, package_name};

    #[test]
    fn the_name_of_a_package_is_found_in_its_section() {
        let manifest =
            "[dependencies]\nname = \"no\"\n[package]\nversion = \"1\"\nname= \"yes\" # so\n[[bin]]\nname = \"no\"";
        assert_eq!(package_name(manifest), Some("yes"));
        assert_eq!(package_name("[package]\nname.workspace = true"), None);
        assert_eq!(package_name("[workspace]\nmembers = []"), None);
    }

    #[test]
    fn a_version_has_two_numbers() {
        assert!(is_version("2.36"));
        for text in ["2", "2.", "2.x", "2.36.1", "glibc", "-2.3"] {
            assert!(!is_version(text), "{text}");
        }
    }
}
