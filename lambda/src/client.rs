//! One HTTP call, over a connection of its own.

use std::error::Error;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::{HeaderMap, Request, StatusCode, Version};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::{HttpConnector, HttpInfo};
use hyper_util::rt::TokioExecutor;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{self, PemObject};
use rustls::{ClientConfig, RootCertStore};
use thiserror::Error;
use tokio::time::timeout_at;

/// How much of an answer is read, in bytes.
const BODY_LIMIT: usize = 64 * 1024;

/// Makes calls over HTTP and HTTPS.
///
/// Nothing is kept between calls: each meets what a new user meets, from the name of the host on, and a connection
/// that was left open would be stale once Lambda has frozen the program for a minute.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    inner: legacy::Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) version: Version,
    pub(crate) headers: HeaderMap,
    /// Who answered.
    pub(crate) peer: Option<SocketAddr>,
    pub(crate) body: Result<Bytes, BodyError>,
    /// How long all of it took.
    pub(crate) elapsed: Duration,
}

impl Client {
    /// Prepares calls. `https://` servers must descend from the certificates in `ca_file`, or from the public ones that
    /// the program carries, since a function has no certificates of its own.
    ///
    /// # Errors
    /// The file cannot be used.
    pub(crate) fn new(ca_file: Option<&Path>) -> Result<Self, TlsError> {
        let mut roots = RootCertStore::empty();
        match ca_file {
            None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
            Some(path) => {
                let unreadable = |source| TlsError::Read { path: path.into(), source };
                for certificate in CertificateDer::pem_file_iter(path).map_err(unreadable)? {
                    let certificate = certificate.map_err(unreadable)?;
                    roots.add(certificate).map_err(|source| TlsError::Root { path: path.into(), source })?;
                }
                if roots.is_empty() {
                    return Err(TlsError::Empty { path: path.into() });
                }
            }
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = config.map_err(TlsError::Protocol)?.with_root_certificates(roots).with_no_client_auth();
        let connector = HttpsConnectorBuilder::new().with_tls_config(config).https_or_http().enable_http1().build();
        let mut builder = legacy::Client::builder(TokioExecutor::new());
        builder.pool_max_idle_per_host(0).retry_canceled_requests(false);
        Ok(Self { inner: builder.build(connector) })
    }

    /// Makes one call, and gives it up after `limit`.
    pub(crate) async fn call(&self, request: Request<Full<Bytes>>, limit: Duration) -> Result<Answer, CallError> {
        let begin = Instant::now();
        let deadline = tokio::time::Instant::now() + limit;
        let response = match timeout_at(deadline, self.inner.request(request)).await {
            Err(_) => return Err(CallError::TooSlow { limit, elapsed: begin.elapsed() }),
            Ok(Err(source)) => return Err(CallError::NoAnswer { source, elapsed: begin.elapsed() }),
            Ok(Ok(response)) => response,
        };
        let (head, body) = response.into_parts();
        let mut read = Vec::new();
        let body = match timeout_at(deadline, collect(body, &mut read)).await {
            Err(_) => Err(BodyError::TooSlow { limit, received: read.len() }),
            Ok(Err(source)) => Err(BodyError::Broken { received: read.len(), source }),
            Ok(Ok(Complete::No)) => Err(BodyError::TooLarge),
            Ok(Ok(Complete::Yes)) => Ok(read.into()),
        };
        Ok(Answer {
            status: head.status,
            version: head.version,
            headers: head.headers,
            peer: head.extensions.get::<HttpInfo>().map(HttpInfo::remote_addr),
            body,
            elapsed: begin.elapsed(),
        })
    }
}

enum Complete {
    Yes,
    No,
}

async fn collect(mut body: Incoming, read: &mut Vec<u8>) -> Result<Complete, hyper::Error> {
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame?.into_data() else { continue };
        if read.len() + data.len() > BODY_LIMIT {
            return Ok(Complete::No);
        }
        read.extend_from_slice(&data);
    }
    Ok(Complete::Yes)
}

/// Why there is no answer.
#[derive(Debug, Error)]
pub(crate) enum CallError {
    #[error("nothing within {} ms", limit.as_millis())]
    TooSlow { limit: Duration, elapsed: Duration },
    #[error("no answer")]
    NoAnswer { source: legacy::Error, elapsed: Duration },
}

impl CallError {
    pub(crate) fn elapsed(&self) -> Duration {
        match self {
            Self::TooSlow { elapsed, .. } | Self::NoAnswer { elapsed, .. } => *elapsed,
        }
    }
}

/// Why an answer has no body that could be looked at.
#[derive(Debug, Error)]
pub(crate) enum BodyError {
    #[error("{received} bytes within {} ms, and no end", limit.as_millis())]
    TooSlow { limit: Duration, received: usize },
    #[error("{received} bytes, and no end")]
    Broken { received: usize, source: hyper::Error },
    #[error("more than {BODY_LIMIT} bytes")]
    TooLarge,
}

/// Why no call can be made.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TlsError {
    /// The file of certificates cannot be read.
    #[error("SSL_CERT_FILE must be a file of PEM certificates, got {path:?}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: pem::Error,
    },
    /// A certificate in the file is none that others can descend from.
    #[error("SSL_CERT_FILE must hold certificates of authorities, {path:?} has another")]
    Root {
        /// The file.
        path: PathBuf,
        /// What is wrong with the certificate.
        source: rustls::Error,
    },
    /// The file has no certificate.
    #[error("SSL_CERT_FILE must hold at least one certificate, {path:?} has none")]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// The TLS library has no protocol that its cryptography can do.
    #[error("TLS cannot be set up")]
    Protocol(#[source] rustls::Error),
}

/// The text of `error` and of all that caused it, on one line: a log and Lambda's own report have one field for both.
#[must_use]
pub fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        // Some errors repeat their cause.
        if !text.ends_with(&cause_text) {
            text += ": ";
            text += &cause_text;
        }
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// Calls a server that answers with these bytes, then holds the connection or closes it.
    async fn called(answer: &'static [u8], holds: bool, limit: Duration) -> Result<Answer, CallError> {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}/", listener.local_addr().expect("bound"));
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            let mut request = [0; 1024];
            assert!(stream.read(&mut request).await.expect("a request") > 0);
            stream.write_all(answer).await.expect("written");
            if holds {
                std::future::pending::<()>().await;
            }
        });
        let request = Request::get(url).body(Full::default()).expect("a request");
        let result = Client::new(None).expect("a client").call(request, limit).await;
        server.abort();
        result
    }

    #[tokio::test]
    async fn reads_head_and_body() {
        let answer = called(b"HTTP/1.1 201 Created\r\nlocation: /a\r\ncontent-length: 2\r\n\r\nok", true, SECOND).await;
        let answer = answer.expect("an answer");
        assert_eq!((answer.status, answer.version), (StatusCode::CREATED, Version::HTTP_11));
        assert_eq!(answer.headers["location"], "/a");
        assert_eq!(answer.body.expect("a body"), "ok");
        assert!(answer.peer.is_some_and(|peer| peer.ip().is_loopback()));
        assert!(answer.elapsed < SECOND);
    }

    #[tokio::test]
    async fn fails_without_an_answer() {
        let error = called(b"", false, SECOND).await.expect_err("closed");
        assert!(with_causes(&error).starts_with("no answer: "), "{error:?}");
        let error = called(b"", true, Duration::from_millis(50)).await.expect_err("silent");
        assert_eq!(error.to_string(), "nothing within 50 ms");
        assert!(error.elapsed() >= Duration::from_millis(50));
    }

    #[tokio::test]
    async fn fails_where_nobody_listens() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let request = Request::get(format!("http://{}/", listener.local_addr().expect("bound")));
        drop(listener);
        let request = request.body(Full::default()).expect("a request");
        let error = Client::new(None).expect("a client").call(request, SECOND).await.expect_err("nobody there");
        assert!(with_causes(&error).contains("refused"), "the cause is told: {}", with_causes(&error));
    }

    #[tokio::test]
    async fn fails_on_half_a_body_and_keeps_the_status() {
        let head = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf";
        let answer = called(head, false, SECOND).await.expect("a head");
        assert_eq!(answer.status, StatusCode::OK);
        assert!(with_causes(&answer.body.expect_err("broken")).starts_with("4 bytes, and no end: "));
        let answer = called(head, true, Duration::from_millis(50)).await.expect("a head");
        assert_eq!(answer.body.expect_err("slow").to_string(), "4 bytes within 50 ms, and no end");
    }

    #[tokio::test]
    async fn fails_on_an_endless_body() {
        let answer = [b"HTTP/1.1 200 OK\r\n\r\n".as_slice(), &[b'x'; 2 * BODY_LIMIT]].concat().leak();
        let answer = called(answer, true, SECOND).await.expect("a head");
        assert_eq!(answer.body.expect_err("too large").to_string(), "more than 65536 bytes");
    }

    #[test]
    fn fails_on_a_file_without_certificates() {
        let error = Client::new(Some(Path::new("Cargo.toml"))).expect_err("no certificates");
        assert_eq!(error.to_string(), "SSL_CERT_FILE must hold at least one certificate, \"Cargo.toml\" has none");
        let error = Client::new(Some(Path::new("none.pem"))).expect_err("no file");
        assert_eq!(error.to_string(), "SSL_CERT_FILE must be a file of PEM certificates, got \"none.pem\"");
    }
}
