//! [`SecurityGroup`]: a firewall around whatever has it.

use belvedere_cfn::ec2::{CfnSecurityGroup, security_group};
use belvedere_cfn::{IntoValue, ResourceRef, Value, kind};

use super::connections::{Connectable, Connections, Direction, add_rule};
use super::peer::{Peer, PeerKind, value_name};
use super::port::Port;
use super::vpc_ref::VpcRef;
use crate::construct::Construct;
use crate::scope::Scope;

/// A firewall around whatever has it: nothing comes in and everything goes out, by default.
/// [AWS page](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-securitygroup.html).
///
/// What two constructs of the program say to each other is not written here but asked for with
/// [`Scope::allow`](crate::Scope::allow) once both are there.
#[derive(Clone, Debug, PartialEq)]
pub struct SecurityGroup {
    vpc: VpcRef,
    description: Option<String>,
    security_group_name: Option<Value<String>>,
    allow_all_outbound: bool,
    ingress: Vec<Rule>,
    egress: Vec<Rule>,
}

#[derive(Clone, Debug, PartialEq)]
struct Rule {
    peer: Peer,
    port: Port,
    description: String,
}

/// What descriptions may have beside letters and digits.
const PUNCTUATION: &str = " ._-:/()#,@[]+=&;{}!$*";

/// How long descriptions may be.
pub(super) const MAX_DESCRIPTION: usize = 255;

impl SecurityGroup {
    /// A security group in `vpc`.
    #[must_use]
    pub fn new(vpc: &VpcRef) -> Self {
        Self {
            vpc: vpc.clone(),
            description: None,
            security_group_name: None,
            allow_all_outbound: true,
            ingress: Vec::new(),
            egress: Vec::new(),
        }
    }

    /// Says what the group is for, in at most 255 letters, digits, spaces and `._-:/()#,@[]+=&;{}!$*`. The construct's
    /// path by default. A changed description replaces the group.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// A fixed name, unique in the VPC. CloudFormation makes one by default, so that two copies of the stack fit in one
    /// VPC.
    #[must_use]
    pub fn security_group_name(mut self, name: impl IntoValue<String>) -> Self {
        self.security_group_name = Some(name.into_value());
        self
    }

    /// Whether everything may go out, over IPv4. It may by default, as in the AWS CDK: a task that cannot reach the
    /// registry, the logs and its secrets does not even start, and those have no addresses to write into a rule.
    ///
    /// Where it may not, the group keeps a rule that matches nothing, since without any rule EC2 lets everything out.
    #[must_use]
    pub const fn allow_all_outbound(mut self, allow: bool) -> Self {
        self.allow_all_outbound = allow;
        self
    }

    /// Lets `peer` connect to `port`, with the reason, in at most 255 letters, digits, spaces and
    /// `._-:/()#,@[]+=&;{}!$*`. Nothing comes in by default.
    #[must_use]
    pub fn ingress(mut self, peer: Peer, port: Port, description: impl Into<String>) -> Self {
        self.ingress.push(Rule { peer, port, description: description.into() });
        self
    }

    /// Lets connections out to `port` of `peer`, with the reason, in at most 255 letters, digits, spaces and
    /// `._-:/()#,@[]+=&;{}!$*`.
    ///
    /// Only where not everything may go out anyway: together with [`allow_all_outbound`](Self::allow_all_outbound), which
    /// is the default, a rule for anything but IPv6 is a problem.
    #[must_use]
    pub fn egress(mut self, peer: Peer, port: Port, description: impl Into<String>) -> Self {
        self.egress.push(Rule { peer, port, description: description.into() });
        self
    }
}

impl Construct for SecurityGroup {
    type Ref = SecurityGroupRef;

    fn define(self, scope: &mut Scope<'_>) -> SecurityGroupRef {
        if let Some(complaint) = self.description.as_deref().and_then(description_complaint) {
            scope.problem(complaint);
        }
        let description = self.description.unwrap_or_else(|| describe(&scope.path()));
        let mut resource = CfnSecurityGroup::new(description).vpc_id(self.vpc.vpc_id());
        if let Some(name) = self.security_group_name {
            resource = resource.group_name(name);
        }
        for rule in self.ingress.iter().chain(&self.egress) {
            let complaints = [description_complaint(&rule.description), rule.peer.complaint(), rule.port.complaint()];
            for complaint in complaints.into_iter().flatten() {
                scope.problem(complaint);
            }
        }
        for rule in &self.egress {
            if self.allow_all_outbound && !rule.peer.is_ipv6() {
                scope.problem(format!(
                    "an egress rule to {} changes nothing while everything may go out: add allow_all_outbound(false), or leave the rule out",
                    rule.peer.name()
                ));
            }
        }

        // Addresses go into the group; what refers to something else is a resource of its own, as in the AWS CDK.
        let is_inline = |rule: &Rule| matches!(rule.peer.kind, PeerKind::Ipv4(_) | PeerKind::Ipv6(_));
        let (ingress, separate_ingress): (Vec<Rule>, Vec<Rule>) = self.ingress.into_iter().partition(is_inline);
        let (egress, separate_egress): (Vec<Rule>, Vec<Rule>) = self.egress.into_iter().partition(is_inline);
        let ingress: Vec<_> = ingress.into_iter().map(Rule::into_ingress).collect();
        if !ingress.is_empty() {
            resource = resource.security_group_ingress(ingress);
        }
        let mut outbound = Vec::new();
        if self.allow_all_outbound {
            outbound.push(
                security_group::Egress::new("-1")
                    .cidr_ip("0.0.0.0/0")
                    .description("Allow all outbound traffic by default"),
            );
        }
        outbound.extend(egress.into_iter().map(Rule::into_egress));
        if outbound.is_empty() {
            // The rule that the AWS CDK writes: an ICMP type and code that do not exist, to an address that is no host's.
            outbound.push(
                security_group::Egress::new("icmp")
                    .cidr_ip("255.255.255.255/32")
                    .description("Disallow all traffic")
                    .from_port(252)
                    .to_port(86),
            );
        }
        let resource = scope.add("Resource", resource.security_group_egress(outbound));
        let reference = SecurityGroupRef {
            security_group_id: resource.group_id(),
            allow_all_outbound: self.allow_all_outbound,
            origin: Origin::Defined { path: scope.local_path().to_owned(), unique_id: scope.unique_id(), resource },
        };
        for rule in separate_ingress {
            add_rule(scope, Direction::Ingress, &reference, &rule.peer, rule.port, Some(&rule.description));
        }
        for rule in separate_egress {
            add_rule(scope, Direction::Egress, &reference, &rule.peer, rule.port, Some(&rule.description));
        }
        reference
    }
}

impl Rule {
    fn into_ingress(self) -> security_group::Ingress {
        let mut rule = security_group::Ingress::new(self.port.protocol()).description(self.description);
        if let Some((from, to)) = self.port.range() {
            rule = rule.from_port(from).to_port(to);
        }
        match self.peer.kind {
            PeerKind::Ipv4(block) => rule.cidr_ip(block),
            PeerKind::Ipv6(block) => rule.cidr_ipv6(block),
            PeerKind::PrefixList(id) => rule.source_prefix_list_id(id),
            PeerKind::SecurityGroup(group) => rule.source_security_group_id(group.security_group_id()),
        }
    }

    fn into_egress(self) -> security_group::Egress {
        let mut rule = security_group::Egress::new(self.port.protocol()).description(self.description);
        if let Some((from, to)) = self.port.range() {
            rule = rule.from_port(from).to_port(to);
        }
        match self.peer.kind {
            PeerKind::Ipv4(block) => rule.cidr_ip(block),
            PeerKind::Ipv6(block) => rule.cidr_ipv6(block),
            PeerKind::PrefixList(id) => rule.destination_prefix_list_id(id),
            PeerKind::SecurityGroup(group) => rule.destination_security_group_id(group.security_group_id()),
        }
    }
}

/// Returns what is wrong with a description, if anything is.
pub(super) fn description_complaint(text: &str) -> Option<String> {
    (text.len() > MAX_DESCRIPTION || !text.chars().all(is_legal)).then(|| {
        format!(
            "a description has at most {MAX_DESCRIPTION} letters (A-Z, a-z), digits and `{PUNCTUATION}`, got `{text}`"
        )
    })
}

/// Makes a description of a construct's path or a rule's id.
pub(super) fn describe(text: &str) -> String {
    text.chars().map(|character| if is_legal(character) { character } else { '_' }).take(MAX_DESCRIPTION).collect()
}

fn is_legal(character: char) -> bool {
    character.is_ascii_alphanumeric() || PUNCTUATION.contains(character)
}

/// A security group, of this program or not.
#[derive(Clone, Debug, PartialEq)]
pub struct SecurityGroupRef {
    security_group_id: Value<kind::ec2::SecurityGroupId>,
    allow_all_outbound: bool,
    origin: Origin,
}

#[derive(Clone, Debug, PartialEq)]
enum Origin {
    Defined { path: String, unique_id: String, resource: ResourceRef<CfnSecurityGroup> },
    Existing { mutable: bool },
}

impl SecurityGroupRef {
    /// Stands for a security group that this program does not define, by its id, such as `sg-0123456789abcdef0`.
    ///
    /// Rules are added to it where they are asked for, and it is taken to let everything out, unless
    /// [`immutable`](Self::immutable) or [`allow_all_outbound`](Self::allow_all_outbound) say otherwise.
    #[must_use]
    pub fn from_id(id: impl IntoValue<kind::ec2::SecurityGroupId>) -> Self {
        Self {
            security_group_id: id.into_value(),
            allow_all_outbound: true,
            origin: Origin::Existing { mutable: true },
        }
    }

    /// Says whether everything may go out of the existing group. A defined group knows by itself.
    #[must_use]
    pub fn allow_all_outbound(mut self, allow: bool) -> Self {
        if matches!(self.origin, Origin::Existing { .. }) {
            self.allow_all_outbound = allow;
        }
        self
    }

    /// Adds no rules to the group from here on: whoever owns it takes care of them.
    #[must_use]
    pub fn immutable(mut self) -> Self {
        if let Origin::Existing { mutable } = &mut self.origin {
            *mutable = false;
        }
        self
    }

    /// The group's id.
    #[must_use]
    pub fn security_group_id(&self) -> Value<kind::ec2::SecurityGroupId> {
        self.security_group_id.clone()
    }

    /// Whether everything may go out of the group, over IPv4.
    #[must_use]
    pub const fn allows_all_outbound(&self) -> bool {
        self.allow_all_outbound
    }

    /// The CloudFormation resource, if this program defines the group.
    #[must_use]
    pub const fn resource(&self) -> Option<&ResourceRef<CfnSecurityGroup>> {
        match &self.origin {
            Origin::Defined { resource, .. } => Some(resource),
            Origin::Existing { .. } => None,
        }
    }

    /// Returns whether rules may be added to the group.
    pub(super) const fn is_mutable(&self) -> bool {
        !matches!(self.origin, Origin::Existing { mutable: false })
    }

    /// Returns the name that ids and descriptions of rules have for the group.
    pub(super) fn name(&self) -> String {
        match &self.origin {
            Origin::Defined { unique_id, .. } => unique_id.clone(),
            Origin::Existing { .. } => value_name(self.security_group_id.expr()),
        }
    }

    /// Returns the group's path below its stack, if that is the stack of `scope`.
    pub(super) fn path_in(&self, scope: &Scope<'_>) -> Option<&str> {
        match &self.origin {
            Origin::Defined { path, resource, .. } => {
                (resource.target().owner() == Some(scope.body.owner)).then_some(path.as_str())
            }
            Origin::Existing { .. } => None,
        }
    }
}

impl Connectable for SecurityGroupRef {
    fn connections(&self) -> Connections {
        Connections { security_groups: vec![self.clone()] }
    }
}

#[cfg(test)]
mod tests {
    use super::SecurityGroup;
    use crate::ec2::{Peer, Port, SecurityGroupRef, VpcAttributes, VpcRef};
    use crate::problem::SynthError;
    use crate::stack::Stack;
    use crate::testing::{Match, Template, json};

    fn vpc() -> VpcRef {
        VpcRef::from_attributes(VpcAttributes::new("vpc-1", "10.0.0.0/16"))
    }

    #[test]
    fn nothing_comes_in_and_everything_goes_out() -> Result<(), SynthError> {
        let mut stack = Stack::new("Stack");
        stack.add("Group", SecurityGroup::new(&vpc()));
        Template::from_stack(stack)?.has_resource_properties(
            "AWS::EC2::SecurityGroup",
            json!({
                "GroupDescription": "Stack/Group",
                "SecurityGroupEgress": [{
                    "CidrIp": "0.0.0.0/0",
                    "Description": "Allow all outbound traffic by default",
                    "IpProtocol": "-1"
                }],
                "SecurityGroupIngress": Match::absent(),
                "VpcId": "vpc-1"
            }),
        );
        Ok(())
    }

    #[test]
    fn a_closed_group_keeps_a_rule_that_matches_nothing() -> Result<(), SynthError> {
        let mut stack = Stack::new("Stack");
        stack.add("Group", SecurityGroup::new(&vpc()).allow_all_outbound(false));
        Template::from_stack(stack)?.has_resource_properties(
            "AWS::EC2::SecurityGroup",
            json!({ "SecurityGroupEgress": [{
                "CidrIp": "255.255.255.255/32",
                "Description": "Disallow all traffic",
                "FromPort": 252,
                "IpProtocol": "icmp",
                "ToPort": 86
            }] }),
        );
        Ok(())
    }

    #[test]
    fn addresses_are_inline_and_the_rest_is_separate() -> Result<(), SynthError> {
        let mut stack = Stack::new("Stack");
        let friend = SecurityGroupRef::from_id("sg-1");
        stack.add(
            "Group",
            SecurityGroup::new(&vpc())
                .description("the front door")
                .ingress(Peer::any_ipv4(), Port::HTTPS, "the world")
                .ingress(Peer::any_ipv6(), Port::HTTPS, "the rest of the world")
                .ingress(Peer::security_group(&friend), Port::tcp(22), "a friend")
                .egress(Peer::any_ipv6(), Port::all_traffic(), "everything"),
        );
        let template = Template::from_stack(stack)?;
        let https = |member: &str, block: &str, description: &str| json!({ member: block, "Description": description, "FromPort": 443, "IpProtocol": "tcp", "ToPort": 443 });
        template.has_resource_properties(
            "AWS::EC2::SecurityGroup",
            json!({
                "GroupDescription": "the front door",
                "SecurityGroupIngress": [
                    https("CidrIp", "0.0.0.0/0", "the world"),
                    https("CidrIpv6", "::/0", "the rest of the world")
                ],
                "SecurityGroupEgress": [
                    Match::any(),
                    { "CidrIpv6": "::/0", "Description": "everything", "IpProtocol": "-1" }
                ]
            }),
        );
        template.has_resource_properties(
            "AWS::EC2::SecurityGroupIngress",
            json!({ "SourceSecurityGroupId": "sg-1", "Description": "a friend", "FromPort": 22 }),
        );
        Ok(())
    }

    #[test]
    fn rejects_rules_without_effect_and_illegal_text() {
        for group in [
            SecurityGroup::new(&vpc()).egress(Peer::any_ipv4(), Port::HTTPS, "in vain"),
            SecurityGroup::new(&vpc()).description("a\"b"),
            SecurityGroup::new(&vpc()).description("a".repeat(256)),
            SecurityGroup::new(&vpc()).ingress(Peer::any_ipv4(), Port::HTTPS, "wörld"),
            SecurityGroup::new(&vpc()).ingress(Peer::ipv4("everyone"), Port::HTTPS, "the world"),
            SecurityGroup::new(&vpc()).ingress(Peer::any_ipv4(), Port::tcp_range(2, 1), "the world"),
        ] {
            let mut stack = Stack::new("Stack");
            stack.add("Group", group.clone());
            assert!(
                matches!(Template::from_stack(stack), Err(SynthError::Invalid { problems, .. }) if problems.len() == 1),
                "{group:?}"
            );
        }
    }
}
