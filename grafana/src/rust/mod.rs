//! Rust from JSON: a Grafana's dashboards and other content as code that gives the same JSON.

mod code;
mod literal;
mod made;
mod name;
mod same;

pub use same::differences;
