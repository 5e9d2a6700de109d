//! Whether an asset is still what its id was made from.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::error::AssetError;
use super::pack::files_below;
use super::sources::Sources;
use crate::asset::{Asset, AssetSource, ImageSource};
use crate::stack::Stack;

/// Sees that what a stack publishes is there and, where the id tells, that it is what was synthesized. AWS is not asked.
///
/// # Errors
/// Something is gone, has changed or cannot be read.
pub(crate) fn verify(stack: &Stack) -> Result<(), AssetError> {
    let errors = stack.assets.iter().filter_map(|asset| {
        let checked = check(asset, &stack.template.path);
        checked.err().map(|error| error.of(asset.name()))
    });
    AssetError::all(errors.collect())
}

fn check(asset: &Asset, template: &Path) -> Result<(), AssetError> {
    let path = match &asset.source {
        AssetSource::File(path) | AssetSource::Zip(path) => path,
        AssetSource::Image(image) => &image.directory,
        AssetSource::ImageCommand(command) => {
            // They are no part of the assembly. Without them the image cannot be built, but it may be there already.
            let sources = Sources::of(command).filter(|sources| asset.is_own && sources.directory().exists());
            return sources.map_or(Ok(()), |sources| check_sources(asset, &sources));
        }
        AssetSource::Command(_) => return Ok(()),
    };
    if !path.try_exists().map_err(|source| AssetError::Read { path: path.clone(), source })? {
        return Err(AssetError::Gone { path: path.clone() });
    }
    let fingerprint = match &asset.source {
        // The one thing whose id the AWS CDK and Belvedere make alike: the SHA-256 of the file.
        AssetSource::File(path) if path == template => content(path)?,
        AssetSource::File(path) | AssetSource::Zip(path) if asset.is_own => tree(path)?,
        AssetSource::Image(image) if asset.is_own => context(image)?,
        // Others may have made their ids of anything.
        _ => return Ok(()),
    };
    compare(asset, &fingerprint, path)
}

/// Sees that what an image is made from is there, and what it was.
pub(super) fn check_sources(asset: &Asset, sources: &Sources<'_>) -> Result<(), AssetError> {
    compare(asset, &sources.fingerprint()?, sources.directory())
}

fn compare(asset: &Asset, fingerprint: &str, path: &Path) -> Result<(), AssetError> {
    if is_sha256(&asset.id) && asset.id != fingerprint {
        return Err(AssetError::Changed { path: path.into() });
    }
    Ok(())
}

fn is_sha256(id: &str) -> bool {
    id.len() == 64 && id.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

/// The SHA-256 of these bytes, in lower case.
pub(super) fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn content(path: &Path) -> Result<String, AssetError> {
    let mut hasher = Sha256::new();
    hash_file(&mut hasher, path).map_err(|source| AssetError::Read { path: path.into(), source })?;
    Ok(hex(&hasher.finalize()))
}

/// What Belvedere makes ids of: names and contents in alphabetical order, each after its length; of a file its content.
fn tree(root: &Path) -> Result<String, AssetError> {
    let mut hasher = Sha256::new();
    hash_tree(&mut hasher, root)?;
    Ok(hex(&hasher.finalize()))
}

/// What Belvedere makes the id of an image of: the directory, and how it is built.
fn context(image: &ImageSource) -> Result<String, AssetError> {
    let mut hasher = Sha256::new();
    hash_tree(&mut hasher, &image.directory)?;
    for (name, value) in [("file", &image.file), ("target", &image.target)] {
        if let Some(value) = value {
            hash_text(&mut hasher, name);
            hash_text(&mut hasher, value);
        }
    }
    let arguments = image.arguments.iter().flat_map(|(name, value)| [name, value]);
    arguments.chain(&image.platform).for_each(|text| hash_text(&mut hasher, text));
    Ok(hex(&hasher.finalize()))
}

fn hash_tree(hasher: &mut Sha256, root: &Path) -> Result<(), AssetError> {
    let files = if root.is_dir() { files_below(root)? } else { vec![(String::new(), root.to_owned())] };
    for (name, path) in files {
        if !name.is_empty() {
            hash_text(hasher, &name);
        }
        let length = fs::metadata(&path).map(|metadata| hasher.update(metadata.len().to_le_bytes()));
        length.and_then(|()| hash_file(hasher, &path)).map_err(|source| AssetError::Read { path, source })?;
    }
    Ok(())
}

/// Hashes a text with its length, so that two of them are not one.
pub(super) fn hash_text(hasher: &mut Sha256, text: &str) {
    hasher.update((text.len() as u64).to_le_bytes());
    hasher.update(text);
}

pub(super) fn hash_file(hasher: &mut Sha256, path: &Path) -> io::Result<()> {
    io::copy(&mut File::open(path)?, &mut HashWriter(hasher)).map(drop)
}

/// Takes what is copied into it.
struct HashWriter<'a>(&'a mut Sha256);

impl io::Write for HashWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asset(id: &str, source: AssetSource) -> Asset {
        Asset { id: id.into(), display_name: None, source, destinations: Vec::new(), is_own: true }
    }

    #[test]
    fn a_file_is_known_by_its_length_and_content() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("asset");
        fs::write(&path, "text").expect("written");
        // printf '\4\0\0\0\0\0\0\0text' | sha256sum
        let id = "ca22aad3122c10dd0c8a643284d1d258aa875a22a376db1cee9ee43c590589e9";
        check(&asset(id, AssetSource::File(path.clone())), Path::new("other")).expect("unchanged");
        fs::write(&path, "test").expect("written");
        let changed = check(&asset(id, AssetSource::File(path.clone())), Path::new("other"));
        assert!(matches!(changed, Err(AssetError::Changed { path: named }) if named == path));

        let foreign = Asset { is_own: false, ..asset(id, AssetSource::File(path.clone())) };
        check(&foreign, Path::new("other")).expect("whoever made the id may have made it of anything");
        let named = asset("not-a-hash", AssetSource::File(path));
        check(&named, Path::new("other")).expect("there is nothing to compare");
    }

    #[test]
    fn a_directory_is_known_by_its_names_and_contents() {
        let directory = tempfile::tempdir().expect("a directory");
        let root = directory.path().join("asset");
        fs::create_dir_all(root.join("lib")).expect("made");
        fs::write(root.join("lib/x"), "1").expect("written");
        fs::write(root.join("a"), "2").expect("written");
        // (printf '\1\0\0\0\0\0\0\0a\1\0\0\0\0\0\0\0002'
        //  printf '\5\0\0\0\0\0\0\0lib/x\1\0\0\0\0\0\0\0001') | sha256sum
        let id = "bc7ac313a9065500b8f922c263ec69f6940de0f2d3c89d3d63ed8cbbc315b089";
        check(&asset(id, AssetSource::Zip(root.clone())), Path::new("other")).expect("unchanged");
        fs::rename(root.join("a"), root.join("b")).expect("renamed");
        let changed = check(&asset(id, AssetSource::Zip(root)), Path::new("other"));
        assert!(matches!(changed, Err(AssetError::Changed { .. })));
    }

    #[test]
    fn a_template_is_known_by_its_content_whoever_wrote_it() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("Net.template.json");
        fs::write(&path, "{}").expect("written");
        // printf '{}' | sha256sum
        let id = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
        let template = Asset { is_own: false, ..asset(id, AssetSource::File(path.clone())) };
        check(&template, &path).expect("unchanged");
        fs::write(&path, "{ }").expect("written");
        assert!(matches!(check(&template, &path), Err(AssetError::Changed { .. })));
        fs::remove_file(&path).expect("removed");
        assert!(matches!(check(&template, &path), Err(AssetError::Gone { .. })));
    }
}
