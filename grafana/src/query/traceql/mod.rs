//! TraceQL, the language of Tempo 2.9, with the arithmetic and comparisons of series that came after it.
//!
//! Source: <https://grafana.com/docs/tempo/latest/traceql/>.

mod attribute;
mod field;
mod metrics;
mod pipeline;

use super::{Query, QueryError};

/// Parses a query.
///
/// # Errors
/// Says what is wrong, and where.
pub fn parse(text: &str) -> Result<Query, QueryError> {
    pipeline::parse(text)
}
