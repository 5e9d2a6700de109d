//! What a program expects of a system that has nothing else: certificates, users, a place for temporary files.

use aws_smithy_types::base64;
use webpki_root_certs::TLS_SERVER_ROOT_CERTS;

use super::layer::Files;

/// The id of the user and of the group that the program runs as: the one that others use for `nonroot`.
pub(crate) const USER: u32 = 65532;

/// Where OpenSSL, Go and rustls look for certificates on Debian and its relatives, and without any system.
const CERTIFICATES: &str = "etc/ssl/certs/ca-certificates.crt";

/// The authorities that Mozilla trusts, as the crate `webpki-root-certs` has them (CDLA-Permissive-2.0). They come from
/// that crate and not from the machine that builds, so that the same program gives the same image everywhere.
pub(crate) fn certificates(files: &mut Files) {
    let mut text = String::new();
    for certificate in TLS_SERVER_ROOT_CERTS {
        text += "-----BEGIN CERTIFICATE-----\n";
        let mut rest = base64::encode(certificate.as_ref());
        while !rest.is_empty() {
            let after = rest.split_off(rest.len().min(64));
            text += &rest;
            text.push('\n');
            rest = after;
        }
        text += "-----END CERTIFICATE-----\n";
    }
    files.file(CERTIFICATES, 0o644, text);
}

/// Users, groups, the order of name resolution, and an empty `/tmp`.
pub(crate) fn users(files: &mut Files) {
    let passwd = format!("root:x:0:0:root:/root:/sbin/nologin\napp:x:{USER}:{USER}:app:/:/sbin/nologin\n");
    files.file("etc/passwd", 0o644, passwd);
    files.file("etc/group", 0o644, format!("root:x:0:\napp:x:{USER}:\n"));
    // Without it, older versions of glibc ask the name server before /etc/hosts.
    files.file("etc/nsswitch.conf", 0o644, "passwd: files\ngroup: files\nhosts: files dns\n");
    files.directory("tmp", 0o1777);
}
