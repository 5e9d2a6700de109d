//! Whether everything is there that a deployment needs.

mod aws;
pub(crate) mod prerequisites;
mod tools;

use serde::Serialize;

use crate::assembly::Assembly;
use crate::clients::Clients;
use crate::stack::Level;

/// What was looked at, and how it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Check {
    /// What was looked at, in a word.
    pub name: &'static str,
    /// How it is.
    pub verdict: Verdict,
    /// What was found.
    pub text: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// Something to know, which may be as it should be.
    Warn,
    /// A deployment fails for it.
    Fail,
    /// It could not be looked at.
    Unknown,
}

impl Check {
    /// All is well.
    #[must_use]
    pub fn ok(name: &'static str, text: impl Into<String>) -> Self {
        Self { name, verdict: Verdict::Ok, text: text.into(), hint: None }
    }

    /// Something to know.
    #[must_use]
    pub fn warn(name: &'static str, text: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { name, verdict: Verdict::Warn, text: text.into(), hint: Some(hint.into()) }
    }

    /// A deployment fails for it.
    #[must_use]
    pub fn fail(name: &'static str, text: impl Into<String>, hint: Option<String>) -> Self {
        Self { name, verdict: Verdict::Fail, text: text.into(), hint }
    }

    /// It could not be looked at; `text` says what would be told, and why it is not.
    #[must_use]
    pub fn unknown(name: &'static str, text: impl Into<String>) -> Self {
        Self { name, verdict: Verdict::Unknown, text: format!("not known: {}", text.into()), hint: None }
    }
}

/// Looks at all that a deployment of `assembly` by `clients` needs. What is missing of the two is not looked at; why it
/// is missing, the caller knows.
pub async fn doctor(assembly: Option<&Assembly>, clients: Option<&Clients>) -> Vec<Check> {
    let mut checks = Vec::new();
    if let Some(assembly) = assembly {
        checks.push(app(assembly));
    }
    if let Some(clients) = clients {
        checks.extend(aws::checks(assembly, clients).await);
    }
    if let Some(assembly) = assembly {
        checks.extend(tools::checks(assembly));
    }
    checks
}

fn app(assembly: &Assembly) -> Check {
    let counted = |number: usize, noun: &str| format!("{number} {noun}{}", if number == 1 { "" } else { "s" });
    let errors = assembly.messages().filter(|message| message.level == Level::Error).count();
    let resources = assembly.stacks.iter().map(crate::stack::Stack::resource_count).sum();
    let stacks = counted(assembly.stacks.len(), "stack");
    let text = format!("{stacks}, {} in {}", counted(resources, "resource"), assembly.directory.display());
    if errors > 0 {
        let text = format!("{text}; the app reports {}", counted(errors, "error"));
        Check::fail("app", text, Some("correct the constructs that `belvedere synth` names".into()))
    } else if assembly.missing.is_empty() {
        Check::ok("app", text)
    } else {
        let text = format!("{text}; {} looked up by nobody yet", counted(assembly.missing.len(), "fact"));
        Check::warn("app", text, "`cdk synth` looks them up")
    }
}
