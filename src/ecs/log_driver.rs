//! [`LogDriver`]: where a container's output goes.

use belvedere_cfn::{Value, ecs::task_definition, pseudo};

use crate::logs::{LogGroup, LogGroupRef};
use crate::scope::Scope;
use crate::size::Size;

/// Where what a container writes on standard output and standard error goes.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum LogDriver {
    /// To CloudWatch Logs.
    AwsLogs(AwsLogs),
    /// Nowhere.
    None,
}

impl From<AwsLogs> for LogDriver {
    fn from(logs: AwsLogs) -> Self {
        Self::AwsLogs(logs)
    }
}

impl From<&LogGroupRef> for LogDriver {
    fn from(group: &LogGroupRef) -> Self {
        Self::AwsLogs(AwsLogs::to(group))
    }
}

/// Output that goes to CloudWatch Logs.
/// [AWS page](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html).
#[derive(Clone, Debug, PartialEq)]
pub struct AwsLogs {
    destination: Destination,
    stream_prefix: Option<String>,
    max_buffer_size: Option<Size>,
    multiline_pattern: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
enum Destination {
    New(Box<LogGroup>),
    Existing(Box<LogGroupRef>),
}

impl Default for AwsLogs {
    fn default() -> Self {
        Self::new()
    }
}

impl AwsLogs {
    /// Output that goes to a log group of the container's own, with that group's defaults.
    #[must_use]
    pub fn new() -> Self {
        Self::with(LogGroup::new())
    }

    /// Output that goes to a log group of the container's own, defined with the container.
    #[must_use]
    pub fn with(log_group: LogGroup) -> Self {
        Self {
            destination: Destination::New(Box::new(log_group)),
            stream_prefix: None,
            max_buffer_size: None,
            multiline_pattern: None,
        }
    }

    /// Output that goes to a log group that is there already.
    #[must_use]
    pub fn to(log_group: &LogGroupRef) -> Self {
        Self { destination: Destination::Existing(Box::new(log_group.clone())), ..Self::new() }
    }

    /// What the names of the streams begin with, before the container's name and the task's id. The container's name by
    /// default.
    #[must_use]
    pub fn stream_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.stream_prefix = Some(prefix.into());
        self
    }

    /// Drops output when so much of it waits to be sent, rather than stopping the program that writes it. Whether it
    /// does either is up to the account's `defaultLogDriverMode`, by default.
    #[must_use]
    pub const fn non_blocking(mut self, max_buffer_size: Size) -> Self {
        self.max_buffer_size = Some(max_buffer_size);
        self
    }

    /// Joins lines into one event until the next line that matches this regular expression. Each line is an event by
    /// default.
    #[must_use]
    pub fn multiline_pattern(mut self, pattern: impl Into<String>) -> Self {
        self.multiline_pattern = Some(pattern.into());
        self
    }

    /// Returns the configuration and the log group, which is defined in the container's scope unless it is there.
    pub(super) fn render(
        self,
        container: &str,
        scope: &mut Scope<'_>,
    ) -> (task_definition::LogConfiguration, LogGroupRef) {
        let log_group = match self.destination {
            Destination::New(log_group) => scope.add("LogGroup", *log_group),
            Destination::Existing(log_group) => *log_group,
        };
        let mut options: Vec<(&'static str, Value<String>)> = vec![
            ("awslogs-group", log_group.log_group_name().cast()),
            ("awslogs-region", pseudo::region()),
            ("awslogs-stream-prefix", Value::from(self.stream_prefix.unwrap_or_else(|| container.to_owned()))),
        ];
        if let Some(size) = self.max_buffer_size {
            if size < Size::mebibytes(1) {
                scope.problem("the log buffer must be at least 1 MiB, got 0");
            }
            options.push(("mode", Value::from("non-blocking")));
            options.push(("max-buffer-size", Value::from(format!("{}b", size.to_mebibytes() * 1_048_576))));
        }
        if let Some(pattern) = self.multiline_pattern {
            options.push(("awslogs-multiline-pattern", Value::from(pattern)));
        }
        (task_definition::LogConfiguration::new("awslogs").options(options), log_group)
    }
}
