//! Data sources.

use std::time::Duration;

use serde_json::Value as Json;

use super::both::{Both, both, elements, said, text, whole};
use super::code::Code;
use super::made::json;
use super::meaning;
use super::same::same;
use super::secret::secret;
use super::source::Language;
use super::time::{self, duration, seconds};
use super::value::variant;
use crate::content::{Content, Part};
use crate::datasource::*;

/// A data source as code, with what it adds to a content.
pub(super) struct MadeSource {
    pub(super) code: Code,
    /// Its type.
    pub(super) kind: String,
    /// Whether its plugin has no type of its own.
    pub(super) is_custom: bool,
}

/// What corrects a data source whose setters do not say all that is wanted.
pub(super) trait Corrected: Part + Clone {
    const KIND: &'static str;
    fn put_json_data(self, name: &str, value: Json) -> Self;
    fn drop_json_data(self, name: &str) -> Self;
    fn put_member(self, name: &str, value: Json) -> Self;
    fn put_secret(self, name: &str, secret: crate::secret::Secret) -> Self;
}

macro_rules! corrected {
    ($($source:ident)+) => { $(
        impl Corrected for $source {
            const KIND: &'static str = stringify!($source);

            fn put_json_data(self, name: &str, value: Json) -> Self {
                self.json_data(name, value)
            }

            fn drop_json_data(self, name: &str) -> Self {
                self.without_json_data(name)
            }

            fn put_member(self, name: &str, value: Json) -> Self {
                self.member(name, value)
            }

            fn put_secret(self, name: &str, secret: crate::secret::Secret) -> Self {
                self.secure_json_data(name, secret)
            }
        }
    )+ };
}

corrected!(Prometheus ManagedPrometheus Mimir Loki Tempo CloudWatch XRay PostgreSql);

impl Corrected for DataSource {
    const KIND: &'static str = "DataSource";

    fn put_json_data(self, name: &str, value: Json) -> Self {
        self.json_data(name, value)
    }

    // It has none by default.
    fn drop_json_data(self, _: &str) -> Self {
        self
    }

    fn put_member(self, name: &str, value: Json) -> Self {
        self.member(name, value)
    }

    fn put_secret(self, name: &str, secret: crate::secret::Secret) -> Self {
        self.secure_json_data(name, secret)
    }
}

/// Returns a data source as code, and adds it to a content. Links are not in what is wanted.
pub(super) fn data_source(wanted: &Json, content: &mut Content) -> MadeSource {
    let wanted = &meaning::data_source(wanted);
    let plugin = meaning::text(wanted, "type");
    let data = &wanted["jsonData"];
    match plugin {
        "prometheus" if data["sigV4Auth"] == true => managed_prometheus(wanted, true).finish(wanted, content),
        "grafana-amazonprometheus-datasource" => managed_prometheus(wanted, false).finish(wanted, content),
        "prometheus" if data["prometheusType"] == "Mimir" => mimir(wanted).finish(wanted, content),
        "prometheus" => prometheus(wanted).finish(wanted, content),
        "loki" => loki(wanted).finish(wanted, content),
        "tempo" => tempo(wanted).finish(wanted, content),
        "cloudwatch" => cloudwatch(wanted).finish(wanted, content),
        "grafana-x-ray-datasource" => x_ray(wanted).finish(wanted, content),
        "postgres" | "grafana-postgresql-datasource" => postgresql(wanted).finish(wanted, content),
        _ => custom(plugin, wanted, content),
    }
}

/// The arguments that every data source begins with: its id and its name.
fn head(wanted: &Json) -> (Both<String>, Both<String>) {
    (said(wanted, "uid"), said(wanted, "name"))
}

fn custom(plugin: &str, wanted: &Json, content: &mut Content) -> MadeSource {
    let plugin = Both::text(plugin);
    let language = Language::of_plugin(&plugin.value);
    let (uid, name) = head(wanted);
    let mut source = both!(DataSource::custom(plugin, uid, name));
    if let Some(url) = text(&wanted["url"]) {
        both!(source.url(url));
    }
    let mut made = source.finish(wanted, content);
    if language != Language::Other {
        made.code.method(&format!("of_kind::<{}>", language.kind()), Vec::new());
    }
    made.kind = format!("DataSource<{}>", language.kind());
    made.is_custom = true;
    made
}

impl<S: Corrected> Both<S> {
    /// Corrects what the setters have left, and adds the data source to the content.
    fn finish(mut self, wanted: &Json, content: &mut Content) -> MadeSource {
        if wanted["isDefault"] == true {
            self = self.put_default();
        }
        let gives = meaning::data_source(&given(&self.value));
        let empty = serde_json::Map::new();
        let members = |json: &'_ Json, name: &str| json[name].as_object().unwrap_or(&empty).clone();
        let (data, given_data) = (members(wanted, "jsonData"), members(&gives, "jsonData"));
        for name in given_data.keys().filter(|name| !data.contains_key(*name)) {
            self.code.method("without_json_data", vec![Code::text(name)]);
            self.value = self.value.drop_json_data(name);
        }
        for (name, value) in &data {
            if !given_data.get(name).is_some_and(|given| same(given, value)) {
                self.code.method("json_data", vec![Code::text(name), json(value)]);
                self.value = self.value.put_json_data(name, value.clone());
            }
        }
        let given_secrets = members(&gives, "secureJsonData");
        for (name, value) in &members(wanted, "secureJsonData") {
            if !given_secrets.contains_key(name)
                && let Some(secret) = secret(value)
            {
                self.code.method("secure_json_data", vec![Code::text(name), secret.code]);
                self.value = self.value.put_secret(name, secret.value);
            }
        }
        for (name, value) in wanted.as_object().into_iter().flatten() {
            let is_plain = !matches!(name.as_str(), "jsonData" | "secureJsonData" | "isDefault");
            if is_plain && !gives.get(name).is_some_and(|given| same(given, value)) {
                self.code.method("member", vec![Code::text(name), json(value)]);
                self.value = self.value.put_member(name, value.clone());
            }
        }
        content.add(self.value);
        MadeSource { code: self.code, kind: S::KIND.to_owned(), is_custom: false }
    }

    fn put_default(mut self) -> Self {
        self.code.method("default_source", Vec::new());
        self.value = self.value.put_member("isDefault", true.into());
        self
    }
}

/// What a data source is in a document.
fn given(source: &(impl Part + Clone)) -> Json {
    let mut content = Content::new("given");
    content.add(source.clone());
    content.document().data_sources.pop().unwrap_or_default()
}

/// The texts of a table of setters, by their members of `jsonData`.
macro_rules! said {
    ($source:ident, $data:expr, $($given:ident: $setter:ident = $member:literal),+ $(,)?) => { $(
        if let Some(value) = $given(&$data[$member]) {
            both!($source.$setter(value));
        }
    )+ };
}

/// What data sources have that are asked over HTTP.
macro_rules! http {
    ($source:ident, $wanted:expr) => {
        let data = &$wanted["jsonData"];
        let secrets = &$wanted["secureJsonData"];
        said!($source, data, seconds: timeout = "timeout", text: tls_server_name = "serverName");
        if data["tlsSkipVerify"] == true {
            both!($source.tls_skip_verify());
        }
        if $wanted["basicAuth"] == true
            && let (Some(user), Some(password)) = (text(&$wanted["basicAuthUser"]), secret(&secrets["basicAuthPassword"]))
        {
            both!($source.basic_auth(user, password));
        }
        if data["tlsAuthWithCACert"] == true
            && let Some(certificate) = text(&secrets["tlsCACert"])
        {
            both!($source.tls_authority(certificate));
        }
        for number in 1.. {
            let value = &secrets[format!("httpHeaderValue{number}")];
            let Some(name) = text(&data[format!("httpHeaderName{number}")]) else { break };
            if let Some(value) = secret(value) {
                both!($source.secret_header(name, value));
            } else if let Some(value) = text(value) {
                both!($source.header(name, value));
            } else {
                break;
            }
        }
    };
}

macro_rules! promql {
    ($source:ident, $wanted:expr) => {
        http!($source, $wanted);
        let data = &$wanted["jsonData"];
        said!($source, data,
            duration: scrape_interval = "timeInterval",
            duration: query_timeout = "queryTimeout",
            text: query_parameters = "customQueryParameters",
        );
        if data["incrementalQuerying"] == true
            && let Some(overlap) = duration(&data["incrementalQueryOverlapWindow"])
        {
            both!($source.incremental_queries(overlap));
        }
        if data["manageAlerts"] == false {
            both!($source.hide_rules());
        }
        if data["defaultEditor"] == "code" {
            both!($source.code_editor());
        }
    };
}

fn prometheus(wanted: &Json) -> Both<Prometheus> {
    let (uid, name) = head(wanted);
    let mut source = both!(Prometheus::new(uid, name, said(wanted, "url")));
    promql!(source, wanted);
    said!(source, wanted["jsonData"], text: version = "prometheusVersion");
    source
}

fn mimir(wanted: &Json) -> Both<Mimir> {
    let (uid, name) = head(wanted);
    let mut source = both!(Mimir::new(uid, name, said(wanted, "url")));
    promql!(source, wanted);
    source
}

fn managed_prometheus(wanted: &Json, is_core: bool) -> Both<ManagedPrometheus> {
    let (uid, name) = head(wanted);
    let mut source = both!(ManagedPrometheus::new(uid, name, said(wanted, "url")));
    if is_core {
        both!(source.core_plugin());
    }
    let data = &wanted["jsonData"];
    said!(source, data,
        text: region = "sigV4Region",
        text: assume_role = "sigV4AssumeRoleArn",
        text: external_id = "sigV4ExternalId",
    );
    if data["sigV4AuthType"] == "workspace-iam-role" {
        both!(source.workspace_role());
    }
    promql!(source, wanted);
    source
}

fn loki(wanted: &Json) -> Both<Loki> {
    let (uid, name) = head(wanted);
    let mut source = both!(Loki::new(uid, name, said(wanted, "url")));
    http!(source, wanted);
    let data = &wanted["jsonData"];
    said!(source, data, whole: max_lines = "maxLines");
    if data["manageAlerts"] == false {
        both!(source.hide_rules());
    }
    source
}

fn tempo(wanted: &Json) -> Both<Tempo> {
    let (uid, name) = head(wanted);
    let mut source = both!(Tempo::new(uid, name, said(wanted, "url")));
    http!(source, wanted);
    let data = &wanted["jsonData"];
    if data["nodeGraph"]["enabled"] == false {
        both!(source.without_node_graph());
    }
    if data["streamingEnabled"] == serde_json::json!({ "search": true, "metrics": true }) {
        both!(source.streaming());
    }
    if data["search"]["hide"] == true {
        both!(source.hide_search());
    }
    if let Some(bar) = span_bar(&data["spanBar"]) {
        both!(source.span_bar(bar));
    }
    let look_up = &data["traceQuery"];
    if look_up["timeShiftEnabled"] == true
        && let (Some(before), Some(after)) =
            (before(&look_up["spanStartTimeShift"]), duration(&look_up["spanEndTimeShift"]))
    {
        both!(source.look_up_within(before, after));
    }
    source
}

/// How far before a span to look: `-1m`, or `0s`.
pub(super) fn before(wanted: &Json) -> Option<Both<Duration>> {
    let text = wanted.as_str()?;
    time::parse(text.strip_prefix('-').unwrap_or(text)).map(time::of)
}

fn span_bar(wanted: &Json) -> Option<Both<SpanBar>> {
    Some(match meaning::text(wanted, "type") {
        "None" => Both::new(SpanBar::None, Code::plain("SpanBar::None")),
        "Duration" => Both::new(SpanBar::Duration, Code::plain("SpanBar::Duration")),
        "Tag" => {
            let tag = wanted["tag"].as_str()?;
            let mut code = Code::text(tag);
            code.method("to_owned", Vec::new());
            Both::new(SpanBar::Tag(tag.to_owned()), Code::call("SpanBar::Tag", vec![code]))
        }
        _ => return None,
    })
}

macro_rules! aws {
    ($source:ident, $data:expr) => {
        said!($source, $data,
            text: region = "defaultRegion",
            text: assume_role = "assumeRoleArn",
            text: external_id = "externalId",
            text: endpoint = "endpoint",
        );
        if $data["authType"] == "workspace-iam-role" {
            both!($source.workspace_role());
        }
    };
}

fn cloudwatch(wanted: &Json) -> Both<CloudWatch> {
    let (uid, name) = head(wanted);
    let mut source = both!(CloudWatch::new(uid, name));
    let data = &wanted["jsonData"];
    aws!(source, data);
    said!(source, data, duration: logs_timeout = "logsTimeout");
    if let Some(names) = data["customMetricsNamespaces"].as_str() {
        let names: Json = names.split(',').collect();
        if let Some(names) = elements(&names, text) {
            both!(source.custom_namespaces(names));
        }
    }
    let groups = data["logGroups"].as_array().map(Vec::as_slice).unwrap_or_default();
    let is_plain = |group: &Json| group.as_object().is_some_and(|group| group.len() == 2);
    if groups.iter().all(is_plain) {
        for group in groups {
            if let (Some(arn), Some(name)) = (text(&group["arn"]), text(&group["name"])) {
                both!(source.log_group(arn, name));
            }
        }
    }
    source
}

fn x_ray(wanted: &Json) -> Both<XRay> {
    let (uid, name) = head(wanted);
    let mut source = both!(XRay::new(uid, name));
    aws!(source, wanted["jsonData"]);
    source
}

fn postgresql(wanted: &Json) -> Both<PostgreSql> {
    let (uid, name) = head(wanted);
    let mut source = both!(PostgreSql::new(uid, name, said(wanted, "url")));
    if wanted["type"] == "postgres" {
        let major = Both::new(9, Code::plain("9"));
        both!(source.for_grafana(major));
    }
    let data = &wanted["jsonData"];
    said!(source, data,
        text: database = "database",
        ssl_mode: ssl_mode = "sslmode",
        seconds: connection_life = "connMaxLifetime",
        duration: min_interval = "timeInterval",
    );
    if let (Some(user), Some(password)) = (text(&wanted["user"]), secret(&wanted["secureJsonData"]["password"])) {
        both!(source.user(user, password));
    }
    if let Some(version) = whole(&data["postgresVersion"])
        && version.value.is_multiple_of(100)
    {
        let major = version.value / 100;
        let major = Both::new(major, Code::plain(major.to_string()));
        both!(source.version(major));
    }
    if data["timescaledb"] == true {
        both!(source.timescale());
    }
    if let (Some(most), Some(idle)) = (whole(&data["maxOpenConns"]), whole(&data["maxIdleConns"]))
        && data["maxIdleConnsAuto"] == false
    {
        both!(source.connections(most, idle));
    }
    source
}

fn ssl_mode(wanted: &Json) -> Option<Both<SslMode>> {
    variant!(SslMode, wanted)
}
