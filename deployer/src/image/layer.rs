//! A layer of an image: a tar file that is the same on every machine.

use std::collections::BTreeMap;
use std::io::{self, Write as _};

use bytes::Bytes;
use flate2::{Compression, GzBuilder};
use tar::{EntryType, Header};

use super::digest::Digest;

/// Files to be, by their paths without the leading slash. All belong to root and are of the first second of 1970.
#[derive(Clone, Debug, Default)]
pub(crate) struct Files(BTreeMap<String, File>);

#[derive(Clone, Debug)]
enum File {
    Directory { mode: u32 },
    Plain { mode: u32, content: Bytes },
}

impl Files {
    /// Adds a directory.
    pub(crate) fn directory(&mut self, path: &str, mode: u32) {
        self.0.insert(path.to_owned(), File::Directory { mode });
    }

    /// Adds a file.
    pub(crate) fn file(&mut self, path: &str, mode: u32, content: impl Into<Bytes>) {
        self.0.insert(path.to_owned(), File::Plain { mode, content: content.into() });
    }

    /// Whether there is nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The paths, in their order.
    #[cfg(test)]
    pub(crate) fn paths(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Adds the directories that lead to what is there, except to what is at the top. Not for a layer above somebody
    /// else's: there, such a directory may be a symbolic link, which an entry would replace.
    pub(crate) fn parents(&mut self) {
        let paths: Vec<String> = self.0.keys().cloned().collect();
        for path in paths {
            let mut parent = path.as_str();
            while let Some((above, _)) = parent.rsplit_once('/') {
                self.0.entry(above.to_owned()).or_insert(File::Directory { mode: 0o755 });
                parent = above;
            }
        }
    }

    /// Archives them, in the order of their paths.
    pub(crate) fn archive(&self) -> io::Result<Vec<u8>> {
        let mut archive = tar::Builder::new(Vec::new());
        for (path, file) in &self.0 {
            let mut header = Header::new_ustar();
            header.set_mtime(0);
            header.set_uid(0);
            header.set_gid(0);
            match file {
                File::Directory { mode } => {
                    header.set_entry_type(EntryType::Directory);
                    header.set_mode(*mode);
                    header.set_size(0);
                    archive.append_data(&mut header, format!("{path}/"), io::empty())?;
                }
                File::Plain { mode, content } => {
                    header.set_entry_type(EntryType::Regular);
                    header.set_mode(*mode);
                    header.set_size(content.len() as u64);
                    archive.append_data(&mut header, path, content.as_ref())?;
                }
            }
        }
        archive.into_inner()
    }

    /// Archives and packs them.
    pub(crate) fn pack(&self) -> io::Result<Layer> {
        let tar = self.archive()?;
        // No name, no time and no system in the header. The backend of flate2 is set in Cargo.toml: another one would
        // give other bytes.
        let mut gzip = GzBuilder::new().mtime(0).operating_system(255).write(Vec::new(), Compression::new(6));
        gzip.write_all(&tar)?;
        Ok(Layer { diff_id: Digest::of(&tar), packed: gzip.finish()?.into() })
    }
}

/// A layer that is ready to be sent.
#[derive(Clone, Debug)]
pub(crate) struct Layer {
    /// The digest of the tar file, unpacked.
    pub(crate) diff_id: Digest,
    /// The tar file, packed by gzip.
    pub(crate) packed: Bytes,
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    fn some() -> Files {
        let mut files = Files::default();
        files.file("etc/ssl/cert", 0o644, "certificate");
        files.file("app", 0o755, "program");
        files.directory("tmp", 0o1777);
        files.parents();
        files
    }

    #[test]
    fn entries_are_sorted_and_belong_to_root() {
        let layer = some().pack().expect("packed");
        let mut tar = Vec::new();
        flate2::read::GzDecoder::new(layer.packed.as_ref()).read_to_end(&mut tar).expect("gzip");
        assert_eq!(Digest::of(&tar), layer.diff_id);
        let mut archive = tar::Archive::new(tar.as_slice());
        let entries = archive.entries().expect("tar").map(|entry| {
            let entry = entry.expect("an entry");
            let header = entry.header();
            assert_eq!((header.uid().ok(), header.gid().ok(), header.mtime().ok()), (Some(0), Some(0), Some(0)));
            (entry.path().expect("a path").display().to_string(), header.mode().expect("a mode"))
        });
        let expected =
            [("app", 0o755), ("etc/", 0o755), ("etc/ssl/", 0o755), ("etc/ssl/cert", 0o644), ("tmp/", 0o1777)];
        assert_eq!(entries.collect::<Vec<_>>(), expected.map(|(path, mode)| (path.to_owned(), mode)));
    }

    #[test]
    fn the_bytes_are_known() {
        let layer = some().pack().expect("packed");
        assert_eq!(layer.packed[..10], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
        assert_eq!(layer.packed, some().pack().expect("packed").packed);
        // If this changes, each image that was ever pushed gets a new digest.
        assert_eq!(
            Digest::of(&layer.packed).as_str(),
            "sha256:95690be99fec8c3334c6a4c54270ca7d5590ec97c9143b315574a16817d8c835"
        );
    }
}
