//! References that cross stacks, and cycles, inside a stack and between stacks.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use belvedere_cfn::{AttributeShape, Expr, Intrinsic, Output, Owner, Target, Text, Value, attribute_shape};

use crate::body::Body;
use crate::inside;
use crate::logical_id::logical_id;
use crate::problem::Problem;
use crate::stack::CrossStackReferences;

/// Between the elements of a list on its way through an output, which takes text only. It is the AWS CDK's.
const LIST_DELIMITER: &str = "||";

/// Why one stack has to wait for another.
#[derive(Clone, Debug)]
struct Reason {
    consumer_path: String,
    producer_path: String,
}

/// Turns references to resources of other stacks into outputs there and imports here, and reports what cannot be
/// deployed: a reference to nothing, and cycles.
///
/// Returns, for each stack, the stacks that it has to wait for.
pub(crate) fn resolve(stacks: &mut [&mut Body], problems: &mut Vec<Problem>) -> Vec<BTreeSet<usize>> {
    let by_owner: HashMap<Owner, usize> = stacks.iter().enumerate().map(|(index, body)| (body.owner, index)).collect();
    let mut waits: Vec<BTreeMap<usize, Reason>> = vec![BTreeMap::new(); stacks.len()];
    let mut outputs: Vec<BTreeMap<Text, Output>> = vec![BTreeMap::new(); stacks.len()];

    for consumer in 0..stacks.len() {
        let crossing = inside::check_resources(stacks[consumer], problems);
        // Taken out for the time of the walk, so that the producers can be looked at beside it.
        let mut template = std::mem::take(&mut stacks[consumer].template);
        let body = &*stacks[consumer];
        let mut cross =
            Crossing { stacks, by_owner: &by_owner, consumer, waits: &mut waits, outputs: &mut outputs, problems };
        for index in crossing {
            let (node, resource) = (body.resource_nodes[index], &mut template.resources[index].1);
            resource.for_each_expr_mut(&mut |expr| cross.resolve(expr, &|| body.full_path(node).into_owned()));
            let foreign: Vec<Target> = resource
                .dependencies()
                .iter()
                .filter(|target| target.owner().is_some_and(|owner| owner != body.owner))
                .cloned()
                .collect();
            // A resource cannot wait for one of another stack; its stack can.
            for target in foreign {
                if let Some(producer) = cross.producer(&target, &body.full_path(node)) {
                    cross.wait(producer, &target, body.full_path(node).into_owned());
                }
            }
            resource.retain_dependencies(|target| target.owner().is_none_or(|owner| owner == body.owner));
        }
        for (id, output) in &mut template.outputs {
            output.for_each_expr_mut(&mut |expr| cross.resolve(expr, &|| format!("{}{}/{id}", body.prefix, body.id)));
        }
        stacks[consumer].template = template;
    }
    for (producer, added) in outputs.into_iter().enumerate() {
        stacks[producer].template.outputs.extend(added);
    }
    for (consumer, body) in stacks.iter().enumerate() {
        for owner in &body.stack_dependencies {
            let Some(&producer) = by_owner.get(owner) else {
                problems.push(Problem {
                    path: format!("{}{}", body.prefix, body.id),
                    message: "depends on a stack that was not added to the app: add it".to_owned(),
                    location: None,
                });
                continue;
            };
            waits[consumer].entry(producer).or_insert_with(|| Reason {
                consumer_path: format!("{}{}", body.prefix, body.id),
                producer_path: format!("{}{}", stacks[producer].prefix, stacks[producer].id),
            });
        }
    }
    report_stack_cycles(&waits, stacks, problems);
    for body in stacks.iter() {
        inside::check_outputs(body, problems);
    }
    waits.into_iter().map(|reasons| reasons.into_keys().collect()).collect()
}

struct Crossing<'a> {
    stacks: &'a [&'a mut Body],
    by_owner: &'a HashMap<Owner, usize>,
    consumer: usize,
    waits: &'a mut [BTreeMap<usize, Reason>],
    outputs: &'a mut [BTreeMap<Text, Output>],
    problems: &'a mut Vec<Problem>,
}

impl Crossing<'_> {
    fn resolve(&mut self, expr: &mut Expr, path: &dyn Fn() -> String) {
        expr.visit_intrinsics_mut(&mut |expr| {
            let (target, attribute) = match expr {
                Expr::Intrinsic(intrinsic) => match &**intrinsic {
                    Intrinsic::Ref(target) => (target, None),
                    Intrinsic::GetAtt(target, attribute) => (target, Some(attribute)),
                    _ => return,
                },
                _ => return,
            };
            if target.owner().is_none_or(|owner| owner == self.stacks[self.consumer].owner) {
                return;
            }
            let (target, attribute) = (target.clone(), attribute.cloned());
            if let Some(imported) = self.import(&target, attribute.as_ref(), path()) {
                *expr = imported;
            }
        });
    }

    fn producer(&mut self, target: &Target, path: &str) -> Option<usize> {
        let producer = target.owner().and_then(|owner| self.by_owner.get(&owner)).copied();
        if producer.is_none() {
            self.problems.push(Problem {
                path: path.to_owned(),
                message: format!(
                    "refers to `{}` of a stack that was not added to the app: add that stack",
                    target.logical_id()
                ),
                location: None,
            });
        }
        producer
    }

    fn wait(&mut self, producer: usize, target: &Target, consumer_path: String) {
        let producing = &self.stacks[producer];
        let producer_path = producing.node_of(target.logical_id()).map_or_else(
            || format!("{}{}", producing.prefix, producing.id),
            |node| producing.full_path(node).into_owned(),
        );
        self.waits[self.consumer].entry(producer).or_insert(Reason { consumer_path, producer_path });
    }

    fn import(&mut self, target: &Target, attribute: Option<&Text>, path: String) -> Option<Expr> {
        let producer = self.producer(target, &path)?;
        let (producing, consuming) = (&self.stacks[producer], &self.stacks[self.consumer]);
        let (here, there) = (&consuming.environment, &producing.environment);
        let same_account = here.account() == there.account();
        let same_region = here.region() == there.region();
        if !same_account && producing.output_reader_role.is_none() {
            self.problems.push(Problem {
                path,
                message: format!(
                    "refers to `{}` in another account ({there}): give that stack an `output_reader_role` that {here} may assume",
                    target.logical_id()
                ),
                location: None,
            });
            return None;
        }
        if !same_region && there.region().is_none() {
            self.problems.push(Problem {
                path,
                message: format!(
                    "refers to `{}` of stack `{}`, whose region is not known: give both stacks an environment, or neither",
                    target.logical_id(),
                    producing.id
                ),
                location: None,
            });
            return None;
        }

        // The CDK's name for the same output, so that a stack that moves over keeps it.
        let (kind, suffix) = attribute.map_or(("Ref", ""), |attribute| ("FnGetAtt", attribute));
        let output_id = logical_id(["Exports", &format!("Output{{\"{kind}\":{}{suffix}}}", target.logical_id())]);
        let reference = attribute.map_or_else(
            || Intrinsic::Ref(target.clone()),
            |attribute| Intrinsic::GetAtt(target.clone(), attribute.clone()),
        );
        let shape = shape_of(producing, target, attribute);
        if shape == AttributeShape::Structure {
            self.problems.push(Problem {
                path,
                message: format!(
                    "refers to `{}.{suffix}` of stack `{}`, which is no text and no list of texts: outputs take nothing else",
                    target.logical_id(),
                    producing.id
                ),
                location: None,
            });
            return None;
        }
        let is_list = shape == AttributeShape::List;
        let exported = if is_list {
            Intrinsic::Join { delimiter: LIST_DELIMITER.into(), list: reference.into() }
        } else {
            reference
        };
        let mut output = Output::new(Value::<String>::from_expr(exported));
        let producer_name = producing.deployed_name();
        let strong = producing.cross_stack_references == CrossStackReferences::Strong && same_account && same_region;
        let imported = if strong {
            let export_name = format!("{producer_name}:{output_id}");
            output = output.export_name(export_name.clone());
            Intrinsic::ImportValue(Expr::from(export_name))
        } else {
            Intrinsic::GetStackOutput {
                stack_name: Expr::from(producer_name),
                output_name: Expr::from(output_id.clone()),
                region: (!same_region).then(|| Expr::from(there.region().unwrap_or_default().to_owned())),
                role_arn: if same_account { None } else { producing.output_reader_role.clone().map(Expr::from) },
            }
        };
        self.outputs[producer].insert(output_id.into(), output);
        self.wait(producer, target, path);
        if is_list {
            return Some(Intrinsic::Split { delimiter: LIST_DELIMITER.into(), source: imported.into() }.into());
        }
        Some(imported.into())
    }
}

/// Returns what a reference gives: outputs take text, and nothing tells them apart once they are written.
fn shape_of(producing: &Body, target: &Target, attribute: Option<&Text>) -> AttributeShape {
    if let Some(parameter) = producing.template.parameters.get(target.logical_id()) {
        return if parameter.is_list() { AttributeShape::List } else { AttributeShape::Text };
    }
    let resource = producing.resource(target);
    resource
        .zip(attribute)
        .map_or(AttributeShape::Text, |(resource, attribute)| attribute_shape(resource.resource_type(), attribute))
}

fn report_stack_cycles(waits: &[BTreeMap<usize, Reason>], stacks: &[&mut Body], problems: &mut Vec<Problem>) {
    let edges: Vec<Vec<usize>> = waits.iter().map(|reasons| reasons.keys().copied().collect()).collect();
    for cycle in cycles(&edges) {
        let mut steps = Vec::new();
        for (position, &from) in cycle.iter().enumerate() {
            let to = cycle[(position + 1) % cycle.len()];
            let Reason { consumer_path, producer_path } = &waits[from][&to];
            steps.push(format!("{consumer_path} needs {producer_path}"));
        }
        let first = &stacks[cycle[0]];
        problems.push(Problem {
            path: format!("{}{}", first.prefix, first.id),
            message: format!(
                "stacks wait for each other: {}; move one of the resources into the other's stack",
                steps.join(", and ")
            ),
            location: None,
        });
    }
}

/// Returns one cycle for each group of nodes that can all reach each other, each starting at its least node.
pub(crate) fn cycles(edges: &[Vec<usize>]) -> Vec<Vec<usize>> {
    #[derive(Clone, Copy, PartialEq)]
    enum State {
        New,
        Open,
        Done,
    }
    let mut state = vec![State::New; edges.len()];
    let mut found: Vec<Vec<usize>> = Vec::new();
    // Depth first with a stack of its own: a chain of references may be longer than the thread's stack is deep.
    let mut trail = Vec::new();
    for start in 0..edges.len() {
        if state[start] != State::New {
            continue;
        }
        trail.push((start, 0));
        state[start] = State::Open;
        while let Some((node, next)) = trail.last_mut() {
            let node = *node;
            let Some(&neighbor) = edges[node].get(*next) else {
                state[node] = State::Done;
                trail.pop();
                continue;
            };
            *next += 1;
            match state[neighbor] {
                State::New => {
                    state[neighbor] = State::Open;
                    trail.push((neighbor, 0));
                }
                State::Open => {
                    let from = trail.iter().position(|(on_trail, _)| *on_trail == neighbor).unwrap_or(0);
                    let mut cycle: Vec<usize> = trail[from..].iter().map(|(on_trail, _)| *on_trail).collect();
                    let least = cycle.iter().enumerate().min_by_key(|(_, index)| **index).map_or(0, |(at, _)| at);
                    cycle.rotate_left(least);
                    if !found.contains(&cycle) {
                        found.push(cycle);
                    }
                }
                State::Done => {}
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::cycles;

    #[test]
    fn cycles_are_found_once_each_from_their_least_node() {
        assert_eq!(cycles(&[vec![1], vec![2], vec![0], vec![4], vec![3], vec![0]]), vec![vec![0, 1, 2], vec![3, 4]]);
        assert_eq!(cycles(&[vec![0]]), vec![vec![0]]);
        assert!(cycles(&[vec![1, 2], vec![2], vec![]]).is_empty());
    }
}
