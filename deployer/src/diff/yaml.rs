//! Templates that other tools wrote in YAML, with CloudFormation's short forms such as `!Ref`.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, StrInput, Tag};
use serde_json::{Map, Number, Value, json};
use thiserror::Error;

/// Why a template is neither JSON nor YAML that CloudFormation takes.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum YamlError {
    /// It is no YAML.
    #[error(transparent)]
    Syntax(#[from] ScanError),
    /// It has a tag that is no function of CloudFormation.
    #[error("line {line} has the tag `{tag}`, which is no function that is known here")]
    Tag {
        /// The tag.
        tag: String,
        /// The line, from 1.
        line: usize,
    },
    /// The key of a mapping is not text.
    #[error("line {line} has a key that is not text")]
    Key {
        /// The line, from 1.
        line: usize,
    },
    /// It is larger than any template, as its anchors are resolved.
    #[error("it is nested more than {MOST_LEVELS} levels deep or has more than {MOST_VALUES} values")]
    TooLarge,
    /// It ends too early.
    #[error("it has no content")]
    Empty,
}

/// A template as some tool wrote it, in JSON or in YAML; nothing where it is neither.
pub(crate) fn parsed(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok().or_else(|| template(text).ok())
}

const MOST_LEVELS: usize = 100;
const MOST_VALUES: usize = 1_000_000;

/// The functions that have a short form and a long one that begins with `Fn::`.
const FUNCTIONS: [&str; 24] = [
    "And",
    "Base64",
    "Cidr",
    "Contains",
    "EachMemberEquals",
    "EachMemberIn",
    "Equals",
    "FindInMap",
    "GetAZs",
    "GetAtt",
    "If",
    "ImportValue",
    "Join",
    "Length",
    "Not",
    "Or",
    "RefAll",
    "Select",
    "Split",
    "Sub",
    "ToJsonString",
    "Transform",
    "ValueOf",
    "ValueOfAll",
];

/// Reads a template.
pub(crate) fn template(text: &str) -> Result<Value, YamlError> {
    let mut reader = Reader { events: Parser::new_from_str(text), anchors: HashMap::new(), values: 0, line: 1 };
    loop {
        match reader.next()? {
            Event::StreamStart | Event::DocumentStart(_) | Event::Nothing => {}
            Event::StreamEnd | Event::DocumentEnd => return Err(YamlError::Empty),
            first => return reader.value(first, 0),
        }
    }
}

struct Reader<'a> {
    events: Parser<'a, StrInput<'a>>,
    anchors: HashMap<usize, Value>,
    values: usize,
    line: usize,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<Event<'a>, YamlError> {
        let (event, span) = self.events.next().ok_or(YamlError::Empty)??;
        self.line = span.start.line();
        Ok(event)
    }

    fn value(&mut self, event: Event<'a>, depth: usize) -> Result<Value, YamlError> {
        self.count(1, depth)?;
        let line = self.line;
        let (anchor, tag, value) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let is_text = style != ScalarStyle::Plain || tag.is_some();
                (anchor, tag, if is_text { Value::String(text.into_owned()) } else { plain(&text) })
            }
            Event::SequenceStart(anchor, tag) => {
                let mut elements = Vec::new();
                loop {
                    match self.next()? {
                        Event::SequenceEnd => break,
                        event => elements.push(self.value(event, depth + 1)?),
                    }
                }
                (anchor, tag, Value::Array(elements))
            }
            Event::MappingStart(anchor, tag) => {
                let mut members = Map::new();
                loop {
                    let key = match self.next()? {
                        Event::MappingEnd => break,
                        Event::Scalar(key, ..) => key.into_owned(),
                        _ => return Err(YamlError::Key { line: self.line }),
                    };
                    let event = self.next()?;
                    members.insert(key, self.value(event, depth + 1)?);
                }
                (anchor, tag, Value::Object(members))
            }
            Event::Alias(anchor) => {
                let value = self.anchors.get(&anchor).cloned().ok_or(YamlError::Empty)?;
                self.count(size(&value), depth)?;
                return Ok(value);
            }
            _ => return Err(YamlError::Empty),
        };
        let value = match tag {
            Some(tag) => applied(&tag, value, line)?,
            None => value,
        };
        if anchor > 0 {
            self.anchors.insert(anchor, value.clone());
        }
        Ok(value)
    }

    fn count(&mut self, values: usize, depth: usize) -> Result<(), YamlError> {
        self.values += values;
        if self.values > MOST_VALUES || depth > MOST_LEVELS { Err(YamlError::TooLarge) } else { Ok(()) }
    }
}

fn size(value: &Value) -> usize {
    match value {
        Value::Array(elements) => 1 + elements.iter().map(size).sum::<usize>(),
        Value::Object(members) => 1 + members.values().map(size).sum::<usize>(),
        _ => 1,
    }
}

/// Returns what a text without quotes is: CloudFormation reads YAML 1.1, in which `Yes` is true.
fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => return Value::Bool(true),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => return Value::Bool(false),
        _ => {}
    }
    serde_json::from_str::<Number>(text).map_or_else(|_| Value::String(text.to_owned()), Value::Number)
}

/// Returns the long form of a short one.
fn applied(tag: &Tag, value: Value, line: usize) -> Result<Value, YamlError> {
    let name = tag.suffix.as_str();
    match tag.handle.as_str() {
        "!" if matches!(name, "Ref" | "Condition") => Ok(json!({ name: value })),
        "!" if FUNCTIONS.contains(&name) => Ok(json!({ format!("Fn::{name}"): value })),
        _ if tag.is_yaml_core_schema() => Ok(match value {
            Value::String(text) if name != "str" => plain(&text),
            other => other,
        }),
        _ => Err(YamlError::Tag { tag: tag.to_string(), line }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_forms_are_long_forms() {
        let text = "
Conditions:
  Big: !Not [!Equals [!Ref Stage, beta]]
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Condition: Big
    Properties:
      QueueName: !Sub '${AWS::StackName}-q'
      KmsMasterKeyId: !GetAtt Key.Arn
      DelaySeconds: 5
      FifoQueue: Yes
      Tags:
        - Key: on
          Value: !Join ['-', [a, !ImportValue b]]
        - { Key: version, Value: 2012-10-17 }
";
        let expected = json!({
            "Conditions": { "Big": { "Fn::Not": [{ "Fn::Equals": [{ "Ref": "Stage" }, "beta"] }] } },
            "Resources": { "Queue": { "Type": "AWS::SQS::Queue", "Condition": "Big", "Properties": {
                "QueueName": { "Fn::Sub": "${AWS::StackName}-q" },
                "KmsMasterKeyId": { "Fn::GetAtt": "Key.Arn" },
                "DelaySeconds": 5,
                "FifoQueue": true,
                "Tags": [
                    { "Key": true, "Value": { "Fn::Join": ["-", ["a", { "Fn::ImportValue": "b" }]] } },
                    { "Key": "version", "Value": "2012-10-17" },
                ],
            } } },
        });
        assert_eq!(template(text).expect("valid"), expected);
    }

    #[test]
    fn blocks_and_anchors_are_read() {
        let text = "A: &a\n  B: |\n    one\n    two\nC: *a\nD: !!str 12\n";
        let expected = json!({ "A": { "B": "one\ntwo\n" }, "C": { "B": "one\ntwo\n" }, "D": "12" });
        assert_eq!(template(text).expect("valid"), expected);
    }

    #[test]
    fn what_is_not_understood_is_named() {
        let text = |yaml: &str| template(yaml).expect_err("no template").to_string();
        assert_eq!(
            text("A: 1\nB: !Unheard x\n"),
            "line 2 has the tag `!Unheard`, which is no function that is known here"
        );
        assert_eq!(text("[a]: 1\n"), "line 1 has a key that is not text");
        assert_eq!(text(""), "it has no content");
        assert!(text("A: [1\nB: 2").contains("line"), "{}", text("A: [1\nB: 2"));
    }

    #[test]
    fn what_grows_without_end_is_refused() {
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..9 {
            let below = level - 1;
            bomb += &format!("a{level}: &a{level} [{}]\n", vec![format!("*a{below}"); 10].join(", "));
        }
        assert!(matches!(template(&bomb), Err(YamlError::TooLarge)));
        let deep = format!("{}{}", "[".repeat(150), "]".repeat(150));
        assert!(template(&deep).is_err());
    }
}
