//! The rules of security groups and network ACLs.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use serde_json::Value;

use super::super::definition::{Definition, Definitions};
use super::super::resource_change::Change;
use super::super::text::shown;
use super::change::{Area, Polarity, SecurityChange, path_of};
use super::policy::owners;
use super::statement::list;

/// A rule of a security group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rule {
    group: String,
    is_inbound: bool,
    peer: String,
    protocol: String,
    /// The first and the last port; for ICMP, type and code.
    from: String,
    to: String,
}

const ALL: &str = "-1";
const EVERYWHERE: [&str; 2] = ["0.0.0.0/0", "::/0"];

impl Rule {
    /// Whether whatever `other` lets through passes here too.
    fn covers(&self, other: &Self) -> bool {
        self.group == other.group
            && self.is_inbound == other.is_inbound
            && (self.peer == other.peer || contains(&self.peer, &other.peer))
            && (self.protocol == ALL || (self.protocol == other.protocol && self.has_ports_of(other)))
    }

    fn has_ports_of(&self, other: &Self) -> bool {
        let number = |text: &str| text.parse::<i32>().ok();
        match (number(&self.from), number(&self.to), number(&other.from), number(&other.to)) {
            (Some(-1), ..) => true,
            (Some(from), Some(to), Some(other_from), Some(other_to)) => from <= other_from && other_to <= to,
            _ => (&self.from, &self.to) == (&other.from, &other.to),
        }
    }

    fn text(&self) -> String {
        let (protocol, from, to) = (&self.protocol, &self.from, &self.to);
        let what = match (protocol.as_str(), from == to) {
            (ALL, _) => "everything".to_owned(),
            _ if from.is_empty() || from == ALL || (from == "0" && to == "65535") => format!("all {protocol}"),
            (_, true) => format!("{protocol} {from}"),
            (_, false) => format!("{protocol} {from}-{to}"),
        };
        let direction = if self.is_inbound { "in from" } else { "out to" };
        format!("{what} {direction} {}", self.peer)
    }
}

/// Returns the rules that are new and those that are gone.
pub(super) fn changes(old: &Definitions, new: &Definitions) -> Vec<SecurityChange> {
    let (before, after) = (all(old), all(new));
    let mut changes = Vec::new();
    for (these, others, change) in [(&after, &before, Change::Added), (&before, &after, Change::Removed)] {
        for rule in these.iter().filter(|rule| !others.iter().any(|other| other.covers(rule))) {
            changes.push(SecurityChange {
                subject: rule.group.clone(),
                path: path_of(&rule.group, old, new),
                area: Area::Network,
                change,
                effect: Polarity::Opens.effect(change, old.is_empty()),
                everybody: EVERYWHERE.contains(&rule.peer.as_str()),
                text: rule.text(),
                statement: None,
            });
        }
    }
    changes
}

fn all(resources: &Definitions) -> BTreeSet<Rule> {
    let mut rules = BTreeSet::new();
    for (id, resource) in resources {
        let property = |key: &str| resource.properties.get(key);
        match resource.resource_type.as_str() {
            "AWS::EC2::SecurityGroup" => {
                for rule in property("SecurityGroupIngress").map(list).unwrap_or_default() {
                    rules.extend(rule_of(id, true, rule));
                }
                let outbound = property("SecurityGroupEgress").map(list).unwrap_or_default();
                for rule in &outbound {
                    rules.extend(rule_of(id, false, rule));
                }
                if outbound.is_empty() {
                    // What a group that says nothing about it gets.
                    rules.extend(rule_of(id, false, &serde_json::json!({ "IpProtocol": ALL, "CidrIp": "0.0.0.0/0" })));
                }
            }
            kind @ ("AWS::EC2::SecurityGroupIngress" | "AWS::EC2::SecurityGroupEgress") => {
                let is_inbound = kind == "AWS::EC2::SecurityGroupIngress";
                for group in owners(property("GroupId").or_else(|| property("GroupName")), id) {
                    rules.extend(rule_of(&group, is_inbound, &resource.properties));
                }
            }
            "AWS::EC2::NetworkAclEntry" => rules.extend(acl_rule(id, resource)),
            _ => {}
        }
    }
    rules
}

fn rule_of(group: &str, is_inbound: bool, rule: &Value) -> Option<Rule> {
    let text = |key: &str| rule.get(key).map(shown).unwrap_or_default();
    let peers = [
        "CidrIp",
        "CidrIpv6",
        "SourceSecurityGroupId",
        "SourceSecurityGroupName",
        "SourcePrefixListId",
        "DestinationSecurityGroupId",
        "DestinationPrefixListId",
    ];
    let peer = peers.iter().find_map(|key| rule.get(key)).map(shown)?;
    // A group that refers to itself by its id or its attribute is the same peer.
    let peer = peer.strip_suffix(".GroupId}").map_or_else(|| peer.clone(), |id| format!("{id}}}"));
    let is_nobody = peer == "255.255.255.255/32" || (peer == "::1/128");
    // The AWS CDK writes such rules in order that there is one.
    if is_nobody && !is_inbound {
        return None;
    }
    Some(Rule {
        group: group.to_owned(),
        is_inbound,
        peer,
        protocol: text("IpProtocol").to_lowercase(),
        from: text("FromPort"),
        to: text("ToPort"),
    })
}

fn acl_rule(id: &str, entry: &Definition) -> Option<Rule> {
    let text = |key: &str| entry.properties.get(key).map(shown).unwrap_or_default();
    if text("RuleAction") != "allow" {
        return None;
    }
    let range =
        |key: &str| entry.properties.get("PortRange").and_then(|range| range.get(key)).map(shown).unwrap_or_default();
    Some(Rule {
        group: owners(entry.properties.get("NetworkAclId"), id).concat(),
        is_inbound: text("Egress") != "true",
        peer: ["CidrBlock", "Ipv6CidrBlock"].iter().find_map(|key| entry.properties.get(key)).map(shown)?,
        protocol: text("Protocol"),
        from: range("From"),
        to: range("To"),
    })
}

/// Whether all addresses of `inner` are in `outer`, of ranges that are written out.
fn contains(outer: &str, inner: &str) -> bool {
    if outer == "::/0" {
        return inner.contains(':') && inner.contains('/') && !inner.contains("${");
    }
    match (range(outer), range(inner)) {
        (Some((outer, outer_bits)), Some((inner, inner_bits))) => {
            let mask = u32::MAX.checked_shl(32 - outer_bits).unwrap_or(0);
            outer_bits <= inner_bits && outer & mask == inner & mask
        }
        _ => false,
    }
}

fn range(text: &str) -> Option<(u32, u32)> {
    let (address, bits) = text.split_once('/')?;
    let bits: u32 = bits.parse().ok().filter(|bits| *bits <= 32)?;
    Some((address.parse::<Ipv4Addr>().ok()?.to_bits(), bits))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::super::definition::definitions;
    use super::super::change::Effect;
    use super::*;

    fn group(inbound: Value, outbound: Value) -> Value {
        let mut group = json!({ "Type": "AWS::EC2::SecurityGroup", "Properties": {} });
        group["Properties"]["SecurityGroupIngress"] = inbound;
        group["Properties"]["SecurityGroupEgress"] = outbound;
        json!({ "Group": group })
    }

    fn tcp(port: u16, peer: &str) -> Value {
        json!({ "IpProtocol": "tcp", "FromPort": port, "ToPort": port, "CidrIp": peer })
    }

    fn nowhere() -> Value {
        json!([{ "IpProtocol": "icmp", "FromPort": 252, "ToPort": 86, "CidrIp": "255.255.255.255/32" }])
    }

    fn between(old: Value, new: Value) -> Vec<(Effect, bool, String)> {
        let of = |resources: Value| definitions(&json!({ "Resources": resources }));
        let found = changes(&of(old), &of(new));
        found.into_iter().map(|change| (change.effect, change.everybody, change.text)).collect()
    }

    #[test]
    fn an_open_port_is_found_inside_and_beside_its_group() {
        let old = group(json!([]), nowhere());
        let expected = [(Effect::Broadens, true, "tcp 22 in from 0.0.0.0/0".to_owned())];
        assert_eq!(between(old.clone(), group(json!([tcp(22, "0.0.0.0/0")]), nowhere())), expected);
        let mut beside = old.clone();
        let mut rule = tcp(22, "0.0.0.0/0");
        rule["GroupId"] = json!({ "Fn::GetAtt": ["Group", "GroupId"] });
        beside["Rule"] = json!({ "Type": "AWS::EC2::SecurityGroupIngress", "Properties": rule });
        assert_eq!(between(old, beside.clone()), expected);
        // From one place to the other nothing changes.
        assert_eq!(between(beside, group(json!([tcp(22, "0.0.0.0/0")]), nowhere())), []);
    }

    #[test]
    fn a_smaller_range_only_narrows() {
        let old = group(json!([tcp(443, "10.0.0.0/8")]), nowhere());
        let new = group(json!([tcp(443, "10.1.0.0/16")]), nowhere());
        let narrows = [(Effect::Narrows, false, "tcp 443 in from 10.0.0.0/8".to_owned())];
        assert_eq!(between(old.clone(), new.clone()), narrows);
        assert_eq!(between(new, old), [(Effect::Broadens, false, narrows[0].2.clone())]);
    }

    #[test]
    fn a_group_without_outbound_rules_lets_everything_out() {
        let found = between(group(json!([]), nowhere()), group(json!([]), json!([])));
        assert_eq!(found, [(Effect::Broadens, true, "everything out to 0.0.0.0/0".to_owned())]);
    }

    #[test]
    fn ranges_contain_each_other() {
        assert!(contains("0.0.0.0/0", "10.0.0.0/8"));
        assert!(contains("10.0.0.0/8", "10.9.0.0/32"));
        assert!(!contains("10.0.0.0/8", "11.0.0.0/8"));
        assert!(!contains("10.1.0.0/16", "10.0.0.0/8"));
        assert!(!contains("0.0.0.0/0", "${Vpc.CidrBlock}"));
        assert!(!contains("0.0.0.0/0", "::/0"));
        assert!(contains("::/0", "fd00::/8"));
    }
}
