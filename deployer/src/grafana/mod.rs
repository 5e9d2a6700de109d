//! Grafana from inside: what a content says is brought to a workspace of Amazon Managed Grafana, or to any Grafana, by its
//! HTTP API.
//!
//! Only what a content has made is ever changed or removed. What that is Grafana keeps itself, in a dashboard of the folder
//! `belvedere`; it is written before anything is made, so that a run that is killed leaves nothing behind that the next does
//! not know as its own.

mod api;
mod apply;
mod compare;
mod contents;
mod error;
mod export;
pub(crate) mod guard;
mod job;
mod left;
mod plan;
mod registry;
mod resource;
mod secret_values;
mod step;
mod thing;
mod token;
mod workspace;

pub use api::Login;
pub(crate) use api::base_of;
pub use apply::{Applied, ApplyOptions};
pub use compare::Difference;
pub(crate) use contents::contents;
pub use error::GrafanaError;
pub use job::Job;
pub(crate) use left::left_behind;
pub use plan::{Action, Plan, Step};
pub(crate) use step::after_stacks;
pub use step::{apply, export, jobs, plan, url};
pub use thing::Kind;
