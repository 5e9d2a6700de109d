//! What a function says of itself: the format of its logs, and traces.

use belvedere_cfn::Choice;
use belvedere_cfn::lambda::function;

/// How a function's log lines are written.
/// [AWS page](https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogFormat {
    /// As the program writes them, between lines of Lambda's own.
    #[default]
    Text,
    /// As JSON objects, from this level up. A program with a runtime of its own has to write them itself; it finds the
    /// level in `AWS_LAMBDA_LOG_LEVEL`.
    Json(LogLevel),
}

/// How much a log line matters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogLevel {
    /// The most detailed.
    Trace,
    /// For finding errors in the program.
    Debug,
    /// What the program does as it should.
    #[default]
    Info,
    /// What may become an error.
    Warn,
    /// What the program could not do.
    Error,
    /// What the program cannot go on from.
    Fatal,
}

/// Whether a function's invocations are traced by X-Ray.
/// [AWS page](https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Tracing {
    /// Lambda traces the first request of each second and a twentieth of the others, and those that are traced already.
    Active,
    /// Requests that are traced already.
    PassThrough,
}

impl LogFormat {
    pub(super) fn apply(self, logging: function::LoggingConfig) -> function::LoggingConfig {
        match self {
            Self::Text => logging,
            Self::Json(level) => {
                logging.log_format(function::LogFormat::JSON).application_log_level(level.application_log_level())
            }
        }
    }
}

impl LogLevel {
    const fn application_log_level(self) -> Choice<function::ApplicationLogLevel> {
        match self {
            Self::Trace => function::ApplicationLogLevel::TRACE,
            Self::Debug => function::ApplicationLogLevel::DEBUG,
            Self::Info => function::ApplicationLogLevel::INFO,
            Self::Warn => function::ApplicationLogLevel::WARN,
            Self::Error => function::ApplicationLogLevel::ERROR,
            Self::Fatal => function::ApplicationLogLevel::FATAL,
        }
    }
}

impl Tracing {
    pub(super) fn config(self) -> function::TracingConfig {
        function::TracingConfig::new().mode(match self {
            Self::Active => function::Mode::ACTIVE,
            Self::PassThrough => function::Mode::PASS_THROUGH,
        })
    }
}
