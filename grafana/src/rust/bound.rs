//! Bounds of expressions.

use serde_json::Value as Json;

use super::both::{Both, number};
use super::code::Code;
use super::literal;
use crate::dashboard::Bound;

/// Returns the evaluator of a condition as code.
pub(super) fn bound(wanted: &Json) -> Option<Both<Bound>> {
    let values: Vec<Both<f64>> = wanted["params"].as_array()?.iter().filter_map(float).collect();
    let one = |name: &str, make: fn(f64) -> Bound| {
        let [value, ..] = values.as_slice() else { return None };
        Some(Both::new(make(value.value), Code::call(format!("Bound::{name}"), vec![value.code.clone()])))
    };
    let two = |name: &str, make: fn(f64, f64) -> Bound| {
        let [from, to, ..] = values.as_slice() else { return None };
        let codes = vec![from.code.clone(), to.code.clone()];
        Some(Both::new(make(from.value, to.value), Code::call(format!("Bound::{name}"), codes)))
    };
    match wanted["type"].as_str()? {
        "gt" => one("Above", Bound::Above),
        "gte" => one("AtLeast", Bound::AtLeast),
        "lt" => one("Below", Bound::Below),
        "lte" => one("AtMost", Bound::AtMost),
        "eq" => one("Equal", Bound::Equal),
        "ne" => one("NotEqual", Bound::NotEqual),
        "within_range" => two("Within", Bound::Within),
        "outside_range" => two("Outside", Bound::Outside),
        _ => None,
    }
}

/// An `f64`.
fn float(wanted: &Json) -> Option<Both<f64>> {
    let value = number(wanted)?.value;
    Some(Both::new(value, Code::plain(literal::float(value))))
}
