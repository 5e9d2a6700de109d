//! Differences as text for a person.

use serde_json::Value;
use similar::TextDiff;

use super::fate::Fate;
use super::replacement::Replacement;
use super::resource_change::{Change, ResourceChange};
use super::security::{Area, Effect, SecurityChange};
use super::template_diff::TemplateDiff;
use super::text::{lines, shown};

/// The longest text in a line, in characters.
const WIDTH: usize = 100;

/// Writes with colours or without.
#[derive(Clone, Copy)]
pub(super) struct Pen {
    pub(super) is_coloured: bool,
}

impl Pen {
    pub(super) fn red(self, text: &str) -> String {
        self.paint("31", text)
    }

    pub(super) fn green(self, text: &str) -> String {
        self.paint("32", text)
    }

    pub(super) fn yellow(self, text: &str) -> String {
        self.paint("33", text)
    }

    pub(super) fn bold(self, text: &str) -> String {
        self.paint("1", text)
    }

    fn paint(self, code: &str, text: &str) -> String {
        if self.is_coloured { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    pub(super) fn mark(self, change: Change) -> String {
        match change {
            Change::Added => self.green("[+]"),
            Change::Removed => self.red("[-]"),
            Change::Modified => self.yellow("[~]"),
        }
    }
}

impl TemplateDiff {
    /// The difference as text, which ends with a line break: construct paths first, then what it means for access, then
    /// one line that sums up. That line is `no differences` where there are none.
    #[must_use]
    pub fn render(&self, is_coloured: bool) -> String {
        let pen = Pen { is_coloured };
        let mut text = String::new();
        let mut section = None;
        for entry in &self.entries {
            if section != Some(entry.section) {
                section = Some(entry.section);
                text += &format!("{}\n", pen.bold(entry.section.as_str()));
            }
            let name = if entry.name.is_empty() { entry.section.as_str() } else { &entry.name };
            text += &format!(
                "{} {name}{}\n",
                pen.mark(entry.change),
                values(pen, entry.old.as_ref(), entry.new.as_ref(), "    ")
            );
        }
        if !self.resources.is_empty() {
            text += &format!("{}\n", pen.bold("Resources"));
        }
        for resource in &self.resources {
            resource.render(pen, &mut text);
        }
        if !self.security.is_empty() {
            text += &format!("{}\n", pen.bold("Security"));
        }
        for change in &self.security {
            change.render(pen, &mut text);
        }
        text + &self.summary() + "\n"
    }
}

impl ResourceChange {
    fn render(&self, pen: Pen, text: &mut String) {
        *text += &format!("{} {} {}", pen.mark(self.change), pen.bold(self.name()), self.resource_type);
        if self.path.is_some() {
            *text += &format!(" {}", self.logical_id);
        }
        for mark in self.marks(pen) {
            *text += &format!(", {mark}");
        }
        text.push('\n');
        for change in self.attributes.iter().chain(&self.properties) {
            *text += &format!("    {}", change.path);
            *text += &values(pen, change.old.as_ref(), change.new.as_ref(), "        ");
            match change.replacement {
                Replacement::None => {}
                Replacement::May => *text += &format!(" ({})", pen.yellow("may replace")),
                Replacement::Replaces => *text += &format!(" ({})", pen.red("replaces")),
            }
            text.push('\n');
        }
        for cause in &self.causes {
            let replaced = cause.path.as_deref().unwrap_or(&cause.logical_id);
            let mark = pen.yellow("may replace");
            *text += &format!("    {}: may get another id of {replaced} ({mark})\n", cause.property);
        }
    }

    fn marks(&self, pen: Pen) -> Vec<String> {
        let mut marks = Vec::new();
        if let Some(to) = &self.moved_to {
            marks.push(pen.red(&format!("moves to {to}: CloudFormation deletes this one")));
        }
        if let Some(from) = &self.moved_from {
            marks.push(pen.yellow(&format!("moved from {from}: CloudFormation makes a new one")));
        }
        if self.is_refused() {
            marks.push(pen.red("another type: CloudFormation refuses this"));
        } else if self.change == Change::Modified {
            match self.replacement {
                Replacement::None => {}
                Replacement::May => marks.push(pen.yellow("may be replaced")),
                Replacement::Replaces => marks.push(pen.red("replaces")),
            }
        }
        match self.data {
            Some(Fate::Lost) if self.replacement == Replacement::May => marks.push(pen.red("its data would be lost")),
            Some(Fate::Lost) => marks.push(pen.red("its data is lost")),
            Some(Fate::Snapshot) => marks.push(pen.yellow("a snapshot is kept")),
            Some(Fate::Kept) => marks.push(pen.green("it is kept outside the stack")),
            None if self.retained => marks.push(pen.green("it is kept outside the stack")),
            None => {}
        }
        marks
    }
}

impl SecurityChange {
    fn render(&self, pen: Pen, text: &mut String) {
        let effect = match self.effect {
            Effect::Broadens => pen.red("broadens"),
            Effect::Initial => "new".into(),
            Effect::Narrows => pen.green("narrows"),
        };
        let who = if self.area == Area::Network { "everywhere" } else { "everybody" };
        let everybody = if self.everybody { format!(" ({})", pen.red(who)) } else { String::new() };
        *text += &format!("{} {effect} {}: {}{everybody}\n", pen.mark(self.change), self.name(), self.text);
    }
}

/// Returns `: old → new`, or the lines that differ where these are texts of many.
fn values(pen: Pen, old: Option<&Value>, new: Option<&Value>, indent: &str) -> String {
    let (old, new) = match (old, new) {
        (Some(old), Some(new)) => (old, new),
        (Some(old), None) => return format!(": {}", pen.red(&shortened(&shown(old), 0))),
        (None, Some(new)) => return format!(": {}", pen.green(&shortened(&shown(new), 0))),
        (None, None) => return String::new(),
    };
    if lines(old).is_some() || lines(new).is_some() {
        return unified(pen, &shown(old), &shown(new), indent);
    }
    arrow(pen, &shown(old), &shown(new))
}

/// Returns `: old → new`, each shortened to where they differ.
pub(super) fn arrow(pen: Pen, old: &str, new: &str) -> String {
    let alike = old.chars().zip(new.chars()).take_while(|(left, right)| left == right).count();
    let (old, new) = (shortened(old, alike), shortened(new, alike));
    format!(": {} → {}", pen.red(&old), pen.green(&new))
}

/// Returns the lines around what differs.
fn unified(pen: Pen, old: &str, new: &str, indent: &str) -> String {
    let mut text = ":".to_owned();
    for line in TextDiff::from_lines(old, new).unified_diff().context_radius(2).to_string().lines() {
        let line = match line.chars().next() {
            Some('+') => pen.green(line),
            Some('-') => pen.red(line),
            _ => line.to_owned(),
        };
        text += &format!("\n{indent}{line}");
    }
    text
}

/// Returns a line that is not too long; of what is, the part around the character `at`.
fn shortened(text: &str, at: usize) -> String {
    let text: Vec<char> = text.replace('\n', "↵").chars().collect();
    if text.len() <= WIDTH {
        return text.into_iter().collect();
    }
    // Something of what is alike tells where one is.
    let start = at.saturating_sub(30).min(text.len() - WIDTH);
    let end = start + WIDTH;
    let mut line = String::new();
    if start > 0 {
        line.push('…');
    }
    line.extend(&text[start..end]);
    if end < text.len() {
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::compare;
    use super::*;

    fn of(resource_type: &str, properties: Value) -> Value {
        let mut resource = json!({ "Type": resource_type, "Metadata": { "aws:cdk:path": "Prod/It/Resource" } });
        resource["Properties"] = properties;
        json!({ "Resources": { "Id": resource } })
    }

    #[test]
    fn nothing_is_one_line() {
        let template = of("AWS::S3::Bucket", json!({}));
        assert_eq!(compare(&template, &template).render(true), "no differences\n");
    }

    #[test]
    fn the_path_is_first_and_what_replaces_is_marked() {
        let name = |name: &str| of("AWS::S3::Bucket", json!({ "BucketName": name }));
        assert_eq!(
            compare(&name("a"), &name("b")).render(false),
            "Resources\n\
             [~] Prod/It AWS::S3::Bucket Id, replaces, its data is lost\n    \
             BucketName: a → b (replaces)\n\
             resources: 1 changed, 1 of them replaced\n"
        );
    }

    #[test]
    fn access_has_a_section() {
        let url = |auth: &str| of("AWS::Lambda::Url", json!({ "AuthType": auth }));
        let text = compare(&url("AWS_IAM"), &url("NONE")).render(false);
        let line = "Security\n[+] broadens Prod/It: can be called without authorization (everybody)\n";
        assert!(text.contains(line), "{text}");
        assert!(text.ends_with("resources: 1 changed; 1 change broadens access\n"), "{text}");
    }

    #[test]
    fn long_texts_are_compared_by_line() {
        let data = |port: u16| {
            let lines: Vec<String> =
                (0..20).map(|n| if n == 10 { format!("port {port}") } else { format!("line {n}") }).collect();
            of(
                "AWS::EC2::LaunchTemplate",
                json!({ "LaunchTemplateData": { "UserData": { "Fn::Base64": lines.join("\n") } } }),
            )
        };
        let text = compare(&data(80), &data(81)).render(false);
        assert!(text.contains("\n        -port 80\n        +port 81\n"), "{text}");
        assert!(!text.contains("line 2\n"), "{text}");
    }

    #[test]
    fn long_lines_are_cut_around_what_differs() {
        let of = |end: &str| of("AWS::SSM::Parameter", json!({ "Value": format!("{}{end}", "x".repeat(300)) }));
        let text = compare(&of("left"), &of("right")).render(false);
        let line = text.lines().find(|line| line.contains("Value")).expect("there");
        assert!(line.contains("left → …"), "{line}");
        assert!(line.chars().count() < 250, "{line}");
    }

    #[test]
    fn colours_are_a_choice() {
        let name = |name: &str| of("AWS::S3::Bucket", json!({ "BucketName": name }));
        assert!(!compare(&name("a"), &name("b")).render(false).contains('\u{1b}'));
        assert!(compare(&name("a"), &name("b")).render(true).contains("\u{1b}[31mreplaces"));
    }
}
