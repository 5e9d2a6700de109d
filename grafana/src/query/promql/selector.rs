//! Reads selectors and their matchers.

use super::super::lexer::{Cursor, Kind};
use super::super::names::{LabelMatcher, MatchOp, Named, Selector};
use super::super::{QueryError, re2};
use super::parser::Parser;
use super::tree::Part;

impl Parser {
    /// The matchers of a selector whose metric was read.
    pub(super) fn selector(&mut self, cursor: &mut Cursor<'_>, metric: Option<Named>) -> Result<usize, QueryError> {
        let first = cursor.position() - usize::from(metric.is_some());
        let mut selector = Selector { metric, matchers: Vec::new(), span: cursor.span_from(first), function: None };
        let mut any = selector.metric.is_some();
        if cursor.eat("{") {
            while !cursor.is("}") {
                any |= Self::matcher(cursor, &mut selector)?;
                if !cursor.is("}") {
                    if !cursor.is(",") {
                        return Err(cursor.unexpected("`,` or `}`"));
                    }
                    cursor.next();
                }
            }
            cursor.next();
        }
        selector.span = cursor.span_from(first);
        if !any {
            return Err(QueryError::new("the selector matches everything, which Prometheus refuses", selector.span)
                .fix("name a metric, or ask for a label that is not empty"));
        }
        selector.function = self.functions.last().cloned();
        self.tree.names.selectors.push(selector);
        let index = self.tree.names.selectors.len() - 1;
        Ok(self.node(cursor, first, Part::Selector(index)))
    }

    /// Reads one matcher and returns whether it asks for something that is not empty.
    fn matcher(cursor: &mut Cursor<'_>, selector: &mut Selector) -> Result<bool, QueryError> {
        let label = cursor.peek();
        if !matches!(label.kind, Kind::Word | Kind::Text | Kind::Variable) {
            return Err(cursor.unexpected("a label"));
        }
        cursor.next();
        let op = cursor.peek();
        let Some(op) = MatchOp::of(op.text).filter(|_| op.kind == Kind::Sign) else {
            return match label.kind {
                // A variable of whole matchers.
                Kind::Variable => Ok(true),
                Kind::Text if selector.metric.is_none() => {
                    selector.metric = Some(Named::of(&label));
                    Ok(true)
                }
                Kind::Text => {
                    Err(QueryError::new("the selector names a second metric", label.span).fix("name one metric"))
                }
                _ if op.is("==") => {
                    Err(cursor.unexpected("`=`, `!=`, `=~` or `!~`").fix(format!("write `{}=…`", label.text)))
                }
                _ => Err(cursor.unexpected("`=`, `!=`, `=~` or `!~`")),
            };
        };
        cursor.next();
        let value = cursor.peek();
        if value.kind != Kind::Text {
            let error = cursor.unexpected("a value in quotes");
            return Err(match value.kind {
                Kind::Word | Kind::Number | Kind::Variable => error.fix(format!("write `\"{}\"`", value.text)),
                _ => error,
            });
        }
        let named = Named::of(&value);
        let has_variable = named.has_variable();
        let empty = if op.is_regex() {
            re2::check_with_variables(&named.name)
                .map_err(|message| QueryError::new(message, named.span).fix("write it in the syntax of RE2"))?
        } else {
            named.name.is_empty()
        };
        cursor.next();
        let label = Named::of(&label);
        if label.name == "__name__" {
            match &selector.metric {
                Some(metric) if metric.span.end <= selector.span.end => {
                    return Err(QueryError::new("the selector names its metric twice", label.span)
                        .fix(format!("take the matcher out: the metric is `{}`", metric.name)));
                }
                None if op == MatchOp::Equal => selector.metric = Some(named.clone()),
                _ => {}
            }
        }
        selector.matchers.push(LabelMatcher { label, op, value: named });
        let negated = matches!(op, MatchOp::NotEqual | MatchOp::NotMatches);
        Ok(has_variable || negated == empty)
    }
}
