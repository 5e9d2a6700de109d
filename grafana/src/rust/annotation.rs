//! Annotations.

use serde_json::Value as Json;

use super::both::text;
use super::code::Code;
use super::made::Made;
use crate::dashboard::Annotation;
use crate::dashboard::setters::ANNOTATION;

/// Returns an annotation as code.
pub(super) fn annotation(wanted: &Json) -> Option<Made> {
    let name = text(&wanted["name"])?;
    let (annotation, code) = if wanted["builtIn"] == 1 && wanted["type"] == "dashboard" {
        (Annotation::built_in(), Code::call("Annotation::built_in", Vec::new()))
    } else {
        let tags: Vec<&str> = wanted["target"]["tags"].as_array()?.iter().filter_map(Json::as_str).collect();
        if tags.is_empty() {
            return None;
        }
        let list = Code::Array(tags.iter().map(|tag| Code::text(tag)).collect());
        (Annotation::tagged(name.value, tags), Code::call("Annotation::tagged", vec![name.code, list]))
    };
    let gives = serde_json::to_value(&annotation.into_model().root).unwrap_or_default();
    let mut made = Made::new(code, gives);
    made.setters(ANNOTATION, wanted);
    made.finish(wanted).then_some(made)
}
