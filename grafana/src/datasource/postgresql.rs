//! [`PostgreSql`]: a database.

use std::time::Duration;

use belvedere_cfn::IntoValue;

use super::kind::Sql;
use super::settings::{Settings, data_source};
use crate::dashboard::words;
use crate::duration;
use crate::secret::Secret;

/// [PostgreSQL](https://grafana.com/docs/grafana/latest/datasources/postgres/configure/).
///
/// Anybody who can edit a dashboard can run any statement that the database user may: give one that may only read.
#[derive(Clone, Debug, PartialEq)]
pub struct PostgreSql {
    settings: Settings,
}

words! {
    /// How the connection is protected, see
    /// [libpq's page](https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION).
    SslMode {
        /// Not at all.
        Disable = "disable",
        /// Encrypted; the server may be anybody.
        Require = "require",
        /// Encrypted; an authority that is trusted has signed the server's certificate.
        VerifyCa = "verify-ca",
        /// Encrypted, and the certificate is the server's own.
        VerifyFull = "verify-full",
    }
}

data_source!(PostgreSql => Sql);

impl PostgreSql {
    /// A database on a server such as `db.example.com:5432`, with a fixed id and the name that people see. Over TLS, and
    /// the certificate has to be the server's own.
    #[must_use]
    pub fn new(uid: impl Into<String>, name: impl Into<String>, server: impl IntoValue<String>) -> Self {
        let mut settings = Settings::new(uid, name, "grafana-postgresql-datasource").at(server);
        settings.data("sslmode", SslMode::VerifyFull.as_str());
        Self { settings }
    }

    /// The database. That with the user's name by default.
    #[must_use]
    pub fn database(mut self, name: impl IntoValue<String>) -> Self {
        self.settings.data("database", name.into_value());
        self
    }

    /// The user and its password.
    #[must_use]
    pub fn user(mut self, name: impl IntoValue<String>, password: Secret) -> Self {
        self.settings.members.set("user", name.into_value());
        self.settings.secret("password", password);
        self
    }

    /// The major version of the Grafana: up to 9, the plugin's id is `postgres`.
    #[must_use]
    pub fn for_grafana(mut self, major: u32) -> Self {
        if major <= 9 {
            "postgres".clone_into(&mut self.settings.plugin);
        }
        self
    }

    /// How the connection is protected. [`SslMode::VerifyFull`] by default.
    #[must_use]
    pub fn ssl_mode(mut self, mode: SslMode) -> Self {
        self.settings.data("sslmode", mode.as_str());
        self
    }

    /// Trusts servers whose certificates this authority has signed (PEM), such as
    /// [that of RDS](https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html). Those that the machine
    /// trusts by default.
    #[must_use]
    pub fn tls_authority(mut self, certificate: impl IntoValue<String>) -> Self {
        self.settings.data("tlsConfigurationMethod", "file-content");
        self.settings.secure.set("tlsCACert", certificate.into_value());
        self
    }

    /// The server's version: 15 for PostgreSQL 15 and all that are newer.
    #[must_use]
    pub fn version(mut self, major: u32) -> Self {
        // The plugin's list ends with 15.
        self.settings.data("postgresVersion", i64::from(major.min(15)) * 100);
        self
    }

    /// Offers functions of `TimescaleDB` in the editor.
    #[must_use]
    pub fn timescale(mut self) -> Self {
        self.settings.data("timescaledb", true);
        self
    }

    /// How many connections there are at most, and how many are kept open. 100 each by default.
    #[must_use]
    pub fn connections(mut self, most: u32, idle: u32) -> Self {
        self.settings.data("maxOpenConns", i64::from(most));
        self.settings.data("maxIdleConns", i64::from(idle));
        self.settings.data("maxIdleConnsAuto", false);
        self
    }

    /// How long a connection is used, in whole seconds. 4 h by default.
    #[must_use]
    pub fn connection_life(mut self, time: Duration) -> Self {
        self.settings.data("connMaxLifetime", i64::try_from(time.as_secs()).unwrap_or(i64::MAX));
        self
    }

    /// The shortest step that is worth asking for, such as how often rows are written. None by default.
    #[must_use]
    pub fn min_interval(mut self, time: Duration) -> Self {
        self.settings.data("timeInterval", duration::text(time));
        self
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Content;

    #[test]
    fn a_database_has_its_settings_where_the_plugin_looks_for_them() {
        let mut content = Content::new("test");
        let database = PostgreSql::new("db", "Orders", "db.example:5432")
            .database("orders")
            .user("grafana", Secret::environment("DB_PASSWORD"))
            .version(17)
            .connections(5, 2);
        content.add(database.clone());
        assert_eq!(
            content.document().data_sources,
            [json!({
                "access": "proxy",
                "isDefault": false,
                "jsonData": {
                    "database": "orders",
                    "maxIdleConns": 2,
                    "maxIdleConnsAuto": false,
                    "maxOpenConns": 5,
                    "postgresVersion": 1500,
                    "sslmode": "verify-full",
                },
                "name": "Orders",
                "secureJsonData": { "password": { "belvedere:secret": { "environment": "DB_PASSWORD" } } },
                "type": "grafana-postgresql-datasource",
                "uid": "db",
                "url": "db.example:5432",
                "user": "grafana",
            })]
        );
        assert_eq!(database.for_grafana(9).settings.plugin, "postgres");
    }
}
