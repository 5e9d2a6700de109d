//! [`Document`]: a content as Grafana's HTTP API takes it, for whoever applies it.

use std::collections::BTreeMap;

use belvedere_cfn::{Expr, Value};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::content::Content;
use crate::folder::Folder;

/// A content as Grafana's HTTP API takes it, written beside the template of a stack and read by the deployer.
///
/// A value that is known only when the stack is deployed is `{"belvedere:value": "Name"}`, to be looked up by that name.
/// What is not written is empty. A secret is `{"belvedere:secret": {"environment": "NAME"}}` or
/// `{"belvedere:secret": {"secretsManager": "name or ARN", "key": "member"}}`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Document {
    /// The content's name, which marks what is made from it.
    pub name: String,
    /// The folders, those above before those below.
    #[serde(default)]
    pub folders: Vec<FolderDocument>,
    /// The bodies for `POST /api/datasources`, each with `uid`, `name` and `type`.
    #[serde(default)]
    pub data_sources: Vec<Json>,
    /// The dashboards.
    #[serde(default)]
    pub dashboards: Vec<DashboardDocument>,
    /// Alert rules and where alerts go.
    #[serde(default)]
    pub alerting: AlertingDocument,
    /// Plugins that the data sources and panels need and that a new Grafana lacks, by id.
    #[serde(default)]
    pub plugins: Vec<String>,
    /// What stands behind the names of the deploy-time values. Not written: the stack's outputs have them.
    #[serde(skip)]
    pub values: BTreeMap<String, Value<String>>,
}

/// A folder.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FolderDocument {
    /// The id, fixed.
    pub uid: String,
    /// What people see.
    pub title: String,
    /// The folder that it is in, unless it is at the top.
    pub parent_uid: Option<String>,
}

/// A dashboard.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DashboardDocument {
    /// The folder that it is in, unless it is at the top.
    pub folder_uid: Option<String>,
    /// The dashboard's JSON, with its `uid` and without `id` and `version`.
    pub dashboard: Json,
}

/// Alert rules and where alerts go, each member as the provisioning API takes it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct AlertingDocument {
    /// The groups of rules, by folder.
    pub rule_groups: Vec<RuleGroupDocument>,
    /// `EmbeddedContactPoint`s.
    pub contact_points: Vec<Json>,
    /// The tree of notification policies (`Route`), if it is this content's.
    pub policies: Option<Json>,
    /// `MuteTimeInterval`s.
    pub mute_timings: Vec<Json>,
    /// Templates of messages.
    pub templates: Vec<TemplateDocument>,
}

/// A group of alert rules.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RuleGroupDocument {
    /// The folder that the group is in.
    pub folder_uid: String,
    /// The name of the group.
    pub title: String,
    /// How often its rules are evaluated, in seconds.
    pub interval: u64,
    /// The rules (`ProvisionedAlertRule`), each with its `uid`.
    pub rules: Vec<Json>,
}

/// A template of messages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TemplateDocument {
    /// The name.
    pub name: String,
    /// The text, in Go's template language.
    pub template: String,
}

/// The names of deploy-time values that nobody gave.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no value is known for {}", .0.join(", "))]
pub struct Unresolved(pub Vec<String>);

/// The only member of what stands for a deploy-time value.
const VALUE: &str = "belvedere:value";

impl Document {
    /// Returns the document with every deploy-time value in its place.
    ///
    /// # Errors
    /// Names all values that `lookup` does not know.
    pub fn resolve(&self, lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, Unresolved> {
        let mut missing = Vec::new();
        let mut resolved = self.clone();
        resolved.values.clear();
        let alerting = &mut resolved.alerting;
        let rules = alerting.rule_groups.iter_mut().flat_map(|group| &mut group.rules);
        let all = resolved.data_sources.iter_mut();
        let all = all.chain(resolved.dashboards.iter_mut().map(|dashboard| &mut dashboard.dashboard));
        let all = all.chain(rules).chain(&mut alerting.contact_points);
        let all = all.chain(&mut alerting.policies).chain(&mut alerting.mute_timings);
        for json in all {
            put_values(json, lookup, &mut missing);
        }
        missing.sort();
        missing.dedup();
        if missing.is_empty() { Ok(resolved) } else { Err(Unresolved(missing)) }
    }
}

fn put_values(json: &mut Json, lookup: &dyn Fn(&str) -> Option<String>, missing: &mut Vec<String>) {
    match json {
        Json::Array(elements) => elements.iter_mut().for_each(|element| put_values(element, lookup, missing)),
        Json::Object(members) => match members.get(VALUE).and_then(Json::as_str) {
            Some(name) if members.len() == 1 => match lookup(name) {
                Some(value) => *json = Json::String(value),
                None => missing.push(name.to_owned()),
            },
            _ => members.values_mut().for_each(|member| put_values(member, lookup, missing)),
        },
        _ => {}
    }
}

/// Takes deploy-time values out of trees and gives them names.
#[derive(Debug, Default)]
pub(crate) struct Lifting {
    values: BTreeMap<String, Value<String>>,
}

impl Lifting {
    /// Returns the tree as JSON. The names of its deploy-time values are made of `place`, such as `data source loki`, and
    /// of the members on the way to them: `DataSourceLokiUrl`. Equal values share a name.
    pub(crate) fn json(&mut self, place: &str, tree: &Expr) -> Json {
        self.below(&Way { above: None, name: place }, tree)
    }

    fn below(&mut self, way: &Way<'_>, tree: &Expr) -> Json {
        match tree {
            Expr::List(elements) => elements.iter().map(|element| self.below(way, element)).collect(),
            Expr::Object(members) => {
                let member = |(name, member): (&str, &Expr)| {
                    (name.to_owned(), self.below(&Way { above: Some(way), name }, member))
                };
                Json::Object(members.iter().map(member).collect())
            }
            Expr::Intrinsic(_) => {
                let name = self.name(way, tree);
                serde_json::json!({ VALUE: name })
            }
            literal => serde_json::to_value(literal).unwrap_or_default(),
        }
    }

    pub(crate) fn into_values(self) -> BTreeMap<String, Value<String>> {
        self.values
    }

    fn name(&mut self, way: &Way<'_>, tree: &Expr) -> String {
        if let Some((name, _)) = self.values.iter().find(|(_, value)| value.expr() == tree) {
            return name.clone();
        }
        let base = way.words();
        let mut name = base.clone();
        let mut number = 2;
        while self.values.contains_key(&name) {
            name = format!("{base}{number}");
            number += 1;
        }
        self.values.insert(name.clone(), Value::from_expr(tree.clone()));
        name
    }
}

/// The names on the way to a member. They are put together only where a value needs a name: most members have none.
struct Way<'a> {
    above: Option<&'a Self>,
    name: &'a str,
}

impl Way<'_> {
    /// The words of the names, each with its first letter in upper case.
    fn words(&self) -> String {
        let words = self.name.split(|at: char| !at.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
        let words = words.map(|word| [&word[..1].to_ascii_uppercase(), &word[1..]].concat());
        self.above.map(Self::words).into_iter().chain(words).collect()
    }
}

impl Content {
    /// Returns the content as Grafana's HTTP API takes it. It is complete whether or not [`check`](Content::check) finds
    /// something.
    #[must_use]
    pub fn document(&self) -> Document {
        let mut lifting = Lifting::default();
        let mut document = Document { name: self.name.clone(), ..Document::default() };
        document.folders = self.folders.iter().map(Folder::document).collect();
        document.data_sources = self.data_sources.documents(&mut lifting);
        document.plugins = self.data_sources.plugins();
        document.dashboards = self.dashboards.iter().map(|placed| placed.document(&mut lifting)).collect();
        document.alerting = self.alerting.document(&mut lifting);
        document.values = lifting.into_values();
        document
    }
}

#[cfg(test)]
mod tests {
    use belvedere_cfn::{concat_values, pseudo};
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_not_written_is_empty() {
        let document: Document = serde_json::from_str(r#"{"name": "x"}"#).expect("a name is enough");
        assert_eq!(document, Document { name: "x".into(), ..Document::default() });
        assert!(serde_json::from_str::<Document>("{}").is_err(), "without a name nothing is known as its own");
    }

    #[test]
    fn a_deploy_time_value_is_lifted_once_and_put_back() {
        let url: Value<String> = concat_values!("https://aps.", pseudo::region(), ".amazonaws.com");
        let tree = |name: &'static str| Expr::Object([(name.into(), url.expr().clone())].into_iter().collect());
        let mut lifting = Lifting::default();
        let first = lifting.json("data source prometheus", &tree("url"));
        assert_eq!(first, json!({ "url": { "belvedere:value": "DataSourcePrometheusUrl" } }));
        assert_eq!(lifting.json("data source mimir", &tree("endpoint"))["endpoint"], first["url"]);

        let document = Document { data_sources: vec![first], ..Document::default() };
        assert_eq!(document.resolve(&|_| None), Err(Unresolved(vec!["DataSourcePrometheusUrl".to_owned()])));
        let resolved = document.resolve(&|_| Some("https://x".to_owned())).expect("all is known");
        assert_eq!(resolved.data_sources, [json!({ "url": "https://x" })]);
    }
}
