//! The way to AWS: credentials, region, endpoint, and a client for each service.

use std::error::Error;
use std::iter::successors;
use std::sync::Mutex;
use std::time::Duration;

use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use aws_sdk_cloudformation::config::retry::{RetryPartition, TokenBucket};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::display::DisplayErrorContext;
use aws_smithy_types::retry::RetryConfig;
use aws_types::region::Region;

/// How often a call is tried: a deployment of many calls ends well although three in ten of them fail.
const ATTEMPTS: u32 = 12;
/// The longest pause between two tries.
const BACKOFF: Duration = Duration::from_secs(5);

/// Every call is tried as often as that. By default all calls of a process to a service share a number of retries, and in
/// a bad hour a long deployment would end in the middle once they are used up.
fn patient() -> RetryPartition {
    RetryPartition::custom("belvedere").token_bucket(TokenBucket::unlimited()).build()
}

/// How to reach AWS. What is not said here is taken from where the AWS tools take it: the environment, the shared
/// configuration files, the instance or the container.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct Connection {
    profile: Option<String>,
    region: Option<String>,
    role_arn: Option<String>,
    endpoint_url: Option<String>,
    /// These show no secret when they are formatted.
    credentials: Option<Credentials>,
}

impl Connection {
    /// A connection as the environment says.
    pub fn new() -> Self {
        Self::default()
    }

    /// The profile of the shared configuration files. `AWS_PROFILE`, or `default`, by default.
    pub fn profile(mut self, profile: impl Into<String>) -> Self {
        self.profile = Some(profile.into());
        self
    }

    /// The region of stacks that do not name theirs. `AWS_REGION`, or that of the profile, by default.
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into());
        self
    }

    /// A role to assume before anything else is done. None by default.
    pub fn role_arn(mut self, role_arn: impl Into<String>) -> Self {
        self.role_arn = Some(role_arn.into());
        self
    }

    /// The URL at which every service is, such as that of an emulator. `AWS_ENDPOINT_URL`, or AWS itself, by default.
    pub fn endpoint_url(mut self, endpoint_url: impl Into<String>) -> Self {
        self.endpoint_url = Some(endpoint_url.into());
        self
    }

    /// Credentials, where the environment should not be asked for them.
    pub fn credentials(
        mut self,
        access_key_id: impl Into<String>,
        secret_access_key: impl Into<String>,
        session_token: Option<String>,
    ) -> Self {
        let credentials = Credentials::new(access_key_id, secret_access_key, session_token, None, "belvedere");
        self.credentials = Some(credentials);
        self
    }

    /// Finds out the region and the account.
    ///
    /// # Errors
    /// No region is known, or the credentials are missing or refused.
    pub async fn open(&self) -> Result<Clients, ConnectError> {
        let config = self.config().await?;
        let sts = aws_sdk_sts::Client::new(&config);
        let caller = sts.get_caller_identity().send().await;
        let caller = caller.map_err(|error| match &error {
            SdkError::DispatchFailure(failure) if failure.is_io() || failure.is_timeout() => {
                ConnectError::Unreachable { answer: causes(&error) }
            }
            _ => ConnectError::Caller { answer: DisplayErrorContext(error).to_string() },
        })?;
        let arn = caller.arn().unwrap_or_default().to_owned();
        let account = caller.account().unwrap_or_default().to_owned();
        // `arn:aws:sts::123456789012:assumed-role/…`
        let partition = arn.split(':').nth(1).filter(|part| !part.is_empty()).unwrap_or("aws").to_owned();
        Ok(Clients::new(config, Identity { account, arn, partition }))
    }

    /// What clients are made of. The region is known; nobody was asked anything.
    pub(crate) async fn config(&self) -> Result<SdkConfig, ConnectError> {
        let http = http_client();
        let mut loader = aws_config::defaults(BehaviorVersion::latest()).http_client(http.clone());
        if let Some(profile) = &self.profile {
            loader = loader.profile_name(profile);
        }
        if let Some(region) = &self.region {
            loader = loader.region(Region::new(region.clone()));
        }
        if let Some(url) = &self.endpoint_url {
            loader = loader.endpoint_url(url);
        }
        if let Some(credentials) = &self.credentials {
            loader = loader.credentials_provider(credentials.clone());
        }
        // One slow or throttled answer among hundreds is no reason to give up.
        loader = loader.retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS).with_max_backoff(BACKOFF));
        let mut config = loader.load().await;
        if config.region().is_none() {
            return Err(ConnectError::NoRegion);
        }
        if let (Some(profile), None) = (&self.profile, &self.credentials) {
            // Else the keys of the environment would count over the profile that is asked for.
            let provider =
                ProviderConfig::without_region().with_region(config.region().cloned()).with_http_client(http);
            let credentials = ProfileFileCredentialsProvider::builder().profile_name(profile).configure(&provider);
            let credentials = SharedCredentialsProvider::new(credentials.build());
            config = config.into_builder().credentials_provider(credentials).build();
        }
        if let Some(role) = &self.role_arn {
            let credentials = SharedCredentialsProvider::new(assumed(role, &config).await);
            config = config.into_builder().credentials_provider(credentials).build();
        }
        Ok(config)
    }
}

/// What makes connections.
fn http_client() -> SharedHttpClient {
    Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https()
}

async fn assumed(role_arn: &str, config: &SdkConfig) -> AssumeRoleProvider {
    AssumeRoleProvider::builder(role_arn).session_name("belvedere").configure(config).build().await
}

/// A role that was assumed once already, to see that it can be: the first time, it is not assumed again.
#[derive(Debug)]
struct Assumed {
    first: Mutex<Option<Credentials>>,
    role: AssumeRoleProvider,
}

impl Assumed {
    async fn credentials(&self) -> Result<Credentials, CredentialsError> {
        let first = self.first.lock().ok().and_then(|mut first| first.take());
        match first {
            Some(credentials) => Ok(credentials),
            None => self.role.provide_credentials().await,
        }
    }
}

impl ProvideCredentials for Assumed {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.credentials())
    }
}

/// Who deploys.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Identity {
    /// The 12 digits of the account.
    pub account: String,
    /// The ARN of the user or of the session of a role.
    pub arn: String,
    /// The partition of the account, such as `aws`.
    pub partition: String,
}

/// Clients of one account and one region. A clone shares their connections.
#[derive(Clone, Debug)]
pub struct Clients {
    config: SdkConfig,
    identity: Identity,
    region: String,
    pub(crate) amp: aws_sdk_amp::Client,
    pub(crate) cloudformation: aws_sdk_cloudformation::Client,
    pub(crate) ecr: aws_sdk_ecr::Client,
    pub(crate) ecs: aws_sdk_ecs::Client,
    pub(crate) elbv2: aws_sdk_elasticloadbalancingv2::Client,
    pub(crate) eventbridge: aws_sdk_eventbridge::Client,
    pub(crate) grafana: aws_sdk_grafana::Client,
    pub(crate) lambda: aws_sdk_lambda::Client,
    pub(crate) logs: aws_sdk_cloudwatchlogs::Client,
    pub(crate) s3: aws_sdk_s3::Client,
}

impl Clients {
    fn new(config: SdkConfig, identity: Identity) -> Self {
        let region = config.region().map(ToString::to_string).unwrap_or_default();
        // An endpoint of one's own rarely has a host name for each bucket.
        let own_endpoint = config.endpoint_url().is_some();
        let s3 = aws_sdk_s3::config::Builder::from(&config).force_path_style(own_endpoint).retry_partition(patient());
        let cloudformation = aws_sdk_cloudformation::config::Builder::from(&config).retry_partition(patient());
        let ecr = aws_sdk_ecr::config::Builder::from(&config).retry_partition(patient());
        Self {
            identity,
            region,
            amp: aws_sdk_amp::Client::new(&config),
            cloudformation: aws_sdk_cloudformation::Client::from_conf(cloudformation.build()),
            ecr: aws_sdk_ecr::Client::from_conf(ecr.build()),
            ecs: aws_sdk_ecs::Client::new(&config),
            elbv2: aws_sdk_elasticloadbalancingv2::Client::new(&config),
            eventbridge: aws_sdk_eventbridge::Client::new(&config),
            grafana: aws_sdk_grafana::Client::new(&config),
            lambda: aws_sdk_lambda::Client::new(&config),
            logs: aws_sdk_cloudwatchlogs::Client::new(&config),
            s3: aws_sdk_s3::Client::from_conf(s3.build()),
            config,
        }
    }

    /// The same account in another region.
    #[must_use]
    pub fn in_region(&self, region: &str) -> Self {
        if region == self.region {
            return self.clone();
        }
        let config = self.config.to_builder().region(Region::new(region.to_owned())).build();
        Self::new(config, self.identity.clone())
    }

    /// The same with connections of its own, for a runtime other than that which has used these.
    pub(crate) fn reconnected(&self) -> Self {
        let config = self.config.to_builder().http_client(http_client()).build();
        Self::new(config, self.identity.clone())
    }

    /// The same region by a role, which is assumed at once.
    ///
    /// # Errors
    /// The role is not there, or the caller may not assume it.
    pub async fn assuming(&self, role_arn: &str) -> Result<Self, ConnectError> {
        let role = assumed(role_arn, &self.config).await;
        let first = role.provide_credentials().await.map_err(|error| ConnectError::Role {
            role_arn: role_arn.to_owned(),
            answer: DisplayErrorContext(error).to_string(),
        })?;
        let assumed = SharedCredentialsProvider::new(Assumed { first: Mutex::new(Some(first)), role });
        let config = self.config.to_builder().credentials_provider(assumed).build();
        let account = account_of_role(role_arn).unwrap_or(&self.identity.account).to_owned();
        let identity = Identity { account, arn: role_arn.to_owned(), partition: self.identity.partition.clone() };
        Ok(Self::new(config, identity))
    }

    /// What all clients are made of.
    pub(crate) fn config(&self) -> &SdkConfig {
        &self.config
    }

    /// Who deploys.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The code of the region, such as `eu-west-1`.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.region
    }

    /// The URL at which every service is, where it is not AWS itself.
    pub(crate) fn endpoint_url(&self) -> Option<&str> {
        self.config.endpoint_url()
    }
}

/// The causes of an error in a line; the error itself only says that there was one.
fn causes(error: &dyn Error) -> String {
    let causes = successors(error.source(), |cause: &&dyn Error| (*cause).source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// The account of a role: `arn:aws:iam::123456789012:role/name`.
pub(crate) fn account_of_role(role_arn: &str) -> Option<&str> {
    role_arn.split(':').nth(4).filter(|account| !account.is_empty())
}

/// Why AWS cannot be reached.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// Nobody says which region.
    #[error("no region is given")]
    NoRegion,
    /// Nobody answers.
    #[error("cannot reach AWS: {answer}")]
    Unreachable {
        /// What the network says.
        answer: String,
    },
    /// The credentials are missing, expired or refused.
    #[error("cannot find out who is asking: {answer}")]
    Caller {
        /// What AWS or the credential chain says.
        answer: String,
    },
    /// A role cannot be assumed.
    #[error("cannot assume the role {role_arn}: {answer}")]
    Role {
        /// The ARN of the role.
        role_arn: String,
        /// What AWS or the credential chain says.
        answer: String,
    },
}

impl ConnectError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::NoRegion => "give --region, or set AWS_REGION or the region of the profile".into(),
            Self::Unreachable { .. } => {
                "see whether this machine has a network, whether the region is right, and what \
                 HTTPS_PROXY and AWS_ENDPOINT_URL say"
                    .into()
            }
            Self::Caller { .. } => "sign in (aws sso login), or give --profile or the variables AWS_ACCESS_KEY_ID and \
                 AWS_SECRET_ACCESS_KEY"
                .into(),
            Self::Role { .. } => {
                "see that the role exists, that its trust policy names the caller, and that the caller has \
                 sts:AssumeRole"
                    .into()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_does_not_show_its_secrets() {
        let token = Some("hidden-token".to_owned());
        let text = format!("{:?}", Connection::new().credentials("AKIDEXAMPLE", "hidden-key", token));
        assert!(text.contains("AKIDEXAMPLE") && !text.contains("hidden"), "{text}");
    }

    #[test]
    fn the_account_of_a_role_is_in_its_arn() {
        assert_eq!(account_of_role("arn:aws:iam::123456789012:role/path/name"), Some("123456789012"));
        assert_eq!(account_of_role("arn:aws:iam:::role/name"), None);
        assert_eq!(account_of_role("name"), None);
    }

    #[test]
    fn secrets_are_not_shown() {
        let connection = Connection::new().credentials("AKIDEXAMPLE", "hidden-key", Some("hidden-token".into()));
        let text = format!("{connection:?}");
        assert!(text.contains("AKIDEXAMPLE") && !text.contains("hidden"), "{text}");
    }
}
