//! Fargate has no task with half a vCPU and 8 GiB.

use belvedere::ecs::{FargateTaskDefinition, HalfVcpu};

fn main() {
    let _task = FargateTaskDefinition::new(HalfVcpu::Gib8);
}
