//! Fargate has no task of a quarter of a vCPU and 4 GiB.

use belvedere::ecs::{FargateTaskDefinition, QuarterVcpu};

fn main() {
    let _task = FargateTaskDefinition::new(QuarterVcpu::Gib4);
}
