//! A data processor behind TLS.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::function::invoked;
use crate::service::Service;

/// Serves with a certificate that nobody else knows; returns the URL and the file with the certificate.
async fn start(service: &Service, case: &str) -> (String, PathBuf) {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".into()]).expect("a certificate");
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{case}.pem"));
    fs::write(&file, cert.pem()).expect("the target folder is writable");
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).expect("a key");
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .expect("the key is the certificate's");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("https://localhost:{}", listener.local_addr().expect("bound").port());
    let service = service.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, service) = (acceptor.clone(), service.clone());
            tokio::spawn(async move {
                if let Ok(stream) = acceptor.accept(stream).await {
                    service.serve(stream).await;
                }
            });
        }
    });
    (url, file)
}

#[tokio::test]
async fn the_checks_are_made_over_tls() {
    let service = Service::new(None);
    let (url, file) = start(&service, "tls-right").await;
    let file = file.to_str().expect("UTF-8");
    let invoked = invoked(&[("DATA_PROCESSOR_URL", url.as_str()), ("SSL_CERT_FILE", file)]).await;
    assert_eq!(invoked.posted[0].kind, "response", "{:?}", invoked.posted[0].body);
    assert_eq!(service.seen().len(), 8);
}

#[tokio::test]
async fn fails_on_a_certificate_that_nobody_vouches_for() {
    let service = Service::new(None);
    let (url, _) = start(&service, "tls-wrong").await;
    let invoked = invoked(&[("DATA_PROCESSOR_URL", url.as_str())]).await;
    let (failed, message) = invoked.failure();
    assert_eq!(failed.len(), 6);
    assert!(message.contains("invalid peer certificate: UnknownIssuer"), "{message}");
    assert_eq!(service.seen().len(), 0);
}
