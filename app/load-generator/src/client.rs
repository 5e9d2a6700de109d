//! The way to the service.

use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::Bytes;
use hyper::header::{HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use hyper::http::uri::{Authority, Scheme};
use hyper::{Request, StatusCode, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client as Pooled;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use thiserror::Error;

use crate::payload::{GivenUp, Payload};

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const NAME: HeaderValue = HeaderValue::from_static(concat!("load-generator/", env!("CARGO_PKG_VERSION")));
/// Shorter than what load balancers and servers usually allow, so that the service seldom closes first.
const IDLE: Duration = Duration::from_secs(30);
/// How much longer than a document an answer may be.
const ROOM: usize = 65_536;

/// A pool of connections to one service, over HTTP/1.1, in the clear or over TLS.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    pooled: Pooled<HttpsConnector<HttpConnector>, Payload>,
    target: Target,
    limit: Duration,
    longest: usize,
    sampled: bool,
}

/// Where the service is: the part of its URLs that stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    scheme: Scheme,
    authority: Authority,
    prefix: String,
}

impl Target {
    /// Reads an `http://` or `https://` URL with a host and without a query; a path is what all others begin with.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let parts = text.parse::<Uri>().ok()?.into_parts();
        let scheme = parts.scheme.filter(|scheme| *scheme == Scheme::HTTP || *scheme == Scheme::HTTPS)?;
        let authority = parts.authority.filter(|authority| !authority.host().is_empty())?;
        // `Uri` drops a fragment by itself.
        let path = parts.path_and_query.filter(|path| path.query().is_none())?;
        Some(Self { scheme, authority, prefix: path.path().trim_end_matches('/').to_owned() })
    }

    /// The URL of a path that begins with a slash.
    pub(crate) fn url(&self, path: &str) -> String {
        let Self { scheme, authority, prefix } = self;
        format!("{scheme}://{authority}{prefix}{path}")
    }
}

/// What the service answered.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// The status.
    pub(crate) status: StatusCode,
    /// The headers.
    pub(crate) headers: HeaderMap,
    /// The whole body.
    pub(crate) body: Bytes,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NoAnswer {
    /// It was given up on purpose.
    GivenUp,
    /// It was not complete in time.
    Timeout,
    /// It is longer than any that is expected.
    TooLong,
    /// The connection failed; says how.
    Connection(String),
}

/// Why there is no way to the service.
#[derive(Debug, Error)]
#[non_exhaustive]
pub(crate) enum ClientError {
    /// The certificates cannot be read.
    #[error("cannot read certificates from {}", path.display())]
    Certificates {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: rustls::pki_types::pem::Error,
    },
    /// There are none.
    #[error("{} must hold at least one certificate in PEM, got none", path.display())]
    NoCertificate {
        /// The file.
        path: PathBuf,
    },
    /// A certificate, or the choice of protocols, cannot be used.
    #[error("cannot set up TLS")]
    Tls {
        /// What is wrong.
        source: rustls::Error,
    },
}

impl Client {
    /// A client that trusts Mozilla's certificate authorities and those in the file, gives each request `limit`, and
    /// reads answers that are a little longer than `document` bytes.
    pub(crate) fn new(
        target: Target,
        authorities: Option<&Path>,
        limit: Duration,
        document: usize,
        sampled: bool,
    ) -> Result<Self, ClientError> {
        let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        for certificate in authorities.map(certificates).transpose()?.unwrap_or_default() {
            roots.add(certificate).map_err(|source| ClientError::Tls { source })?;
        }
        let tls = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|source| ClientError::Tls { source })?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let mut http = HttpConnector::new();
        http.enforce_http(false);
        // A request that waits for the acknowledgment of its own first half would take 40 ms.
        http.set_nodelay(true);
        let connector = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1();
        let pooled = Pooled::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .build(connector.wrap_connector(http));
        Ok(Self { pooled, target, limit, longest: document + ROOM, sampled })
    }

    /// Where the service is.
    pub(crate) fn target(&self) -> &Target {
        &self.target
    }

    /// Sends the request as part of a trace of its own, and reads the answer to its end.
    pub(crate) async fn send(&self, mut request: Request<Payload>, trace: u128) -> Result<Answer, NoAnswer> {
        let headers = request.headers_mut();
        headers.insert(USER_AGENT, NAME);
        let parent = format!("00-{trace:032x}-{:016x}-{:02x}", fastrand::u64(1..), u8::from(self.sampled));
        headers.extend(HeaderValue::try_from(parent).ok().map(|parent| (TRACEPARENT, parent)));
        let answered = async {
            let (head, body) = self.pooled.request(request).await.map_err(|error| reason(&error))?.into_parts();
            let body = Limited::new(body, self.longest).collect().await.map_err(|error| reason(&*error))?.to_bytes();
            Ok(Answer { status: head.status, headers: head.headers, body })
        };
        tokio::time::timeout(self.limit, answered).await.unwrap_or(Err(NoAnswer::Timeout))
    }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, ClientError> {
    let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    match read {
        Ok(certificates) if certificates.is_empty() => Err(ClientError::NoCertificate { path: path.to_owned() }),
        read => read.map_err(|source| ClientError::Certificates { path: path.to_owned(), source }),
    }
}

fn reason(error: &(dyn Error + 'static)) -> NoAnswer {
    let mut texts = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        // An error of input and output hides what it was made of behind its own text.
        let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        if error.is::<GivenUp>() || inner.is_some_and(|inner| inner.is::<GivenUp>()) {
            return NoAnswer::GivenUp;
        }
        if error.is::<LengthLimitError>() {
            return NoAnswer::TooLong;
        }
        texts.push(error.to_string());
        next = error.source();
    }
    NoAnswer::Connection(texts.join(": "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_keeps_its_path() {
        for (text, url) in [
            ("http://localhost:8080", "http://localhost:8080/data"),
            ("https://api.example/v1/", "https://api.example/v1/data"),
            ("http://[::1]:80/", "http://[::1]:80/data"),
        ] {
            assert_eq!(Target::parse(text).expect("a URL").url("/data"), url);
        }
    }

    #[test]
    fn rejects_what_is_no_target() {
        for text in ["", "localhost", "localhost:8080", "ftp://host", "http://", "http://host/?a=b", "http://a b"] {
            assert_eq!(Target::parse(text), None, "{text}");
        }
    }

    #[test]
    fn fails_without_a_certificate() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        let error = certificates(&file).expect_err("no certificate");
        assert!(error.to_string().ends_with("Cargo.toml must hold at least one certificate in PEM, got none"));
        let error = certificates(Path::new("/nowhere.pem")).expect_err("no file");
        assert_eq!(error.to_string(), "cannot read certificates from /nowhere.pem");
    }
}
