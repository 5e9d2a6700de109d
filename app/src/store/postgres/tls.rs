//! How far the certificate of a database is verified.

use std::path::PathBuf;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

use super::settings::PostgresSettingsError;
use crate::store::tls;

/// How far the certificate of a server is verified, as `sslmode` of libpq has it:
/// <https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verification {
    /// Not at all: against who only listens.
    None,
    /// That an authority vouches for it, for whatever host.
    Authority,
    /// That an authority vouches for it and for the host.
    Host,
}

/// Which authorities are trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Authorities {
    /// Those that browsers trust.
    Public,
    /// Those in a file of PEM.
    File(PathBuf),
}

pub(super) fn client(
    verification: Verification,
    authorities: &Authorities,
) -> Result<ClientConfig, PostgresSettingsError> {
    let failed = |source| PostgresSettingsError::Tls { source };
    let mut roots = RootCertStore::empty();
    match authorities {
        Authorities::Public => roots = tls::public_roots(),
        Authorities::File(path) => {
            let failed = |source| PostgresSettingsError::Authorities { path: path.clone(), source };
            for certificate in CertificateDer::pem_file_iter(path).map_err(|error| failed(Box::new(error)))? {
                let certificate = certificate.map_err(|error| failed(Box::new(error)))?;
                roots.add(certificate).map_err(|error| failed(Box::new(error)))?;
            }
            if roots.is_empty() {
                return Err(failed("it holds no certificate".into()));
            }
        }
    }
    let mut client = tls::client(roots.clone()).map_err(failed)?;
    let authority = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), tls::provider())
        .build()
        .map_err(|error| failed(Error::General(error.to_string())))?;
    if verification != Verification::Host {
        let verifier = Lenient { authority, verification };
        client.dangerous().set_certificate_verifier(Arc::new(verifier));
    }
    Ok(client)
}

/// Verifies less than the host: what was asked for, and that the server has the key of its certificate.
#[derive(Debug)]
struct Lenient {
    authority: Arc<WebPkiServerVerifier>,
    verification: Verification,
}

impl ServerCertVerifier for Lenient {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if self.verification == Verification::None {
            return Ok(ServerCertVerified::assertion());
        }
        match self.authority.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            // The name is verified last.
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(ServerCertVerified::assertion()),
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let provider = tls::provider();
        verify_tls12_signature(message, certificate, signature, &provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let provider = tls::provider();
        verify_tls13_signature(message, certificate, signature, &provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.authority.supported_verify_schemes()
    }
}
