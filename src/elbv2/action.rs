//! What a listener or rule does with a request.

use belvedere_cfn::{Properties, Target};

use self::sealed::Around;
use super::target_group::{TargetGroup, TargetGroupRef};
use crate::ec2::{Connections, VpcRef};
use crate::limits::number;
use crate::scope::Scope;

/// What a listener or rule does with a request: [`Targets`], [`Forward`], [`Redirect`] or [`FixedResponse`].
#[diagnostic::on_unimplemented(
    message = "a listener or rule needs to know what it does with a request",
    label = "is not complete yet",
    note = "say `.targets(..)`, `.forward_to(..)`, `.redirect(..)`, `.redirect_to_https()` or `.respond(..)` before it is added"
)]
pub trait Action: sealed::Render {}

impl Action for Targets {}
impl Action for Forward {}
impl Action for Redirect {}
impl Action for FixedResponse {}

pub(super) mod sealed {
    use super::{Connections, Properties, Scope, Target, VpcRef};

    /// What a definition knows about its surroundings while it is rendered.
    #[derive(Debug)]
    pub struct Around<'a> {
        pub(in crate::elbv2) vpc: &'a VpcRef,
        /// The id of the scope that a target group gets, if the definition makes one and does not name it itself.
        pub(in crate::elbv2) group_id: Option<String>,
        pub(in crate::elbv2) is_https: bool,
    }

    pub trait Render: Sized {
        /// What is there before the listener is.
        type Prepared;
        /// What refers to it once the listener is there.
        type Ref;

        fn prepare(self, around: &Around<'_>, scope: &mut Scope<'_>) -> (Properties, Self::Prepared);

        fn finish(prepared: Self::Prepared, sender: &Target, load_balancer: &Connections) -> Self::Ref;
    }
}

/// Nothing yet: a listener or rule as it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Undecided;

/// Requests go to a target group that is defined with the listener or rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Targets {
    pub(super) id: Option<String>,
    pub(super) group: TargetGroup,
}

impl sealed::Render for Targets {
    type Prepared = TargetGroupRef;
    type Ref = TargetGroupRef;

    fn prepare(self, around: &Around<'_>, scope: &mut Scope<'_>) -> (Properties, TargetGroupRef) {
        let id = self.id.or_else(|| around.group_id.clone()).unwrap_or_default();
        let mut below = scope.scope(format!("{id}Group"));
        if self.group.needs_https() && !around.is_https {
            below.problem("targets that speak HTTP/2 or gRPC need a listener of HTTPS: use Listener::https");
        }
        let group = self.group.define_in(around.vpc, &mut below);
        (forward(&group), group)
    }

    fn finish(prepared: TargetGroupRef, sender: &Target, load_balancer: &Connections) -> TargetGroupRef {
        prepared.behind(sender, load_balancer)
    }
}

/// Requests go to a target group that was defined before, or elsewhere.
#[derive(Clone, Debug, PartialEq)]
pub struct Forward(pub(super) TargetGroupRef);

impl sealed::Render for Forward {
    type Prepared = TargetGroupRef;
    type Ref = TargetGroupRef;

    fn prepare(self, _around: &Around<'_>, _scope: &mut Scope<'_>) -> (Properties, TargetGroupRef) {
        (forward(&self.0), self.0)
    }

    fn finish(prepared: TargetGroupRef, sender: &Target, load_balancer: &Connections) -> TargetGroupRef {
        prepared.behind(sender, load_balancer)
    }
}

fn forward(group: &TargetGroupRef) -> Properties {
    Properties::new().with("TargetGroupArn", group.target_group_arn()).with("Type", "forward")
}

/// The client is sent to another address.
/// [AWS page](https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-action-types.html#redirect-actions).
///
/// What is not said stays as it was requested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirect {
    permanent: bool,
    protocol: Option<&'static str>,
    host: Option<String>,
    port: Option<u16>,
    path: Option<String>,
    query: Option<String>,
}

impl Redirect {
    /// A redirect for good (301), which clients may remember.
    #[must_use]
    pub const fn permanent() -> Self {
        Self { permanent: true, protocol: None, host: None, port: None, path: None, query: None }
    }

    /// A redirect for now (302).
    #[must_use]
    pub const fn temporary() -> Self {
        Self { permanent: false, protocol: None, host: None, port: None, path: None, query: None }
    }

    /// Sends the client to HTTPS on `port`. The protocol stays by default.
    #[must_use]
    pub const fn https(mut self, port: u16) -> Self {
        self.protocol = Some("HTTPS");
        self.port = Some(port);
        self
    }

    /// Sends the client to another host, in which `#{host}` stands for the one requested. It stays by default.
    #[must_use]
    pub fn host(mut self, host: impl Into<String>) -> Self {
        self.host = Some(host.into());
        self
    }

    /// Sends the client to another path, which begins with `/`, and in which `#{path}` stands for the one requested. It
    /// stays by default.
    #[must_use]
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// Sends the client to another query, without `?`, in which `#{query}` stands for the one requested. It stays by
    /// default.
    #[must_use]
    pub fn query(mut self, query: impl Into<String>) -> Self {
        self.query = Some(query.into());
        self
    }
}

impl sealed::Render for Redirect {
    type Prepared = ();
    type Ref = ();

    fn prepare(self, _around: &Around<'_>, scope: &mut Scope<'_>) -> (Properties, ()) {
        if (Self { permanent: false, ..self.clone() }) == Self::temporary() {
            scope.problem(
                "a redirect to the very address requested never ends: change the protocol, host, port, path or query",
            );
        }
        let mut config = Properties::new();
        if let Some(host) = self.host {
            config.set("Host", host);
        }
        if let Some(path) = self.path {
            if !path.starts_with('/') {
                scope.problem(format!("the path of a redirect begins with `/`, got `{path}`"));
            }
            config.set("Path", path);
        }
        if let Some(port) = self.port {
            config.set("Port", port.to_string());
        }
        if let Some(protocol) = self.protocol {
            config.set("Protocol", protocol);
        }
        if let Some(query) = self.query {
            config.set("Query", query);
        }
        config.set("StatusCode", if self.permanent { "HTTP_301" } else { "HTTP_302" });
        (Properties::new().with("RedirectConfig", config).with("Type", "redirect"), ())
    }

    fn finish((): (), _sender: &Target, _load_balancer: &Connections) {}
}

/// The load balancer answers by itself.
/// [AWS page](https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-action-types.html#fixed-response-actions).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FixedResponse {
    status_code: u16,
    body: Option<(String, String)>,
}

impl FixedResponse {
    /// An answer with a status code of 200 to 299 or 400 to 599, and without a body.
    #[must_use]
    pub const fn new(status_code: u16) -> Self {
        Self { status_code, body: None }
    }

    /// Answers with a body of at most 1,024 characters. Without one by default. The content type is `text/plain`,
    /// `text/css`, `text/html`, `application/javascript` or `application/json`.
    #[must_use]
    pub fn body(mut self, content_type: impl Into<String>, body: impl Into<String>) -> Self {
        self.body = Some((content_type.into(), body.into()));
        self
    }
}

impl sealed::Render for FixedResponse {
    type Prepared = ();
    type Ref = ();

    fn prepare(self, _around: &Around<'_>, scope: &mut Scope<'_>) -> (Properties, ()) {
        const TYPES: [&str; 5] = ["application/javascript", "application/json", "text/css", "text/html", "text/plain"];
        number("the status code of a fixed response", self.status_code, 200, 599, scope);
        if (300..=399).contains(&self.status_code) {
            scope.problem(format!("a fixed response does not redirect, got {}: use Redirect", self.status_code));
        }
        let mut config = Properties::new();
        if let Some((content_type, body)) = self.body {
            if !TYPES.contains(&content_type.as_str()) {
                scope.problem(format!(
                    "the content type of a fixed response is one of {}, got `{content_type}`",
                    TYPES.join(", ")
                ));
            }
            if body.chars().count() > 1_024 {
                scope.problem(format!(
                    "the body of a fixed response has at most 1024 characters, got {}",
                    body.chars().count()
                ));
            }
            config.set("ContentType", content_type);
            config.set("MessageBody", body);
        }
        config.set("StatusCode", self.status_code.to_string());
        (Properties::new().with("FixedResponseConfig", config).with("Type", "fixed-response"), ())
    }

    fn finish((): (), _sender: &Target, _load_balancer: &Connections) {}
}
