//! [`Authentication`]: how people sign in.

use super::saml::SamlConfiguration;

/// How people sign in to a workspace.
/// [AWS page](https://docs.aws.amazon.com/grafana/latest/userguide/authentication-in-AMG.html).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Authentication {
    /// By IAM Identity Center, which has to be enabled in the account or its organization before.
    IdentityCenter,
    /// By an identity provider of your own.
    Saml(SamlConfiguration),
    /// Either way.
    Both(SamlConfiguration),
}

impl Authentication {
    pub(super) const fn providers(&self) -> &'static [&'static str] {
        match self {
            Self::IdentityCenter => &["AWS_SSO"],
            Self::Saml(_) => &["SAML"],
            Self::Both(_) => &["AWS_SSO", "SAML"],
        }
    }

    pub(super) const fn saml(&self) -> Option<&SamlConfiguration> {
        match self {
            Self::IdentityCenter => None,
            Self::Saml(saml) | Self::Both(saml) => Some(saml),
        }
    }
}
