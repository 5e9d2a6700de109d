//! JSON as text, with deploy-time values in it.

use belvedere_cfn::{Expr, Intrinsic, Value};
use serde_json::Value as Json;

use super::writer::Writer;

impl Writer {
    /// Returns the JSON as text. In a template, `{` after `$` is escaped: CloudFormation's linters take `${` for a
    /// forgotten `Fn::Sub`.
    pub(super) fn json_text(&self, json: &Json, template: bool) -> Value<String> {
        let mut text = Text { parts: Vec::new(), literal: String::new(), template };
        self.node(json, 0, &mut text);
        text.literal.push('\n');
        text.parts.push(Value::from(text.literal));
        Value::concat(text.parts)
    }

    fn node(&self, json: &Json, indent: usize, text: &mut Text) {
        if let Some(value) = self.value(json) {
            text.literal.push('"');
            text.expr(value.expr());
            text.literal.push('"');
            return;
        }
        match json {
            Json::Array(elements) if !elements.is_empty() => {
                text.literal.push('[');
                for (number, element) in elements.iter().enumerate() {
                    text.line(number, indent + 2);
                    self.node(element, indent + 2, text);
                }
                text.end(']', indent);
            }
            Json::Object(members) if !members.is_empty() => {
                text.literal.push('{');
                for (number, (name, member)) in members.iter().enumerate() {
                    text.line(number, indent + 2);
                    text.string(name);
                    text.literal.push_str(": ");
                    self.node(member, indent + 2, text);
                }
                text.end('}', indent);
            }
            Json::String(string) => text.string(string),
            other => text.literal.push_str(&other.to_string()),
        }
    }
}

struct Text {
    parts: Vec<Value<String>>,
    literal: String,
    template: bool,
}

impl Text {
    fn line(&mut self, number: usize, indent: usize) {
        self.literal.push_str(if number == 0 { "\n" } else { ",\n" });
        self.literal.extend(std::iter::repeat_n(' ', indent));
    }

    fn end(&mut self, bracket: char, indent: usize) {
        self.literal.push('\n');
        self.literal.extend(std::iter::repeat_n(' ', indent));
        self.literal.push(bracket);
    }

    fn string(&mut self, string: &str) {
        self.literal.push('"');
        self.escaped(string);
        self.literal.push('"');
    }

    fn escaped(&mut self, string: &str) {
        let quoted = Json::from(string).to_string();
        let inner = &quoted[1..quoted.len() - 1];
        if self.template {
            self.literal.push_str(&inner.replace("${", "$\\u007b"));
        } else {
            self.literal.push_str(inner);
        }
    }

    /// Writes text with its escapes, and deploy-time values as they will be: nobody can escape those.
    fn expr(&mut self, expr: &Expr) {
        match expr {
            Expr::String(text) => self.escaped(text),
            Expr::Intrinsic(intrinsic) => match &**intrinsic {
                Intrinsic::Join { delimiter, list: Expr::List(parts) } if delimiter.is_empty() => {
                    parts.iter().for_each(|part| self.expr(part));
                }
                _ => self.value(expr),
            },
            _ => self.value(expr),
        }
    }

    fn value(&mut self, expr: &Expr) {
        self.parts.push(Value::from(std::mem::take(&mut self.literal)));
        self.parts.push(Value::from_expr(expr.clone()));
    }
}
