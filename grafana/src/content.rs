//! [`Content`]: all that a Grafana is to hold.

use std::panic::Location;

use crate::alerting::AlertingParts;
use crate::catalog::Exporter;
use crate::dashboard::PlacedDashboard;
use crate::datasource::DataSourceParts;
use crate::finding::{Finding, Rule};
use crate::folder::Folder;
use crate::origins::Origins;
use crate::prometheus::RulesFile;

/// All that a program wants a Grafana to hold: data sources, links between them, folders, dashboards, alerts.
#[derive(Clone, Debug, PartialEq)]
pub struct Content {
    pub(crate) name: String,
    pub(crate) data_sources: DataSourceParts,
    pub(crate) folders: Vec<Folder>,
    pub(crate) dashboards: Vec<PlacedDashboard>,
    pub(crate) alerting: AlertingParts,
    /// The programs whose metrics, labels and log streams queries may name.
    pub(crate) exporters: Vec<Exporter>,
    /// What Prometheus evaluates: queries may name what it records.
    pub(crate) rules: Vec<RulesFile>,
    /// Findings that are as meant: the rule, what the finding is about, and the reason.
    pub(crate) allowed: Vec<(String, String, String)>,
    /// What was wrong with a part when it was added.
    pub(crate) problems: Vec<Finding>,
    pub(crate) origins: Origins,
}

/// What can be added to a [`Content`]: a data source, a link, a folder, a dashboard, an alert rule, …
pub trait Part {
    /// What the rest of the program holds once the part is added.
    type Ref;

    /// Adds the part. It never fails; what is wrong is a finding of [`Content::check`].
    fn add_to(self, content: &mut Content) -> Self::Ref;
}

impl Content {
    /// An empty content. The name marks what is made from it in a Grafana as its own: 1 to 40 lowercase letters, digits
    /// and hyphens, and different for each content that is applied to one Grafana.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        let name = name.into();
        let mut content = Self {
            name,
            data_sources: DataSourceParts::default(),
            folders: Vec::new(),
            dashboards: Vec::new(),
            alerting: AlertingParts::default(),
            exporters: Vec::new(),
            rules: Vec::new(),
            allowed: Vec::new(),
            problems: Vec::new(),
            origins: Origins::default(),
        };
        let legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if !(1..=40).contains(&content.name.len()) || !content.name.bytes().all(legal) {
            let message =
                format!("a content's name is 1 to 40 lowercase letters, digits and hyphens, got `{}`", content.name);
            content.report(Finding::problem(Rule("content-name"), "content", message));
        }
        content
    }

    /// Returns the name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Adds a part, and returns what refers to it. Findings about the part name the line of this call.
    #[track_caller]
    pub fn add<P: Part>(&mut self, part: P) -> P::Ref {
        let before = self.problems.len();
        self.origins.begin(Location::caller());
        let reference = part.add_to(self);
        let here = self.origins.here();
        self.problems.iter_mut().skip(before).for_each(|finding| finding.location = finding.location.or(here));
        self.origins.end();
        reference
    }

    /// Accepts the findings of a rule, such as `unknown-metric`, whose message or marked text has `about` in it.
    #[track_caller]
    pub fn allow(&mut self, rule: impl Into<String>, about: impl Into<String>, reason: impl Into<String>) {
        self.allowed.push((rule.into(), about.into(), reason.into()));
        self.origins.allow(Location::caller());
    }

    pub(crate) fn report(&mut self, finding: Finding) {
        self.problems.push(finding);
    }
}
