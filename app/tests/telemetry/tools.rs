//! Finds the programs that receive.

use std::env;
use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};

use crate::skip::skip;

/// A program below `target/tools`, or nothing once the skipped case is reported.
pub(crate) fn find_or_skip(case: &str, program: &str) -> Option<PathBuf> {
    let found = Some(tools().join(program)).filter(|path| path.exists());
    found.or_else(|| missing(case, program))
}

/// A program of Debian's, on the path or below `target/tools`, or nothing once the skipped case is reported.
pub(crate) fn find_debian_or_skip(case: &str, program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let unpacked = tools().join("deb/usr/bin");
    let mut folders = env::split_paths(&path).chain([unpacked]);
    let found = folders.find_map(|folder| Some(folder.join(program)).filter(|path| path.exists()));
    found.or_else(|| missing(case, program))
}

fn tools() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate lies below the root");
    env::var_os("BELVEDERE_TOOLS").map_or_else(|| root.join("target/tools"), PathBuf::from)
}

fn missing<T>(case: &str, program: &str) -> Option<T> {
    skip(case, &format!("{program} is not installed; tests/tools/install does that"));
    None
}

/// A scratch folder of one test, emptied when it begins and left for inspection when it ends.
pub(crate) fn scratch(case: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(case);
    _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("the target folder is writable");
    folder
}

/// An address that was free a moment ago.
pub(crate) fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    listener.local_addr().expect("it is bound")
}

/// Waits until `found` finds something.
pub(crate) fn eventually<T>(what: &str, found: impl FnMut() -> Option<T>) -> T {
    eventually_within(Duration::from_secs(60), what, found)
}

/// Waits until `found` finds something, for so long.
pub(crate) fn eventually_within<T>(limit: Duration, what: &str, mut found: impl FnMut() -> Option<T>) -> T {
    let begin = Instant::now();
    loop {
        if let Some(found) = found() {
            return found;
        }
        assert!(begin.elapsed() < limit, "{what}: not within {limit:?}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// A program of ours that ends with the test.
pub(crate) struct Running(pub(crate) Child);

impl Drop for Running {
    fn drop(&mut self) {
        _ = self.0.kill();
        _ = self.0.wait();
    }
}
