//! What may connect to what: rules between security groups, each a resource of its own.

use belvedere_cfn::ec2::{CfnSecurityGroupEgress, CfnSecurityGroupIngress};

use super::peer::{Peer, PeerKind};
use super::port::Port;
use super::security_group::{SecurityGroupRef, describe, description_complaint};
use crate::body::NodeIndex;
use crate::scope::Scope;
use crate::stack::Stack;

/// The security groups of something that takes part in the network.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Connections {
    /// The groups; a rule for the one thing is a rule for each of them.
    pub security_groups: Vec<SecurityGroupRef>,
}

/// Something that takes part in the network, for [`Scope::allow`]: services, load balancers, file systems, security groups
/// by themselves, and [`Peer`]s, which may be mere addresses.
#[diagnostic::on_unimplemented(
    message = "`{Self}` takes no part in the network, as far as this library knows",
    label = "has no security groups",
    note = "references to services, load balancers, file systems and security groups do, and `Peer`s"
)]
pub trait Connectable {
    /// Returns the security groups that rules about this are added to.
    fn connections(&self) -> Connections;

    /// Returns what the rules of others call this: its security groups, unless it is a mere address.
    fn peers(&self) -> Vec<Peer> {
        self.connections().security_groups.iter().map(Peer::security_group).collect()
    }
}

impl<T: Connectable + ?Sized> Connectable for &T {
    fn connections(&self) -> Connections {
        (**self).connections()
    }

    fn peers(&self) -> Vec<Peer> {
        (**self).peers()
    }
}

impl Connectable for Connections {
    fn connections(&self) -> Connections {
        self.clone()
    }
}

/// Which way a rule lets connections through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Ingress,
    Egress,
}

impl Direction {
    /// Returns the word for the peer's part, seen from the group.
    const fn word(self) -> &'static str {
        match self {
            Self::Ingress => "from",
            Self::Egress => "to",
        }
    }

    /// Returns the word for the group's part, seen from the peer.
    const fn reversed(self) -> &'static str {
        match self {
            Self::Ingress => "to",
            Self::Egress => "from",
        }
    }
}

/// Rules between what was defined earlier.
impl Scope<'_> {
    /// Lets `from` connect to `port` of `to`.
    ///
    /// Adds a rule to the security groups of `to`, and one to those of `from` that do not let everything out anyway. Each
    /// is a resource of its own in this stack, beside its group if that is here too, so that no earlier definition is
    /// changed. Asking twice adds a rule once.
    #[track_caller]
    pub fn allow(&mut self, from: &impl Connectable, to: &impl Connectable, port: Port) {
        allow(self, from, to, port, None);
    }

    /// Lets `from` connect to `port` of `to`, with the reason as the rules' description: at most 255 letters, digits,
    /// spaces and `._-:/()#,@[]+=&;{}!$*`. See [`allow`](Scope::allow), which names the other side.
    #[track_caller]
    pub fn allow_described(
        &mut self,
        from: &impl Connectable,
        to: &impl Connectable,
        port: Port,
        description: impl Into<String>,
    ) {
        allow(self, from, to, port, Some(&description.into()));
    }
}

/// Rules between what was defined earlier.
impl Stack {
    /// Lets `from` connect to `port` of `to`. See [`Scope::allow`].
    #[track_caller]
    pub fn allow(&mut self, from: &impl Connectable, to: &impl Connectable, port: Port) {
        self.scope().allow(from, to, port);
    }

    /// Lets `from` connect to `port` of `to`, with the reason. See [`Scope::allow_described`].
    #[track_caller]
    pub fn allow_described(
        &mut self,
        from: &impl Connectable,
        to: &impl Connectable,
        port: Port,
        description: impl Into<String>,
    ) {
        self.scope().allow_described(from, to, port, description);
    }
}

#[track_caller]
fn allow(scope: &mut Scope<'_>, from: &dyn Connectable, to: &dyn Connectable, port: Port, description: Option<&str>) {
    let (from_groups, to_groups) = (from.connections().security_groups, to.connections().security_groups);
    let (from_peers, to_peers) = (from.peers(), to.peers());
    let complaints = from_peers.iter().chain(&to_peers).filter_map(Peer::complaint).chain(port.complaint());
    for complaint in complaints.chain(description.and_then(description_complaint)) {
        scope.problem(complaint);
    }
    if from_groups.is_empty() && to_groups.is_empty() {
        scope.problem(format!("neither side of the connection to {port} has a security group to add a rule to"));
    }
    for group in &to_groups {
        for peer in &from_peers {
            add_rule(scope, Direction::Ingress, group, peer, port, description);
        }
    }
    for group in &from_groups {
        for peer in &to_peers {
            add_rule(scope, Direction::Egress, group, peer, port, description);
        }
    }
}

/// Adds a rule beside its group, under the AWS CDK's id for it, unless it is there or changes nothing.
#[track_caller]
pub(super) fn add_rule(
    scope: &mut Scope<'_>,
    direction: Direction,
    group: &SecurityGroupRef,
    peer: &Peer,
    port: Port,
    description: Option<&str>,
) {
    let covered = direction == Direction::Egress && group.allows_all_outbound() && !peer.is_ipv6();
    if covered || !group.is_mutable() {
        return;
    }
    let text = format!("{} {}:{port}", direction.word(), peer.name());
    let peer_path = match &peer.kind {
        PeerKind::SecurityGroup(peer) => peer.path_in(scope),
        _ => None,
    };
    let (mut place, id) = match (group.path_in(scope), peer_path) {
        (Some(path), _) => (scope.at(path), text.clone()),
        // The group is of another stack, and this one's rule about it lives beside the peer.
        (None, Some(path)) if group.resource().is_some() => {
            (scope.at(path), format!("{}:{port} {}", group.name(), direction.reversed()))
        }
        // One place for the whole stack, wherever in it the rule is asked for, so that it is found the second time.
        (None, _) => (beside_existing(scope, group), text.clone()),
    };
    let id = id.replace('/', "_");
    if place.has_child(&id) {
        return;
    }
    let description = description.map_or_else(|| describe(&text), ToOwned::to_owned);
    match direction {
        Direction::Ingress => {
            place.add(id, ingress(group, peer, port).description(description));
        }
        Direction::Egress => {
            place.add(id, egress(group, peer, port).description(description));
        }
    }
}

/// Opens the place for rules about a group that this stack does not define.
#[track_caller]
fn beside_existing<'a>(scope: &'a mut Scope<'_>, group: &SecurityGroupRef) -> Scope<'a> {
    let id = group.name().replace('/', "_");
    let mut root = Scope { body: scope.body, node: NodeIndex::ROOT };
    let node = if root.has_child(&id) { root.at(&id).node } else { root.scope(id).node };
    Scope { body: scope.body, node }
}

fn ingress(group: &SecurityGroupRef, peer: &Peer, port: Port) -> CfnSecurityGroupIngress {
    let mut rule = CfnSecurityGroupIngress::new(port.protocol()).group_id(group.security_group_id());
    if let Some((from, to)) = port.range() {
        rule = rule.from_port(from).to_port(to);
    }
    match &peer.kind {
        PeerKind::Ipv4(block) => rule.cidr_ip(block),
        PeerKind::Ipv6(block) => rule.cidr_ipv6(block),
        PeerKind::PrefixList(id) => rule.source_prefix_list_id(id),
        PeerKind::SecurityGroup(peer) => rule.source_security_group_id(peer.security_group_id()),
    }
}

fn egress(group: &SecurityGroupRef, peer: &Peer, port: Port) -> CfnSecurityGroupEgress {
    let mut rule = CfnSecurityGroupEgress::new(group.security_group_id(), port.protocol());
    if let Some((from, to)) = port.range() {
        rule = rule.from_port(from).to_port(to);
    }
    match &peer.kind {
        PeerKind::Ipv4(block) => rule.cidr_ip(block),
        PeerKind::Ipv6(block) => rule.cidr_ipv6(block),
        PeerKind::PrefixList(id) => rule.destination_prefix_list_id(id),
        PeerKind::SecurityGroup(peer) => rule.destination_security_group_id(peer.security_group_id()),
    }
}

#[cfg(test)]
mod tests {
    use super::Connectable;
    use crate::app::App;
    use crate::ec2::{Peer, Port, SecurityGroup, SecurityGroupRef, VpcAttributes, VpcRef};
    use crate::problem::SynthError;
    use crate::stack::Stack;
    use crate::testing::{Template, json};

    fn vpc() -> VpcRef {
        VpcRef::from_attributes(VpcAttributes::new("vpc-1", "10.0.0.0/16"))
    }

    fn ids(template: &Template) -> Vec<(String, String)> {
        let resources = template.to_json()["Resources"].as_object().into_iter().flatten();
        resources
            .map(|(id, resource)| {
                (resource["Metadata"]["aws:cdk:path"].as_str().unwrap_or_default().to_owned(), id.clone())
            })
            .collect()
    }

    #[test]
    fn rules_have_the_cdks_ids() -> Result<(), SynthError> {
        let mut stack = Stack::new("Stack");
        let a = stack.add("A", SecurityGroup::new(&vpc()).allow_all_outbound(false));
        let b = stack.add("B", SecurityGroup::new(&vpc()));
        let every_port = [
            Port::tcp(8080),
            Port::tcp_range(80, 90),
            Port::all_tcp(),
            Port::all_traffic(),
            Port::icmp_ping(),
            Port::udp(53),
            Port::udp_range(53, 54),
            Port::all_udp(),
        ];
        for port in every_port {
            stack.allow(&a, &b, port);
        }
        stack.allow(&b, &b, Port::tcp(7946));
        stack.allow(&Peer::prefix_list("pl-1234"), &a, Port::tcp(443));
        let ids = ids(&Template::from_stack(stack)?);
        // From aws-cdk-lib 2.276.0.
        for (path, id) in [
            ("Stack/A/Resource", "ACCC8ACD5"),
            ("Stack/A/to StackB854B3356:8080", "AtoStackB854B335680802031D11A"),
            ("Stack/A/to StackB854B3356:80-90", "AtoStackB854B3356809074393D72"),
            ("Stack/A/to StackB854B3356:ALL PORTS", "AtoStackB854B3356ALLPORTS65CFA224"),
            ("Stack/A/to StackB854B3356:ALL TRAFFIC", "AtoStackB854B3356ALLTRAFFIC215525F2"),
            ("Stack/A/to StackB854B3356:ICMP Type 8", "AtoStackB854B3356ICMPType8F1DB8C7E"),
            ("Stack/A/to StackB854B3356:UDP 53", "AtoStackB854B3356UDP530BD0951E"),
            ("Stack/A/to StackB854B3356:UDP 53-54", "AtoStackB854B3356UDP5354B82DBC13"),
            ("Stack/A/to StackB854B3356:UDP ALL PORTS", "AtoStackB854B3356UDPALLPORTSFD303B6A"),
            ("Stack/A/from pl-1234:443", "Afrompl1234443562FCC66"),
            ("Stack/B/Resource", "B08E7C7AF"),
            ("Stack/B/from StackA888ED64B:8080", "BfromStackA888ED64B80802000016A"),
            ("Stack/B/from StackA888ED64B:80-90", "BfromStackA888ED64B8090DC86C964"),
            ("Stack/B/from StackA888ED64B:ALL PORTS", "BfromStackA888ED64BALLPORTSBAEA1EE4"),
            ("Stack/B/from StackA888ED64B:ALL TRAFFIC", "BfromStackA888ED64BALLTRAFFIC1C259BAC"),
            ("Stack/B/from StackA888ED64B:ICMP Type 8", "BfromStackA888ED64BICMPType88DBC5504"),
            ("Stack/B/from StackA888ED64B:UDP 53", "BfromStackA888ED64BUDP53346E4604"),
            ("Stack/B/from StackA888ED64B:UDP 53-54", "BfromStackA888ED64BUDP53548749FA07"),
            ("Stack/B/from StackA888ED64B:UDP ALL PORTS", "BfromStackA888ED64BUDPALLPORTSCAD0619D"),
            ("Stack/B/from StackB854B3356:7946", "BfromStackB854B335679464C02FD93"),
        ] {
            assert!(ids.contains(&(path.to_owned(), id.to_owned())), "{path} {id}\n{ids:#?}");
        }
        assert_eq!(ids.len(), 20);
        Ok(())
    }

    #[test]
    fn a_rule_is_added_once_and_only_where_it_changes_something() -> Result<(), SynthError> {
        let mut stack = Stack::new("Stack");
        let open = stack.add("Open", SecurityGroup::new(&vpc()));
        let guarded = stack.add("Guarded", SecurityGroup::new(&vpc()));
        stack.allow(&open, &guarded, Port::tcp(5432));
        stack.scope().scope("Inner").allow_described(&open, &guarded, Port::tcp(5432), "again");
        stack.allow(&guarded, &Peer::any_ipv6(), Port::HTTPS);
        stack.allow(&open, &SecurityGroupRef::from_id("sg-1").immutable(), Port::HTTPS);
        let template = Template::from_stack(stack)?;
        template.resource_count_is("AWS::EC2::SecurityGroupIngress", 1);
        template.has_resource_properties(
            "AWS::EC2::SecurityGroupIngress",
            json!({
                "GroupId": guarded.security_group_id(),
                "SourceSecurityGroupId": open.security_group_id(),
                "Description": "from StackOpen1B77B0ED:5432",
                "FromPort": 5432,
                "ToPort": 5432,
                "IpProtocol": "tcp"
            }),
        );
        template.resource_count_is("AWS::EC2::SecurityGroupEgress", 1);
        template.has_resource_properties("AWS::EC2::SecurityGroupEgress", json!({ "CidrIpv6": "::/0" }));
        Ok(())
    }

    #[test]
    fn rules_about_groups_of_other_stacks_live_where_they_are_asked_for() -> Result<(), SynthError> {
        let mut theirs = Stack::new("D");
        // The same path as one of the other stack's own.
        let none = theirs.add("None", SecurityGroup::new(&vpc()).allow_all_outbound(false));
        let mut ours = Stack::new("E");
        let third = ours.add("Third", SecurityGroup::new(&vpc()));
        ours.add("None", SecurityGroup::new(&vpc()));
        ours.allow(&third, &none, Port::tcp(12));
        ours.allow(&none, &third, Port::tcp(12));
        let existing = SecurityGroupRef::from_id("sg-1");
        ours.allow(&third, &existing, Port::tcp(13));
        ours.scope().scope("Inner").allow(&third, &existing, Port::tcp(13));
        let mut app = App::new();
        app.add(theirs);
        app.add(ours);
        let templates = Template::from_app(app)?;
        assert_eq!(ids(&templates["D"]).len(), 1);
        let ids = ids(&templates["E"]);
        // From aws-cdk-lib 2.276.0, with `remoteRule`.
        for (path, id) in [
            ("E/Third/DNone7279AD4A:12 to", "ThirdDNone7279AD4A12toF2DC8E30"),
            ("E/Third/DNone7279AD4A:12 from", "ThirdDNone7279AD4A12from670935E8"),
        ] {
            assert!(ids.contains(&(path.to_owned(), id.to_owned())), "{path} {id}\n{ids:#?}");
        }
        assert_eq!(ids.iter().filter(|(path, _)| path.starts_with("E/sg-1/from EThird")).count(), 1);
        Ok(())
    }

    #[test]
    fn rejects_connections_without_a_group_and_impossible_rules() {
        let mut stack = Stack::new("Stack");
        let group = stack.add("Group", SecurityGroup::new(&vpc()));
        stack.allow(&Peer::any_ipv4(), &Peer::any_ipv6(), Port::HTTPS);
        stack.allow(&Peer::ipv4("10.0.0.1/8"), &group, Port::HTTPS);
        stack.allow(&Peer::any_ipv4(), &group, Port::tcp_range(2, 1));
        stack.allow_described(&Peer::any_ipv4(), &group, Port::HTTP, "größer");
        let Err(SynthError::Invalid { problems, .. }) = Template::from_stack(stack) else { panic!("was accepted") };
        assert_eq!(problems.len(), 4, "{problems:#?}");
    }

    #[test]
    fn a_peer_is_no_more_than_what_it_names() {
        assert!(Peer::any_ipv4().connections().security_groups.is_empty());
        assert_eq!(Peer::any_ipv4().peers(), [Peer::any_ipv4()]);
    }
}
