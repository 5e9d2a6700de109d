//! The file of a content.

use std::collections::{BTreeMap, BTreeSet};

use super::code::{Code, WIDTH};
use super::file::{is_kind, json_import, quoted, statements_of, uses};
use super::references::Variable;

/// How many parameters a function has before clippy complains.
const MANY: usize = 7;

/// A statement of the function `content`.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// `let name = content.add(part);`, with the name where something refers to it.
    Add(Option<Code>, Code),
    /// An empty line.
    Gap,
}

/// The file of a content, while it is made.
#[derive(Clone, Debug)]
pub(super) struct ContentFile {
    name: String,
    modules: Vec<String>,
    pub(super) functions: Vec<PartFunction>,
    steps: Vec<Step>,
}

/// A function that returns a part.
#[derive(Clone, Debug)]
pub(super) struct PartFunction {
    name: String,
    about: String,
    returns: String,
    body: Code,
    /// The names and types of its parameters.
    parameters: Vec<(String, String)>,
}

impl PartFunction {
    /// Takes what the body refers to as parameters.
    pub(super) fn new(name: String, about: String, returns: String, body: Code, variables: &[Variable]) -> Self {
        let used = body.names();
        let parameters = variables.iter().filter(|variable| used.contains(&variable.name));
        let parameters = parameters.map(|variable| (variable.name.clone(), variable.kind.clone())).collect();
        Self { name, about, returns, body, parameters }
    }

    pub(super) fn call(&self) -> Code {
        Code::call(&self.name, self.parameters.iter().map(|(name, _)| Code::plain(name)).collect())
    }

    fn text(&self) -> String {
        let parameters: Vec<String> = self.parameters.iter().map(|(name, kind)| format!("{name}: &{kind}")).collect();
        let mut text = comment("///", &self.about);
        if parameters.len() > MANY {
            text += "#[expect(clippy::too_many_arguments, reason = \"what it refers to\")]\n";
        }
        let line = format!("fn {}({}) -> {} {{\n", self.name, parameters.join(", "), self.returns);
        text += &if line.len() <= WIDTH + 1 {
            line
        } else {
            let lines: Vec<String> = parameters.iter().map(|parameter| format!("    {parameter},\n")).collect();
            format!("fn {}(\n{}) -> {} {{\n", self.name, lines.concat(), self.returns)
        };
        text + &statements_of(&self.body) + "}\n"
    }
}

/// Words as lines of comments.
fn comment(mark: &str, text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= WIDTH => *line += &format!(" {word}"),
            _ => lines.push(format!("{mark} {word}")),
        }
    }
    lines.into_iter().map(|line| line + "\n").collect()
}

impl ContentFile {
    pub(super) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), modules: Vec::new(), functions: Vec::new(), steps: Vec::new() }
    }

    pub(super) fn module(&mut self, name: &str) {
        self.modules.push(name.to_owned());
    }

    pub(super) fn step(&mut self, step: Step) {
        self.steps.push(step);
    }

    /// Parts what comes from what was.
    pub(super) fn end_of_kind(&mut self) {
        if matches!(self.steps.last(), Some(Step::Add(..))) {
            self.steps.push(Step::Gap);
        }
    }

    pub(super) fn text(mut self, variables: &[Variable], notes: &[String]) -> String {
        while matches!(self.steps.last(), Some(Step::Gap)) {
            self.steps.pop();
        }
        let mut text = format!("//! The content {}, made from what a Grafana holds.\n", quoted(&self.name));
        for note in notes {
            text += "//!\n";
            text += &comment("//!", note);
        }
        text += "\n";
        self.modules.sort();
        for module in &self.modules {
            text += &format!("pub mod {module};\n");
        }
        if !self.modules.is_empty() {
            text += "\n";
        }
        text += &self.imports(variables);
        text += "\n/// Returns the content.\n#[must_use]\npub fn content() -> Content {\n";
        let new = Code::call("Content::new", vec![Code::text(&self.name)]);
        if self.steps.is_empty() {
            text += &format!("    {}\n}}\n", new.layout(4, 4, 0));
            return text;
        }
        let mut read: BTreeSet<String> = BTreeSet::new();
        for step in &self.steps {
            if let Step::Add(_, code) = step {
                read.extend(code.names());
            }
        }
        text += &format!("    let mut content = {};\n", new.layout(4, 22, 1));
        let before = text.len();
        for variable in variables.iter().filter(|variable| read.contains(&variable.name)) {
            if let Some(existing) = &variable.existing {
                text += &binding(&variable.name, existing);
            }
        }
        if text.len() > before {
            text += "\n";
        }
        for step in &self.steps {
            let Step::Add(name, part) = step else {
                text += "\n";
                continue;
            };
            let mut code = Code::plain("content");
            code.method("add", vec![borrowed(part, variables)]);
            text += &match name {
                Some(Code::Plain(name)) if read.contains(name) => binding(name, &code),
                _ => format!("    {};\n", code.layout(4, 4, 1)),
            };
        }
        text += "    content\n}\n";
        for function in &self.functions {
            text += &format!("\n{}", function.text());
        }
        text
    }

    fn imports(&self, variables: &[Variable]) -> String {
        let mut names = BTreeSet::from(["Content".to_owned()]);
        let steps = self.steps.iter().filter_map(|step| match step {
            Step::Add(_, code) => Some(code),
            Step::Gap => None,
        });
        let existing = variables.iter().filter_map(|variable| variable.existing.as_ref());
        let codes: Vec<&Code> =
            steps.chain(self.functions.iter().map(|function| &function.body)).chain(existing).collect();
        codes.iter().for_each(|code| code.types(&mut names));
        for function in &self.functions {
            let kinds = function.parameters.iter().map(|(_, kind)| kind).chain([&function.returns]);
            names.extend(
                kinds.flat_map(|kind| kind.split(['<', '>'])).filter(|name| !name.is_empty()).map(str::to_owned),
            );
        }
        let mut by_module: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for name in names {
            by_module.entry(module_of(&name)).or_default().insert(name);
        }
        let mut text = String::new();
        if by_module.remove("std::time").is_some() {
            text += "use std::time::Duration;\n\n";
        }
        let root = by_module.remove("belvedere_grafana").unwrap_or_default();
        let of_root = uses("belvedere_grafana", &root);
        if root.len() == 1 {
            text += &of_root;
        }
        for (module, names) in &by_module {
            text += &uses(module, names);
        }
        if root.len() > 1 {
            text += &of_root;
        }
        text += json_import(codes.into_iter());
        text
    }
}

fn module_of(name: &str) -> &'static str {
    match name {
        "Duration" => "std::time",
        "Content" | "Folder" | "FolderRef" | "Secret" => "belvedere_grafana",
        "AlertRule" | "ContactPoint" | "ContactPointRef" | "Email" | "ErrorState" | "Grouping" | "Matcher"
        | "MessageTemplate" | "MuteTiming" | "MuteTimingRef" | "NoDataState" | "Notification" | "OpsGenie"
        | "PagerDuty" | "Policies" | "Receiver" | "RecordingRule" | "Reducer" | "Responder" | "Route" | "RuleGroup"
        | "Slack" | "SlackMention" | "Sns" | "SnsFormat" | "Teams" | "TimePeriod" | "Webhook" | "Weekday" => {
            "belvedere_grafana::alerting"
        }
        "CloudWatchTraces" | "DataSource" | "Exemplars" | "LogsToTraces" | "Loki" | "ManagedPrometheus" | "Mimir"
        | "PostgreSql" | "Prometheus" | "ServiceMap" | "SpanBar" | "SslMode" | "Tempo" | "TracesToLogs"
        | "TracesToMetrics" => "belvedere_grafana::datasource",
        name if is_kind(name) => "belvedere_grafana::datasource",
        _ => "belvedere_grafana::dashboard",
    }
}

/// A variable, laid out.
fn binding(name: &str, code: &Code) -> String {
    let head = format!("    let {name} = ");
    let beside = code.layout(4, head.len(), 1);
    let below = code.layout(8, 8, 1);
    // What does not fit beside the name stands below it, if it fits there.
    if beside.contains('\n') && !below.contains('\n') {
        return format!("    let {name} =\n        {below};\n");
    }
    format!("{head}{beside};\n")
}

/// Variables as arguments of a function that only looks at them.
fn borrowed(code: &Code, variables: &[Variable]) -> Code {
    let all = |codes: &[Code]| codes.iter().map(|code| borrowed(code, variables)).collect();
    match code {
        Code::Plain(name) if variables.iter().any(|variable| variable.name == *name) => Code::plain(format!("&{name}")),
        Code::Call(function, arguments) => Code::Call(function.clone(), all(arguments)),
        Code::Chain(head, methods) => {
            let methods = methods.iter().map(|(name, arguments)| (name.clone(), all(arguments))).collect();
            Code::Chain(Box::new(borrowed(head, variables)), methods)
        }
        Code::Array(elements) => Code::Array(all(elements)),
        Code::Tuple(elements) => Code::Tuple(all(elements)),
        code => code.clone(),
    }
}
