//! Bringing an image to a registry.

use futures_util::FutureExt as _;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use http::HeaderValue;
use oci_client::manifest::OCI_IMAGE_INDEX_MEDIA_TYPE;
use oci_client::secrets::RegistryAuth;
use oci_client::{Reference, RegistryOperation};

use super::assembled::{Image, Manifest, Referrer, index, json};
use super::blob::Blob;
use super::digest::Digest;
use super::image_error::ImageError;
use super::registry::Registry;

/// How many blobs are on their way at the same time.
const AT_ONCE: usize = 4;

/// What has become of a part of an image, while it is pushed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PushEvent {
    /// The registry has it already.
    Present {
        /// The part.
        digest: Digest,
    },
    /// The registry had it in another repository, and has it in this one now.
    Mounted {
        /// The part.
        digest: Digest,
    },
    /// It is sent.
    Sending {
        /// The part.
        digest: Digest,
        /// How many bytes it has.
        bytes: u64,
    },
    /// It has arrived.
    Sent {
        /// The part.
        digest: Digest,
        /// How many bytes it has.
        bytes: u64,
    },
}

impl Image {
    /// Brings the image to a registry, and gives it the tag of `target`: first what the registry does not have, then
    /// the manifests, then what refers to them, and the tag last. So the tag never names an image that is not all there,
    /// and where the tag names this very image already, nothing is done.
    ///
    /// # Errors
    /// `target` has a digest, the registry refuses or cannot be reached, or a layer of the base image cannot be had.
    pub async fn push(
        &self,
        target: &Reference,
        auth: &RegistryAuth,
        progress: &(dyn Fn(PushEvent) + Sync),
    ) -> Result<Digest, ImageError> {
        if target.digest().is_some() {
            return Err(ImageError::Target { reference: target.whole() });
        }
        let digest = self.digest();
        let registry = Registry::open(target, auth, RegistryOperation::Push, None).await?;
        // A tag that is not there is a reason to push, and any other failure comes up again then.
        let known = registry.client.fetch_manifest_digest(target, auth).await;
        if known.is_ok_and(|known| known == digest.as_str()) {
            progress(PushEvent::Present { digest: digest.clone() });
            return Ok(digest);
        }
        // Boxed, and in a list: an iterator that makes them cannot be sent to another thread, for all the compiler knows.
        let mut blobs = Vec::with_capacity(self.blobs.len());
        for (digest, blob) in &self.blobs {
            blobs.push(push_blob(&registry, digest, blob, progress).boxed());
        }
        stream::iter(blobs).buffer_unordered(AT_ONCE).try_collect::<()>().await?;
        for manifest in &self.manifests {
            push_manifest(&registry, manifest.digest().as_str(), manifest).await?;
        }
        for referrer in &self.referrers {
            push_referrer(&registry, referrer).await?;
        }
        if let Some(root) = self.manifests.last() {
            push_manifest(&registry, target.tag().unwrap_or("latest"), root).await?;
            progress(PushEvent::Sent { digest: digest.clone(), bytes: root.bytes.len() as u64 });
        }
        Ok(digest)
    }
}

async fn push_blob(
    registry: &Registry,
    digest: &Digest,
    blob: &Blob,
    progress: &(dyn Fn(PushEvent) + Sync),
) -> Result<(), ImageError> {
    let Registry { client, reference } = registry;
    let exists = || client.blob_exists(reference, digest.as_str());
    if registry.retrying("say what it has", exists).await? {
        progress(PushEvent::Present { digest: digest.clone() });
        return Ok(());
    }
    if let Blob::There { registry: source, .. } = blob
        && source.reference.resolve_registry() == reference.resolve_registry()
        // Where it may not or cannot, the layer is sent.
        && client.mount_blob(reference, &source.reference, digest.as_str()).await.is_ok()
    {
        progress(PushEvent::Mounted { digest: digest.clone() });
        return Ok(());
    }
    progress(PushEvent::Sending { digest: digest.clone(), bytes: blob.size() });
    let bytes = blob.bytes().await?;
    registry.retrying("take a layer", || client.push_blob(reference, bytes.clone(), digest.as_str())).await?;
    progress(PushEvent::Sent { digest: digest.clone(), bytes: blob.size() });
    Ok(())
}

async fn push_manifest(registry: &Registry, tag: &str, manifest: &Manifest) -> Result<(), ImageError> {
    let at = registry.at(tag);
    let push = || {
        let media_type = HeaderValue::from_static(manifest.media_type);
        registry.client.push_manifest_raw(&at, manifest.bytes.clone(), media_type)
    };
    registry.retrying("take a manifest", push).await.map(drop)
}

/// Pushes an artifact. A registry that does not list what refers to a manifest has such a list under a tag.
/// [Specification](https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#referrers-tag-schema).
async fn push_referrer(registry: &Registry, referrer: &Referrer) -> Result<(), ImageError> {
    let digest = referrer.manifest.digest();
    push_manifest(registry, digest.as_str(), &referrer.manifest).await?;
    let subject = registry.reference.clone_with_digest(referrer.subject.clone());
    let list = || registry.client.pull_referrers(&subject, None);
    let mut entries = registry.retrying("list what refers to the image", list).await?.manifests;
    if entries.iter().any(|entry| entry.digest == digest.as_str()) {
        return Ok(());
    }
    entries.push(referrer.entry());
    let list = Manifest { media_type: OCI_IMAGE_INDEX_MEDIA_TYPE, bytes: json(&index(entries)) };
    push_manifest(registry, &referrer.subject.replace(':', "-"), &list).await
}
