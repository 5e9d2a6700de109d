//! `belvedere package image`.

use std::env;
use std::path::{Path, PathBuf};

use super::failure::Failure;
use super::package::Build;
use crate::assets::load;
use crate::{Architecture, BaseImage, Image, ImageError, ImageReference, RegistryAuth};

/// An image of a program, and what is to be done with it.
#[derive(Debug, clap::Args)]
pub(crate) struct ToImage {
    #[command(flatten)]
    build: Build,

    /// Image to build upon, which has to have what the program loads [default: none]
    #[arg(long, value_name = "REFERENCE")]
    base: Option<ImageReference>,

    /// TCP port that the program listens on; can be given several times
    #[arg(long, value_name = "NUMBER")]
    port: Vec<u16>,

    /// Label of the image; can be given several times
    #[arg(long, value_name = "NAME=VALUE", value_parser = label)]
    label: Vec<(String, String)>,

    /// File or directory that the program is made from, the package's own directory first; can be given several times
    ///
    /// In an asset manifest, the id of the image is made of these. The package is looked for in the first one, if it is
    /// there, or else as --manifest-path says.
    #[arg(long, value_name = "PATH")]
    source: Vec<PathBuf>,

    #[command(flatten)]
    way: Way,
}

/// Where the image goes.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct Way {
    /// Directory for an OCI layout, or an archive of it if the name ends in .tar
    #[arg(long, value_name = "PATH")]
    output: Option<PathBuf>,

    /// Bring it to docker, podman or finch, or to what CDK_DOCKER names
    #[arg(long)]
    load: bool,
}

fn label(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("a label must be like name=value")?;
    Ok((name.to_owned(), value.to_owned()))
}

impl ToImage {
    /// Makes the image, brings it where it is to go, and returns what to print.
    pub(super) async fn run(self) -> Result<String, Failure> {
        let output = self.way.output.clone();
        let image = self.assemble(&RegistryAuth::Anonymous).await?;
        match output {
            Some(output) => {
                let digest = image.digest();
                Ok(format!("{digest}  {}", image.save(output).await?.display()))
            }
            None => Ok(load(image).await?),
        }
    }

    /// The image that it is built upon.
    pub(crate) fn base(&self) -> Option<&ImageReference> {
        self.base.as_ref()
    }

    /// Builds the program and assembles the image; `auth` is the way to the base image.
    pub(crate) async fn assemble(mut self, auth: &RegistryAuth) -> Result<Image, ImageError> {
        let created = created()?;
        let architecture = self.build.target.as_deref().and_then(Architecture::of_triple);
        let architecture = architecture.unwrap_or(self.build.architecture);
        let base = match &self.base {
            Some(reference) => Some(BaseImage::read(reference, auth, architecture).await?),
            None => None,
        };
        if self.build.manifest_path.is_none() {
            self.build.manifest_path = self.source.first().and_then(|directory| manifest(directory));
        }
        let assemble = move || {
            let mut builder = self.build.package().image(base)?.created(created);
            for port in self.port {
                builder = builder.port(port);
            }
            for (name, value) in self.label {
                builder = builder.label(name, value);
            }
            builder.build()
        };
        match tokio::task::spawn_blocking(assemble).await {
            Ok(image) => image,
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }
}

/// The `Cargo.toml` of a package's directory. The official CLI starts commands somewhere else: there it is not found.
fn manifest(directory: &Path) -> Option<PathBuf> {
    Some(directory.join("Cargo.toml")).filter(|path| path.is_file())
}

/// When images are said to have been made. [Specification](https://reproducible-builds.org/specs/source-date-epoch/).
fn created() -> Result<i64, ImageError> {
    let Some(text) = env::var_os("SOURCE_DATE_EPOCH") else { return Ok(0) };
    let text = text.to_string_lossy().into_owned();
    text.parse().map_err(|_| ImageError::SourceDate { text })
}
