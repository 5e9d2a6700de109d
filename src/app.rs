//! [`App`] and [`Stage`]: several stacks, synthesized together.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fs;
use std::path::PathBuf;

use crate::assembly::{self, Assembly, Files, InMemory, Rendered};
use crate::body::{Body, NodeIndex};
use crate::environment::Environment;
use crate::problem::{Problem, SynthError};
use crate::references;
use crate::stack::{ResourceView, Stack};
use crate::validate;

/// The directory that the AWS CDK writes to when nobody says otherwise.
const DEFAULT_OUT_DIR: &str = "cdk.out";

/// Stacks and stages that are synthesized together, into one cloud assembly.
///
/// ```no_run
/// use belvedere::{App, Stack};
///
/// let mut app = App::from_env().out_dir("synth-output/example");
/// app.add(Stack::new("Network"));
/// let assembly = app.synth()?;
/// println!("{assembly}");
/// # Ok::<(), belvedere::SynthError>(())
/// ```
#[derive(Debug, Default)]
pub struct App {
    parts: Vec<Deployable>,
    out_dir: Option<PathBuf>,
    out_dir_from_env: Option<PathBuf>,
    context: serde_json::Map<String, serde_json::Value>,
    default_environment: Environment,
    tags: BTreeMap<String, String>,
    policies: Vec<Policy>,
    refused: Option<SynthError>,
}

/// Stacks that are deployed together, such as those of one environment: a folder in the app.
///
/// The stage's id comes before the names of its stacks: stack `Network` of stage `Prod` is deployed as `Prod-Network`.
#[derive(Debug)]
pub struct Stage {
    pub(crate) id: String,
    pub(crate) parts: Vec<Deployable>,
}

/// What an app or a stage is made of: stacks, and stages with stacks of their own.
#[derive(Debug)]
pub enum Deployable {
    /// A stack.
    Stack(Box<Stack>),
    /// A stage.
    Stage(Stage),
}

/// For the artifact id of each stack, those of the stacks that it has to wait for.
type Waits = BTreeMap<String, Vec<String>>;

type Check = dyn Fn(&ResourceView<'_>) -> Result<(), String>;

struct Policy {
    name: String,
    check: Box<Check>,
}

impl std::fmt::Debug for Policy {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("Policy").field(&self.name).finish()
    }
}

impl From<Stack> for Deployable {
    fn from(stack: Stack) -> Self {
        Self::Stack(Box::new(stack))
    }
}

impl From<Stage> for Deployable {
    fn from(stage: Stage) -> Self {
        Self::Stage(stage)
    }
}

impl Stage {
    /// Starts a stage with this id.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), parts: Vec::new() }
    }

    /// Starts a stack of this stage. It knows from the start where it is, unlike one of [`Stack::new`], and so names what
    /// is named by path after the stage too. It still has to be added.
    #[track_caller]
    #[must_use]
    pub fn stack(&self, id: impl Into<String>) -> Stack {
        let mut stack = Stack::new(id);
        stack.body.set_prefix(&format!("{}/", self.id));
        stack
    }

    /// Adds a stack or a nested stage.
    pub fn add(&mut self, part: impl Into<Deployable>) {
        self.parts.push(part.into());
    }
}

impl App {
    /// Starts an app that knows nothing of its surroundings.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Starts an app that honours what the `cdk` and `belvedere` commands tell their app program through the
    /// environment: `CDK_OUTDIR`, `CDK_CONTEXT_JSON`, `CDK_DEFAULT_ACCOUNT` and `CDK_DEFAULT_REGION`.
    ///
    /// This is the only place where the library reads the environment.
    #[must_use]
    pub fn from_env() -> Self {
        let mut app = Self::new();
        app.out_dir_from_env = env::var_os("CDK_OUTDIR").filter(|directory| !directory.is_empty()).map(PathBuf::from);
        let known = |name| env::var(name).ok().filter(|value| !value.is_empty());
        app.default_environment = Environment::from_parts(known("CDK_DEFAULT_ACCOUNT"), known("CDK_DEFAULT_REGION"));
        if let Some(json) = known("CDK_CONTEXT_JSON") {
            app.read_context("CDK_CONTEXT_JSON", &json);
        }
        // The CLI puts what is too long for an environment variable into a file.
        if let Some(path) = known("CONTEXT_OVERFLOW_LOCATION_ENV") {
            match fs::read_to_string(&path) {
                Ok(json) => app.read_context(&path, &json),
                Err(source) => {
                    app.refused =
                        Some(SynthError::Context { origin: path, source: Some(serde_json::Error::io(source)) });
                }
            }
        }
        app
    }

    fn read_context(&mut self, origin: &str, json: &str) {
        match serde_json::from_str(json) {
            Ok(serde_json::Value::Object(members)) => self.context.extend(members),
            Ok(_) => self.refused = Some(SynthError::Context { origin: origin.to_owned(), source: None }),
            Err(error) => {
                self.refused = Some(SynthError::Context { origin: origin.to_owned(), source: Some(error) });
            }
        }
    }

    /// Where the assembly is written unless the environment says otherwise. `cdk.out` by default.
    #[must_use]
    pub fn out_dir(mut self, directory: impl Into<PathBuf>) -> Self {
        self.out_dir = Some(directory.into());
        self
    }

    /// Returns a context value: from `cdk.json`, `cdk.context.json` or `--context key=value` of the command that runs
    /// the program.
    #[must_use]
    pub fn context(&self, key: &str) -> Option<&serde_json::Value> {
        self.context.get(key)
    }

    /// Returns the account and region of the credentials in use, as far as the command that runs the program knows them.
    #[must_use]
    pub const fn default_environment(&self) -> &Environment {
        &self.default_environment
    }

    /// Tags every stack of the app that does not have the tag itself.
    pub fn tag(&mut self, key: impl Into<String>, value: impl Into<String>) {
        self.tags.insert(key.into(), value.into());
    }

    /// Adds a stack or a stage.
    pub fn add(&mut self, part: impl Into<Deployable>) {
        self.parts.push(part.into());
    }

    /// Checks every resource at synthesis. What the check refuses is a problem that names it and the policy.
    ///
    /// ```
    /// # use belvedere::App;
    /// # let mut app = App::new();
    /// app.policy("no-public-ip", |view| match view.resource.properties().get("MapPublicIpOnLaunch") {
    ///     Some(belvedere::cfn::Expr::Bool(true)) => Err("gives its instances public addresses".to_owned()),
    ///     _ => Ok(()),
    /// });
    /// ```
    pub fn policy(
        &mut self,
        name: impl Into<String>,
        check: impl Fn(&ResourceView<'_>) -> Result<(), String> + 'static,
    ) {
        self.policies.push(Policy { name: name.into(), check: Box::new(check) });
    }

    /// Checks everything and writes the cloud assembly.
    ///
    /// # Errors
    ///
    /// Fails with [`SynthError::Invalid`], which lists everything that is wrong with the app, or with what stopped the
    /// writing. In either case an assembly that was there before is still there, whole.
    pub fn synth(mut self) -> Result<Assembly, SynthError> {
        let directory =
            self.out_dir_from_env.take().or_else(|| self.out_dir.take()).unwrap_or_else(|| DEFAULT_OUT_DIR.into());
        assembly::recover(&directory);
        let (waits, problems) = self.check()?;
        if !problems.is_empty() {
            return Err(self.render_in_memory(&waits).1.refused(problems));
        }
        assembly::write(&directory, |files| assembly::render(&self.parts, &waits, files))
    }

    /// Checks everything and renders the assembly without writing it.
    pub(crate) fn finish(mut self) -> Result<InMemory, SynthError> {
        let (waits, problems) = self.check()?;
        let (files, rendered) = self.render_in_memory(&waits);
        if problems.is_empty() && rendered.problems.is_empty() {
            Ok(InMemory { files, stacks: rendered.stacks })
        } else {
            Err(rendered.refused(problems))
        }
    }

    fn render_in_memory(&self, waits: &Waits) -> (BTreeMap<String, Vec<u8>>, Rendered) {
        let mut files = Files::Memory(BTreeMap::new());
        // Memory takes every file.
        let rendered = assembly::render(&self.parts, waits, &mut files).unwrap_or_default();
        (files.into_memory(), rendered)
    }

    /// Finishes the stacks. Returns which of them wait for which, and what is wrong.
    fn check(&mut self) -> Result<(Waits, Vec<Problem>), SynthError> {
        if let Some(refused) = self.refused.take() {
            return Err(refused);
        }
        for part in &mut self.parts {
            prefix(part, "");
        }
        let mut problems = Vec::new();
        duplicate_ids(&self.parts, "", &mut problems);

        let mut bodies: Vec<&mut Body> = Vec::new();
        collect(&mut self.parts, &mut bodies);
        let waits = references::resolve(&mut bodies, &mut problems);
        let types: BTreeSet<String> = bodies.iter().flat_map(|body| body.resource_types()).map(str::to_owned).collect();
        for body in &mut bodies {
            for (key, value) in &self.tags {
                body.stack_tags.entry(key.clone()).or_insert_with(|| value.clone());
            }
            body.apply_tags();
            body.check_renames();
            body.check_contents(&types);
            problems.append(&mut body.problems);
            validate::stack(body, &mut problems);
            for policy in &self.policies {
                body.visit(&mut |view| {
                    if let Err(complaint) = (policy.check)(view) {
                        problems.push(Problem {
                            path: view.path.to_owned(),
                            message: format!("{complaint} (policy `{}`)", policy.name),
                            location: None,
                        });
                    }
                });
            }
            body.finish_resources();
        }
        validate::names(&bodies, &mut problems);

        let names = bodies.iter().map(|body| body.artifact_id()).collect::<Vec<_>>();
        let waits = names
            .iter()
            .zip(waits)
            .map(|(name, needs)| (name.clone(), needs.into_iter().map(|index| names[index].clone()).collect()))
            .collect();
        locate(&bodies, &mut problems);
        Ok((waits, problems))
    }
}

/// Adds to problems that were found by path where in the program that path was defined.
fn locate(bodies: &[&mut Body], problems: &mut [Problem]) {
    for problem in problems.iter_mut().filter(|problem| problem.location.is_none()) {
        problem.location = bodies.iter().find_map(|body| {
            let below = problem.path.strip_prefix(&body.prefix)?.strip_prefix(&body.id)?;
            let node = match below.strip_prefix('/') {
                // An output of the stack is not known by its path.
                Some(path) => body.node_at(path).unwrap_or(NodeIndex::ROOT),
                None if below.is_empty() => NodeIndex::ROOT,
                None => return None,
            };
            Some(body.location(node))
        });
    }
}

/// Tells every stack the ids of the stages above it.
fn prefix(part: &mut Deployable, above: &str) {
    match part {
        Deployable::Stack(stack) => stack.body.set_prefix(above),
        Deployable::Stage(stage) => {
            let below = format!("{above}{}/", stage.id);
            for part in &mut stage.parts {
                prefix(part, &below);
            }
        }
    }
}

fn collect<'a>(parts: &'a mut [Deployable], bodies: &mut Vec<&'a mut Body>) {
    for part in parts {
        match part {
            Deployable::Stack(stack) => bodies.push(&mut stack.body),
            Deployable::Stage(stage) => collect(&mut stage.parts, bodies),
        }
    }
}

fn duplicate_ids(parts: &[Deployable], above: &str, problems: &mut Vec<Problem>) {
    let mut seen: Vec<&str> = Vec::new();
    for part in parts {
        let (id, what) = match part {
            Deployable::Stack(stack) => (stack.body.id.as_str(), "stack"),
            Deployable::Stage(stage) => {
                duplicate_ids(&stage.parts, &format!("{above}{}/", stage.id), problems);
                if stage.id.is_empty() || !stage.id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
                    problems.push(Problem {
                        path: format!("{above}{}", stage.id),
                        message: format!("a stage's id is letters, digits and hyphens, got `{}`", stage.id),
                        location: None,
                    });
                }
                (stage.id.as_str(), "stage")
            }
        };
        if seen.contains(&id) {
            problems.push(Problem {
                path: format!("{above}{id}"),
                message: format!("the {what}'s id `{id}` is taken: give one of them another id"),
                location: None,
            });
        }
        seen.push(id);
    }
}
