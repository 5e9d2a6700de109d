//! [`MessageTemplate`]: how messages are worded.

use crate::content::{Content, Part};
use crate::datasource::name_complaint;
use crate::document::TemplateDocument;

/// Named texts for the messages of contact points, in Go's template language, used there as
/// `{{ template "shop.message" . }}`.
/// [Grafana page](https://grafana.com/docs/grafana/latest/alerting/configure-notifications/template-notifications/).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageTemplate {
    name: String,
    text: String,
}

impl MessageTemplate {
    /// A group of templates, each in a `{{ define "…" }}` of its own.
    #[must_use]
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), text: text.into() }
    }

    pub(super) fn document(&self) -> TemplateDocument {
        TemplateDocument { name: self.name.clone(), template: self.text.clone() }
    }
}

impl Part for MessageTemplate {
    type Ref = ();

    fn add_to(self, content: &mut Content) {
        let place = format!("message template `{}`", self.name);
        let mut found = Vec::new();
        if let Some(complaint) = name_complaint("a template's name", &self.name) {
            found.push(super::problem("name", &place, complaint, "give the template another name"));
        }
        if self.text.trim().is_empty() {
            found.push(super::problem("alert-route", &place, "the template is empty", "write it, or leave it out"));
        }
        if content.alerting.templates.iter().any(|other| other.name == self.name) {
            let message = "another template has this name";
            found.push(super::problem("duplicate", &place, message, "give one of the two another name"));
        }
        content.problems.append(&mut found);
        content.origins.put(place);
        content.alerting.templates.push(self);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_text_with_a_name() {
        let mut content = Content::new("test");
        let template = MessageTemplate::new("shop", r#"{{ define "shop.message" }}{{ len .Alerts }}{{ end }}"#);
        content.add(template.clone());
        assert_eq!(content.document().alerting.templates, [template.document()]);
        content.add(template);
        content.add(MessageTemplate::new("", " "));
        let rules: Vec<_> = content.problems.iter().map(|problem| problem.rule.0).collect();
        assert_eq!(rules, ["duplicate", "name", "alert-route"]);
    }
}
