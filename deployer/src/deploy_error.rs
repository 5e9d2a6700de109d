//! Why stacks cannot be deployed or destroyed.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use thiserror::Error;

use crate::account::AccountError;
use crate::assets::AssetError;
use crate::deploy::TemplateError;
use crate::parameters::ParameterError;

/// Why stacks cannot be deployed or destroyed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DeployError {
    /// A stack is for another account.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// AWS did not do what it was asked to.
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// Assets cannot be published.
    #[error(transparent)]
    Assets(#[from] AssetError),
    /// A value is given for a parameter that nobody has.
    #[error(transparent)]
    Parameter(#[from] ParameterError),
    /// A template cannot be deployed.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// Whoever deploys did not approve.
    #[error("not approved: {question}")]
    Declined {
        /// What was asked.
        question: String,
    },
    /// The options cannot be used; nothing was touched.
    #[error("the options cannot be used:{}", problems.iter().map(|problem| format!("\n  {problem}")).collect::<String>())]
    Options {
        /// What is wrong, one by one.
        problems: Vec<String>,
    },
    /// Stacks failed, the first that did first.
    #[error("{}", failures.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Failed {
        /// What failed.
        failures: Vec<Failure>,
    },
}

/// A stack that failed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{stack}: {text}")]
#[non_exhaustive]
pub struct Failure {
    /// The display name.
    pub stack: String,
    /// What went wrong, the first cause first, a line each.
    pub text: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// AWS did not do what it was asked to.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{operation} failed: {message}")]
#[non_exhaustive]
pub struct AwsError {
    /// The call, such as `cloudformation:CreateChangeSet`.
    pub operation: String,
    /// The error code, such as `ValidationError`; `HTTP 502` where something else answered, empty where nothing did.
    pub code: String,
    /// What AWS says, or why no answer came.
    pub message: String,
}

impl AwsError {
    /// What became of the call `operation`.
    pub(crate) fn new<E>(operation: &str, error: &SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let operation = operation.to_owned();
        match error {
            SdkError::ServiceError(service) if service.err().code().is_some() => {
                let service = service.err();
                let code = service.code().unwrap_or_default().to_owned();
                let message = service.message().map_or_else(|| service.to_string(), str::to_owned);
                Self { operation, code, message }
            }
            // Something that is not the service answers in its place: a proxy, or an emulator.
            SdkError::ServiceError(_) | SdkError::ResponseError(_) if error.raw_response().is_some() => {
                let status = error.raw_response().map(|response| response.status().as_u16()).unwrap_or_default();
                let body = error.raw_response().and_then(|response| response.body().bytes()).unwrap_or_default();
                let body: String = String::from_utf8_lossy(body).split_whitespace().collect::<Vec<_>>().join(" ");
                let body: String = body.chars().take(300).collect();
                let message = format!("HTTP status {status} with no answer that is known: {body}");
                Self { operation, code: format!("HTTP {status}"), message }
            }
            other => {
                let (mut message, mut source) = (other.to_string(), std::error::Error::source(other));
                while let Some(cause) = source {
                    message += &format!(": {cause}");
                    source = cause.source();
                }
                Self { operation, code: String::new(), message }
            }
        }
    }
}

impl AwsError {
    /// Whether CloudFormation says that there is no such stack, for which it has no code of its own.
    pub(crate) fn is_absent_stack(&self) -> bool {
        self.code == "ValidationError" && self.message.contains("does not exist")
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self.code.as_str() {
            "ExpiredToken" | "ExpiredTokenException" | "RequestExpired" => {
                Some("the credentials have expired: sign in again; the next run goes on where this one ended".into())
            }
            "AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation" => {
                Some(format!("whoever deploys needs the permission {}", self.operation))
            }
            "Throttling" | "ThrottlingException" | "RequestLimitExceeded" => {
                Some("AWS was asked too often; try again, with a smaller --concurrency".into())
            }
            code if code.starts_with("HTTP ") => {
                Some("see whether AWS_ENDPOINT_URL and the proxy's settings are right; the next run goes on where this one ended".into())
            }
            "" => Some("AWS was not reached; what it was doing goes on there, and the next run takes it up".into()),
            _ => None,
        }
    }
}

impl DeployError {
    /// The failures of single stacks that this is; what is no failure of a stack is that of `stack`.
    pub(crate) fn into_failures(self, stack: &str) -> Vec<Failure> {
        match self {
            Self::Failed { failures } => failures,
            other => {
                let (mut text, mut source) = (other.to_string(), std::error::Error::source(&other));
                while let Some(cause) = source {
                    text += &format!(": {cause}");
                    source = cause.source();
                }
                vec![Failure { stack: stack.to_owned(), text, hint: other.hint() }]
            }
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Account(error) => Some(error.hint()),
            Self::Assets(error) => error.hint(),
            Self::Aws(error) => error.hint(),
            Self::Parameter(error) => Some(error.hint()),
            Self::Template(_) => Some("synthesize again".into()),
            Self::Declined { .. } => Some("nothing was changed; give --yes where nobody can be asked".into()),
            Self::Options { .. } => None,
            Self::Failed { failures } => failures.iter().find_map(|failure| failure.hint.clone()),
        }
    }
}
