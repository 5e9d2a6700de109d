//! Queries of CloudWatch.

mod math;
mod metric;
mod statistic;

pub(in crate::check) use metric::{check, variable};
