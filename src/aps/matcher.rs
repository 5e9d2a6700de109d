//! What the managed alert manager asks of a [`Matcher`].

use belvedere_grafana::alerting::Matcher;
use belvedere_grafana::prometheus::name::label_complaint;
use belvedere_grafana::prometheus::yaml::Yaml;

use crate::scope::Scope;

pub(super) fn report(matcher: &Matcher, scope: &mut Scope<'_>) {
    if let Some(complaint) = label_complaint(matcher.label()) {
        scope.problem(complaint);
    }
}

pub(super) fn list(matchers: &[Matcher]) -> Vec<Yaml> {
    matchers.iter().map(|matcher| Yaml::text(matcher.text())).collect()
}
