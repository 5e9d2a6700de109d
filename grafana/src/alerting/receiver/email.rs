//! [`Email`].

use super::{Receiver, receiver, texts};
use crate::finding::Severity;

/// E-mail, sent by the server that Grafana's `smtp` settings name.
/// [Grafana page](https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/configure-email/).
#[derive(Clone, Debug, PartialEq)]
pub struct Email {
    receiver: Receiver,
}

receiver!(Email);
texts! { Email:
    /// The subject, a template. Grafana's own by default.
    subject = "subject";
    /// The message, a template. Grafana's own by default.
    message = "message";
}

impl Email {
    /// A letter to each address.
    #[must_use]
    pub fn new<A: Into<String>>(addresses: impl IntoIterator<Item = A>) -> Self {
        let addresses: Vec<String> = addresses.into_iter().map(Into::into).collect();
        let mut receiver = Receiver::custom("email").setting("addresses", addresses.join(";"));
        let wrong = |address: &&String| !address.contains('@') || address.contains([' ', ',', ';', '\n']);
        if let Some(address) = addresses.iter().find(wrong) {
            let message = format!("an address is written as `name@example.com`, got `{address}`");
            receiver.complaints.push(("alert-route", Severity::Problem, message, "give each address by itself"));
        }
        if addresses.is_empty() {
            let message = "no address is given".to_owned();
            receiver.complaints.push(("alert-route", Severity::Problem, message, "give at least one address"));
        }
        Self { receiver }
    }

    /// Sends one letter to all addresses instead of one to each.
    #[must_use]
    pub fn single(mut self) -> Self {
        self.receiver = self.receiver.setting("singleEmail", true);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_written_one_by_one() {
        assert_eq!(Email::new(["a@example.com"]).single().receiver.complaints, []);
        assert_eq!(Email::new(["a@example.com, b@example.com"]).receiver.complaints.len(), 1);
        assert_eq!(Email::new([""; 0]).receiver.complaints.len(), 1);
    }
}
