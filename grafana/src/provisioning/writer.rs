//! From the document's JSON to YAML that Grafana reads back as that JSON.

use std::collections::BTreeMap;

use belvedere_cfn::{Expr, Intrinsic, Value};
use serde_json::Value as Json;

use crate::prometheus::yaml::Yaml;
use crate::secret::Secret;

/// What Grafana does with a `$` in the text that it reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dollar {
    /// It begins the name of an environment variable, and `$$` stands for it.
    Expanded,
    /// Some versions take it as it is, some expand it: doubled only where it could be taken for a variable.
    Maybe,
    /// It is a `$`.
    Kept,
}

/// Writes values of a document, and collects its secrets.
pub(super) struct Writer {
    values: BTreeMap<String, Value<String>>,
    secrets: BTreeMap<String, Secret>,
}

impl Writer {
    pub(super) fn new(values: &BTreeMap<String, Value<String>>) -> Self {
        Self { values: values.clone(), secrets: BTreeMap::new() }
    }

    pub(super) fn into_secrets(self) -> BTreeMap<String, Secret> {
        self.secrets
    }

    /// Returns the JSON as YAML. `place` names secrets.
    pub(super) fn yaml(&mut self, json: &Json, dollar: Dollar, place: &str) -> Yaml {
        match json {
            Json::Null => Yaml::Null,
            Json::Bool(value) => Yaml::Bool(*value),
            Json::Number(number) => match number.as_i64() {
                Some(number) => Yaml::Integer(number),
                None => Yaml::Number(number.as_f64().unwrap_or(f64::NAN)),
            },
            Json::String(text) => Yaml::text(doubled(text, dollar)),
            Json::Array(elements) => {
                Yaml::List(elements.iter().map(|element| self.yaml(element, dollar, place)).collect())
            }
            Json::Object(members) => {
                if let Some(value) = self.value(json) {
                    return Yaml::Text(doubled_value(&value, dollar));
                }
                if let Some(secret) = self.secret(json) {
                    // Not `${NAME}`: what that gives, Grafana expands again, and a secret may have a `$` in it.
                    return Yaml::text(format!("${}", self.variable(secret, place)));
                }
                let member = |(name, member): (&String, &Json)| {
                    (name.clone(), self.yaml(member, dollar, &format!("{place} {name}")))
                };
                Yaml::Map(members.iter().map(member).collect())
            }
        }
    }

    /// Returns the deploy-time value that the JSON stands for.
    pub(super) fn value(&self, json: &Json) -> Option<Value<String>> {
        self.values.get(only_member(json, "belvedere:value")?.as_str()?).cloned()
    }

    /// Returns the secret that the JSON stands for.
    fn secret(&self, json: &Json) -> Option<Secret> {
        let secret = only_member(json, "belvedere:secret")?;
        if let Some(name) = secret.get("environment").and_then(Json::as_str) {
            return Some(Secret::environment(name));
        }
        let id = secret.get("secretsManager")?;
        let id = match id.as_str() {
            Some(id) => Value::from(id),
            None => self.value(id)?,
        };
        Some(match secret.get("key").and_then(Json::as_str) {
            Some(key) => Secret::secrets_manager_key(id, key),
            None => Secret::secrets_manager(id),
        })
    }

    /// Returns the environment variable that holds the secret.
    fn variable(&mut self, secret: Secret, place: &str) -> String {
        if let Some((name, _)) = self.secrets.iter().find(|(_, known)| **known == secret) {
            return name.clone();
        }
        let name = match &secret {
            Secret::Environment(name) => name.clone(),
            Secret::SecretsManager { .. } => {
                let base = variable_name(place);
                let mut names =
                    (1_u32..).map(|number| if number == 1 { base.clone() } else { format!("{base}_{number}") });
                names.find(|name| !self.secrets.contains_key(name)).unwrap_or_default()
            }
        };
        self.secrets.insert(name.clone(), secret);
        name
    }
}

/// Makes the name of an environment variable: `data source db secureJsonData password` is
/// `BELVEDERE_DATA_SOURCE_DB_PASSWORD`.
fn variable_name(place: &str) -> String {
    let words = place.split(|at: char| !at.is_ascii_alphanumeric());
    let words = words.filter(|word| !word.is_empty() && !["secureJsonData", "settings"].contains(word));
    ["BELVEDERE".to_owned()].into_iter().chain(words.map(str::to_ascii_uppercase)).collect::<Vec<_>>().join("_")
}

fn only_member<'a>(json: &'a Json, name: &str) -> Option<&'a Json> {
    let members = json.as_object()?;
    if members.len() == 1 { members.get(name) } else { None }
}

/// Returns the text as Grafana has to read it so that it has this text.
pub(super) fn doubled(text: &str, dollar: Dollar) -> String {
    let doubles = match dollar {
        Dollar::Expanded => true,
        Dollar::Maybe => looks_like_a_variable(text),
        Dollar::Kept => false,
    };
    if doubles { text.replace('$', "$$") } else { text.to_owned() }
}

/// Returns whether Grafana, or the shell's rules that Go expands by, could take part of the text for a variable.
pub(super) fn looks_like_a_variable(text: &str) -> bool {
    let special = |at: char| at.is_ascii_alphanumeric() || "_{*#$@!?-".contains(at);
    text.match_indices('$').any(|(index, _)| text[index + 1..].starts_with(special))
}

fn doubled_value(value: &Value<String>, dollar: Dollar) -> Value<String> {
    fn part(expr: &Expr, dollar: Dollar) -> Value<String> {
        match expr {
            Expr::String(text) => Value::from(doubled(text, dollar)),
            Expr::Intrinsic(intrinsic) => match &**intrinsic {
                Intrinsic::Join { delimiter, list: Expr::List(parts) } if delimiter.is_empty() => {
                    Value::concat(parts.iter().map(|expr| part(expr, dollar)).collect())
                }
                _ => Value::from_expr(expr.clone()),
            },
            other => Value::from_expr(other.clone()),
        }
    }
    part(value.expr(), dollar)
}
