//! Names that no other run has.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// A token for one operation on one stack: a request that is sent again by this run is known as the same, and one of
/// another run is not.
pub(crate) fn unique() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("belvedere-{}-{}-{count}", since.as_micros(), std::process::id())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_differ_and_are_tokens() {
        let (one, other) = (unique(), unique());
        assert_ne!(one, other);
        assert!(one.len() <= 128 && one.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'), "{one}");
    }
}
