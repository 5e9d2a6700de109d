//! What PromQL and LogQL have in common: binary operators, and labels behind keywords.

use super::flow::{Flow, Step};
use super::lexer::{Cursor, Kind, Token};
use super::{Named, QueryError};

/// How strongly a binary operator binds, and whether its right side binds first.
pub(super) fn binding(token: &Token<'_>) -> Option<(u8, bool)> {
    let word = |words: &[&str]| words.iter().any(|word| token.text.eq_ignore_ascii_case(word));
    Some(match (token.kind, token.text) {
        (Kind::Sign, "==" | "!=" | ">" | "<" | ">=" | "<=") => (3, false),
        (Kind::Sign, "+" | "-") => (4, false),
        (Kind::Sign, "*" | "/" | "%") => (5, false),
        (Kind::Sign, "^") => (6, true),
        (Kind::Word, _) if word(&["or"]) => (1, false),
        (Kind::Word, _) if word(&["and", "unless"]) => (2, false),
        (Kind::Word, _) if word(&["atan2"]) => (5, false),
        (Kind::Variable, _) => (4, false),
        _ => return None,
    })
}

/// Labels in parentheses behind `by`, `on` and the like.
#[derive(Clone)]
pub(super) struct Grouping {
    /// In lower case.
    pub(super) keyword: &'static str,
    pub(super) labels: Vec<Named>,
}

impl Grouping {
    /// Reads one of the keywords with its labels, if it is there. Without `needs_labels`, the keyword may stand alone.
    pub(super) fn read(
        cursor: &mut Cursor<'_>,
        keywords: &[&'static str],
        needs_labels: bool,
        quoted: bool,
    ) -> Result<Option<Self>, QueryError> {
        let Some(keyword) = keywords.iter().find(|keyword| cursor.is_word(keyword)).copied() else { return Ok(None) };
        cursor.next();
        let mut labels = Vec::new();
        if !needs_labels && !cursor.is("(") {
            return Ok(Some(Self { keyword, labels }));
        }
        cursor.expect("(")?;
        while !cursor.is(")") {
            let label = cursor.peek();
            let fits = match label.kind {
                Kind::Word => !label.text.contains(':'),
                Kind::Text => quoted,
                kind => kind == Kind::Variable,
            };
            if !fits {
                return Err(cursor.unexpected("a label"));
            }
            cursor.next();
            labels.push(Named::of(&label));
            // A variable may bring its own comma: `by (job $more)`.
            if !cursor.is(")") && cursor.peek().kind != Kind::Variable {
                if !cursor.is(",") {
                    return Err(cursor.unexpected("`,` or `)`"));
                }
                cursor.next();
            }
        }
        cursor.next();
        Ok(Some(Self { keyword, labels }))
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.labels.iter().map(|label| label.name.clone()).collect()
    }
}

/// One side of a binary operator.
#[derive(Clone, Copy)]
pub(super) struct Side {
    pub(super) step: usize,
    /// A number, which has no labels.
    pub(super) scalar: bool,
}

impl Flow {
    /// The labels behind a binary operator.
    pub(super) fn binary(
        &mut self,
        operator: &str,
        [left, right]: [Side; 2],
        matching: Option<&Grouping>,
        group: Option<&Grouping>,
    ) -> usize {
        self.ask(matching, &[left.step, right.step]);
        let step = match (operator, group, matching) {
            ("and" | "unless", ..) => Step::Either(vec![left.step]),
            ("or", ..) => Step::Either(vec![left.step, right.step]),
            (_, Some(group), _) => {
                let (many, one) = if group.keyword == "group_left" { (left, right) } else { (right, left) };
                self.ask(Some(group), &[one.step]);
                Step::Bring { many: many.step, one: one.step, labels: group.names() }
            }
            (_, None, Some(on)) if on.keyword == "on" => Step::Keep(left.step, on.names()),
            (_, None, Some(ignoring)) => Step::Drop(left.step, ignoring.names()),
            // Two vectors have the same labels.
            _ if left.scalar => Step::Either(vec![right.step]),
            _ => Step::Either(vec![left.step]),
        };
        self.add(step)
    }

    /// The labels behind an aggregation over all series.
    pub(super) fn aggregate(&mut self, of: usize, grouping: Option<&Grouping>) -> usize {
        self.ask(grouping, &[of]);
        self.add(match grouping {
            Some(grouping) if grouping.keyword == "without" => Step::Drop(of, grouping.names()),
            Some(grouping) => Step::Keep(of, grouping.names()),
            None => Step::Keep(of, Vec::new()),
        })
    }

    /// Notes that each label of a list is looked for in some steps. One that is to be left out may be missing anyway.
    pub(super) fn ask(&mut self, grouping: Option<&Grouping>, steps: &[usize]) {
        let grouping = grouping.filter(|at| !matches!(at.keyword, "without" | "ignoring"));
        for label in grouping.into_iter().flat_map(|at| &at.labels) {
            self.ask_one(label.clone(), steps, true);
        }
    }
}
