//! YAML with deploy-time values in it, for the services that take a file as text.
//!
//! JSON would be YAML too, but the consoles of these services show the file to people, and their documents promise no
//! more than the block form.

use belvedere_cfn::{Expr, Intrinsic, Value};

/// A YAML document, its members in the order in which they were added.
#[derive(Clone, Debug, PartialEq)]
pub enum Yaml {
    /// Nothing.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A number.
    Number(f64),
    /// Text, quoted where it has to be.
    Text(Value<String>),
    /// Elements.
    List(Vec<Self>),
    /// Members, in their order.
    Map(Vec<(String, Self)>),
    /// A document inside a document, as text.
    Document(Box<Self>),
}

impl Yaml {
    /// Text that is known.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(Value::from(text.into()))
    }

    /// A list of texts.
    #[must_use]
    pub fn texts(texts: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::List(texts.into_iter().map(Self::text).collect())
    }

    /// A map without members yet.
    #[must_use]
    pub const fn map() -> Self {
        Self::Map(Vec::new())
    }

    /// Adds a member, at the end.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, member: impl Into<Self>) -> Self {
        if let Self::Map(members) = &mut self {
            members.push((name.into(), member.into()));
        }
        self
    }

    /// Adds a member, if there is one.
    #[must_use]
    pub fn with_some(self, name: &str, member: Option<impl Into<Self>>) -> Self {
        match member {
            Some(member) => self.with(name, member),
            None => self,
        }
    }

    /// Adds a list, unless it is empty.
    #[must_use]
    pub fn with_list(self, name: &str, elements: impl IntoIterator<Item = Self>) -> Self {
        let elements: Vec<Self> = elements.into_iter().collect();
        if elements.is_empty() { self } else { self.with(name, Self::List(elements)) }
    }

    /// Returns the document as a tree of JSON.
    pub(crate) fn expr(&self) -> Expr {
        match self {
            Self::Null => Expr::Null,
            Self::Bool(value) => Expr::Bool(*value),
            Self::Integer(value) => Expr::Integer(*value),
            Self::Number(value) => Expr::Number(*value),
            Self::Text(value) => value.expr().clone(),
            Self::List(elements) => Expr::List(elements.iter().map(Self::expr).collect()),
            Self::Map(members) => {
                Expr::Object(members.iter().map(|(name, member)| (name.clone().into(), member.expr())).collect())
            }
            Self::Document(document) => document.render().into_expr(),
        }
    }

    /// Writes the document.
    #[must_use]
    pub fn render(&self) -> Value<String> {
        let mut writer = Writer::default();
        writer.block(self, 0);
        writer.finish()
    }
}

impl From<bool> for Yaml {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<f64> for Yaml {
    fn from(value: f64) -> Self {
        Self::Number(value)
    }
}

impl From<i64> for Yaml {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<&str> for Yaml {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<String> for Yaml {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}

impl From<Value<String>> for Yaml {
    fn from(value: Value<String>) -> Self {
        Self::Text(value)
    }
}

#[derive(Default)]
struct Writer {
    parts: Vec<Value<String>>,
    literal: String,
}

impl Writer {
    fn push(&mut self, text: &str) {
        self.literal.push_str(text);
    }

    fn push_indent(&mut self, indent: usize) {
        self.literal.extend(std::iter::repeat_n(' ', indent));
    }

    fn push_value(&mut self, expr: Expr) {
        self.parts.push(Value::from(std::mem::take(&mut self.literal)));
        self.parts.push(Value::from_expr(expr));
    }

    fn finish(mut self) -> Value<String> {
        self.parts.push(Value::from(self.literal));
        Value::concat(self.parts)
    }

    /// Writes a node that has lines of its own, each indented.
    fn block(&mut self, node: &Yaml, indent: usize) {
        match node {
            Yaml::Map(members) => {
                for (name, member) in members {
                    self.push_indent(indent);
                    self.member(name, member, indent);
                }
            }
            Yaml::List(elements) => {
                for element in elements {
                    self.push_indent(indent);
                    self.push("- ");
                    self.element(element, indent + 2);
                }
            }
            scalar => {
                self.push_indent(indent);
                self.scalar(scalar, indent);
            }
        }
    }

    fn member(&mut self, name: &str, member: &Yaml, indent: usize) {
        if is_plain(name) {
            self.push(name);
        } else {
            self.quoted(name);
        }
        match member {
            Yaml::Map(members) if !members.is_empty() => {
                self.push(":\n");
                self.block(member, indent + 2);
            }
            Yaml::List(elements) if !elements.is_empty() => {
                self.push(":\n");
                self.block(member, indent + 2);
            }
            scalar => {
                self.push(": ");
                self.scalar(scalar, indent + 2);
            }
        }
    }

    /// Writes what follows a dash. `indent` is where the element's own lines begin.
    fn element(&mut self, element: &Yaml, indent: usize) {
        match element {
            Yaml::Map(members) if !members.is_empty() => {
                for (index, (name, member)) in members.iter().enumerate() {
                    if index > 0 {
                        self.push_indent(indent);
                    }
                    self.member(name, member, indent);
                }
            }
            Yaml::List(elements) if !elements.is_empty() => {
                for (index, element) in elements.iter().enumerate() {
                    if index > 0 {
                        self.push_indent(indent);
                    }
                    self.push("- ");
                    self.element(element, indent + 2);
                }
            }
            scalar => self.scalar(scalar, indent),
        }
    }

    /// Writes a node that begins on the line it is on. `indent` is where lines of its own would begin.
    fn scalar(&mut self, node: &Yaml, indent: usize) {
        match node {
            Yaml::Null => self.push("null"),
            Yaml::Bool(value) => self.push(if *value { "true" } else { "false" }),
            Yaml::Integer(value) => self.push(&value.to_string()),
            Yaml::Number(value) if value.is_nan() => self.push(".nan"),
            Yaml::Number(value) if value.is_infinite() => self.push(if *value > 0.0 { ".inf" } else { "-.inf" }),
            Yaml::Number(value) => self.push(&value.to_string()),
            Yaml::Map(_) => self.push("{}"),
            Yaml::List(_) => self.push("[]"),
            Yaml::Document(document) => {
                self.push("|\n");
                return self.block(document, indent);
            }
            Yaml::Text(value) => match value.as_str() {
                Some(text) if is_plain(text) => self.push(text),
                Some(text) if is_block(text) => {
                    self.push(if text.ends_with('\n') { "|\n" } else { "|-\n" });
                    for line in text.lines() {
                        if !line.is_empty() {
                            self.push_indent(indent);
                            self.push(line);
                        }
                        self.push("\n");
                    }
                    return;
                }
                Some(text) => self.quoted(text),
                None => {
                    self.push("\"");
                    self.inside_quotes(value.expr());
                    self.push("\"");
                }
            },
        }
        self.push("\n");
    }

    fn quoted(&mut self, text: &str) {
        self.push("\"");
        self.escaped(text);
        self.push("\"");
    }

    /// Writes text with its escapes, and deploy-time values as they will be: nobody can escape those.
    fn inside_quotes(&mut self, expr: &Expr) {
        match expr {
            Expr::String(text) => self.escaped(text),
            Expr::Intrinsic(intrinsic) => match &**intrinsic {
                Intrinsic::Join { delimiter, list: Expr::List(parts) } if delimiter.is_empty() => {
                    parts.iter().for_each(|part| self.inside_quotes(part));
                }
                _ => self.push_value(expr.clone()),
            },
            other => self.push_value(other.clone()),
        }
    }

    fn escaped(&mut self, text: &str) {
        let mut before = ' ';
        for character in text.chars() {
            match character {
                // CloudFormation's linters take `${` for a forgotten `Fn::Sub`.
                '{' if before == '$' => self.push("\\x7b"),
                '"' => self.push("\\\""),
                '\\' => self.push("\\\\"),
                '\n' => self.push("\\n"),
                '\t' => self.push("\\t"),
                '\r' => self.push("\\r"),
                other if is_printable(other) => self.literal.push(other),
                other => self.push(&format!("\\U{:08X}", u32::from(other))),
            }
            before = character;
        }
    }
}

fn is_printable(character: char) -> bool {
    !character.is_control() && !matches!(character, '\u{2028}' | '\u{2029}' | '\u{feff}')
}

/// Returns whether every reader takes the text for text without quotes, also those that know YAML 1.1.
fn is_plain(text: &str) -> bool {
    const NOT_TEXT: [&str; 9] = ["y", "n", "yes", "no", "true", "false", "on", "off", "null"];
    text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-./".contains(&byte))
        && !NOT_TEXT.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// Returns whether the text can be written as lines of its own.
fn is_block(text: &str) -> bool {
    let body = text.strip_suffix('\n').unwrap_or(text);
    body.contains('\n')
        && !body.ends_with('\n')
        && !body.starts_with([' ', '\n'])
        && !body.contains("${")
        && body.chars().all(|character| character == '\n' || is_printable(character))
}

#[cfg(test)]
mod tests {
    use belvedere_cfn::{concat_values, pseudo};

    use super::*;

    #[test]
    fn maps_lists_and_scalars_are_blocks() {
        let document = Yaml::map()
            .with("name", "plain")
            .with("for", "5m")
            .with("on", true)
            .with("limit", 3)
            .with("empty", Yaml::map())
            .with("labels", Yaml::map().with("severity", "page").with("y", "no"))
            .with("list", Yaml::List(vec![Yaml::texts(["a", "b"]), Yaml::map().with("c", 1).with("d", "e f")]));
        assert_eq!(
            document.render().as_str(),
            Some(
                r#"name: plain
for: "5m"
"on": true
limit: 3
empty: {}
labels:
  severity: page
  "y": "no"
list:
  - - a
    - b
  - c: 1
    d: "e f"
"#
            )
        );
    }

    #[test]
    fn text_is_quoted_where_it_could_be_taken_for_something_else() {
        assert_eq!(Yaml::map().with("a", "${x}\n$y").render().as_str(), Some("a: \"$\\x7bx}\\n$y\"\n"));
        let document =
            Yaml::map().with("a", "x=\"1\\2\"\t\u{85}").with("b", " two\nlines").with("c", "sum(\n  rate(x)\n)");
        assert_eq!(
            document.render().as_str(),
            Some("a: \"x=\\\"1\\\\2\\\"\\t\\U00000085\"\nb: \" two\\nlines\"\nc: |-\n  sum(\n    rate(x)\n  )\n")
        );
    }

    #[test]
    fn a_document_inside_a_document_is_lines_of_text() {
        let inner =
            Yaml::map().with("region", pseudo::region()).with("url", concat_values!("https://\"", pseudo::region()));
        let rendered = Yaml::map().with("inner", Yaml::Document(Box::new(inner))).render();
        let expected = concat_values!(
            "inner: |\n  region: \"",
            pseudo::region(),
            "\"\n  url: \"https://\\\"",
            pseudo::region(),
            "\"\n"
        );
        assert_eq!(rendered, expected);
    }
}
