//! What the Grafana of a version does not have.
//!
//! Source: <https://docs.aws.amazon.com/grafana/latest/userguide/version-differences.html>, and Grafana's own pages where
//! another is named. Only what is certain for the versions that the service offers (8.4, 9.4, 10.4, 12.4 and newer).

use serde_json::Value as Json;

use super::dashboard::{place, unwrapped};
use super::report::Report;
use super::{panel, rules, text_of};
use crate::document::Document;

/// Kinds of panels, and the version since which a workspace has them.
const PANELS: [(&str, u32); 3] = [("datagrid", 10), ("trend", 10), ("xychart", 9)];

/// Members of Grafana's rules, what they are, and since when there are such:
/// <https://grafana.com/docs/grafana/v12.1/alerting/fundamentals/alert-rule-evaluation>.
const OF_RULES: [(&str, &str, u32); 2] =
    [("keep_firing_for", "`keep_firing_for` of a rule", 12), ("record", "a recording rule of Grafana", 12)];

pub(super) fn check(report: &mut Report<'_>, document: &Document) {
    let Some(version) = &report.context.managed_version else { return };
    let Some(major) = version.split('.').next().and_then(|major| major.parse::<u32>().ok()) else { return };
    let mut found: Vec<(String, String, String)> = Vec::new();
    let mut needs = |place: String, what: &str, since: u32| {
        if major < since {
            let message = format!("{what} needs Grafana {since}, and the workspace has {version}");
            found.push((place, message, format!("give the workspace a version from {since} on, or leave it out")));
        }
    };
    for folder in document.folders.iter().filter(|folder| folder.parent_uid.is_some()) {
        needs(format!("folder `{}`", folder.title), "a folder in another", 10);
    }
    for placed in &document.dashboards {
        let json = unwrapped(&placed.dashboard);
        for panel in panel::panels(&place(json), json) {
            if let Some((kind, since)) = PANELS.iter().find(|(kind, _)| *kind == panel.kind()) {
                needs(panel.place.clone(), &format!("the panel `{kind}`"), *since);
            }
        }
    }
    for rule in document.alerting.rule_groups.iter().flat_map(|group| &group.rules) {
        for (member, what, since) in OF_RULES {
            if rule.get(member).is_some_and(|value| !value.is_null()) {
                needs(format!("alert rule `{}`", text_of(rule, "title")), what, since);
            }
        }
    }
    for source in &document.data_sources {
        let place = format!("data source `{}`", text_of(source, "name"));
        let signs = source.pointer("/jsonData/sigV4Auth").and_then(Json::as_bool) == Some(true);
        match text_of(source, "type") {
            // https://grafana.com/docs/plugins/grafana-amazonprometheus-datasource/latest/
            "prometheus" if signs && major >= 12 => {
                let message =
                    format!("the core plugin `prometheus` does not sign requests in a workspace of Grafana {version}");
                let fix = "take the plugin `grafana-amazonprometheus-datasource`, as `ManagedPrometheus` does";
                found.push((place, message, fix.to_owned()));
            }
            "grafana-amazonprometheus-datasource" if major < 11 => {
                let message = format!(
                    "the plugin `grafana-amazonprometheus-datasource` needs Grafana 11.6, and the workspace has {version}"
                );
                let fix = format!("let the core plugin sign: `.for_grafana({major})`");
                found.push((place, message, fix));
            }
            _ if major < 9 && document.plugins.iter().any(|plugin| plugin == text_of(source, "type")) => {
                let message = format!(
                    "the plugin `{}` is to be installed, and a workspace of Grafana {version} takes none",
                    text_of(source, "type")
                );
                found.push((place, message, "give the workspace a version from 9 on".to_owned()));
            }
            _ => {}
        }
    }
    for (place, message, fix) in found {
        report.warn(rules::GRAFANA_VERSION, &place, message).fix = Some(fix);
    }
}
