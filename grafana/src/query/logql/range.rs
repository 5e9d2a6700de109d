//! Reads functions over a range of log lines.

use super::super::QueryError;
use super::super::amount::{Amount, amount, is_range};
use super::super::flow::Step;
use super::super::lexer::Kind;
use super::super::names::Named;
use super::super::operators::Grouping;
use super::functions::{RANGE_FUNCTIONS, callable};
use super::parser::Parser;
use crate::finding::Span;

/// What a function over a range takes.
pub(super) struct Range {
    pub(super) step: usize,
    ranged: bool,
    /// `unwrap`, with its label.
    unwrapped: Option<Span>,
    /// A variable, which may hold all of this.
    unknown: bool,
}

impl Parser<'_> {
    pub(super) fn range_function(&mut self, function: &Named) -> Result<usize, QueryError> {
        let lower = function.name.to_ascii_lowercase();
        self.cursor.expect("(")?;
        let parameter = self.cursor.peek();
        let has_parameter = matches!(parameter.kind, Kind::Number | Kind::Variable) && self.cursor.ahead(1).is(",");
        let wants_parameter = lower == "quantile_over_time";
        if wants_parameter != has_parameter {
            let takes = if wants_parameter { "a number from 0 to 1 and a range" } else { "a range alone" };
            return Err(QueryError::new(format!("`{}` takes {takes}", function.name), function.span));
        }
        if has_parameter {
            self.number()?;
            self.cursor.expect(",")?;
        }
        self.functions.push(function.clone());
        let range = self.range()?;
        self.functions.pop();
        if !range.ranged && !range.unknown {
            return Err(self.cursor.unexpected("a range such as `[5m]` or `[$__auto]`"));
        }
        self.cursor.expect(")")?;
        let start = self.cursor.peek().span;
        let grouping = Grouping::read(&mut self.cursor, &["by", "without"], true, false)?;
        let Some(takes) = RANGE_FUNCTIONS.iter().find(|at| at.name == lower) else { return Ok(range.step) };
        if !range.unknown {
            match range.unwrapped {
                Some(span) if !takes.numbers => {
                    let message = format!("`{}` counts lines and takes no `unwrap`", function.name);
                    return Err(QueryError::new(message, span).fix("leave `unwrap` out"));
                }
                None if !takes.lines => {
                    let message = format!("`{}` takes numbers, and lines are none", function.name);
                    let error = QueryError::new(message, function.span);
                    return Err(error.fix("say which label is the number: `| unwrap duration` before the range"));
                }
                _ => {}
            }
        }
        let Some(grouping) = grouping else {
            return Ok(match lower.as_str() {
                // The labels of its selector's matchers.
                "absent_over_time" => self.flow.add(Step::Unknown),
                _ => range.step,
            });
        };
        if !takes.groups {
            let message = format!("`{}` does not group", function.name);
            let fix = format!("write `sum {} (…) ({}(…))`", grouping.keyword, function.name);
            return Err(QueryError::new(message, start).fix(fix));
        }
        Ok(self.flow.aggregate(range.step, Some(&grouping)))
    }

    /// A selector with its stages, a range and an offset, some of them in parentheses.
    pub(super) fn range(&mut self) -> Result<Range, QueryError> {
        self.cursor.enter()?;
        let range = if self.cursor.eat("(") {
            let mut range = self.range()?;
            self.cursor.expect(")")?;
            if !range.ranged && self.cursor.is("[") {
                self.brackets()?;
                range.ranged = true;
            }
            range
        } else if self.cursor.peek().kind == Kind::Variable {
            self.cursor.next();
            let ranged = self.cursor.is("[");
            if ranged {
                self.brackets()?;
            }
            Range { step: self.flow.add(Step::Unknown), ranged, unwrapped: None, unknown: true }
        } else if self.cursor.is("{") {
            let step = self.selector()?;
            let mut range = Range { step, ranged: false, unwrapped: None, unknown: false };
            self.range_stages(&mut range)?;
            if self.cursor.is("[") {
                let staged = range.step != step || range.unwrapped.is_some();
                self.brackets()?;
                range.ranged = true;
                // The range may also stand before the stages.
                if !staged {
                    self.range_stages(&mut range)?;
                }
            }
            range
        } else {
            let token = self.cursor.peek();
            let error = self.cursor.unexpected("a selector `{…}`");
            let call = callable().any(|name| token.text.eq_ignore_ascii_case(name));
            return Err(if call { error.fix("LogQL has no subqueries: only log lines have a range") } else { error });
        };
        self.cursor.leave();
        Ok(range)
    }

    fn range_stages(&mut self, range: &mut Range) -> Result<(), QueryError> {
        range.step = self.stages(range.step)?;
        if let Some((step, span)) = self.unwrap(range.step)? {
            range.step = step;
            range.unwrapped = Some(span);
        }
        // A variable among the stages may unwrap.
        range.unknown |= self.cursor.tokens()[..self.cursor.position()]
            .iter()
            .rev()
            .take_while(|token| !token.is("{"))
            .any(|token| token.kind == Kind::Variable);
        Ok(())
    }

    /// A range, and an offset behind it.
    fn brackets(&mut self) -> Result<(), QueryError> {
        self.cursor.expect("[")?;
        let token = self.cursor.peek();
        match token.kind {
            Kind::Variable => {}
            Kind::Number if is_range(token.text) => {}
            _ => return Err(self.cursor.unexpected("a duration such as `5m` or `1h30m`")),
        }
        self.cursor.next();
        if self.cursor.is(":") {
            return Err(self.cursor.unexpected("`]`").fix("LogQL has no subqueries: leave the step out"));
        }
        self.cursor.expect("]")?;
        if self.cursor.is_word("offset") {
            self.cursor.next();
            self.cursor.eat("-");
            let token = self.cursor.peek();
            if token.kind != Kind::Variable && amount(token.text) != Some(Amount::Duration) {
                return Err(self.cursor.unexpected("a duration such as `5m`"));
            }
            self.cursor.next();
        }
        Ok(())
    }
}
