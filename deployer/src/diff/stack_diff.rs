//! What differs between stacks of an assembly and what is deployed.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;

use aws_sdk_cloudformation::types::{Parameter, Tag};
use serde::Serialize;
use serde_json::Value;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::change_set::ChangeSetView;
use super::definition::definitions;
use super::deployed::Deployed;
use super::diff_error::DiffError;
use super::fail_on::FailOn;
use super::options::DiffOptions;
use super::render::Pen;
use super::template_diff::{TemplateDiff, compare};
use super::view::{Request, view};
use crate::account::check_account;
use crate::assets::Staged;
use crate::clients::Clients;
use crate::deploy::template::are_akin;
use crate::parameters::see_that_they_are_known;
use crate::secrets::Secrets;
use crate::stack::{Stack, TemplateFile};

/// What differs between a stack of an assembly and what is deployed.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct StackDiff {
    /// The display name.
    pub stack: String,
    /// The name in CloudFormation.
    pub stack_name: String,
    /// Whether nothing is deployed yet.
    pub is_new: bool,
    /// What differs between the templates.
    pub template: TemplateDiff,
    /// What CloudFormation says that it would do, where it was asked and answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change_set: Option<ChangeSetView>,
    /// What whoever reads this should know, as sentences in lower case without a full stop.
    pub notes: Vec<String>,
}

impl StackDiff {
    /// Whether any of what must not happen would, by the templates or by what CloudFormation says.
    #[must_use]
    pub fn violates(&self, fail_on: &[FailOn]) -> bool {
        let changes = self.change_set.iter().flat_map(|view| &view.changes);
        let says = |fail_on: &FailOn| match fail_on {
            FailOn::Any => changes.clone().next().is_some(),
            FailOn::Replace => changes.clone().any(|change| change.replacement.as_deref() == Some("True")),
            FailOn::Destroy => changes.clone().any(|change| {
                change.action == "Remove"
                    && !matches!(change.policy_action.as_deref(), Some("Retain" | "Snapshot"))
                    && self.template.resources.iter().all(|known| known.logical_id != change.logical_id)
            }),
            FailOn::Broaden => false,
        };
        self.template.violates(fail_on) || fail_on.iter().any(says)
    }

    /// The difference as text, which ends with a line break.
    #[must_use]
    pub fn render(&self, is_coloured: bool) -> String {
        let pen = Pen { is_coloured };
        let mut text = pen.bold(&format!("Stack {}", self.stack));
        if self.stack_name != self.stack {
            text += &format!(" ({})", self.stack_name);
        }
        text += if self.is_new { ", not deployed yet\n" } else { "\n" };
        for note in &self.notes {
            text += &format!("{} {note}\n", pen.yellow("note:"));
        }
        if let Some(view) =
            self.change_set.as_ref().filter(|view| !view.changes.is_empty() || !self.template.is_empty())
        {
            text += &view.render(pen);
        }
        text + &self.template.render(is_coloured)
    }
}

/// So many stacks are compared at a time.
const AT_A_TIME: usize = 4;

/// Compares `stacks` with what is deployed. A stack that is not there is all new. With [`DiffOptions::change_set`]
/// CloudFormation is asked, too, and nothing of that stays.
///
/// # Errors
/// A stack is for another account, a value is given for a parameter that nobody has, a template cannot be read, AWS does
/// not answer, a deployed template is not JSON, or somebody interrupts. The error is that of the first stack that has one,
/// after all are done.
pub async fn diff(stacks: &[&Stack], clients: &Clients, options: &DiffOptions) -> Result<Vec<StackDiff>, DiffError> {
    check_account(stacks, clients.identity()).map_err(Box::new)?;
    see_that_they_are_known(stacks, &options.parameters)?;
    let staged = Staged::of(stacks, clients).await?;
    let stacks = staged.stacks();
    let places = Arc::new(Semaphore::new(AT_A_TIME));
    let mut tasks = JoinSet::new();
    for (index, stack) in stacks.iter().enumerate() {
        let (stack, options, places) = ((*stack).clone(), options.clone(), Arc::clone(&places));
        let clients = match &stack.environment.region {
            Some(region) => clients.in_region(region),
            None => clients.clone(),
        };
        tasks.spawn(async move {
            let _place = places.acquire().await;
            (index, one(&stack, &clients, &options).await)
        });
    }
    let mut results = BTreeMap::new();
    while let Some(done) = tasks.join_next().await {
        let (index, result) = done.map_err(|error| DiffError::Task { cause: error.to_string() })?;
        results.insert(index, result);
    }
    results.into_values().collect()
}

async fn one(stack: &Stack, clients: &Clients, options: &DiffOptions) -> Result<StackDiff, DiffError> {
    let path = &stack.template.path;
    let text = fs::read_to_string(path).map_err(|source| DiffError::File { path: path.clone(), source })?;
    let new: Value =
        serde_json::from_str(&text).map_err(|source| DiffError::Template { path: path.clone(), source })?;
    let deployed = Deployed::get(clients, &stack.stack_name).await?;
    let mut diff = StackDiff {
        stack: stack.display_name.clone(),
        stack_name: stack.stack_name.clone(),
        is_new: deployed.is_new(),
        template: compare(&deployed.template, &new),
        change_set: None,
        notes: Vec::new(),
    };
    if !deployed.is_new() && !are_akin(&new, &deployed.template) {
        diff.notes
            .push("none of these constructs are in the stack that there is: it was deployed by another app".into());
    }
    let secrets = Secrets::of(&[stack], &options.parameters);
    if options.change_set {
        match request(stack, text, &new, &deployed, options) {
            Ok(request) => match view(clients.clone(), request).await? {
                Ok(view) => {
                    let changes = view.changes.into_iter().map(|change| change.masked(&secrets)).collect();
                    diff.change_set = Some(ChangeSetView { changes });
                }
                Err(refusal) => {
                    let refusal = secrets.mask(&refusal);
                    diff.notes.push(format!("CloudFormation makes no change set: {refusal}"));
                }
            },
            Err(reason) => diff.notes.push(reason),
        }
    }
    Ok(diff)
}

/// Returns what to ask CloudFormation, or why it cannot be asked.
fn request(
    stack: &Stack,
    text: String,
    new: &Value,
    deployed: &Deployed,
    options: &DiffOptions,
) -> Result<Request, String> {
    if deployed.status.as_deref() == Some("ROLLBACK_COMPLETE") {
        return Err("its first deployment failed (ROLLBACK_COMPLETE), so it is deleted before it is made anew and no \
                    change set can be made of it"
            .into());
    }
    // Without its layout, a template may still be sent in the request itself.
    let is_large = |text: &str| text.len() as u64 > TemplateFile::INLINE_LIMIT;
    let template = if is_large(&text) { new.to_string() } else { text };
    if is_large(&template) {
        return Err(format!(
            "no change set is made: the template has {} bytes, and more than {} are taken from S3 only",
            template.len(),
            TemplateFile::INLINE_LIMIT
        ));
    }
    let mut parameters = Vec::new();
    for name in new.get("Parameters").and_then(Value::as_object).into_iter().flatten().map(|(name, _)| name) {
        let parameter = Parameter::builder().parameter_key(name);
        match options.parameters.get(name).or_else(|| stack.parameters.get(name)) {
            Some(value) => parameters.push(parameter.parameter_value(value).build()),
            None if !deployed.is_new() && deployed.parameters.contains(name) => {
                parameters.push(parameter.use_previous_value(true).build());
            }
            None => {}
        }
    }
    let mut tags = stack.tags.clone();
    tags.extend(options.tags.clone());
    let mut paths = BTreeMap::new();
    for template in [&deployed.template, new] {
        paths.extend(definitions(template).into_iter().filter_map(|(id, definition)| Some((id, definition.path?))));
    }
    Ok(Request {
        stack_name: stack.stack_name.clone(),
        template,
        parameters,
        tags: tags.into_iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect(),
        is_new: deployed.is_new(),
        is_absent: deployed.status.is_none(),
        paths,
    })
}
