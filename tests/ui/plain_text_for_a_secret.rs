//! What is in the program is no secret.

use belvedere::ecs::{ContainerDefinition, ContainerImage};

fn main() {
    let image = ContainerImage::registry("grafana/grafana:12.4.0");
    let _container = ContainerDefinition::new("grafana", image).secret("PASSWORD", "admin");
}
