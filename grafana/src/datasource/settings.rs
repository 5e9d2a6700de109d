//! What data sources have in common.

use belvedere_cfn::{Expr, IntoValue, Properties};

use crate::secret::Secret;

/// What every data source has.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Settings {
    pub(super) uid: String,
    pub(super) name: String,
    pub(super) plugin: String,
    /// The members of the body, beside those that all have.
    pub(super) members: Properties,
    pub(super) json_data: Properties,
    pub(super) secure: Properties,
    pub(super) default_source: bool,
    headers: usize,
}

impl Settings {
    pub(super) fn new(uid: impl Into<String>, name: impl Into<String>, plugin: impl Into<String>) -> Self {
        Self {
            uid: uid.into(),
            name: name.into(),
            plugin: plugin.into(),
            members: Properties::new(),
            json_data: Properties::new(),
            secure: Properties::new(),
            default_source: false,
            headers: 0,
        }
    }

    pub(super) fn at(mut self, url: impl IntoValue<String>) -> Self {
        self.members.set("url", url.into_value());
        self
    }

    pub(super) fn data(&mut self, name: &'static str, value: impl Into<Expr>) {
        self.json_data.set(name, value);
    }

    pub(super) fn secret(&mut self, name: impl Into<String>, secret: Secret) {
        self.secure.set(name.into(), secret.into_placeholder());
    }

    /// Sets a member of an object in `jsonData`.
    pub(super) fn nested(&mut self, object: &'static str, member: &'static str, value: impl Into<Expr>) {
        if let Expr::Object(members) = self.json_data.entry(object) {
            members.set(member, value);
        }
    }

    pub(super) fn header(&mut self, name: impl Into<String>, value: Expr) {
        self.headers += 1;
        let number = self.headers;
        self.json_data.set(format!("httpHeaderName{number}"), name.into());
        self.secure.set(format!("httpHeaderValue{number}"), value);
    }

    pub(super) fn body(&self) -> Properties {
        let mut body = Properties::new()
            .with("access", "proxy")
            .with("isDefault", self.default_source)
            .with("jsonData", self.json_data.clone())
            .with("name", self.name.clone())
            .with("type", self.plugin.clone())
            .with("uid", self.uid.clone());
        if !self.secure.is_empty() {
            body.set("secureJsonData", self.secure.clone());
        }
        for (name, value) in self.members.iter() {
            body.set(name.to_owned(), value.clone());
        }
        body
    }
}

/// Setters that every data source has, and that it can be added to a content.
macro_rules! data_source {
    ($source:ident => $kind:ty) => {
        impl $source {
            /// Makes it the data source that new panels begin with. A Grafana has at most one; by default it is none of
            /// these.
            #[must_use]
            pub const fn default_source(mut self) -> Self {
                self.settings.default_source = true;
                self
            }

            /// Sets a member of `jsonData` that has no setter here, by the name that the plugin's page gives.
            #[must_use]
            pub fn json_data(
                mut self,
                name: impl Into<String>,
                value: impl belvedere_cfn::IntoValue<belvedere_cfn::Json>,
            ) -> Self {
                self.settings.json_data.set(name.into(), value.into_value());
                self
            }

            /// Leaves out a member of `jsonData` that is set by default.
            #[must_use]
            pub fn without_json_data(mut self, name: &str) -> Self {
                self.settings.json_data.remove(name);
                self
            }

            /// Sets a member of the data source itself that has no setter here, such as `withCredentials`.
            #[must_use]
            pub fn member(
                mut self,
                name: impl Into<String>,
                value: impl belvedere_cfn::IntoValue<belvedere_cfn::Json>,
            ) -> Self {
                self.settings.members.set(name.into(), value.into_value());
                self
            }

            /// Sets a member of `secureJsonData` that has no setter here.
            #[must_use]
            pub fn secure_json_data(mut self, name: impl Into<String>, secret: crate::secret::Secret) -> Self {
                self.settings.secret(name, secret);
                self
            }
        }

        impl crate::content::Part for $source {
            type Ref = crate::datasource::DataSourceRef<$kind>;

            fn add_to(self, content: &mut crate::content::Content) -> Self::Ref {
                crate::datasource::parts::add(content, self.settings)
            }
        }
    };
}

/// Setters of data sources that are asked over HTTP.
macro_rules! http {
    ($source:ident) => {
        impl $source {
            /// How long Grafana waits for an answer, in whole seconds. As long as Grafana's `dataproxy.timeout` by
            /// default: 30 s.
            #[must_use]
            pub fn timeout(mut self, time: std::time::Duration) -> Self {
                self.settings.data("timeout", i64::try_from(time.as_secs()).unwrap_or(i64::MAX));
                self
            }

            /// Signs in with a user's name and password. Nobody signs in by default.
            #[must_use]
            pub fn basic_auth(mut self, user: impl Into<String>, password: crate::secret::Secret) -> Self {
                self.settings.members.set("basicAuth", true);
                self.settings.members.set("basicAuthUser", user.into());
                self.settings.secret("basicAuthPassword", password);
                self
            }

            /// Sends a header with each request, such as `Authorization`: the secret is the whole value, with `Bearer `
            /// in front of a bearer token.
            #[must_use]
            pub fn secret_header(mut self, name: impl Into<String>, value: crate::secret::Secret) -> Self {
                self.settings.header(name, value.into_placeholder());
                self
            }

            /// Sends a header with each request whose value is no secret.
            #[must_use]
            pub fn header(mut self, name: impl Into<String>, value: impl belvedere_cfn::IntoValue<String>) -> Self {
                self.settings.header(name, value.into_value().into_expr());
                self
            }

            /// Trusts servers whose certificates this authority has signed (PEM), instead of those that the machine
            /// trusts.
            #[must_use]
            pub fn tls_authority(mut self, certificate: impl belvedere_cfn::IntoValue<String>) -> Self {
                self.settings.data("tlsAuthWithCACert", true);
                self.settings.secure.set("tlsCACert", certificate.into_value());
                self
            }

            /// Shows a client's certificate (PEM), whose key is secret. None by default.
            #[must_use]
            pub fn tls_client(
                mut self,
                certificate: impl belvedere_cfn::IntoValue<String>,
                key: crate::secret::Secret,
            ) -> Self {
                self.settings.data("tlsAuth", true);
                self.settings.secure.set("tlsClientCert", certificate.into_value());
                self.settings.secret("tlsClientKey", key);
                self
            }

            /// The name that the server's certificate is for. That in the URL by default.
            #[must_use]
            pub fn tls_server_name(mut self, name: impl belvedere_cfn::IntoValue<String>) -> Self {
                self.settings.data("serverName", name.into_value());
                self
            }

            /// Believes any certificate. For a server of one's own on a network of one's own.
            #[must_use]
            pub fn tls_skip_verify(mut self) -> Self {
                self.settings.data("tlsSkipVerify", true);
                self
            }
        }
    };
}

pub(super) use {data_source, http};
