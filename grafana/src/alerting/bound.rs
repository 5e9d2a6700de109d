//! Stand-ins until the dashboards' types are here.
use belvedere_cfn::{Expr, Properties};

/// What a value is compared with.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Bound {
    /// It is greater.
    Above(f64),
    /// It is less.
    Below(f64),
}

impl Bound {
    pub(crate) fn evaluator(self) -> Properties {
        let (kind, params) = match self {
            Self::Above(value) => ("gt", vec![value]),
            Self::Below(value) => ("lt", vec![value]),
        };
        let params: Vec<Expr> = params.into_iter().map(Expr::Number).collect();
        Properties::new().with("params", params).with("type", kind)
    }
}
