//! What the environment says.

use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use thiserror::Error;

const BIND_ADDRESS: &str = "BIND_ADDRESS";
const PORT: &str = "PORT";

/// The settings of one run, from the environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    address: SocketAddr,
}

impl Config {
    /// Reads the environment of this process.
    ///
    /// # Errors
    /// A variable is set to what it cannot mean; see [`Config::from_lookup`].
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::from_lookup(|name| std::env::var_os(name))
    }

    /// Reads the variables that `lookup` finds. One that is empty counts as not set.
    ///
    /// - `BIND_ADDRESS`: an IP address, `0.0.0.0` by default: a load balancer reaches a container by the address of its
    ///   own network interface, so a service that listens on the loopback alone is never healthy. Outside a container
    ///   that default opens the port to the network; give `127.0.0.1`.
    /// - `PORT`: 0 to 65535, 8080 by default; 0 takes any free port, which the log then tells.
    ///
    /// # Errors
    /// A variable is set to what it cannot mean.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<OsString>) -> Result<Self, ConfigError> {
        let text = |name| {
            lookup(name).map(|value| value.to_string_lossy().trim().to_owned()).filter(|value| !value.is_empty())
        };
        let ip = match text(BIND_ADDRESS) {
            None => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            Some(value) => value.parse().map_err(|_| ConfigError::BindAddress { value })?,
        };
        let port = match text(PORT) {
            None => 8080,
            Some(value) => value.parse().map_err(|_| ConfigError::Port { value })?,
        };
        Ok(Self { address: SocketAddr::new(ip, port) })
    }

    /// The address to listen on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address at which a program on the same host finds the service.
    #[must_use]
    pub fn local_address(&self) -> SocketAddr {
        let ip = match self.address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
            IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
            ip => ip,
        };
        SocketAddr::new(ip, self.address.port())
    }
}

/// Why the environment cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// `BIND_ADDRESS` is no IP address.
    #[error("BIND_ADDRESS must be an IP address such as 0.0.0.0 or ::1, got {value:?}")]
    BindAddress {
        /// What it is set to.
        value: String,
    },
    /// `PORT` is no port.
    #[error("PORT must be a whole number from 0 to 65535, got {value:?}")]
    Port {
        /// What it is set to.
        value: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
        Config::from_lookup(|name| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into()))
    }

    #[test]
    fn defaults_suit_a_container() {
        let config = config(&[]).expect("no variable is required");
        assert_eq!(config.address().to_string(), "0.0.0.0:8080");
        assert_eq!(config.local_address().to_string(), "127.0.0.1:8080");
    }

    #[test]
    fn variables_are_read() {
        let config = config(&[("BIND_ADDRESS", "::"), ("PORT", " 9000 ")]).expect("both are valid");
        assert_eq!(config.address().to_string(), "[::]:9000");
        assert_eq!(config.local_address().to_string(), "[::1]:9000");
    }

    #[test]
    fn an_empty_variable_is_not_set() {
        assert_eq!(config(&[("BIND_ADDRESS", ""), ("PORT", "")]), config(&[]));
    }

    #[test]
    fn fails_on_a_wrong_port() {
        for value in ["eighty", "-1", "65536", "8080.0"] {
            let error = config(&[("PORT", value)]).expect_err("not a port");
            assert_eq!(error.to_string(), format!("PORT must be a whole number from 0 to 65535, got {value:?}"));
        }
    }

    #[test]
    fn fails_on_a_wrong_address() {
        for value in ["localhost", "10.0.0", "127.0.0.1:80"] {
            assert_eq!(config(&[("BIND_ADDRESS", value)]), Err(ConfigError::BindAddress { value: value.into() }));
        }
    }
}
