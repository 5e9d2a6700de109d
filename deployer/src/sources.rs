//! The files that an app is made of, and whether they have changed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::SystemTime;

use glob::{MatchOptions, Pattern, PatternError};
use ignore::WalkBuilder;

use crate::watch_settings::WatchSettings;

/// What counts where nothing is said.
const INCLUDE: [&str; 5] = ["**/*.rs", "**/Cargo.toml", "**/Cargo.lock", "belvedere.toml", "cdk.json"];
/// What never counts: what is made of the sources.
const EXCLUDE: [&str; 2] = ["**/target", "**/node_modules"];

const OPTIONS: MatchOptions =
    MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: false };

/// Which files are looked at.
#[derive(Clone, Debug)]
pub(crate) struct Sources {
    root: PathBuf,
    include: Vec<Pattern>,
    exclude: Arc<[Pattern]>,
    /// Where the app writes to.
    output: PathBuf,
}

/// How the files were when they were looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Snapshot {
    files: BTreeMap<PathBuf, (Option<SystemTime>, u64)>,
}

impl Sources {
    /// Those of the settings below `directory`, or those of the workspace that it belongs to.
    pub(crate) fn of(directory: &Path, settings: &WatchSettings, output: &Path) -> Result<Self, PatternError> {
        let own = &settings.include.0;
        let root = Some(own).filter(|own| own.is_empty()).and_then(|_| workspace(directory));
        let root = root.unwrap_or_else(|| directory.to_owned());
        let include = if own.is_empty() { INCLUDE.map(str::to_owned).to_vec() } else { own.clone() };
        let include = include.iter().map(|pattern| Pattern::new(pattern)).collect::<Result<_, _>>()?;
        let exclude = EXCLUDE.into_iter().chain(settings.exclude.0.iter().map(String::as_str));
        let exclude = exclude.map(Pattern::new).collect::<Result<_, _>>()?;
        Ok(Self { root, include, exclude, output: directory.join(output) })
    }

    /// Looks at all files: neither hidden ones nor those that `.gitignore` leaves out.
    pub(crate) fn look(&self) -> Snapshot {
        let (root, exclude, output) = (self.root.clone(), Arc::clone(&self.exclude), self.output.clone());
        let mut walk = WalkBuilder::new(&self.root);
        walk.require_git(false).filter_entry(move |entry| {
            let path = entry.path();
            path != output && !matches(&exclude, path.strip_prefix(&root).unwrap_or(path))
        });
        let mut snapshot = Snapshot::default();
        // What goes away in the middle is seen as gone by the next look.
        for entry in walk.build().filter_map(Result::ok) {
            let Ok(metadata) = entry.metadata() else { continue };
            if !metadata.is_dir()
                && let Ok(path) = entry.path().strip_prefix(&self.root)
                && path.ancestors().any(|path| matches(&self.include, path))
            {
                snapshot.files.insert(path.to_owned(), (metadata.modified().ok(), metadata.len()));
            }
        }
        snapshot
    }
}

impl Snapshot {
    pub(crate) fn files(&self) -> usize {
        self.files.len()
    }

    /// The files that are not as they were `before`.
    pub(crate) fn changed_since<'a>(&'a self, before: &'a Self) -> Vec<&'a Path> {
        let changed = self.files.iter().filter(|(path, state)| before.files.get(*path) != Some(state));
        let gone = before.files.keys().filter(|path| !self.files.contains_key(*path));
        changed.map(|(path, _)| path.as_path()).chain(gone.map(PathBuf::as_path)).collect()
    }
}

fn matches(patterns: &[Pattern], path: &Path) -> bool {
    !path.as_os_str().is_empty() && patterns.iter().any(|pattern| pattern.matches_path_with(path, OPTIONS))
}

/// The root of the workspace that a directory belongs to, if it is one of cargo's.
fn workspace(directory: &Path) -> Option<PathBuf> {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(["locate-project", "--workspace", "--message-format", "plain"]).current_dir(directory);
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let manifest = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim_end());
    manifest.parent().filter(|root| root.is_absolute()).map(Path::to_owned)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::watch_settings::Patterns;

    const FILES: [&str; 9] = [
        "Cargo.toml",
        "src/main.rs",
        "app/src/lib.rs",
        "notes.md",
        "target/debug/build.rs",
        "cdk.out/app.rs",
        "generated/a.rs",
        ".hidden/b.rs",
        "site/index.html",
    ];

    fn tree() -> tempfile::TempDir {
        let directory = tempfile::tempdir().expect("a directory");
        for file in FILES {
            let path = directory.path().join(file);
            fs::create_dir_all(path.parent().expect("a parent")).expect("made");
            fs::write(path, "").expect("written");
        }
        fs::write(directory.path().join(".gitignore"), "/generated\n").expect("written");
        fs::write(directory.path().join("Cargo.toml"), "[workspace]\n").expect("written");
        directory
    }

    fn seen(directory: &Path, settings: &WatchSettings) -> Vec<String> {
        let sources = Sources::of(directory, settings, Path::new("cdk.out")).expect("patterns");
        sources.look().files.keys().map(|path| path.display().to_string()).collect()
    }

    #[test]
    fn the_sources_of_the_workspace_count_and_what_is_made_of_them_does_not() {
        let tree = tree();
        assert_eq!(seen(tree.path(), &WatchSettings::default()), ["Cargo.toml", "app/src/lib.rs", "src/main.rs"]);
    }

    #[test]
    fn patterns_choose_others() {
        let tree = tree();
        let patterns = |patterns: &[&str]| Patterns(patterns.iter().map(|&pattern| pattern.into()).collect());
        let all = WatchSettings { include: patterns(&["**"]), exclude: patterns(&["app", "**/*.md"]) };
        assert_eq!(seen(tree.path(), &all), ["Cargo.toml", "site/index.html", "src/main.rs"]);
        let one = WatchSettings { include: patterns(&["site"]), exclude: patterns(&[]) };
        assert_eq!(seen(tree.path(), &one), ["site/index.html"]);
        let wrong = WatchSettings { include: patterns(&["a**"]), exclude: patterns(&[]) };
        assert!(Sources::of(tree.path(), &wrong, Path::new("cdk.out")).is_err());
    }

    #[test]
    fn what_changes_comes_or_goes_is_told() {
        let tree = tree();
        let sources = Sources::of(tree.path(), &WatchSettings::default(), Path::new("cdk.out")).expect("patterns");
        let before = sources.look();
        assert!(sources.look().changed_since(&before).is_empty());
        fs::write(tree.path().join("src/main.rs"), "fn main() {}").expect("written");
        fs::write(tree.path().join("src/new.rs"), "").expect("written");
        fs::write(tree.path().join("notes.md"), "more").expect("written");
        fs::remove_file(tree.path().join("app/src/lib.rs")).expect("removed");
        let now = sources.look();
        let expected = ["src/main.rs", "src/new.rs", "app/src/lib.rs"].map(Path::new);
        assert_eq!(now.changed_since(&before), expected);
    }
}
