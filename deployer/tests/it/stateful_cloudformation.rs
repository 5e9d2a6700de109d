//! A CloudFormation with one stack, `App`, that takes and refuses calls as the real one does in each state of a stack.
//! The rules are those of the API reference, the words those that the service uses.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::fake::{Answer, Fake, Request};

/// A resource of the stack: logical id, type, physical id, status, reason.
type Resource = (&'static str, &'static str, &'static str, String, &'static str);

/// A running one, until it is dropped.
pub(crate) struct StatefulCloudFormation {
    pub(crate) url: String,
    model: Arc<Mutex<Model>>,
    _fake: Fake,
}

/// What it knows.
#[derive(Default)]
struct Model {
    /// The state of the stack; nothing where there is none.
    state: Option<String>,
    /// The states that are still to come, one at every second look at the events.
    to_come: VecDeque<String>,
    looks: usize,
    /// A stack that is made anew has an ARN of its own.
    generation: usize,
    /// The generation, what it is about, its type, its status and the reason.
    events: Vec<(usize, String, String, String, String)>,
    resources: Vec<Resource>,
    /// The names of change sets, and whether each makes a stack.
    sets: Vec<(String, bool)>,
    template: String,
    /// The resource that no roll back gets by.
    stubborn: Option<&'static str>,
    /// The parameters that the stack has values of.
    parameters: Vec<&'static str>,
    /// Why change sets are refused.
    refusal: Option<String>,
    calls: Vec<(String, String)>,
}

const UPDATABLE: [&str; 7] = [
    "CREATE_COMPLETE",
    "UPDATE_COMPLETE",
    "UPDATE_ROLLBACK_COMPLETE",
    "IMPORT_COMPLETE",
    "IMPORT_ROLLBACK_COMPLETE",
    "CREATE_FAILED",
    "UPDATE_FAILED",
];

impl StatefulCloudFormation {
    /// One whose stack has this state and this template.
    pub(crate) fn start(state: &str, template: &str) -> Self {
        let mut model = Model { template: template.into(), generation: 1, ..Model::default() };
        let status = |status: &str| status.to_owned();
        let (topic, table) = match state {
            "REVIEW_IN_PROGRESS" | "DELETE_COMPLETE" => (None, None),
            "ROLLBACK_COMPLETE" => (Some(status("DELETE_COMPLETE")), Some(status("DELETE_COMPLETE"))),
            "UPDATE_ROLLBACK_FAILED" => (Some(status("UPDATE_FAILED")), Some(status("CREATE_COMPLETE"))),
            "CREATE_FAILED" => (Some(status("CREATE_FAILED")), Some(status("CREATE_COMPLETE"))),
            _ => (Some(status("CREATE_COMPLETE")), Some(status("CREATE_COMPLETE"))),
        };
        let reason = if topic.as_deref() == Some("UPDATE_FAILED") { "the topic was deleted by hand" } else { "" };
        model.resources.extend(topic.map(|status| ("Topic", "AWS::SNS::Topic", "arn:topic", status, reason)));
        model.resources.extend(table.map(|status| ("Table", "AWS::DynamoDB::Table", "orders", status, "")));
        if state == "REVIEW_IN_PROGRESS" {
            model.sets.push(("belvedere-of-a-run-that-was-killed".into(), true));
        }
        model.go(state, "");
        model.to_come = after(state).iter().map(|state| (*state).to_owned()).collect();
        let model = Arc::new(Mutex::new(model));
        let shared = Arc::clone(&model);
        let fake = Fake::start(move |request| lock(&shared).answer(request));
        Self { url: fake.url.clone(), model, _fake: fake }
    }

    /// A resource that no roll back gets by, unless it is told to skip it.
    pub(crate) fn stubborn(self, resource: &'static str) -> Self {
        lock(&self.model).stubborn = Some(resource);
        self
    }

    /// A parameter that the stack has a value of.
    pub(crate) fn parameter(self, name: &'static str) -> Self {
        lock(&self.model).parameters.push(name);
        self
    }

    /// Refuses change sets, in these words.
    pub(crate) fn refusing(self, words: &str) -> Self {
        lock(&self.model).refusal = Some(words.into());
        self
    }

    /// A change set of somebody else.
    pub(crate) fn change_set(self, name: &str) -> Self {
        lock(&self.model).sets.push((name.into(), true));
        self
    }

    /// The state of the stack; `none` where there is none.
    pub(crate) fn state(&self) -> String {
        lock(&self.model).state.clone().unwrap_or_else(|| "none".into())
    }

    /// The calls until now that change something.
    pub(crate) fn changes(&self) -> Vec<String> {
        let reads = |name: &str| ["Describe", "Get", "List"].iter().any(|verb| name.starts_with(verb));
        lock(&self.model).calls.iter().map(|(name, _)| name.clone()).filter(|name| !reads(name)).collect()
    }

    /// The forms of the calls of this name.
    pub(crate) fn forms(&self, name: &str) -> Vec<String> {
        lock(&self.model).calls.iter().filter(|(call, _)| call == name).map(|(_, form)| form.clone()).collect()
    }
}

fn lock(model: &Mutex<Model>) -> MutexGuard<'_, Model> {
    model.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The states that follow by themselves.
fn after(state: &str) -> &'static [&'static str] {
    match state {
        "CREATE_IN_PROGRESS" => &["CREATE_COMPLETE"],
        "ROLLBACK_IN_PROGRESS" => &["ROLLBACK_COMPLETE"],
        "DELETE_IN_PROGRESS" => &["DELETE_COMPLETE"],
        "UPDATE_IN_PROGRESS" => &["UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_COMPLETE"],
        "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS" | "MELTING_IN_PROGRESS" => &["UPDATE_COMPLETE"],
        "UPDATE_ROLLBACK_IN_PROGRESS" => &["UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE"],
        "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS" => &["UPDATE_ROLLBACK_COMPLETE"],
        "IMPORT_IN_PROGRESS" => &["IMPORT_COMPLETE"],
        "IMPORT_ROLLBACK_IN_PROGRESS" => &["IMPORT_ROLLBACK_COMPLETE"],
        _ => &[],
    }
}

type Refused = (&'static str, String);

impl Model {
    fn go(&mut self, state: &str, reason: &str) {
        let event = (self.generation, "App".into(), "AWS::CloudFormation::Stack".into(), state.into(), reason.into());
        self.events.push(event);
        self.state = Some(state.into());
        if state == "DELETE_COMPLETE" {
            self.resources.clear();
        }
    }

    /// Begins an operation, which comes to its end by itself.
    fn begin(&mut self, state: &str) {
        self.go(state, "User Initiated");
        self.to_come = after(state).iter().map(|state| (*state).to_owned()).collect();
    }

    fn arn(&self, generation: usize) -> String {
        format!("arn:aws:cloudformation:eu-central-1:123456789012:stack/App/{generation}")
    }

    fn is(&self, state: &str) -> bool {
        self.state.as_deref() == Some(state)
    }

    fn exists(&self) -> bool {
        self.state.is_some() && !self.is("DELETE_COMPLETE")
    }

    fn answer(&mut self, request: &Request) -> Answer {
        let form = |name: &str| -> Option<String> {
            let mut pairs = request.body.split('&').filter_map(|pair| pair.split_once('='));
            Some(decoded(pairs.find(|(key, _)| *key == name)?.1))
        };
        // Other services are asked by JSON, and their calls have their names in a header.
        let target = request.headers.get("x-amz-target").and_then(|target| target.rsplit('.').next());
        let other = || target.map_or_else(|| format!("{} {}", request.method, request.target), str::to_owned);
        let action: String = form("Action").unwrap_or_else(other);
        self.calls.push((action.clone(), decoded(&request.body)));
        match self.result(&action, &form) {
            Ok(result) => {
                Answer::new(200).body(&format!("<{action}Response><{action}Result>{result}</{action}Result></{action}Response>"))
            }
            Err((code, message)) => Answer::new(400).body(&format!(
                "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
            )),
        }
    }

    fn result(&mut self, action: &str, form: &dyn Fn(&str) -> Option<String>) -> Result<String, Refused> {
        let invalid = |message: String| Err(("ValidationError", message));
        if action == "GetCallerIdentity" {
            return Ok("<Account>123456789012</Account><Arn>arn:aws:iam::123456789012:user/ana</Arn>".into());
        }
        let name = form("StackName").unwrap_or_default();
        let state = self.state.clone().unwrap_or_default();
        let creates = form("ChangeSetType").as_deref() == Some("CREATE");
        // A stack that is gone is known by its ARN alone.
        let generation = name.rsplit('/').next().and_then(|last| last.parse().ok());
        let there = self.exists() || generation.is_some();
        if !there && !name.is_empty() && !creates && !["CreateStack", "DeleteStack"].contains(&action) {
            return invalid(format!("Stack with id {name} does not exist"));
        }
        let (arn, generation) = (self.arn(self.generation), generation.unwrap_or(self.generation));
        let not_updatable = || format!("Stack:{arn} is in {state} state and can not be updated.");
        let non_terminal = || {
            format!(
                "This stack is currently in a non-terminal [{state}] state. To update the stack from this state, please \
                 use the disable-rollback parameter with update-stack API. To rollback to the last known good state, use \
                 the rollback-stack API"
            )
        };
        let must_stay = state.ends_with("_FAILED") && form("DisableRollback").as_deref() != Some("true");
        match action {
            "DescribeStacks" => {
                let state = if generation == self.generation { state } else { "DELETE_COMPLETE".into() };
                let parameters = self.parameters.iter().map(|name| {
                    format!("<member><ParameterKey>{name}</ParameterKey><ParameterValue>1</ParameterValue></member>")
                });
                Ok(format!(
                    "<Stacks><member><StackName>App</StackName><StackId>{}</StackId>\
                     <Parameters>{}</Parameters><CreationTime>2026-01-01T00:00:00Z</CreationTime>\
                     <StackStatus>{state}</StackStatus></member></Stacks>",
                    self.arn(generation),
                    parameters.collect::<String>()
                ))
            }
            "DescribeStackEvents" => Ok(self.events_of(generation)),
            "GetTemplate" if state == "REVIEW_IN_PROGRESS" => invalid(format!("Stack with id {name} does not exist")),
            "GetTemplate" => Ok(format!("<TemplateBody>{}</TemplateBody>", self.template.replace('"', "&quot;"))),
            "ListStackResources" => Ok(self.resources()),
            "ListExports" => Ok("<Exports/>".into()),
            "ListChangeSets" => {
                let sets = self.sets.iter().map(|(name, _)| {
                    format!("<member><ChangeSetName>{name}</ChangeSetName><Status>CREATE_COMPLETE</Status></member>")
                });
                Ok(format!("<Summaries>{}</Summaries>", sets.collect::<String>()))
            }
            "CreateChangeSet" => {
                let set = form("ChangeSetName").unwrap_or_default();
                if let Some(words) = &self.refusal {
                    return invalid(words.clone());
                }
                if creates && self.exists() && !self.is("REVIEW_IN_PROGRESS") {
                    return invalid(format!(
                        "Stack [App] already exists and cannot be created again with the changeSet [{set}]."
                    ));
                }
                if !creates && !UPDATABLE.contains(&state.as_str()) {
                    return invalid(not_updatable());
                }
                if creates && !self.exists() {
                    self.generation += usize::from(self.state.is_some());
                    self.go("REVIEW_IN_PROGRESS", "User Initiated");
                }
                self.sets.push((set.clone(), creates));
                Ok(format!("<Id>{}</Id><StackId>{}</StackId>", change_set(&set), self.arn(self.generation)))
            }
            "DescribeChangeSet" => {
                let set = form("ChangeSetName").unwrap_or_default();
                Ok(format!(
                    "<ChangeSetId>{}</ChangeSetId><StackId>{arn}</StackId><Status>CREATE_COMPLETE</Status>\
                     <ExecutionStatus>AVAILABLE</ExecutionStatus><Changes><member><Type>Resource</Type><ResourceChange>\
                     <Action>Modify</Action><LogicalResourceId>Topic</LogicalResourceId>\
                     <ResourceType>AWS::SNS::Topic</ResourceType></ResourceChange></member></Changes>",
                    if set.starts_with("arn:") { set } else { change_set(&set) }
                ))
            }
            "DeleteChangeSet" => {
                let set = form("ChangeSetName").unwrap_or_default();
                self.sets.retain(|(name, _)| change_set(name) != set && *name != set);
                Ok(String::new())
            }
            "ExecuteChangeSet" => {
                let set = form("ChangeSetName").unwrap_or_default();
                let Some((_, creates)) = self.sets.iter().find(|(name, _)| change_set(name) == set).cloned() else {
                    return Err(("ChangeSetNotFound", format!("ChangeSet [{set}] does not exist")));
                };
                if !creates && must_stay {
                    return invalid(non_terminal());
                }
                self.sets.clear();
                self.begin(if creates { "CREATE_IN_PROGRESS" } else { "UPDATE_IN_PROGRESS" });
                Ok(String::new())
            }
            "CreateStack" if self.exists() => Err(("AlreadyExistsException", "Stack [App] already exists".into())),
            "CreateStack" => {
                self.generation += usize::from(self.state.is_some());
                self.begin("CREATE_IN_PROGRESS");
                Ok(format!("<StackId>{}</StackId>", self.arn(self.generation)))
            }
            "UpdateStack" if !UPDATABLE.contains(&state.as_str()) => invalid(not_updatable()),
            "UpdateStack" if must_stay => invalid(non_terminal()),
            "UpdateStack" => {
                self.begin("UPDATE_IN_PROGRESS");
                Ok(format!("<StackId>{arn}</StackId>"))
            }
            "DeleteStack" if !self.exists() || generation != self.generation => Ok(String::new()),
            "DeleteStack" if self.is("REVIEW_IN_PROGRESS") => {
                self.sets.clear();
                self.go("DELETE_COMPLETE", "");
                Ok(String::new())
            }
            "DeleteStack" => {
                if state.ends_with("_IN_PROGRESS")
                    && !["CREATE_IN_PROGRESS", "DELETE_IN_PROGRESS"].contains(&state.as_str())
                {
                    return invalid(format!("Stack [{arn}] cannot be deleted while in status {state}"));
                }
                self.begin("DELETE_IN_PROGRESS");
                Ok(String::new())
            }
            "RollbackStack" => {
                match state.as_str() {
                    "CREATE_FAILED" => self.begin("ROLLBACK_IN_PROGRESS"),
                    "UPDATE_FAILED" => self.begin("UPDATE_ROLLBACK_IN_PROGRESS"),
                    _ => return invalid(format!("Stack:{arn} is in {state} state and can not be rolled back")),
                }
                Ok(format!("<StackId>{arn}</StackId>"))
            }
            "ContinueUpdateRollback" => {
                if state != "UPDATE_ROLLBACK_FAILED" {
                    return invalid(format!("Stack:{arn} is in {state} state and can not continue an update rollback"));
                }
                self.begin("UPDATE_ROLLBACK_IN_PROGRESS");
                let skipped = form("ResourcesToSkip.member.1");
                if let Some(resource) = self.stubborn.filter(|resource| skipped.as_deref() != Some(resource)) {
                    let event = (self.generation, resource.into(), "AWS::SNS::Topic".into());
                    let (status, reason) = ("UPDATE_FAILED".into(), "the topic was deleted by hand".into());
                    self.events.push((event.0, event.1, event.2, status, reason));
                    self.to_come = VecDeque::from(["UPDATE_ROLLBACK_FAILED".to_owned()]);
                }
                Ok(String::new())
            }
            other => Err(("InvalidAction", format!("nobody expected {other}"))),
        }
    }

    fn events_of(&mut self, generation: usize) -> String {
        self.looks += 1;
        if self.looks.is_multiple_of(2)
            && let Some(next) = self.to_come.pop_front()
        {
            self.go(&next, "");
        }
        let arn = self.arn(generation);
        let events = self.events.iter().enumerate().filter(|(_, event)| event.0 == generation);
        let members = events.rev().map(|(number, (_, id, kind, status, reason))| {
            let physical = if kind == "AWS::CloudFormation::Stack" { &arn } else { id };
            format!(
                "<member><EventId>{number}</EventId><StackId>{arn}</StackId><StackName>App</StackName>\
                 <LogicalResourceId>{id}</LogicalResourceId><PhysicalResourceId>{physical}</PhysicalResourceId>\
                 <ResourceType>{kind}</ResourceType><Timestamp>2026-01-01T00:00:00Z</Timestamp>\
                 <ResourceStatus>{status}</ResourceStatus><ResourceStatusReason>{reason}</ResourceStatusReason></member>"
            )
        });
        format!("<StackEvents>{}</StackEvents>", members.collect::<String>())
    }

    fn resources(&self) -> String {
        let members = self.resources.iter().map(|(id, kind, physical, status, reason)| {
            format!(
                "<member><LogicalResourceId>{id}</LogicalResourceId><PhysicalResourceId>{physical}</PhysicalResourceId>\
                 <ResourceType>{kind}</ResourceType><LastUpdatedTimestamp>2026-01-01T00:00:00Z</LastUpdatedTimestamp>\
                 <ResourceStatus>{status}</ResourceStatus><ResourceStatusReason>{reason}</ResourceStatusReason></member>"
            )
        });
        format!("<StackResourceSummaries>{}</StackResourceSummaries>", members.collect::<String>())
    }
}

fn change_set(name: &str) -> String {
    format!("arn:aws:cloudformation:eu-central-1:123456789012:changeSet/{name}/1")
}

/// A value of a form as it was before it was sent.
fn decoded(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let [byte, tail @ ..] = rest {
        rest = tail;
        match byte {
            b'+' => bytes.push(b' '),
            b'%' if tail.len() >= 2 => {
                let hex = std::str::from_utf8(&tail[..2]).ok().and_then(|hex| u8::from_str_radix(hex, 16).ok());
                bytes.extend(hex);
                rest = &tail[2..];
            }
            byte => bytes.push(*byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
