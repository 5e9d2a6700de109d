//! Names and durations as Prometheus writes them.

use std::time::Duration;

/// Returns what is wrong with a label's name, if anything is.
#[must_use]
pub fn label_complaint(name: &str) -> Option<String> {
    let legal = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if !legal {
        Some(format!("a label's name is a letter or `_`, then letters, digits and `_`, got `{name}`"))
    } else if name.starts_with("__") {
        Some(format!("labels that begin with `__` belong to Prometheus itself, got `{name}`"))
    } else {
        None
    }
}

/// Returns what is wrong with a metric's name, if anything is.
#[must_use]
pub fn metric_complaint(name: &str) -> Option<String> {
    let legal = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_' || first == ':')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b':');
    (!legal)
        .then(|| format!("a metric's name is a letter, `_` or `:`, then letters, digits, `_` and `:`, got `{name}`"))
}

/// Returns why a metric's name does not say that a rule records it, and what to do: such names have a colon, as those of
/// exporters have not. [Prometheus page](https://prometheus.io/docs/practices/rules/#naming).
pub(crate) fn record_complaint(name: &str) -> Option<(String, String)> {
    (!name.contains(':')).then(|| {
        let complaint = format!("what a rule records is called `level:metric:operations`, got `{name}`");
        (complaint, format!("write `job:{name}`, or which labels are left instead of `job`"))
    })
}

/// Returns the duration as Prometheus writes it, such as `1h30m`, to the millisecond.
#[must_use]
pub fn duration(duration: Duration) -> String {
    const UNITS: [(&str, u128); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];
    let mut rest = duration.as_millis();
    let mut text = String::new();
    for (unit, length) in UNITS {
        if rest >= length {
            text.push_str(&format!("{}{unit}", rest / length));
            rest %= length;
        }
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_written_as_prometheus_reads_them() {
        for (milliseconds, text) in
            [(0, "0s"), (300_000, "5m"), (5_400_000, "1h30m"), (432_000_000, "5d"), (1_500, "1s500ms")]
        {
            assert_eq!(duration(Duration::from_millis(milliseconds)), text);
        }
    }

    #[test]
    fn names_keep_to_prometheus_alphabets() {
        assert_eq!(label_complaint("status_code"), None);
        assert!(label_complaint("status-code").is_some_and(|complaint| complaint.contains("got `status-code`")));
        assert!(label_complaint("__name__").is_some_and(|complaint| complaint.contains("belong to Prometheus")));
        assert_eq!(metric_complaint("job:errors:rate5m"), None);
        assert!(metric_complaint("5xx").is_some());
    }
}
