//! Reads the functions that make series of spans, and what comes behind them.

use super::super::QueryError;
use super::super::flow::Step;
use super::super::lexer::Kind;
use super::attribute::Type;
use super::pipeline::Parser;

/// Source: <https://grafana.com/docs/tempo/latest/traceql/metrics-queries/functions/>.
pub(super) const FUNCTIONS: [&str; 9] = [
    "avg_over_time",
    "compare",
    "count_over_time",
    "histogram_over_time",
    "max_over_time",
    "min_over_time",
    "quantile_over_time",
    "rate",
    "sum_over_time",
];

impl Parser<'_> {
    pub(super) fn begins_metrics(&self) -> bool {
        let token = self.cursor.peek();
        token.kind == Kind::Word && FUNCTIONS.contains(&token.text) && self.cursor.ahead(1).is("(")
    }

    /// A function that makes series, with its labels: the step that it is.
    pub(super) fn metrics(&mut self) -> Result<usize, QueryError> {
        let function = self.cursor.next();
        self.cursor.expect("(")?;
        let mut made = None;
        match function.text {
            "rate" | "count_over_time" => {}
            "compare" => {
                self.filter()?;
                let mut numbers = 0;
                while self.cursor.eat(",") {
                    self.number("a whole number")?;
                    numbers += 1;
                }
                if !matches!(numbers, 0 | 1 | 3) {
                    return Err(self.cursor.unexpected("a start and an end"));
                }
                made = Some("$any");
            }
            _ => {
                let (kind, attribute) = self.attribute()?;
                if kind != Type::Any && !kind.is_number() {
                    let message =
                        format!("`{}` takes a number, and `{}` is {}", function.text, attribute.name, kind.shown());
                    return Err(QueryError::new(message, attribute.span));
                }
                if function.text == "quantile_over_time" {
                    made = Some("p");
                    self.quantiles()?;
                } else if function.text == "histogram_over_time" {
                    made = Some("__bucket");
                }
            }
        }
        self.cursor.expect(")")?;
        let selected = (0..self.names.selectors.len()).map(|at| self.flow.add(Step::Selector(at))).collect();
        let of = self.flow.add(Step::Either(selected));
        let labels = self.by(function.text)?;
        let kept = self.flow.add(Step::Keep(of, labels));
        Ok(match made {
            Some(label) => self.flow.add(Step::Make(kept, vec![label.to_owned()])),
            None => kept,
        })
    }

    /// `topk(10)` or `bottomk(10)`.
    pub(super) fn second_stage(&mut self) -> Result<(), QueryError> {
        self.cursor.next();
        let function = self.cursor.peek();
        if !matches!(function.text, "topk" | "bottomk") && function.kind != Kind::Variable {
            return Err(self.cursor.unexpected("`topk(…)` or `bottomk(…)`"));
        }
        self.cursor.next();
        self.cursor.expect("(")?;
        let count = self.cursor.peek();
        let positive = count.kind == Kind::Variable || count.text.parse().is_ok_and(|count: u64| count > 0);
        if !positive {
            return Err(self.cursor.unexpected("a whole number above 0"));
        }
        self.cursor.next();
        self.cursor.expect(")")?;
        Ok(())
    }

    fn quantiles(&mut self) -> Result<(), QueryError> {
        if !self.cursor.is(",") {
            let error = self.cursor.unexpected("`,` and a quantile");
            return Err(error.fix("write `quantile_over_time(duration, .99)`"));
        }
        while self.cursor.eat(",") {
            let token = self.cursor.peek();
            let kind = self.number("a quantile from 0 to 1")?;
            let inside = token.text.parse::<f64>().is_ok_and(|at| (0.0..=1.0).contains(&at));
            if kind != Type::Any && !inside {
                return Err(QueryError::new(format!("a quantile is from 0 to 1, here `{}`", token.text), token.span));
            }
        }
        Ok(())
    }

    fn by(&mut self, function: &str) -> Result<Vec<String>, QueryError> {
        let mut labels = Vec::new();
        if !self.cursor.is_word("by") {
            return Ok(labels);
        }
        let first = self.cursor.position();
        self.cursor.next();
        self.cursor.expect("(")?;
        loop {
            labels.push(super::field::plain_name(&self.attribute()?.1.name));
            if !self.cursor.eat(",") {
                break;
            }
        }
        self.cursor.expect(")")?;
        // Series have five labels at most, and some functions need one of them.
        let most =
            if matches!(function, "avg_over_time" | "histogram_over_time" | "quantile_over_time") { 4 } else { 5 };
        if labels.len() > most {
            let message = format!("`{function}` makes series with at most {most} labels, here are {}", labels.len());
            return Err(QueryError::new(message, self.cursor.span_from(first)));
        }
        Ok(labels)
    }

    /// `with (exemplars=true)` at the end of a query.
    pub(super) fn hints(&mut self) -> Result<(), QueryError> {
        if !self.cursor.is_word("with") {
            return Ok(());
        }
        self.cursor.next();
        self.cursor.expect("(")?;
        loop {
            let name = self.cursor.peek();
            if name.kind != Kind::Word {
                return Err(self.cursor.unexpected("the name of a hint, such as `exemplars`"));
            }
            self.cursor.next();
            self.cursor.expect("=")?;
            let value = self.cursor.peek();
            let word = super::attribute::VALUES.iter().any(|(name, _)| *name == value.text);
            if !word && !matches!(value.kind, Kind::Number | Kind::Text | Kind::Variable) {
                return Err(self.cursor.unexpected("a value"));
            }
            self.cursor.next();
            if !self.cursor.eat(",") {
                break;
            }
        }
        self.cursor.expect(")")?;
        Ok(())
    }
}
