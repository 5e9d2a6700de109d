//! Spans: which are made, with which ids, and where a request's trace comes from.

mod budget;
pub(crate) mod ids;
mod propagation;
mod sampling;

pub(crate) use self::budget::Budget;
pub(crate) use self::propagation::{Incoming, Propagation, Propagator};
pub(crate) use self::sampling::Sampling;
