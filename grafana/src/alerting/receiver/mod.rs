//! Receivers: the ways of reaching somebody.

mod email;
mod opsgenie;
mod pagerduty;
mod slack;
mod sns;
mod teams;
mod webhook;

pub use email::Email;
pub use opsgenie::{OpsGenie, Responder};
pub use pagerduty::PagerDuty;
pub use slack::{Slack, SlackMention};
pub use sns::{Sns, SnsFormat};
pub use teams::Teams;
pub use webhook::Webhook;

use belvedere_cfn::{IntoValue, Json, Properties};

use crate::finding::Severity;
use crate::secret::Secret;

/// A way of reaching somebody, as a [`ContactPoint`](super::ContactPoint) holds it.
#[derive(Clone, Debug, PartialEq)]
pub struct Receiver {
    /// Grafana's word for the kind, such as `sns`.
    pub(super) kind: String,
    pub(super) uid: Option<String>,
    pub(super) settings: Properties,
    without_resolved: bool,
    /// What is wrong: the rule, how bad it is, what, and what to do.
    pub(super) complaints: Vec<(&'static str, Severity, String, &'static str)>,
}

impl Receiver {
    /// A receiver of a kind that has no type here, such as `telegram`, without settings yet.
    #[must_use]
    pub fn custom(kind: impl Into<String>) -> Self {
        Self {
            kind: kind.into(),
            uid: None,
            settings: Properties::new(),
            without_resolved: false,
            complaints: Vec::new(),
        }
    }

    /// The receiver's id. Made of the contact point's name and the receiver's kind by default.
    #[must_use]
    pub fn uid(mut self, uid: impl Into<String>) -> Self {
        self.uid = Some(uid.into());
        self
    }

    /// Says nothing when an alert is over. It does by default.
    #[must_use]
    pub const fn without_resolved(mut self) -> Self {
        self.without_resolved = true;
        self
    }

    /// Sets a setting, by the name that the receiver's page gives.
    #[must_use]
    pub fn setting(mut self, name: impl Into<String>, value: impl IntoValue<Json>) -> Self {
        self.settings.set(name.into(), value.into_value());
        self
    }

    /// Sets a setting that is secret.
    #[must_use]
    pub fn secret_setting(mut self, name: impl Into<String>, secret: Secret) -> Self {
        self.settings.set(name.into(), secret.into_placeholder());
        self
    }

    pub(super) fn body(&self) -> Properties {
        Properties::new()
            .with("disableResolveMessage", self.without_resolved)
            .with("settings", self.settings.clone())
            .with("type", self.kind.clone())
    }
}

/// Setters that every receiver has, and that a contact point takes it.
macro_rules! receiver {
    ($receiver:ident) => {
        impl $receiver {
            /// The receiver's id. Made of the contact point's name and the receiver's kind by default.
            #[must_use]
            pub fn uid(mut self, uid: impl Into<String>) -> Self {
                self.receiver = self.receiver.uid(uid);
                self
            }

            /// Says nothing when an alert is over. It does by default.
            #[must_use]
            pub const fn without_resolved(mut self) -> Self {
                self.receiver.without_resolved = true;
                self
            }

            /// Sets a setting that has no setter here, by the name that the receiver's page gives.
            #[must_use]
            pub fn setting(
                mut self,
                name: impl Into<String>,
                value: impl belvedere_cfn::IntoValue<belvedere_cfn::Json>,
            ) -> Self {
                self.receiver = self.receiver.setting(name, value);
                self
            }
        }

        impl From<$receiver> for crate::alerting::Receiver {
            fn from(receiver: $receiver) -> Self {
                receiver.receiver
            }
        }
    };
}

/// Setters of settings that are text.
macro_rules! texts {
    ($receiver:ident: $($(#[$doc:meta])+ $setter:ident = $setting:literal;)+) => {
        impl $receiver { $(
            $(#[$doc])+
            #[must_use]
            pub fn $setter(mut self, text: impl belvedere_cfn::IntoValue<String>) -> Self {
                self.receiver.settings.set($setting, text.into_value());
                self
            }
        )+ }
    };
}

use {receiver, texts};
