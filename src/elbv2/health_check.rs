//! [`HealthCheck`]: how a load balancer finds out whether a target works.

use std::time::Duration;

use belvedere_cfn::elasticloadbalancingv2::{CfnTargetGroup, target_group};

use super::target_group::ProtocolVersion;
use crate::limits::{number, seconds};
use crate::scope::Scope;

/// How a load balancer finds out whether a target works: by a request every so often.
/// [AWS page](https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HealthCheck {
    path: Option<String>,
    port: Option<u16>,
    interval: Option<Duration>,
    timeout: Option<Duration>,
    healthy_threshold: Option<u8>,
    unhealthy_threshold: Option<u8>,
    healthy_codes: Option<String>,
}

impl HealthCheck {
    /// Requests `path`, such as `/health`: it begins with `/` and has at most 1,024 characters.
    #[must_use]
    pub fn path(path: impl Into<String>) -> Self {
        Self { path: Some(path.into()), ..Self::default() }
    }

    pub(super) const fn requested_port(&self) -> Option<u16> {
        self.port
    }

    /// Requests another port than the one that targets take traffic on, 1 to 65,535. The same by default.
    #[must_use]
    pub const fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// How often: every 5 to 300 s. Every 30 s by default.
    #[must_use]
    pub const fn interval(mut self, interval: Duration) -> Self {
        self.interval = Some(interval);
        self
    }

    /// How long the target may take to answer: 2 to 120 s, and less than the interval. 5 s by default.
    #[must_use]
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// After how many good answers in a row an unhealthy target counts as healthy: 2 to 10. 5 by default.
    #[must_use]
    pub const fn healthy_threshold(mut self, count: u8) -> Self {
        self.healthy_threshold = Some(count);
        self
    }

    /// After how many bad answers in a row a healthy target counts as unhealthy: 2 to 10. 2 by default.
    #[must_use]
    pub const fn unhealthy_threshold(mut self, count: u8) -> Self {
        self.unhealthy_threshold = Some(count);
        self
    }

    /// Which status codes are good, such as `200`, `200,204` or `200-299`: HTTP's from 200 to 499, gRPC's from 0 to 99.
    /// `200` by default, and `12` for gRPC.
    #[must_use]
    pub fn healthy_codes(mut self, codes: impl Into<String>) -> Self {
        self.healthy_codes = Some(codes.into());
        self
    }

    pub(super) fn apply(
        self,
        mut group: CfnTargetGroup,
        version: Option<ProtocolVersion>,
        scope: &mut Scope<'_>,
    ) -> CfnTargetGroup {
        let interval = self.interval.unwrap_or(Duration::from_secs(30));
        let timeout = self.timeout.unwrap_or(Duration::from_secs(5));
        if timeout >= interval {
            scope.problem(format!(
                "the timeout of a health check must be less than its interval of {} s, got {} s",
                interval.as_secs_f64(),
                timeout.as_secs_f64()
            ));
        }
        if let Some(path) = self.path {
            if !path.starts_with('/') || path.len() > 1_024 {
                scope.problem(format!(
                    "the path of a health check begins with `/` and has at most 1024 characters, got `{path}`"
                ));
            }
            group = group.health_check_path(path);
        }
        if let Some(port) = self.port {
            group = group.health_check_port(number("the port of a health check", port, 1, 65_535, scope).to_string());
        }
        if let Some(interval) = self.interval {
            let interval = seconds("the interval of a health check", interval, 5, 300, scope);
            group = group.health_check_interval_seconds(interval);
        }
        if let Some(timeout) = self.timeout {
            let timeout = seconds("the timeout of a health check", timeout, 2, 120, scope);
            group = group.health_check_timeout_seconds(timeout);
        }
        if let Some(count) = self.healthy_threshold {
            group = group.healthy_threshold_count(number("healthy_threshold", count, 2, 10, scope));
        }
        if let Some(count) = self.unhealthy_threshold {
            group = group.unhealthy_threshold_count(number("unhealthy_threshold", count, 2, 10, scope));
        }
        if let Some(codes) = self.healthy_codes {
            let grpc = version == Some(ProtocolVersion::Grpc);
            let (least, most) = if grpc { (0, 99) } else { (200, 499) };
            if !are_codes(&codes, least, most) {
                scope.problem(format!(
                    "healthy_codes are numbers and ranges from {least} to {most}, such as `{least}-{}`, got `{codes}`",
                    least + 9
                ));
            }
            let matcher = target_group::Matcher::new();
            group = group.matcher(if grpc { matcher.grpc_code(codes) } else { matcher.http_code(codes) });
        }
        group
    }
}

fn are_codes(codes: &str, least: u16, most: u16) -> bool {
    let code = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<u16>().ok().filter(|code| digits && (least..=most).contains(code))
    };
    codes.split(',').all(|part| match part.split_once('-') {
        Some((from, to)) => code(from).zip(code(to)).is_some_and(|(from, to)| from <= to),
        None => code(part).is_some(),
    })
}

#[cfg(test)]
mod tests {
    use super::are_codes;

    #[test]
    fn codes_are_numbers_and_ranges_of_them() {
        for codes in ["200", "200,204", "200-299", "200-299,301"] {
            assert!(are_codes(codes, 200, 499), "{codes}");
        }
        for codes in ["", "2xx", "200,", "299-200", "500", "+200", "200 - 299"] {
            assert!(!are_codes(codes, 200, 499), "{codes}");
        }
        assert!(are_codes("0,12", 0, 99));
    }
}
