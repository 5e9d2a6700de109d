//! Assembling an image of a program, without a container tool.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use oci_client::manifest::{IMAGE_LAYER_GZIP_MEDIA_TYPE, OciDescriptor};
use serde_json::Value;

use super::assembled::Image;
use super::base::BaseImage;
use super::blob::{Blob, descriptor};
use super::config::{Config, Execution, History, RootFs};
use super::image_error::ImageError;
use super::layer::Files;
use super::libraries::libraries;
use super::sbom::Sbom;
use super::system::{USER, certificates, users};
use crate::elf;
use crate::target::Architecture;

/// Where the program is in the image, without the leading slash.
const PROGRAM: &str = "app";

/// The label, and annotation, that has the digest of the bill of materials.
const SBOM_LABEL: &str = "dev.belvedere.sbom";

/// An image to be: a program at `/app`, run by the user 65532, and what it needs around it.
///
/// Without a base image that is certificates, users, an empty `/tmp`, and the shared libraries that the program loads,
/// as this machine has them. A base image has all of that of its own; then there is only the program.
///
/// The same program, with the same libraries, gives the same digest on every machine.
#[derive(Clone, Debug)]
#[must_use]
pub struct ImageBuilder {
    program: PathBuf,
    architecture: Architecture,
    base: Option<BaseImage>,
    certificates: Option<bool>,
    arguments: Vec<String>,
    env: BTreeMap<String, String>,
    labels: BTreeMap<String, String>,
    ports: BTreeSet<u16>,
    stop_signal: Option<String>,
    created: i64,
    sbom: Option<Sbom>,
}

impl ImageBuilder {
    /// An image of the executable at this path, on nothing.
    pub fn new(program: impl Into<PathBuf>, architecture: Architecture) -> Self {
        Self {
            program: program.into(),
            architecture,
            base: None,
            certificates: None,
            arguments: Vec::new(),
            env: BTreeMap::new(),
            labels: BTreeMap::new(),
            ports: BTreeSet::new(),
            stop_signal: None,
            created: 0,
            sbom: None,
        }
    }

    /// The image to build upon. It must have what the program needs: the libraries, unless the program is static. None
    /// by default.
    pub fn base(mut self, base: BaseImage) -> Self {
        self.base = Some(base);
        self
    }

    /// Whether the certificates that Mozilla trusts go to `/etc/ssl/certs/ca-certificates.crt`. By default they do, unless
    /// there is a base image.
    pub fn ca_certificates(mut self, included: bool) -> Self {
        self.certificates = Some(included);
        self
    }

    /// What the program gets as arguments, unless a container says otherwise. None by default.
    pub fn arguments<S: Into<String>>(mut self, arguments: impl IntoIterator<Item = S>) -> Self {
        self.arguments = arguments.into_iter().map(Into::into).collect();
        self
    }

    /// A variable of the environment. Those of the base image by default.
    pub fn env(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.env.insert(name.into(), value.into());
        self
    }

    /// A label, which is an annotation of the manifest, too.
    /// [Known names](https://github.com/opencontainers/image-spec/blob/v1.1.1/annotations.md).
    pub fn label(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.labels.insert(name.into(), value.into());
        self
    }

    /// A TCP port that the program listens on.
    pub fn port(mut self, port: u16) -> Self {
        self.ports.insert(port);
        self
    }

    /// The signal that asks the program to stop. That of the base image by default, or else `SIGTERM`.
    pub fn stop_signal(mut self, signal: impl Into<String>) -> Self {
        self.stop_signal = Some(signal.into());
        self
    }

    /// When the image was made, in seconds since 1970. 0 by default, so that the time is no reason for another digest.
    pub fn created(mut self, seconds: i64) -> Self {
        self.created = seconds;
        self
    }

    /// What the program is made of, as an artifact that refers to the image. None by default.
    pub fn sbom(mut self, sbom: Sbom) -> Self {
        self.sbom = Some(sbom);
        self
    }

    /// Assembles the image.
    ///
    /// # Errors
    /// The program cannot be read, is not for the architecture, or loads what this machine does not have.
    pub fn build(&self) -> Result<Image, ImageError> {
        let path = &self.program;
        let program = fs::read(path).map_err(|source| ImageError::Read { path: path.clone(), source })?;
        let needs = elf::needs(&program).map_err(|source| ImageError::Elf { path: path.clone(), source })?;
        if needs.architecture != Some(self.architecture) {
            return Err(ImageError::Architecture { path: path.clone(), architecture: self.architecture });
        }
        let mut system = Files::default();
        let mut loaded = Files::default();
        if self.certificates.unwrap_or(self.base.is_none()) {
            certificates(&mut system);
        }
        if self.base.is_none() {
            users(&mut system);
            loaded = libraries(path, &program, self.architecture)?;
        }
        let mut own = Files::default();
        own.file(PROGRAM, 0o755, program);

        let created = self.time();
        let (mut config, mut layers) = self.beneath();
        for (comment, mut files) in [("certificates and users", system), ("libraries", loaded), ("program", own)] {
            if files.is_empty() {
                continue;
            }
            if self.base.is_none() {
                files.parents();
            }
            let layer = files.pack().map_err(|source| ImageError::Pack { source })?;
            config.rootfs.diff_ids.push(layer.diff_id.to_string());
            config.history.push(History {
                created: Some(created.clone()),
                created_by: Some("belvedere".into()),
                comment: Some(comment.into()),
                empty_layer: None,
            });
            layers.push((descriptor(IMAGE_LAYER_GZIP_MEDIA_TYPE, &layer.packed), Blob::Here(layer.packed)));
        }
        config.created = Some(created);
        let labels = self.labels();
        self.configure(&mut config.config, &labels);
        Ok(Image::new(self.architecture, &config, layers, labels, self.sbom.as_ref()))
    }

    /// What there is before anything is added.
    fn beneath(&self) -> (Config, Vec<(OciDescriptor, Blob)>) {
        let Some(base) = &self.base else {
            let config = Config {
                architecture: self.architecture.oci_name().into(),
                os: "linux".into(),
                rootfs: RootFs { kind: "layers".into(), diff_ids: Vec::new() },
                ..Config::default()
            };
            return (config, Vec::new());
        };
        let there = |descriptor: &OciDescriptor| {
            let blob = Blob::There { registry: Arc::clone(&base.registry), descriptor: Box::new(descriptor.clone()) };
            (descriptor.clone(), blob)
        };
        (base.config.clone(), base.layers.iter().map(there).collect())
    }

    fn configure(&self, config: &mut Execution, labels: &BTreeMap<String, String>) {
        // With the group: the user may not be in the base image's /etc/passwd, and the group would be that of root.
        config.user = Some(format!("{USER}:{USER}"));
        config.entrypoint = Some(vec![format!("/{PROGRAM}")]);
        config.cmd = Some(self.arguments.clone()).filter(|arguments| !arguments.is_empty());
        config.working_dir.get_or_insert_with(|| "/".into());
        for (name, value) in &self.env {
            config.set(name, value);
        }
        for port in &self.ports {
            let empty = Value::Object(serde_json::Map::new());
            config.exposed_ports.get_or_insert_default().insert(format!("{port}/tcp"), empty);
        }
        if !labels.is_empty() {
            config.labels.get_or_insert_default().extend(labels.clone());
        }
        if let Some(signal) = &self.stop_signal {
            config.stop_signal = Some(signal.clone());
        }
        config.stop_signal.get_or_insert_with(|| "SIGTERM".into());
    }

    fn labels(&self) -> BTreeMap<String, String> {
        let mut labels = self.labels.clone();
        if let Some(base) = &self.base {
            let mut name = base.registry.reference.whole();
            if let Some((before, _)) = name.split_once('@') {
                name.truncate(before.len());
            }
            labels.insert("org.opencontainers.image.base.name".into(), name);
            labels.insert("org.opencontainers.image.base.digest".into(), base.digest.clone());
        }
        if let Some(sbom) = &self.sbom {
            labels.insert(SBOM_LABEL.into(), sbom.digest().to_string());
        }
        labels
    }

    fn time(&self) -> String {
        // Years after 9999 have no such text.
        let text = |seconds| DateTime::from_secs(seconds).fmt(Format::DateTime);
        text(self.created).or_else(|_| text(0)).unwrap_or_default()
    }
}

#[cfg(all(test, target_os = "linux", target_env = "gnu"))]
mod tests {
    use super::*;
    use crate::image::digest::Digest;

    /// Of a small program that each host has. This test itself would take long to pack.
    fn builder() -> ImageBuilder {
        ImageBuilder::new("/bin/true", Architecture::of_triple(std::env::consts::ARCH).expect("one of the two"))
    }

    fn json(image: &Image, media_type: &str) -> Value {
        let manifest: Value = serde_json::from_slice(&image.manifests[0].bytes).expect("JSON");
        assert_eq!(manifest["config"]["mediaType"], media_type);
        let digest = Digest::parse(manifest["config"]["digest"].as_str().expect("a digest")).expect("SHA-256");
        let Blob::Here(config) = &image.blobs[&digest] else { panic!("it is ours") };
        serde_json::from_slice(config).expect("JSON")
    }

    #[test]
    fn the_configuration_says_how_the_program_is_run() {
        let image =
            builder().port(8080).env("A", "1").label("org.opencontainers.image.title", "x").arguments(["serve"]);
        let image = image.created(1_700_000_000).build().expect("built");
        let config = json(&image, "application/vnd.oci.image.config.v1+json");
        assert_eq!(config["created"], "2023-11-14T22:13:20Z");
        assert_eq!(config["os"], "linux");
        let expected = serde_json::json!({
            "User": "65532:65532",
            "ExposedPorts": {"8080/tcp": {}},
            "Env": ["A=1"],
            "Entrypoint": ["/app"],
            "Cmd": ["serve"],
            "WorkingDir": "/",
            "Labels": {"org.opencontainers.image.title": "x"},
            "StopSignal": "SIGTERM",
        });
        assert_eq!(config["config"], expected);
        assert_eq!(config["rootfs"]["diff_ids"].as_array().map(Vec::len), Some(3));
        assert_eq!(config["history"].as_array().map(Vec::len), Some(3));
    }

    #[test]
    fn the_same_program_gives_the_same_digest_and_another_label_another_one() {
        let image = |label: &str| builder().label("a", label).build().expect("built").digest();
        assert_eq!(image("1"), image("1"));
        assert_ne!(image("1"), image("2"));
    }

    #[test]
    fn a_program_for_another_processor_is_refused() {
        let mut builder = builder();
        builder.architecture = match builder.architecture {
            Architecture::X86_64 => Architecture::Arm64,
            Architecture::Arm64 => Architecture::X86_64,
        };
        assert!(matches!(builder.build(), Err(ImageError::Architecture { .. })));
    }
}
