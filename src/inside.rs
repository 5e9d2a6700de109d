//! References inside one stack: to what is not there, and in circles.

use std::collections::HashMap;

use belvedere_cfn::{Expr, Intrinsic};

use crate::problem::Problem;
use crate::references::cycles;
use crate::stack::Body;

/// Reports references to what is not there and cycles between the resources of one stack.
pub(crate) fn check(body: &Body, problems: &mut Vec<Problem>) {
    let template = &body.template;
    let position: HashMap<&str, usize> =
        template.resources.iter().enumerate().map(|(index, (id, _))| (&**id, index)).collect();
    let mut edges: Vec<Vec<usize>> = Vec::with_capacity(template.resources.len());
    for ((_, resource), node) in template.resources.iter().zip(&body.resource_nodes) {
        let mut needs = Vec::new();
        let mut dangling = Vec::new();
        let mut visit = |name: Name<'_>| match name {
            Name::Resource(id) => match position.get(id) {
                Some(&index) => needs.push(index),
                None => dangling.extend(name.complaint(body, &position)),
            },
            other => dangling.extend(other.complaint(body, &position)),
        };
        resource.for_each_expr(&mut |expr| names(body, expr, &mut visit));
        resource.dependencies().iter().for_each(|target| visit(Name::Resource(target.logical_id())));
        resource.condition_id().into_iter().for_each(|condition| visit(Name::Condition(condition)));
        needs.sort_unstable();
        needs.dedup();
        edges.push(needs);
        dangling.sort();
        dangling.dedup();
        let location = Some(body.nodes[node.0].location);
        problems.extend(dangling.into_iter().map(|message| Problem { path: body.full_path(*node), message, location }));
    }
    let mut elsewhere = |id: &str, name: Name<'_>| {
        let path = format!("{}{}/{id}", body.prefix, body.id);
        problems.extend(name.complaint(body, &position).map(|message| Problem { path, message, location: None }));
    };
    for (id, output) in &template.outputs {
        output.for_each_expr(&mut |expr| names(body, expr, &mut |name| elsewhere(id, name)));
        output.condition_id().into_iter().for_each(|condition| elsewhere(id, Name::Condition(condition)));
    }
    for (id, condition) in &template.conditions {
        names(body, condition.expr(), &mut |name| elsewhere(id, name));
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
            location: Some(body.nodes[body.resource_nodes[cycle[0]].0].location),
        });
    }
}

/// What an expression calls by its logical id.
#[derive(Clone, Copy)]
enum Name<'a> {
    /// A resource or a parameter.
    Resource(&'a str),
    Condition(&'a str),
    Mapping(&'a str),
}

impl Name<'_> {
    fn complaint(self, body: &Body, position: &HashMap<&str, usize>) -> Option<String> {
        let template = &body.template;
        let (id, known, what) = match self {
            Self::Resource(id) => (
                id,
                id.starts_with("AWS::") || position.contains_key(id) || template.parameters.contains_key(id),
                "neither a resource nor a parameter",
            ),
            Self::Condition(id) => (id, template.conditions.contains_key(id), "no condition"),
            Self::Mapping(id) => (id, template.mappings.contains_key(id), "no mapping"),
        };
        (!known)
            .then(|| format!("refers to `{id}`, which is {what} of stack `{}`: add it, or correct the name", body.id))
    }
}

/// Calls `visit` with everything that the expression calls by its logical id. What is still of another stack could not be
/// imported, which was reported.
fn names(body: &Body, expr: &Expr, visit: &mut dyn FnMut(Name<'_>)) {
    expr.visit_intrinsics(&mut |intrinsic| match intrinsic {
        Intrinsic::Ref(target) | Intrinsic::GetAtt(target, _)
            if target.owner().is_none_or(|owner| owner == body.owner) =>
        {
            visit(Name::Resource(target.logical_id()));
        }
        Intrinsic::Sub { .. } => intrinsic.for_each_name_in_text(&mut |name| {
            visit(Name::Resource(name.split_once('.').map_or(name, |(id, _)| id)));
        }),
        Intrinsic::If { condition, .. } => visit(Name::Condition(condition)),
        Intrinsic::Test("Condition", Expr::String(condition)) => visit(Name::Condition(condition)),
        Intrinsic::FindInMap { map: Expr::String(map), .. } => visit(Name::Mapping(map)),
        _ => {}
    });
}
