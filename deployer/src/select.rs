//! Choosing stacks by their names.

use glob::{MatchOptions, Pattern, PatternError};
use thiserror::Error;

use crate::stack::Stack;

/// `*` stays inside one part of a name, as in a path; `**` does not.
const OPTIONS: MatchOptions =
    MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: false };

/// Chooses the stacks whose display name matches one of `patterns`, in the order that they have; all of them where
/// there is no pattern.
///
/// In a pattern, `?` stands for one character, `*` for any number, `[ab]` for one of several, none of them for a slash;
/// `**` stands for any number of parts: `Prod/**` are the stacks of the stage `Prod`.
///
/// # Errors
/// A pattern is not well-formed, or matches no stack.
pub fn select<'a>(stacks: &'a [Stack], patterns: &[String]) -> Result<Vec<&'a Stack>, SelectError> {
    if patterns.is_empty() {
        return Ok(stacks.iter().collect());
    }
    let mut chosen = vec![false; stacks.len()];
    for pattern in patterns {
        let glob = Pattern::new(pattern).map_err(|source| SelectError::Pattern { pattern: pattern.clone(), source })?;
        let mut matched = false;
        for (stack, chosen) in stacks.iter().zip(&mut chosen) {
            if glob.matches_with(&stack.display_name, OPTIONS) {
                (*chosen, matched) = (true, true);
            }
        }
        if !matched {
            let names = stacks.iter().map(|stack| stack.display_name.clone()).collect();
            return Err(SelectError::NoMatch { pattern: pattern.clone(), names });
        }
    }
    Ok(stacks.iter().zip(chosen).filter_map(|(stack, chosen)| chosen.then_some(stack)).collect())
}

/// Why stacks cannot be chosen.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SelectError {
    /// A pattern is not well-formed.
    #[error("{pattern:?} is not a pattern")]
    Pattern {
        /// The pattern.
        pattern: String,
        /// What is wrong with it.
        source: PatternError,
    },
    /// A pattern matches no stack.
    #[error("no stack matches {pattern:?}")]
    NoMatch {
        /// The pattern.
        pattern: String,
        /// The display names of all stacks.
        names: Vec<String>,
    },
}

impl SelectError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Pattern { .. } => "a pattern may have *, ?, [ab], and ** as a whole part: Prod/**".into(),
            Self::NoMatch { names, .. } if names.is_empty() => "the assembly has no stacks".into(),
            Self::NoMatch { pattern, names } => {
                let like = nearest(pattern, names).map(|name| format!("did you mean {name}? ")).unwrap_or_default();
                format!("{like}the stacks are {}", names.join(", "))
            }
        }
    }
}

/// The name that somebody may have meant.
fn nearest<'a>(pattern: &str, names: &'a [String]) -> Option<&'a str> {
    let alike = |name: &str| strsim::jaro_winkler(&pattern.to_lowercase(), &name.to_lowercase());
    let best = names.iter().map(|name| (alike(name), name.as_str())).max_by(|one, other| one.0.total_cmp(&other.0));
    best.filter(|(alike, _)| *alike > 0.8).map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_told_of() {
        let names = ["Network", "Prod/Api"].map(str::to_owned);
        let hint = |pattern: &str| SelectError::NoMatch { pattern: pattern.into(), names: names.to_vec() }.hint();
        assert_eq!(hint("network"), "did you mean Network? the stacks are Network, Prod/Api");
        assert_eq!(hint("Prod/Apis"), "did you mean Prod/Api? the stacks are Network, Prod/Api");
        assert_eq!(hint("Shop"), "the stacks are Network, Prod/Api");
    }
}
