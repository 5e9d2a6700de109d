//! Alert rules and where alerts go.

use serde_json::{Value, json};

use super::{FACTORY, Model, Reply, factory_policies, message};

impl Model {
    pub(super) fn provisioning_api(&mut self, method: &str, path: &[&str], body: Value, provenance: &str) -> Reply {
        let locked = |stored: Option<&Value>| {
            stored.is_some_and(|stored| stored["provenance"].as_str().is_some_and(|it| !it.is_empty()))
        };
        let cannot = || message(409, "cannot change provenance from 'file' to ''");
        match (method, path) {
            ("GET", ["contact-points"]) => {
                let shown = self.points.iter().map(|point| {
                    let mut point = point.clone();
                    for secret in ["password", "token", "integrationKey"] {
                        if point["settings"].get(secret).is_some() {
                            point["settings"][secret] = "[REDACTED]".into();
                        }
                    }
                    point
                });
                (200, shown.collect())
            }
            ("POST" | "PUT", ["contact-points", ..])
                if body["type"].as_str().is_none() || !body["settings"].is_object() =>
            {
                message(400, "type and settings must be given")
            }
            ("POST", ["contact-points"]) => {
                if self.points.iter().any(|point| point["uid"] == body["uid"]) {
                    return message(500, "receiver configuration with UID 'x' already exist in contact point 'x'");
                }
                self.points.push(provenanced(body.clone(), provenance));
                (202, body)
            }
            ("PUT", ["contact-points", uid]) => match self.points.iter_mut().find(|point| point["uid"] == *uid) {
                Some(point) if locked(Some(point)) => cannot(),
                Some(point) => {
                    *point = provenanced(body, provenance);
                    message(202, "contactpoint updated")
                }
                None => message(404, "contact point with uid not found"),
            },
            ("DELETE", ["contact-points", uid]) => {
                let Some(point) = self.points.iter().find(|point| point["uid"] == *uid) else {
                    return message(404, "not found");
                };
                let name = point["name"].clone();
                let is_last = self.points.iter().filter(|point| point["name"] == name).count() == 1;
                if is_last && names(&self.policies, "receiver").contains(&name) {
                    return message(409, "contact point is in use");
                }
                self.points.retain(|point| point["uid"] != *uid);
                message(202, "contactpoint deleted")
            }
            ("GET", ["policies"]) => (200, self.policies.clone()),
            ("PUT", ["policies"]) => {
                if locked(Some(&self.policies)) {
                    return cannot();
                }
                let unknown = names(&body, "receiver")
                    .into_iter()
                    .find(|name| *name != FACTORY && !self.points.iter().any(|point| point["name"] == *name));
                if let Some(name) = unknown {
                    return message(400, &format!("receiver '{name}' does not exist"));
                }
                let timings = names(&body, "mute_time_intervals");
                let known = |name: &Value| name.as_str().is_some_and(|name| self.timings.contains_key(name));
                if let Some(name) = timings.iter().find(|name| !known(name)) {
                    return message(400, &format!("mute time interval {name} does not exist"));
                }
                self.policies = provenanced(body, provenance);
                message(202, "policies updated")
            }
            ("DELETE", ["policies"]) => {
                self.policies = factory_policies();
                message(202, "policies reset")
            }
            ("GET", ["mute-timings"]) => (200, self.timings.values().cloned().collect()),
            ("POST", ["mute-timings"]) => {
                let name = body["name"].as_str().unwrap_or_default().to_owned();
                if name.is_empty() || self.timings.contains_key(&name) {
                    return message(400, "a mute timing of this name already exists");
                }
                self.timings.insert(name, provenanced(body.clone(), provenance));
                (201, body)
            }
            (_, ["mute-timings", name]) if !self.timings.contains_key(*name) => message(404, "mute timing not found"),
            ("GET", ["mute-timings", name]) => (200, self.timings[*name].clone()),
            ("PUT", ["mute-timings", name]) => {
                self.timings.insert((*name).to_owned(), provenanced(body.clone(), provenance));
                (202, body)
            }
            ("DELETE", ["mute-timings", name]) => {
                if names(&self.policies, "mute_time_intervals").contains(&json!(name)) {
                    return message(409, "time interval is in use");
                }
                self.timings.remove(*name);
                (204, Value::Null)
            }
            ("GET", ["templates"]) => (200, self.templates.values().cloned().collect()),
            ("PUT", ["templates", name]) => {
                let text = body["template"].as_str().unwrap_or_default();
                // A text without a definition gets one.
                let text = if text.contains("{{ define") {
                    text.to_owned()
                } else {
                    format!("{{{{ define \"{name}\" }}}}\n  {text}\n{{{{ end }}}}")
                };
                let template = json!({"name": name, "template": text, "provenance": provenance, "version": self.next().to_string()});
                self.templates.insert((*name).to_owned(), template.clone());
                (202, template)
            }
            (_, ["templates", name]) if !self.templates.contains_key(*name) => message(404, "template not found"),
            ("GET", ["templates", name]) => (200, self.templates[*name].clone()),
            ("DELETE", ["templates", name]) => {
                self.templates.remove(*name);
                (204, Value::Null)
            }
            ("GET", ["alert-rules"]) => (200, self.rules.values().cloned().collect()),
            ("DELETE", ["alert-rules", uid]) => match self.rules.remove(*uid) {
                Some(_) => (204, Value::Null),
                None => message(404, "rule not found"),
            },
            ("GET", ["folder", folder, "rule-groups", group]) => {
                let rules: Vec<Value> = self.group(folder, group);
                if rules.is_empty() {
                    return message(404, "rule group not found");
                }
                let interval = &self.intervals[&((*folder).to_owned(), (*group).to_owned())];
                (200, json!({"title": group, "folderUid": folder, "interval": interval, "rules": rules}))
            }
            ("PUT", ["folder", folder, "rule-groups", group]) => {
                if !self.folders.contains_key(*folder) {
                    return message(400, "invalid alert rule: folder does not exist");
                }
                if body["interval"].as_u64().is_none_or(|interval| interval == 0 || interval % 10 != 0) {
                    return message(400, "interval must be a multiple of 10 seconds");
                }
                let rules = body["rules"].as_array().cloned().unwrap_or_default();
                for rule in &rules {
                    let has = |member: &str| rule[member].as_str().is_some_and(|text| !text.is_empty());
                    if !["uid", "title", "condition"].iter().all(|member| has(member))
                        || rule["data"].as_array().is_none_or(Vec::is_empty)
                    {
                        return message(400, "invalid alert rule: a title, a condition and data must be given");
                    }
                    if locked(self.rules.get(rule["uid"].as_str().unwrap_or_default())) {
                        return cannot();
                    }
                }
                self.rules.retain(|_, rule| rule["folderUID"] != *folder || rule["ruleGroup"] != *group);
                for (order, mut rule) in rules.into_iter().enumerate() {
                    rule["id"] = self.next().into();
                    rule["updated"] = format!("2026-01-01T00:00:{:02}Z", self.count % 60).into();
                    rule["order"] = order.into();
                    rule["folderUID"] = (*folder).into();
                    rule["ruleGroup"] = (*group).into();
                    rule["isPaused"] = rule["isPaused"].as_bool().unwrap_or_default().into();
                    if rule["for"] == "300s" {
                        rule["for"] = "5m".into();
                    }
                    for query in rule["data"].as_array_mut().into_iter().flatten() {
                        query["model"]["intervalMs"] = query["model"]["intervalMs"].as_u64().unwrap_or(1000).into();
                        query["model"]["maxDataPoints"] =
                            query["model"]["maxDataPoints"].as_u64().unwrap_or(43200).into();
                    }
                    let uid = rule["uid"].as_str().expect("checked").to_owned();
                    self.rules.insert(uid, provenanced(rule, provenance));
                }
                self.intervals.insert(((*folder).to_owned(), (*group).to_owned()), body["interval"].clone());
                (200, body)
            }
            _ => message(404, "Not found"),
        }
    }

    fn group(&self, folder: &str, group: &str) -> Vec<Value> {
        let mut rules: Vec<Value> = self
            .rules
            .values()
            .filter(|rule| rule["folderUID"] == folder && rule["ruleGroup"] == group)
            .cloned()
            .collect();
        rules.sort_by_key(|rule| rule["order"].as_u64());
        for rule in &mut rules {
            rule.as_object_mut().expect("an object").remove("order");
        }
        rules
    }
}

fn provenanced(mut json: Value, provenance: &str) -> Value {
    if !provenance.is_empty() {
        json["provenance"] = provenance.into();
    }
    json
}

/// All values of a member in a tree of policies, those of lists one by one.
fn names(policies: &Value, member: &str) -> Vec<Value> {
    let own = &policies[member];
    let mut all = own.as_array().cloned().unwrap_or_else(|| own.as_str().map(|_| own.clone()).into_iter().collect());
    all.extend(policies["routes"].as_array().into_iter().flatten().flat_map(|route| names(route, member)));
    all
}
