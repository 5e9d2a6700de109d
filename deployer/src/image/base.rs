//! An image that another one is built upon.

use std::sync::Arc;

use oci_client::manifest::{
    IMAGE_DOCKER_LAYER_GZIP_MEDIA_TYPE, IMAGE_DOCKER_LAYER_TAR_MEDIA_TYPE, IMAGE_LAYER_GZIP_MEDIA_TYPE,
    IMAGE_LAYER_MEDIA_TYPE, OciDescriptor,
};
use oci_client::secrets::RegistryAuth;
use oci_client::{Reference, RegistryOperation};

use super::config::Config;
use super::digest::Digest;
use super::image_error::ImageError;
use super::registry::Registry;
use crate::target::Architecture;

/// An image in a registry, of which the manifest and the configuration have been read. Its layers stay where they are
/// until somebody needs them: a registry that has them already is only told so.
#[derive(Clone)]
#[must_use]
pub struct BaseImage {
    pub(crate) registry: Arc<Registry>,
    pub(crate) digest: String,
    pub(crate) layers: Vec<OciDescriptor>,
    pub(crate) config: Config,
}

impl std::fmt::Debug for BaseImage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let reference = self.registry.reference.whole();
        f.debug_struct("BaseImage").field("reference", &reference).field("digest", &self.digest).finish_non_exhaustive()
    }
}

impl BaseImage {
    /// Reads what the registry has under this name; of an image for several processors, the one for `architecture`.
    /// A name with a digest is the same image for ever, and so gives the same digests again.
    ///
    /// # Errors
    /// The registry does not have it or does not give it, or it is not for Linux on that processor.
    pub async fn read(
        reference: &Reference,
        auth: &RegistryAuth,
        architecture: Architecture,
    ) -> Result<Self, ImageError> {
        let registry = Registry::open(reference, auth, RegistryOperation::Pull, Some(architecture)).await?;
        let pull = || registry.client.pull_manifest_and_config(reference, auth);
        let (manifest, digest, config) = registry.retrying("send the base image", pull).await?;
        let base = |reason: String| ImageError::Base { reference: reference.whole(), reason };
        let config: Config =
            serde_json::from_str(&config).map_err(|error| base(format!("its configuration is damaged ({error})")))?;
        if config.os != "linux" || config.architecture != architecture.oci_name() {
            let wanted = architecture.oci_name();
            return Err(base(format!("it is for {}/{}, not linux/{wanted}", config.os, config.architecture)));
        }
        if config.rootfs.diff_ids.len() != manifest.layers.len() {
            return Err(base("its manifest and its configuration have different layers".into()));
        }
        let layers = manifest.layers.into_iter().map(|mut layer| {
            // The bytes are the same under either name.
            layer.media_type = match layer.media_type.as_str() {
                IMAGE_DOCKER_LAYER_GZIP_MEDIA_TYPE => IMAGE_LAYER_GZIP_MEDIA_TYPE.into(),
                IMAGE_DOCKER_LAYER_TAR_MEDIA_TYPE => IMAGE_LAYER_MEDIA_TYPE.into(),
                _ => layer.media_type,
            };
            match Digest::parse(&layer.digest) {
                Some(_) => Ok(layer),
                None => Err(base(format!("the digest of a layer must be a SHA-256, got {:?}", layer.digest))),
            }
        });
        Ok(Self { layers: layers.collect::<Result<_, _>>()?, registry: Arc::new(registry), digest, config })
    }
}
