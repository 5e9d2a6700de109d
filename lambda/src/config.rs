//! What the environment says.

use std::ffi::OsString;
use std::time::Duration;

use hyper::Uri;
use thiserror::Error;

const URL: &str = "DATA_PROCESSOR_URL";
const TIME_LIMIT: &str = "CHECK_TIME_LIMIT_MS";

/// The settings of the function, from its environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    base_url: String,
    time_limit: Duration,
}

impl Config {
    /// Reads the environment of this process.
    ///
    /// # Errors
    /// A variable is missing, or set to what it cannot mean; see [`Config::from_lookup`].
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::from_lookup(|name| std::env::var_os(name))
    }

    /// Reads the variables that `lookup` finds. One that is empty counts as not set.
    ///
    /// - `DATA_PROCESSOR_URL`, required: an `http://` URL under which the data processor has its paths, such as
    ///   `http://internal-alb.example:8080`.
    /// - `CHECK_TIME_LIMIT_MS`: how long one call may take from the first look at the host's name to the last byte of
    ///   the answer, 1 to 60,000 ms, 2,000 by default.
    ///
    /// # Errors
    /// A variable is missing, or set to what it cannot mean.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<OsString>) -> Result<Self, ConfigError> {
        let text = |name| {
            lookup(name).map(|value| value.to_string_lossy().trim().to_owned()).filter(|value| !value.is_empty())
        };
        let base_url = text(URL).ok_or(ConfigError::UrlMissing)?;
        let is_http = base_url.parse::<Uri>().is_ok_and(|uri| {
            uri.scheme_str() == Some("http") && uri.host().is_some_and(|host| !host.is_empty()) && uri.query().is_none()
        });
        if !is_http {
            return Err(ConfigError::Url { value: base_url });
        }
        let milliseconds = match text(TIME_LIMIT) {
            None => 2_000,
            Some(value) => match value.parse() {
                Ok(number @ 1..=60_000) => number,
                _ => return Err(ConfigError::TimeLimit { value }),
            },
        };
        let base_url = base_url.trim_end_matches('/').to_owned();
        Ok(Self { base_url, time_limit: Duration::from_millis(milliseconds) })
    }

    /// The URL of `path`, which begins with a slash.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base_url)
    }

    /// How long one call may take.
    #[must_use]
    pub fn time_limit(&self) -> Duration {
        self.time_limit
    }
}

/// Why the environment cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// `DATA_PROCESSOR_URL` is not set.
    #[error("DATA_PROCESSOR_URL must be set to the http:// URL of the data processor")]
    UrlMissing,
    /// `DATA_PROCESSOR_URL` is no `http://` URL.
    #[error("DATA_PROCESSOR_URL must be an http:// URL with a host and without a query, got {value:?}")]
    Url {
        /// What it is set to.
        value: String,
    },
    /// `CHECK_TIME_LIMIT_MS` is no time, or out of range.
    #[error("CHECK_TIME_LIMIT_MS must be a whole number from 1 to 60000, got {value:?}")]
    TimeLimit {
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
    fn a_url_is_enough() {
        for url in ["http://alb.internal", "http://alb.internal/"] {
            let config = config(&[(URL, url)]).expect("a valid URL");
            assert_eq!(config.url("/health"), "http://alb.internal/health");
            assert_eq!(config.time_limit(), Duration::from_secs(2));
        }
    }

    #[test]
    fn a_port_and_a_path_are_kept() {
        let config = config(&[(URL, "http://10.0.0.1:8080/v1"), (TIME_LIMIT, "500")]).expect("both are valid");
        assert_eq!(config.url("/health"), "http://10.0.0.1:8080/v1/health");
        assert_eq!(config.time_limit(), Duration::from_millis(500));
    }

    #[test]
    fn fails_without_a_url() {
        assert_eq!(config(&[]), Err(ConfigError::UrlMissing));
        assert_eq!(config(&[(URL, " ")]), Err(ConfigError::UrlMissing));
    }

    #[test]
    fn fails_on_what_is_no_http_url() {
        for value in ["https://alb.internal", "alb.internal", "/health", "http://", "http://a b", "http://alb/?a=b"] {
            assert_eq!(config(&[(URL, value)]), Err(ConfigError::Url { value: value.into() }));
        }
    }

    #[test]
    fn fails_on_a_limit_out_of_range() {
        for value in ["0", "60001", "2s", "-1"] {
            let error = config(&[(URL, "http://alb"), (TIME_LIMIT, value)]).expect_err("out of range");
            assert_eq!(error, ConfigError::TimeLimit { value: value.into() });
        }
    }
}
