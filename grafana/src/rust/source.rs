//! [`Sources`]: the data sources that a dashboard names, as names of Rust.

use serde_json::Value as Json;

use super::code::Code;
use super::name::Names;
use super::same::same;

/// What is behind a data source, as far as code has to know: which methods its references have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    PromQl,
    LogQl,
    TraceQl,
    CloudWatch,
    XRay,
    Sql,
    Other,
}

impl Language {
    /// The name of the type.
    pub(super) fn kind(self) -> &'static str {
        match self {
            Self::PromQl => "PromQl",
            Self::LogQl => "LogQl",
            Self::TraceQl => "TraceQl",
            Self::CloudWatch => "CloudWatch",
            Self::XRay => "XRay",
            Self::Sql => "Sql",
            Self::Other => "Other",
        }
    }

    /// What a reference is called if nothing else says.
    fn name(self) -> &'static str {
        match self {
            Self::PromQl => "prometheus",
            Self::LogQl => "loki",
            Self::TraceQl => "tempo",
            Self::CloudWatch => "cloud_watch",
            Self::XRay => "x_ray",
            Self::Sql => "database",
            Self::Other => "source",
        }
    }

    pub(super) fn of_plugin(plugin: &str) -> Self {
        match plugin {
            "prometheus" | "grafana-amazonprometheus-datasource" => Self::PromQl,
            "loki" => Self::LogQl,
            "tempo" => Self::TraceQl,
            "cloudwatch" => Self::CloudWatch,
            "grafana-x-ray-datasource" => Self::XRay,
            "postgres" | "grafana-postgresql-datasource" | "mysql" | "mssql" => Self::Sql,
            _ => Self::Other,
        }
    }

    /// Guesses from a query where nothing names a plugin.
    fn of_target(target: &Json, panel: &str) -> Self {
        let expression = target["expr"].as_str().map(str::trim_start);
        if target["rawSql"].is_string() {
            Self::Sql
        } else if target["namespace"].is_string() && target["dimensions"].is_object() {
            Self::CloudWatch
        } else if expression.is_some_and(|text| panel == "logs" || text.starts_with('{') && text.contains("|")) {
            Self::LogQl
        } else if expression.is_some() {
            Self::PromQl
        } else {
            Self::Other
        }
    }
}

/// How a dashboard names a data source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Source {
    /// What stands in the JSON, or nothing where none is named and Grafana takes its default.
    pub(super) written: Option<Json>,
    pub(super) language: Language,
    /// The name in the code.
    pub(super) name: String,
}

impl Source {
    /// Returns the uid and the plugin.
    pub(super) fn parts(&self) -> (&str, &str) {
        match &self.written {
            Some(Json::Object(members)) => {
                let at = |name| members.get(name).and_then(Json::as_str).unwrap_or_default();
                (at("uid"), at("type"))
            }
            Some(Json::String(name)) => (name, ""),
            _ => ("", ""),
        }
    }

    /// Whether the dashboard itself says which it is: by a variable, or as one of Grafana's own.
    pub(super) fn is_local(&self) -> bool {
        let (uid, plugin) = self.parts();
        uid.starts_with('$') && !uid.starts_with("${DS_") || uid.starts_with("--") || plugin == "datasource"
    }

    /// Returns code that makes the reference, without the type.
    pub(super) fn make(&self) -> Code {
        let (uid, plugin) = self.parts();
        let kind = self.language.kind();
        match &self.written {
            Some(Json::Object(_)) if plugin.is_empty() => {
                Code::call(format!("DataSourceRef::<{kind}>::by_uid"), vec![Code::text(uid)])
            }
            Some(Json::Object(_)) => {
                Code::call(format!("DataSourceRef::<{kind}>::existing"), vec![Code::text(uid), Code::text(plugin)])
            }
            Some(_) => Code::call(format!("DataSourceRef::<{kind}>::named"), vec![Code::text(uid)]),
            None => Code::call(format!("DataSourceRef::<{kind}>::unnamed"), Vec::new()),
        }
    }
}

/// The data sources that a dashboard names, in the order in which they are met.
#[derive(Clone, Debug)]
pub(super) struct Sources<'a> {
    dashboard: &'a Json,
    found: Vec<Source>,
    names: Names,
}

impl<'a> Sources<'a> {
    pub(super) fn new(dashboard: &'a Json) -> Self {
        let mut names = Names::default();
        names.reserve(super::file::LOCAL);
        Self { dashboard, found: Vec::new(), names }
    }

    /// Begins with data sources that have names already, in a scope with more names.
    pub(super) fn known(found: Vec<Source>, names: Names) -> Sources<'static> {
        Sources { dashboard: &Json::Null, found, names }
    }

    pub(super) fn found(&self) -> &[Source] {
        &self.found
    }

    /// Returns the data source that stands so in the JSON of a query, or of the panel that the query is in.
    pub(super) fn get(&mut self, written: Option<&Json>, target: &Json, panel: &str) -> Source {
        let written = written.and_then(as_written);
        let same_as = |held: &Source| match (&held.written, &written) {
            (Some(held), Some(written)) => same(held, written),
            (None, None) => held.language == Language::of_target(target, panel),
            _ => false,
        };
        if let Some(held) = self.found.iter().find(|held| same_as(held)) {
            return held.clone();
        }
        let mut source = Source { written, language: Language::Other, name: String::new() };
        let (uid, plugin) = source.parts();
        let plugin = if plugin.is_empty() { self.plugin_of(uid) } else { plugin.to_owned() };
        source.language = match plugin.as_str() {
            "" => Language::of_target(target, panel),
            plugin => Language::of_plugin(plugin),
        };
        let (uid, _) = source.parts();
        let variable = variable(uid).map(|name| name.strip_prefix("DS_").unwrap_or(name));
        let named = variable.or_else(|| matches!(source.written, Some(Json::String(_))).then_some(uid));
        let named = named.filter(|named| named.bytes().any(|byte| byte.is_ascii_alphabetic()));
        source.name = self.names.name(named.unwrap_or_else(|| source.language.name()), source.language.name());
        self.found.push(source.clone());
        source
    }

    /// The plugin behind a variable or an input of the dashboard.
    fn plugin_of(&self, uid: &str) -> String {
        let Some(name) = variable(uid) else { return String::new() };
        let list = |list: &'a Json| list.as_array().into_iter().flatten();
        let variables = list(&self.dashboard["templating"]["list"]).filter(|item| item["type"] == "datasource");
        let variables = variables.map(|item| (&item["name"], &item["query"]));
        let inputs = list(&self.dashboard["__inputs"]).map(|item| (&item["name"], &item["pluginId"]));
        let found = variables.chain(inputs).find(|(held, _)| *held == name);
        found.and_then(|(_, plugin)| plugin.as_str()).unwrap_or_default().to_owned()
    }
}

/// The name in `$name` or `${name}`.
fn variable(uid: &str) -> Option<&str> {
    let name = uid.strip_prefix('$')?;
    Some(name.strip_prefix('{').and_then(|name| name.strip_suffix('}')).unwrap_or(name))
}

/// What a reference writes: `{type, uid}`, `{uid}`, or a name.
fn as_written(json: &Json) -> Option<Json> {
    if json.is_string() {
        return Some(json.clone());
    }
    json["uid"].as_str()?;
    let members =
        json.as_object()?.iter().filter(|(name, member)| matches!(name.as_str(), "type" | "uid") && member.is_string());
    Some(Json::Object(members.map(|(name, member)| (name.clone(), member.clone())).collect()))
}
