//! What a dashboard that was exported from another Grafana asks for, and what it is given here.

use belvedere_cfn::{Expr, IntoValue, Properties, Value};
use serde_json::Value as Json;

use super::definition::Dashboard;
use super::query::data_source;
use crate::datasource::{AMAZON_PROMETHEUS, DataSourceRef, Kind};

impl Dashboard {
    /// Gives a data source to an input of an exported dashboard, such as `DS_PROMETHEUS`. Its plugin must be that of the
    /// input, or another for the same language, such as `grafana-amazonprometheus-datasource` for `prometheus`.
    #[must_use]
    pub fn bind_input<K: Kind>(mut self, name: &str, source: &DataSourceRef<K>) -> Self {
        if let Some(Input { plugin: Some(plugin), .. }) = self.inputs.iter().find(|input| input.name == name)
            && family(plugin) != family(source.plugin())
        {
            let given = source.plugin();
            let message = format!("its input `{name}` is a data source of the plugin `{plugin}`, got one of `{given}`");
            self.model.problems.push(message);
        }
        let whole = data_source(source.plugin(), source.uid());
        self.bind(name, &source.uid().into(), Some(&whole));
        self
    }

    /// Gives a value to an input of an exported dashboard that is a constant, such as `VAR_PREFIX`.
    #[must_use]
    pub fn bind_constant(mut self, name: &str, value: impl IntoValue<String>) -> Self {
        self.bind(name, &value.into_value(), None);
        self
    }

    fn bind(&mut self, name: &str, value: &Value<String>, source: Option<&Properties>) {
        let known = self.inputs.iter().position(|input| input.name == name).map(|index| self.inputs.remove(index));
        let placeholder = format!("${{{name}}}");
        let binding = Binding { placeholder: &placeholder, value: Some(value), source };
        if !binding.replace_members(&mut self.model.root) && known.is_none() {
            self.model.problems.push(format!("it has no input `{name}`"));
        }
    }

    /// Asks another data source wherever the dashboard asks the one with this uid; in JSON from before Grafana 9, the one
    /// with this name.
    #[must_use]
    pub fn replace_source<K: Kind>(mut self, uid: &str, source: &DataSourceRef<K>) -> Self {
        let whole = data_source(source.plugin(), source.uid());
        let binding = Binding { placeholder: uid, value: None, source: Some(&whole) };
        if !binding.replace_members(&mut self.model.root) {
            self.model.problems.push(format!("it has no data source `{uid}`"));
        }
        self
    }
}

/// What an exported dashboard asks for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Input {
    pub(super) name: String,
    /// What it is, for people.
    pub(super) what: String,
    /// The plugin of a data source.
    plugin: Option<String>,
}

impl Input {
    pub(super) fn read(input: &Json) -> Option<Self> {
        let text = |member| input.get(member).and_then(Json::as_str);
        let name = text("name")?.to_owned();
        let plugin = text("pluginId").filter(|_| text("type") == Some("datasource")).map(str::to_owned);
        let what = match (text("type"), &plugin) {
            (_, Some(plugin)) => format!("a data source of the plugin `{plugin}`"),
            (Some("constant"), _) => format!("the constant `{}`", text("label").unwrap_or(&name)),
            _ => "of a kind that is not known".to_owned(),
        };
        Some(Self { name, what, plugin })
    }
}

/// The plugin that stands for all that take the same queries.
fn family(plugin: &str) -> &str {
    match plugin {
        AMAZON_PROMETHEUS | "grafana-azureprometheus-datasource" => "prometheus",
        "postgres" => "grafana-postgresql-datasource",
        plugin => plugin,
    }
}

/// What is put in the place of a text.
struct Binding<'a> {
    placeholder: &'a str,
    /// The value, which may be a part of a text. Without one, only data sources are replaced.
    value: Option<&'a Value<String>>,
    /// The data source: its plugin and uid.
    source: Option<&'a Properties>,
}

impl Binding<'_> {
    /// Replaces all below, and returns whether there was any.
    fn replace_members(&self, members: &mut Properties) -> bool {
        let members = members.iter_mut().map(|(name, member)| self.replace(name, member));
        members.fold(false, |any, one| any | one)
    }

    fn replace(&self, name: &str, expr: &mut Expr) -> bool {
        if name == "datasource"
            && let Some(source) = self.source
        {
            let uid = match expr {
                // So Grafana before version 9 wrote it.
                Expr::String(name) => Some(&**name),
                Expr::Object(members) => members.get("uid").and_then(Expr::as_str),
                _ => None,
            };
            if uid == Some(self.placeholder) {
                *expr = source.clone().into();
                return true;
            }
        }
        match (expr, self.value) {
            (Expr::List(elements), _) => elements.iter_mut().fold(false, |any, one| any | self.replace("", one)),
            (Expr::Object(members), _) => self.replace_members(members),
            (expr @ Expr::String(_), Some(value)) => {
                let Some(text) = expr.as_str().filter(|text| text.contains(self.placeholder)) else { return false };
                let mut parts: Vec<Value<String>> = Vec::new();
                for (index, part) in text.split(self.placeholder).enumerate() {
                    if index > 0 {
                        parts.push(value.clone());
                    }
                    parts.push(part.into());
                }
                *expr = Value::concat(parts).into_expr();
                true
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::datasource::{LogQl, PromQl};

    fn prometheus() -> DataSourceRef<PromQl> {
        DataSourceRef::new("prom", "prometheus")
    }

    #[test]
    fn inputs_are_bound_wherever_they_are_named() {
        let given = json!({
            "__inputs": [
                { "name": "DS_PROM", "type": "datasource", "pluginId": "prometheus" },
                { "name": "VAR_PREFIX", "type": "constant", "label": "prefix", "value": "app" },
                { "name": "DS_LOKI", "type": "datasource", "pluginId": "loki" }
            ],
            "__requires": [],
            "title": "T",
            "panels": [
                { "datasource": "${DS_PROM}", "targets": [{ "expr": "${VAR_PREFIX}_up + ${VAR_PREFIX}_down" }] },
                { "datasource": { "type": "prometheus", "uid": "${DS_PROM}" }, "title": "on ${DS_PROM}" }
            ]
        });
        let managed = DataSourceRef::<PromQl>::new("amp", "grafana-amazonprometheus-datasource");
        let dashboard = Dashboard::from_value(given).bind_input("DS_PROM", &managed).bind_constant("VAR_PREFIX", "web");
        let source = json!({ "type": "grafana-amazonprometheus-datasource", "uid": "amp" });
        let panels = json!([
            { "datasource": source, "targets": [{ "expr": "web_up + web_down" }] },
            { "datasource": source, "title": "on amp" }
        ]);
        assert_eq!(dashboard.to_value(), json!({ "title": "T", "panels": panels }));
        let shown: Vec<_> = dashboard.problems().iter().map(ToString::to_string).collect();
        assert_eq!(
            shown,
            [
                "dashboard `T`: its input `DS_LOKI`, a data source of the plugin `loki`, is not bound [dashboard-input]\n    \
              fix: call `.bind_input(\"DS_LOKI\", &source)`, or `.bind_constant(\"DS_LOKI\", ..)`"
            ]
        );
        let wrong = dashboard.clone().bind_input("DS_LOKI", &prometheus()).problems();
        assert_eq!(
            wrong[0].message,
            "its input `DS_LOKI` is a data source of the plugin `loki`, got one of `prometheus`"
        );
        let bound = dashboard.bind_input("DS_LOKI", &DataSourceRef::<LogQl>::new("l", "loki"));
        assert_eq!(bound.clone().problems(), []);
        let problems = bound.bind_input("DS_OTHER", &prometheus()).problems();
        assert_eq!(problems[0].message, "it has no input `DS_OTHER`");
    }

    #[test]
    fn a_data_source_of_another_grafana_is_replaced() {
        let given = json!({ "annotations": { "list": [{ "datasource": "Old" }] }, "panels": [
            { "title": "Old", "datasource": { "type": "prometheus", "uid": "Old" } },
            { "datasource": { "type": "loki", "uid": "other" } }
        ] });
        let source = json!({ "type": "prometheus", "uid": "prom" });
        let expected = json!({ "annotations": { "list": [{ "datasource": source }] }, "panels": [
            { "title": "Old", "datasource": source },
            { "datasource": { "type": "loki", "uid": "other" } }
        ] });
        let dashboard = Dashboard::from_value(given).replace_source("Old", &prometheus());
        assert_eq!(dashboard.to_value(), expected);
        assert_eq!(dashboard.clone().problems(), []);
        let again = dashboard.replace_source("Old", &prometheus());
        assert_eq!(again.problems()[0].message, "it has no data source `Old`");
    }
}
