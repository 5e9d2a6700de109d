//! What the data sources of AWS services have in common.

/// Setters of data sources that sign with the credentials that Grafana finds where it runs.
macro_rules! aws {
    ($source:ident) => {
        impl $source {
            /// The region that is asked unless a query says otherwise. That of the stack by default.
            #[must_use]
            pub fn region(mut self, region: impl belvedere_cfn::IntoValue<String>) -> Self {
                self.settings.data("defaultRegion", region.into_value());
                self
            }

            /// Asks as this role. As the one that Grafana runs with by default.
            #[must_use]
            pub fn assume_role(mut self, role_arn: impl belvedere_cfn::IntoValue<String>) -> Self {
                self.settings.data("assumeRoleArn", role_arn.into_value());
                self
            }

            /// The external id that the assumed role asks for.
            #[must_use]
            pub fn external_id(mut self, id: impl belvedere_cfn::IntoValue<String>) -> Self {
                self.settings.data("externalId", id.into_value());
                self
            }

            /// Another endpoint than that of the region, such as that of a VPC endpoint.
            #[must_use]
            pub fn endpoint(mut self, url: impl belvedere_cfn::IntoValue<String>) -> Self {
                self.settings.data("endpoint", url.into_value());
                self
            }

            /// Names the role of a managed Grafana's workspace (`workspace-iam-role`). By default the credentials are those
            /// that AWS's libraries find, which in a workspace is the same role.
            #[must_use]
            pub fn workspace_role(mut self) -> Self {
                self.settings.data("authType", "workspace-iam-role");
                self
            }
        }
    };
}

pub(super) use aws;
