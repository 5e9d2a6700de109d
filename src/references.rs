//! References that cross stacks, and cycles, inside a stack and between stacks.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use belvedere_cfn::{Expr, Intrinsic, Output, Owner, Target, Text, Value};

use crate::logical_id::logical_id;
use crate::problem::Problem;
use crate::stack::{Body, CrossStackReferences};

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
        // Taken out for the time of the walk, so that the producers can be looked at beside it.
        let mut template = std::mem::take(&mut stacks[consumer].template);
        let body = &*stacks[consumer];
        let mut cross =
            Crossing { stacks, by_owner: &by_owner, consumer, waits: &mut waits, outputs: &mut outputs, problems };
        for (index, (_, resource)) in template.resources.iter_mut().enumerate() {
            let node = body.resource_nodes[index];
            resource.for_each_expr_mut(&mut |expr| cross.resolve(expr, &|| body.full_path(node)));
            let foreign: Vec<Target> = resource
                .dependencies()
                .iter()
                .filter(|target| target.owner().is_some_and(|owner| owner != body.owner))
                .cloned()
                .collect();
            // A resource cannot wait for one of another stack; its stack can.
            for target in foreign {
                if let Some(producer) = cross.producer(&target, &body.full_path(node)) {
                    cross.wait(producer, &target, body.full_path(node));
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
        check_inside(body, problems);
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
        let producer_path = producing
            .node_of(target.logical_id())
            .map_or_else(|| format!("{}{}", producing.prefix, producing.id), |node| producing.full_path(node));
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
        let mut output = Output::new(Value::<String>::from_expr(reference));
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
        Some(imported.into())
    }
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

/// Reports references to what is not there and cycles between the resources of one stack.
fn check_inside(body: &Body, problems: &mut Vec<Problem>) {
    let template = &body.template;
    let position: HashMap<&str, usize> =
        template.resources.iter().enumerate().map(|(index, (id, _))| (&**id, index)).collect();
    let mut edges: Vec<Vec<usize>> = Vec::with_capacity(template.resources.len());
    let dangling = |target: &Target| {
        let id = target.logical_id();
        // What another stack owns was reported when it was looked for there.
        let own = target.owner().is_none_or(|owner| owner == body.owner);
        own && !target.is_pseudo_parameter() && !position.contains_key(id) && !template.parameters.contains_key(id)
    };
    let complain = |path: String, target: &Target| Problem {
        path,
        message: format!(
            "refers to `{}`, which is neither a resource nor a parameter of stack `{}`: add it, or correct the name",
            target.logical_id(),
            body.id
        ),
        location: None,
    };
    for ((_, resource), node) in template.resources.iter().zip(&body.resource_nodes) {
        let mut needs = Vec::new();
        let mut visit = |target: &Target| match position.get(target.logical_id()) {
            Some(&index) => needs.push(index),
            None if dangling(target) => problems.push(complain(body.full_path(*node), target)),
            None => {}
        };
        resource.for_each_expr(&mut |expr| expr.visit_targets(&mut visit));
        resource.dependencies().iter().for_each(&mut visit);
        needs.sort_unstable();
        needs.dedup();
        edges.push(needs);
    }
    for (id, output) in &template.outputs {
        output.value().expr().visit_targets(&mut |target| {
            if dangling(target) {
                problems.push(complain(format!("{}{}/{id}", body.prefix, body.id), target));
            }
        });
    }
    for cycle in cycles(&edges) {
        let path = |index: usize| body.full_path(body.resource_nodes[index]);
        let mut steps: Vec<String> = cycle.iter().map(|&index| path(index)).collect();
        steps.push(path(cycle[0]));
        problems.push(Problem {
            path: path(cycle[0]),
            message: format!(
                "waits for itself: {}; break the circle, for example with a rule or policy that is a resource of its own",
                steps.join(" -> ")
            ),
            location: Some(body.location(body.resource_nodes[cycle[0]])),
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
    for start in 0..edges.len() {
        if state[start] != State::New {
            continue;
        }
        // Depth first with a stack of its own: a chain of references may be longer than the thread's stack is deep.
        let mut trail = vec![(start, 0)];
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
