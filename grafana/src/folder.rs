//! [`Folder`]: where dashboards and alert rules are kept.

use crate::content::{Content, Part};
use crate::document::FolderDocument;

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
}

/// A folder of a content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FolderRef {
    uid: String,
}

impl FolderRef {
    /// A folder that is in the Grafana already and that this content does not make.
    #[must_use]
    pub fn existing(uid: impl Into<String>) -> Self {
        Self { uid: uid.into() }
    }

    /// Returns the folder's id.
    #[must_use]
    pub fn uid(&self) -> &str {
        &self.uid
    }
}

impl Part for Folder {
    type Ref = FolderRef;

    fn add_to(self, content: &mut Content) -> FolderRef {
        let folder = FolderRef { uid: self.uid.clone() };
        content.folders.push(self);
        folder
    }
}
