//! [`InhibitRule`]: alerts that silence others.

use super::matcher;
use crate::scope::Scope;
use belvedere_grafana::alerting::Matcher;
use belvedere_grafana::prometheus::name::label_complaint;
use belvedere_grafana::prometheus::yaml::Yaml;

/// Alerts that silence others while they fire: a region that cannot be reached, say, all the alerts inside it.
/// [Alertmanager page](https://prometheus.io/docs/alerting/latest/configuration/#inhibit_rule).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InhibitRule {
    sources: Vec<Matcher>,
    targets: Vec<Matcher>,
    equal: Vec<String>,
}

impl InhibitRule {
    /// An alert that `source` takes silences those that `target` takes.
    #[must_use]
    pub fn new(source: Matcher, target: Matcher) -> Self {
        Self { sources: vec![source], targets: vec![target], equal: Vec::new() }
    }

    /// Narrows which alerts silence others.
    #[must_use]
    pub fn source(mut self, matcher: Matcher) -> Self {
        self.sources.push(matcher);
        self
    }

    /// Narrows which alerts are silenced.
    #[must_use]
    pub fn target(mut self, matcher: Matcher) -> Self {
        self.targets.push(matcher);
        self
    }

    /// Only silences alerts that have the same values of these labels. Whatever their labels, by default.
    #[must_use]
    pub fn equal<L: Into<String>>(mut self, labels: impl IntoIterator<Item = L>) -> Self {
        self.equal.extend(labels.into_iter().map(Into::into));
        self
    }

    pub(super) fn report(&self, scope: &mut Scope<'_>) {
        for matcher in self.sources.iter().chain(&self.targets) {
            matcher::report(matcher, scope);
        }
        for complaint in self.equal.iter().filter_map(|label| label_complaint(label)) {
            scope.problem(complaint);
        }
    }

    pub(super) fn yaml(&self) -> Yaml {
        Yaml::map()
            .with_list("source_matchers", matcher::list(&self.sources))
            .with_list("target_matchers", matcher::list(&self.targets))
            .with_list("equal", self.equal.iter().map(|label| Yaml::text(label.clone())))
    }
}
