//! Managed Grafana: workspaces.
//!
//! A workspace is empty when its stack is deployed: data sources, dashboards, alerts and who may sign in are not
//! CloudFormation's business. They are a [`Content`] here, checked at synthesis and brought to the workspace by
//! `belvedere deploy` once the stack is there: [`WorkspaceContent`].
//!
//! ```
//! use belvedere::Stack;
//! use belvedere::aps;
//! use belvedere::grafana::{Authentication, Workspace, access};
//!
//! let mut stack = Stack::new("Observability");
//! let metrics = stack.add("Metrics", aps::Workspace::new());
//! let grafana = stack.add(
//!     "Grafana",
//!     Workspace::new(Authentication::IdentityCenter).grant(metrics.query()).grant(access::xray()),
//! );
//! stack.output("GrafanaUrl", grafana.url());
//! ```

pub mod access;
mod account_access;
mod authentication;
mod filling;
mod network_access;
mod permissions;
mod saml;
mod version;
mod workspace;
mod workspace_ref;

pub use account_access::{AccountAccess, OrganizationAccess};
pub use authentication::Authentication;
pub use belvedere_grafana::{
    Content, Finding, Folder, FolderRef, Login, Part, Secret, SecretPlace, SecretSource, WorkspaceRole, alerting,
    catalog, dashboard, datasource, prometheus, provisioning, query, ready, slo,
};
pub use filling::{ServerContent, WorkspaceContent};
pub use network_access::NetworkAccess;
pub use permissions::{OwnRole, Permissions, ServiceManaged, ServiceManagedDataSource};
pub use saml::{SamlConfiguration, SamlRoles};
pub use version::GrafanaVersion;
pub use workspace::Workspace;
pub use workspace_ref::WorkspaceRef;
