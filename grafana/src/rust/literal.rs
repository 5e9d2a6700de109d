//! Literals of Rust.

use std::f64::consts;

use serde_json::Value as Json;

use super::code::{SMALL, WIDTH, width};

/// Returns a string literal: a raw one where that saves escapes.
pub(super) fn text(text: &str) -> String {
    let plain = |at: char| !needs_escape(at) && !matches!(at, '"' | '\\');
    if text.chars().all(plain) {
        return format!("\"{text}\"");
    }
    // Lines that end with a space would be cut by editors.
    let cut = |line: &str| line.ends_with([' ', '\t']);
    if text.chars().all(|at| at == '\n' || !needs_escape(at)) && !(text.contains('\n') && text.split('\n').any(cut)) {
        let mut hashes = 0;
        while text.contains(&format!("\"{}", "#".repeat(hashes))) {
            hashes += 1;
        }
        let hashes = "#".repeat(hashes);
        return format!("r{hashes}\"{text}\"{hashes}");
    }
    let mut escaped = String::from("\"");
    for at in text.chars() {
        match at {
            '"' => escaped += "\\\"",
            '\\' => escaped += "\\\\",
            '\n' => escaped += "\\n",
            '\r' => escaped += "\\r",
            '\t' => escaped += "\\t",
            at if needs_escape(at) => escaped += &format!("\\u{{{:x}}}", u32::from(at)),
            at => escaped.push(at),
        }
    }
    escaped + "\""
}

/// Whether a character would be refused by the compiler, or not be seen by a reader.
pub(super) fn needs_escape(at: char) -> bool {
    at.is_control()
        || matches!(at, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(at, '\u{feff}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// Returns a literal of `f64`.
pub(super) fn float(number: f64) -> String {
    let text = format!("{number:?}");
    // Clippy takes 3.14 for a careless pi. As 3.14e0 it is left alone.
    let known = [consts::PI, consts::TAU, consts::E, consts::SQRT_2, consts::LN_2, consts::LN_10, 1.618];
    let known = known.into_iter().chain([consts::LOG2_10, consts::LOG2_E, consts::LOG10_2, consts::LOG10_E]);
    let known = known.chain([consts::FRAC_1_PI, consts::FRAC_2_PI, consts::FRAC_PI_2, consts::FRAC_PI_3]);
    let known = known.chain([consts::FRAC_PI_4, consts::FRAC_PI_6, consts::FRAC_PI_8, consts::FRAC_1_SQRT_2]);
    let mut known = known.chain([consts::FRAC_2_SQRT_PI, 0.577]);
    if !text.contains('e') && known.any(|constant| (constant - number.abs()).abs() < 0.01) {
        return format!("{number:e}");
    }
    text
}

/// Returns a JSON number as a literal of Rust.
pub(super) fn number(number: &serde_json::Number) -> String {
    match (number.as_i64(), number.as_u64(), number.as_f64()) {
        (Some(integer), ..) if i32::try_from(integer).is_ok() => integer.to_string(),
        (Some(integer), ..) => format!("{integer}_i64"),
        (_, Some(integer), _) => format!("{integer}_u64"),
        (.., Some(number)) => float(number),
        _ => "0".to_owned(),
    }
}

/// Returns JSON as `json!` takes it, without the macro's name: laid out like [`Code::layout`](super::code::Code::layout).
pub(super) fn json(json: &Json, indent: usize, before: usize, after: usize) -> String {
    let line = json_line(json);
    let narrow = width(&line) <= SMALL || is_alone(json);
    if !line.contains('\n') && narrow && before + width(&line) + after <= WIDTH {
        return line;
    }
    let deeper = indent + 4;
    let pad = " ".repeat(deeper);
    let lines: Vec<String> = match json {
        Json::Array(elements) => {
            elements.iter().map(|element| format!("{pad}{},\n", self::json(element, deeper, deeper, 1))).collect()
        }
        Json::Object(members) => {
            let member = |(name, member): (&String, &Json)| {
                let name = text(name);
                let member = self::json(member, deeper, deeper + width(&name) + 2, 1);
                format!("{pad}{name}: {member},\n")
            };
            members.iter().map(member).collect()
        }
        _ => return line,
    };
    let (open, close) = if json.is_array() { ('[', ']') } else { ('{', '}') };
    format!("{open}\n{}{}{close}", lines.concat(), " ".repeat(indent))
}

/// Whether it is an array of one value that is neither an array nor an object.
fn is_alone(json: &Json) -> bool {
    json.as_array()
        .is_some_and(|elements| matches!(elements.as_slice(), [only] if !only.is_array() && !only.is_object()))
}

fn json_line(json: &Json) -> String {
    match json {
        Json::Null => "null".to_owned(),
        Json::Bool(value) => value.to_string(),
        Json::Number(value) => number(value),
        Json::String(value) => text(value),
        Json::Array(elements) => format!("[{}]", elements.iter().map(json_line).collect::<Vec<_>>().join(", ")),
        Json::Object(members) if members.is_empty() => "{}".to_owned(),
        Json::Object(members) => {
            let member = |(name, member): (&String, &Json)| format!("{}: {}", text(name), json_line(member));
            format!("{{ {} }}", members.iter().map(member).collect::<Vec<_>>().join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_is_raw_where_that_saves_escapes() {
        assert_eq!(text("plain"), r#""plain""#);
        assert_eq!(text(r#"{job="a"}"#), r###"r#"{job="a"}"#"###);
        assert_eq!(text(r"\d+"), r#"r"\d+""#);
        assert_eq!(text(r##"a"#b"##), r####"r##"a"#b"##"####);
        assert_eq!(text("a\nb"), "r\"a\nb\"");
        assert_eq!(text("a \nb"), r#""a \nb""#);
        assert_eq!(text("a\r\u{202e}\u{0}"), r#""a\r\u{202e}\u{0}""#);
    }

    #[test]
    fn numbers_are_literals_of_their_type() {
        let number = |json: Json| json.as_number().map(number).unwrap_or_default();
        assert_eq!(number(1.into()), "1");
        assert_eq!(number(1_600_000_000_000_i64.into()), "1600000000000_i64");
        assert_eq!(number(u64::MAX.into()), "18446744073709551615_u64");
        assert_eq!([float(0.5), float(314.0 / 100.0), float(1e300)], ["0.5", "3.14e0", "1e300"]);
    }
}
