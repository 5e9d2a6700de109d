//! Follows labels from the selectors of a query to its results.

use super::super::Named;
use super::super::flow::{Flow, Step};
use super::super::operators::Side;
use super::tree::{Aggregate, Binary, Part, Tree};

/// The flow of a query, and the step in which each part ends.
#[derive(Default)]
pub(super) struct Followed {
    pub(super) flow: Flow,
    pub(super) steps: Vec<usize>,
}

pub(super) fn follow(tree: &Tree) -> Followed {
    let mut followed = Followed::default();
    for node in &tree.nodes {
        let step = followed.part(tree, &node.part);
        followed.steps.push(step);
    }
    followed
}

impl Followed {
    fn part(&mut self, tree: &Tree, part: &Part) -> usize {
        match part {
            Part::Number | Part::Text(_) => self.flow.add(Step::Bare),
            Part::Variable => self.flow.add(Step::Unknown),
            Part::Selector(selector) => self.flow.add(Step::Selector(*selector)),
            // Each part ends with a step of its own, so that the last step is that of the last part.
            Part::Range { of, .. } | Part::Moved { of, .. } | Part::Paren(of) | Part::Unary(of) => {
                let step = self.steps[*of];
                self.flow.add(Step::Either(vec![step]))
            }
            Part::Call { function, arguments } => self.call(tree, &function.name, arguments),
            Part::Aggregate(aggregate) => self.aggregate(tree, aggregate),
            Part::Binary(Binary { operator, left, right, matching, group, .. }) => {
                let sides = [*left, *right].map(|at| Side { step: self.steps[at], scalar: is_scalar(tree, at) });
                self.flow.binary(operator, sides, matching.as_ref(), group.as_ref())
            }
        }
    }

    fn call(&mut self, tree: &Tree, function: &str, arguments: &[usize]) -> usize {
        let text = |at: usize| match arguments.get(at).map(|at| &tree.nodes[*at].part) {
            Some(Part::Text(text)) => Some(text.clone()),
            _ => None,
        };
        // The label that an argument names; one that a variable names may be any.
        let made = |at: usize| vec![text(at).map_or_else(|| "$any".to_owned(), |text: Named| text.name)];
        let Some(first) = arguments.first().map(|at| self.steps[*at]) else { return self.flow.add(Step::Bare) };
        let from = match function {
            "label_replace" => 3..4,
            "label_join" => 3..arguments.len(),
            "sort_by_label" | "sort_by_label_desc" => 1..arguments.len(),
            _ => 0..0,
        };
        for label in from.filter_map(text) {
            self.flow.ask_one(label, &[first], false);
        }
        let step = match function {
            "label_replace" | "label_join" | "histogram_quantiles" => Step::Make(first, made(1)),
            "scalar" | "vector" | "time" | "pi" => Step::Bare,
            // The labels of its matchers, or those of another metric.
            "absent" | "absent_over_time" | "info" => Step::Unknown,
            "histogram_quantile" => {
                let of = arguments.get(1).map_or(first, |at| self.steps[*at]);
                Step::Drop(of, vec!["le".to_owned()])
            }
            _ => Step::Either(arguments.iter().map(|at| self.steps[*at]).collect()),
        };
        self.flow.add(step)
    }

    fn aggregate(&mut self, tree: &Tree, aggregate: &Aggregate) -> usize {
        let Some(of) = aggregate.arguments.last().map(|at| self.steps[*at]) else { return self.flow.add(Step::Bare) };
        let grouping = aggregate.grouping.as_ref();
        match aggregate.operator.name.to_ascii_lowercase().as_str() {
            "topk" | "bottomk" | "limitk" | "limit_ratio" => {
                self.flow.ask(grouping, &[of]);
                self.flow.add(Step::Either(vec![of]))
            }
            "count_values" => {
                let made = match aggregate.arguments.first().map(|at| &tree.nodes[*at].part) {
                    Some(Part::Text(label)) => label.name.clone(),
                    _ => "$any".to_owned(),
                };
                let of = self.flow.aggregate(of, grouping);
                self.flow.add(Step::Make(of, vec![made]))
            }
            _ => self.flow.aggregate(of, grouping),
        }
    }
}

/// Whether a part has no labels because it is one number. A variable may be one.
pub(super) fn is_scalar(tree: &Tree, at: usize) -> bool {
    match &tree.nodes[at].part {
        Part::Number | Part::Variable => true,
        Part::Paren(of) | Part::Unary(of) => is_scalar(tree, *of),
        Part::Call { function, .. } => matches!(function.name.as_str(), "scalar" | "time" | "pi"),
        Part::Binary(binary) => is_scalar(tree, binary.left) && is_scalar(tree, binary.right),
        _ => false,
    }
}
