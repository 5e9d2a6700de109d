//! What the environment says.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use thiserror::Error;

use crate::api::Limits;
use crate::server::ConnectionLimits;
use crate::store::{InvalidStorageUrl, StorageUrl};
use crate::telemetry;
use crate::variable::{Lookup, Variables, WrongVariable};

/// The settings of one run, from the environment.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// Where the service listens: `BIND_ADDRESS` and `PORT`.
    ///
    /// The default address is `0.0.0.0`: a load balancer reaches a container by the address of its own network
    /// interface, so a service that listens on the loopback alone is never healthy. Outside a container that opens the
    /// port to the network; give `127.0.0.1`.
    pub address: SocketAddr,
    /// Where `/metrics` is: `BIND_ADDRESS` and `METRICS_PORT`.
    pub metrics_address: SocketAddr,
    /// Where documents are kept: `STORAGE_URL`, the directory `./data` by default.
    pub storage: StorageUrl,
    /// The time that the storage has for one operation: `STORAGE_TIMEOUT`.
    pub storage_timeout: Duration,
    /// How much the service takes on: `MAX_BODY_BYTES`, `MAX_IN_FLIGHT`, `MAX_BUFFERED_BYTES`, `REQUEST_TIMEOUT`.
    pub limits: Limits,
    /// How many connections there may be and for how long: `MAX_CONNECTIONS`, `HEADER_TIMEOUT`, `IDLE_TIMEOUT`.
    pub connections: ConnectionLimits,
    /// For how long new connections are still served after the process was asked to stop: `SHUTDOWN_DELAY`.
    pub shutdown_delay: Duration,
    /// The time from being asked to stop until what is in flight is given up: `SHUTDOWN_GRACE`.
    pub shutdown_grace: Duration,
    /// What is told of requests, and where: `LOG_LEVEL`, `TRACES_PER_SECOND` and the variables of OpenTelemetry.
    pub telemetry: telemetry::Settings,
}

impl Config {
    /// The variables with their defaults, as `--help` shows them.
    pub const VARIABLES: &str = include_str!("variables.txt");

    /// Reads the environment of this process.
    ///
    /// # Errors
    /// Variables are set to what they cannot mean; see [`Config::from_lookup`].
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::from_lookup(&|name| std::env::var_os(name))
    }

    /// Reads the variables that `lookup` finds; [`Config::VARIABLES`] tells them all. One that is empty counts as not
    /// set.
    ///
    /// # Errors
    /// Variables are set to what they cannot mean: all of them are told.
    pub fn from_lookup(lookup: Lookup<'_>) -> Result<Self, ConfigError> {
        let mut variables = Variables::new(lookup);
        let config = Self::read(&mut variables);
        let wrong = variables.into_wrong();
        config.filter(|_| wrong.is_empty()).ok_or(ConfigError { wrong })
    }

    /// The settings; nothing where a part of them is so wrong that it has no place holder.
    fn read(variables: &mut Variables<'_>) -> Option<Self> {
        let ip = ip(variables);
        let port = port(variables, "PORT", 8080);
        let metrics_port = port_other_than(variables, "METRICS_PORT", 9090, port);
        let storage = variables.read("STORAGE_URL", DEFAULT_STORAGE, |url: InvalidStorageUrl| {
            (format!("{} ({})", StorageUrl::ALLOWED, url.problem), url.given)
        });
        let storage_timeout = variables.duration("STORAGE_TIMEOUT", 5 * SECOND, 10 * MILLISECOND..=300 * SECOND);
        let limits = Limits {
            body: variables.number("MAX_BODY_BYTES", 1024 * 1024, 1..=64 * 1024 * 1024),
            in_flight: variables.number("MAX_IN_FLIGHT", 1024, 1..=1_000_000),
            buffer: variables.number("MAX_BUFFERED_BYTES", 64 * 1024 * 1024, 1..=1 << 40),
            request: variables.duration("REQUEST_TIMEOUT", 10 * SECOND, 10 * MILLISECOND..=3600 * SECOND),
        };
        if limits.buffer < limits.body {
            let allowed = format!("at least MAX_BODY_BYTES, which is {}", limits.body);
            variables.reject("MAX_BUFFERED_BYTES", allowed, Some(limits.buffer.to_string()));
        }
        let connections = ConnectionLimits {
            connections: variables.number("MAX_CONNECTIONS", 4096, 1..=1_000_000),
            header: variables.duration("HEADER_TIMEOUT", 10 * SECOND, 10 * MILLISECOND..=3600 * SECOND),
            idle: variables.duration("IDLE_TIMEOUT", 75 * SECOND, 10 * MILLISECOND..=3600 * SECOND),
        };
        let shutdown_grace = variables.duration("SHUTDOWN_GRACE", 25 * SECOND, Duration::ZERO..=3600 * SECOND);
        let shutdown_delay = variables.duration("SHUTDOWN_DELAY", SECOND, Duration::ZERO..=3600 * SECOND);
        if shutdown_delay > shutdown_grace {
            let allowed = format!("at most SHUTDOWN_GRACE, which is {}", humantime::format_duration(shutdown_grace));
            let value = humantime::format_duration(shutdown_delay).to_string();
            variables.reject("SHUTDOWN_DELAY", allowed, Some(value));
        }
        let telemetry = variables.others(telemetry::Settings::from_lookup);
        Some(Self {
            address: SocketAddr::new(ip, port),
            metrics_address: SocketAddr::new(ip, metrics_port),
            storage: storage?,
            storage_timeout,
            limits,
            connections,
            shutdown_delay,
            shutdown_grace,
            telemetry: telemetry?,
        })
    }
}

/// The embedded default: nothing else has to run.
const DEFAULT_STORAGE: &str = "file:./data";

const SECOND: Duration = Duration::from_secs(1);
const MILLISECOND: Duration = Duration::from_millis(1);

fn ip(variables: &mut Variables<'_>) -> IpAddr {
    let all = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    variables.parsed("BIND_ADDRESS", all, "an IP address such as 0.0.0.0 or ::1", |value| value.parse().ok())
}

fn port(variables: &mut Variables<'_>, name: &str, default: u16) -> u16 {
    variables.parsed(name, default, "a whole number from 0 to 65535", |value| value.parse().ok())
}

fn port_other_than(variables: &mut Variables<'_>, name: &str, default: u16, taken: u16) -> u16 {
    let port = port(variables, name, default);
    if port == taken && port != 0 {
        variables.reject(name, "another port than PORT".into(), Some(port.to_string()));
    }
    port
}

/// The address at which a program on the same host finds the service that the environment describes. No other variable
/// is read: a health check runs beside the service and says nothing of its settings.
///
/// # Errors
/// `BIND_ADDRESS` or `PORT` is set to what it cannot mean.
pub fn local_address(lookup: Lookup<'_>) -> Result<SocketAddr, ConfigError> {
    let mut variables = Variables::new(lookup);
    let ip = match ip(&mut variables) {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    let address = SocketAddr::new(ip, port(&mut variables, "PORT", 8080));
    let wrong = variables.into_wrong();
    if wrong.is_empty() { Ok(address) } else { Err(ConfigError { wrong }) }
}

/// Why the environment cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{}", told(wrong))]
pub struct ConfigError {
    /// Every variable that is wrong, in the order in which they are read; at least one.
    pub wrong: Vec<WrongVariable>,
}

fn told(wrong: &[WrongVariable]) -> String {
    match wrong {
        [one] => one.to_string(),
        several => {
            let lines: String = several.iter().map(|one| format!("\n  {one}")).collect();
            format!("{} environment variables are wrong:{lines}", several.len())
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    fn config(variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
        Config::from_lookup(&|name| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into()))
    }

    fn local(variables: &[(&str, &str)]) -> String {
        let lookup = |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into());
        local_address(&lookup).expect("valid").to_string()
    }

    fn complaint(variables: &[(&str, &str)]) -> String {
        config(variables).expect_err("wrong").to_string()
    }

    #[test]
    fn defaults_suit_a_container() {
        let config = config(&[]).expect("no variable is required");
        assert_eq!(config.address.to_string(), "0.0.0.0:8080");
        assert_eq!(config.metrics_address.to_string(), "0.0.0.0:9090");
        assert_eq!(config.storage.to_string(), "file:./data");
        assert_eq!(config.limits, Limits::default());
        assert_eq!(config.connections, ConnectionLimits::default());
        assert!(config.shutdown_grace < 30 * SECOND, "Amazon ECS kills after 30 s");
        assert_eq!(local(&[]), "127.0.0.1:8080");
    }

    #[test]
    fn variables_are_read() {
        let variables = [
            ("BIND_ADDRESS", "::"),
            ("PORT", " 9000 "),
            ("METRICS_PORT", "9001"),
            ("STORAGE_URL", "s3://bucket/prefix"),
            ("MAX_BODY_BYTES", "10"),
            ("MAX_IN_FLIGHT", "11"),
            ("MAX_BUFFERED_BYTES", "12"),
            ("MAX_CONNECTIONS", "13"),
            ("REQUEST_TIMEOUT", "14s"),
            ("HEADER_TIMEOUT", "15ms"),
            ("IDLE_TIMEOUT", "1m 16s"),
            ("STORAGE_TIMEOUT", "17s"),
            ("SHUTDOWN_DELAY", "0s"),
            ("SHUTDOWN_GRACE", "18s"),
        ];
        let config = config(&variables).expect("all are valid");
        assert_eq!(config.address.to_string(), "[::]:9000");
        assert_eq!(config.metrics_address.to_string(), "[::]:9001");
        assert_eq!(config.limits, Limits { body: 10, in_flight: 11, buffer: 12, request: 14 * SECOND });
        let connections = ConnectionLimits { connections: 13, header: 15 * MILLISECOND, idle: 76 * SECOND };
        assert_eq!(config.connections, connections);
        assert_eq!(config.storage.to_string(), "s3://bucket/prefix");
        assert_eq!(config.storage_timeout, 17 * SECOND);
        assert_eq!((config.shutdown_delay, config.shutdown_grace), (Duration::ZERO, 18 * SECOND));
        assert_eq!(local(&variables), "[::1]:9000");
    }

    #[test]
    fn an_empty_variable_is_not_set() {
        let empty = config(&[("BIND_ADDRESS", ""), ("PORT", " "), ("HEADER_TIMEOUT", "")]).expect("nothing is set");
        assert_eq!(format!("{empty:?}"), format!("{:?}", config(&[]).expect("nothing is set")));
    }

    #[test]
    fn every_variable_is_told() {
        let names = RefCell::new(Vec::new());
        let lookup = |name: &str| {
            names.borrow_mut().push(name.to_owned());
            None
        };
        Config::from_lookup(&lookup).expect("nothing is set");
        let names = names.into_inner();
        assert!(names.len() > 10, "{names:?}");
        for name in names {
            let name = name.replace("OTLP_TRACES_", "OTLP_").replace("OTLP_LOGS_", "OTLP_");
            let told = |line: &str| line.split([' ', ',']).any(|word| word == name);
            assert!(Config::VARIABLES.lines().any(told), "{name}");
        }
        for line in Config::VARIABLES.lines() {
            assert!(line.len() <= 100, "{line}");
        }
    }

    #[test]
    fn rejects_a_wrong_port() {
        for value in ["eighty", "-1", "65536", "8080.0"] {
            let expected = format!("PORT must be a whole number from 0 to 65535, got {value:?}");
            assert_eq!(complaint(&[("PORT", value)]), expected);
        }
        let same = complaint(&[("PORT", "9090")]);
        assert_eq!(same, "METRICS_PORT must be another port than PORT, got \"9090\"");
        config(&[("PORT", "0"), ("METRICS_PORT", "0")]).expect("two free ports are not the same");
    }

    #[test]
    fn rejects_a_wrong_address() {
        for value in ["localhost", "10.0.0", "127.0.0.1:80"] {
            let expected = format!("BIND_ADDRESS must be an IP address such as 0.0.0.0 or ::1, got {value:?}");
            assert_eq!(complaint(&[("BIND_ADDRESS", value)]), expected);
        }
    }

    #[test]
    fn rejects_a_wrong_storage_and_tells_no_password() {
        assert_eq!(
            complaint(&[("STORAGE_URL", "mysql://user:hidden@host/store")]),
            "STORAGE_URL must be memory:, file:<directory>, s3://<bucket>/<prefix> or \
             postgres://<user>@<host>/<database> (the scheme is unknown), got \"mysql://…\""
        );
    }

    #[test]
    fn rejects_a_wrong_duration() {
        for value in ["5", "soon", "-1s", "0s", "2h"] {
            let expected = format!(
                "REQUEST_TIMEOUT must be a duration with its unit such as 500ms or 5s, from 10ms to 1h, got {value:?}"
            );
            assert_eq!(complaint(&[("REQUEST_TIMEOUT", value)]), expected);
        }
    }

    #[test]
    fn rejects_what_does_not_go_together() {
        assert_eq!(
            complaint(&[("MAX_BUFFERED_BYTES", "1000")]),
            "MAX_BUFFERED_BYTES must be at least MAX_BODY_BYTES, which is 1048576, got \"1000\""
        );
        assert_eq!(
            complaint(&[("SHUTDOWN_DELAY", "30s")]),
            "SHUTDOWN_DELAY must be at most SHUTDOWN_GRACE, which is 25s, got \"30s\""
        );
    }

    #[test]
    fn rejects_everything_that_is_wrong_at_once() {
        let text = complaint(&[("PORT", "http"), ("MAX_BODY_BYTES", "0"), ("IDLE_TIMEOUT", "1")]);
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[0], "3 environment variables are wrong:");
        assert!(lines[1].starts_with("  PORT must be "), "{text}");
        assert!(lines[2].starts_with("  MAX_BODY_BYTES must be a whole number from 1 to 67108864, got "), "{text}");
        assert!(lines[3].starts_with("  IDLE_TIMEOUT must be "), "{text}");
    }
}
