//! [`Calc`]: how the values of a field become one.

use std::borrow::Cow;

use belvedere_cfn::Expr;

/// How the values of a field become one, for stats, legends, tables and transformations
/// (<https://grafana.com/docs/grafana/latest/panels-visualizations/query-transform-data/calculation-types/>).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Calc(Cow<'static, str>);

macro_rules! calcs {
    ($($(#[$doc:meta])+ $name:ident = $id:literal;)+) => {
        impl Calc {
            $($(#[$doc])+ pub const $name: Self = Self(Cow::Borrowed($id));)+

            /// The calculations that have a name here, with the name.
            pub const NAMED: &'static [(&'static str, Self)] = &[$((stringify!($name), Self::$name),)+];
        }
    };
}

calcs! {
    /// The last value that is one.
    LAST_NOT_NULL = "lastNotNull";
    /// The last value.
    LAST = "last";
    /// The first value that is one.
    FIRST_NOT_NULL = "firstNotNull";
    /// The first value.
    FIRST = "first";
    /// The least.
    MIN = "min";
    /// The greatest.
    MAX = "max";
    /// The average.
    MEAN = "mean";
    /// The median.
    MEDIAN = "median";
    /// The sum.
    SUM = "sum";
    /// How many there are.
    COUNT = "count";
    /// How many different ones there are.
    DISTINCT_COUNT = "distinctCount";
    /// How many changes there are.
    CHANGE_COUNT = "changeCount";
    /// The greatest less the least.
    RANGE = "range";
    /// By how much it grew in all, as of a counter.
    DELTA = "delta";
    /// The least distance between two values.
    STEP = "step";
    /// The last less the first.
    DIFFERENCE = "diff";
    /// The last less the first, in per cent of the first.
    DIFFERENCE_PERCENT = "diffperc";
    /// The least above zero.
    LOG_MIN = "logmin";
    /// The variance.
    VARIANCE = "variance";
    /// The standard deviation.
    STANDARD_DEVIATION = "stdDev";
    /// Whether all are zero.
    ALL_ZERO = "allIsZero";
    /// Whether none is a value.
    ALL_NULL = "allIsNull";
    /// All of them.
    ALL_VALUES = "allValues";
    /// All different ones.
    UNIQUE_VALUES = "uniqueValues";
}

impl Calc {
    /// A percentile, from 1 to 99.
    #[must_use]
    pub fn percentile(percentile: u8) -> Self {
        Self::custom(format!("p{percentile}"))
    }

    /// A calculation by its id.
    #[must_use]
    pub fn custom(id: impl Into<String>) -> Self {
        Self(Cow::Owned(id.into()))
    }

    /// Returns Grafana's id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<Calc> for Expr {
    fn from(calc: Calc) -> Self {
        Self::String(calc.0)
    }
}

/// Calculations as a list.
pub(crate) fn calcs(calcs: impl IntoIterator<Item = Calc>) -> Expr {
    Expr::List(calcs.into_iter().map(Expr::from).collect())
}
