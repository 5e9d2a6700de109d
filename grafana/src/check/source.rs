//! [`Sources`]: which data source a reference in a dashboard means.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::report::Report;
use super::variables::Variables;
use super::{is_deferred, nearest, rules, text_of};
use crate::query::variables;

/// What a reference means.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Source {
    /// A data source of this plugin.
    Plugin(String),
    /// The data of another panel of the same dashboard.
    Dashboard,
    /// Expressions of Grafana.
    Expression,
    /// Grafana itself, or each query's own.
    Special,
    /// Nobody knows before the dashboard is opened.
    Unknown,
}

impl Source {
    /// The plugin, if it is known.
    pub(super) fn plugin(&self) -> Option<&str> {
        match self {
            Self::Plugin(plugin) => Some(plugin),
            _ => None,
        }
    }
}

/// The plugins of which there are two: Grafana's newer ones and those of managed Grafana speak the same language.
fn alike(one: &str, other: &str) -> bool {
    const SAME: [[&str; 2]; 2] =
        [["postgres", "grafana-postgresql-datasource"], ["grafana-x-ray-datasource", "grafana-xray-datasource"]];
    one == other || SAME.iter().any(|pair| pair.contains(&one) && pair.contains(&other))
}

/// What a dashboard's references to data sources are resolved with.
pub(super) struct Sources<'a> {
    /// The inputs of a dashboard that was exported for others, and their plugins.
    inputs: BTreeMap<&'a str, &'a str>,
    /// The variables whose values are data sources, and their plugins.
    variables: BTreeMap<&'a str, &'a str>,
    names: Vec<&'a str>,
}

impl<'a> Sources<'a> {
    pub(super) fn of(dashboard: &'a Json, variables: &Variables<'a>) -> Self {
        let inputs = dashboard.get("__inputs").and_then(Json::as_array).into_iter().flatten();
        Self {
            inputs: inputs.map(|input| (text_of(input, "name"), text_of(input, "pluginId"))).collect(),
            variables: variables
                .list
                .iter()
                .filter(|variable| variable.kind == "datasource")
                .map(|variable| (variable.name, text_of(variable.json, "query")))
                .collect(),
            names: variables.list.iter().map(|variable| variable.name).collect(),
        }
    }

    /// For what is outside of dashboards, where there are no variables.
    pub(super) const fn none() -> Self {
        Self { inputs: BTreeMap::new(), variables: BTreeMap::new(), names: Vec::new() }
    }

    /// Finds out what a reference means, and reports one that means nothing.
    pub(super) fn resolve(&self, report: &mut Report<'_>, place: &str, reference: Option<&Json>) -> Source {
        let (uid, plugin) = match reference {
            None | Some(Json::Null) => return report.context.default_plugin().map_or(Source::Unknown, known),
            Some(Json::String(name)) => (name.as_str(), None),
            Some(reference) => {
                let plugin = Some(text_of(reference, "type")).filter(|plugin| !plugin.is_empty());
                match reference.get("uid") {
                    Some(uid) if is_deferred(uid) => return plugin.map_or(Source::Unknown, known),
                    _ => (text_of(reference, "uid"), plugin),
                }
            }
        };
        if plugin == Some("__expr__") || matches!(uid, "__expr__" | "-100") {
            return Source::Expression;
        }
        match uid {
            "-- Dashboard --" => return Source::Dashboard,
            "-- Grafana --" | "-- Mixed --" | "grafana" | "Grafana" => return Source::Special,
            "" | "default" => {
                return plugin.or_else(|| report.context.default_plugin()).map_or(Source::Unknown, known);
            }
            _ if matches!(plugin, Some("grafana" | "mixed")) => return Source::Special,
            _ => {}
        }
        if let Some(variable) = variables(uid).into_iter().next() {
            return self.variable(report, place, &variable.name, plugin);
        }
        let Some(there) = report.context.find_data_source(uid) else {
            if let Some(all) = &report.context.data_sources {
                let near = nearest(uid, all.keys().map(String::as_str)).map(str::to_owned);
                let ids: Vec<_> = all.iter().map(|(uid, source)| format!("`{uid}` ({})", source.plugin)).collect();
                let message = format!("no data source has the uid `{uid}`; there are {}", listed(&ids));
                let same = plugin.and_then(|plugin| all.iter().find(|(_, source)| alike(&source.plugin, plugin)));
                let fix = near.or_else(|| same.map(|(uid, _)| uid.clone())).map(|uid| format!("write `{uid}`"));
                report.problem(rules::UNKNOWN_DATA_SOURCE, place, message).fix = fix;
            }
            return plugin.map_or(Source::Unknown, known);
        };
        let there = there.plugin.clone();
        if let Some(plugin) = plugin.filter(|plugin| !alike(plugin, &there)) {
            let message = format!("the data source `{uid}` is of the plugin `{there}`, got the type `{plugin}`");
            report.problem(rules::UNKNOWN_DATA_SOURCE, place, message).fix = Some(format!("write the type `{there}`"));
        }
        Source::Plugin(there)
    }

    fn variable(&self, report: &mut Report<'_>, place: &str, name: &str, plugin: Option<&str>) -> Source {
        let Some(of) = self.inputs.get(name).or_else(|| self.variables.get(name)) else {
            if self.names.contains(&name) {
                return plugin.map_or(Source::Unknown, known);
            }
            let message = format!("the data source is the variable `{name}`, which the dashboard does not define");
            let fix = if name.starts_with("DS_") {
                "bind the input to a data source, or define a variable of the type `datasource`"
            } else {
                "define a variable of the type `datasource`"
            };
            report.problem(rules::UNKNOWN_VARIABLE, place, message).fix = Some(fix.to_owned());
            return plugin.map_or(Source::Unknown, known);
        };
        if let Some(plugin) = plugin.filter(|plugin| !of.is_empty() && !alike(plugin, of)) {
            let message =
                format!("the variable `{name}` has data sources of the plugin `{of}`, got the type `{plugin}`");
            report.problem(rules::UNKNOWN_DATA_SOURCE, place, message).fix = Some(format!("write the type `{of}`"));
        }
        if of.is_empty() { plugin.map_or(Source::Unknown, known) } else { known(of) }
    }
}

fn known(plugin: &str) -> Source {
    Source::Plugin(plugin.to_owned())
}

/// What there is, for a message.
pub(super) fn listed(all: &[String]) -> String {
    match all {
        [] => "none".to_owned(),
        few if few.len() <= 8 => few.join(", "),
        many => format!("{} and {} more", many[..8].join(", "), many.len() - 8),
    }
}
