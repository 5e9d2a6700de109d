//! What an image of our own is made from, as its command tells.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::error::AssetError;
use super::fingerprint::{hash_file, hash_text, hex};

/// What a build leaves, and what is no source.
const NOT_CONTENT: [&str; 3] = [".git", "node_modules", "target"];

/// Returns whether a command is one that this process does itself.
pub(crate) fn is_own(command: &[String]) -> bool {
    command.len() >= 3 && command[..3] == ["cargo", "belvedere", "package"]
}

/// A command that makes an image, with the paths that its id was made from.
pub(super) struct Sources<'a> {
    arguments: &'a [String],
    paths: Vec<&'a Path>,
}

impl<'a> Sources<'a> {
    /// Those of a command of ours, which names them last; none where it does not.
    pub(super) fn of(command: &'a [String]) -> Option<Self> {
        let first = command.iter().position(|argument| argument == "--source").filter(|_| is_own(command))?;
        let (arguments, options) = command.split_at(first);
        let paths = options.chunks(2).map(|option| match option {
            [name, path] if name == "--source" => Some(Path::new(path)),
            _ => None,
        });
        Some(Self { arguments, paths: paths.collect::<Option<_>>()? })
    }

    /// The directory of the package.
    pub(super) fn directory(&self) -> &'a Path {
        self.paths[0]
    }

    /// What the library makes the id of: the arguments, the content of the paths, and that of the `Cargo.lock`.
    pub(super) fn fingerprint(&self) -> Result<String, AssetError> {
        let mut hasher = Sha256::new();
        self.arguments.iter().for_each(|argument| hash_text(&mut hasher, argument));
        let lock = lock_file(self.directory());
        for path in self.paths.iter().copied().chain(lock.as_deref()) {
            if !path.exists() {
                return Err(AssetError::NoSource { path: path.into() });
            }
            let unreadable = |source| AssetError::Read { path: path.into(), source };
            tree(&mut hasher, path).map_err(unreadable)?;
        }
        Ok(hex(&hasher.finalize()))
    }
}

fn lock_file(directory: &Path) -> Option<PathBuf> {
    let absolute = directory.canonicalize().ok()?;
    absolute.ancestors().map(|above| above.join("Cargo.lock")).find(|candidate| candidate.is_file())
}

fn tree(hasher: &mut Sha256, root: &Path) -> io::Result<()> {
    if !root.is_dir() {
        return file(hasher, root);
    }
    for (name, path) in files_below(root)? {
        hash_text(hasher, &name);
        file(hasher, &path)?;
    }
    Ok(())
}

fn file(hasher: &mut Sha256, path: &Path) -> io::Result<()> {
    hasher.update(fs::metadata(path)?.len().to_le_bytes());
    hash_file(hasher, path)
}

/// The files with their names relative to the root, slashes as separators, in alphabetical order.
fn files_below(root: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    let mut files = Vec::new();
    let mut pending = vec![(String::new(), root.to_owned())];
    while let Some((prefix, directory)) = pending.pop() {
        for entry in fs::read_dir(directory)? {
            let path = entry?.path();
            let own = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let name = format!("{prefix}{own}");
            if !path.is_dir() {
                files.push((name, path));
            } else if !NOT_CONTENT.contains(&own.as_str()) {
                pending.push((format!("{name}/"), path));
            }
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(line: &str) -> Vec<String> {
        line.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn the_sources_are_the_last_of_a_command_of_ours() {
        let own = command("cargo belvedere package image --load --source one --source two");
        let sources = Sources::of(&own).expect("they are named");
        assert_eq!((sources.arguments.len(), sources.directory()), (5, Path::new("one")));
        assert_eq!(sources.paths, [Path::new("one"), Path::new("two")]);
        for line in
            ["make image --source one", "cargo belvedere package image", "cargo belvedere package image --source"]
        {
            assert!(Sources::of(&command(line)).is_none(), "{line}");
        }
    }

    #[test]
    fn what_a_build_leaves_does_not_count_and_the_lock_file_does() {
        let directory = tempfile::tempdir().expect("made");
        let write = |name: &str, content: &str| {
            let path = directory.path().join(name);
            fs::create_dir_all(path.parent().expect("below the root")).expect("made");
            fs::write(path, content).expect("written");
        };
        write("one/src/main.rs", "fn main() {}");
        write("Cargo.lock", "version = 4");
        let one = directory.path().join("one").display().to_string();
        let command: Vec<String> =
            ["cargo", "belvedere", "package", "image", "--source", &one].map(str::to_owned).to_vec();
        let fingerprint = || Sources::of(&command).expect("they are named").fingerprint().expect("they are there");
        // (for a in cargo belvedere package image; do printf "\\x$(printf %x ${#a})\0\0\0\0\0\0\0$a"; done
        //  printf '\13\0\0\0\0\0\0\0src/main.rs\14\0\0\0\0\0\0\0fn main() {}\13\0\0\0\0\0\0\0version = 4') | sha256sum
        let expected = "01c5b311e29baff1d0c93075a09a7a239c5018b19a7e3fbbe9121f631ad7e9e6";
        assert_eq!(fingerprint(), expected);
        write("one/target/noise", "");
        assert_eq!(fingerprint(), expected);
        write("Cargo.lock", "version = 3");
        assert_ne!(fingerprint(), expected);
    }
}
