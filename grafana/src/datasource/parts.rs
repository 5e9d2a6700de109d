//! The data sources of a content, with what links add to them.

use std::collections::BTreeSet;

use belvedere_cfn::{Expr, Properties};
use serde_json::Value as Json;

use super::kind::{DataSourceRef, Kind};
use super::settings::Settings;
use crate::content::Content;
use crate::document::Lifting;
use crate::finding::{Finding, Rule};

/// The data sources of a content, and their links.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct DataSourceParts {
    sources: Vec<Settings>,
    /// Those that are in the Grafana already, and their plugins.
    existing: Vec<(String, String)>,
    links: Vec<Link>,
}

/// What a link adds to the data source that it begins at.
#[derive(Clone, Debug, PartialEq)]
struct Link {
    source: String,
    change: Change,
}

/// A change of a data source's `jsonData`.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Change {
    /// A member that there can be once.
    Set(&'static str, Expr),
    /// One more element of a list.
    Push(&'static str, Expr),
}

/// The plugins that every Grafana has.
const CORE_PLUGINS: [&str; 19] = [
    "alertmanager",
    "cloudwatch",
    "elasticsearch",
    "grafana-azure-monitor-datasource",
    "grafana-postgresql-datasource",
    "grafana-pyroscope-datasource",
    "grafana-testdata-datasource",
    "graphite",
    "influxdb",
    "jaeger",
    "loki",
    "mssql",
    "mysql",
    "opentsdb",
    "postgres",
    "prometheus",
    "stackdriver",
    "tempo",
    "zipkin",
];

impl DataSourceParts {
    /// Remembers a data source that is in the Grafana already.
    pub(crate) fn declare(&mut self, uid: &str, plugin: &str) {
        let known = (uid.to_owned(), plugin.to_owned());
        if !self.existing.contains(&known) {
            self.existing.push(known);
        }
    }

    /// Returns the ids and plugins of the data sources that queries may name: those that the content makes, and those
    /// that it was told of.
    pub(crate) fn known(&self) -> impl Iterator<Item = (&str, &str)> {
        let made = self.sources.iter().map(|source| (&*source.uid, &*source.plugin));
        made.chain(self.existing.iter().map(|(uid, plugin)| (&**uid, &**plugin)))
    }

    pub(crate) fn documents(&self, lifting: &mut Lifting) -> Vec<Json> {
        let body = |source: &Settings| {
            let mut body = source.body();
            if let Expr::Object(json_data) = body.entry("jsonData") {
                let links = self.links.iter().filter(|link| link.source == source.uid);
                links.for_each(|link| apply(&link.change, json_data));
            }
            lifting.json(&format!("data source {}", source.uid), &body.into())
        };
        self.sources.iter().map(body).collect()
    }

    /// Returns the plugins that a new Grafana lacks.
    pub(crate) fn plugins(&self) -> Vec<String> {
        let plugins = self.sources.iter().map(|source| source.plugin.clone());
        let lacking: BTreeSet<String> = plugins.filter(|plugin| !CORE_PLUGINS.contains(&&**plugin)).collect();
        lacking.into_iter().collect()
    }

    fn made(&self, uid: &str) -> Option<&Settings> {
        self.sources.iter().find(|source| source.uid == uid)
    }
}

fn apply(change: &Change, json_data: &mut Properties) {
    match change {
        Change::Set(member, value) => json_data.set(*member, value.clone()),
        Change::Push(member, value) => {
            let mut elements = match json_data.remove(member) {
                Some(Expr::List(elements)) => elements,
                _ => Vec::new(),
            };
            elements.push(value.clone());
            json_data.set(*member, elements);
        }
    }
}

/// Returns what is wrong with an id, if anything is. The same holds for everything that has one.
pub(crate) fn uid_complaint(uid: &str) -> Option<String> {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let good = (1..=40).contains(&uid.len()) && uid.bytes().all(legal);
    (!good).then(|| format!("an id is 1 to 40 letters, digits, `-` and `_`, got `{uid}`"))
}

/// The longest name that Grafana keeps, in characters.
const MAX_NAME: usize = 190;

/// Returns what is wrong with a name or a title, if anything is.
pub(crate) fn name_complaint(what: &str, name: &str) -> Option<String> {
    let length = name.chars().count();
    let good = (1..=MAX_NAME).contains(&length) && !name.trim().is_empty();
    (!good).then(|| format!("{what} is 1 to {MAX_NAME} characters, got {length}"))
}

/// Adds a data source to a content, and reports what is wrong with it.
pub(super) fn add<K: Kind>(content: &mut Content, settings: Settings) -> DataSourceRef<K> {
    let place = format!("data source `{}`", settings.name);
    let mut report = |rule, message: String, fix: &str| {
        content.problems.push(Finding::problem(Rule(rule), &*place, message).fix(fix));
    };
    if let Some(complaint) = uid_complaint(&settings.uid) {
        report("uid", complaint, "give the data source a shorter, simpler id");
    }
    if let Some(complaint) = name_complaint("a data source's name", &settings.name) {
        report("name", complaint, "give the data source another name");
    }
    for other in &content.data_sources.sources {
        if other.uid == settings.uid {
            let message = format!("data source `{}` has the id `{}` too", other.name, other.uid);
            report("duplicate", message, "give one of the two another id");
        }
        if other.name == settings.name {
            report("duplicate", "another data source has this name".to_owned(), "give one of the two another name");
        }
        if other.default_source && settings.default_source {
            let message = format!("data source `{}` is the default already, and there is only one", other.name);
            report("data-source", message, "leave `default_source` out of one of the two");
        }
    }
    let mut added = DataSourceRef::new(&*settings.uid, &*settings.plugin);
    // The core plugin signs for managed Prometheus alone.
    added.exemplars &= settings.json_data.get("sigV4Auth").is_none();
    content.origins.put(place);
    content.data_sources.sources.push(settings);
    added
}

/// Adds a link that begins at `from`, where it is kept, and leads to `to`; reports what is wrong with it. `what` names
/// the link in messages, such as `traces to logs`.
pub(super) fn link<F: Kind, T: Kind>(
    content: &mut Content,
    what: &str,
    from: &DataSourceRef<F>,
    to: &DataSourceRef<T>,
    change: Change,
) {
    let place = format!("link from `{}` to `{}` ({what})", from.uid, to.uid);
    let rule = Rule("correlation");
    let parts = &mut content.data_sources;
    if parts.made(&from.uid).is_none() {
        let message = format!("the link is kept in data source `{}`, which this content does not make", from.uid);
        content.problems.push(Finding::problem(rule, place, message).fix("add the link where the data source is made"));
        return;
    }
    if !to.existing && !parts.known().any(|(uid, _)| uid == to.uid) {
        let message = format!("this content has no data source `{}`", to.uid);
        let fix = format!(
            "add the data source, or say that it is there already: `DataSourceRef::existing(\"{}\", \"{}\")`",
            to.uid, to.plugin
        );
        content.problems.push(Finding::problem(rule, place, message).fix(fix));
        return;
    }
    let taken = |other: &Link| match (&other.change, &change) {
        (Change::Set(other_member, _), Change::Set(member, _)) => other.source == from.uid && other_member == member,
        _ => false,
    };
    if parts.links.iter().any(taken) {
        let message = format!("data source `{}` has a link of this kind already, and there is only one", from.uid);
        content.problems.push(Finding::problem(rule, place, message).fix("leave one of the two out"));
        return;
    }
    if let Some(source) = parts.made(&from.uid) {
        content.origins.put(format!("data source `{}`, {what}", source.name));
    }
    content.data_sources.links.push(Link { source: from.uid.clone(), change });
}

#[cfg(test)]
mod tests {
    use crate::datasource::{DataSourceRef, LogQl, LogsToTraces, Loki, Prometheus, Tempo, TracesToLogs};
    use crate::{Content, Finding};

    fn said(findings: &[Finding]) -> Vec<String> {
        findings.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn ids_names_and_defaults_are_one_of_a_kind() {
        let mut content = Content::new("test");
        content.add(Prometheus::new("a", "A", "http://a:9090").default_source());
        content.add(Loki::new("a", "A", "http://l:3100").default_source());
        content.add(Loki::new("no spaces", "", "http://l:3100"));
        let rules: Vec<_> = content.problems.iter().map(|problem| problem.rule.0).collect();
        assert_eq!(rules, ["duplicate", "duplicate", "data-source", "uid", "name"]);
        assert_eq!(
            said(&content.problems)[2],
            "data source `A`: data source `A` is the default already, and there is only one [data-source]\n    \
             fix: leave `default_source` out of one of the two"
        );
    }

    #[test]
    fn links_lead_to_what_is_there() {
        let mut other = Content::new("other");
        let elsewhere = other.add(Loki::new("loki", "Loki", "http://loki:3100"));
        let mut content = Content::new("test");
        let tempo = content.add(Tempo::new("tempo", "Tempo", "http://tempo:3200"));
        content.add(TracesToLogs::new(&tempo, &elsewhere));
        content.add(LogsToTraces::by_label(&elsewhere, &tempo, "trace_id"));
        assert_eq!(
            said(&content.problems),
            [
                "link from `tempo` to `loki` (traces to logs): this content has no data source `loki` [correlation]\n    \
                 fix: add the data source, or say that it is there already: `DataSourceRef::existing(\"loki\", \"loki\")`",
                "link from `loki` to `tempo` (logs to traces): the link is kept in data source `loki`, which this content \
                 does not make [correlation]\n    fix: add the link where the data source is made",
            ]
        );

        let mut content = Content::new("test");
        let tempo = content.add(Tempo::new("tempo", "Tempo", "http://tempo:3200"));
        let loki = content.add(DataSourceRef::<LogQl>::existing("loki", "loki"));
        content.add(TracesToLogs::new(&tempo, &loki));
        assert_eq!(content.problems, []);
        assert_eq!(content.data_sources.known().collect::<Vec<_>>(), [("tempo", "tempo"), ("loki", "loki")]);
        content.add(TracesToLogs::new(&tempo, &loki));
        assert!(content.problems[0].message.contains("there is only one"));
    }
}
