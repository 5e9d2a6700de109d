//! What may connect to what: rules between security groups, each a resource of its own.

use belvedere_cfn::ec2::{CfnSecurityGroupEgress, CfnSecurityGroupIngress};

use super::peer::{Peer, PeerKind};
use super::port::Port;
use super::security_group::{SecurityGroupRef, describe, description_complaint};
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
    /// is a resource of its own beside its group, or in this scope if the group is of another stack, so that no earlier
    /// definition is changed. Asking twice adds a rule once.
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
    let reversed = || format!("{}:{port} {}", group.name(), direction.reversed());
    let (mut place, id) = match (group.path_in(scope), peer_path) {
        (Some(path), _) => (scope.at(path), text.clone()),
        // The group is of another stack, and this one's rule about it lives beside the peer.
        (None, Some(path)) => (scope.at(path), reversed()),
        (None, None) => (Scope { body: scope.body, node: scope.node }, format!("{} {text}", group.name())),
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
