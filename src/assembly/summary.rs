//! The summary of an assembly, for a person.

use std::fmt;

use super::{Assembly, StackSummary};

impl fmt::Display for Assembly {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for stack in self.stacks() {
            write_stack(formatter, stack)?;
        }
        let count = self.stacks().len();
        let stacks = if count == 1 { "stack" } else { "stacks" };
        writeln!(formatter, "{count} {stacks} in {}", self.directory().display())?;
        let directory = self.directory().display();
        writeln!(formatter, "deploy:  belvedere deploy --app {directory}")?;
        write!(formatter, "or:      cdk deploy --all --app {directory}")?;
        if self.stacks().iter().any(|stack| !stack.fillings.is_empty()) {
            write!(formatter, ", and then belvedere grafana apply --app {directory}")?;
        }
        Ok(())
    }
}

fn write_stack(formatter: &mut fmt::Formatter<'_>, stack: &StackSummary) -> fmt::Result {
    write!(formatter, "{}", stack.path)?;
    if stack.name != stack.path {
        write!(formatter, " (deployed as {})", stack.name)?;
    }
    writeln!(formatter)?;
    let total: usize = stack.resources.iter().map(|(_, count)| count).sum();
    let services: Vec<String> = stack.resources.iter().map(|(service, count)| format!("{service} {count}")).collect();
    wrapped(formatter, &format!("  resources  {total}: "), &services)?;
    let names: Vec<String> = stack.outputs.iter().map(|(name, _)| name.clone()).collect();
    if !names.is_empty() {
        wrapped(formatter, "  outputs    ", &names)?;
    }
    writeln!(formatter, "  template   {}, {} bytes", stack.template_file, thousands(stack.template_bytes))?;
    if let Some(bucket) = &stack.from_bucket {
        writeln!(formatter, "             deployed from bucket {bucket}")?;
    }
    for filling in &stack.fillings {
        writeln!(formatter, "  grafana    {filling}, with `belvedere deploy`")?;
    }
    for warning in &stack.warnings {
        writeln!(formatter, "  warning    {warning}")?;
    }
    writeln!(formatter)
}

/// Writes the words after the heading, broken into lines of at most 100 characters.
fn wrapped(formatter: &mut fmt::Formatter<'_>, heading: &str, words: &[String]) -> fmt::Result {
    let mut line = heading.to_owned();
    for (index, word) in words.iter().enumerate() {
        let separator = if index + 1 == words.len() { "" } else { ", " };
        if line.len() + word.len() > 100 {
            writeln!(formatter, "{}", line.trim_end())?;
            line = " ".repeat(13);
        }
        line.push_str(word);
        line.push_str(separator);
    }
    writeln!(formatter, "{}", line.trim_end())
}

fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
