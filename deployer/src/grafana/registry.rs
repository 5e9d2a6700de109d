//! The list of what a content has made in a Grafana, which the Grafana itself keeps: in a dashboard, so that people see it
//! and no other store is needed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::api::Api;
use super::compare::{digest, forms, without_secrets};
use super::error::GrafanaError;
use super::resource;
use super::thing::{Kind, Thing};

/// The folder of these dashboards.
pub(crate) const FOLDER: &str = "belvedere";
/// The panel that has the list.
const PANEL: &str = "What there is";
/// A uid of Grafana has at most as many characters.
const LONGEST_UID: usize = 40;
const VERSION: u32 = 1;

/// What a content has made.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Registry {
    version: u32,
    content: String,
    pub(crate) things: Vec<Entry>,
    /// The roles in a workspace that were given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) roles: Vec<RoleEntry>,
}

/// A thing that the content has made, or was about to make.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Entry {
    pub(crate) kind: Kind,
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) title: String,
    /// The SHA-256 of the definition, in which a secret is only named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) defined: Option<String>,
    /// The SHA-256 of what Grafana answered right after; nothing where that is not known, as in a run that was killed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) stored: Option<String>,
    /// The version of the Grafana that answered so: another one may write all in another form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) server: Option<String>,
    /// The members that Grafana adds, or writes otherwise than they were sent, and digests of how.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) forms: BTreeMap<String, String>,
    /// What was there before, to be brought back: only of notification policies, which are always there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) before: Option<Json>,
}

impl Entry {
    /// Of a thing that was written, and what a Grafana of the version `server` answered then.
    pub(crate) fn of(thing: &Thing, stored: Option<&Json>, server: Option<&str>, before: Option<Json>) -> Self {
        let stored = stored.map(|stored| without_secrets(stored, &thing.body));
        Self {
            kind: thing.kind,
            id: thing.id.clone(),
            title: thing.title.clone(),
            defined: Some(digest(&thing.body)),
            stored: stored.as_ref().map(digest),
            server: server.map(str::to_owned),
            forms: stored.as_ref().map(|stored| forms(&thing.body, stored)).unwrap_or_default(),
            before,
        }
    }

    pub(crate) fn is(&self, kind: Kind, id: &str) -> bool {
        self.kind == kind && self.id == id
    }
}

/// A role that was given to a user or a group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RoleEntry {
    pub(crate) role: String,
    /// `SSO_USER` or `SSO_GROUP`.
    pub(crate) kind: String,
    pub(crate) id: String,
}

/// The uid of the dashboard for a content.
pub(crate) fn uid(content: &str) -> String {
    let uid = format!("belvedere-{content}");
    if uid.len() <= LONGEST_UID {
        return uid;
    }
    let hash = digest(&Json::from(content));
    format!("{}-{}", &uid[..LONGEST_UID - 13], &hash[..12])
}

impl Registry {
    /// An empty one.
    pub(crate) fn new(content: &str) -> Self {
        Self { version: VERSION, content: content.to_owned(), ..Self::default() }
    }

    pub(crate) fn entry(&self, kind: Kind, id: &str) -> Option<&Entry> {
        self.things.iter().find(|entry| entry.is(kind, id))
    }

    /// Puts an entry in the place of the one of the same thing.
    pub(crate) fn put(&mut self, entry: Entry) {
        match self.things.iter_mut().find(|other| other.is(entry.kind, &entry.id)) {
            Some(place) => *place = entry,
            None => self.things.push(entry),
        }
    }

    pub(crate) fn remove(&mut self, kind: Kind, id: &str) {
        self.things.retain(|entry| !entry.is(kind, id));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.things.is_empty() && self.roles.is_empty()
    }

    /// Reads the list; it is empty where the content has made nothing yet.
    pub(crate) async fn read(api: &Api, content: &str) -> Result<Self, GrafanaError> {
        let uid = uid(content);
        match resource::read(api, Kind::Dashboard, &uid).await? {
            None => Ok(Self::new(content)),
            Some(found) => Self::parse(content, &found["dashboard"]).map_err(|reason| GrafanaError::Registry {
                content: content.to_owned(),
                uid,
                reason,
            }),
        }
    }

    fn parse(content: &str, dashboard: &Json) -> Result<Self, String> {
        let mut panels = dashboard["panels"].as_array().into_iter().flatten();
        let panel = panels.find(|panel| panel["title"].as_str() == Some(PANEL));
        let text = panel.and_then(|panel| panel["options"]["content"].as_str());
        let text = text.ok_or_else(|| format!("it has no panel `{PANEL}` with the list"))?;
        let registry: Self = serde_json::from_str(text).map_err(|error| format!("its list is damaged: {error}"))?;
        if registry.version != VERSION {
            return Err(format!("its list has version {}, known is {VERSION}", registry.version));
        }
        if registry.content != content {
            return Err(format!("it is the list of `{}`", registry.content));
        }
        Ok(registry)
    }

    /// Writes the list. It goes where there is nothing to list.
    pub(crate) async fn write(&self, api: &Api) -> Result<(), GrafanaError> {
        let uid = uid(&self.content);
        if self.is_empty() {
            resource::remove(api, Kind::Dashboard, &uid, None).await?;
            // Others may have theirs in it.
            return resource::remove(api, Kind::Folder, FOLDER, None).await.map(drop);
        }
        let folder = json!({"uid": FOLDER, "title": "Belvedere", "parentUid": null});
        if resource::read(api, Kind::Folder, FOLDER).await?.is_none() {
            resource::write(api, Kind::Folder, FOLDER, &folder).await?;
        }
        let body = json!({"folderUid": FOLDER, "dashboard": self.dashboard(&uid)});
        resource::write(api, Kind::Dashboard, &uid, &body).await
    }

    fn dashboard(&self, uid: &str) -> Json {
        let mut sorted = self.clone();
        sorted.things.sort_by(|one, other| (one.kind, &one.id).cmp(&(other.kind, &other.id)));
        sorted.roles.sort();
        // A list of texts and numbers always has a form.
        let list = serde_json::to_string_pretty(&sorted).unwrap_or_default();
        let panel = |id: u32, title: &str, y: u32, height: u32, mode: &str, content: &str| {
            json!({
                "id": id,
                "type": "text",
                "title": title,
                "gridPos": {"x": 0, "y": y, "w": 24, "h": height},
                "options": {"mode": mode, "content": content, "code": {"language": "json", "showLineNumbers": false, "showMiniMap": false}},
            })
        };
        let content = &self.content;
        let explained = format!(
            "`belvedere` has made what is listed below, and keeps it as the definition `{content}` says. \
             Whatever is not in the list it never changes and never removes.\n\n\
             The list is how it knows what is its own: please leave it as it is. A change by hand to a thing in the list is \
             shown by `belvedere grafana plan`, and undone by `belvedere grafana apply`."
        );
        json!({
            "uid": uid,
            "title": format!("Belvedere: what {content} manages"),
            "tags": ["belvedere"],
            "editable": true,
            "schemaVersion": 39,
            "panels": [
                panel(1, "What this is", 0, 5, "markdown", &explained),
                panel(2, PANEL, 5, 22, "code", &list),
            ],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_read_as_it_is_written() {
        let mut registry = Registry::new("main");
        let entry = |id: &str| Entry {
            kind: Kind::Dashboard,
            id: id.to_owned(),
            title: "T".into(),
            defined: Some("d".into()),
            stored: None,
            server: None,
            forms: [("a.b".to_owned(), "x".to_owned())].into(),
            before: None,
        };
        registry.put(entry("a"));
        registry.put(entry("b"));
        registry.put(Entry { stored: Some("s".into()), ..entry("a") });
        let dashboard = registry.dashboard("belvedere-main");
        assert_eq!(Registry::parse("main", &dashboard), Ok(registry.clone()));
        assert_eq!(registry.things.len(), 2);
        assert!(Registry::parse("other", &dashboard).expect_err("another's").contains("`main`"));
        assert!(Registry::parse("main", &json!({"panels": []})).is_err());
    }

    #[test]
    fn a_uid_is_never_too_long() {
        assert_eq!(uid("main"), "belvedere-main");
        let long = uid(&"a".repeat(40));
        assert_eq!(long.len(), 40);
        assert_ne!(long, uid(&"a".repeat(39)));
    }
}
