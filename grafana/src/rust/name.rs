//! Names of Rust, made from what people called things.

use std::collections::BTreeSet;

/// The names that a scope has.
#[derive(Clone, Debug, Default)]
pub(super) struct Names(BTreeSet<String>);

/// What is no name of a function or a variable, or would hide one that generated code needs.
const RESERVED: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn", "else",
    "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod",
    "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static", "struct", "super", "trait", "true",
    "try", "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield", "main", "std", "core",
];

/// How long a name made from a title may be.
const LONGEST: usize = 48;

impl Names {
    /// Keeps a name from being given.
    pub(super) fn reserve(&mut self, name: &str) {
        self.0.insert(name.to_owned());
    }

    /// Returns a name in snake case that nothing in the scope has. `fallback` is for a text that has no letter.
    pub(super) fn name(&mut self, text: &str, fallback: &str) -> String {
        let mut base = snake_case(text);
        if base.is_empty() {
            fallback.clone_into(&mut base);
        } else if base.starts_with(|at: char| at.is_ascii_digit()) {
            base = format!("{fallback}_{base}");
        }
        if RESERVED.contains(&base.as_str()) {
            base = format!("{base}_{fallback}");
        }
        let mut name = base.clone();
        let mut number = 2;
        while !self.0.insert(name.clone()) {
            name = format!("{base}_{number}");
            number += 1;
        }
        name
    }
}

/// Returns the words of a text in snake case, cut after a word where they are too many.
pub(super) fn snake_case(text: &str) -> String {
    let mut name = String::new();
    let mut previous = ' ';
    for at in text.chars() {
        if at.is_ascii_alphanumeric() {
            let begins = at.is_ascii_uppercase() && (previous.is_ascii_lowercase() || previous.is_ascii_digit());
            if (begins || !previous.is_ascii_alphanumeric()) && !name.is_empty() && !name.ends_with('_') {
                name.push('_');
            }
            name.push(at.to_ascii_lowercase());
        }
        previous = at;
    }
    if name.len() > LONGEST {
        let end = name[..=LONGEST].rfind('_').unwrap_or(LONGEST);
        name.truncate(end);
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_legal_and_different() {
        let mut names = Names::default();
        let mut name = |text| names.name(text, "panel");
        assert_eq!(name("CPU Busy"), "cpu_busy");
        assert_eq!(name("CPU: busy!"), "cpu_busy_2");
        assert_eq!(name("5xx / s"), "panel_5xx_s");
        assert_eq!(name("Type"), "type_panel");
        assert_eq!(name("温度"), "panel");
        assert_eq!(name("panel"), "panel_2");
        assert_eq!(name("usedHeapMB"), "used_heap_mb");
        assert!(name(&"word ".repeat(40)).len() <= LONGEST);
    }
}
