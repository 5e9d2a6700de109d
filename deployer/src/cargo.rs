//! What cargo says, as it says it.
//!
//! [Metadata](https://doc.rust-lang.org/cargo/commands/cargo-metadata.html) and
//! [messages](https://doc.rust-lang.org/cargo/reference/external-tools.html#json-messages).

use std::path::PathBuf;

use serde::Deserialize;

#[derive(Debug, Deserialize)]
pub(crate) struct CargoMetadata {
    pub(crate) packages: Vec<CargoPackage>,
    pub(crate) target_directory: PathBuf,
    pub(crate) workspace_root: PathBuf,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct CargoPackage {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) description: Option<String>,
    pub(crate) license: Option<String>,
    pub(crate) repository: Option<String>,
    pub(crate) manifest_path: PathBuf,
    pub(crate) default_run: Option<String>,
    pub(crate) targets: Vec<CargoTarget>,
}

impl CargoPackage {
    pub(crate) fn bins(&self) -> impl Iterator<Item = &str> {
        self.targets.iter().filter(|target| target.is_bin()).map(|target| target.name.as_str())
    }
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct CargoTarget {
    pub(crate) name: String,
    pub(crate) kind: Vec<String>,
}

impl CargoTarget {
    pub(crate) fn is_bin(&self) -> bool {
        self.kind.iter().any(|kind| kind == "bin")
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct CargoMessage {
    pub(crate) reason: String,
    pub(crate) target: Option<CargoTarget>,
    pub(crate) executable: Option<PathBuf>,
}

impl CargoMessage {
    pub(crate) fn is_bin(&self, name: &str) -> bool {
        self.target.as_ref().is_some_and(|target| target.is_bin() && target.name == name)
    }
}
