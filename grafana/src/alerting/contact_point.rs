//! [`ContactPoint`]: whom alerts go to.

use serde_json::Value as Json;

use super::receiver::Receiver;
use crate::content::{Content, Part};
use crate::datasource::{name_complaint, uid_complaint};
use crate::document::Lifting;
use crate::finding::{Finding, Rule};

/// Whom alerts go to: one or more receivers, each of which gets every notification.
/// [Grafana page](https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/).
#[derive(Clone, Debug, PartialEq)]
pub struct ContactPoint {
    name: String,
    receivers: Vec<Receiver>,
}

/// A contact point of a content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactPointRef {
    name: String,
    pub(super) existing: bool,
}

impl ContactPoint {
    /// Notifies the receiver. Its id is made of the contact point's name and the kind of the receiver, unless it has one.
    #[must_use]
    pub fn new(name: impl Into<String>, receiver: impl Into<Receiver>) -> Self {
        Self { name: name.into(), receivers: vec![receiver.into()] }
    }

    /// Notifies another receiver too.
    #[must_use]
    pub fn receiver(mut self, receiver: impl Into<Receiver>) -> Self {
        self.receivers.push(receiver.into());
        self
    }

    /// Returns an `EmbeddedContactPoint` for each receiver.
    pub(super) fn documents(&self, lifting: &mut Lifting) -> Vec<Json> {
        let uids = self.uids();
        let document = |(receiver, uid): (&Receiver, String)| {
            let members = receiver.body().with("name", self.name.clone()).with("uid", uid.clone());
            lifting.json(&format!("contact point {uid}"), &members.into())
        };
        self.receivers.iter().zip(uids).map(document).collect()
    }

    fn uids(&self) -> Vec<String> {
        let mut uids: Vec<String> = Vec::new();
        for receiver in &self.receivers {
            let base = receiver.uid.clone().unwrap_or_else(|| derived_uid(&self.name, &receiver.kind));
            let mut uid = base.clone();
            let mut number = 2;
            while receiver.uid.is_none() && uids.contains(&uid) {
                uid = format!("{base}-{number}");
                number += 1;
            }
            uids.push(uid);
        }
        uids
    }

    fn report(&self, content: &mut Content) {
        let place = format!("contact point `{}`", self.name);
        let mut found = Vec::new();
        let mut report = |rule, message: String, fix: &str| found.push(super::problem(rule, &place, message, fix));
        if let Some(complaint) = name_complaint("a contact point's name", &self.name) {
            report("name", complaint, "give the contact point another name");
        }
        if content.alerting.contact_points.iter().any(|other| other.name == self.name) {
            let message = "another contact point has this name".to_owned();
            report("duplicate", message, "give one of the two another name, or put the receivers into one");
        }
        let known: Vec<String> = content.alerting.contact_points.iter().flat_map(Self::uids).collect();
        let uids = self.uids();
        for (number, uid) in uids.iter().enumerate() {
            if let Some(complaint) = uid_complaint(uid) {
                report("uid", complaint, "give the receiver a shorter, simpler id");
            }
            if known.contains(uid) || uids[..number].contains(uid) {
                let message = format!("another receiver has the id `{uid}`");
                report("duplicate", message, "give one of the two another id");
            }
        }
        for receiver in &self.receivers {
            for (rule, severity, message, fix) in &receiver.complaints {
                let finding = Finding::problem(Rule(rule), &*place, &**message).fix(*fix);
                found.push(Finding { severity: *severity, ..finding });
            }
        }
        content.problems.append(&mut found);
    }
}

/// Makes an id of a name and of the kind of what has it.
pub(super) fn derived_uid(name: &str, kind: &str) -> String {
    const ROOM: usize = 36; // For `-2` and so on.
    let simple: String =
        name.chars().map(|at| if at.is_ascii_alphanumeric() { at.to_ascii_lowercase() } else { '-' }).collect();
    let kind: String = kind.chars().filter(char::is_ascii_alphanumeric).take(12).collect();
    if simple.len() + 1 + kind.len() <= ROOM && simple.is_ascii() && name.is_ascii() {
        return format!("{simple}-{kind}");
    }
    // FNV-1a: names that begin alike, or have no ASCII letter, must not share an id.
    let fold = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    let hash = name.bytes().fold(0x811c_9dc5, fold);
    let room = ROOM - 10 - kind.len();
    format!("{}-{hash:08x}-{kind}", &simple[..simple.len().min(room)])
}

impl ContactPointRef {
    /// A contact point that is in the Grafana already and that this content does not make, such as
    /// `grafana-default-email`.
    #[must_use]
    pub fn existing(name: impl Into<String>) -> Self {
        Self { name: name.into(), existing: true }
    }

    /// Returns the name, by which policies and rules refer to it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Part for ContactPoint {
    type Ref = ContactPointRef;

    fn add_to(self, content: &mut Content) -> ContactPointRef {
        self.report(content);
        content.origins.put(format!("contact point `{}`", self.name));
        let added = ContactPointRef { name: self.name.clone(), existing: false };
        content.alerting.contact_points.push(self);
        added
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Secret;
    use crate::alerting::{Email, Slack};

    #[test]
    fn each_receiver_is_an_embedded_contact_point() {
        let mut content = Content::new("test");
        let point = ContactPoint::new("On call", Email::new(["a@example.com", "b@example.com"]))
            .receiver(Slack::webhook(Secret::environment("SLACK_URL")).without_resolved())
            .receiver(Slack::bot("#alerts", Secret::environment("SLACK_TOKEN")))
            .receiver(Email::new(["c@example.com"]).uid("mail-c"));
        let on_call = content.add(point);
        assert_eq!((on_call.name(), &*content.problems), ("On call", &[][..]));
        assert_eq!(
            content.document().alerting.contact_points,
            [
                json!({
                    "name": "On call",
                    "uid": "on-call-email",
                    "type": "email",
                    "disableResolveMessage": false,
                    "settings": { "addresses": "a@example.com;b@example.com" },
                }),
                json!({
                    "name": "On call",
                    "uid": "on-call-slack",
                    "type": "slack",
                    "disableResolveMessage": true,
                    "settings": { "url": { "belvedere:secret": { "environment": "SLACK_URL" } } },
                }),
                json!({
                    "name": "On call",
                    "uid": "on-call-slack-2",
                    "type": "slack",
                    "disableResolveMessage": false,
                    "settings": {
                        "recipient": "#alerts",
                        "token": { "belvedere:secret": { "environment": "SLACK_TOKEN" } },
                    },
                }),
                json!({
                    "name": "On call",
                    "uid": "mail-c",
                    "type": "email",
                    "disableResolveMessage": false,
                    "settings": { "addresses": "c@example.com" },
                }),
            ]
        );
    }

    #[test]
    fn names_and_ids_are_one_of_a_kind() {
        let mut content = Content::new("test");
        content.add(ContactPoint::new("a", Email::new(["a@example.com"]).uid("x")));
        content.add(ContactPoint::new("a", Email::new(["a@example.com"]).uid("x")));
        let rules: Vec<_> = content.problems.iter().map(|problem| problem.rule.0).collect();
        assert_eq!(rules, ["duplicate", "duplicate"]);
    }

    #[test]
    fn derived_ids_are_legal_and_differ() {
        let long = "the people who look after the shop, ";
        let ids: Vec<_> = [format!("{long}by day"), format!("{long}by night"), "тест".into(), "прод".into()]
            .iter()
            .map(|name| derived_uid(name, "prometheus-alertmanager"))
            .collect();
        for (number, id) in ids.iter().enumerate() {
            assert_eq!(uid_complaint(id), None, "{id}");
            assert!(!ids[..number].contains(id), "{id}");
        }
    }
}
