//! What the tests of the stores need.

use std::env;
use std::ffi::OsString;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use data_processor::store::{StorageUrl, Store};
use tokio::time::{Instant, sleep};

use crate::skip::skip;

/// The time that an operation has in these tests.
pub(crate) const LIMIT: Duration = Duration::from_secs(5);

/// The repository's root.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate lies below the root")
}

/// A program below `target/tools`, or nothing once the skipped case is reported.
///
/// # Panics
/// When the program is not there and `BELVEDERE_REQUIRE_TOOLS` is 1.
pub(crate) fn find_or_skip(case: &str, program: &str) -> Option<PathBuf> {
    let folder = env::var_os("BELVEDERE_TOOLS").map_or_else(|| root().join("target/tools"), PathBuf::from);
    let path = folder.join(program);
    if path.exists() {
        return Some(path);
    }
    skip(case, &format!("{program} is not installed; tests/tools/install does that"));
    None
}

/// A port that was free a moment ago.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    listener.local_addr().expect("it is bound").port()
}

/// Opens a store with an environment of its own.
pub(crate) async fn open(url: &str, variables: &[(&str, String)]) -> Arc<dyn Store> {
    let lookup = |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value));
    let url: StorageUrl = url.parse().expect("a storage URL");
    url.open_with(LIMIT, &lookup).await.expect("it opens, whether or not the system answers")
}

/// Waits until `done`, for as long as a system may take to come back.
pub(crate) async fn eventually<F: Future<Output = bool>>(what: &str, done: impl Fn() -> F) {
    let begin = Instant::now();
    while !done().await {
        assert!(begin.elapsed() < Duration::from_secs(30), "{what} takes more than 30 s");
        sleep(Duration::from_millis(50)).await;
    }
}
