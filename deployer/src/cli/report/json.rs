//! Events for a program.

use std::io::Write;

use serde_json::json;

use super::write;
use crate::cli::asking::Asking;
use crate::{Event, Question, Report};

/// Writes each event as a JSON object on a line of its own.
pub(super) struct JsonReport<W> {
    to: W,
    asking: Asking,
}

impl<W: Write> JsonReport<W> {
    pub(super) fn new(to: W, asking: Asking) -> Self {
        Self { to, asking }
    }
}

impl<W: Write> Report for JsonReport<W> {
    fn event(&mut self, event: &Event) {
        if let Ok(text) = serde_json::to_string(event) {
            write(&mut self.to, &format!("{text}\n"));
        }
    }

    fn approve(&mut self, question: &Question) -> bool {
        // Whoever reads this is a program, which has no answer to give.
        let approved = self.asking.yes();
        let question = json!({"event": "question", "question": question, "approved": approved});
        write(&mut self.to, &format!("{question}\n"));
        approved
    }
}

#[cfg(test)]
mod tests {
    use super::super::plain::tests::deployment;
    use super::*;

    #[test]
    fn a_line_is_an_object() {
        let mut text = Vec::new();
        let mut report = JsonReport { to: &mut text, asking: Asking::nobody() };
        deployment()[..5].iter().for_each(|event| report.event(event));
        let question = Question { stacks: vec!["App".into()], text: "replace it?".into(), details: Vec::new() };
        assert!(!report.approve(&question));
        let expected = r#"{"event":"planned","operation":"deploy","stacks":["Network","App"]}
{"event":"asset","stack":"App","name":"api","state":"published","bytes":1}
{"event":"stack-done","stack":"Network","result":"unchanged","elapsed":1.0}
{"event":"stack-started","stack":"App","operation":"create","resources":2}
{"event":"resource","stack":"App","id":"Api-CREATE_IN_PROGRESS","time":"2026-03-01T12:00:05.123Z","logicalId":"Api","path":"App/Api","resourceType":"AWS::ECS::Service","physicalId":null,"status":"CREATE_IN_PROGRESS","reason":null}
{"approved":false,"event":"question","question":{"details":[],"stacks":["App"],"text":"replace it?"}}
"#;
        assert_eq!(String::from_utf8(text).expect("UTF-8"), expected);
    }
}
