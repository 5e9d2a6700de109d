//! Grafana's console decides what the role may do that it makes.

use belvedere::aps;
use belvedere::grafana::{Authentication, Workspace};

fn main() {
    let metrics = aps::WorkspaceRef::from_id("ws-1");
    let _workspace = Workspace::service_managed(Authentication::IdentityCenter).grant(metrics.query());
}
