//! Lists of files.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;
use std::time::Instant;

use super::leaf::{LOWER, UPPER};
use crate::store::{Key, KeyPrefix, Page};

/// Reads one page. Of the directories it reads those alone that may hold keys of the page, in their order, and keeps no
/// more than the page in memory. Fails with [`io::ErrorKind::TimedOut`] at `deadline`: nobody waits any longer.
pub(super) fn page(
    root: &Path,
    prefix: &KeyPrefix,
    after: Option<Key>,
    limit: usize,
    deadline: Instant,
) -> io::Result<Page> {
    let (low, high) = prefix.range();
    let low = after.map_or(low, |after| low.max(after.uuid()));
    let wanted = |key: Key| prefix.matches(key) && after.is_none_or(|after| key > after);
    let (low, high) = (low.hyphenated().to_string(), high.hyphenated().to_string());
    // One more than the page tells whether there are more.
    let mut keys = BTreeSet::new();
    for upper in directories(root, UPPER, &low, &high)? {
        let path = root.join(&upper);
        let lowest = if low.starts_with(&upper) { &low[UPPER..] } else { "" };
        let highest = if high.starts_with(&upper) { &high[UPPER..] } else { "~" };
        let lower = match directories(&path, LOWER, lowest, highest) {
            // Pruned in the meantime.
            Err(error) if error.kind() == io::ErrorKind::NotFound && root.is_dir() => continue,
            lower => lower?,
        };
        for lower in lower {
            if Instant::now() >= deadline {
                return Err(io::ErrorKind::TimedOut.into());
            }
            match add(&mut keys, &path.join(lower), limit + 1, wanted) {
                Err(error) if error.kind() == io::ErrorKind::NotFound && root.is_dir() => {}
                added => added?,
            }
            if keys.len() > limit {
                let more = keys.pop_last().is_some();
                return Ok(Page { keys: keys.into_iter().collect(), more });
            }
        }
    }
    Ok(Page { keys: keys.into_iter().collect(), more: false })
}

/// The directories that are named by `length` hexadecimal digits between the beginnings of `low` and `high`.
fn directories(path: &Path, length: usize, low: &str, high: &str) -> io::Result<Vec<String>> {
    let (low, high) = (&low[..low.len().min(length)], &high[..high.len().min(length)]);
    let mut names = Vec::new();
    for entry in fs::read_dir(path)? {
        let Ok(name) = entry?.file_name().into_string() else { continue };
        let hexadecimal = name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if name.len() == length && hexadecimal && low <= name.as_str() && name.as_str() <= high {
            names.push(name);
        }
    }
    names.sort_unstable();
    Ok(names)
}

/// Adds the keys of one directory; `keys` holds the `most` first.
fn add(keys: &mut BTreeSet<Key>, path: &Path, most: usize, wanted: impl Fn(Key) -> bool) -> io::Result<()> {
    for entry in fs::read_dir(path)? {
        // Other files are not ours.
        let Some(key) = entry?.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        if wanted(key) && (keys.len() < most || keys.last().is_some_and(|last| key < *last)) {
            keys.insert(key);
            if keys.len() > most {
                keys.pop_last();
            }
        }
    }
    Ok(())
}
