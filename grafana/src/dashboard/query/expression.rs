//! Expressions: what Grafana itself computes from the answers to queries.

use belvedere_cfn::{Expr, Properties};

use super::{Query, query};
use crate::dashboard::model::{Model, number};
use crate::dashboard::reduce::Calc;
use crate::dashboard::setter::words;
use crate::datasource::EXPRESSION;

query! {
    /// What Grafana computes from other queries of the panel or alert rule, which it refers to by their names
    /// (<https://grafana.com/docs/grafana/latest/panels-visualizations/query-transform-data/expression-queries/>).
    Expression
}

words! {
    /// What stands in places without a value.
    Upsampler {
        /// The value before.
        Pad = "pad",
        /// The value after.
        BackFill = "backfilling",
        /// None.
        Fill = "fillna",
    }
}

/// What a value is compared with.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Bound {
    /// It is greater.
    Above(f64),
    /// It is greater or the same.
    AtLeast(f64),
    /// It is less.
    Below(f64),
    /// It is less or the same.
    AtMost(f64),
    /// It is the same.
    Equal(f64),
    /// It is another.
    NotEqual(f64),
    /// It is between the two.
    Within(f64, f64),
    /// It is not between the two.
    Outside(f64, f64),
}

impl Bound {
    /// Returns the evaluator of Grafana's conditions: `{"type": "gt", "params": [0]}`.
    pub(crate) fn evaluator(self) -> Properties {
        let (kind, params) = match self {
            Self::Above(value) => ("gt", vec![value]),
            Self::AtLeast(value) => ("gte", vec![value]),
            Self::Below(value) => ("lt", vec![value]),
            Self::AtMost(value) => ("lte", vec![value]),
            Self::Equal(value) => ("eq", vec![value]),
            Self::NotEqual(value) => ("ne", vec![value]),
            Self::Within(from, to) => ("within_range", vec![from, to]),
            Self::Outside(from, to) => ("outside_range", vec![from, to]),
        };
        let params: Vec<Expr> = params.into_iter().map(number).collect();
        Properties::new().with("params", params).with("type", kind)
    }
}

impl Expression {
    /// Computes from others: `$A / $B * 100`, with `+ - * / % **`, comparisons, `&& || !` and functions such as `abs($A)`.
    #[must_use]
    pub fn math(expression: impl Into<String>) -> Self {
        Self::new("math", Properties::new().with("expression", expression.into()))
    }

    /// Makes one number of each series of another.
    #[must_use]
    pub fn reduce(of: impl Into<String>, calc: Calc) -> Self {
        // Here the last value that is one is called `last`, whose name in panels is `lastNotNull`.
        let calc = if calc == Calc::LAST_NOT_NULL { Calc::LAST } else { calc };
        Self::new("reduce", Properties::new().with("expression", of.into()).with("reducer", calc))
    }

    /// Brings the series of another to one value for each window, such as `10s`.
    #[must_use]
    pub fn resample(of: impl Into<String>, window: impl Into<String>, down: Calc, up: Upsampler) -> Self {
        let model = Properties::new()
            .with("downsampler", down)
            .with("expression", of.into())
            .with("upsampler", up)
            .with("window", window.into());
        Self::new("resample", model)
    }

    /// Is 1 where another is beyond a bound, and 0 elsewhere.
    #[must_use]
    pub fn threshold(of: impl Into<String>, bound: Bound) -> Self {
        let condition = Properties::new().with("evaluator", bound.evaluator());
        let model = Properties::new().with("conditions", vec![Expr::from(condition)]).with("expression", of.into());
        Self::new("threshold", model)
    }

    fn new(kind: &'static str, model: Properties) -> Self {
        Self(Query {
            plugin: EXPRESSION.to_owned(),
            uid: EXPRESSION.to_owned(),
            written: Some(super::data_source(EXPRESSION, EXPRESSION).into()),
            inherits: false,
            model: Model::new(model.with("type", kind)),
            reference: None,
        })
    }

    /// Leaves values out that are no numbers, in a reduction. By default one of them makes the result none too.
    ///
    /// Writes `settings.mode`.
    #[must_use]
    pub fn drop_non_numeric(mut self) -> Self {
        self.put("settings.mode", "dropNN".into());
        self
    }

    /// Puts a number in the place of values that are none, in a reduction.
    ///
    /// Writes `settings.mode` and `settings.replaceWithValue`.
    #[must_use]
    pub fn replace_non_numeric(mut self, with: impl Into<f64>) -> Self {
        self.put("settings.mode", "replaceNN".into());
        self.put("settings.replaceWithValue", number(with.into()));
        self
    }
}
