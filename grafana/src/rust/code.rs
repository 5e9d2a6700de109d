//! [`Code`]: Rust expressions, and their layout, which is `rustfmt`'s.

use std::collections::BTreeSet;

use serde_json::Value as Json;
use unicode_width::UnicodeWidthStr;

use super::literal;

/// How wide a line may be: `rustfmt`'s default.
pub(super) const WIDTH: usize = 100;
/// How wide the arguments of a call, the elements of an array and a chain of calls may be in one line.
pub(super) const SMALL: usize = 60;
/// How wide elements may be of which several share a line in an array that needs more than one.
const TINY: usize = 10;
const INDENT: usize = 4;

/// A Rust expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Code {
    /// A literal, a name or a path.
    Plain(String),
    /// `Thing::new("x", 3)`.
    Call(String, Vec<Self>),
    /// `head.first(1).second()`.
    Chain(Box<Self>, Vec<Method>),
    /// `[1, 2]`.
    Array(Vec<Self>),
    /// `Thing { a: 1 }`.
    Struct(String, Vec<(String, Self)>),
    /// `(a, b)`.
    Tuple(Vec<Self>),
    /// `json!({ "a": 1 })`.
    Json(Json),
    /// `Value::Array(vec![json!(1)])`, for more elements than `json!` can take.
    JsonArray(Vec<Json>),
}

/// A call of a chain: the method's name and its arguments.
pub(super) type Method = (String, Vec<Code>);

impl Code {
    pub(super) fn plain(text: impl Into<String>) -> Self {
        Self::Plain(text.into())
    }

    /// A string literal.
    pub(super) fn text(text: &str) -> Self {
        Self::Plain(literal::text(text))
    }

    pub(super) fn call(function: impl Into<String>, arguments: Vec<Self>) -> Self {
        Self::Call(function.into(), arguments)
    }

    /// Appends a call to the chain, or begins one.
    pub(super) fn method(&mut self, name: &str, arguments: Vec<Self>) {
        let method = (name.to_owned(), arguments);
        if let Self::Chain(_, methods) = self {
            methods.push(method);
        } else {
            let head = std::mem::replace(self, Self::Plain(String::new()));
            *self = Self::Chain(Box::new(head), vec![method]);
        }
    }

    /// Returns the text, laid out for a line that is indented by `indent` and has `before` columns taken, the indent
    /// among them, and `after` columns to leave free at the end.
    pub(super) fn layout(&self, indent: usize, before: usize, after: usize) -> String {
        match self {
            Self::Plain(text) => text.clone(),
            Self::Call(function, arguments) => call(function, arguments, indent, before, after),
            Self::Struct(name, fields) => {
                let pad = pad(indent + INDENT);
                let field = |(name, value): &(String, Self)| {
                    format!("{pad}{name}: {},\n", value.layout(indent + INDENT, indent + INDENT + width(name) + 2, 1))
                };
                format!("{name} {{\n{}{}}}", fields.iter().map(field).collect::<String>(), self::pad(indent))
            }
            Self::Tuple(elements) => call("", elements, indent, before, after),
            Self::Array(elements) => array(elements, indent, before, after),
            Self::Json(json) => format!("json!({})", literal::json(json, indent, before + "json!(".len(), after + 1)),
            Self::JsonArray(elements) => {
                let elements: Vec<Self> = elements.iter().cloned().map(Self::Json).collect();
                let head = "Value::Array(vec!";
                format!("{head}{})", array(&elements, indent, before + head.len(), after + 1))
            }
            Self::Chain(head, methods) => chain(head, methods, indent, before, after),
        }
    }

    /// Shows every expression in it, itself first.
    pub(super) fn each(&self, see: &mut dyn FnMut(&Self)) {
        see(self);
        match self {
            Self::Plain(_) | Self::Json(_) | Self::JsonArray(_) => {}
            Self::Struct(_, fields) => fields.iter().for_each(|(_, value)| value.each(see)),
            Self::Call(_, inside) | Self::Array(inside) | Self::Tuple(inside) => {
                inside.iter().for_each(|code| code.each(see));
            }
            Self::Chain(head, methods) => {
                head.each(see);
                methods.iter().flat_map(|(_, arguments)| arguments).for_each(|code| code.each(see));
            }
        }
    }

    /// Adds the names of the types that it names.
    pub(super) fn types(&self, found: &mut BTreeSet<String>) {
        self.each(&mut |code| match code {
            Self::Plain(text) => found.extend(type_name(text)),
            Self::Struct(name, _) => found.extend([name.clone()]),
            Self::Call(function, _) => {
                found.extend(type_name(function));
                let generic = function.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
                found.extend(generic.map(|(name, _)| name.to_owned()));
            }
            _ => {}
        });
    }

    /// Returns the plain names in it.
    pub(super) fn names(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        self.each(&mut |code| {
            if let Self::Plain(text) = code {
                found.insert(text.clone());
            }
        });
        found
    }

    /// Whether it may begin on the line of the call that it is the only argument of, and end on another.
    fn overflows(&self) -> bool {
        !matches!(self, Self::Plain(_) | Self::Chain(..))
    }
}

/// The type in `Type::function` or `Type { .. }`.
fn type_name(text: &str) -> Option<String> {
    let name: String = text.chars().take_while(|at| at.is_ascii_alphanumeric() || *at == '_').collect();
    let rest = &text[name.len()..];
    let names = name.starts_with(|at: char| at.is_ascii_uppercase());
    (names && (rest.starts_with("::") || rest.starts_with(" {"))).then_some(name)
}

/// How many columns a text takes, as `rustfmt` counts them: two for a wide character.
pub(super) fn width(text: &str) -> usize {
    text.width()
}

fn first_line(text: &str) -> usize {
    text.lines().next().map_or(0, width)
}

fn pad(columns: usize) -> String {
    " ".repeat(columns)
}

fn one_line(items: &[Code]) -> Option<String> {
    let items: Vec<String> = items.iter().map(|item| item.layout(0, 0, 0)).collect();
    items.iter().all(|item| !item.contains('\n')).then(|| items.join(", "))
}

fn call(function: &str, arguments: &[Code], indent: usize, before: usize, after: usize) -> String {
    let taken = before + width(function) + 1;
    if let [only] = arguments {
        if let Some(inner) = alone(only, indent, taken, after) {
            return format!("{function}({inner})");
        }
    } else if let Some(line) = one_line(arguments)
        && (width(&line) <= SMALL && taken + width(&line) + 1 + after <= WIDTH)
    {
        return format!("{function}({line})");
    }
    format!("{function}({})", vertical(arguments, indent))
}

/// The only argument or element, if it may stay on the line of its bracket.
fn alone(only: &Code, indent: usize, taken: usize, after: usize) -> Option<String> {
    let mut inner = only.layout(indent, taken, after + 1);
    // A call in a call is not as wide as one that stands alone.
    if matches!(only, Code::Call(..)) && !inner.contains('\n') && width(&inner) > SMALL {
        inner = broken(only, indent).unwrap_or(inner);
    }
    let fits = taken + first_line(&inner) + if inner.contains('\n') { 0 } else { 1 + after } <= WIDTH;
    // A chain of one call whose bracket is open at the end of the line.
    let opens = matches!(only, Code::Chain(head, methods) if methods.len() == 1 && inner.contains(&head.layout(0, 0, 0)))
        && inner.lines().next().is_some_and(|line| line.ends_with(['(', '[']) && line.contains('.'));
    (fits && (!inner.contains('\n') || only.overflows() || opens)).then_some(inner)
}

/// A call or an array in more lines than one.
fn broken(code: &Code, indent: usize) -> Option<String> {
    match code {
        Code::Call(function, arguments) => match arguments.as_slice() {
            [] => None,
            [only] => Some(match broken(only, indent) {
                Some(inner) => format!("{function}({inner})"),
                None => format!("{function}({})", vertical(arguments, indent)),
            }),
            _ => Some(format!("{function}({})", vertical(arguments, indent))),
        },
        Code::Array(elements) => Some(format!("[{}]", vertical(elements, indent))),
        _ => None,
    }
}

/// Each on a line of its own, or several where all are tiny.
fn vertical(items: &[Code], indent: usize) -> String {
    let deeper = pad(indent + INDENT);
    let items: Vec<String> = items.iter().map(|item| item.layout(indent + INDENT, indent + INDENT, 1)).collect();
    let mut lines: Vec<String> = Vec::new();
    let tiny = items.iter().all(|item| width(item) <= TINY);
    for item in items {
        match lines.last_mut() {
            Some(line) if tiny && indent + INDENT + width(line) + width(&item) + 2 <= WIDTH => {
                *line += &format!(" {item},");
            }
            _ => lines.push(format!("{item},")),
        }
    }
    let lines: String = lines.into_iter().map(|line| format!("{deeper}{line}\n")).collect();
    format!("\n{lines}{}", pad(indent))
}

fn array(elements: &[Code], indent: usize, before: usize, after: usize) -> String {
    let only_a_literal = matches!(elements, [Code::Plain(_)]);
    if let Some(line) = one_line(elements)
        && ((width(&line) <= SMALL || only_a_literal) && before + width(&line) + 2 + after <= WIDTH)
    {
        return format!("[{line}]");
    }
    match elements {
        [only @ Code::Chain(..)] => {
            let inner = only.layout(indent, before + 1, after + 1);
            if before + 1 + first_line(&inner) <= WIDTH {
                return format!("[{inner}]");
            }
        }
        [only] if only.overflows() => {
            if let Some(inner) = alone(only, indent, before + 1, after) {
                return format!("[{inner}]");
            }
        }
        _ => {}
    }
    format!("[{}]", vertical(elements, indent))
}

fn chain(head: &Code, methods: &[Method], indent: usize, before: usize, after: usize) -> String {
    let show =
        |(name, arguments): &Method, indent, before, after| call(&format!(".{name}"), arguments, indent, before, after);
    let mut text = head.layout(indent, before, 0);
    let mut rest = methods;
    // A call that is shorter than the indent does not leave its line.
    while let [first, others @ ..] = rest
        && before == indent
        && width(&text) <= INDENT
        && !others.is_empty()
    {
        text += &show(first, indent, before + width(&text), 0);
        rest = others;
    }
    let [middle @ .., last] = rest else { return text };
    // Below a head that ends with a bracket of its own, calls are not indented.
    let deeper = if text.contains('\n') { indent } else { indent + INDENT };
    let shown: Vec<String> = middle.iter().map(|method| show(method, deeper, deeper, 0)).collect();
    let taken = width(&text) + shown.iter().map(|method| width(method)).sum::<usize>();
    let room = WIDTH.saturating_sub(before + after);
    let budget = if methods.len() == 1 { room } else { room.min(SMALL) };
    let flat = !text.contains('\n') && shown.iter().all(|method| !method.contains('\n')) && taken < budget;
    let on_own_line = show(last, deeper, deeper, after);
    if flat {
        let behind = show(last, indent, before + taken, after);
        let fits = first_line(&behind) <= budget - taken;
        if fits && (behind.lines().count() >= 5 || on_own_line.lines().count() >= behind.lines().count()) {
            return text + &shown.concat() + &behind;
        }
    }
    for method in shown.iter().chain([&on_own_line]) {
        text += &format!("\n{}{method}", pad(deeper));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built(title: &str, calls: &[(&str, &str)]) -> Code {
        let mut code = Code::call("Stat::new", vec![Code::text(title)]);
        for (name, argument) in calls {
            code.method(name, vec![Code::text(argument)]);
        }
        code
    }

    #[test]
    fn a_short_chain_is_one_line_and_a_long_one_has_a_line_for_each_call() {
        assert_eq!(built("Up", &[("unit", "s")]).layout(4, 4, 0), r#"Stat::new("Up").unit("s")"#);
        let long = built("A title that takes some room", &[("unit", "seconds"), ("no_value", "none")]);
        let expected =
            "Stat::new(\"A title that takes some room\")\n        .unit(\"seconds\")\n        .no_value(\"none\")";
        assert_eq!(long.layout(4, 4, 0), expected);
        let wide = Code::call("call", vec![Code::text(&"🟢".repeat(28)), Code::text("")]);
        assert!(wide.layout(0, 0, 0).contains('\n'));
        // A short head has its first call beside it, which counts all the same.
        let mut short = Code::plain("loki");
        short.method("logs", vec![Code::text(r#"{job="docker"} | json"#)]);
        short.method("set", vec![Code::text("editorMode"), Code::text("code")]);
        let expected = "loki.logs(r#\"{job=\"docker\"} | json\"#)\n    .set(\"editorMode\", \"code\")";
        assert_eq!(short.layout(0, 0, 0), expected);
    }

    #[test]
    fn what_stands_alone_in_an_array_stays_beside_its_brackets() {
        let mut link = Code::call("DataLink::to", vec![Code::text("Drill down"), Code::text(&"x".repeat(80))]);
        link.method("new_tab", Vec::new());
        let head = "[DataLink::to(\n    \"Drill down\",\n";
        let text = Code::Array(vec![link]).layout(0, 0, 0);
        assert!(text.starts_with(head) && text.ends_with("\n)\n.new_tab()]"), "{text}");
        assert!(!Code::Array(vec![Code::text(&"x".repeat(80))]).layout(0, 0, 0).contains('\n'));
        assert!(!Code::Json(serde_json::json!(["x".repeat(80)])).layout(0, 0, 0).contains('\n'));
    }
}
