//! Tasks and services together: ids, what is written, and what is refused.

mod images;
mod services;
mod tasks;

use crate::ec2::{SubnetRef, VpcAttributes, VpcRef};
use crate::ecs::{
    Cluster, ClusterRef, ContainerDefinition, ContainerImage, FargateTaskDefinition, FargateTaskDefinitionRef,
    HalfVcpu, PortMapping,
};
use crate::stack::Stack;
use crate::testing::Template;

fn vpc() -> VpcRef {
    VpcRef::from_attributes(
        VpcAttributes::new("vpc-1", "10.0.0.0/16")
            .public_subnets(["subnet-3", "subnet-4"].map(SubnetRef::from_id))
            .private_subnets(["subnet-1", "subnet-2"].map(SubnetRef::from_id)),
    )
}

fn image() -> ContainerImage {
    ContainerImage::registry("public.ecr.aws/a/b:1.0")
}

fn container(name: &str) -> ContainerDefinition {
    ContainerDefinition::new(name, image())
}

fn task(containers: impl IntoIterator<Item = ContainerDefinition>) -> FargateTaskDefinition {
    containers.into_iter().fold(FargateTaskDefinition::new(HalfVcpu::Gib1), FargateTaskDefinition::container)
}

/// Returns what is wrong with a stack.
fn complaints(stack: Stack) -> String {
    Template::from_stack(stack).map_or_else(|error| error.to_string(), |_| "nothing is wrong".to_owned())
}

fn complaints_about(task: FargateTaskDefinition) -> String {
    let mut stack = Stack::new("Stack");
    stack.add("Task", task);
    complaints(stack)
}

fn web(stack: &mut Stack) -> (ClusterRef, FargateTaskDefinitionRef) {
    let cluster = stack.add("Cluster", Cluster::new(&vpc()));
    let task = stack.add("Task", task([container("web").port(PortMapping::tcp(8080).name("http"))]));
    (cluster, task)
}
