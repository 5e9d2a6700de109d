//! The functions of PromQL and the types of what they take.

use Type::{Range, Scalar, Text, Vector};

/// What an expression gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Vector,
    Scalar,
    Range,
    Text,
    /// A variable of Grafana decides.
    Any,
}

impl Type {
    pub(super) fn fits(self, wanted: Self) -> bool {
        self == wanted || self == Self::Any
    }

    /// As a message names it.
    pub(super) fn shown(self) -> &'static str {
        match self {
            Self::Vector => "series",
            Self::Scalar => "a number",
            Self::Range => "samples of a range",
            Self::Text => "a text",
            Self::Any => "what a variable holds",
        }
    }
}

pub(super) struct Function {
    pub(super) name: &'static str,
    arguments: &'static [Type],
    pub(super) least: usize,
    pub(super) most: usize,
    pub(super) returns: Type,
    pub(super) experimental: bool,
}

impl Function {
    /// What an argument has to be. More of them than are declared are like the last.
    pub(super) fn argument(&self, at: usize) -> Option<Type> {
        self.arguments.get(at).or(self.arguments.last()).copied()
    }

    const fn returns(self, returns: Type) -> Self {
        Self { returns, ..self }
    }

    /// The last argument can be left out.
    const fn optional(self) -> Self {
        Self { least: self.least - 1, ..self }
    }

    const fn up_to(self, most: usize) -> Self {
        Self { most, ..self }
    }

    const fn experimental(self) -> Self {
        Self { experimental: true, ..self }
    }
}

const fn function(name: &'static str, arguments: &'static [Type]) -> Function {
    let count = arguments.len();
    Function { name, arguments, least: count, most: count, returns: Vector, experimental: false }
}

pub(super) fn find(name: &str) -> Option<&'static Function> {
    FUNCTIONS.binary_search_by(|function| function.name.cmp(name)).ok().and_then(|at| FUNCTIONS.get(at))
}

/// By name. Those of Prometheus 3.14; the managed services have fewer.
///
/// Source: <https://prometheus.io/docs/prometheus/latest/querying/functions/>.
pub(super) static FUNCTIONS: [Function; 90] = [
    function("abs", &[Vector]),
    function("absent", &[Vector]),
    function("absent_over_time", &[Range]),
    function("acos", &[Vector]),
    function("acosh", &[Vector]),
    function("asin", &[Vector]),
    function("asinh", &[Vector]),
    function("atan", &[Vector]),
    function("atanh", &[Vector]),
    function("avg_over_time", &[Range]),
    function("ceil", &[Vector]),
    function("changes", &[Range]),
    function("clamp", &[Vector, Scalar, Scalar]),
    function("clamp_max", &[Vector, Scalar]),
    function("clamp_min", &[Vector, Scalar]),
    function("cos", &[Vector]),
    function("cosh", &[Vector]),
    function("count_over_time", &[Range]),
    function("day_of_month", &[Vector]).optional(),
    function("day_of_week", &[Vector]).optional(),
    function("day_of_year", &[Vector]).optional(),
    function("days_in_month", &[Vector]).optional(),
    function("deg", &[Vector]),
    function("delta", &[Range]),
    function("deriv", &[Range]),
    function("double_exponential_smoothing", &[Range, Scalar, Scalar]).experimental(),
    function("end", &[]).returns(Scalar).experimental(),
    function("exp", &[Vector]),
    function("first_over_time", &[Range]),
    function("floor", &[Vector]),
    function("histogram_avg", &[Vector]),
    function("histogram_count", &[Vector]),
    function("histogram_fraction", &[Scalar, Scalar, Vector]),
    function("histogram_quantile", &[Scalar, Vector]),
    function("histogram_quantiles", &[Vector, Text, Scalar, Scalar]).optional().up_to(12).experimental(),
    function("histogram_stddev", &[Vector]),
    function("histogram_stdvar", &[Vector]),
    function("histogram_sum", &[Vector]),
    function("hour", &[Vector]).optional(),
    function("idelta", &[Range]),
    function("increase", &[Range]),
    function("info", &[Vector, Vector]).optional().experimental(),
    function("irate", &[Range]),
    function("label_join", &[Vector, Text, Text, Text]).optional().up_to(usize::MAX),
    function("label_replace", &[Vector, Text, Text, Text, Text]),
    function("last_over_time", &[Range]),
    function("ln", &[Vector]),
    function("log10", &[Vector]),
    function("log2", &[Vector]),
    function("mad_over_time", &[Range]).experimental(),
    function("max_of", &[Scalar, Scalar]).returns(Scalar).experimental(),
    function("max_over_time", &[Range]),
    function("min_of", &[Scalar, Scalar]).returns(Scalar).experimental(),
    function("min_over_time", &[Range]),
    function("minute", &[Vector]).optional(),
    function("month", &[Vector]).optional(),
    function("pi", &[]).returns(Scalar),
    function("predict_linear", &[Range, Scalar]),
    function("present_over_time", &[Range]),
    function("quantile_over_time", &[Scalar, Range]),
    function("rad", &[Vector]),
    function("range", &[]).returns(Scalar).experimental(),
    function("rate", &[Range]),
    function("resets", &[Range]),
    function("round", &[Vector, Scalar]).optional(),
    function("scalar", &[Vector]).returns(Scalar),
    function("sgn", &[Vector]),
    function("sin", &[Vector]),
    function("sinh", &[Vector]),
    function("sort", &[Vector]),
    function("sort_by_label", &[Vector, Text]).optional().up_to(usize::MAX).experimental(),
    function("sort_by_label_desc", &[Vector, Text]).optional().up_to(usize::MAX).experimental(),
    function("sort_desc", &[Vector]),
    function("sqrt", &[Vector]),
    function("start", &[]).returns(Scalar).experimental(),
    function("start_timestamp", &[Vector]).experimental(),
    function("stddev_over_time", &[Range]),
    function("stdvar_over_time", &[Range]),
    function("step", &[]).returns(Scalar).experimental(),
    function("sum_over_time", &[Range]),
    function("tan", &[Vector]),
    function("tanh", &[Vector]),
    function("time", &[]).returns(Scalar),
    function("timestamp", &[Vector]),
    function("ts_of_first_over_time", &[Range]).experimental(),
    function("ts_of_last_over_time", &[Range]).experimental(),
    function("ts_of_max_over_time", &[Range]).experimental(),
    function("ts_of_min_over_time", &[Range]).experimental(),
    function("vector", &[Scalar]),
    function("year", &[Vector]).optional(),
];
