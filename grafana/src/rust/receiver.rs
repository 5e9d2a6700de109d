//! Contact points, and the ways of reaching somebody.

use serde_json::{Map, Value as Json};

use super::both::{Both, both, elements, text, whole};
use super::code::Code;
use super::made::json;
use super::meaning;
use super::same::same;
use super::secret::secret;
use super::value::variant;
use crate::alerting::*;
use crate::content::Content;

/// Returns a contact point as code, and adds it to a content: its receivers, which have one name.
pub(super) fn contact_point(name: &str, wanted: &[&Json], content: &mut Content) -> Option<Code> {
    let (first, others) = wanted.split_first()?;
    let name = Both::text(name);
    let mut point = both!(ContactPoint::new(name, receiver(first)));
    for other in others {
        both!(point.receiver(receiver(other)));
    }
    content.add(point.value);
    Some(point.code)
}

/// Returns a receiver as code: in its own type where that says it, or else by its settings.
fn receiver(wanted: &Json) -> Both<Receiver> {
    let settings = &wanted["settings"];
    let kind = meaning::text(wanted, "type");
    let typed = match kind {
        "email" => email(settings),
        "slack" => slack(settings),
        "pagerduty" => pager_duty(settings),
        "webhook" => webhook(settings),
        "opsgenie" => ops_genie(settings),
        "teams" => teams(settings),
        "sns" => sns(settings),
        _ => None,
    };
    let typed = typed.and_then(|typed| finish(typed, settings));
    let mut receiver = typed.unwrap_or_else(|| custom(kind, settings));
    if let Some(uid) = text(&wanted["uid"]).filter(|uid| !uid.value.is_empty()) {
        both!(receiver.uid(uid));
    }
    if wanted["disableResolveMessage"] == true {
        both!(receiver.without_resolved());
    }
    receiver
}

fn custom(kind: &str, settings: &Json) -> Both<Receiver> {
    let kind = Both::text(kind);
    let mut receiver = both!(Receiver::custom(kind));
    for (name, value) in settings.as_object().into_iter().flatten() {
        let name = Both::text(name);
        if let Some(secret) = secret(value) {
            both!(receiver.secret_setting(name, secret));
        } else {
            let value = Both::new(value.clone(), json(value));
            both!(receiver.setting(name, value));
        }
    }
    receiver
}

impl<R: Into<Receiver>> Both<R> {
    fn typed(self) -> Option<Both<Receiver>> {
        Some(self.map(Into::into))
    }
}

/// Adds what is wanted besides. Nothing is taken away: a receiver that says more than is wanted says another thing.
fn finish(mut receiver: Both<Receiver>, wanted: &Json) -> Option<Both<Receiver>> {
    let gives = settings(&receiver.value);
    let wanted = wanted.as_object()?;
    if gives.keys().any(|name| !wanted.contains_key(name)) {
        return None;
    }
    for (name, value) in wanted {
        if gives.get(name).is_some_and(|given| same(given, value)) {
            continue;
        }
        if secret(value).is_some() {
            return None;
        }
        let value = Both::new(value.clone(), json(value));
        both!(receiver.setting(Both::text(name), value));
    }
    Some(receiver)
}

/// What a receiver is in a document.
fn settings(receiver: &Receiver) -> Map<String, Json> {
    let mut content = Content::new("given");
    content.add(ContactPoint::new("given", receiver.clone()));
    let point = content.document().alerting.contact_points.pop().unwrap_or_default();
    point["settings"].as_object().cloned().unwrap_or_default()
}

macro_rules! texts {
    ($receiver:ident, $settings:expr, $($setter:ident = $name:literal),+ $(,)?) => { $(
        if let Some(value) = text(&$settings[$name]) {
            both!($receiver.$setter(value));
        }
    )+ };
}

fn email(settings: &Json) -> Option<Both<Receiver>> {
    let addresses = settings["addresses"].as_str()?;
    let addresses: Json = addresses.split([';', ',', '\n']).map(str::trim).collect();
    let mut email = both!(Email::new(elements(&addresses, text)?));
    if settings["singleEmail"] == true {
        both!(email.single());
    }
    texts!(email, settings, subject = "subject", message = "message");
    email.typed()
}

fn slack(settings: &Json) -> Option<Both<Receiver>> {
    let mut slack = match (secret(&settings["url"]), text(&settings["recipient"]), secret(&settings["token"])) {
        (Some(url), _, None) => both!(Slack::webhook(url)),
        (None, Some(channel), Some(token)) => both!(Slack::bot(channel, token)),
        _ => return None,
    };
    texts!(
        slack,
        settings,
        title = "title",
        text = "text",
        username = "username",
        icon_emoji = "icon_emoji",
        color = "color",
    );
    let mention = match meaning::text(settings, "mentionChannel") {
        "here" => Some(Both::new(SlackMention::Here, Code::plain("SlackMention::Here"))),
        "channel" => Some(Both::new(SlackMention::Channel, Code::plain("SlackMention::Channel"))),
        _ => None,
    };
    if let Some(mention) = mention {
        both!(slack.mention(mention));
    }
    slack.typed()
}

fn pager_duty(settings: &Json) -> Option<Both<Receiver>> {
    let mut pager = both!(PagerDuty::new(secret(&settings["integrationKey"])?));
    texts!(
        pager,
        settings,
        severity = "severity",
        class = "class",
        component = "component",
        group = "group",
        summary = "summary",
        source = "source",
        client = "client",
        client_url = "client_url",
    );
    for (name, value) in settings["details"].as_object().into_iter().flatten() {
        both!(pager.detail(Both::text(name), text(value)?));
    }
    pager.typed()
}

fn webhook(settings: &Json) -> Option<Both<Receiver>> {
    let url = &settings["url"];
    let mut webhook = match (secret(url), text(url)) {
        (Some(url), _) => both!(Webhook::secret_url(url)),
        (None, Some(url)) => both!(Webhook::new(url)),
        _ => return None,
    };
    if settings["httpMethod"] == "PUT" {
        both!(webhook.put());
    }
    if let (Some(user), Some(password)) = (text(&settings["username"]), secret(&settings["password"])) {
        both!(webhook.basic_auth(user, password));
    }
    if settings["authorization_scheme"] == "Bearer"
        && let Some(token) = secret(&settings["authorization_credentials"])
    {
        both!(webhook.bearer(token));
    }
    if let Some(key) = secret(&settings["hmacConfig"]["secret"]) {
        both!(webhook.signed(key));
    }
    for (name, value) in settings["headers"].as_object().into_iter().flatten() {
        both!(webhook.header(Both::text(name), text(value)?));
    }
    if let Some(number) = whole(&settings["maxAlerts"]) {
        both!(webhook.max_alerts(number));
    }
    if let Some(template) = text(&settings["payload"]["template"]) {
        both!(webhook.payload(template));
    }
    texts!(webhook, settings, title = "title", message = "message");
    webhook.typed()
}

fn ops_genie(settings: &Json) -> Option<Both<Receiver>> {
    let mut genie = both!(OpsGenie::new(secret(&settings["apiKey"])?));
    if settings["apiUrl"] != "https://api.opsgenie.com/v2/alerts" {
        both!(genie.api_url(text(&settings["apiUrl"])?));
    }
    texts!(genie, settings, message = "message", description = "description");
    if settings["autoClose"] == false {
        both!(genie.leave_open());
    }
    genie.typed()
}

fn teams(settings: &Json) -> Option<Both<Receiver>> {
    let mut teams = both!(Teams::new(secret(&settings["url"])?));
    texts!(teams, settings, title = "title", section_title = "sectiontitle", message = "message");
    teams.typed()
}

fn sns(settings: &Json) -> Option<Both<Receiver>> {
    let mut sns = match (text(&settings["topic"]), text(&settings["topic_arn"])) {
        (Some(topic), None) => both!(Sns::managed(topic)),
        (None, Some(topic)) => both!(Sns::self_hosted(topic)),
        _ => return None,
    };
    let role = text(&settings["assumeRoleARN"]).or_else(|| text(&settings["sigv4"]["role_arn"]));
    if let Some(role) = role {
        both!(sns.assume_role(role));
    }
    if let Some(region) = text(&settings["sigv4"]["region"]) {
        both!(sns.region(region));
    }
    let format = variant!(SnsFormat, settings["messageFormat"]);
    if let Some(format) = format.filter(|format| format.value != SnsFormat::Text) {
        both!(sns.format(format));
    }
    texts!(sns, settings, subject = "subject");
    if let Some(message) = text(&settings["body"]).or_else(|| text(&settings["message"])) {
        both!(sns.message(message));
    }
    sns.typed()
}
