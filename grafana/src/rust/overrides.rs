//! Overrides: fields that are shown in another way.

use serde_json::Value as Json;

use super::both::{Both, both, elements, number, text};
use super::code::Code;
use super::value::{argument, calc, variant};
use crate::dashboard::{Comparison, FieldType, Override, setters};

/// Returns an override as code, with what it gives, which may lack members that no code can say.
pub(super) fn override_of(wanted: &Json) -> Option<Both<Override>> {
    let mut made = matcher(&wanted["matcher"])?;
    let table = setters::overrides();
    for property in wanted["properties"].as_array()? {
        let id = property["id"].as_str()?;
        let value = property.get("value")?;
        let setter = table.iter().find(|setter| setter.path == id);
        let typed = setter.and_then(|setter| Some((setter.name, vec![argument(setter.argument, value)?])));
        let (method, arguments) = typed.unwrap_or_else(|| ("property", vec![Code::text(id), super::made::json(value)]));
        made.code.method(method, arguments);
        made.value = made.value.property(id, value.clone());
    }
    Some(made)
}

fn matcher(wanted: &Json) -> Option<Both<Override>> {
    let options = &wanted["options"];
    let id = text(&wanted["id"])?;
    let typed = match (id.value.as_str(), options["mode"].as_str()) {
        ("byName", _) => text(options).map(|name| both!(Override::by_name(name))),
        ("byRegexp", _) => text(options).map(|pattern| both!(Override::by_regexp(pattern))),
        ("byFrameRefID", _) => text(options).map(|reference| both!(Override::by_query(reference))),
        ("byType", _) => variant!(FieldType, options).map(|kind| both!(Override::by_type(kind))),
        ("byNames", Some("include")) => elements(&options["names"], text).map(|names| both!(Override::by_names(names))),
        ("byNames", Some("exclude")) => {
            elements(&options["names"], text).map(|names| both!(Override::except_names(names)))
        }
        ("byValue", _) => (|| {
            let comparison = variant!(Comparison, &options["op"])?;
            Some(both!(Override::by_value(calc(&options["reducer"])?, comparison, number(&options["value"])?)))
        })(),
        _ => None,
    };
    typed.or_else(|| {
        let options = Both::new(options.clone(), super::made::json(options));
        Some(both!(Override::matching(id, options)))
    })
}
