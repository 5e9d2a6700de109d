//! The names that Prometheus gives to the metrics of OpenTelemetry, and what a wrong name was probably meant to be.

/// The name that is nearest in spelling, if one is near at all.
pub(super) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let distance = |at: &&str| strsim::damerau_levenshtein(name, at);
    let near = known.into_iter().min_by_key(distance)?;
    // Up to a third of the name may differ.
    (strsim::damerau_levenshtein(name, near) * 3 <= name.len().max(3)).then_some(near)
}
