//! What a content is made of, one by one.

use belvedere_grafana::Document;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

/// What kind of thing it is, in the order in which they are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Kind {
    /// A setting of a workspace.
    Setting,
    /// A plugin.
    Plugin,
    /// A folder.
    Folder,
    /// A data source.
    DataSource,
    /// A dashboard.
    Dashboard,
    /// A template of messages.
    Template,
    /// A mute timing.
    MuteTiming,
    /// A contact point.
    ContactPoint,
    /// The tree of notification policies, of which there is one.
    Policies,
    /// A group of alert rules.
    RuleGroup,
    /// The role of a user or a group in a workspace.
    Role,
}

impl Kind {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Setting => "setting",
            Self::Plugin => "plugin",
            Self::Folder => "folder",
            Self::DataSource => "data source",
            Self::Dashboard => "dashboard",
            Self::Template => "template",
            Self::MuteTiming => "mute timing",
            Self::ContactPoint => "contact point",
            Self::Policies => "notification policies",
            Self::RuleGroup => "rule group",
            Self::Role => "role",
        }
    }
}

/// A thing as the content has it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Thing {
    pub(crate) kind: Kind,
    /// The uid, or the name of what has none; of a rule group `folder/title`.
    pub(crate) id: String,
    /// What people call it.
    pub(crate) title: String,
    /// What Grafana takes, with placeholders for secrets.
    pub(crate) body: Json,
}

/// The id of the only tree of policies.
pub(crate) const POLICIES: &str = "policies";

/// Each thing of a document, in the order in which they are made.
pub(crate) fn things(document: &Document) -> Vec<Thing> {
    let text = |json: &Json, member: &str| json[member].as_str().unwrap_or_default().to_owned();
    let mut all = Vec::new();
    let mut add = |kind, id: String, title: String, body| all.push(Thing { kind, id, title, body });
    for folder in &document.folders {
        let body = json!({"uid": folder.uid, "title": folder.title, "parentUid": folder.parent_uid});
        add(Kind::Folder, folder.uid.clone(), folder.title.clone(), body);
    }
    for source in &document.data_sources {
        add(Kind::DataSource, text(source, "uid"), text(source, "name"), source.clone());
    }
    for placed in &document.dashboards {
        let mut dashboard = placed.dashboard.clone();
        if let Some(members) = dashboard.as_object_mut() {
            // Both are the server's.
            members.remove("id");
            members.remove("version");
        }
        let (uid, title) = (text(&dashboard, "uid"), text(&dashboard, "title"));
        let folder = placed.folder_uid.as_deref().unwrap_or_default();
        add(Kind::Dashboard, uid, title, json!({"folderUid": folder, "dashboard": dashboard}));
    }
    let alerting = &document.alerting;
    for template in &alerting.templates {
        let body = json!({"name": template.name, "template": template.template});
        add(Kind::Template, template.name.clone(), template.name.clone(), body);
    }
    for timing in &alerting.mute_timings {
        add(Kind::MuteTiming, text(timing, "name"), text(timing, "name"), timing.clone());
    }
    for point in &alerting.contact_points {
        add(Kind::ContactPoint, text(point, "uid"), text(point, "name"), point.clone());
    }
    if let Some(policies) = &alerting.policies {
        add(Kind::Policies, POLICIES.to_owned(), String::new(), policies.clone());
    }
    for group in &alerting.rule_groups {
        let rules = group.rules.iter().map(|rule| {
            let mut rule = rule.clone();
            if let Some(members) = rule.as_object_mut() {
                // The description of the API demands them, and the server takes its own.
                members.entry("folderUID").or_insert_with(|| group.folder_uid.clone().into());
                members.entry("ruleGroup").or_insert_with(|| group.title.clone().into());
                members.entry("orgID").or_insert_with(|| 1.into());
            }
            rule
        });
        let body = json!({
            "title": group.title,
            "folderUid": group.folder_uid,
            "interval": group.interval,
            "rules": rules.collect::<Vec<_>>(),
        });
        add(Kind::RuleGroup, format!("{}/{}", group.folder_uid, group.title), group.title.clone(), body);
    }
    all
}

/// Why things cannot be told apart in a Grafana, a line each.
pub(crate) fn problems(things: &[Thing]) -> Vec<String> {
    let mut problems = Vec::new();
    for (number, thing) in things.iter().enumerate() {
        let word = thing.kind.as_str();
        let by = if matches!(thing.kind, Kind::Template | Kind::MuteTiming) { "name" } else { "uid" };
        if thing.id.is_empty() || thing.id.starts_with('/') || thing.id.ends_with('/') {
            let title = if thing.title.is_empty() { String::new() } else { format!(" `{}`", thing.title) };
            let lacks = if thing.kind == Kind::RuleGroup { "title or no uid of a folder" } else { by };
            let which = things[..number].iter().filter(|other| other.kind == thing.kind).count() + 1;
            problems.push(format!("the {word}{title}, number {which} of them, has no {lacks}"));
        } else if things[..number].iter().any(|other| other.kind == thing.kind && other.id == thing.id) {
            problems.push(format!("the {word} `{}` is there twice", thing.id));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use belvedere_grafana::{DashboardDocument, FolderDocument};

    use super::*;

    #[test]
    fn what_cannot_be_told_apart_is_a_problem() {
        let dashboard = |json: Json| DashboardDocument { folder_uid: None, dashboard: json };
        let all = [json!({"uid": "d", "title": "D"}), json!({"title": "E"}), json!({"uid": "d"}), json!("x")];
        let document = Document { dashboards: all.map(dashboard).into(), ..Document::default() };
        let expected = [
            "the dashboard `E`, number 2 of them, has no uid",
            "the dashboard `d` is there twice",
            "the dashboard, number 4 of them, has no uid",
        ];
        assert_eq!(problems(&things(&document)), expected);
    }

    #[test]
    fn a_folder_is_made_before_what_is_in_it() {
        let dashboard = json!({"uid": "d", "title": "D", "id": 7, "version": 3});
        let document = Document {
            dashboards: vec![DashboardDocument { folder_uid: Some("f".into()), dashboard }],
            folders: vec![FolderDocument { uid: "f".into(), title: "F".into(), parent_uid: None }],
            ..Document::default()
        };
        let all = things(&document);
        let ids: Vec<_> = all.iter().map(|thing| (thing.kind, thing.id.as_str())).collect();
        assert_eq!(ids, [(Kind::Folder, "f"), (Kind::Dashboard, "d")]);
        assert_eq!(all[1].body, json!({"folderUid": "f", "dashboard": {"uid": "d", "title": "D"}}));
    }
}
