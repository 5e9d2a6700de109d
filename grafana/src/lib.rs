//! Grafana and Prometheus as typed code: data sources, dashboards, alerts and objectives, checked before they are
//! deployed.
//!
//! A program adds parts to a [`Content`]. What comes back from [`Content::add`] refers to the part: a data source's
//! reference makes queries in its own language, so that a dashboard can only ask what is there. A finished content is
//! checked without an account or a server ([`Content::check`]), and has three ways out: a [`Document`] that
//! `belvedere grafana apply` brings to a Grafana, files that Grafana provisions itself from, and plain JSON.

mod applied;
mod content;
mod document;
mod duration;
mod finding;
mod folder;
mod origins;
mod secret;

pub mod alerting;
pub mod catalog;
pub mod check;
pub mod dashboard;
pub mod datasource;
#[cfg(feature = "preview")]
pub mod preview;
pub mod prometheus;
pub mod provisioning;
pub mod query;
pub mod ready;
#[cfg(feature = "rust")]
pub mod rust;
pub mod slo;

pub use applied::{
    AppliedContent, AssemblyFile, Login, OutputOr, RoleAssignment, SecretPlace, SecretSource, Server, Target,
    WorkspaceRole, WorkspaceSettings,
};
pub use content::{Content, Part};
pub use document::{
    AlertingDocument, DashboardDocument, Document, FolderDocument, RuleGroupDocument, TemplateDocument, Unresolved,
};
pub use finding::{Finding, Rule, Severity, Span};
pub use folder::{Folder, FolderRef};
pub use secret::Secret;
