//! [`EventPattern`]: which events a rule acts on.

use belvedere_cfn::{Expr, IntoValue, Properties, Value};

/// Which events a rule acts on: those that match everything that is said here.
/// [AWS page](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EventPattern {
    members: Properties,
}

impl EventPattern {
    /// Every event.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The event comes from one of these, such as `aws.ecs`. From any by default.
    #[must_use]
    pub fn source<V: IntoValue<String>>(self, sources: impl IntoIterator<Item = V>) -> Self {
        self.any_of("source", sources)
    }

    /// The event is of one of these types, such as `ECS Task State Change`. Of any by default.
    #[must_use]
    pub fn detail_type<V: IntoValue<String>>(self, types: impl IntoIterator<Item = V>) -> Self {
        self.any_of("detail-type", types)
    }

    /// The event is about one of these resources, by ARN. About any by default.
    #[must_use]
    pub fn resources<V: IntoValue<String>>(self, arns: impl IntoIterator<Item = V>) -> Self {
        self.any_of("resources", arns)
    }

    /// The event is of one of these accounts. Of any by default.
    #[must_use]
    pub fn account<V: IntoValue<String>>(self, accounts: impl IntoIterator<Item = V>) -> Self {
        self.any_of("account", accounts)
    }

    /// The event's content matches, such as `json!({"lastStatus": ["STOPPED"]})`. Whatever it is by default.
    #[must_use]
    pub fn detail(mut self, pattern: serde_json::Value) -> Self {
        let pattern: Value<belvedere_cfn::Json> = pattern.into_value();
        self.members.set("detail", pattern);
        self
    }

    fn any_of<V: IntoValue<String>>(mut self, member: &'static str, values: impl IntoIterator<Item = V>) -> Self {
        let values = values.into_iter().map(|value| value.into_value().into_expr()).collect();
        self.members.set(member, Expr::List(values));
        self
    }

    pub(super) fn into_properties(self) -> Properties {
        self.members
    }
}
