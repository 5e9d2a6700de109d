//! Follows labels from the selectors of a query to its results.

use super::super::Named;
use super::super::flow::{Flow, Step};
use super::tree::{Aggregate, Binary, Part, Tree};

/// The flow of a query, and the step in which each part ends.
pub(super) struct Followed {
    pub(super) flow: Flow,
    pub(super) steps: Vec<usize>,
    /// Labels that were asked for, and the step that should have them.
    pub(super) asked: Vec<(Named, Vec<usize>)>,
}

/// Returns the flow, and the labels that the query asks for, each with the selectors that have to have it.
pub(super) fn follow(tree: &Tree<'_>) -> (Followed, Vec<(Named, Vec<usize>)>) {
    let mut followed = Followed { flow: Flow::default(), steps: Vec::new(), asked: Vec::new() };
    for node in &tree.nodes {
        let step = followed.part(tree, &node.part);
        followed.steps.push(step);
    }
    let mut labels: Vec<_> = followed
        .asked
        .iter()
        .map(|(label, steps)| {
            let mut selectors: Vec<_> =
                steps.iter().flat_map(|step| followed.flow.origin_at(*step, &label.name).selectors).collect();
            selectors.sort_unstable();
            selectors.dedup();
            (label.clone(), selectors)
        })
        .collect();
    labels.sort_by_key(|(label, _)| label.span);
    (followed, labels)
}

impl Followed {
    fn part(&mut self, tree: &Tree<'_>, part: &Part) -> usize {
        match part {
            Part::Number | Part::Text(_) => self.flow.add(Step::Bare),
            Part::Variable(_) => self.flow.add(Step::Unknown),
            Part::Selector(selector) => self.flow.add(Step::Selector(*selector)),
            Part::Range { of, .. } | Part::Moved(of) | Part::Paren(of) | Part::Unary(of) => self.same(*of),
            Part::Call { function, arguments } => self.call(tree, &function.name, arguments),
            Part::Aggregate(aggregate) => self.aggregate(tree, aggregate),
            Part::Binary(binary) => self.binary(tree, binary),
        }
    }

    /// Each part ends with a step of its own, so that the last step is that of the last part.
    fn same(&mut self, of: usize) -> usize {
        let step = self.steps[of];
        self.flow.add(Step::Either(vec![step]))
    }

    fn call(&mut self, tree: &Tree<'_>, function: &str, arguments: &[usize]) -> usize {
        let text = |at: usize| match arguments.get(at).map(|at| &tree.nodes[*at].part) {
            Some(Part::Text(text)) => Some(text.clone()),
            _ => None,
        };
        let Some(first) = arguments.first().map(|at| self.steps[*at]) else { return self.flow.add(Step::Bare) };
        let makes = |text: Option<Named>| text.map_or_else(|| "$".to_owned(), |text| text.name);
        match function {
            "label_replace" => {
                self.asked.extend(text(3).map(|label| (label, vec![first])));
                let label = makes(text(1));
                self.flow.add(Step::Make(first, vec![label]))
            }
            "label_join" => {
                self.asked.extend((3..arguments.len()).filter_map(text).map(|label| (label, vec![first])));
                let label = makes(text(1));
                self.flow.add(Step::Make(first, vec![label]))
            }
            "sort_by_label" | "sort_by_label_desc" => {
                self.asked.extend((1..arguments.len()).filter_map(text).map(|label| (label, vec![first])));
                self.flow.add(Step::Either(vec![first]))
            }
            "scalar" | "vector" | "time" | "pi" => self.flow.add(Step::Bare),
            // The labels of its matchers, and those of another metric.
            "absent" | "absent_over_time" | "info" => self.flow.add(Step::MakeAny(first)),
            "histogram_quantiles" => {
                let label = makes(text(1));
                self.flow.add(Step::Make(first, vec![label]))
            }
            "histogram_quantile" => {
                let of = arguments.get(1).map_or(first, |at| self.steps[*at]);
                self.flow.add(Step::Drop(of, vec!["le".to_owned()]))
            }
            _ => {
                let of = arguments.iter().map(|at| self.steps[*at]).collect();
                self.flow.add(Step::Either(of))
            }
        }
    }

    fn aggregate(&mut self, tree: &Tree<'_>, aggregate: &Aggregate) -> usize {
        let Some(of) = aggregate.arguments.last().map(|at| self.steps[*at]) else { return self.flow.add(Step::Bare) };
        let operator = aggregate.operator.name.to_ascii_lowercase();
        let labels = aggregate.grouping.as_ref();
        self.asked.extend(labels.into_iter().flat_map(|at| &at.labels).map(|label| (label.clone(), vec![of])));
        if matches!(operator.as_str(), "topk" | "bottomk" | "limitk" | "limit_ratio") {
            return self.flow.add(Step::Either(vec![of]));
        }
        let kept = match labels {
            Some(grouping) if grouping.keyword == "without" => Step::Drop(of, grouping.names()),
            Some(grouping) => Step::Keep(of, grouping.names()),
            // A variable may stand for a function.
            None if operator.contains('$') || operator.contains('[') => Step::Either(vec![of]),
            None => Step::Keep(of, Vec::new()),
        };
        let kept = self.flow.add(kept);
        if operator != "count_values" {
            return kept;
        }
        let made = match aggregate.arguments.first().map(|at| &tree.nodes[*at].part) {
            Some(Part::Text(label)) => label.name.clone(),
            _ => "$".to_owned(),
        };
        self.flow.add(Step::Make(kept, vec![made]))
    }

    fn binary(&mut self, tree: &Tree<'_>, binary: &Binary) -> usize {
        let (left, right) = (self.steps[binary.left], self.steps[binary.right]);
        let both = binary.matching.iter().flat_map(|at| &at.labels);
        self.asked.extend(both.map(|label| (label.clone(), vec![left, right])));
        match binary.operator.as_str() {
            "and" | "unless" => return self.flow.add(Step::Either(vec![left])),
            "or" => return self.flow.add(Step::Either(vec![left, right])),
            _ => {}
        }
        if let Some(group) = &binary.group {
            let (many, one) = if group.keyword == "group_left" { (left, right) } else { (right, left) };
            self.asked.extend(group.labels.iter().map(|label| (label.clone(), vec![one])));
            return self.flow.add(Step::Bring { many, one, labels: group.names() });
        }
        match &binary.matching {
            Some(on) if on.keyword == "on" => return self.flow.add(Step::Keep(left, on.names())),
            Some(ignoring) => return self.flow.add(Step::Drop(left, ignoring.names())),
            None => {}
        }
        // With a number on one side, the labels are those of the other; with two vectors they are the same on both.
        let numbers = [binary.left, binary.right].map(|at| is_scalar(tree, at));
        self.flow.add(match numbers {
            [true, false] => Step::Either(vec![right]),
            _ => Step::Either(vec![left]),
        })
    }
}

/// Whether a part has no labels because it is one number. A variable may be one.
pub(super) fn is_scalar(tree: &Tree<'_>, at: usize) -> bool {
    match &tree.nodes[at].part {
        Part::Number | Part::Variable(_) => true,
        Part::Paren(of) | Part::Unary(of) => is_scalar(tree, *of),
        Part::Call { function, .. } => matches!(function.name.as_str(), "scalar" | "time" | "pi"),
        Part::Binary(binary) => is_scalar(tree, binary.left) && is_scalar(tree, binary.right),
        _ => false,
    }
}
