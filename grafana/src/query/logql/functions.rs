//! What LogQL's functions and words take.

/// A function over the lines of a range.
pub(super) struct RangeFunction {
    pub(super) name: &'static str,
    /// Whether it takes plain lines.
    pub(super) lines: bool,
    /// Whether it takes numbers that `unwrap` finds in lines.
    pub(super) numbers: bool,
    /// Whether it groups with `by` and `without`.
    pub(super) groups: bool,
}

const fn function(name: &'static str, lines: bool, numbers: bool, groups: bool) -> RangeFunction {
    RangeFunction { name, lines, numbers, groups }
}

/// Source: <https://grafana.com/docs/loki/latest/query/metric_queries/>.
pub(super) const RANGE_FUNCTIONS: [RangeFunction; 15] = [
    function("absent_over_time", true, true, false),
    function("avg_over_time", false, true, true),
    function("bytes_over_time", true, false, false),
    function("bytes_rate", true, false, false),
    function("count_over_time", true, false, false),
    function("first_over_time", false, true, true),
    function("last_over_time", false, true, true),
    function("max_over_time", false, true, true),
    function("min_over_time", false, true, true),
    function("quantile_over_time", false, true, true),
    function("rate", true, true, false),
    function("rate_counter", false, true, false),
    function("stddev_over_time", false, true, true),
    function("stdvar_over_time", false, true, true),
    function("sum_over_time", false, true, false),
];

/// Those over all series.
pub(super) const AGGREGATIONS: [&str; 12] =
    ["approx_topk", "avg", "bottomk", "count", "max", "min", "sort", "sort_desc", "stddev", "stdvar", "sum", "topk"];

/// Words that can be no label.
pub(super) const KEYWORDS: [&str; 23] = [
    "and",
    "bool",
    "by",
    "decolorize",
    "drop",
    "group_left",
    "group_right",
    "ignoring",
    "json",
    "keep",
    "label_format",
    "line_format",
    "logfmt",
    "offset",
    "on",
    "or",
    "pattern",
    "regexp",
    "unless",
    "unpack",
    "unwrap",
    "variants",
    "without",
];

/// Every name behind which a parenthesis can stand.
pub(super) fn callable() -> impl Iterator<Item = &'static str> {
    RANGE_FUNCTIONS.iter().map(|at| at.name).chain(AGGREGATIONS).chain(["label_replace", "vector"])
}
