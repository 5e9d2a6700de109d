//! Switches that open something to everybody, and those that keep it closed.

use std::collections::BTreeSet;

use super::super::definition::{Definition, Definitions};
use super::super::resource_change::Change;
use super::super::text::shown;
use super::change::{Area, Polarity, SecurityChange, path_of};

/// When a switch counts.
#[derive(Clone, Copy)]
enum When {
    /// It has this value.
    Is(&'static str),
    /// It does not have this value: what is not said opens, too.
    IsNot(&'static str),
    /// It has this value, or none.
    Unsaid(&'static str),
    /// It begins with this.
    Begins(&'static str),
    /// It is there.
    Given,
}

use Polarity::{Closes, Opens};
use When::{Begins, Given, Is, IsNot, Unsaid};

/// The type (`*`: any), the property, when it counts, whether it opens or closes, and what it means.
const SWITCHES: [(&str, &str, When, Polarity, &str); 28] = [
    ("*", "PubliclyAccessible", Is("true"), Opens, "has a public address"),
    ("AWS::ApiGateway::Method", "AuthorizationType", Is("NONE"), Opens, "can be called without authorization"),
    ("AWS::ApiGatewayV2::Route", "AuthorizationType", Unsaid("NONE"), Opens, "can be called without authorization"),
    ("AWS::Cognito::IdentityPool", "AllowUnauthenticatedIdentities", Is("true"), Opens, "gives credentials to anybody"),
    ("AWS::EC2::Instance", "NetworkInterfaces.AssociatePublicIpAddress", Is("true"), Opens, "has a public address"),
    ("AWS::EC2::Subnet", "MapPublicIpOnLaunch", Is("true"), Opens, "gives public addresses"),
    ("AWS::ECR::PublicRepository", "", Given, Opens, "is public"),
    (
        "AWS::ECS::Service",
        "NetworkConfiguration.AwsvpcConfiguration.AssignPublicIp",
        Is("ENABLED"),
        Opens,
        "gives its tasks public addresses",
    ),
    ("AWS::EKS::Cluster", "ResourcesVpcConfig.EndpointPublicAccess", IsNot("false"), Opens, "has a public endpoint"),
    ("AWS::ElasticLoadBalancing::LoadBalancer", "Scheme", IsNot("internal"), Opens, "faces the internet"),
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", "Scheme", IsNot("internal"), Opens, "faces the internet"),
    ("AWS::Grafana::Workspace", "NetworkAccessControl", Given, Closes, "restricts who reaches it"),
    ("AWS::IAM::AccessKey", "", Given, Opens, "is a key that does not expire"),
    ("AWS::IAM::Role", "PermissionsBoundary", Given, Closes, "has a permissions boundary"),
    ("AWS::IAM::User", "LoginProfile", Given, Opens, "can sign in with a password"),
    ("AWS::IAM::User", "PermissionsBoundary", Given, Closes, "has a permissions boundary"),
    ("AWS::Lambda::Url", "AuthType", Is("NONE"), Opens, "can be called without authorization"),
    (
        "AWS::MSK::Cluster",
        "BrokerNodeGroupInfo.ConnectivityInfo.PublicAccess.Type",
        Begins("SERVICE_PROVIDED"),
        Opens,
        "has public addresses",
    ),
    ("AWS::S3::AccessPoint", "VpcConfiguration", Given, Closes, "is reached from its VPC only"),
    ("AWS::S3::Bucket", "AccessControl", Begins("PublicRead"), Opens, "can be read by anybody"),
    ("AWS::S3::Bucket", "AccessControl", Is("AuthenticatedRead"), Opens, "can be read by every AWS account"),
    ("AWS::S3::Bucket", "PublicAccessBlockConfiguration.BlockPublicAcls", Is("true"), Closes, "blocks public ACLs"),
    (
        "AWS::S3::Bucket",
        "PublicAccessBlockConfiguration.BlockPublicPolicy",
        Is("true"),
        Closes,
        "blocks public policies",
    ),
    ("AWS::S3::Bucket", "PublicAccessBlockConfiguration.IgnorePublicAcls", Is("true"), Closes, "ignores public ACLs"),
    (
        "AWS::S3::Bucket",
        "PublicAccessBlockConfiguration.RestrictPublicBuckets",
        Is("true"),
        Closes,
        "restricts public policies",
    ),
    ("AWS::S3::Bucket", "WebsiteConfiguration", Given, Opens, "is a website"),
    (
        "AWS::SageMaker::NotebookInstance",
        "DirectInternetAccess",
        IsNot("Disabled"),
        Opens,
        "has direct internet access",
    ),
    ("AWS::WAFv2::WebACLAssociation", "", Given, Closes, "puts a firewall in front"),
];

/// A switch of a resource that is as it counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Fact {
    subject: String,
    polarity: Polarity,
    text: &'static str,
}

/// Returns what is open or closed now and was not, and the other way round.
pub(super) fn changes(old: &Definitions, new: &Definitions) -> Vec<SecurityChange> {
    let (before, after) = (all(old), all(new));
    let added = after.difference(&before).map(|fact| (fact, Change::Added));
    let removed = before.difference(&after).map(|fact| (fact, Change::Removed));
    let mut changes = Vec::new();
    for (fact, change) in added.chain(removed) {
        // What closes something matters while there is something before and after.
        let is_lasting = old.contains_key(&fact.subject) && new.contains_key(&fact.subject);
        let is_itself = matches!(fact.text, FIREWALL);
        if fact.polarity == Closes && !is_lasting && !is_itself {
            continue;
        }
        changes.push(SecurityChange {
            subject: fact.subject.clone(),
            path: path_of(&fact.subject, old, new),
            area: Area::Exposure,
            change,
            effect: fact.polarity.effect(change, old.is_empty()),
            everybody: fact.polarity == Opens,
            text: fact.text.to_owned(),
            statement: None,
        });
    }
    changes
}

const FIREWALL: &str = "puts a firewall in front";

fn all(resources: &Definitions) -> BTreeSet<Fact> {
    let mut facts = BTreeSet::new();
    for (id, resource) in resources {
        for (kind, path, when, polarity, text) in SWITCHES {
            if (kind == "*" || kind == resource.resource_type) && holds(resource, path, when) {
                facts.insert(Fact { subject: id.clone(), polarity, text });
            }
        }
    }
    facts
}

fn holds(resource: &Definition, path: &str, when: When) -> bool {
    if path.is_empty() {
        return true;
    }
    // Questions of the browser before the real call carry no authorization.
    let method = resource.properties.get("HttpMethod").map(shown);
    if resource.resource_type == "AWS::ApiGateway::Method" && method.as_deref() == Some("OPTIONS") {
        return false;
    }
    let mut values = vec![&resource.properties];
    for key in path.split('.') {
        let below = |value| super::statement::list(value).into_iter().filter_map(|value| value.get(key));
        values = values.into_iter().flat_map(below).collect();
    }
    let texts: Vec<String> = values.into_iter().flat_map(super::statement::list).map(shown).collect();
    match when {
        Is(wanted) => texts.iter().any(|text| text == wanted),
        IsNot(wanted) => !texts.iter().any(|text| text == wanted),
        Unsaid(wanted) => texts.is_empty() || texts.iter().any(|text| text == wanted),
        Begins(wanted) => texts.iter().any(|text| text.starts_with(wanted)),
        Given => !texts.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::super::definition::definitions;
    use super::super::change::Effect;
    use super::*;

    fn one(kind: &str, properties: Value) -> Definitions {
        let mut resource = json!({ "Type": kind });
        resource["Properties"] = properties;
        definitions(&json!({ "Resources": { "R": resource } }))
    }

    fn between(kind: &str, old: Value, new: Value) -> Vec<(Effect, String)> {
        let found = changes(&one(kind, old), &one(kind, new));
        found.into_iter().map(|change| (change.effect, change.text)).collect()
    }

    #[test]
    fn a_bucket_loses_its_block() {
        let block =
            json!({ "PublicAccessBlockConfiguration": { "BlockPublicAcls": true, "BlockPublicPolicy": "true" } });
        let found = between("AWS::S3::Bucket", block.clone(), json!({}));
        assert_eq!(
            found,
            [(Effect::Broadens, "blocks public ACLs".into()), (Effect::Broadens, "blocks public policies".into())]
        );
        assert!(
            between("AWS::S3::Bucket", json!({}), block.clone()).iter().all(|(effect, _)| *effect == Effect::Narrows)
        );
        // A bucket that goes takes nothing from anybody.
        assert!(changes(&one("AWS::S3::Bucket", block), &definitions(&json!({}))).is_empty());
    }

    #[test]
    fn what_opens_is_seen() {
        let balancer = "AWS::ElasticLoadBalancingV2::LoadBalancer";
        let found = between(balancer, json!({ "Scheme": "internal" }), json!({}));
        assert_eq!(found, [(Effect::Broadens, "faces the internet".into())]);
        assert_eq!(between(balancer, json!({}), json!({ "Scheme": "internet-facing" })), []);
        let found = between("AWS::Lambda::Url", json!({ "AuthType": "AWS_IAM" }), json!({ "AuthType": "NONE" }));
        assert_eq!(found, [(Effect::Broadens, "can be called without authorization".into())]);
        let found = between("AWS::RDS::DBInstance", json!({}), json!({ "PubliclyAccessible": true }));
        assert_eq!(found, [(Effect::Broadens, "has a public address".into())]);
        let path =
            |value: &str| json!({ "NetworkConfiguration": { "AwsvpcConfiguration": { "AssignPublicIp": value } } });
        assert_eq!(between("AWS::ECS::Service", path("DISABLED"), path("ENABLED")).len(), 1);
    }

    #[test]
    fn a_new_stack_comes_with_what_it_opens() {
        let found = changes(&definitions(&json!({})), &one("AWS::Lambda::Url", json!({ "AuthType": "NONE" })));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].effect, Effect::Initial);
        assert!(found[0].everybody);
    }
}
