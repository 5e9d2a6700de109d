//! [`SamlConfiguration`]: signing in by an identity provider of your own.

use std::time::Duration;

use belvedere_cfn::grafana::workspace;
use belvedere_cfn::{IntoValue, Value};

use crate::scope::Scope;

/// How a workspace works with a SAML 2.0 identity provider.
/// [AWS page](https://docs.aws.amazon.com/grafana/latest/userguide/authentication-in-AMG-SAML.html).
#[derive(Clone, Debug, PartialEq)]
pub struct SamlConfiguration {
    metadata: Metadata,
    attributes: Attributes,
    roles: Option<SamlRoles>,
    allowed_organizations: Vec<String>,
    login_validity: Option<Duration>,
}

/// The names of the attributes that hold what Grafana wants to know of a user.
#[derive(Clone, Debug, Default, PartialEq)]
struct Attributes {
    email: Option<String>,
    groups: Option<String>,
    login: Option<String>,
    name: Option<String>,
    org: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
enum Metadata {
    Url(Value<String>),
    Xml(String),
}

/// Who becomes what in Grafana. Whoever is neither admin nor editor is a viewer.
#[derive(Clone, Debug, PartialEq)]
pub struct SamlRoles {
    attribute: String,
    admin: Vec<String>,
    editor: Vec<String>,
}

impl SamlRoles {
    /// Those are admins for whom `attribute` of the assertion has one of these values. Nobody is an editor by default.
    #[must_use]
    pub fn new<V: Into<String>>(attribute: impl Into<String>, admin: impl IntoIterator<Item = V>) -> Self {
        Self { attribute: attribute.into(), admin: admin.into_iter().map(Into::into).collect(), editor: Vec::new() }
    }

    /// Those are editors for whom the attribute has one of these values.
    #[must_use]
    pub fn editor<V: Into<String>>(mut self, values: impl IntoIterator<Item = V>) -> Self {
        self.editor.extend(values.into_iter().map(Into::into));
        self
    }
}

impl SamlConfiguration {
    /// Reads the identity provider's metadata from an address.
    #[must_use]
    pub fn from_url(url: impl IntoValue<String>) -> Self {
        Self::new(Metadata::Url(url.into_value()))
    }

    /// Takes the identity provider's metadata as XML text.
    #[must_use]
    pub fn from_xml(xml: impl Into<String>) -> Self {
        Self::new(Metadata::Xml(xml.into()))
    }

    fn new(metadata: Metadata) -> Self {
        Self {
            metadata,
            attributes: Attributes::default(),
            roles: None,
            allowed_organizations: Vec::new(),
            login_validity: None,
        }
    }

    /// The attribute of the assertion that holds the e-mail address. `mail` by default.
    #[must_use]
    pub fn email_attribute(mut self, attribute: impl Into<String>) -> Self {
        self.attributes.email = Some(attribute.into());
        self
    }

    /// The attribute of the assertion that holds the user's groups. None by default.
    #[must_use]
    pub fn groups_attribute(mut self, attribute: impl Into<String>) -> Self {
        self.attributes.groups = Some(attribute.into());
        self
    }

    /// The attribute of the assertion that holds the login name. `mail` by default.
    #[must_use]
    pub fn login_attribute(mut self, attribute: impl Into<String>) -> Self {
        self.attributes.login = Some(attribute.into());
        self
    }

    /// The attribute of the assertion that holds the user's full name. `displayName` by default.
    #[must_use]
    pub fn name_attribute(mut self, attribute: impl Into<String>) -> Self {
        self.attributes.name = Some(attribute.into());
        self
    }

    /// The attribute of the assertion that holds the user's organization. None by default.
    #[must_use]
    pub fn organization_attribute(mut self, attribute: impl Into<String>) -> Self {
        self.attributes.org = Some(attribute.into());
        self
    }

    /// Who becomes what in Grafana. Everybody is a viewer by default.
    #[must_use]
    pub fn roles(mut self, roles: SamlRoles) -> Self {
        self.roles = Some(roles);
        self
    }

    /// Lets only users of these organizations in. All of them by default.
    #[must_use]
    pub fn allowed_organizations<O: Into<String>>(mut self, organizations: impl IntoIterator<Item = O>) -> Self {
        self.allowed_organizations.extend(organizations.into_iter().map(Into::into));
        self
    }

    /// How long it takes until one has to sign in again, in whole minutes. A day by default.
    #[must_use]
    pub const fn login_validity(mut self, time: Duration) -> Self {
        self.login_validity = Some(time);
        self
    }

    pub(super) fn render(&self, scope: &mut Scope<'_>) -> workspace::SamlConfiguration {
        let metadata = workspace::IdpMetadata::new();
        let mut configuration = workspace::SamlConfiguration::new(match &self.metadata {
            Metadata::Url(url) => {
                if url.as_str().is_some_and(|url| !url.starts_with("https://") && !url.starts_with("http://")) {
                    scope.problem(format!(
                        "the address of SAML metadata begins with `https://`, got `{}`",
                        url.as_str().unwrap_or_default()
                    ));
                }
                metadata.url(url)
            }
            Metadata::Xml(xml) => metadata.xml(xml),
        });
        if self.attributes != Attributes::default() || self.roles.is_some() {
            let Attributes { email, groups, login, name, org } = &self.attributes;
            let mut attributes = workspace::AssertionAttributes::new();
            if let Some(attribute) = email {
                attributes = attributes.email(attribute);
            }
            if let Some(attribute) = groups {
                attributes = attributes.groups(attribute);
            }
            if let Some(attribute) = login {
                attributes = attributes.login(attribute);
            }
            if let Some(attribute) = name {
                attributes = attributes.name(attribute);
            }
            if let Some(attribute) = org {
                attributes = attributes.org(attribute);
            }
            if let Some(roles) = &self.roles {
                attributes = attributes.role(&roles.attribute);
            }
            configuration = configuration.assertion_attributes(attributes);
        }
        if let Some(roles) = &self.roles {
            if roles.admin.is_empty() {
                scope.problem("SAML roles need a value that makes an admin: nobody could change the workspace");
            }
            let mut values = workspace::RoleValues::new().admin(&roles.admin);
            if !roles.editor.is_empty() {
                values = values.editor(&roles.editor);
            }
            configuration = configuration.role_values(values);
        }
        if !self.allowed_organizations.is_empty() {
            configuration = configuration.allowed_organizations(&self.allowed_organizations);
        }
        if let Some(time) = self.login_validity {
            if time.is_zero() || !time.as_secs().is_multiple_of(60) || time.subsec_nanos() != 0 {
                scope.problem(format!(
                    "login_validity must be at least a minute, in whole minutes, got {} s",
                    time.as_secs_f64()
                ));
            }
            configuration =
                configuration.login_validity_duration(u32::try_from(time.as_secs() / 60).unwrap_or(u32::MAX));
        }
        configuration
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Stack;
    use crate::grafana::{Authentication, Workspace};
    use crate::testing::{Template, json};

    #[test]
    fn saml_is_a_part_of_the_workspace() {
        let saml = SamlConfiguration::from_url("https://idp.example.com/metadata")
            .email_attribute("mail")
            .roles(SamlRoles::new("role", ["observability"]).editor(["developers"]))
            .allowed_organizations(["example"])
            .login_validity(Duration::from_secs(8 * 3_600));
        let mut stack = Stack::new("Example");
        stack.add("Grafana", Workspace::new(Authentication::Both(saml)));
        Template::from_stack(stack).expect("the stack is in order").has_resource_properties(
            "AWS::Grafana::Workspace",
            json!({
                "AuthenticationProviders": ["AWS_SSO", "SAML"],
                "SamlConfiguration": {
                    "AllowedOrganizations": ["example"],
                    "AssertionAttributes": { "Email": "mail", "Role": "role" },
                    "IdpMetadata": { "Url": "https://idp.example.com/metadata" },
                    "LoginValidityDuration": 480,
                    "RoleValues": { "Admin": ["observability"], "Editor": ["developers"] },
                },
            }),
        );
    }

    #[test]
    fn rejects_a_workspace_that_nobody_administers() {
        let saml = SamlConfiguration::from_url("idp.example.com")
            .roles(SamlRoles::new::<String>("role", []))
            .login_validity(Duration::from_secs(90));
        let mut stack = Stack::new("Example");
        stack.add("Grafana", Workspace::new(Authentication::Saml(saml)));
        let text = Template::from_stack(stack).expect_err("the configuration should be refused").to_string();
        for part in ["begins with `https://`, got `idp.example.com`", "a value that makes an admin", "got 90 s"] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}
