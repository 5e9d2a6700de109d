//! The attributes and intrinsics of TraceQL, and the types of values.

use super::super::variable::variable_at;

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    /// Known only when a span is looked at.
    Any,
    Text,
    Integer,
    Float,
    Duration,
    Boolean,
    Status,
    Kind,
    Nil,
}

impl Type {
    pub(super) fn is_number(self) -> bool {
        matches!(self, Self::Integer | Self::Float | Self::Duration)
    }

    /// Whether two values can be compared or counted with.
    pub(super) fn fits(self, other: Self) -> bool {
        let open = |at: Self| matches!(at, Self::Any | Self::Nil);
        self == other || open(self) || open(other) || self.is_number() && other.is_number()
    }

    /// Whether an operator takes such a value.
    pub(super) fn takes(self, operator: &str) -> bool {
        let equality = matches!(operator, "=" | "!=");
        let order = matches!(operator, ">" | ">=" | "<" | "<=");
        match self {
            Self::Any => true,
            Self::Text => equality || order || matches!(operator, "=~" | "!~"),
            Self::Boolean => equality || matches!(operator, "&&" | "||"),
            Self::Status | Self::Kind | Self::Nil => equality,
            _ => equality || order || matches!(operator, "+" | "-" | "*" | "/" | "%" | "^"),
        }
    }

    pub(super) fn shown(self) -> &'static str {
        match self {
            Self::Any => "an attribute",
            Self::Text => "a text",
            Self::Integer | Self::Float => "a number",
            Self::Duration => "a duration",
            Self::Boolean => "true or false",
            Self::Status => "a status",
            Self::Kind => "a kind",
            Self::Nil => "nil",
        }
    }
}

/// What every span has, or its trace.
pub(super) const INTRINSICS: [(&str, Type); 30] = [
    ("duration", Type::Duration),
    ("event:name", Type::Text),
    ("event:timeSinceStart", Type::Duration),
    ("instrumentation:name", Type::Text),
    ("instrumentation:version", Type::Text),
    ("kind", Type::Kind),
    ("link:spanID", Type::Text),
    ("link:traceID", Type::Text),
    ("name", Type::Text),
    ("nestedSetLeft", Type::Integer),
    ("nestedSetParent", Type::Integer),
    ("nestedSetRight", Type::Integer),
    ("parent", Type::Nil),
    ("rootName", Type::Text),
    ("rootServiceName", Type::Text),
    ("span:childCount", Type::Integer),
    ("span:duration", Type::Duration),
    ("span:id", Type::Text),
    ("span:kind", Type::Kind),
    ("span:name", Type::Text),
    ("span:parentID", Type::Text),
    ("span:status", Type::Status),
    ("span:statusMessage", Type::Text),
    ("status", Type::Status),
    ("statusMessage", Type::Text),
    ("trace:duration", Type::Duration),
    ("trace:id", Type::Text),
    ("trace:rootName", Type::Text),
    ("trace:rootService", Type::Text),
    ("traceDuration", Type::Duration),
];

/// The words that are values.
pub(super) const VALUES: [(&str, Type); 14] = [
    ("client", Type::Kind),
    ("consumer", Type::Kind),
    ("error", Type::Status),
    ("false", Type::Boolean),
    ("internal", Type::Kind),
    ("maxInt", Type::Integer),
    ("minInt", Type::Integer),
    ("nil", Type::Nil),
    ("ok", Type::Status),
    ("producer", Type::Kind),
    ("server", Type::Kind),
    ("true", Type::Boolean),
    ("unset", Type::Status),
    ("unspecified", Type::Kind),
];

/// What an attribute can begin with.
pub(super) const SCOPES: [&str; 9] =
    ["parent.resource.", "parent.span.", "parent.", "resource.", "span.", "event.", "link.", "instrumentation.", "."];

pub(super) fn is_attribute(word: &str) -> bool {
    SCOPES.iter().any(|scope| word.len() > scope.len() && word.starts_with(scope))
}

/// The length of the attribute, or of the intrinsic with a scope, that a text begins with.
pub(super) fn length(text: &str) -> Option<usize> {
    let scoped = ["trace:", "span:", "event:", "link:", "instrumentation:"];
    if let Some(scope) = scoped.iter().find(|scope| text.starts_with(**scope)) {
        let name = &text[scope.len()..];
        let length = name.find(|at: char| !at.is_ascii_alphabetic()).unwrap_or(name.len());
        return Some(scope.len() + length);
    }
    let scope = SCOPES.iter().find(|scope| text.starts_with(**scope))?;
    // `.5` is a number.
    if *scope == "." && text[1..].starts_with(|next: char| next.is_ascii_digit()) {
        return None;
    }
    let mut at = scope.len();
    while let Some(next) = text[at..].chars().next() {
        if let Some(variable) = variable_at(text, at) {
            at = variable.span.end;
        } else if next == '"' {
            at += quoted(&text[at..]);
        } else if next.is_whitespace() || "{}()=~!<>&|^,".contains(next) {
            break;
        } else {
            at += next.len_utf8();
        }
    }
    Some(at)
}

/// The length of a part of a name that is in quotes. One that is not closed ends with the text.
fn quoted(text: &str) -> usize {
    let mut escaped = false;
    for (at, next) in text.char_indices().skip(1) {
        match next {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}
