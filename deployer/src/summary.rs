//! What a person is told about an assembly and its stacks.

use std::fmt::{self, Write};

use crate::assembly::Assembly;
use crate::stack::{Level, Stack, TemplateFile};

/// The text of `belvedere synth`: what was written, what to look at, and what to do next.
#[must_use]
pub fn summary(assembly: &Assembly) -> String {
    let mut text = String::new();
    // Writing to a text cannot fail.
    let _ = write_summary(&mut text, assembly);
    text
}

fn write_summary(text: &mut String, assembly: &Assembly) -> fmt::Result {
    let stacks = &assembly.stacks;
    let resources: usize = stacks.iter().map(Stack::resource_count).sum();
    let directory = assembly.directory.display();
    writeln!(text, "{directory}: {}, {}", counted(stacks.len(), "stack"), counted(resources, "resource"))?;
    for stack in stacks {
        writeln!(text, "\n{}", heading(stack))?;
        write_stack(text, stack)?;
    }
    for (level, title) in [(Level::Error, "errors"), (Level::Warning, "warnings"), (Level::Info, "notes")] {
        let of_level: Vec<_> = assembly.messages().filter(|message| message.level == level).collect();
        if !of_level.is_empty() {
            writeln!(text, "\n{title}")?;
        }
        for message in of_level {
            writeln!(text, "  {}: {}", message.path, message.text.replace('\n', "\n    "))?;
        }
    }
    if !assembly.missing.is_empty() {
        writeln!(text, "\nlooked up by nobody yet (dummy values are in the templates; `cdk synth` looks them up)")?;
        for missing in &assembly.missing {
            writeln!(text, "  {} ({})", missing.key, missing.provider)?;
        }
    }
    let deployable = !stacks.is_empty() && !assembly.messages().any(|message| message.level == Level::Error);
    if deployable {
        writeln!(text, "\nnext: belvedere deploy --app {}", quoted(&directory.to_string()))?;
    }
    Ok(())
}

/// The text of `belvedere ls --long`.
#[must_use]
pub fn listing(stacks: &[&Stack]) -> String {
    let mut text = String::new();
    for stack in stacks {
        let _ = writeln!(text, "{}", heading(stack)).and_then(|()| write_stack(&mut text, stack));
    }
    text
}

fn heading(stack: &Stack) -> String {
    let name = match &stack.stack_name {
        name if *name == stack.display_name => String::new(),
        name => format!(" ({name})"),
    };
    format!("{}{name} in {}", stack.display_name, stack.environment)
}

fn write_stack(text: &mut String, stack: &Stack) -> fmt::Result {
    let TemplateFile { path, bytes, object_url } = &stack.template;
    write!(text, "  template   {}, {} bytes", path.display(), grouped(*bytes))?;
    if *bytes > TemplateFile::INLINE_LIMIT {
        let bucket = if object_url.is_some() { "the assets' bucket" } else { "the bootstrap stack's bucket" };
        write!(text, ": over {} bytes, so deployed through {bucket}", grouped(TemplateFile::INLINE_LIMIT))?;
    }
    text.push('\n');
    write!(text, "  resources  {}", stack.resource_count())?;
    let mut services: Vec<_> = stack.resources.iter().collect();
    services.sort_by(|(a, m), (b, n)| n.cmp(m).then(a.cmp(b)));
    for (index, (service, count)) in services.iter().enumerate() {
        write!(text, "{} {service} {count}", if index == 0 { ":" } else { "," })?;
    }
    text.push('\n');
    for (index, output) in stack.outputs.iter().enumerate() {
        write!(text, "  {:10} {}", if index == 0 { "outputs" } else { "" }, output.name)?;
        match &output.description {
            Some(description) => writeln!(text, ": {description}")?,
            None => text.push('\n'),
        }
    }
    if !stack.dependencies.is_empty() {
        writeln!(text, "  after      {}", stack.dependencies.join(", "))?;
    }
    Ok(())
}

fn counted(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// A number with commas between its thousands.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A word that a shell reads as it stands.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./".contains(c);
    if !word.is_empty() && word.chars().all(plain) { word.into() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use crate::stack::Environment;

    use super::*;

    fn stack(bytes: u64, object_url: Option<&str>) -> Stack {
        Stack {
            id: "Net".into(),
            display_name: "Net".into(),
            stack_name: "Net".into(),
            environment: Environment { account: None, region: None },
            template: TemplateFile { path: "Net.json".into(), bytes, object_url: object_url.map(str::to_owned) },
            resources: [("EC2".into(), 2), ("SNS".into(), 2), ("IAM".into(), 3)].into(),
            outputs: Vec::new(),
            dependencies: Vec::new(),
            messages: Vec::new(),
            assets: Vec::new(),
            parameters: Default::default(),
            tags: Default::default(),
            notification_arns: Vec::new(),
            termination_protection: None,
            assume_role_arn: None,
            execution_role_arn: None,
            directory: ".".into(),
        }
    }

    #[test]
    fn a_large_template_says_how_it_is_deployed() {
        let template = |bytes, url| listing(&[&stack(bytes, url)]).lines().nth(1).unwrap_or_default().to_owned();
        assert_eq!(template(51_200, None), "  template   Net.json, 51,200 bytes");
        let over = "  template   Net.json, 51,201 bytes: over 51,200 bytes, so deployed through";
        assert_eq!(template(51_201, Some("s3://assets/key")), format!("{over} the assets' bucket"));
        assert_eq!(template(51_201, None), format!("{over} the bootstrap stack's bucket"));
    }

    #[test]
    fn services_are_told_by_their_weight() {
        let listing = listing(&[&stack(1, None)]);
        assert_eq!(listing.lines().nth(2), Some("  resources  7: IAM 3, EC2 2, SNS 2"));
    }

    #[test]
    fn numbers_are_grouped() {
        let texts = [0, 999, 1_000, 51_200, 1_234_567].map(grouped);
        assert_eq!(texts, ["0", "999", "1,000", "51,200", "1,234,567"]);
    }

    #[test]
    fn words_are_quoted_where_they_must_be() {
        assert_eq!(quoted("out/cdk.out"), "out/cdk.out");
        assert_eq!(quoted("my out"), "'my out'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted(""), "''");
    }
}
