//! An image on disk, as an [OCI layout](https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md).

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;

use super::assembled::{Image, entry, index, json};
use super::image_error::ImageError;
use super::layer::Files;
use crate::package::replace;

/// What says that a directory is a layout, and of which version.
const OCI_LAYOUT: &str = "oci-layout";

/// The tag that the image has in its layout: `skopeo inspect oci:DIRECTORY:latest`.
const TAG: &str = "latest";

impl Image {
    /// Writes the image as a directory or, where the name ends in `.tar`, as an archive of one, and returns its absolute
    /// path. Its tag in there is `latest`. A layout that is there already is replaced.
    ///
    /// # Errors
    /// It cannot be written, the directory has something else in it, or a layer of the base image cannot be had.
    pub async fn save(&self, path: impl AsRef<Path>) -> Result<PathBuf, ImageError> {
        self.save_as(path.as_ref(), TAG).await
    }

    /// The same, with a name of its own for those who would take `latest` for the whole name.
    pub(crate) async fn save_as(&self, path: &Path, name: &str) -> Result<PathBuf, ImageError> {
        let layout = self.layout(name).await?;
        let written = if path.extension().is_some_and(|extension| extension == "tar") {
            archive(&layout).and_then(|tar| replace(path, |file| fs::write(file, tar)))
        } else {
            let own = path.join(OCI_LAYOUT).exists();
            if !own && fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_some()) {
                return Err(ImageError::Occupied { path: path.into() });
            }
            directory(path, &layout)
        };
        written.map_err(|source| ImageError::Write { path: path.into(), source })
    }

    /// The files of the layout.
    async fn layout(&self, name: &str) -> Result<BTreeMap<String, Bytes>, ImageError> {
        let mut root = entry(self.root.clone(), None);
        root.annotations = Some(BTreeMap::from([("org.opencontainers.image.ref.name".to_owned(), name.to_owned())]));
        let referrers = self.referrers.iter().map(super::assembled::Referrer::entry);
        let list = index([root].into_iter().chain(referrers).collect());
        let mut files = BTreeMap::from([
            (OCI_LAYOUT.to_owned(), Bytes::from_static(br#"{"imageLayoutVersion":"1.0.0"}"#)),
            ("index.json".to_owned(), json(&list)),
        ]);
        let blob = |hex: &str| format!("blobs/sha256/{hex}");
        for manifest in self.manifests.iter().chain(self.referrers.iter().map(|referrer| &referrer.manifest)) {
            files.insert(blob(manifest.digest().hex()), manifest.bytes.clone());
        }
        for (digest, content) in &self.blobs {
            files.insert(blob(digest.hex()), content.bytes().await?);
        }
        Ok(files)
    }
}

fn archive(layout: &BTreeMap<String, Bytes>) -> io::Result<Vec<u8>> {
    let mut files = Files::default();
    for (path, content) in layout {
        files.file(path, 0o644, content.clone());
    }
    files.parents();
    files.archive()
}

/// The index comes last, so that it never names what is not there.
fn directory(path: &Path, layout: &BTreeMap<String, Bytes>) -> io::Result<PathBuf> {
    let path = std::path::absolute(path)?;
    match fs::remove_dir_all(path.join("blobs")) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => fs::create_dir_all(path.join("blobs/sha256"))?,
    }
    for (name, content) in layout.iter().filter(|(name, _)| *name != "index.json") {
        fs::write(path.join(name), content)?;
    }
    if let Some(list) = layout.get("index.json") {
        replace(&path.join("index.json"), |file| fs::write(file, list))?;
    }
    Ok(path)
}
