//! [`Folder`]: where dashboards and alert rules are kept.

use crate::content::{Content, Part};
use crate::datasource::{name_complaint, uid_complaint};
use crate::document::FolderDocument;
use crate::finding::{Finding, Rule};

/// A folder of dashboards and alert rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    uid: String,
    title: String,
    parent: Option<FolderRef>,
}

impl Folder {
    /// A folder with a fixed id, at most 40 letters, digits, `-` and `_`, and the title that people see.
    #[must_use]
    pub fn new(uid: impl Into<String>, title: impl Into<String>) -> Self {
        Self { uid: uid.into(), title: title.into(), parent: None }
    }

    /// Keeps the folder in another. It is at the top by default.
    #[must_use]
    pub fn inside(mut self, parent: &FolderRef) -> Self {
        self.parent = Some(parent.clone());
        self
    }

    pub(crate) fn document(&self) -> FolderDocument {
        FolderDocument {
            uid: self.uid.clone(),
            title: self.title.clone(),
            parent_uid: self.parent.as_ref().map(|parent| parent.uid.clone()),
        }
    }

    fn report(&self, content: &mut Content) {
        let place = format!("folder `{}`", self.title);
        let mut found = Vec::new();
        let mut report = |rule, message: String, fix: &str| {
            found.push(Finding::problem(Rule(rule), &*place, message).fix(fix));
        };
        if let Some(complaint) = uid_complaint(&self.uid) {
            report("uid", complaint, "give the folder a shorter, simpler id");
        }
        if let Some(complaint) = name_complaint("a folder's title", &self.title) {
            report("name", complaint, "give the folder another title");
        }
        for other in &content.folders {
            if other.uid == self.uid {
                let message = format!("folder `{}` has the id `{}` too", other.title, other.uid);
                report("duplicate", message, "give one of the two another id");
            }
            if other.title == self.title && other.parent == self.parent {
                let message = "another folder in the same place has this title".to_owned();
                report("duplicate", message, "give one of the two another title");
            }
        }
        if let Some(parent) = &self.parent
            && !content.has_folder(parent)
        {
            let fix = format!("add the folder, or say that it is there: `FolderRef::existing(\"{}\")`", parent.uid);
            report("missing-folder", format!("this content has no folder `{}` to put it in", parent.uid), &fix);
        }
        content.problems.append(&mut found);
    }
}

/// A folder of a content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FolderRef {
    uid: String,
    existing: bool,
}

impl FolderRef {
    /// A folder that is in the Grafana already and that this content does not make.
    #[must_use]
    pub fn existing(uid: impl Into<String>) -> Self {
        Self { uid: uid.into(), existing: true }
    }

    /// Returns the folder's id.
    #[must_use]
    pub fn uid(&self) -> &str {
        &self.uid
    }
}

impl Content {
    /// Returns the folders that something is in and that are in the Grafana already.
    pub(crate) fn existing_folders(&self) -> impl Iterator<Item = &str> {
        let parents = self.folders.iter().filter_map(|folder| folder.parent.as_ref());
        let dashboards = self.dashboards.iter().filter_map(|placed| placed.folder.as_ref());
        let all = parents.chain(dashboards).chain(self.alerting.folders());
        all.filter(|folder| folder.existing).map(FolderRef::uid)
    }

    /// Returns whether the folder is one of this content, or was said to be there already.
    pub(crate) fn has_folder(&self, folder: &FolderRef) -> bool {
        folder.existing || self.folders.iter().any(|known| known.uid == folder.uid)
    }
}

impl Part for Folder {
    type Ref = FolderRef;

    fn add_to(self, content: &mut Content) -> FolderRef {
        self.report(content);
        content.origins.put(format!("folder `{}`", self.title));
        let folder = FolderRef { uid: self.uid.clone(), existing: false };
        content.folders.push(self);
        folder
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_one_of_a_kind_and_in_one_that_is_there() {
        let mut content = Content::new("test");
        let shop = content.add(Folder::new("shop", "Shop"));
        content.add(Folder::new("orders", "Orders").inside(&shop));
        content.add(Folder::new("more", "More").inside(&FolderRef::existing("general")));
        assert_eq!(content.problems, []);
        assert_eq!(content.document().folders[1].parent_uid.as_deref(), Some("shop"));

        let elsewhere = Content::new("other").add(Folder::new("other", "Other"));
        content.add(Folder::new("shop", "Orders").inside(&shop));
        content.add(Folder::new("a", "A").inside(&elsewhere));
        let rules: Vec<_> = content.problems.iter().map(|problem| problem.rule.0).collect();
        assert_eq!(rules, ["duplicate", "duplicate", "missing-folder"]);
    }
}
