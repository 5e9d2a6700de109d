//! [`ListenerRule`]: what becomes of some of a listener's requests.

use std::borrow::Cow;

use belvedere_cfn::elasticloadbalancingv2::{CfnListenerRule, listener_rule};
use belvedere_cfn::{Expr, ResourceRef, Value};

use super::action::{Action, FixedResponse, Forward, Redirect, Targets, Undecided};
use super::listener::ListenerRef;
use super::target_group::{TargetGroup, TargetGroupRef};
use crate::construct::ChildOf;
use crate::ec2::Connectable;
use crate::limits::number;
use crate::scope::Scope;

/// What becomes of those of a listener's requests that meet all its conditions.
/// [AWS page](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-elasticloadbalancingv2-listenerrule.html).
///
/// Added to a listener: `stack.add_to(&http, "Api", ListenerRule::new(10, Condition::path(["/api/*"]))…)`. As in the AWS
/// CDK, the rule's own id is `{id}Rule`, and that of its target group `{id}Group`.
#[derive(Clone, Debug, PartialEq)]
pub struct ListenerRule<A = Undecided> {
    priority: u16,
    conditions: Vec<Condition>,
    action: A,
}

/// Something that a request has or has not.
/// [AWS page](https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    kind: ConditionKind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum ConditionKind {
    Host(Vec<String>),
    Path(Vec<String>),
    Method(Vec<String>),
    SourceIp(Vec<String>),
    Header(String, Vec<String>),
    Query(Vec<(String, String)>),
}

fn strings<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Vec<String> {
    texts.into_iter().map(Into::into).collect()
}

impl Condition {
    /// The host requested is one of these. `*` and `?` stand for any characters and any one.
    #[must_use]
    pub fn host<T: Into<String>>(hosts: impl IntoIterator<Item = T>) -> Self {
        Self { kind: ConditionKind::Host(strings(hosts)) }
    }

    /// The path requested is one of these, which begin with `/`. `*` and `?` stand for any characters and any one.
    #[must_use]
    pub fn path<T: Into<String>>(paths: impl IntoIterator<Item = T>) -> Self {
        Self { kind: ConditionKind::Path(strings(paths)) }
    }

    /// The method is one of these, such as `GET`.
    #[must_use]
    pub fn method<T: Into<String>>(methods: impl IntoIterator<Item = T>) -> Self {
        Self { kind: ConditionKind::Method(strings(methods)) }
    }

    /// The client's address is in one of these blocks, such as `10.0.0.0/8`.
    #[must_use]
    pub fn source_ip<T: Into<String>>(blocks: impl IntoIterator<Item = T>) -> Self {
        Self { kind: ConditionKind::SourceIp(strings(blocks)) }
    }

    /// A header has one of these values. `*` and `?` stand for any characters and any one.
    #[must_use]
    pub fn header<T: Into<String>>(name: impl Into<String>, values: impl IntoIterator<Item = T>) -> Self {
        Self { kind: ConditionKind::Header(name.into(), strings(values)) }
    }

    /// The query has one of these pairs of key and value; an empty key stands for any. `*` and `?` stand for any characters
    /// and any one.
    #[must_use]
    pub fn query<K: Into<String>, V: Into<String>>(pairs: impl IntoIterator<Item = (K, V)>) -> Self {
        let pairs = pairs.into_iter().map(|(key, value)| (key.into(), value.into())).collect();
        Self { kind: ConditionKind::Query(pairs) }
    }

    const fn field(&self) -> &'static str {
        match self.kind {
            ConditionKind::Host(_) => "host-header",
            ConditionKind::Path(_) => "path-pattern",
            ConditionKind::Method(_) => "http-request-method",
            ConditionKind::SourceIp(_) => "source-ip",
            ConditionKind::Header(..) => "http-header",
            ConditionKind::Query(_) => "query-string",
        }
    }

    fn values(&self) -> Vec<&str> {
        match &self.kind {
            ConditionKind::Host(values)
            | ConditionKind::Path(values)
            | ConditionKind::Method(values)
            | ConditionKind::SourceIp(values)
            | ConditionKind::Header(_, values) => values.iter().map(String::as_str).collect(),
            ConditionKind::Query(pairs) => pairs.iter().map(|(_, value)| value.as_str()).collect(),
        }
    }

    fn complaint(&self) -> Option<String> {
        let field = self.field();
        let values = self.values();
        if values.is_empty() {
            return Some(format!("a {field} condition needs at least one value"));
        }
        if let Some(value) = values.iter().find(|value| value.is_empty() || value.chars().count() > 128) {
            return Some(format!("a value of a {field} condition has 1 to 128 characters, got `{value}`"));
        }
        match &self.kind {
            ConditionKind::Path(paths) => {
                let path = paths.iter().find(|path| !path.starts_with(['/', '*']))?;
                Some(format!("a path begins with `/` (or `*`), got `{path}`"))
            }
            ConditionKind::Method(methods) => {
                let legal = |byte: u8| byte.is_ascii_uppercase() || byte == b'-' || byte == b'_';
                let method = methods.iter().find(|method| !method.bytes().all(legal) || method.len() > 40)?;
                Some(format!("a method is at most 40 upper-case letters, `-` and `_`, got `{method}`"))
            }
            ConditionKind::SourceIp(blocks) => {
                let block = blocks.iter().find(|block| !block.contains('/'))?;
                Some(format!("a block of addresses looks like `10.0.0.0/8`, got `{block}`"))
            }
            ConditionKind::Header(name, _) if name.is_empty() || name.len() > 40 => {
                Some(format!("a header's name has 1 to 40 characters, got `{name}`"))
            }
            _ => None,
        }
    }

    fn render(self) -> listener_rule::RuleCondition {
        let condition = listener_rule::RuleCondition::new().field(self.field());
        match self.kind {
            ConditionKind::Host(values) => {
                condition.host_header_config(listener_rule::HostHeaderConfig::new().values(values))
            }
            ConditionKind::Path(values) => {
                condition.path_pattern_config(listener_rule::PathPatternConfig::new().values(values))
            }
            ConditionKind::Method(values) => {
                condition.http_request_method_config(listener_rule::HttpRequestMethodConfig::new().values(values))
            }
            ConditionKind::SourceIp(values) => {
                condition.source_ip_config(listener_rule::SourceIpConfig::new().values(values))
            }
            ConditionKind::Header(name, values) => condition
                .http_header_config(listener_rule::HttpHeaderConfig::new().http_header_name(name).values(values)),
            ConditionKind::Query(pairs) => {
                let pairs: Vec<_> = pairs
                    .into_iter()
                    .map(|(key, value)| {
                        let pair = listener_rule::QueryStringKeyValue::new().value(value);
                        if key.is_empty() { pair } else { pair.key(key) }
                    })
                    .collect();
                condition.query_string_config(listener_rule::QueryStringConfig::new().values(pairs))
            }
        }
    }
}

impl ListenerRule {
    /// A rule for requests that meet `condition`. Rules are tried in the order of their priorities, 1 to 50,000, each of
    /// which a listener has once.
    #[must_use]
    pub fn new(priority: u16, condition: Condition) -> Self {
        Self { priority, conditions: vec![condition], action: Undecided }
    }

    fn act<A>(self, action: A) -> ListenerRule<A> {
        ListenerRule { priority: self.priority, conditions: self.conditions, action }
    }

    /// Passes requests on to targets of its own.
    #[must_use]
    pub fn targets(self, group: TargetGroup) -> ListenerRule<Targets> {
        self.act(Targets { id: None, group })
    }

    /// Passes requests on to a target group that was defined before.
    #[must_use]
    pub fn forward_to(self, group: &TargetGroupRef) -> ListenerRule<Forward> {
        self.act(Forward(group.clone()))
    }

    /// Sends clients to another address.
    #[must_use]
    pub fn redirect(self, redirect: Redirect) -> ListenerRule<Redirect> {
        self.act(redirect)
    }

    /// Answers by itself.
    #[must_use]
    pub fn respond(self, response: FixedResponse) -> ListenerRule<FixedResponse> {
        self.act(response)
    }
}

impl<A> ListenerRule<A> {
    /// Adds a condition that requests have to meet too. A rule has at most five values in all its conditions, and one
    /// condition of each kind, but for headers and queries.
    #[must_use]
    pub fn condition(mut self, condition: Condition) -> Self {
        self.conditions.push(condition);
        self
    }
}

impl<A: Action, T> ChildOf<ListenerRef<T>> for ListenerRule<A> {
    type Ref = ListenerRuleRef<A::Ref>;

    #[track_caller]
    fn define_below(self, listener: &ListenerRef<T>, id: Cow<'static, str>, scope: &mut Scope<'_>) -> Self::Ref {
        let (action, prepared) = self.action.prepare(&listener.around(id.to_string()), scope);
        let mut scope = scope.scope(format!("{id}Rule"));
        report(&self.conditions, &mut scope);
        let priority = number("the priority of a rule", self.priority, 1, 50_000, &mut scope);
        report_taken_priority(listener, priority, &mut scope);
        let actions: Value<Vec<listener_rule::Action>> = Value::from_expr(Expr::List(vec![action.into()]));
        let conditions: Vec<_> = self.conditions.into_iter().map(Condition::render).collect();
        let resource = CfnListenerRule::new(actions, conditions, priority).listener_arn(listener.listener_arn());
        let resource = scope.add("Resource", resource);
        ListenerRuleRef { target: A::finish(prepared, resource.target(), &listener.connections()), resource }
    }
}

fn report(conditions: &[Condition], scope: &mut Scope<'_>) {
    for complaint in conditions.iter().filter_map(Condition::complaint) {
        scope.problem(complaint);
    }
    let values: usize = conditions.iter().map(|condition| condition.values().len()).sum();
    if values > 5 {
        scope.problem(format!("a rule has at most 5 values in all its conditions, got {values}"));
    }
    for (index, condition) in conditions.iter().enumerate() {
        let repeatable = matches!(condition.kind, ConditionKind::Header(..) | ConditionKind::Query(_));
        let field = condition.field();
        if !repeatable && conditions[..index].iter().any(|earlier| earlier.field() == field) {
            scope.problem(format!("a rule has at most one {field} condition: give one of them all the values"));
        }
    }
}

fn report_taken_priority<T>(listener: &ListenerRef<T>, priority: i64, scope: &mut Scope<'_>) {
    let listener = listener.listener_arn();
    let taken = scope.body.template.resources.iter().any(|(_, resource)| {
        resource.resource_type() == CfnListenerRule::TYPE
            && resource.properties().get("ListenerArn") == Some(listener.expr())
            && resource.properties().get("Priority").and_then(Expr::as_i64) == Some(priority)
    });
    if taken {
        scope.problem(format!("the listener already has a rule of priority {priority}: choose another"));
    }
}

/// A rule of a listener. `T` is a [`TargetGroupRef`] if it passes requests on.
#[derive(Clone, Debug, PartialEq)]
pub struct ListenerRuleRef<T = ()> {
    target: T,
    resource: ResourceRef<CfnListenerRule>,
}

impl<T> ListenerRuleRef<T> {
    /// The rule's ARN.
    #[must_use]
    pub fn rule_arn(&self) -> Value<String> {
        self.resource.rule_arn().cast()
    }

    /// The CloudFormation resource.
    #[must_use]
    pub const fn resource(&self) -> &ResourceRef<CfnListenerRule> {
        &self.resource
    }
}

impl ListenerRuleRef<TargetGroupRef> {
    /// The target group that requests are passed on to, for services to take.
    #[must_use]
    pub const fn target_group(&self) -> &TargetGroupRef {
        &self.target
    }
}
