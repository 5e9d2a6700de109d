//! [`RustFile`]: a file of Rust.

use std::collections::BTreeSet;

use super::code::{Code, WIDTH};
use super::dashboard::Function;
use super::literal::needs_escape;
use super::source::Source;

/// What a value that is made in several statements is called.
pub(super) const LOCAL: &str = "made";

/// How many calls one statement has. The compiler overflows its stack at some hundreds.
const LONGEST: usize = 60;

/// A file of Rust that was generated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RustFile {
    /// The name of its public function.
    pub function: String,
    /// The text, as `rustfmt` would lay it out.
    pub text: String,
    /// The data sources that the function takes, in the order of its parameters.
    pub data_sources: Vec<DataSourceParameter>,
    /// What they are made from.
    pub(super) sources: Vec<Source>,
    /// How many values the JSON has.
    pub values: usize,
    /// How many of them are JSON in the code too, because no setter writes them.
    pub untyped: usize,
}

/// A data source that a generated function takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataSourceParameter {
    /// The name of the parameter.
    pub name: String,
    /// The code that makes the data source for which the function gives the JSON that it was made from.
    pub original: String,
}

/// Returns a text for a comment: in backticks, in one line, and not too long.
pub(super) fn quoted(text: &str) -> String {
    let shown: String = text
        .chars()
        .map(|at| {
            if at == '`' {
                '\''
            } else if needs_escape(at) {
                ' '
            } else {
                at
            }
        })
        .collect();
    let words: Vec<&str> = shown.split_whitespace().collect();
    let mut shown: String = words.join(" ");
    if let Some((end, _)) = shown.char_indices().nth(60) {
        shown.truncate(end);
        shown.push('…');
    }
    if shown.is_empty() { "without a title".to_owned() } else { format!("`{shown}`") }
}

/// Lays functions out as a file, the last one public and first.
pub(super) fn file(about: &str, functions: &[Function], sources: &[Source]) -> Option<RustFile> {
    let (public, others) = functions.split_last()?;
    let mut types = BTreeSet::new();
    for function in functions {
        types.insert(function.returns.clone());
        function.body.types(&mut types);
    }
    let mut kinds: BTreeSet<String> = types.iter().filter(|name| is_kind(name)).cloned().collect();
    types.retain(|name| !is_kind(name));
    if !sources.is_empty() {
        kinds.insert("DataSourceRef".to_owned());
    }
    kinds.extend(sources.iter().map(|source| source.language.kind().to_owned()));

    let mut text = format!("//! {about}\n\n");
    text += &uses("belvedere_grafana::dashboard", &types);
    if !kinds.is_empty() {
        text += &uses("belvedere_grafana::datasource", &kinds);
    }
    text += json_import(functions.iter().map(|function| &function.body));
    let (local, given): (Vec<&Source>, Vec<&Source>) = sources.iter().partition(|source| source.is_local());
    text += &format!("\n/// {}\n", public.about);
    if !given.is_empty() {
        text += "///\n/// It gives the JSON that it was made from with these data sources, and takes others as well:\n";
    }
    for source in &given {
        text += &format!("/// - `{}`: `{}`\n", source.name, source.make().layout(0, 0, 0).replace('\n', " "));
    }
    text += "#[must_use]\n";
    text += &definition("pub fn", public, &given, &local);
    for function in others {
        let used = function.body.names();
        let given: Vec<&Source> = sources.iter().filter(|source| used.contains(&source.name)).collect();
        text += &format!("\n/// {}\n{}", function.about, definition("fn", function, &given, &[]));
    }
    let data_sources = given
        .iter()
        .map(|source| DataSourceParameter { name: source.name.clone(), original: source.make().layout(0, 0, 0) })
        .collect();
    let sources = given.into_iter().cloned().collect();
    Some(RustFile { function: public.name.clone(), text, data_sources, sources, values: 0, untyped: 0 })
}

/// What code needs of `serde_json`, as an import.
pub(super) fn json_import<'a>(codes: impl Iterator<Item = &'a Code>) -> &'static str {
    let (mut json, mut array) = (false, false);
    codes.for_each(|code| {
        code.each(&mut |code| {
            json |= matches!(code, Code::Json(_));
            array |= matches!(code, Code::JsonArray(_));
        });
    });
    match (array, json) {
        (true, _) => "use serde_json::{Value, json};\n",
        (false, true) => "use serde_json::json;\n",
        (false, false) => "",
    }
}

/// Whether this is a data source's reference, or a kind of one.
pub(super) fn is_kind(name: &str) -> bool {
    matches!(name, "PromQl" | "LogQl" | "TraceQl" | "CloudWatch" | "XRay" | "Sql" | "Other" | "DataSourceRef")
}

/// An import, as `rustfmt` lays it out.
pub(super) fn uses(module: &str, names: &BTreeSet<String>) -> String {
    let list: Vec<&str> = names.iter().map(String::as_str).collect();
    let line = match list.as_slice() {
        [only] => format!("use {module}::{only};\n"),
        list => format!("use {module}::{{{}}};\n", list.join(", ")),
    };
    // `rustfmt` leaves two columns of the line free, and one of each row but the last.
    if list.len() == 1 || line.len() < WIDTH {
        return line;
    }
    let mut text = format!("use {module}::{{\n");
    let mut row = String::from("   ");
    for (number, name) in list.iter().enumerate() {
        let room = if number + 1 == list.len() { WIDTH } else { WIDTH - 1 };
        if row.len() + 1 + name.len() + 1 > room {
            text += &format!("{row}\n");
            row = String::from("   ");
        }
        row += &format!(" {name},");
    }
    text + &row + "\n};\n"
}

enum Statement {
    Let(Code),
    Return(Code),
}

/// Parts a chain of many calls.
fn statements(body: &Code) -> Vec<Statement> {
    let Code::Chain(head, methods) = body else { return vec![Statement::Return(body.clone())] };
    let mut head = head.as_ref().clone();
    let mut parts: Vec<_> = methods.chunks(LONGEST).map(<[_]>::to_vec).collect();
    let last = parts.pop().unwrap_or_default();
    let mut statements = Vec::new();
    for part in parts {
        statements.push(Statement::Let(Code::Chain(Box::new(head), part)));
        head = Code::plain(LOCAL);
    }
    statements.push(Statement::Return(Code::Chain(Box::new(head), last)));
    statements
}

fn definition(keyword: &str, function: &Function, given: &[&Source], local: &[&Source]) -> String {
    let parameters: Vec<String> =
        given.iter().map(|source| format!("{}: &DataSourceRef<{}>", source.name, source.language.kind())).collect();
    let mut text = format!("{keyword} {}({}) -> {} {{\n", function.name, parameters.join(", "), function.returns);
    if text.len() > WIDTH + 1 {
        let lines: Vec<String> = parameters.iter().map(|parameter| format!("    {parameter},\n")).collect();
        text = format!("{keyword} {}(\n{}) -> {} {{\n", function.name, lines.concat(), function.returns);
    }
    for source in local {
        let head = format!("    let {} = &", source.name);
        let made = source.make();
        let (beside, below) = (made.layout(4, head.len(), 1), format!("&{}", made.layout(8, 9, 1)));
        text += &match beside.contains('\n') && !below.contains('\n') {
            true => format!("{}\n        {below};\n", head.trim_end_matches([' ', '&'])),
            false => format!("{head}{beside};\n"),
        };
    }
    text + &statements_of(&function.body) + "}\n"
}

/// The statements of a function that returns a value.
pub(super) fn statements_of(body: &Code) -> String {
    let line = |statement| match statement {
        Statement::Let(code) => {
            let head = format!("    let {LOCAL} = ");
            format!("{head}{};\n", Code::layout(&code, 4, head.len(), 1))
        }
        Statement::Return(code) => format!("    {}\n", Code::layout(&code, 4, 4, 0)),
    };
    statements(body).into_iter().map(line).collect()
}
