//! The table `[watch]` of `belvedere.toml`, which is the key `watch` of `cdk.json`.

use serde::Deserialize;

/// Which files `belvedere watch` watches, by patterns as in [`select()`](crate::select()); a directory stands for all that
/// is in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct WatchSettings {
    /// Which count. Rust sources, `Cargo.toml`, `Cargo.lock` and the settings by default.
    pub include: Patterns,
    /// Which of them do not count.
    pub exclude: Patterns,
}

/// One pattern, or several.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "OneOrMany")]
#[non_exhaustive]
pub struct Patterns(pub Vec<String>);

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl From<OneOrMany> for Patterns {
    fn from(patterns: OneOrMany) -> Self {
        match patterns {
            OneOrMany::One(pattern) => Self(vec![pattern]),
            OneOrMany::Many(patterns) => Self(patterns),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_pattern_needs_no_list() {
        let settings: WatchSettings =
            serde_json::from_str(r#"{"include": "**", "exclude": ["a", "b"]}"#).expect("valid");
        assert_eq!(settings.include.0, ["**"]);
        assert_eq!(settings.exclude.0, ["a", "b"]);
    }
}
