//! [`Variable`]: what Grafana replaces in a query before the data source sees it.

use crate::finding::Span;

use super::QueryError;

/// A variable of Grafana in a text: `$job`, `${job:regex}`, `[[job]]` or one of Grafana's own, such as
/// `$__rate_interval`.
///
/// Source: <https://grafana.com/docs/grafana/latest/dashboards/variables/variable-syntax/>.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// The name, without the sign and the braces.
    pub name: String,
    /// The part behind the dot, such as `from` in `${__url_time_range.from}`.
    pub field: Option<String>,
    /// The format behind the colon, such as `regex`.
    pub format: Option<String>,
    /// The whole variable.
    pub span: Span,
}

/// Those that Grafana itself gives a value, wherever a query is. The ones of traces are for the queries of links.
///
/// Source: <https://grafana.com/docs/grafana/latest/dashboards/variables/add-template-variables/#global-variables>.
const GLOBAL: [&str; 31] = [
    "__all_variables",
    "__auto",
    "__cell",
    "__dashboard",
    "__data",
    "__field",
    "__from",
    "__interval",
    "__interval_ms",
    "__interval_s",
    "__name",
    "__org",
    "__range",
    "__range_ms",
    "__range_s",
    "__rate_interval",
    "__rate_interval_ms",
    "__searchFilter",
    "__series",
    "__span",
    "__tags",
    "__template",
    "__timeFilter",
    "__timezone",
    "__to",
    "__trace",
    "__traceId",
    "__url",
    "__url_time_range",
    "__user",
    "__value",
];

impl Variable {
    /// Returns whether Grafana gives the value, so that no dashboard has to define the variable.
    #[must_use]
    pub fn is_global(&self) -> bool {
        GLOBAL.contains(&self.name.as_str())
    }

    /// Refuses a name that only Grafana could define and does not.
    pub(super) fn check(&self) -> Result<(), QueryError> {
        if !self.name.starts_with("__") || self.is_global() {
            return Ok(());
        }
        let error = QueryError::new(format!("Grafana has no variable `${}`", self.name), self.span);
        let near = super::naming::nearest(&self.name, GLOBAL);
        Err(match near {
            Some(near) => error.fix(format!("write `${near}`")),
            None => error.fix("names that begin with `__` are Grafana's own; rename the variable"),
        })
    }
}

/// Returns the variables of a text, in the order in which they are written.
///
/// A sign that begins no variable, such as the `$` at the end of a regular expression, is none.
#[must_use]
pub fn variables(text: &str) -> Vec<Variable> {
    let mut found = Vec::new();
    // Nearly all texts have none, and this is asked of every text of a dashboard.
    if !text.as_bytes().contains(&b'$') && !text.as_bytes().contains(&b'[') {
        return found;
    }
    let mut at = 0;
    while let Some(next) = [text[at..].find('$'), text[at..].find("[[")].into_iter().flatten().min() {
        at += next;
        match variable_at(text, at) {
            Some(variable) => {
                at = variable.span.end;
                found.push(variable);
            }
            None => at += 1,
        }
    }
    found
}

/// The variable that begins at a byte.
pub(super) fn variable_at(text: &str, start: usize) -> Option<Variable> {
    let rest = text.get(start..)?;
    let (inside, opened, close) = if let Some(inside) = rest.strip_prefix("${") {
        (inside, 2, Some("}"))
    } else if let Some(inside) = rest.strip_prefix("[[") {
        (inside, 2, Some("]]"))
    } else {
        (rest.strip_prefix('$')?, 1, None)
    };
    let length = inside.find(|at: char| !at.is_ascii_alphanumeric() && at != '_').unwrap_or(inside.len());
    let name = &inside[..length];
    // `$1` stands for a group of a regular expression.
    if name.is_empty() || close.is_none() && name.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    let mut variable =
        Variable { name: name.to_owned(), field: None, format: None, span: Span::new(start, start + opened + length) };
    let Some(close) = close else { return Some(variable) };
    let end = inside.find(close)?;
    let mut rest = &inside[length..end];
    if let Some(field) = rest.strip_prefix('.') {
        let length = field.find(':').unwrap_or(field.len());
        variable.field = Some(field[..length].to_owned());
        rest = &field[length..];
    }
    if let Some(format) = rest.strip_prefix(':') {
        variable.format = Some(format.to_owned());
        rest = "";
    }
    variable.span.end = start + opened + end + close.len();
    rest.is_empty().then_some(variable)
}

/// The text with something harmless in the place of each variable.
pub(super) fn without_variables(text: &str, instead: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut at = 0;
    for variable in variables(text) {
        // `\$SYS` in a regular expression is a sign that stands for itself.
        if text[..variable.span.start].ends_with('\\') {
            continue;
        }
        plain.push_str(&text[at..variable.span.start]);
        plain.push_str(instead);
        at = variable.span.end;
    }
    plain.push_str(&text[at..]);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_of_writing_is_found() {
        let found = variables("$a ${b:regex} [[c]] ${__url_time_range.from} ${d.e:csv} $1 x$ ${f [[0-9]+] [[g:pipe]]");
        let shown: Vec<_> = found
            .iter()
            .map(|at| (at.name.as_str(), at.field.as_deref().unwrap_or(""), at.format.as_deref().unwrap_or("")))
            .collect();
        let expected = [
            ("a", "", ""),
            ("b", "", "regex"),
            ("c", "", ""),
            ("__url_time_range", "from", ""),
            ("d", "e", "csv"),
            ("g", "", "pipe"),
        ];
        assert_eq!(shown, expected);
    }

    #[test]
    fn an_unknown_one_of_grafana_has_the_nearest_as_its_fix() {
        let error = variables("rate(a[$__rate_intervall])")[0].check().expect_err("there is none");
        assert_eq!(error.fix.as_deref(), Some("write `$__rate_interval`"));
        assert_eq!(error.span, Span::new(7, 24));
    }
}
