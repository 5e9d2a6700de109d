//! LogQL, the language of Loki 3.
//!
//! Left out are what is experimental in Loki: `variants`, and the parser `xml`.
//!
//! Source: <https://grafana.com/docs/loki/latest/query/>.

mod functions;
mod parser;
mod pipeline;

use super::{Query, QueryError};

/// Parses a query.
///
/// # Errors
/// Says what is wrong, and where.
pub fn parse(text: &str) -> Result<Query, QueryError> {
    parser::parse(text)
}
