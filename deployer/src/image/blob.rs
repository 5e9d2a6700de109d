//! Content of an image, wherever it is.

use std::sync::Arc;

use bytes::Bytes;
use oci_client::manifest::OciDescriptor;

use super::digest::Digest;
use super::image_error::ImageError;
use super::registry::Registry;

/// A configuration, a layer, or a document.
#[derive(Clone)]
pub(crate) enum Blob {
    /// It is here.
    Here(Bytes),
    /// It is a layer of somebody else's image.
    There { registry: Arc<Registry>, descriptor: Box<OciDescriptor> },
}

impl std::fmt::Debug for Blob {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Here(bytes) => write!(f, "Here({} bytes)", bytes.len()),
            Self::There { registry, .. } => write!(f, "There({})", registry.reference.whole()),
        }
    }
}

impl Blob {
    /// How many bytes it has.
    pub(crate) fn size(&self) -> u64 {
        match self {
            Self::Here(bytes) => bytes.len() as u64,
            Self::There { descriptor, .. } => u64::try_from(descriptor.size).unwrap_or_default(),
        }
    }

    /// The bytes, brought here if need be.
    pub(crate) async fn bytes(&self) -> Result<Bytes, ImageError> {
        match self {
            Self::Here(bytes) => Ok(bytes.clone()),
            Self::There { registry, descriptor } => registry.blob(descriptor).await,
        }
    }
}

/// What names `bytes` in a manifest.
pub(crate) fn descriptor(media_type: &str, bytes: &[u8]) -> OciDescriptor {
    OciDescriptor {
        media_type: media_type.to_owned(),
        digest: Digest::of(bytes).to_string(),
        size: i64::try_from(bytes.len()).unwrap_or(i64::MAX),
        ..OciDescriptor::default()
    }
}
