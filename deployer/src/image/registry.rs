//! A registry, spoken to by the [distribution protocol](https://github.com/opencontainers/distribution-spec).

use std::error::Error as _;
use std::time::Duration;

use aws_smithy_types::base64;
use bytes::Bytes;
use oci_client::client::{ClientConfig, ClientProtocol};
use oci_client::errors::{OciDistributionError, OciEnvelope, OciErrorCode};
use oci_client::manifest::OciDescriptor;
use oci_client::secrets::RegistryAuth;
use oci_client::{Client, Reference, RegistryOperation};

use super::image_error::ImageError;
use crate::clients::Clients;
use crate::deploy_error::AwsError;
use crate::target::Architecture;

/// How often something is tried that a registry was too busy for, or that no answer came to.
const ATTEMPTS: u32 = 4;

/// The way to a registry and into it.
#[derive(Clone, Debug)]
pub struct EcrLogin {
    /// The host, such as `123456789012.dkr.ecr.eu-west-1.amazonaws.com`.
    pub registry: String,
    /// The user name and the password, which `Debug` does not show.
    pub auth: RegistryAuth,
}

/// The way into ECR, of the account and the region of `clients`. It is good for 12 hours.
/// [AWS page](https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetAuthorizationToken.html).
///
/// # Errors
/// ECR refuses, or gives no password.
pub async fn ecr_auth(clients: &Clients) -> Result<EcrLogin, ImageError> {
    let EcrToken { registry, user, password } = ecr_token(&clients.ecr).await?.ok_or(ImageError::Token)?;
    Ok(EcrLogin { registry, auth: RegistryAuth::Basic(user, password) })
}

/// What ECR's token says. It is not shown: no `Debug`.
pub(crate) struct EcrToken {
    /// The host of the registry.
    pub(crate) registry: String,
    pub(crate) user: String,
    pub(crate) password: String,
}

/// A token of ECR; nothing where it is not understood.
pub(crate) async fn ecr_token(client: &aws_sdk_ecr::Client) -> Result<Option<EcrToken>, AwsError> {
    let answer = client.get_authorization_token().send().await;
    let answer = answer.map_err(|error| AwsError::new("ecr:GetAuthorizationToken", &error))?;
    let parsed = answer.authorization_data().first().and_then(|data| {
        let host = data.proxy_endpoint()?;
        let registry = host.split_once("://").map_or(host, |(_, host)| host).trim_end_matches('/').to_owned();
        let (user, password) = basic(data.authorization_token()?)?;
        (!registry.is_empty()).then_some(EcrToken { registry, user, password })
    });
    Ok(parsed)
}

/// What the token says: `user:password`, in base 64.
fn basic(token: &str) -> Option<(String, String)> {
    let text = String::from_utf8(base64::decode(token).ok()?).ok()?;
    let (user, password) = text.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}

/// Whether a registry is on this very machine; only there HTTP is spoken without TLS.
fn is_local(registry: &str) -> bool {
    let host = registry.rsplit_once(':').map_or(registry, |(host, _)| host);
    matches!(host, "localhost" | "127.0.0.1")
}

/// A registry, and the repository and tag or digest in it.
#[derive(Clone)]
pub(crate) struct Registry {
    pub(crate) client: Client,
    pub(crate) reference: Reference,
}

impl Registry {
    /// Opens the way; of an index of images, that for `architecture` is the one.
    pub(crate) async fn open(
        reference: &Reference,
        auth: &RegistryAuth,
        operation: RegistryOperation,
        architecture: Option<Architecture>,
    ) -> Result<Self, ImageError> {
        // The client asks for the one of the process. Where the program has set one, that is fine, too.
        _ = rustls::crypto::ring::default_provider().install_default();
        let host = reference.resolve_registry().to_owned();
        let mut config = ClientConfig {
            // One request a blob, where pieces would have to be of at least 5 MiB for ECR.
            use_monolithic_push: true,
            connect_timeout: Some(Duration::from_secs(10)),
            read_timeout: Some(Duration::from_secs(120)),
            user_agent: concat!("belvedere/", env!("CARGO_PKG_VERSION")),
            ..ClientConfig::default()
        };
        if is_local(&host) {
            config.protocol = ClientProtocol::HttpsExcept(vec![host]);
        }
        if let Some(architecture) = architecture {
            config.platform_resolver = Some(Box::new(move |entries| {
                let fits = |platform: &oci_client::manifest::Platform| {
                    platform.os.to_string() == "linux" && platform.architecture.to_string() == architecture.oci_name()
                };
                entries.iter().find(|entry| entry.platform.as_ref().is_some_and(fits)).map(|entry| entry.digest.clone())
            }));
        }
        let client = Client::try_from(config).map_err(|error| refused(reference, "start", error))?;
        let registry = Self { client, reference: reference.clone() };
        registry.retrying("let us in", || registry.client.auth(reference, auth, operation)).await?;
        Ok(registry)
    }

    /// The same repository, under another tag or digest. A digest is as good as a tag in a path; and where ECR leaves
    /// the location out of its answer, the client counts on there being a tag.
    pub(crate) fn at(&self, tag: &str) -> Reference {
        let (host, repository) = (self.reference.registry(), self.reference.repository());
        Reference::with_tag(host.to_owned(), repository.to_owned(), tag.to_owned())
    }

    /// The content of a blob; its digest is checked.
    pub(crate) async fn blob(&self, descriptor: &OciDescriptor) -> Result<Bytes, ImageError> {
        let pull = || async {
            let mut content = Vec::new();
            self.client.pull_blob(&self.reference, descriptor, &mut content).await?;
            Ok(Bytes::from(content))
        };
        self.retrying("send a layer", pull).await
    }

    /// Calls again where the registry was too busy, or did not answer.
    pub(crate) async fn retrying<T, F>(&self, operation: &'static str, call: impl Fn() -> F) -> Result<T, ImageError>
    where
        F: Future<Output = Result<T, OciDistributionError>>,
    {
        let mut attempt = 1;
        loop {
            match call().await {
                Ok(value) => return Ok(value),
                Err(error) if attempt < ATTEMPTS && passes(&error) => {
                    tokio::time::sleep(Duration::from_millis(150 << attempt)).await;
                    attempt += 1;
                }
                Err(error) => return Err(refused(&self.reference, operation, error)),
            }
        }
    }
}

/// Whether it may well go better the next time.
fn passes(error: &OciDistributionError) -> bool {
    match error {
        OciDistributionError::RequestError(error) => {
            error.status().is_none_or(|status| status.is_server_error() || status.as_u16() == 429)
        }
        OciDistributionError::ServerError { code, .. } => *code >= 500 || *code == 429,
        OciDistributionError::RegistryError { envelope, .. } => status(envelope) == 429,
        _ => false,
    }
}

/// What a registry says. Neither URLs, which may carry the state of an upload, nor what is said about a token.
fn refused(reference: &Reference, operation: &'static str, error: OciDistributionError) -> ImageError {
    let (status, answer) = match error {
        OciDistributionError::RequestError(error) => {
            let (status, error) = (error.status().map(|status| status.as_u16()), error.without_url());
            let (mut text, mut source) = (error.to_string(), error.source());
            while let Some(cause) = source {
                text += &format!(": {cause}");
                source = cause.source();
            }
            (status, text)
        }
        OciDistributionError::ServerError { code, message, .. } => {
            let envelope = serde_json::from_str(&message).map(|envelope| said(&envelope));
            (Some(code), envelope.unwrap_or_else(|_| format!("HTTP status {code}")))
        }
        OciDistributionError::RegistryError { envelope, .. } => (Some(status(&envelope)), said(&envelope)),
        OciDistributionError::ImageManifestNotFoundError(_) => (Some(404), "there is no such image".into()),
        OciDistributionError::UnauthorizedError { .. } => (Some(401), "not authorized".into()),
        OciDistributionError::AuthenticationFailure(_) => (Some(401), "the credentials are refused".into()),
        OciDistributionError::RegistryTokenDecodeError(_) => (Some(401), "the token is not readable".into()),
        // It answered, but not by the protocol.
        other => (Some(200), other.to_string()),
    };
    ImageError::Registry { registry: reference.resolve_registry().to_owned(), operation, status, answer }
}

/// The HTTP status that came with such errors, which the client does not keep.
fn status(envelope: &OciEnvelope) -> u16 {
    match envelope.errors.first().map(|error| &error.code) {
        Some(OciErrorCode::Unauthorized) => 401,
        Some(OciErrorCode::Denied) => 403,
        Some(OciErrorCode::ManifestUnknown | OciErrorCode::NameUnknown | OciErrorCode::NotFound) => 404,
        Some(OciErrorCode::Toomanyrequests) => 429,
        _ => 400,
    }
}

fn said(envelope: &OciEnvelope) -> String {
    let errors = envelope.errors.iter();
    errors.map(|error| format!("{:?}: {}", error.code, error.message)).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_is_taken_from_the_token_and_not_shown() {
        let token = base64::encode("AWS:pass:word");
        let (user, password) = basic(&token).expect("a user and a password");
        let auth = RegistryAuth::Basic(user, password);
        assert!(auth == RegistryAuth::Basic("AWS".into(), "pass:word".into()));
        let login = EcrLogin { registry: "here".into(), auth };
        assert!(!format!("{login:?}").contains("word"), "{login:?}");
        assert!(basic("not base 64").is_none());
        assert!(basic(&base64::encode("nothing")).is_none());
    }

    #[test]
    fn only_this_machine_is_spoken_to_without_tls() {
        for local in ["localhost", "localhost:5000", "127.0.0.1:5000"] {
            assert!(is_local(local), "{local}");
        }
        for remote in ["localhost.example.com", "127.0.0.1.example.com:443", "docker.io", "10.0.0.1:5000"] {
            assert!(!is_local(remote), "{remote}");
        }
    }

    #[test]
    fn errors_keep_the_state_of_an_upload_to_themselves() {
        let reference: Reference = "localhost:5000/app:1".parse().expect("a reference");
        let url = "http://localhost:5000/v2/app/blobs/uploads/1?_state=secret".to_owned();
        let message = r#"{"errors":[{"code":"DENIED","message":"no"}]}"#.to_owned();
        let error = OciDistributionError::ServerError { url, code: 403, message };
        let error = refused(&reference, "take a layer", error);
        assert_eq!(error.to_string(), "localhost:5000 did not take a layer: Denied: no");
        assert!(error.hint().expect("a hint").contains("may not do this"));
    }
}
