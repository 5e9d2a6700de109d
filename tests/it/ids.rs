//! Logical ids are those of the AWS CDK, so that a stack can move over without a resource being replaced.
//!
//! `tests/ids/vectors.json` is the judge: what the AWS CDK itself gives for the tree of `tests/ids/vectors.js`.

mod missing;
mod tree;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

use belvedere::{App, CfnResource, Construct, Scope, Stack};

use self::missing::MISSING;
use crate::tools;

/// A construct of the AWS CDK: its path below the stack, its type, and the logical id that it has.
struct Vector {
    path: String,
    kind: String,
    logical_id: String,
}

fn vectors() -> Vec<Vector> {
    let table = fs::read(tools::root().join("tests/ids/vectors.json")).expect("the table is committed");
    let table: Vec<serde_json::Value> = serde_json::from_slice(&table).expect("the table is JSON");
    let member = |vector: &serde_json::Value, name: &str| vector[name].as_str().expect("vectors are text").to_owned();
    let vectors = table.iter().map(|vector| Vector {
        path: member(vector, "path").strip_prefix("Ids/").expect("paths begin with the stack").to_owned(),
        kind: member(vector, "type"),
        logical_id: member(vector, "logical_id"),
    });
    vectors.collect()
}

/// Synthesizes a stack alone and returns its template.
fn template(case: &str, stack: Stack) -> serde_json::Value {
    let file = format!("{}.template.json", stack.id());
    let mut app = App::new().out_dir(tools::scratch(case));
    app.add(stack);
    let assembly = app.synth().expect("the tree is sound");
    let text = fs::read(assembly.directory().join(file)).expect("the template was written");
    serde_json::from_slice(&text).expect("templates are JSON")
}

/// The path below the stack, the type and the logical id of every resource.
fn resources(template: &serde_json::Value) -> BTreeMap<(String, String), String> {
    let resources = template["Resources"].as_object().expect("there are resources");
    let entries = resources.iter().map(|(id, resource)| {
        let path = resource["Metadata"]["aws:cdk:path"].as_str().expect("resources have their path");
        let (_, path) = path.split_once('/').expect("paths begin with the stack");
        let kind = resource["Type"].as_str().expect("resources have a type");
        ((path.to_owned(), kind.to_owned()), id.clone())
    });
    entries.collect()
}

/// A tree of untyped resources at given paths.
#[derive(Default)]
struct Tree {
    children: BTreeMap<String, Self>,
    resource: Option<String>,
}

impl Tree {
    fn insert(&mut self, path: &str, kind: &str) {
        let place = path.split('/').fold(self, |node, id| node.children.entry(id.to_owned()).or_default());
        place.resource = Some(kind.to_owned());
    }
}

impl Construct for Tree {
    type Ref = ();

    fn define(self, scope: &mut Scope<'_>) {
        assert!(self.resource.is_none() || self.children.is_empty(), "{}: a resource with children", scope.path());
        for (id, child) in self.children {
            match child.resource {
                Some(kind) => drop(scope.add(id, CfnResource::new(kind))),
                None => scope.add(id, child),
            }
        }
    }
}

#[test]
fn the_algorithm_gives_the_ids_of_the_aws_cdk() {
    let vectors = vectors();
    let mut tree = Tree::default();
    vectors.iter().for_each(|vector| tree.insert(&vector.path, &vector.kind));
    let mut stack = Stack::new("Ids");
    tree.define(&mut stack.scope());
    let found = resources(&template("ids-algorithm", stack));
    assert_eq!(found.len(), vectors.len());
    for Vector { path, kind, logical_id } in vectors {
        assert_eq!(found.get(&(path.clone(), kind)), Some(&logical_id), "{path}");
    }
}

#[test]
fn constructs_give_the_ids_of_the_aws_cdk() {
    let template = template("ids-constructs", tree::stack());
    let found = resources(&template);
    let missing: BTreeMap<&str, &str> = MISSING.iter().copied().collect();
    let (mut compared, mut wrong, mut absent) = (0, Vec::new(), BTreeSet::new());
    for Vector { path, kind, logical_id } in vectors() {
        let section = match kind.as_str() {
            "Output" => Some("Outputs"),
            "Parameter" => Some("Parameters"),
            "Condition" => Some("Conditions"),
            "Mapping" => Some("Mappings"),
            _ => None,
        };
        let own = match section {
            // What is no resource does not say its path.
            Some(section) => template[section].get(&logical_id).map(|_| &logical_id),
            None => found.get(&(path.clone(), kind.clone())),
        };
        match own {
            Some(own) if *own == logical_id => compared += 1,
            Some(own) => wrong.push(format!("{path} ({kind}): the AWS CDK gives {logical_id}, Belvedere {own}")),
            None if missing.contains_key(path.as_str()) => drop(absent.insert(path)),
            None => wrong.push(format!("{path} ({kind}): is not there, and `MISSING` does not say why")),
        }
    }
    for path in missing.keys().filter(|path| !absent.contains(**path)) {
        wrong.push(format!("{path}: `MISSING` lists it, but it is there, or the AWS CDK has no such path"));
    }
    tools::note(&format!("logical ids: {compared} as the AWS CDK has them, {} that it alone has:", absent.len()));
    absent.iter().for_each(|path| tools::note(&format!("  {path}: {}", missing[path.as_str()])));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared >= 193, "{compared} compared, and it was 193");
}

#[test]
fn vectors_are_those_of_the_aws_cdk() {
    let case = "tests/ids/vectors.json is current";
    let Some(library) = tools::find_or_skip(case, "npm/node_modules/aws-cdk-lib") else { return };
    let modules = library.parent().expect("a package lies in node_modules");
    let output = Command::new("node")
        .arg(tools::root().join("tests/ids/vectors.js"))
        .env("NODE_PATH", modules)
        .output()
        .expect("node starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let committed = fs::read(tools::root().join("tests/ids/vectors.json")).expect("the table is committed");
    assert!(output.stdout == committed, "tests/ids/vectors.json differs; its program says how to renew it");
}
