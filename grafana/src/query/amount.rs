//! Numbers, durations and amounts of bytes, as Loki and Tempo read them.

/// What an amount is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Amount {
    Integer,
    Float,
    Duration,
    Bytes,
}

/// Reads an amount; nothing when it is none.
pub(super) fn amount(text: &str) -> Option<Amount> {
    if text.bytes().all(|at| at.is_ascii_digit()) {
        return Some(Amount::Integer);
    }
    if text.bytes().all(|at| at.is_ascii_digit() || b".eE+-".contains(&at)) {
        return text.parse::<f64>().is_ok().then_some(Amount::Float);
    }
    if is_duration(text) {
        return Some(Amount::Duration);
    }
    let unit = text.trim_start_matches(|at: char| at.is_ascii_digit() || at == '.');
    let number = &text[..text.len() - unit.len()];
    let unit = unit.strip_suffix('B').unwrap_or(unit);
    let known = matches!(unit, "" | "k" | "K" | "M" | "G" | "T" | "P" | "ki" | "Ki" | "Mi" | "Gi" | "Ti" | "Pi");
    (known && number.parse::<f64>().is_ok()).then_some(Amount::Bytes)
}

/// A duration of Go or of Prometheus: numbers with units. Days and more are whole.
fn is_duration(text: &str) -> bool {
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|at: char| !at.is_ascii_digit() && at != '.').unwrap_or(rest.len());
        let number = &rest[..digits];
        rest = &rest[digits..];
        let unit = rest.find(|at: char| at.is_ascii_digit() || at == '.').unwrap_or(rest.len());
        let fits = match &rest[..unit] {
            "ns" | "us" | "µs" | "ms" | "s" | "m" | "h" => number.parse::<f64>().is_ok(),
            "d" | "w" | "y" => number.parse::<u64>().is_ok(),
            _ => false,
        };
        if !fits {
            return false;
        }
        rest = &rest[unit..];
    }
    !text.is_empty()
}

/// A duration of Prometheus, such as a range has: whole numbers, the largest unit first, each unit once.
pub(super) fn is_range(text: &str) -> bool {
    let mut rest = text;
    for unit in ["y", "w", "d", "h", "m", "s", "ms"] {
        let digits = rest.find(|at: char| !at.is_ascii_digit()).unwrap_or(rest.len());
        let behind = &rest[digits..];
        let length = behind.find(|at: char| at.is_ascii_digit()).unwrap_or(behind.len());
        if digits > 0 && &behind[..length] == unit {
            rest = &behind[length..];
        }
    }
    rest.is_empty() && !text.is_empty() || text == "0"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_told_apart() {
        let cases = [
            ("5", Some(Amount::Integer)),
            ("0x1f", None),
            ("1.5", Some(Amount::Float)),
            ("1e3", Some(Amount::Float)),
            ("1.5s", Some(Amount::Duration)),
            ("1h30m", Some(Amount::Duration)),
            ("250µs", Some(Amount::Duration)),
            ("7d", Some(Amount::Duration)),
            ("1.5d", None),
            ("10KB", Some(Amount::Bytes)),
            ("1.5MiB", Some(Amount::Bytes)),
            ("5G", Some(Amount::Bytes)),
            ("5x", None),
            ("1..5", None),
            ("5Mi5", None),
        ];
        for (text, expected) in cases {
            assert_eq!(amount(text), expected, "{text}");
        }
    }

    #[test]
    fn a_range_is_whole_and_in_order() {
        for text in ["5m", "1h30m", "1d12h", "100ms", "1y2w3d4h5m6s7ms"] {
            assert!(is_range(text), "{text}");
        }
        for text in ["", "5", "m", "30m1h", "1.5h", "5m5m", "5us", "5mm"] {
            assert!(!is_range(text), "{text}");
        }
    }
}
