//! Managed Grafana: workspaces.
//!
//! A workspace is empty when its stack is deployed: data sources, dashboards and who may sign in are not
//! CloudFormation's business, and are filled in through Grafana's own API.
//!
//! ```
//! use belvedere::Stack;
//! use belvedere::aps;
//! use belvedere::grafana::{Authentication, Workspace, data_source};
//!
//! let mut stack = Stack::new("Observability");
//! let metrics = stack.add("Metrics", aps::Workspace::new());
//! let grafana = stack.add(
//!     "Grafana",
//!     Workspace::new(Authentication::IdentityCenter).grant(metrics.query()).grant(data_source::xray()),
//! );
//! stack.output("GrafanaUrl", grafana.url());
//! ```

mod account_access;
mod authentication;
pub mod data_source;
mod network_access;
mod permissions;
mod saml;
mod version;
mod workspace;
mod workspace_ref;

pub use account_access::{AccountAccess, OrganizationAccess};
pub use authentication::Authentication;
pub use network_access::NetworkAccess;
pub use permissions::{OwnRole, Permissions, ServiceManaged, ServiceManagedDataSource};
pub use saml::{SamlConfiguration, SamlRoles};
pub use version::GrafanaVersion;
pub use workspace::Workspace;
pub use workspace_ref::WorkspaceRef;
