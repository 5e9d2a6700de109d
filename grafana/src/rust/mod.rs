//! Rust from JSON: dashboards, and all that a Grafana holds, as code that gives the same JSON.
//!
//! The code of a dashboard is what a person would write with [`dashboard`](crate::dashboard): a function for each panel, queries made from
//! references to data sources, setters for what has one, and `set` for the rest. What the code gives is known while it is
//! written, and compared with what it has to give, so that nothing is lost of any dashboard, whatever its age and its
//! plugins. Dashboards of old schemas stay what they are: Grafana itself brings them up to date when it loads them.
//!
//! ```
//! use belvedere_grafana::rust;
//!
//! let text = r#"{ "uid": "up", "title": "Up", "schemaVersion": 42, "panels": [] }"#;
//! let file = rust::dashboard("up.json", text)?;
//! assert!(file.text.contains("pub fn up() -> Dashboard {\n    Dashboard::new(\"up\", \"Up\")\n}"));
//! # Ok::<(), Box<belvedere_grafana::Finding>>(())
//! ```
//!
//! [`content`] does so with a whole [`Document`](crate::Document): data sources and the links between them, folders,
//! dashboards, rules and where alerts go. What has no type is JSON in the code, and what no code says is told.
//!
//! [`differences`] says what it means that two dashboards are the same, and [`content_differences`] that two contents are.

mod annotation;
mod both;
mod bound;
mod code;
mod content;
mod content_file;
mod dashboard;
mod data_source;
mod export;
mod file;
mod link;
mod literal;
mod made;
mod meaning;
mod name;
mod overrides;
mod panel;
mod policy;
mod query;
mod receiver;
mod references;
mod rule;
mod same;
mod secret;
mod source;
mod time;
mod transformation;
mod value;
mod variable;

pub use content::{RustContent, content};
pub use export::{dashboard, dashboards, model};
pub use file::{DataSourceParameter, RustFile};
pub use meaning::content_differences;
pub use same::differences;
