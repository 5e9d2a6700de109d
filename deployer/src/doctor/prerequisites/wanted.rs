//! What a template asks an account for.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::construct_paths::construct_path;

/// What is about to be made newly, as far as an account has to be ready for it. Numbers are what is needed at least.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Wanted {
    pub(super) vpcs: f64,
    pub(super) internet_gateways: f64,
    pub(super) addresses: f64,
    /// By the expression of their zone.
    pub(super) nat_gateways: BTreeMap<String, f64>,
    pub(super) instance_vcpus: f64,
    pub(super) fargate_vcpus: f64,
    pub(super) application_load_balancers: f64,
    pub(super) network_load_balancers: f64,
    pub(super) reserved_concurrency: f64,
    pub(super) prometheus_workspaces: f64,
    pub(super) grafana_workspaces: f64,
    /// The paths of the Grafana workspaces into which people sign in by IAM Identity Center.
    pub(super) identity_center: Vec<String>,
    pub(super) ecs_services: f64,
}

impl Wanted {
    /// What `template` has and `theirs`, the template that is deployed, has not.
    pub(crate) fn of(template: &Value, theirs: Option<&Value>) -> Self {
        let mut wanted = Self::default();
        for (id, resource) in template["Resources"].as_object().into_iter().flatten() {
            // What is made under a condition may not be made at all.
            if resource.get("Condition").is_some() {
                continue;
            }
            let before = theirs.map(|theirs| &theirs["Resources"][id]["Type"]);
            if before.is_none_or(|kind| *kind != resource["Type"]) {
                wanted.add(id, resource, template);
            }
        }
        wanted
    }

    fn add(&mut self, id: &str, resource: &Value, template: &Value) {
        let properties = &resource["Properties"];
        match resource["Type"].as_str().unwrap_or_default() {
            "AWS::EC2::VPC" => self.vpcs += 1.0,
            "AWS::EC2::InternetGateway" => self.internet_gateways += 1.0,
            "AWS::EC2::EIP" => self.addresses += 1.0,
            "AWS::EC2::NatGateway" => {
                let subnet = properties["SubnetId"]["Ref"].as_str().unwrap_or_default();
                let zone = &template["Resources"][subnet]["Properties"]["AvailabilityZone"];
                // Of a subnet from elsewhere the zone is not known: it counts as one of its own.
                let zone = if zone.is_null() { format!("{id} {}", properties["SubnetId"]) } else { zone.to_string() };
                *self.nat_gateways.entry(zone).or_default() += 1.0;
            }
            "AWS::EC2::Instance" => self.instance_vcpus += vcpus(properties["InstanceType"].as_str()),
            "AWS::ElasticLoadBalancingV2::LoadBalancer" => match properties["Type"].as_str() {
                None | Some("application") => self.application_load_balancers += 1.0,
                Some("network") => self.network_load_balancers += 1.0,
                Some(_) => {}
            },
            "AWS::Lambda::Function" => {
                self.reserved_concurrency += number(&properties["ReservedConcurrentExecutions"]).unwrap_or_default();
            }
            "AWS::APS::Workspace" => self.prometheus_workspaces += 1.0,
            "AWS::Grafana::Workspace" => {
                self.grafana_workspaces += 1.0;
                let providers = properties["AuthenticationProviders"].as_array();
                if providers.is_some_and(|providers| providers.iter().any(|provider| provider == "AWS_SSO")) {
                    self.identity_center.push(construct_path(resource).unwrap_or(id).to_owned());
                }
            }
            "AWS::ECS::Service" => {
                self.ecs_services += 1.0;
                let task = properties["TaskDefinition"]["Ref"].as_str().unwrap_or_default();
                let units = number(&template["Resources"][task]["Properties"]["Cpu"]).unwrap_or_default();
                if is_fargate(properties) {
                    self.fargate_vcpus += number(&properties["DesiredCount"]).unwrap_or(1.0) * units / 1024.0;
                }
            }
            _ => {}
        }
    }

    /// This and what another stack wants.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.vpcs += other.vpcs;
        self.internet_gateways += other.internet_gateways;
        self.addresses += other.addresses;
        for (zone, count) in other.nat_gateways {
            *self.nat_gateways.entry(zone).or_default() += count;
        }
        self.instance_vcpus += other.instance_vcpus;
        self.fargate_vcpus += other.fargate_vcpus;
        self.application_load_balancers += other.application_load_balancers;
        self.network_load_balancers += other.network_load_balancers;
        self.reserved_concurrency += other.reserved_concurrency;
        self.prometheus_workspaces += other.prometheus_workspaces;
        self.grafana_workspaces += other.grafana_workspaces;
        self.identity_center.extend(other.identity_center);
        self.ecs_services += other.ecs_services;
        self
    }

    /// Whether nothing is wanted that an account has to be ready for.
    pub(crate) fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// Whether the tasks of a service run on Fargate, and not on its spare capacity, which has another quota.
fn is_fargate(service: &Value) -> bool {
    let providers = service["CapacityProviderStrategy"].as_array();
    service["LaunchType"] == "FARGATE"
        || providers.is_some_and(|providers| providers.iter().all(|it| it["CapacityProvider"] == "FARGATE"))
}

/// A number, which templates also have as text. An expression is none.
fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.parse().ok())
}

/// The vCPUs that an instance of a standard family has at least, by its size; 0 where the size does not tell.
/// [AWS page](https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-on-demand-instances.html).
fn vcpus(instance_type: Option<&str>) -> f64 {
    let Some((family, size)) = instance_type.and_then(|name| name.split_once('.')) else { return 0.0 };
    // Families such as G, P, Inf and X have quotas of their own.
    let letters: String = family.chars().take_while(char::is_ascii_alphabetic).collect();
    if !["a", "c", "d", "h", "i", "im", "is", "m", "r", "t", "z"].contains(&letters.as_str()) {
        return 0.0;
    }
    match size {
        "nano" | "micro" | "small" | "medium" => 1.0,
        "large" => 2.0,
        "xlarge" => 4.0,
        other => other.strip_suffix("xlarge").and_then(|times| times.parse::<f64>().ok()).map_or(0.0, |it| it * 4.0),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_is_new_is_wanted() {
        let template = json!({"Resources": {
            "Vpc": {"Type": "AWS::EC2::VPC"},
            "Grafana": {"Type": "AWS::Grafana::Workspace", "Properties": {"AuthenticationProviders": ["AWS_SSO"]}},
            "Topic": {"Type": "AWS::SNS::Topic"},
            "Perhaps": {"Type": "AWS::EC2::VPC", "Condition": "IsLarge"},
        }});
        let all = Wanted::of(&template, None);
        assert_eq!(
            (all.vpcs, all.grafana_workspaces, all.identity_center.as_slice()),
            (1.0, 1.0, &["Grafana".to_owned()][..])
        );
        assert!(Wanted::of(&template, Some(&template)).is_nothing());
        let before = json!({"Resources": {"Vpc": {"Type": "AWS::EC2::VPC"}, "Grafana": {"Type": "AWS::SNS::Topic"}}});
        let new = Wanted::of(&template, Some(&before));
        assert_eq!((new.vpcs, new.grafana_workspaces), (0.0, 1.0));
        assert_eq!(new.clone().and(all).grafana_workspaces, 2.0);
    }

    #[test]
    fn processors_are_counted_by_what_runs() {
        let service = |launch: &str, count: &Value| {
            json!({"Type": "AWS::ECS::Service", "Properties": {
                "LaunchType": launch, "DesiredCount": count, "TaskDefinition": {"Ref": "Task"},
            }})
        };
        let template = json!({"Resources": {
            "Task": {"Type": "AWS::ECS::TaskDefinition", "Properties": {"Cpu": "512"}},
            "Two": service("FARGATE", &json!(2)),
            "One": service("FARGATE", &json!({"Ref": "Count"})),
            "None": service("EC2", &json!(9)),
            "Nat1": {"Type": "AWS::EC2::NatGateway", "Properties": {"SubnetId": {"Ref": "A"}}},
            "Nat2": {"Type": "AWS::EC2::NatGateway", "Properties": {"SubnetId": {"Ref": "A"}}},
            "A": {"Type": "AWS::EC2::Subnet", "Properties": {"AvailabilityZone": "eu-central-1a"}},
        }});
        let wanted = Wanted::of(&template, None);
        assert_eq!((wanted.fargate_vcpus, wanted.ecs_services), (1.5, 3.0));
        assert_eq!(wanted.nat_gateways, [("\"eu-central-1a\"".to_owned(), 2.0)].into());
        let sizes = ["t3.micro", "m7g.large", "c5.4xlarge", "p4d.24xlarge", "m5.metal"].map(|name| vcpus(Some(name)));
        assert_eq!(sizes, [1.0, 2.0, 16.0, 0.0, 0.0]);
    }

    #[test]
    fn the_flagship_wants_what_it_has() {
        let file =
            concat!(env!("CARGO_MANIFEST_DIR"), "/../synth-output/full_stack/GrafanaObservability.template.json");
        let template: Value = serde_json::from_slice(&std::fs::read(file).expect("committed")).expect("JSON");
        let wanted = Wanted::of(&template, None);
        assert_eq!((wanted.vpcs, wanted.addresses, wanted.nat_gateways.len()), (1.0, 1.0, 1));
        assert_eq!((wanted.application_load_balancers, wanted.reserved_concurrency), (2.0, 1.0));
        assert_eq!((wanted.prometheus_workspaces, wanted.identity_center.len()), (1.0, 1));
        assert!(wanted.ecs_services >= 3.0 && wanted.fargate_vcpus > 0.5, "{wanted:?}");
    }
}
