//! Which bucket, and how it is reached.

use std::ffi::OsString;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use object_store::BackoffConfig;
use object_store::aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey};
use object_store::path::Path;
use object_store::{ClientOptions, RetryConfig};
use thiserror::Error;

use super::http::Connector;

/// A bucket and what the names of all objects in it begin with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store) struct BucketUrl {
    pub(super) bucket: String,
    pub(super) prefix: Path,
}

impl FromStr for BucketUrl {
    type Err = String;

    /// Reads what follows `s3://`.
    fn from_str(text: &str) -> Result<Self, String> {
        if text.contains('@') {
            return Err("credentials come from the standard AWS environment, never from the URL".into());
        }
        if text.contains(['?', '#']) {
            return Err(
                "an s3: URL has no parameters; the region is AWS_REGION, the endpoint AWS_ENDPOINT_URL_S3".into()
            );
        }
        let (bucket, prefix) = text.split_once('/').unwrap_or((text, ""));
        // https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
        let alphanumeric = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let named = (3..=63).contains(&bucket.len())
            && bucket.bytes().all(|byte| alphanumeric(byte) || matches!(byte, b'-' | b'.'))
            && [bucket.bytes().next(), bucket.bytes().last()].into_iter().flatten().all(alphanumeric);
        if !named {
            return Err(format!(
                "a bucket is named with 3 to 63 lower-case letters, digits, hyphens and dots, got {bucket:?}"
            ));
        }
        if bucket.ends_with("--x-s3") {
            return Err("a directory bucket does not list objects in order, a general purpose bucket does".into());
        }
        let prefix = prefix.strip_suffix('/').unwrap_or(prefix);
        let prefix = Path::parse(prefix).map_err(|error| error.to_string())?;
        Ok(Self { bucket: bucket.into(), prefix })
    }
}

impl fmt::Display for BucketUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "s3://{}/{}", self.bucket, self.prefix)
    }
}

/// How a bucket is reached, as far as the environment says.
#[derive(Clone)]
pub(in crate::store) struct S3Settings {
    builder: AmazonS3Builder,
    pub(super) url: BucketUrl,
    pub(super) limit: Duration,
}

/// The variables of the AWS SDKs that are obeyed: <https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html>
const VARIABLES: &[(&str, AmazonS3ConfigKey)] = &[
    ("AWS_ACCESS_KEY_ID", AmazonS3ConfigKey::AccessKeyId),
    ("AWS_SECRET_ACCESS_KEY", AmazonS3ConfigKey::SecretAccessKey),
    ("AWS_SESSION_TOKEN", AmazonS3ConfigKey::Token),
    ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", AmazonS3ConfigKey::ContainerCredentialsRelativeUri),
    ("AWS_CONTAINER_CREDENTIALS_FULL_URI", AmazonS3ConfigKey::ContainerCredentialsFullUri),
    ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", AmazonS3ConfigKey::ContainerAuthorizationTokenFile),
    ("AWS_WEB_IDENTITY_TOKEN_FILE", AmazonS3ConfigKey::WebIdentityTokenFile),
    ("AWS_ROLE_ARN", AmazonS3ConfigKey::RoleArn),
    ("AWS_ROLE_SESSION_NAME", AmazonS3ConfigKey::RoleSessionName),
    ("AWS_ENDPOINT_URL_STS", AmazonS3ConfigKey::StsEndpoint),
    ("AWS_EC2_METADATA_SERVICE_ENDPOINT", AmazonS3ConfigKey::MetadataEndpoint),
];

impl S3Settings {
    /// Takes what the variables say that `lookup` finds: `AWS_REGION` or `AWS_DEFAULT_REGION`, `AWS_ENDPOINT_URL_S3` or
    /// `AWS_ENDPOINT_URL` (with one of which the bucket is in the path, and the region defaults to `us-east-1`), and
    /// the credentials of the environment, of a web identity, of an ECS task, of an EKS pod, or else of the EC2
    /// instance.
    pub(in crate::store) fn new(
        url: BucketUrl,
        limit: Duration,
        lookup: &dyn Fn(&str) -> Option<OsString>,
    ) -> Result<Self, S3SettingsError> {
        let text = |name| crate::variable::text(&lookup, name);
        let endpoint = text("AWS_ENDPOINT_URL_S3").or_else(|| text("AWS_ENDPOINT_URL"));
        let region = text("AWS_REGION").or_else(|| text("AWS_DEFAULT_REGION"));
        let mut builder = AmazonS3Builder::new().with_bucket_name(&url.bucket);
        for (name, key) in VARIABLES {
            if let Some(value) = text(name) {
                builder = builder.with_config(*key, value);
            }
        }
        let builder = match (&endpoint, region) {
            (Some(endpoint), region) => {
                let plain = match url::Url::parse(endpoint) {
                    Ok(url) if url.scheme() == "http" && url.has_host() => true,
                    Ok(url) if url.scheme() == "https" && url.has_host() => false,
                    _ => return Err(S3SettingsError::Endpoint { value: endpoint.clone() }),
                };
                builder
                    .with_endpoint(endpoint)
                    .with_allow_http(plain)
                    .with_region(region.unwrap_or_else(|| "us-east-1".into()))
            }
            // A bucket whose name has a dot does not match the certificate.
            (None, Some(region)) => {
                builder.with_region(region).with_virtual_hosted_style_request(!url.bucket.contains('.'))
            }
            (None, None) => return Err(S3SettingsError::NoRegion),
        };
        Ok(Self { builder, url, limit })
    }

    /// A client, which connects when it is used.
    pub(super) fn client(&self) -> Result<AmazonS3, S3SettingsError> {
        // Two attempts without any answer, and the wait between them, fit into the time.
        let connector = Connector { attempt: self.limit.mul_f64(0.4), connect: self.limit.mul_f64(0.2) };
        let retry = RetryConfig {
            backoff: BackoffConfig {
                init_backoff: Duration::from_millis(50),
                max_backoff: self.limit.mul_f64(0.1).max(Duration::from_millis(50)),
                base: 2.0,
            },
            max_retries: 4,
            retry_timeout: self.limit.mul_f64(0.5),
        };
        let builder = self.builder.clone();
        let allow_http = builder.get_config_value(&AmazonS3ConfigKey::Client(object_store::ClientConfigKey::AllowHttp));
        let options = ClientOptions::new().with_allow_http(allow_http.as_deref() == Some("true"));
        builder
            .with_client_options(options)
            .with_http_connector(connector)
            .with_retry(retry)
            // One document at a time, by the one request that the permission `s3:DeleteObject` is about.
            .with_disable_bulk_delete(true)
            .build()
            .map_err(|source| S3SettingsError::Client { source })
    }
}

impl fmt::Debug for S3Settings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The builder would show the secret key.
        formatter.debug_struct("S3Settings").field("url", &self.url).field("limit", &self.limit).finish_non_exhaustive()
    }
}

/// Why the environment does not say how to reach a bucket.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum S3SettingsError {
    /// No region and no endpoint.
    #[error(
        "AWS_REGION must name the region of the bucket, such as eu-central-1; neither it nor AWS_DEFAULT_REGION is set"
    )]
    NoRegion,
    /// The endpoint is no URL.
    #[error("AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL must be an http or https URL, got {value:?}")]
    Endpoint {
        /// What it is.
        value: String,
    },
    /// The settings contradict each other.
    #[error("the AWS environment cannot be used")]
    Client {
        /// What is wrong.
        source: object_store::Error,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(url: &str, variables: &[(&str, &str)]) -> Result<S3Settings, S3SettingsError> {
        let lookup =
            |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value));
        S3Settings::new(url.parse().expect("a bucket"), Duration::from_secs(5), &lookup)
    }

    #[test]
    fn buckets_and_prefixes_are_read() {
        for (text, shown) in [
            ("data", "s3://data/"),
            ("data/", "s3://data/"),
            ("my.data-1/a/b/", "s3://my.data-1/a/b"),
            ("data/a%2Fb", "s3://data/a%2Fb"),
        ] {
            assert_eq!(text.parse::<BucketUrl>().map(|url| url.to_string()), Ok(shown.into()), "{text}");
        }
    }

    #[test]
    fn rejects_what_is_no_bucket() {
        for text in [
            "",
            "ab",
            "Data",
            "-data",
            "data-",
            "da_ta",
            "data/a//b",
            "data/../b",
            "data?region=eu",
            "data--use1-az4--x-s3",
            "AKIA:secret@data",
        ] {
            let error = text.parse::<BucketUrl>().expect_err(text);
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn a_region_or_an_endpoint_is_needed() {
        assert!(matches!(settings("data", &[]), Err(S3SettingsError::NoRegion)));
        for variables in [
            [("AWS_REGION", "eu-central-1")],
            [("AWS_DEFAULT_REGION", "eu-central-1")],
            [("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")],
            [("AWS_ENDPOINT_URL_S3", "https://minio.example")],
        ] {
            let settings = settings("data", &variables).expect("enough");
            settings.client().expect("a client needs nothing more");
        }
    }

    #[test]
    fn rejects_an_endpoint_that_is_no_url() {
        for value in ["127.0.0.1:4566", "ftp://s3.example", "http://"] {
            let error = settings("data", &[("AWS_ENDPOINT_URL", value)]).expect_err(value);
            assert!(error.to_string().ends_with(&format!("got {value:?}")), "{error}");
        }
    }

    #[test]
    fn debug_shows_no_secret() {
        let variables =
            [("AWS_REGION", "us-east-1"), ("AWS_ACCESS_KEY_ID", "AKIA"), ("AWS_SECRET_ACCESS_KEY", "hidden-secret")];
        let settings = settings("data", &variables).expect("enough");
        assert!(!format!("{settings:?}").contains("hidden"), "{settings:?}");
        let client = settings.client().expect("a client");
        assert!(!format!("{client:?}").contains("hidden"), "{client:?}");
    }
}
