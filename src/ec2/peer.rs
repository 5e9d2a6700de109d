//! [`Peer`]: whom a security group's rule speaks of.

use std::net::Ipv6Addr;

use belvedere_cfn::{Expr, IntoValue, Intrinsic, Value, kind};

use super::connections::{Connectable, Connections};
use super::ipv4_block::Ipv4Block;
use super::security_group::SecurityGroupRef;
use crate::logical_id::logical_id;

/// Whom a security group's rule speaks of: addresses, a prefix list, or whatever has a security group.
#[derive(Clone, Debug, PartialEq)]
pub struct Peer {
    pub(super) kind: PeerKind,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum PeerKind {
    Ipv4(Value<String>),
    Ipv6(Value<String>),
    PrefixList(Value<kind::ec2::PrefixListId>),
    SecurityGroup(SecurityGroupRef),
}

impl Peer {
    /// Every IPv4 address.
    #[must_use]
    pub fn any_ipv4() -> Self {
        Self::ipv4("0.0.0.0/0")
    }

    /// Every IPv6 address.
    #[must_use]
    pub fn any_ipv6() -> Self {
        Self::ipv6("::/0")
    }

    /// A block of IPv4 addresses, such as `10.1.0.0/16`; a single one is a `/32`.
    #[must_use]
    pub fn ipv4(block: impl IntoValue<String>) -> Self {
        Self { kind: PeerKind::Ipv4(block.into_value()) }
    }

    /// A block of IPv6 addresses, such as `2001:db8::/32`.
    #[must_use]
    pub fn ipv6(block: impl IntoValue<String>) -> Self {
        Self { kind: PeerKind::Ipv6(block.into_value()) }
    }

    /// A prefix list, AWS's (such as CloudFront's) or your own.
    /// [AWS page](https://docs.aws.amazon.com/vpc/latest/userguide/managed-prefix-lists.html).
    #[must_use]
    pub fn prefix_list(id: impl IntoValue<kind::ec2::PrefixListId>) -> Self {
        Self { kind: PeerKind::PrefixList(id.into_value()) }
    }

    /// Whatever has this security group.
    #[must_use]
    pub fn security_group(group: &SecurityGroupRef) -> Self {
        Self { kind: PeerKind::SecurityGroup(group.clone()) }
    }

    /// Returns the name that ids and descriptions of rules have for the peer.
    pub(super) fn name(&self) -> String {
        match &self.kind {
            PeerKind::Ipv4(block) | PeerKind::Ipv6(block) => value_name(block.expr()),
            PeerKind::PrefixList(id) => value_name(id.expr()),
            PeerKind::SecurityGroup(group) => group.name(),
        }
    }

    /// Returns whether the addresses are IPv6's, which permission for all outbound traffic does not cover.
    pub(super) const fn is_ipv6(&self) -> bool {
        matches!(self.kind, PeerKind::Ipv6(_))
    }

    /// Returns what is wrong with the addresses, if they are known now.
    pub(super) fn complaint(&self) -> Option<String> {
        match &self.kind {
            PeerKind::Ipv4(block) => Ipv4Block::parse(block.as_str()?).err(),
            PeerKind::Ipv6(block) => {
                let text = block.as_str()?;
                let parts = text.split_once('/');
                let legal = parts.is_some_and(|(address, prefix)| {
                    address.parse::<Ipv6Addr>().is_ok()
                        && prefix.bytes().all(|byte| byte.is_ascii_digit())
                        && prefix.parse::<u8>().is_ok_and(|prefix| prefix <= 128)
                });
                (!legal).then(|| format!("an IPv6 block looks like `2001:db8::/32`, got `{text}`"))
            }
            PeerKind::PrefixList(_) | PeerKind::SecurityGroup(_) => None,
        }
    }
}

/// Returns a name for something that may be known only at deploy time: its text, or the id of what it refers to.
///
/// The AWS CDK has one name for all of the latter, so that the second rule with one is silently lost there.
pub(super) fn value_name(expr: &Expr) -> String {
    if let Some(text) = expr.as_str() {
        return text.to_owned();
    }
    if let Expr::Intrinsic(intrinsic) = expr {
        match &**intrinsic {
            Intrinsic::Ref(target) => return target.logical_id().to_owned(),
            Intrinsic::GetAtt(target, attribute) => return format!("{}.{attribute}", target.logical_id()),
            _ => {}
        }
    }
    let written = serde_json::to_string(expr).unwrap_or_default();
    let id = logical_id(["Value", &written]);
    format!("Value{}", &id[id.len().saturating_sub(8)..])
}

impl Connectable for Peer {
    fn connections(&self) -> Connections {
        match &self.kind {
            PeerKind::SecurityGroup(group) => group.connections(),
            _ => Connections::default(),
        }
    }

    fn peers(&self) -> Vec<Self> {
        vec![self.clone()]
    }
}

#[cfg(test)]
mod tests {
    use belvedere_cfn::{functions, pseudo};

    use super::Peer;

    #[test]
    fn a_peer_known_at_deploy_time_has_a_name_of_its_own() {
        let (region, account) = (Peer::ipv4(pseudo::region()), Peer::ipv4(pseudo::account_id()));
        assert_ne!(region.name(), account.name());
        let first = Peer::ipv4(functions::select::<String>(0, functions::availability_zones()));
        let second = Peer::ipv4(functions::select::<String>(1, functions::availability_zones()));
        assert_ne!(first.name(), second.name());
        assert_eq!(first.name(), first.clone().name());
    }

    #[test]
    fn rejects_what_is_no_block() {
        for peer in [Peer::ipv4("10.0.0.1"), Peer::ipv4("10.0.0.1/16"), Peer::ipv6("::"), Peer::ipv6("::/129")] {
            assert!(peer.complaint().is_some(), "{peer:?}");
        }
        for peer in [Peer::any_ipv4(), Peer::any_ipv6(), Peer::ipv4("10.0.0.1/32"), Peer::prefix_list("pl-1")] {
            assert!(peer.complaint().is_none(), "{peer:?}");
        }
    }
}
