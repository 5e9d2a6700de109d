//! The HTTP client of the S3 store.

use std::error::Error;
use std::io;
use std::time::Duration;

use async_trait::async_trait;
use http_body_util::BodyExt;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector as TcpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use object_store::ClientOptions;
use object_store::client::{
    ClientConfigKey, HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpRequestBody, HttpResponse,
    HttpResponseBody, HttpService,
};

use crate::store::tls;

/// Makes clients on `hyper` and `rustls` that trust the compiled-in certificate authorities. The one that
/// `object_store` brings asks the system for them, and containers often have none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Connector {
    /// The time for an answer to begin. Another attempt may follow.
    pub(super) attempt: Duration,
    /// The time for a connection.
    pub(super) connect: Duration,
}

/// How long a connection waits for its next request. Amazon S3 closes one after some seconds more.
const IDLE: Duration = Duration::from_secs(15);

impl HttpConnector for Connector {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        let mut tcp = TcpConnector::new();
        tcp.set_connect_timeout(Some(self.connect));
        tcp.set_nodelay(true);
        tcp.enforce_http(false);
        let tls = tls::client(tls::public_roots())
            .map_err(|source| object_store::Error::Generic { store: "S3", source: Box::new(source) })?;
        let builder = HttpsConnectorBuilder::new().with_tls_config(tls);
        // Keys and documents do not travel in the clear unless the endpoint says so.
        let allow_http = options.get_config_value(&ClientConfigKey::AllowHttp).as_deref() == Some("true");
        let builder = if allow_http { builder.https_or_http() } else { builder.https_only() };
        let client = legacy::Client::builder(TokioExecutor::new())
            .pool_idle_timeout(IDLE)
            .pool_timer(TokioTimer::new())
            .build(builder.enable_http1().wrap_connector(tcp));
        Ok(HttpClient::new(Client { client, attempt: self.attempt }))
    }
}

#[derive(Debug)]
struct Client {
    client: legacy::Client<HttpsConnector<TcpConnector>, HttpRequestBody>,
    attempt: Duration,
}

#[async_trait]
impl HttpService for Client {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        match tokio::time::timeout(self.attempt, self.client.request(request)).await {
            Ok(Ok(response)) => Ok(response
                .map(|body| HttpResponseBody::new(body.map_err(|error| HttpError::new(kind(&error, false), error))))),
            Ok(Err(error)) => Err(HttpError::new(kind(&error, error.is_connect()), error)),
            Err(elapsed) => Err(HttpError::new(HttpErrorKind::Timeout, elapsed)),
        }
    }
}

/// What kind of failure it is, which decides whether there is another attempt.
fn kind(error: &(dyn Error + 'static), connecting: bool) -> HttpErrorKind {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<io::Error>() {
            match error.kind() {
                io::ErrorKind::TimedOut => return HttpErrorKind::Timeout,
                io::ErrorKind::ConnectionAborted
                | io::ErrorKind::ConnectionReset
                | io::ErrorKind::BrokenPipe
                | io::ErrorKind::UnexpectedEof => return HttpErrorKind::Interrupted,
                _ => {}
            }
        }
        if let Some(error) = error.downcast_ref::<hyper::Error>() {
            if error.is_timeout() {
                return HttpErrorKind::Timeout;
            }
            // The other side closed a connection that was kept for the next request.
            if error.is_closed() || error.is_incomplete_message() || error.is_canceled() {
                return HttpErrorKind::Request;
            }
            if error.is_parse() {
                return HttpErrorKind::Decode;
            }
        }
        cause = error.source();
    }
    if connecting { HttpErrorKind::Connect } else { HttpErrorKind::Unknown }
}
