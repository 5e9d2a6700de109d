//! The zip file that a directory is published as.

use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempPath};
use zip::ZipWriter;

use super::error::AssetError;
use crate::archive;

/// Packs a directory, or a file alone, into a zip file that lasts as long as what is returned. The same names, contents
/// and executable bits give the same bytes: nothing else of the files is kept.
pub(super) fn pack(source: &Path) -> Result<TempPath, AssetError> {
    let files = if source.is_dir() {
        files_below(source)?
    } else {
        let name = source.file_name().and_then(|name| name.to_str());
        vec![(name.ok_or_else(|| AssetError::Name { path: source.into() })?.to_owned(), source.into())]
    };
    let write = || -> io::Result<TempPath> {
        let packed = NamedTempFile::with_suffix(".zip")?;
        let mut archive = ZipWriter::new(BufWriter::new(packed));
        for (name, path) in &files {
            let mut file = File::open(path)?;
            let metadata = file.metadata()?;
            // What takes 4 GiB or more needs the format's larger fields, and packed it might.
            let options = archive::options(is_executable(&metadata)).large_file(metadata.len() >= LARGE);
            archive.start_file(name.as_str(), options)?;
            io::copy(&mut file, &mut archive)?;
        }
        let packed = archive.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?;
        Ok(packed.into_temp_path())
    };
    write().map_err(|error| AssetError::Pack { path: source.into(), source: error })
}

/// A little below 4 GiB: what cannot be compressed grows.
const LARGE: u64 = u32::MAX as u64 / 100 * 99;

#[cfg(unix)]
fn is_executable(metadata: &fs::Metadata) -> bool {
    std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o111 != 0
}

#[cfg(not(unix))]
fn is_executable(_metadata: &fs::Metadata) -> bool {
    false
}

/// The files below a directory with their names relative to it, slashes as separators, in alphabetical order. Links are
/// followed, but not out of the directory.
pub(super) fn files_below(root: &Path) -> Result<Vec<(String, PathBuf)>, AssetError> {
    let mut files = Vec::new();
    let canonical = canonical(root)?;
    walk(root, "", &canonical, &mut vec![canonical.clone()], &mut files)?;
    files.sort();
    Ok(files)
}

/// `above` are the real places of the directories from the root down to this one.
fn walk(
    directory: &Path,
    prefix: &str,
    root: &Path,
    above: &mut Vec<PathBuf>,
    files: &mut Vec<(String, PathBuf)>,
) -> Result<(), AssetError> {
    let unreadable = |source| AssetError::Read { path: directory.into(), source };
    let entries = fs::read_dir(directory).and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect());
    let mut entries: Vec<PathBuf> = entries.map_err(unreadable)?;
    // So that of several things that are wrong it is always the same one that is told.
    entries.sort();
    for path in entries {
        let name = path.file_name().and_then(|name| name.to_str());
        let name = format!("{prefix}{}", name.ok_or_else(|| AssetError::Name { path: path.clone() })?);
        let place = canonical(&path)?;
        if !place.starts_with(root) {
            return Err(AssetError::Outside { path });
        }
        if !place.is_dir() {
            files.push((name, path));
            continue;
        }
        if above.contains(&place) {
            return Err(AssetError::Circle { path });
        }
        above.push(place);
        walk(&path, &format!("{name}/"), root, above, files)?;
        above.pop();
    }
    Ok(())
}

fn canonical(path: &Path) -> Result<PathBuf, AssetError> {
    path.canonicalize().map_err(|source| AssetError::Read { path: path.into(), source })
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    use std::time::{Duration, SystemTime};

    use zip::ZipArchive;

    use super::*;

    fn write(root: &Path, name: &str, content: &str, mode: u32) {
        let path = root.join(name);
        fs::create_dir_all(path.parent().expect("below the root")).expect("made");
        fs::write(&path, content).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("ours");
    }

    fn bytes(source: &Path) -> Vec<u8> {
        fs::read(pack(source).expect("packed")).expect("read")
    }

    #[test]
    fn the_same_content_gives_the_same_bytes() {
        let (first, second) = (tempfile::tempdir().expect("made"), tempfile::tempdir().expect("made"));
        let text = "some text ".repeat(10_000);
        for (root, names) in
            [(first.path(), ["b/c.txt", "a.txt", "b.txt"]), (second.path(), ["b.txt", "a.txt", "b/c.txt"])]
        {
            for name in names {
                write(root, name, &format!("{name}{text}"), 0o644);
            }
        }
        write(first.path(), "run", "#!/bin/sh\n", 0o700);
        write(second.path(), "run", "#!/bin/sh\n", 0o775);
        fs::set_permissions(second.path().join("a.txt"), fs::Permissions::from_mode(0o600)).expect("ours");
        let file = File::options().append(true).open(second.path().join("b.txt")).expect("open");
        file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000)).expect("ours");
        assert!(bytes(first.path()) == bytes(second.path()));

        let mut archive = ZipArchive::new(io::Cursor::new(bytes(first.path()))).expect("a zip file");
        let files: Vec<(String, Option<u32>)> = (0..archive.len())
            .map(|index| {
                let file = archive.by_index(index).expect("a file");
                let time = file.last_modified().expect("a time");
                assert_eq!((time.year(), time.month(), time.day()), (1980, 1, 1));
                (file.name().expect("a name").into_owned(), file.unix_mode())
            })
            .collect();
        let plain = |name: &str| (name.to_owned(), Some(0o100_644));
        let expected = [plain("a.txt"), plain("b.txt"), plain("b/c.txt"), ("run".into(), Some(0o100_755))];
        assert_eq!(files, expected);

        write(second.path(), "run", "#!/bin/sh\n", 0o644);
        assert!(bytes(first.path()) != bytes(second.path()), "whether a file can be run is part of it");
    }

    /// The bytes on the machine where this was written: a new way to compress is a new object under an old key.
    #[test]
    fn the_bytes_are_those_of_every_machine() {
        let root = tempfile::tempdir().expect("made");
        let words = (0..20_000).fold(String::new(), |text, number| text + &format!("{} ", number * number % 997));
        write(root.path(), "words", &words, 0o644);
        let bytes = bytes(root.path());
        let sum = <sha2::Sha256 as sha2::Digest>::digest(&bytes);
        assert_eq!(sum[..8], EXPECTED, "{} bytes: {sum:02x?}", bytes.len());
    }

    const EXPECTED: [u8; 8] = [0xcd, 0xa7, 0x1a, 0xa2, 0x76, 0xa3, 0xf2, 0xf6];

    #[test]
    fn a_file_is_packed_alone() {
        let root = tempfile::tempdir().expect("made");
        write(root.path(), "one", "1", 0o755);
        write(root.path(), "two", "2", 0o755);
        let mut archive = ZipArchive::new(io::Cursor::new(bytes(&root.path().join("one")))).expect("a zip file");
        assert_eq!(
            (archive.len(), archive.by_index(0).expect("one").name().expect("a name").into_owned()),
            (1, "one".into())
        );
    }

    #[test]
    fn links_are_followed_but_not_out_of_the_directory() {
        let directory = tempfile::tempdir().expect("made");
        let root = directory.path().join("asset");
        write(&root, "lib/code", "1", 0o644);
        write(directory.path(), "secret", "2", 0o644);
        symlink("lib/code", root.join("to-file")).expect("linked");
        symlink("lib", root.join("to-directory")).expect("linked");
        let names: Vec<String> = files_below(&root).expect("inside").into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["lib/code", "to-directory/code", "to-file"]);

        symlink("../secret", root.join("out")).expect("linked");
        assert!(matches!(files_below(&root), Err(AssetError::Outside { path }) if path == root.join("out")));
        fs::remove_file(root.join("out")).expect("removed");
        symlink("..", root.join("lib/circle")).expect("linked");
        assert!(matches!(files_below(&root), Err(AssetError::Circle { path }) if path.ends_with("lib/circle")));
        fs::remove_file(root.join("lib/circle")).expect("removed");
        symlink("nowhere", root.join("dangling")).expect("linked");
        assert!(matches!(files_below(&root), Err(AssetError::Read { path, .. }) if path == root.join("dangling")));
    }
}
