//! Resources that are protected from being deleted.

use aws_sdk_elasticloadbalancingv2::types::LoadBalancerAttribute;
use serde_json::Value;

use super::blockers::Blocker;
use crate::clients::Clients;
use crate::deploy_error::AwsError;

/// The attribute by which a load balancer is protected.
const ATTRIBUTE: &str = "deletion_protection.enabled";

/// The protection of a resource, by its definition; of a load balancer as it is now, where that can be asked.
pub(super) async fn of(clients: &Clients, definition: &Value, logical_id: &str, name: &str) -> Option<Blocker> {
    let kind = definition["Type"].as_str()?;
    let mut is_protected = by_definition(kind, &definition["Properties"]);
    let balancer = (kind == "AWS::ElasticLoadBalancingV2::LoadBalancer").then(|| name.to_owned());
    if let Some(arn) = &balancer {
        let answer = clients.elbv2.describe_load_balancer_attributes().load_balancer_arn(arn).send().await;
        if let Ok(answer) = answer {
            is_protected =
                answer.attributes().iter().any(|one| one.key() == Some(ATTRIBUTE) && one.value() == Some("true"));
        }
    }
    let (name, logical_id, resource_type) = (name.to_owned(), logical_id.to_owned(), kind.to_owned());
    is_protected.then_some(Blocker::DeletionProtected { name, logical_id, resource_type, balancer })
}

fn by_definition(kind: &str, properties: &Value) -> bool {
    let is_on = |value: &Value| *value == Value::Bool(true) || value.as_str() == Some("true");
    match kind {
        "AWS::RDS::DBInstance" | "AWS::RDS::DBCluster" | "AWS::Neptune::DBCluster" | "AWS::DocDB::DBCluster" => {
            is_on(&properties["DeletionProtection"])
        }
        "AWS::DynamoDB::Table" => is_on(&properties["DeletionProtectionEnabled"]),
        "AWS::Logs::LogGroup" => is_on(&properties["DeletionProtectionEnabled"]),
        "AWS::EC2::Instance" => is_on(&properties["DisableApiTermination"]),
        "AWS::Cognito::UserPool" => properties["DeletionProtection"].as_str() == Some("ACTIVE"),
        "AWS::ElasticLoadBalancingV2::LoadBalancer" => {
            let attributes = properties["LoadBalancerAttributes"].as_array();
            attributes.into_iter().flatten().any(|one| one["Key"].as_str() == Some(ATTRIBUTE) && is_on(&one["Value"]))
        }
        _ => false,
    }
}

/// Takes the protection of a load balancer back.
pub(super) async fn take_back(clients: &Clients, arn: &str) -> Result<(), AwsError> {
    let off = LoadBalancerAttribute::builder().key(ATTRIBUTE).value("false").build();
    let request = clients.elbv2.modify_load_balancer_attributes().load_balancer_arn(arn).attributes(off);
    let answer = request.send().await;
    answer.map_err(|error| AwsError::new("elasticloadbalancing:ModifyLoadBalancerAttributes", &error))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_definition_tells_whether_it_is_protected() {
        assert!(by_definition("AWS::RDS::DBInstance", &json!({"DeletionProtection": true})));
        assert!(!by_definition("AWS::RDS::DBInstance", &json!({"DeletionProtection": false})));
        assert!(by_definition("AWS::DynamoDB::Table", &json!({"DeletionProtectionEnabled": "true"})));
        let attributes = |value: &str| json!({"LoadBalancerAttributes": [{"Key": ATTRIBUTE, "Value": value}]});
        assert!(by_definition("AWS::ElasticLoadBalancingV2::LoadBalancer", &attributes("true")));
        assert!(!by_definition("AWS::ElasticLoadBalancingV2::LoadBalancer", &attributes("false")));
        assert!(!by_definition("AWS::SNS::Topic", &json!({"DeletionProtection": true})));
    }
}
