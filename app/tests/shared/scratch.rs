//! A folder for one test.

use std::path::{Path, PathBuf};
use std::{fs, thread};

use data_processor::store::Key;

/// An empty folder of one test, removed when it ends well.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn new(case: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{case}-{}", Key::generate()));
        fs::create_dir_all(&folder).expect("the target folder is writable");
        Self(folder)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if !thread::panicking() {
            _ = fs::remove_dir_all(&self.0);
        }
    }
}
