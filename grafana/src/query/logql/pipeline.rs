//! Reads the stages behind a selector.

use super::super::amount::amount;
use super::super::flow::Step;
use super::super::lexer::Kind;
use super::super::names::Named;
use super::super::{QueryError, naming};
use super::functions::KEYWORDS;
use super::parser::{Parser, check_regex};
use crate::finding::Span;

const LINE_FILTERS: [&str; 6] = ["|=", "!=", "|~", "!~", "|>", "!>"];

const STAGES: [&str; 12] = [
    "decolorize",
    "drop",
    "json",
    "keep",
    "label_format",
    "line_format",
    "logfmt",
    "pattern",
    "regexp",
    "unpack",
    "unwrap",
    "offset",
];

impl Parser<'_> {
    /// Reads the stages up to `unwrap`, and returns the step behind them.
    pub(super) fn stages(&mut self, mut of: usize) -> Result<usize, QueryError> {
        loop {
            let token = self.cursor.peek();
            if LINE_FILTERS.iter().any(|sign| token.is(sign)) {
                self.line_filter()?;
                of = self.flow.add(Step::Either(vec![of]));
            } else if token.is("|") && !self.cursor.ahead(1).text.eq_ignore_ascii_case("unwrap") {
                self.cursor.next();
                of = self.stage(of)?;
            } else if token.kind == Kind::Variable && of_stage(token.text) {
                self.cursor.next();
                of = self.flow.add(Step::MakeAny(of));
            } else {
                return Ok(of);
            }
            self.cursor.step()?;
        }
    }

    /// `| unwrap`, with the label filters behind it: the step behind it, and its place.
    pub(super) fn unwrap(&mut self, of: usize) -> Result<Option<(usize, Span)>, QueryError> {
        if !(self.cursor.is("|") && self.cursor.ahead(1).text.eq_ignore_ascii_case("unwrap")) {
            return Ok(None);
        }
        self.cursor.next();
        let first = self.cursor.position();
        self.cursor.next();
        let conversion = self.cursor.peek();
        let label = if self.cursor.ahead(1).is("(") {
            if !matches!(conversion.text.to_ascii_lowercase().as_str(), "bytes" | "duration" | "duration_seconds") {
                return Err(self.cursor.unexpected("`bytes`, `duration` or `duration_seconds`"));
            }
            self.cursor.next();
            self.cursor.next();
            let label = self.label()?;
            self.cursor.expect(")")?;
            label
        } else {
            self.label()?
        };
        let span = self.cursor.span_from(first);
        let mut step = self.flow.add(Step::Drop(of, vec![label.name.clone()]));
        self.flow.ask_one(label, &[of], true);
        while self.cursor.eat("|") {
            self.cursor.step()?;
            self.label_filters(of)?;
            step = self.flow.add(Step::Either(vec![step]));
        }
        Ok(Some((step, span)))
    }

    fn line_filter(&mut self) -> Result<(), QueryError> {
        let sign = self.cursor.next();
        loop {
            if self.cursor.is_word("ip") && self.cursor.ahead(1).is("(") {
                self.ip()?;
            } else {
                let text = self.text()?;
                if matches!(sign.text, "|~" | "!~") {
                    check_regex(&text)?;
                }
            }
            if !self.cursor.is_word("or") {
                return Ok(());
            }
            self.cursor.next();
            self.cursor.step()?;
        }
    }

    fn ip(&mut self) -> Result<(), QueryError> {
        self.cursor.next();
        self.cursor.expect("(")?;
        self.text()?;
        self.cursor.expect(")")?;
        Ok(())
    }

    fn stage(&mut self, of: usize) -> Result<usize, QueryError> {
        let token = self.cursor.peek();
        let word = token.text.to_ascii_lowercase();
        if !STAGES.contains(&word.as_str()) {
            if token.kind == Kind::Variable && !is_comparison(self.cursor.ahead(1).text) {
                self.cursor.next();
                return Ok(self.flow.add(Step::MakeAny(of)));
            }
            self.label_filters(of)?;
            return Ok(self.flow.add(Step::Either(vec![of])));
        }
        self.cursor.next();
        let step = match word.as_str() {
            "json" | "logfmt" => {
                while word == "logfmt" && self.cursor.peek().text.starts_with("--") {
                    self.cursor.next();
                }
                let made = self.extractions()?;
                if made.is_empty() { Step::MakeAny(of) } else { Step::Make(of, made) }
            }
            "unpack" => Step::MakeAny(of),
            "regexp" => {
                let pattern = self.text()?;
                check_regex(&pattern)?;
                let groups = groups(&pattern.name);
                if groups.is_empty() && !pattern.has_variable() {
                    return Err(QueryError::new("the regular expression names no group", pattern.span)
                        .fix("name what becomes a label: `(?P<status>\\\\d+)`"));
                }
                Step::Make(of, groups)
            }
            "pattern" => {
                let pattern = self.text()?;
                Step::Make(of, captures(&pattern)?)
            }
            "line_format" => {
                let template = self.text()?;
                check_template(&template)?;
                Step::Either(vec![of])
            }
            "label_format" => self.label_format(of)?,
            "drop" | "keep" => self.drop_or_keep(of, word == "drop")?,
            "decolorize" => Step::Either(vec![of]),
            _ => return Err(QueryError::new(format!("`{}` cannot stand here", token.text), token.span)),
        };
        Ok(self.flow.add(step))
    }

    /// `status, code="response.code"` behind a parser.
    fn extractions(&mut self) -> Result<Vec<String>, QueryError> {
        let mut made = Vec::new();
        let token = self.cursor.peek();
        let keyword = KEYWORDS.iter().any(|keyword| token.text.eq_ignore_ascii_case(keyword));
        if keyword || !matches!(token.kind, Kind::Word | Kind::Variable) {
            return Ok(made);
        }
        loop {
            made.push(self.label()?.name);
            if self.cursor.eat("=") {
                self.text()?;
            }
            if !self.cursor.eat(",") {
                return Ok(made);
            }
        }
    }

    fn label_format(&mut self, of: usize) -> Result<Step, QueryError> {
        let mut made: Vec<String> = Vec::new();
        loop {
            let label = self.label()?;
            if made.contains(&label.name) {
                return Err(QueryError::new(format!("`label_format` sets `{}` twice", label.name), label.span));
            }
            self.cursor.expect("=")?;
            if self.cursor.peek().kind == Kind::Text {
                let template = self.text()?;
                check_template(&template)?;
            } else {
                let from = self.label()?;
                self.flow.ask_one(from, &[of], true);
            }
            made.push(label.name);
            if !self.cursor.eat(",") {
                return Ok(Step::Make(of, made));
            }
        }
    }

    fn drop_or_keep(&mut self, of: usize, drops: bool) -> Result<Step, QueryError> {
        let mut named = Vec::new();
        loop {
            let label = self.label()?;
            let compares = is_comparison(self.cursor.peek().text);
            // Labels of which only some values are dropped stay.
            if !(drops && compares) {
                named.push(label.name.clone());
            }
            if compares {
                self.matcher(label)?;
            }
            if !self.cursor.eat(",") {
                break;
            }
        }
        Ok(if drops { Step::Drop(of, named) } else { Step::Keep(of, named) })
    }

    /// Comparisons of labels with `and`, `or`, `,` or nothing between them.
    fn label_filters(&mut self, of: usize) -> Result<(), QueryError> {
        self.cursor.enter()?;
        loop {
            self.cursor.step()?;
            if self.cursor.eat("(") {
                self.label_filters(of)?;
                self.cursor.expect(")")?;
            } else {
                self.label_filter(of)?;
            }
            let token = self.cursor.peek();
            if self.cursor.is_word("and") || self.cursor.is_word("or") || self.cursor.is(",") {
                self.cursor.next();
                continue;
            }
            let another = token.kind == Kind::Word && is_comparison(self.cursor.ahead(1).text);
            if !another && !self.cursor.is("(") {
                break;
            }
        }
        self.cursor.leave();
        Ok(())
    }

    fn label_filter(&mut self, of: usize) -> Result<(), QueryError> {
        let token = self.cursor.peek();
        if !is_comparison(self.cursor.ahead(1).text) && token.kind == Kind::Word {
            let error = QueryError::new(format!("LogQL has no stage `{}`", token.text), token.span);
            return Err(match naming::nearest(&token.text.to_ascii_lowercase(), STAGES) {
                Some(near) => error.fix(format!("write `{near}`")),
                None => error.fix(format!("to filter by a label, compare it: `{}=\"…\"`", token.text)),
            });
        }
        let label = self.label()?;
        // Loki itself sets these when a stage fails.
        if !label.name.starts_with("__error") {
            self.flow.ask_one(label.clone(), &[of], true);
        }
        let op = self.cursor.peek();
        let value = self.cursor.ahead(1);
        if op.is("=~") || op.is("!~") || value.kind == Kind::Text && (op.is("=") || op.is("!=")) {
            return self.matcher(label).map(drop);
        }
        if !is_comparison(op.text) {
            return Err(self.cursor.unexpected("a comparison such as `=` or `>`"));
        }
        if value.kind == Kind::Text {
            let error = QueryError::new(format!("`{}` compares numbers, and this is a text", op.text), value.span);
            return Err(error.fix(if op.is("==") { "write `=`" } else { "leave the quotes out" }));
        }
        self.cursor.next();
        if self.cursor.is_word("ip") && self.cursor.ahead(1).is("(") {
            if !op.is("=") && !op.is("!=") {
                return Err(QueryError::new("`ip` is compared with `=` or `!=`", op.span));
            }
            return self.ip();
        }
        if self.cursor.is("-") || self.cursor.is("+") {
            self.cursor.next();
        }
        let value = self.cursor.peek();
        if value.kind != Kind::Variable && (value.kind != Kind::Number || amount(value.text).is_none()) {
            let error = self.cursor.unexpected("a number, a duration, an amount of bytes or a text in quotes");
            let text = value.kind == Kind::Word;
            return Err(if text { error.fix(format!("write `\"{}\"`", value.text)) } else { error });
        }
        self.cursor.next();
        Ok(())
    }
}

fn is_comparison(sign: &str) -> bool {
    matches!(sign, "=" | "==" | "!=" | "=~" | "!~" | ">" | ">=" | "<" | "<=")
}

/// Whether a variable behind a selector is a stage: not if it is the operator or the end of something else.
fn of_stage(text: &str) -> bool {
    super::super::variables(text).first().is_some_and(|variable| variable.span.end == text.len())
}

/// The names of a regular expression's groups.
fn groups(pattern: &str) -> Vec<String> {
    let starts = pattern.match_indices("(?P<").map(|(at, open)| at + open.len());
    let starts = starts.chain(pattern.match_indices("(?<").map(|(at, open)| at + open.len()));
    starts.filter_map(|at| Some(pattern[at..at + pattern[at..].find('>')?].to_owned())).collect()
}

/// The labels that a pattern makes: `<status>`, but not `<_>`.
fn captures(pattern: &Named) -> Result<Vec<String>, QueryError> {
    let mut made = Vec::new();
    let mut rest = pattern.name.as_str();
    let mut capture_before = false;
    while let Some(start) = rest.find('<') {
        let behind = &rest[start + 1..];
        let length = behind.find(|at: char| !at.is_ascii_alphanumeric() && at != '_').unwrap_or(behind.len());
        let name = &behind[..length];
        let named = !name.is_empty() && !name.starts_with(|first: char| first.is_ascii_digit());
        if !named || !behind[length..].starts_with('>') {
            capture_before = false;
            rest = behind;
            continue;
        }
        if capture_before && start == 0 {
            return Err(QueryError::new("nothing in the pattern is between two captures", pattern.span)
                .fix("write what separates them"));
        }
        if name != "_" {
            if made.iter().any(|at| at == name) {
                return Err(QueryError::new(format!("the pattern captures `{name}` twice"), pattern.span));
            }
            made.push(name.to_owned());
        }
        capture_before = true;
        rest = &behind[length + 1..];
    }
    if made.is_empty() && !pattern.has_variable() {
        return Err(
            QueryError::new("the pattern captures nothing", pattern.span).fix("name what becomes a label: `<status>`")
        );
    }
    Ok(made)
}

/// A template of Go: what is opened is closed.
fn check_template(template: &Named) -> Result<(), QueryError> {
    let mut rest = template.name.as_str();
    while let Some(open) = rest.find("{{") {
        let Some(close) = rest[open..].find("}}") else {
            return Err(QueryError::new("the template opens `{{` and does not close it", template.span)
                .fix("close it with `}}`"));
        };
        rest = &rest[open + close + 2..];
    }
    Ok(())
}
