//! Names and durations as Prometheus writes them.

pub use crate::duration::text as duration;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_to_prometheus_alphabets() {
        assert_eq!(label_complaint("status_code"), None);
        assert!(label_complaint("status-code").is_some_and(|complaint| complaint.contains("got `status-code`")));
        assert!(label_complaint("__name__").is_some_and(|complaint| complaint.contains("belong to Prometheus")));
        assert_eq!(metric_complaint("job:errors:rate5m"), None);
        assert!(metric_complaint("5xx").is_some());
    }
}
