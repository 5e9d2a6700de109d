//! An image as it is: blobs, and the manifests that name them.

use std::collections::BTreeMap;

use bytes::Bytes;
use oci_client::manifest::{
    IMAGE_CONFIG_MEDIA_TYPE, ImageIndexEntry, OCI_IMAGE_INDEX_MEDIA_TYPE, OCI_IMAGE_MEDIA_TYPE, OciDescriptor,
    OciImageIndex, OciImageManifest, Platform,
};
use serde::Serialize;

use super::blob::{Blob, descriptor};
use super::config::Config;
use super::digest::Digest;
use super::sbom::Sbom;
use crate::target::Architecture;

/// What an artifact has in the place of a configuration.
/// [Specification](https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md#guidance-for-an-empty-descriptor).
const EMPTY_MEDIA_TYPE: &str = "application/vnd.oci.empty.v1+json";

/// An image for one processor, or for several. Save it with [`Image::save`], or push it with [`Image::push`].
#[derive(Clone, Debug)]
#[must_use]
pub struct Image {
    /// What a tag names: the last of the manifests.
    pub(crate) root: OciDescriptor,
    /// What an index would say of it.
    pub(crate) platforms: Vec<ImageIndexEntry>,
    pub(crate) blobs: BTreeMap<Digest, Blob>,
    /// Each after those that it names.
    pub(crate) manifests: Vec<Manifest>,
    pub(crate) referrers: Vec<Referrer>,
}

/// A manifest, as the bytes that are its digest.
#[derive(Clone, Debug)]
pub(crate) struct Manifest {
    pub(crate) media_type: &'static str,
    pub(crate) bytes: Bytes,
}

impl Manifest {
    pub(crate) fn descriptor(&self) -> OciDescriptor {
        descriptor(self.media_type, &self.bytes)
    }

    pub(crate) fn digest(&self) -> Digest {
        Digest::of(&self.bytes)
    }
}

/// An artifact that says something of a manifest.
#[derive(Clone, Debug)]
pub(crate) struct Referrer {
    pub(crate) subject: String,
    pub(crate) manifest: Manifest,
    pub(crate) artifact_type: &'static str,
}

impl Referrer {
    /// What a list of referrers, or the index of a layout, says of it.
    pub(crate) fn entry(&self) -> ImageIndexEntry {
        ImageIndexEntry {
            artifact_type: Some(self.artifact_type.to_owned()),
            ..entry(self.manifest.descriptor(), None)
        }
    }
}

/// The entry of an index for what `descriptor` names.
pub(crate) fn entry(descriptor: OciDescriptor, platform: Option<Platform>) -> ImageIndexEntry {
    let OciDescriptor { media_type, digest, size, .. } = descriptor;
    ImageIndexEntry { media_type, digest, size, platform, annotations: None, artifact_type: None }
}

/// A document of ours as JSON; its maps are sorted.
pub(crate) fn json(document: &impl Serialize) -> Bytes {
    // Neither a map with keys that are no strings nor a writer that fails.
    serde_json::to_vec(document).unwrap_or_default().into()
}

impl Image {
    pub(crate) fn new(
        architecture: Architecture,
        config: &Config,
        layers: Vec<(OciDescriptor, Blob)>,
        annotations: BTreeMap<String, String>,
        sbom: Option<&Sbom>,
    ) -> Self {
        let config = json(config);
        let mut blobs = BTreeMap::from([(Digest::of(&config), Blob::Here(config.clone()))]);
        let mut descriptors = Vec::new();
        for (layer, blob) in layers {
            blobs.extend(Digest::parse(&layer.digest).map(|digest| (digest, blob)));
            descriptors.push(layer);
        }
        let manifest = OciImageManifest {
            media_type: Some(OCI_IMAGE_MEDIA_TYPE.to_owned()),
            config: descriptor(IMAGE_CONFIG_MEDIA_TYPE, &config),
            layers: descriptors,
            annotations: Some(annotations).filter(|annotations| !annotations.is_empty()),
            ..OciImageManifest::default()
        };
        let manifest = Manifest { media_type: OCI_IMAGE_MEDIA_TYPE, bytes: json(&manifest) };
        let root = manifest.descriptor();
        let platform = Platform {
            architecture: architecture.oci_name().into(),
            os: "linux".into(),
            os_version: None,
            os_features: None,
            variant: None,
            features: None,
        };
        let mut image = Self {
            platforms: vec![entry(root.clone(), Some(platform))],
            root,
            blobs,
            manifests: vec![manifest],
            referrers: Vec::new(),
        };
        if let Some(sbom) = sbom {
            image.attach(sbom);
        }
        image
    }

    /// Adds a bill of materials as an artifact whose subject is this image.
    fn attach(&mut self, sbom: &Sbom) {
        let (empty, document) = (Bytes::from_static(b"{}"), sbom.bytes());
        let manifest = OciImageManifest {
            media_type: Some(OCI_IMAGE_MEDIA_TYPE.to_owned()),
            config: descriptor(EMPTY_MEDIA_TYPE, &empty),
            layers: vec![descriptor(Sbom::MEDIA_TYPE, &document)],
            subject: Some(self.root.clone()),
            artifact_type: Some(Sbom::MEDIA_TYPE.to_owned()),
            ..OciImageManifest::default()
        };
        for bytes in [empty, document] {
            self.blobs.insert(Digest::of(&bytes), Blob::Here(bytes));
        }
        self.referrers.push(Referrer {
            subject: self.root.digest.clone(),
            manifest: Manifest { media_type: OCI_IMAGE_MEDIA_TYPE, bytes: json(&manifest) },
            artifact_type: Sbom::MEDIA_TYPE,
        });
    }

    /// The image without what refers to it, for those who take an archive of nothing but one image.
    pub(crate) fn alone(mut self) -> Self {
        self.referrers.clear();
        self
    }

    /// One image for several processors, of images for one each: who pulls it gets the one that fits.
    pub fn index(images: impl IntoIterator<Item = Self>) -> Self {
        let mut all = Self {
            root: OciDescriptor::default(),
            platforms: Vec::new(),
            blobs: BTreeMap::new(),
            manifests: Vec::new(),
            referrers: Vec::new(),
        };
        for image in images {
            all.platforms.extend(image.platforms);
            all.blobs.extend(image.blobs);
            all.manifests.extend(image.manifests);
            all.referrers.extend(image.referrers);
        }
        let manifest = Manifest { media_type: OCI_IMAGE_INDEX_MEDIA_TYPE, bytes: json(&index(all.platforms.clone())) };
        all.root = manifest.descriptor();
        all.manifests.push(manifest);
        all
    }

    /// What names the image in a registry, whatever its tag.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.manifests.last().map_or_else(|| Digest::of(b""), Manifest::digest)
    }
}

/// An index of manifests.
pub(crate) fn index(manifests: Vec<ImageIndexEntry>) -> OciImageIndex {
    OciImageIndex {
        schema_version: 2,
        media_type: Some(OCI_IMAGE_INDEX_MEDIA_TYPE.to_owned()),
        manifests,
        artifact_type: None,
        annotations: None,
    }
}
