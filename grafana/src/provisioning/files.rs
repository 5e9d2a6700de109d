//! [`Provisioning`]: a content as files.

use std::collections::BTreeMap;

use belvedere_cfn::Value;

use super::writer::Writer;
use super::{alerting, dashboards, data_sources};
use crate::content::Content;
use crate::document::{Document, Unresolved};
use crate::finding::Finding;
use crate::secret::Secret;

/// A content as [the files that Grafana provisions itself
/// from](https://grafana.com/docs/grafana/latest/administration/provisioning/) when it starts: `datasources/NAME.yaml`,
/// `dashboards/NAME.yaml` with a JSON file for each dashboard, and `alerting/NAME.yaml`. Files that would say nothing are
/// left out.
///
/// What the files no longer have, Grafana removes: data sources (Grafana 11.1 and later) and dashboards by itself, alerting
/// if [`replacing`](Self::replacing) says what there was.
///
/// No secret is in them. Where one belongs, they name an environment variable of Grafana: see [`secrets`](Self::secrets).
#[derive(Clone, Debug, PartialEq)]
pub struct Provisioning {
    document: Document,
    earlier: Document,
    root: String,
    editable: bool,
}

impl Provisioning {
    /// The files of a content, to be put below `/etc/grafana/provisioning`.
    #[must_use]
    pub fn new(content: &Content) -> Self {
        Self::of(content.document())
    }

    /// The files of a content that is a document already, such as one of an assembly.
    #[must_use]
    pub fn of(document: Document) -> Self {
        Self { document, earlier: Document::default(), root: "/etc/grafana/provisioning".to_owned(), editable: false }
    }

    /// The folder that the files are put below, as Grafana sees it (`paths.provisioning`): the dashboards' YAML names it.
    #[must_use]
    pub fn below(mut self, folder: impl Into<String>) -> Self {
        self.root = folder.into();
        self
    }

    /// Lets people change data sources and dashboards in Grafana, until the files are read again. They cannot by default.
    #[must_use]
    pub const fn editable(mut self) -> Self {
        self.editable = true;
        self
    }

    /// Removes what an earlier document had and this one has not.
    #[must_use]
    pub fn replacing(mut self, earlier: &Document) -> Self {
        self.earlier = earlier.clone();
        self
    }

    /// Returns the files: the path of each below the provisioning folder, and its text. Values that are known only when a
    /// stack is deployed are in it, between double quotes as they are.
    #[must_use]
    pub fn files(&self) -> Vec<(String, Value<String>)> {
        self.write(&self.document, true).0
    }

    /// Returns the files as texts, with every deploy-time value in its place.
    ///
    /// # Errors
    /// Names all values that `lookup` does not know.
    pub fn texts(&self, lookup: &dyn Fn(&str) -> Option<String>) -> Result<Vec<(String, String)>, Unresolved> {
        let (files, _) = self.write(&self.document.resolve(lookup)?, false);
        let text = |(path, text): (String, Value<String>)| (path, text.as_str().unwrap_or_default().to_owned());
        Ok(files.into_iter().map(text).collect())
    }

    /// Returns the environment variables that Grafana needs, and the secret in each.
    ///
    /// A secret that is in no variable gets one, named after its place: `BELVEDERE_DATA_SOURCE_DB_PASSWORD`.
    #[must_use]
    pub fn secrets(&self) -> BTreeMap<String, Secret> {
        self.write(&self.document, true).1.into_secrets()
    }

    /// Returns what these files cannot say.
    #[must_use]
    pub fn problems(&self) -> Vec<Finding> {
        let mut found = dashboards::problems(&self.document);
        found.append(&mut alerting::problems(&self.document));
        found
    }

    /// Returns the document, for what else is made of it.
    #[must_use]
    pub fn into_document(self) -> Document {
        self.document
    }

    fn write(&self, document: &Document, template: bool) -> (Vec<(String, Value<String>)>, Writer) {
        let mut writer = Writer::new(&document.values);
        let name = &document.name;
        let mut files = Vec::new();
        if let Some(yaml) = data_sources::yaml(document, &self.earlier, self.editable, &mut writer) {
            files.push((format!("datasources/{name}.yaml"), yaml.render()));
        }
        if let Some(yaml) = dashboards::yaml(document, &self.root, self.editable) {
            files.push((format!("dashboards/{name}.yaml"), yaml.render()));
        }
        for (number, dashboard) in document.dashboards.iter().enumerate() {
            files.push((dashboards::path(name, number, dashboard), writer.json_text(&dashboard.dashboard, template)));
        }
        if let Some(yaml) = alerting::yaml(document, &self.earlier, &mut writer) {
            files.push((format!("alerting/{name}.yaml"), yaml.render()));
        }
        (files, writer)
    }
}
