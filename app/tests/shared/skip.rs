//! Saying what was not tried.

use std::env;
use std::io::{self, Write as _};

/// Reports a case that was not tried, past the test runner's capture, which would hide it.
///
/// # Panics
/// When `BELVEDERE_REQUIRE_TOOLS` is 1.
pub(crate) fn skip(case: &str, reason: &str) {
    assert!(env::var_os("BELVEDERE_REQUIRE_TOOLS").is_none_or(|value| value != "1"), "{case}: {reason}");
    // A closed stderr is no reason to fail a test.
    _ = writeln!(io::stderr().lock(), "skipped: {case}: {reason}");
}
