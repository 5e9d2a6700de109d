//! The secrets that a content names, as they are at the moment.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::compare::{SECRET, is_secret};
use super::error::GrafanaError;
use crate::clients::Clients;
use crate::deploy_error::AwsError;

/// Reads secrets where they are.
#[derive(Clone, Debug)]
pub(crate) struct Vault {
    /// For AWS Secrets Manager, where there is a way to AWS.
    clients: Option<Clients>,
}

/// The secrets of a content, by the JSON that stands for each. It is not shown: no `Debug`.
#[derive(Clone, Default)]
pub(crate) struct SecretValues(BTreeMap<String, String>);

impl Vault {
    pub(crate) fn new(clients: Option<&Clients>) -> Self {
        Self { clients: clients.cloned() }
    }

    /// All secrets that are named in `bodies`.
    pub(crate) async fn read<'a>(
        &self,
        bodies: impl IntoIterator<Item = &'a Json>,
    ) -> Result<SecretValues, GrafanaError> {
        let mut named = BTreeMap::new();
        bodies.into_iter().for_each(|body| collect(body, &mut named));
        let (mut values, mut missing) = (BTreeMap::new(), Vec::new());
        // One secret often has several members.
        let mut texts: BTreeMap<String, Result<String, String>> = BTreeMap::new();
        for (key, place) in named {
            let value = match (place["environment"].as_str(), place["secretsManager"].as_str()) {
                (Some(name), _) => match std::env::var(name) {
                    Ok(value) if !value.is_empty() => Ok(value),
                    _ => Err(format!("the environment variable {name} is not set")),
                },
                (None, Some(id)) => {
                    if !texts.contains_key(id) {
                        texts.insert(id.to_owned(), self.text(id).await);
                    }
                    let text = texts.get(id).cloned().unwrap_or_else(|| Err(format!("{id} was not read")));
                    text.and_then(|text| member(id, &text, place["key"].as_str()))
                }
                (None, None) => Err(format!("{place} names no secret")),
            };
            match value {
                Ok(value) => _ = values.insert(key, value),
                Err(reason) => missing.push(reason),
            }
        }
        missing.dedup();
        if missing.is_empty() { Ok(SecretValues(values)) } else { Err(GrafanaError::Secrets(missing)) }
    }

    async fn text(&self, id: &str) -> Result<String, String> {
        let Some(clients) = &self.clients else { return Err(format!("{id}: there is no way to AWS")) };
        let client = aws_sdk_secretsmanager::Client::new(clients.config());
        let answer = client.get_secret_value().secret_id(id).send().await;
        let answer = answer.map_err(|error| {
            let error = AwsError::new("secretsmanager:GetSecretValue", &error);
            format!("{id}: {error}")
        })?;
        answer.secret_string().map(str::to_owned).ok_or_else(|| format!("{id} has no text"))
    }
}

/// The whole text, or one member of the JSON object that it is.
fn member(id: &str, text: &str, key: Option<&str>) -> Result<String, String> {
    let Some(key) = key else { return Ok(text.to_owned()) };
    // What is wrong with the text is not told: it could show some of it.
    let Ok(Json::Object(members)) = serde_json::from_str(text) else { return Err(format!("{id} is no JSON object")) };
    match members.get(key) {
        Some(Json::String(value)) => Ok(value.clone()),
        Some(Json::Null) | None => Err(format!("{id} has no member {key}")),
        Some(other) => Ok(other.to_string()),
    }
}

fn collect(json: &Json, named: &mut BTreeMap<String, Json>) {
    match json {
        Json::Array(elements) => elements.iter().for_each(|element| collect(element, named)),
        Json::Object(_) if is_secret(json) => _ = named.insert(json.to_string(), json[SECRET].clone()),
        Json::Object(members) => members.values().for_each(|member| collect(member, named)),
        _ => {}
    }
}

impl SecretValues {
    /// The body with each secret in its place.
    pub(crate) fn fill(&self, body: &Json) -> Json {
        match body {
            Json::Array(elements) => elements.iter().map(|element| self.fill(element)).collect(),
            Json::Object(_) if is_secret(body) => {
                self.0.get(&body.to_string()).map_or_else(|| body.clone(), |value| Json::String(value.clone()))
            }
            Json::Object(members) => {
                Json::Object(members.iter().map(|(name, member)| (name.clone(), self.fill(member))).collect())
            }
            other => other.clone(),
        }
    }

    /// The secret that stands for itself.
    pub(crate) fn get(&self, placeholder: &Json) -> Option<&str> {
        self.0.get(&placeholder.to_string()).map(String::as_str)
    }

    /// The text without secrets: Grafana may say again what it was told.
    pub(crate) fn mask(&self, text: &str) -> String {
        let mut values: Vec<&String> = self.0.values().filter(|value| value.chars().count() >= 4).collect();
        values.sort_by_key(|value| std::cmp::Reverse(value.len()));
        values.into_iter().fold(text.to_owned(), |text, value| text.replace(value.as_str(), crate::secrets::MASK))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_member_of_a_secret_is_found_and_the_secret_is_not_told() {
        assert_eq!(member("id", r#"{"password": "p", "port": 5432}"#, Some("password")), Ok("p".into()));
        assert_eq!(member("id", r#"{"password": "p", "port": 5432}"#, Some("port")), Ok("5432".into()));
        for (text, key) in [("hidden", "x"), (r#"{"hidden": 1}"#, "x")] {
            let reason = member("id", text, Some(key)).expect_err("no member");
            assert!(!reason.contains("hidden"), "{reason}");
        }
        assert_eq!(member("id", "hidden", None), Ok("hidden".into()));
    }

    #[tokio::test]
    async fn all_that_is_missing_is_told_at_once() {
        let body = json!([
            {"a": {"belvedere:secret": {"environment": "BELVEDERE_NOT_SET"}}},
            {"b": {"belvedere:secret": {"secretsManager": "db", "key": "password"}}},
        ]);
        let error = Vault::new(None).read([&body]).await.err().expect("both are missing").to_string();
        assert!(error.contains("BELVEDERE_NOT_SET is not set") && error.contains("db: there is no way"), "{error}");
    }

    #[test]
    fn secrets_come_to_their_places_and_out_of_texts() {
        let placeholder = json!({"belvedere:secret": {"environment": "HOOK"}});
        let values = SecretValues([(placeholder.to_string(), "https://hidden".to_owned())].into());
        assert_eq!(values.fill(&json!({"s": {"url": placeholder}})), json!({"s": {"url": "https://hidden"}}));
        assert_eq!(values.mask("cannot post to https://hidden"), "cannot post to ****");
    }
}
