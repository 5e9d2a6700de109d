//! [`Tls`]: how a listener proves who it is, and which encryption it accepts.

use std::borrow::Cow;

use crate::certificatemanager::CertificateRef;

/// How a listener proves who it is, and which encryption it accepts.
///
/// Made from a [`CertificateRef`] where nothing else has to be said.
#[derive(Clone, Debug, PartialEq)]
pub struct Tls {
    pub(super) certificate: CertificateRef,
    pub(super) additional_certificates: Vec<CertificateRef>,
    pub(super) policy: SslPolicy,
}

impl Tls {
    /// Answers with a certificate.
    #[must_use]
    pub fn new(certificate: &CertificateRef) -> Self {
        Self {
            certificate: certificate.clone(),
            additional_certificates: Vec::new(),
            policy: SslPolicy::TLS13_1_2_RES_PQ,
        }
    }

    /// Answers with another certificate to clients that ask for a domain name of that one. One certificate for all by
    /// default.
    #[must_use]
    pub fn additional_certificate(mut self, certificate: &CertificateRef) -> Self {
        self.additional_certificates.push(certificate.clone());
        self
    }

    /// Which protocols and ciphers are accepted. [`SslPolicy::TLS13_1_2_RES_PQ`] by default.
    #[must_use]
    pub fn policy(mut self, policy: SslPolicy) -> Self {
        self.policy = policy;
        self
    }
}

impl From<&CertificateRef> for Tls {
    fn from(certificate: &CertificateRef) -> Self {
        Self::new(certificate)
    }
}

/// Which protocols and ciphers a listener accepts.
/// [AWS page](https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SslPolicy(Cow<'static, str>);

impl SslPolicy {
    /// TLS 1.3 and 1.2 with authenticated encryption and forward secrecy only, and keys that resist quantum computers
    /// for clients that can. What AWS recommends.
    pub const TLS13_1_2_RES_PQ: Self = Self::known("ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09");
    /// TLS 1.3 and 1.2, and keys that resist quantum computers for clients that can. What the AWS CDK recommends.
    pub const TLS13_1_2_PQ: Self = Self::known("ELBSecurityPolicy-TLS13-1-2-PQ-2025-09");
    /// TLS 1.3 only, and keys that resist quantum computers for clients that can.
    pub const TLS13_1_3_PQ: Self = Self::known("ELBSecurityPolicy-TLS13-1-3-PQ-2025-09");
    /// TLS 1.3 and 1.2 with authenticated encryption and forward secrecy only.
    pub const TLS13_1_2_RES: Self = Self::known("ELBSecurityPolicy-TLS13-1-2-Res-2021-06");
    /// TLS 1.3 and 1.2.
    pub const TLS13_1_2: Self = Self::known("ELBSecurityPolicy-TLS13-1-2-2021-06");
    /// TLS 1.3 only.
    pub const TLS13_1_3: Self = Self::known("ELBSecurityPolicy-TLS13-1-3-2021-06");

    const fn known(name: &'static str) -> Self {
        Self(Cow::Borrowed(name))
    }

    /// A policy by its name.
    #[must_use]
    pub fn custom(name: impl Into<String>) -> Self {
        Self(Cow::Owned(name.into()))
    }

    /// Returns the policy's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0
    }
}
