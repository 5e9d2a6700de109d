//! Certificate Manager: certificates for TLS.
//!
//! ```
//! use belvedere::certificatemanager::{Certificate, CertificateRef};
//! use belvedere::Stack;
//!
//! let mut stack = Stack::new("Example");
//! let issued = stack.add("Certificate", Certificate::new("app.example.com").hosted_zone_id("Z0123456789ABCDEFGHIJ"));
//! let given = CertificateRef::from_arn("arn:aws:acm:eu-central-1:123456789012:certificate/0a1b2c3d");
//! ```

mod certificate;

pub use certificate::{Certificate, CertificateRef};
