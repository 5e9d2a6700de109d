//! References inside one stack: to what is not there, and in circles.

use belvedere_cfn::{Expr, Intrinsic, Target};

use crate::body::Body;
use crate::problem::Problem;
use crate::references::cycles;

/// Reports references to what is not there and cycles between the resources of one stack.
///
/// Returns the resources that refer to other stacks, which are few, so that nobody else has to look at all of them.
pub(crate) fn check_resources(body: &Body, problems: &mut Vec<Problem>) -> Vec<usize> {
    let template = &body.template;
    let mut edges: Vec<Vec<usize>> = Vec::with_capacity(template.resources.len());
    let mut crossing = Vec::new();
    for (index, ((_, resource), node)) in template.resources.iter().zip(&body.resource_nodes).enumerate() {
        let mut needs = Vec::new();
        let mut dangling = Vec::new();
        let mut crosses = false;
        let mut visit = |name: Name<'_>| {
            if let Name::Target(target) = name
                && target.owner().is_some_and(|owner| owner != body.owner)
            {
                crosses = true;
            } else if let Some(needed) = name.position(body) {
                needs.push(needed);
            } else if !name.is_known(body) {
                dangling.push(name.complaint(body));
            }
        };
        resource.for_each_expr(&mut |expr| names(expr, &mut visit));
        resource.dependencies().iter().for_each(|target| visit(Name::Target(target)));
        resource.condition_id().into_iter().for_each(|condition| visit(Name::Condition(condition)));
        needs.sort_unstable();
        needs.dedup();
        edges.push(needs);
        if crosses {
            crossing.push(index);
        }
        dangling.sort();
        dangling.dedup();
        let location = Some(body.nodes[node.0].location);
        let path = || body.full_path(*node).into_owned();
        problems.extend(dangling.into_iter().map(|message| Problem { path: path(), message, location }));
    }
    for cycle in cycles(&edges) {
        let path = |index: usize| body.full_path(body.resource_nodes[index]).into_owned();
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
    crossing
}

/// Reports outputs and conditions of what is not there, once the outputs for other stacks have been added.
pub(crate) fn check_outputs(body: &Body, problems: &mut Vec<Problem>) {
    let mut check = |id: &str, name: Name<'_>| {
        // What is still of another stack could not be imported, which was reported.
        let foreign = matches!(name, Name::Target(target) if target.owner().is_some_and(|owner| owner != body.owner));
        if !foreign && !name.is_known(body) {
            let path = format!("{}{}/{id}", body.prefix, body.id);
            problems.push(Problem { path, message: name.complaint(body), location: None });
        }
    };
    for (id, output) in &body.template.outputs {
        output.for_each_expr(&mut |expr| names(expr, &mut |name| check(id, name)));
        output.condition_id().into_iter().for_each(|condition| check(id, Name::Condition(condition)));
    }
    for (id, condition) in &body.template.conditions {
        names(condition.expr(), &mut |name| check(id, name));
    }
}

/// What an expression calls by its logical id.
#[derive(Clone, Copy)]
enum Name<'a> {
    /// A resource or a parameter.
    Target(&'a Target),
    /// The same, inside a text.
    InText(&'a str),
    Condition(&'a str),
    Mapping(&'a str),
}

impl<'a> Name<'a> {
    fn logical_id(self) -> &'a str {
        match self {
            Self::Target(target) => target.logical_id(),
            Self::InText(id) | Self::Condition(id) | Self::Mapping(id) => id,
        }
    }

    /// Returns which resource it is, if it is one.
    fn position(self, body: &Body) -> Option<usize> {
        match self {
            Self::Target(_) | Self::InText(_) => body.position_of(self.logical_id()),
            Self::Condition(_) | Self::Mapping(_) => None,
        }
    }

    fn is_known(self, body: &Body) -> bool {
        let (template, id) = (&body.template, self.logical_id());
        match self {
            Self::Target(_) | Self::InText(_) => {
                id.starts_with("AWS::") || template.parameters.contains_key(id) || body.position_of(id).is_some()
            }
            Self::Condition(_) => template.conditions.contains_key(id),
            Self::Mapping(_) => template.mappings.contains_key(id),
        }
    }

    fn complaint(self, body: &Body) -> String {
        let what = match self {
            Self::Target(_) | Self::InText(_) => "neither a resource nor a parameter",
            Self::Condition(_) => "no condition",
            Self::Mapping(_) => "no mapping",
        };
        let (id, stack) = (self.logical_id(), &body.id);
        format!("refers to `{id}`, which is {what} of stack `{stack}`: add it, or correct the name")
    }
}

/// Calls `visit` with everything that the expression calls by its logical id.
fn names(expr: &Expr, visit: &mut dyn FnMut(Name<'_>)) {
    expr.visit_intrinsics(&mut |intrinsic| match intrinsic {
        Intrinsic::Ref(target) | Intrinsic::GetAtt(target, _) => visit(Name::Target(target)),
        Intrinsic::Sub { .. } => intrinsic.for_each_name_in_text(&mut |name| {
            visit(Name::InText(name.split_once('.').map_or(name, |(id, _)| id)));
        }),
        Intrinsic::If { condition, .. } => visit(Name::Condition(condition)),
        Intrinsic::Test("Condition", Expr::String(condition)) => visit(Name::Condition(condition)),
        Intrinsic::FindInMap { map: Expr::String(map), .. } => visit(Name::Mapping(map)),
        _ => {}
    });
}
