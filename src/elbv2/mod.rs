//! Elastic Load Balancing: application load balancers, what they listen to, and where they send it.
//!
//! A load balancer is open to nobody and connects to nothing until the program says so: a listener with
//! [`open_to`](Listener::open_to), a service by taking the target group. What a listener sends requests to is part of its
//! definition, and so is what comes back: `target_group()` is there for listeners and rules that have one.
//!
//! ```
//! use belvedere::Stack;
//! use belvedere::certificatemanager::CertificateRef;
//! use belvedere::ec2::{Peer, SubnetRef, VpcAttributes, VpcRef};
//! use belvedere::elbv2::{ApplicationLoadBalancer, Condition, HealthCheck, Listener, ListenerRule, TargetGroup};
//!
//! let vpc = VpcRef::from_attributes(
//!     VpcAttributes::new("vpc-0123456789abcdef0", "10.0.0.0/16")
//!         .public_subnets(["subnet-0a", "subnet-0b"].map(SubnetRef::from_id)),
//! );
//! let certificate = CertificateRef::from_arn("arn:aws:acm:eu-central-1:123456789012:certificate/0a1b2c3d");
//!
//! let mut stack = Stack::new("Example");
//! let lb = stack.add("Lb", ApplicationLoadBalancer::new(&vpc).internet_facing());
//! stack.add_to(&lb, "Http", Listener::http(80).open_to(Peer::any_ipv4()).redirect_to_https());
//! let https = stack.add_to(
//!     &lb,
//!     "Https",
//!     Listener::https(443, &certificate)
//!         .open_to(Peer::any_ipv4())
//!         .targets("Web", TargetGroup::ip(8080).health_check(HealthCheck::path("/health"))),
//! );
//! let api = stack.add_to(
//!     &https,
//!     "Api",
//!     ListenerRule::new(10, Condition::path(["/api/*"])).targets(TargetGroup::ip(9090)),
//! );
//! // What services of ECS take:
//! let (_web, _api) = (https.target_group(), api.target_group());
//! ```

mod action;
mod health_check;
mod listener;
mod listener_rule;
mod load_balancer;
mod target_group;
#[cfg(test)]
mod tests;
mod tls;

pub use action::{Action, FixedResponse, Forward, Redirect, Targets, Undecided};
pub use health_check::HealthCheck;
pub use listener::{Listener, ListenerRef};
pub use listener_rule::{Condition, ListenerRule, ListenerRuleRef};
pub use load_balancer::{ApplicationLoadBalancer, ApplicationLoadBalancerRef, DesyncMitigationMode};
pub use target_group::{
    LoadBalancingAlgorithm, ProtocolVersion, StandaloneTargetGroup, TargetGroup, TargetGroupRef, TargetProtocol,
};
pub use tls::{SslPolicy, Tls};
