//! [`HealthCheck`]: a command that tells whether a container is healthy.

use std::time::Duration;

use belvedere_cfn::ecs::task_definition;

use crate::scope::Scope;

/// A command that ECS runs inside a container to tell whether it is healthy.
/// [AWS page](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/healthcheck.html).
///
/// Images without a shell have no [`shell`](HealthCheck::shell); they need a program of their own for
/// [`command`](HealthCheck::command), or a load balancer that checks from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HealthCheck {
    command: Vec<String>,
    interval: Duration,
    timeout: Duration,
    retries: u8,
    start_period: Option<Duration>,
}

impl HealthCheck {
    /// A line for the container's `/bin/sh`, such as `wget -q -O - http://localhost:3200/ready || exit 1`.
    #[must_use]
    pub fn shell(line: impl Into<String>) -> Self {
        Self::with_command(vec!["CMD-SHELL".to_owned(), line.into()])
    }

    /// A program of the image with its arguments, without a shell.
    #[must_use]
    pub fn command<A: Into<String>>(arguments: impl IntoIterator<Item = A>) -> Self {
        Self::with_command(std::iter::once("CMD".to_owned()).chain(arguments.into_iter().map(Into::into)).collect())
    }

    const fn with_command(command: Vec<String>) -> Self {
        Self {
            command,
            interval: Duration::from_secs(30),
            timeout: Duration::from_secs(5),
            retries: 3,
            start_period: None,
        }
    }

    /// How long to wait between two checks: 5 to 300 s. 30 s by default.
    #[must_use]
    pub const fn interval(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self
    }

    /// How long a check may take before it counts as failed: 2 to 60 s. 5 s by default.
    #[must_use]
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How many checks must fail in a row before the container counts as unhealthy: 1 to 10. 3 by default.
    #[must_use]
    pub const fn retries(mut self, retries: u8) -> Self {
        self.retries = retries;
        self
    }

    /// How long after its start failed checks do not count: 0 to 300 s. They count from the start by default.
    #[must_use]
    pub const fn start_period(mut self, period: Duration) -> Self {
        self.start_period = Some(period);
        self
    }

    pub(super) fn render(self, scope: &mut Scope<'_>) -> task_definition::HealthCheck {
        if self.command.len() < 2 || self.command.iter().any(String::is_empty) {
            scope.problem("a health check needs a command");
        }
        let mut within = |setting: &str, duration: Duration, low: u64, high: u64| {
            let seconds = duration.as_secs();
            if !(low..=high).contains(&seconds) || duration.subsec_nanos() != 0 {
                scope.problem(format!("the health check's {setting} must be {low} to {high} s, got {duration:?}"));
            }
            i64::try_from(seconds).unwrap_or(i64::MAX)
        };
        let mut check = task_definition::HealthCheck::new()
            .interval(within("interval", self.interval, 5, 300))
            .timeout(within("timeout", self.timeout, 2, 60))
            .retries(self.retries);
        if let Some(period) = self.start_period {
            check = check.start_period(within("start_period", period, 0, 300));
        }
        if !(1..=10).contains(&self.retries) {
            let retries = self.retries;
            scope.problem(format!("the health check's retries must be 1 to 10, got {retries}"));
        }
        check.command(self.command)
    }
}
