//! The log groups of stacks: their own, and those that their functions and containers write to.

use std::collections::BTreeMap;

use aws_sdk_cloudformation::types::StackResourceSummary;
use aws_sdk_ecs::types::TaskDefinition;
use futures_util::future::join_all;

use super::owners::Owner;
use crate::clients::Clients;
use crate::construct_paths::{construct_paths, construct_paths_in};
use crate::deploy::existing;
use crate::deploy_error::AwsError;
use crate::described::described;
use crate::inspect_error::InspectError;
use crate::stack::Stack;

/// How many resources are asked at the same time, and how many stacks deep they are looked for.
const AT_ONCE: usize = 8;
const DEPTH: usize = 4;

/// A log group, and whose lines are in it.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) clients: Clients,
    pub(crate) owners: Vec<Owner>,
}

/// The groups of a stack, and what could not be found out about them.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) groups: Vec<Group>,
    pub(super) notes: Vec<String>,
}

/// Where a resource writes.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    group: String,
    /// What the names of its streams begin with, where others may write there too.
    prefix: Option<String>,
    /// Where it is not the stack's.
    region: Option<String>,
}

impl Place {
    fn of(group: impl Into<String>) -> Self {
        Self { group: group.into(), prefix: None, region: None }
    }
}

/// Looks up the groups of a stack and of those nested in it.
pub(super) async fn groups_of(clients: &Clients, stack: &Stack) -> Result<Found, AwsError> {
    let mut found = Found::default();
    let Some(described) = described(clients, &stack.stack_name).await? else {
        found.notes.push("it is not deployed, and has no logs".into());
        return Ok(found);
    };
    let id = described.stack_id().unwrap_or(&stack.stack_name).to_owned();
    let mut open = vec![(id, construct_paths(&stack.template.path), 0)];
    while let Some((id, paths, depth)) = open.pop() {
        let mut resources = existing::resources(clients, &id).await?;
        resources.retain(|one| one.resource_status().is_none_or(|status| status.as_str() != "DELETE_COMPLETE"));
        for some in resources.chunks(AT_ONCE) {
            let places = join_all(some.iter().map(|resource| places(clients, resource))).await;
            for (resource, places) in some.iter().zip(places) {
                match places {
                    Ok(places) => found.add(clients, stack, resource, &paths, places),
                    Err(error) => {
                        let name = resource.logical_resource_id().unwrap_or_default();
                        let name = paths.get(name).map_or(name, String::as_str);
                        found.notes.push(format!("where {name} writes is not known: {error}"));
                    }
                }
            }
        }
        let is_nested = |one: &&StackResourceSummary| one.resource_type() == Some("AWS::CloudFormation::Stack");
        for nested in resources.iter().filter(is_nested).filter(|_| depth < DEPTH) {
            let Some(id) = nested.physical_resource_id() else { continue };
            let template = existing::template(clients, id).await?;
            open.push((id.to_owned(), template.as_ref().map(construct_paths_in).unwrap_or_default(), depth + 1));
        }
    }
    Ok(found)
}

impl Found {
    fn add(
        &mut self,
        clients: &Clients,
        stack: &Stack,
        resource: &StackResourceSummary,
        paths: &BTreeMap<String, String>,
        places: Vec<Place>,
    ) {
        let logical_id = resource.logical_resource_id().unwrap_or_default().to_owned();
        for Place { group: name, prefix, region } in places {
            let owner = Owner {
                stack: stack.display_name.clone(),
                path: paths.get(&logical_id).cloned(),
                logical_id: logical_id.clone(),
                prefix,
                writes: resource.resource_type() != Some("AWS::Logs::LogGroup"),
            };
            let clients = region.map_or_else(|| clients.clone(), |region| clients.in_region(&region));
            join_groups(&mut self.groups, vec![Group { name, clients, owners: vec![owner] }]);
        }
    }
}

/// Adds groups to others; one that is there already gets the owners.
pub(super) fn join_groups(groups: &mut Vec<Group>, more: Vec<Group>) {
    for group in more {
        let same = |other: &&mut Group| other.name == group.name && other.clients.region() == group.clients.region();
        match groups.iter_mut().find(same) {
            Some(other) => other.owners.extend(group.owners),
            None => groups.push(group),
        }
    }
}

/// Leaves only what `names` mean; everything where there are none.
pub(super) fn choose(groups: &mut Vec<Group>, names: &[String]) -> Result<(), InspectError> {
    let owners = || groups.iter().flat_map(|group| &group.owners);
    if let Some(name) = names.iter().find(|name| !owners().any(|owner| owner.is_meant_by(name))) {
        let mut known: Vec<String> = owners().map(|owner| owner.name().to_owned()).collect();
        known.sort();
        known.dedup();
        return Err(InspectError::NoLog { name: name.clone(), known });
    }
    if !names.is_empty() {
        for group in groups.iter_mut() {
            group.owners.retain(|owner| names.iter().any(|name| owner.is_meant_by(name)));
        }
        groups.retain(|group| !group.owners.is_empty());
    }
    Ok(())
}

/// Where a resource writes.
async fn places(clients: &Clients, resource: &StackResourceSummary) -> Result<Vec<Place>, AwsError> {
    let (Some(kind), Some(id)) = (resource.resource_type(), resource.physical_resource_id()) else {
        return Ok(Vec::new());
    };
    match kind {
        "AWS::Logs::LogGroup" => Ok(vec![Place::of(id)]),
        "AWS::Lambda::Function" => {
            let lambda = aws_sdk_lambda::Client::new(clients.config());
            let answer = lambda.get_function_configuration().function_name(id).send().await;
            // Whoever may not ask finds it where it is mostly.
            let own = answer.ok().and_then(|function| function.logging_config?.log_group);
            Ok(vec![Place::of(own.unwrap_or_else(|| format!("/aws/lambda/{id}")))])
        }
        "AWS::ECS::TaskDefinition" => {
            let answer = clients.ecs.describe_task_definition().task_definition(id).send().await;
            let answer = answer.map_err(|error| AwsError::new("ecs:DescribeTaskDefinition", &error))?;
            Ok(answer.task_definition().map(places_of_containers).unwrap_or_default())
        }
        _ => Ok(Vec::new()),
    }
}

fn places_of_containers(definition: &TaskDefinition) -> Vec<Place> {
    let containers = definition.container_definitions().iter();
    let mut places: Vec<Place> = containers
        .filter_map(|container| {
            let options = container.log_configuration()?.options()?;
            let name = container.name()?;
            let prefix = options.get("awslogs-stream-prefix").map(|prefix| format!("{prefix}/{name}/"));
            let (group, region) = (options.get("awslogs-group")?.clone(), options.get("awslogs-region").cloned());
            Some(Place { group, prefix, region })
        })
        .collect();
    places.dedup();
    places
}

#[cfg(test)]
mod tests {
    use aws_sdk_ecs::types::{ContainerDefinition, LogConfiguration, LogDriver};

    use super::*;

    #[test]
    fn containers_write_where_their_options_say() {
        let container = |name: &str, driver: LogDriver, options: &[(&str, &str)]| {
            let mut log = LogConfiguration::builder().log_driver(driver);
            for (key, value) in options {
                log = log.options(*key, *value);
            }
            ContainerDefinition::builder().name(name).log_configuration(log.build().expect("a driver")).build()
        };
        let definition = TaskDefinition::builder()
            .container_definitions(container(
                "web",
                LogDriver::Awslogs,
                &[("awslogs-group", "/app"), ("awslogs-stream-prefix", "api"), ("awslogs-region", "eu-west-1")],
            ))
            .container_definitions(container("side", LogDriver::Awslogs, &[("awslogs-group", "/side")]))
            .container_definitions(container("far", LogDriver::Awsfirelens, &[("Name", "http")]))
            .build();
        let app = Place { prefix: Some("api/web/".into()), region: Some("eu-west-1".into()), ..Place::of("/app") };
        assert_eq!(places_of_containers(&definition), [app, Place::of("/side")]);
    }
}
