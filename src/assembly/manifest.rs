//! `manifest.json`, the templates and the asset manifests.

use std::collections::{BTreeMap, BTreeSet};

use belvedere_grafana::{AppliedContent, AssemblyFile};
use serde_json::{Map, Value as JsonValue, json};

use super::StackSummary;
use super::asset_manifest::asset_manifest;
use super::entry::{Artifact, Artifacts, Manifest};
use super::files::{Failure, Files};
use super::staging::Staging;
use super::tree::Tree;
use crate::app::Deployable;
use crate::asset::{AssetStaging, sha256};
use crate::body::Body;
use crate::contents::PlacedContent;
use crate::environment::Environment;
use crate::problem::{Problem, SynthError};
use crate::stack::Stack;
use crate::validate;

/// The version of the format. Newer ones exist; every official CLI since the middle of 2024 reads this one.
pub(super) const SCHEMA_VERSION: &str = "36.0.0";

/// What is to be said of an assembly beside its files.
#[derive(Debug, Default)]
pub(crate) struct Rendered {
    pub(crate) stacks: Vec<StackSummary>,
    /// What is wrong, and shows only in the finished files.
    pub(crate) problems: Vec<Problem>,
}

impl Rendered {
    /// Returns why an app with these problems, and with those of its files, is refused.
    pub(crate) fn refused(self, mut problems: Vec<Problem>) -> SynthError {
        problems.extend(self.problems);
        let warnings = self.stacks.into_iter().flat_map(|stack| stack.warnings).collect();
        SynthError::Invalid { problems, warnings }
    }
}

/// Renders an app.
pub(crate) fn render(
    parts: &[Deployable],
    waits: &BTreeMap<String, Vec<String>>,
    files: &mut Files,
) -> Result<Rendered, Failure> {
    let mut rendering = Rendering { waits, files, rendered: Rendered::default() };
    rendering.level(parts, "", "")?;
    Ok(rendering.rendered)
}

struct Rendering<'a> {
    /// The stacks that each stack needs, by artifact id.
    waits: &'a BTreeMap<String, Vec<String>>,
    files: &'a mut Files,
    rendered: Rendered,
}

impl Rendering<'_> {
    /// Renders an app or a stage, which is an assembly of its own inside that of the app.
    fn level(&mut self, parts: &[Deployable], directory: &str, prefix: &str) -> Result<(), Failure> {
        let mut stagings: BTreeMap<String, Stack> = BTreeMap::new();
        let mut artifacts = Artifacts::new();
        let tree = json!({ "type": "cdk:tree", "properties": { "file": "tree.json" } });
        artifacts.insert("Tree".to_owned(), Artifact::plain(tree));

        let here: BTreeSet<String> = parts
            .iter()
            .filter_map(|part| match part {
                Deployable::Stack(stack) => Some(stack.body.artifact_id()),
                Deployable::Stage(_) => None,
            })
            .collect();
        let mut summaries: Vec<(StackSummary, Vec<String>)> = Vec::new();
        for part in parts {
            match part {
                Deployable::Stack(stack) => {
                    let needs = self.waits.get(&stack.body.artifact_id()).map_or(&[][..], Vec::as_slice);
                    for foreign in needs.iter().filter(|id| !here.contains(*id)) {
                        self.rendered.problems.push(Problem {
                        path: format!("{}{}", stack.body.prefix, stack.body.id),
                        message: format!("needs stack `{foreign}` of another stage, and stages are deployed apart: pass the value as a parameter, or keep both in one stage"),
                        location: None,
                    });
                    }
                    let mut artifact = StackArtifact::new(&stack.body, needs, directory, &mut self.rendered.problems);
                    if let AssetStaging::Stack { qualifier } = &stack.body.asset_staging {
                        for (staging, id) in artifact.staged_by(qualifier, prefix) {
                            stagings
                                .entry(id)
                                .or_insert_with(|| staging.stack(qualifier, &stack.body.environment, prefix));
                        }
                    }
                    summaries.push(artifact.finish(&mut artifacts, self.files)?);
                }
                Deployable::Stage(stage) => {
                    let name = format!("assembly-{}", stage.id);
                    let below = format!("{prefix}{}/", stage.id);
                    let stage_artifact = json!({
                        "type": "cdk:cloud-assembly",
                        "properties": { "directoryName": name, "displayName": below.trim_end_matches('/') },
                    });
                    artifacts.insert(name.clone(), Artifact::plain(stage_artifact));
                    let inner = format!("{directory}{name}/");
                    self.files.make_directory(&inner)?;
                    self.level(&stage.parts, &inner, &below)?;
                }
            }
        }
        for stack in stagings.values_mut() {
            stack.body.finish_resources();
            self.rendered.problems.append(&mut stack.body.problems);
        }
        for stack in stagings.values() {
            let artifact = StackArtifact::new(&stack.body, &[], directory, &mut self.rendered.problems);
            summaries.push(artifact.finish(&mut artifacts, self.files)?);
        }
        self.rendered.stacks.extend(in_deploy_order(summaries));

        let added: Vec<&Body> = stagings.values().map(|stack| &stack.body).collect();
        self.files.json(format!("{directory}tree.json"), &Tree { parts, added: &added })?;
        self.files
            .bytes(format!("{directory}cdk.out"), format!("{{\"version\":\"{SCHEMA_VERSION}\"}}").into_bytes())?;
        self.files.json(format!("{directory}manifest.json"), &Manifest { artifacts })
    }
}

/// Puts every stack after those that it needs. A cycle was reported already, and is left in any order.
fn in_deploy_order(mut stacks: Vec<(StackSummary, Vec<String>)>) -> Vec<StackSummary> {
    let mut ordered: Vec<StackSummary> = Vec::new();
    let mut placed: BTreeSet<String> = BTreeSet::new();
    while !stacks.is_empty() {
        let known: BTreeSet<&String> = stacks.iter().map(|(stack, _)| &stack.template_file).collect();
        let ready = stacks
            .iter()
            .position(|(_, needs)| needs.iter().all(|need| placed.contains(need) || !known.contains(need)))
            .unwrap_or(0);
        let (stack, _) = stacks.remove(ready);
        placed.insert(stack.template_file.clone());
        ordered.push(stack);
    }
    ordered
}

struct StackArtifact<'a> {
    body: &'a Body,
    id: String,
    template: Vec<u8>,
    needs: &'a [String],
    directory: &'a str,
    from_bucket: bool,
    staging_ids: Vec<String>,
}

impl<'a> StackArtifact<'a> {
    fn new(body: &'a Body, needs: &'a [String], directory: &'a str, problems: &mut Vec<Problem>) -> Self {
        let template = body.template.pretty();
        validate::template_size(body, template.len(), problems);
        let has_assets = !body.assets.is_empty() || !body.images.is_empty();
        let from_bucket = has_assets || template.len() > validate::MAX_INLINE_TEMPLATE_BYTES;
        Self { id: body.artifact_id(), body, template, needs, directory, from_bucket, staging_ids: Vec::new() }
    }

    /// Makes the stack wait for those with the bucket and the repository for its assets, where it needs them. Returns
    /// these with their artifact ids.
    fn staged_by(&mut self, qualifier: &str, prefix: &str) -> Vec<(Staging, String)> {
        let needed = [(Staging::Bucket, self.from_bucket), (Staging::Repository, !self.body.images.is_empty())];
        let id =
            |staging: Staging| format!("{}{}", prefix.replace('/', "-"), staging.id(qualifier, &self.body.environment));
        let needed = needed.into_iter().filter(|(_, is_needed)| *is_needed);
        let stagings: Vec<(Staging, String)> = needed.map(|(staging, _)| (staging, id(staging))).collect();
        self.staging_ids = stagings.iter().map(|(_, id)| id.clone()).collect();
        stagings
    }

    /// Adds the stack's artifacts and files. Returns its summary and the template files that it has to wait for.
    fn finish(self, artifacts: &mut Artifacts<'a>, files: &mut Files) -> Result<(StackSummary, Vec<String>), Failure> {
        let Self { body, id, template, needs, directory, from_bucket, staging_ids } = self;
        let template_file = format!("{id}.template.json");
        let environment = &body.environment;
        let bucket = body.asset_staging.bucket_placeholder(environment);
        let mut dependencies: Vec<String> = staging_ids.iter().cloned().chain(needs.iter().cloned()).collect();

        let mut properties = Map::new();
        properties.insert("templateFile".to_owned(), json!(template_file));
        properties.insert("stackName".to_owned(), json!(body.deployed_name()));
        if body.termination_protection {
            properties.insert("terminationProtection".to_owned(), json!(true));
        }
        if !body.stack_tags.is_empty() {
            properties.insert("tags".to_owned(), json!(body.stack_tags));
        }
        properties.insert("validateOnSynth".to_owned(), json!(false));
        if let AssetStaging::Bootstrapped { qualifier } = &body.asset_staging {
            bootstrap_roles(&mut properties, qualifier, environment);
        }
        if from_bucket {
            let hash = sha256(&template);
            properties.insert("stackTemplateAssetObjectUrl".to_owned(), json!(format!("s3://{bucket}/{hash}.json")));
            let assets = asset_manifest(body, &template_file, hash, files, directory)?;
            let asset_file = format!("{id}.assets.json");
            files.json(format!("{directory}{asset_file}"), &assets)?;
            let artifact = format!("{id}.assets");
            let fields = json!({
                "type": "cdk:asset-manifest",
                "properties": { "file": asset_file },
                "dependencies": staging_ids,
            });
            artifacts.insert(artifact.clone(), Artifact::plain(fields));
            dependencies.push(artifact);
        }
        let contents: Vec<_> = body.contents.iter().filter_map(PlacedContent::applied).collect();
        if !contents.is_empty() {
            files.json(format!("{directory}{}", AssemblyFile::file_name(&id)), &AssemblyFile::new(contents))?;
        }
        let path = format!("{}{}", body.prefix, body.id);
        let fields = json!({
            "type": "aws:cloudformation:stack",
            "environment": environment.to_string(),
            "properties": properties,
            "dependencies": dependencies,
            "displayName": path,
        });
        artifacts.insert(id, Artifact { fields, stack: Some(body) });
        let summary =
            summary(body, path, format!("{directory}{template_file}"), template.len(), from_bucket.then_some(bucket));
        files.bytes(format!("{directory}{template_file}"), template)?;
        let waits = staging_ids.iter().chain(needs).map(|need| format!("{directory}{need}.template.json")).collect();
        Ok((summary, waits))
    }
}

fn bootstrap_roles(properties: &mut Map<String, JsonValue>, qualifier: &str, environment: &Environment) {
    let account = environment.account().unwrap_or("${AWS::AccountId}");
    let region = environment.region().unwrap_or("${AWS::Region}");
    let role = |name: &str| {
        format!("arn:${{AWS::Partition}}:iam::{account}:role/cdk-{qualifier}-{name}-role-{account}-{region}")
    };
    let version_parameter = format!("/cdk-bootstrap/{qualifier}/version");
    properties.insert("assumeRoleArn".to_owned(), json!(role("deploy")));
    properties.insert("cloudFormationExecutionRoleArn".to_owned(), json!(role("cfn-exec")));
    properties.insert("requiresBootstrapStackVersion".to_owned(), json!(6));
    properties.insert("bootstrapStackVersionSsmParameter".to_owned(), json!(version_parameter));
    properties.insert(
        "lookupRole".to_owned(),
        json!({
            "arn": role("lookup"),
            "requiresBootstrapStackVersion": 8,
            "bootstrapStackVersionSsmParameter": version_parameter,
        }),
    );
}

fn summary(
    body: &Body,
    path: String,
    template_file: String,
    template_bytes: usize,
    from_bucket: Option<String>,
) -> StackSummary {
    let mut services: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, resource) in &body.template.resources {
        let mut segments = resource.resource_type().split("::");
        let first = segments.next().unwrap_or_default();
        *services.entry(if first == "AWS" { segments.next().unwrap_or(first) } else { first }).or_default() += 1;
    }
    let mut resources: Vec<(String, usize)> =
        services.into_iter().map(|(service, count)| (service.to_owned(), count)).collect();
    resources.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    StackSummary {
        path,
        name: body.deployed_name(),
        template_file,
        template_bytes,
        resources,
        outputs: body
            .template
            .outputs
            .iter()
            .map(|(id, output)| (id.to_string(), output.description_text().map(str::to_owned)))
            .collect(),
        fillings: body.contents.iter().filter_map(PlacedContent::applied).map(filling).collect(),
        warnings: body.warnings.iter().map(ToString::to_string).collect(),
        from_bucket,
    }
}

/// Says what a content has.
fn filling(applied: &AppliedContent) -> String {
    let document = &applied.document;
    let rules = document.alerting.rule_groups.iter().map(|group| group.rules.len()).sum();
    let counts = [
        (document.folders.len(), "folder"),
        (document.data_sources.len(), "data source"),
        (document.dashboards.len(), "dashboard"),
        (rules, "alert rule"),
        (document.alerting.contact_points.len(), "contact point"),
    ];
    let said = counts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| match count {
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    });
    said.collect::<Vec<_>>().join(", ")
}
