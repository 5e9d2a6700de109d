//! [`NetworkAccess`]: from where people may reach a workspace.

use belvedere_cfn::{IntoValue, Value, kind};

/// From where people may reach a workspace; they have to sign in all the same. From nowhere, until something is added.
/// [AWS page](https://docs.aws.amazon.com/grafana/latest/userguide/AMG-configure-nac.html).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NetworkAccess {
    pub(super) prefix_lists: Vec<Value<kind::ec2::PrefixListId>>,
    pub(super) vpc_endpoints: Vec<Value<String>>,
}

impl NetworkAccess {
    /// From nowhere yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { prefix_lists: Vec::new(), vpc_endpoints: Vec::new() }
    }

    /// From the addresses of a prefix list: at most five lists.
    #[must_use]
    pub fn prefix_list(mut self, id: impl IntoValue<kind::ec2::PrefixListId>) -> Self {
        self.prefix_lists.push(id.into_value());
        self
    }

    /// From a VPC, by its endpoint for `com.amazonaws.REGION.grafana-workspace`: at most five. Other endpoints are
    /// ignored.
    #[must_use]
    pub fn vpc_endpoint(mut self, id: impl IntoValue<String>) -> Self {
        self.vpc_endpoints.push(id.into_value());
        self
    }
}
