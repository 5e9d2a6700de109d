//! There is no HTTPS without a certificate.

use belvedere::elbv2::Listener;

fn main() {
    let _listener = Listener::https(443);
}
