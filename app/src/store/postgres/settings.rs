//! Which database, and how it is reached.

use std::error::Error;
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, RecyclingMethod};
use thiserror::Error;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;
use url::Url;

use super::tls::{self, Authorities, Verification};

/// A database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store) struct DatabaseUrl {
    /// Its `Debug` leaves the password out.
    config: Config,
    verification: Verification,
    authorities: Authorities,
    pool_size: usize,
}

/// Enough to keep a database busy that commits to a disk, few enough for several tasks to share the 100 connections
/// that a server has by default.
const DEFAULT_POOL_SIZE: usize = 16;

/// A dead connection is found within a minute even where nothing is sent.
const KEEPALIVE: Duration = Duration::from_secs(30);

impl FromStr for DatabaseUrl {
    type Err = String;

    /// Reads a URL as libpq has them, with `pool_size` besides. No message shows what could be a password.
    fn from_str(text: &str) -> Result<Self, String> {
        // Where the parts are not found, any of them may be a piece of the password.
        let mut url = Url::parse(text).map_err(|error| format!("it is no URL: {error}"))?;
        if url.fragment().is_some() {
            return Err("a # in a password is written %23".into());
        }
        let (mut mode, mut roots, mut pool_size) = (None, None, DEFAULT_POOL_SIZE);
        let mut others = Vec::new();
        for (name, value) in url.query_pairs().into_owned().collect::<Vec<_>>() {
            match name.as_str() {
                "sslmode" => mode = Some(value),
                "sslrootcert" => roots = Some(value),
                "pool_size" => {
                    pool_size = value
                        .parse()
                        .ok()
                        .filter(|size| (1..=1000).contains(size))
                        .ok_or_else(|| format!("pool_size must be a whole number from 1 to 1000, got {value:?}"))?;
                }
                _ => others.push((name, value)),
            }
        }
        url.set_query(None);
        if !others.is_empty() {
            url.query_pairs_mut().extend_pairs(others);
        }
        // `+` is a space in a query of the web alone.
        let text = url.as_str().replace('+', "%20");
        let mut config: Config = text.parse().map_err(|error: tokio_postgres::Error| match error.source() {
            Some(source) => format!("{error}: {source}"),
            None => error.to_string(),
        })?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err("it names no host".into());
        }
        let (ssl_mode, verification, authorities) = security(mode.as_deref(), roots.as_deref())?;
        config.ssl_mode(ssl_mode);
        if config.get_application_name().is_none() {
            config.application_name(crate::SERVICE);
        }
        Ok(Self { config, verification, authorities, pool_size })
    }
}

fn security(mode: Option<&str>, roots: Option<&str>) -> Result<(SslMode, Verification, Authorities), String> {
    let authorities = match roots {
        None | Some("system") => Authorities::Public,
        Some(path) => Authorities::File(path.into()),
    };
    let own = matches!(authorities, Authorities::File(_));
    let (ssl_mode, verification) = match mode.unwrap_or("prefer") {
        "disable" => (SslMode::Disable, Verification::None),
        "prefer" => (SslMode::Prefer, Verification::None),
        // As libpq does it: who names authorities wants them asked.
        "require" if own => (SslMode::Require, Verification::Authority),
        "require" => (SslMode::Require, Verification::None),
        "verify-ca" => (SslMode::Require, Verification::Authority),
        "verify-full" => (SslMode::Require, Verification::Host),
        other => {
            return Err(format!("sslmode must be disable, prefer, require, verify-ca or verify-full, got {other:?}"));
        }
    };
    if roots == Some("system") && verification != Verification::Host {
        return Err("sslrootcert=system needs sslmode=verify-full: anybody can have a public certificate".into());
    }
    Ok((ssl_mode, verification, authorities))
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "postgres://")?;
        for (index, host) in self.config.get_hosts().iter().enumerate() {
            if index > 0 {
                write!(formatter, ",")?;
            }
            match host {
                Host::Tcp(name) => write!(formatter, "{name}")?,
                Host::Unix(path) => write!(formatter, "{}", path.display())?,
            }
        }
        write!(formatter, "/{}", self.config.get_dbname().unwrap_or_default())
    }
}

/// How a database is reached, as far as the URL and the environment say.
#[derive(Debug)]
pub(in crate::store) struct PostgresSettings {
    pub(super) manager: Manager,
    pub(super) pool_size: usize,
    pub(super) limit: Duration,
}

impl PostgresSettings {
    /// Takes the password from `PGPASSWORD`, which `lookup` finds, where the URL has none.
    pub(in crate::store) fn new(
        url: &DatabaseUrl,
        limit: Duration,
        lookup: &dyn Fn(&str) -> Option<OsString>,
    ) -> Result<Self, PostgresSettingsError> {
        let mut config = url.config.clone();
        if config.get_password().is_none()
            && let Some(password) = lookup("PGPASSWORD").filter(|password| !password.is_empty())
        {
            config.password(password.into_encoded_bytes());
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(limit.mul_f64(0.4));
        }
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(limit);
        }
        config.keepalives_idle(KEEPALIVE);
        let tls = MakeRustlsConnect::new(tls::client(url.verification, &url.authorities)?);
        // Asking whether a connection works costs a round trip; one that turns out not to work is replaced instead.
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        Ok(Self { manager: Manager::from_config(config, tls, recycling), pool_size: url.pool_size, limit })
    }
}

/// Why the settings do not say how to reach a database.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PostgresSettingsError {
    /// The file of `sslrootcert` cannot be used.
    #[error("sslrootcert must be a file of certificates in PEM, got {}", path.display())]
    Authorities {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: Box<dyn Error + Send + Sync>,
    },
    /// TLS cannot be set up.
    #[error("TLS cannot be set up")]
    Tls {
        /// What is wrong.
        source: rustls::Error,
    },
    /// The pool cannot be set up.
    #[error("the pool of connections cannot be set up")]
    Pool {
        /// What is wrong.
        source: deadpool_postgres::BuildError,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<DatabaseUrl, String> {
        text.parse()
    }

    #[test]
    fn urls_are_read() {
        let url =
            read("postgresql://app:p%40ss@db.example:6432/store?pool_size=4&application_name=a%20b").expect("valid");
        assert_eq!(url.config.get_user(), Some("app"));
        assert_eq!(url.config.get_password(), Some(&b"p@ss"[..]));
        assert_eq!(url.config.get_ports(), [6432]);
        assert_eq!(url.config.get_application_name(), Some("a b"));
        assert_eq!(url.pool_size, 4);
        assert_eq!(url.to_string(), "postgres://db.example/store");
        let url = read("postgres:///store?host=/run/postgresql&user=app").expect("valid");
        assert_eq!(url.to_string(), "postgres:///run/postgresql/store");
        assert_eq!(url.pool_size, DEFAULT_POOL_SIZE);
    }

    #[test]
    fn certificates_are_verified_as_libpq_does() {
        use {SslMode::*, Verification::*};
        for (query, ssl_mode, verification) in [
            ("", Prefer, None),
            ("sslmode=disable", Disable, None),
            ("sslmode=require", Require, None),
            ("sslmode=require&sslrootcert=ca.pem", Require, Authority),
            ("sslmode=verify-ca", Require, Authority),
            ("sslmode=verify-full&sslrootcert=system", Require, Host),
        ] {
            let url = read(&format!("postgres://db.example/store?{query}")).expect(query);
            assert_eq!((url.config.get_ssl_mode(), url.verification), (ssl_mode, verification), "{query}");
        }
    }

    #[test]
    fn rejects_what_it_cannot_mean_without_the_password() {
        for text in [
            "postgres://u:hidden@db/store?sslmode=on",
            "postgres://u:hidden@db/store?pool_size=0",
            "postgres://u:hidden@db/store?sslmode=require&sslrootcert=system",
            "postgres://u:hidden@db/store?color=red",
            "postgres://u:hidden@db/store?port=x",
            "postgres://u:hi#dden@db/store",
            "postgres://u:hid/den@db/store",
            "postgres://u:hid den@db:x/store",
            "postgres://db:99999/store?password=hidden",
            "postgres:///store?password=hidden",
        ] {
            let error = read(text).expect_err(text);
            assert!(!error.contains("hid") && !error.contains("den"), "{text}: {error}");
        }
    }

    #[test]
    fn debug_shows_no_password() {
        let url = read("postgres://app:hidden@db.example/store").expect("valid");
        assert!(!format!("{url:?}").contains("hidden"), "{url:?}");
        let lookup = |name: &str| (name == "PGPASSWORD").then(|| "hidden".into());
        let url = read("postgres://app@db.example/store").expect("valid");
        let settings = PostgresSettings::new(&url, Duration::from_secs(5), &lookup).expect("complete");
        assert!(!format!("{settings:?}").contains("hidden"), "{settings:?}");
    }

    #[test]
    fn fails_on_authorities_that_cannot_be_read() {
        let url = read("postgres://db/store?sslmode=verify-full&sslrootcert=/nowhere/ca.pem").expect("valid");
        let error = PostgresSettings::new(&url, Duration::from_secs(5), &|_| None).expect_err("no such file");
        assert_eq!(error.to_string(), "sslrootcert must be a file of certificates in PEM, got /nowhere/ca.pem");
    }
}
