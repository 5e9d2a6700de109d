//! [`Listener`]: a port of a load balancer.

use std::borrow::Cow;

use belvedere_cfn::elasticloadbalancingv2::{CfnListener, CfnListenerCertificate, listener, listener_certificate};
use belvedere_cfn::{Expr, ResourceRef, Value, kind};

use super::action::sealed::Around;
use super::action::{Action, FixedResponse, Forward, Redirect, Targets, Undecided};
use super::load_balancer::ApplicationLoadBalancerRef;
use super::target_group::{TargetGroup, TargetGroupRef};
use super::tls::Tls;
use crate::construct::{ChildOf, Parent, Place};
use crate::ec2::{Connectable, Connections, Peer, Port, VpcRef};
use crate::limits::number;
use crate::scope::Scope;

/// A port of a load balancer, and what becomes of requests to it that no rule takes.
/// [AWS page](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-elasticloadbalancingv2-listener.html).
///
/// Added to a load balancer: `stack.add_to(&lb, "Http", Listener::http(80).open_to(Peer::any_ipv4())…)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Listener<A = Undecided> {
    port: u16,
    tls: Option<Tls>,
    open_to: Vec<Peer>,
    action: A,
}

impl Listener {
    /// Listens to HTTP, in plain text, on `port`, 1 to 65,535.
    #[must_use]
    pub const fn http(port: u16) -> Self {
        Self { port, tls: None, open_to: Vec::new(), action: Undecided }
    }

    /// Listens to HTTPS on `port`, 1 to 65,535, with a certificate, or a [`Tls`] that says more.
    #[must_use]
    pub fn https(port: u16, tls: impl Into<Tls>) -> Self {
        Self { port, tls: Some(tls.into()), open_to: Vec::new(), action: Undecided }
    }

    fn act<A>(self, action: A) -> Listener<A> {
        Listener { port: self.port, tls: self.tls, open_to: self.open_to, action }
    }

    /// Passes requests on to targets of its own: a target group under the id `{id}Group`, as in the AWS CDK.
    #[must_use]
    pub fn targets(self, id: impl Into<String>, group: TargetGroup) -> Listener<Targets> {
        self.act(Targets { id: Some(id.into()), group })
    }

    /// Passes requests on to a target group that was defined before.
    #[must_use]
    pub fn forward_to(self, group: &TargetGroupRef) -> Listener<Forward> {
        self.act(Forward(group.clone()))
    }

    /// Sends clients to another address.
    #[must_use]
    pub fn redirect(self, redirect: Redirect) -> Listener<Redirect> {
        self.act(redirect)
    }

    /// Sends clients to HTTPS on port 443, for good.
    #[must_use]
    pub fn redirect_to_https(self) -> Listener<Redirect> {
        self.act(Redirect::permanent().https(443))
    }

    /// Answers by itself.
    #[must_use]
    pub fn respond(self, response: FixedResponse) -> Listener<FixedResponse> {
        self.act(response)
    }
}

impl<A> Listener<A> {
    /// Lets `peer` connect. Nobody can by default, other than in the AWS CDK, which lets in everyone.
    #[must_use]
    pub fn open_to(mut self, peer: Peer) -> Self {
        self.open_to.push(peer);
        self
    }
}

impl<A: Action> ChildOf<ApplicationLoadBalancerRef> for Listener<A> {
    type Ref = ListenerRef<A::Ref>;

    #[track_caller]
    fn define_below(
        self,
        load_balancer: &ApplicationLoadBalancerRef,
        id: Cow<'static, str>,
        scope: &mut Scope<'_>,
    ) -> Self::Ref {
        let mut scope = scope.scope(id);
        let scope = &mut scope;
        let port = number("the port of a listener", self.port, 1, 65_535, scope);
        let arn = load_balancer.load_balancer_arn();
        report_taken_port(&arn, port, scope);
        let around = Around { vpc: load_balancer.vpc(), group_id: None, is_https: self.tls.is_some() };
        let (action, prepared) = self.action.prepare(&around, scope);
        let actions: Value<Vec<listener::Action>> = Value::from_expr(Expr::List(vec![action.into()]));
        let mut resource = CfnListener::new(actions, &arn).port(port);
        let mut additional_certificates = Vec::new();
        match self.tls {
            None => resource = resource.protocol("HTTP"),
            Some(tls) => {
                let certificate = listener::Certificate::new().certificate_arn(tls.certificate.certificate_arn());
                resource = resource.protocol("HTTPS").certificates([certificate]).ssl_policy(tls.policy.name());
                additional_certificates = tls.additional_certificates;
            }
        }
        let resource = scope.add("Resource", resource);
        for (index, certificate) in additional_certificates.iter().enumerate() {
            let certificate = listener_certificate::Certificate::new().certificate_arn(certificate.certificate_arn());
            let certificate = CfnListenerCertificate::new([certificate], resource.listener_arn());
            scope.scope(format!("DefaultCertificates{}", index + 1)).add("Resource", certificate);
        }
        for peer in &self.open_to {
            scope.allow(peer, load_balancer, Port::tcp(self.port));
        }
        ListenerRef {
            listener_arn: resource.listener_arn(),
            port: self.port,
            is_https: around.is_https,
            vpc: load_balancer.vpc().clone(),
            connections: load_balancer.connections(),
            place: scope.place(),
            target: A::finish(prepared, resource.target(), &load_balancer.connections()),
            resource,
        }
    }
}

fn report_taken_port(
    load_balancer: &Value<kind::elasticloadbalancingv2::LoadBalancerArn>,
    port: i64,
    scope: &mut Scope<'_>,
) {
    let taken = scope.body.template.resources.iter().any(|(_, resource)| {
        resource.resource_type() == CfnListener::TYPE
            && resource.properties().get("LoadBalancerArn") == Some(load_balancer.expr())
            && resource.properties().get("Port").and_then(Expr::as_i64) == Some(port)
    });
    if taken {
        scope.problem(format!("the load balancer already has a listener on port {port}: choose another"));
    }
}

/// A listener. `T` is a [`TargetGroupRef`] if it passes requests on.
#[derive(Clone, Debug, PartialEq)]
pub struct ListenerRef<T = ()> {
    listener_arn: Value<kind::elasticloadbalancingv2::ListenerArn>,
    port: u16,
    is_https: bool,
    vpc: VpcRef,
    connections: Connections,
    place: Place,
    target: T,
    resource: ResourceRef<CfnListener>,
}

impl<T> ListenerRef<T> {
    /// The listener's ARN.
    #[must_use]
    pub fn listener_arn(&self) -> Value<kind::elasticloadbalancingv2::ListenerArn> {
        self.listener_arn.clone()
    }

    /// The port that is listened on.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The CloudFormation resource.
    #[must_use]
    pub const fn resource(&self) -> &ResourceRef<CfnListener> {
        &self.resource
    }

    pub(super) const fn around(&self, group_id: String) -> Around<'_> {
        Around { vpc: &self.vpc, group_id: Some(group_id), is_https: self.is_https }
    }
}

impl ListenerRef<TargetGroupRef> {
    /// The target group that requests are passed on to, for services to take.
    #[must_use]
    pub const fn target_group(&self) -> &TargetGroupRef {
        &self.target
    }
}

/// The security groups are those of the load balancer.
impl<T> Connectable for ListenerRef<T> {
    fn connections(&self) -> Connections {
        self.connections.clone()
    }
}

impl<T> Parent for ListenerRef<T> {
    fn place(&self) -> Option<&Place> {
        Some(&self.place)
    }
}
