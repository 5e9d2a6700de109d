//! What a committed template of the flagship has for its programs: files and variables.

use std::fs;

use serde_json::Value;

use crate::tools;

/// The region that the template is taken to be deployed to.
pub(crate) const REGION: &str = "eu-central-1";

/// A committed template.
pub(crate) struct Template(Value);

impl Template {
    /// The flagship's, with the Grafana that the folder is named for.
    pub(crate) fn of(assembly: &str) -> Self {
        let path = tools::root().join("synth-output").join(assembly).join("GrafanaObservability.template.json");
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self(serde_json::from_str(&text).expect("a template is JSON"))
    }

    /// The text of the one file with this name that the containers of a task, by how its logical id begins, are started
    /// with.
    pub(crate) fn file(&self, task: &str, name: &str) -> String {
        let mut found = Vec::new();
        for container in self.containers(task) {
            let script = container["Command"][0].as_str().unwrap_or_default();
            for variable in container["Environment"].as_array().into_iter().flatten() {
                let written = format!("\"${{{}-}}\" > '", variable["Name"].as_str().expect("a name"));
                let path = script.lines().find_map(|line| line.split_once(&written)?.1.strip_suffix('\''));
                if path.is_some_and(|path| path.ends_with(&format!("/{name}"))) {
                    found.push(text(&variable["Value"]));
                }
            }
        }
        assert_eq!(found.len(), 1, "files {name} of {task}");
        found.remove(0)
    }

    /// The variables of the container with this name.
    pub(crate) fn container(&self, name: &str) -> Vec<(String, String)> {
        let container = self.containers("").find(|container| container["Name"] == name).expect("the container");
        let variables = container["Environment"].as_array().expect("variables").iter();
        variables.map(|pair| (pair["Name"].as_str().expect("a name").to_owned(), text(&pair["Value"]))).collect()
    }

    /// The variables of the function whose logical id begins so.
    pub(crate) fn function(&self, id: &str) -> Vec<(String, String)> {
        let function = self.resources("AWS::Lambda::Function").find(|(name, _)| name.starts_with(id));
        let variables = &function.expect("the function").1["Environment"]["Variables"];
        let pair = |(name, value): (&String, &Value)| (name.clone(), text(value));
        variables.as_object().expect("variables").iter().map(pair).collect()
    }

    fn containers<'a>(&'a self, task: &'a str) -> impl Iterator<Item = &'a Value> {
        let tasks = self.resources("AWS::ECS::TaskDefinition").filter(move |(id, _)| id.starts_with(task));
        tasks.flat_map(|(_, task)| task["ContainerDefinitions"].as_array().expect("containers"))
    }

    fn resources<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = (&'a String, &'a Value)> {
        let resources = self.0["Resources"].as_object().expect("resources").iter();
        resources.filter(move |(_, resource)| resource["Type"] == kind).map(|(id, one)| (id, &one["Properties"]))
    }
}

/// What CloudFormation makes of a value. A resource is known by its logical id, a load balancer is this machine.
fn text(value: &Value) -> String {
    if let Some(text) = value.as_str() {
        return text.to_owned();
    }
    if let Some(parts) = value["Fn::Join"][1].as_array() {
        return parts.iter().map(text).collect::<Vec<_>>().join(value["Fn::Join"][0].as_str().expect("a text"));
    }
    if value["Fn::GetAtt"][1] == "DNSName" {
        return "127.0.0.1".to_owned();
    }
    let of = value["Ref"].as_str().or_else(|| value["Fn::GetAtt"][0].as_str());
    match of.unwrap_or_else(|| panic!("{value} is not known here")) {
        "AWS::Region" => REGION.to_owned(),
        "AWS::URLSuffix" => "amazonaws.com".to_owned(),
        id => id.to_lowercase(),
    }
}
