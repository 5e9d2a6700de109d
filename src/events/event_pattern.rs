//! [`EventPattern`]: which events a rule is about.

use belvedere_cfn::{Expr, IntoValue, Json, Properties, Value};

/// Which events a rule is about: those that fit every field that is given, and in each any of its values.
/// [AWS page](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EventPattern(Properties);

impl EventPattern {
    /// Starts without any field, which fits no rule yet.
    #[must_use]
    pub const fn new() -> Self {
        Self(Properties::new())
    }

    /// The services that the events come from, such as `aws.ecs`. Any by default.
    #[must_use]
    pub fn source<V: IntoValue<String>>(self, sources: impl IntoIterator<Item = V>) -> Self {
        self.any_of("source", sources)
    }

    /// The kinds of events, such as `ECS Task State Change`. Any by default.
    #[must_use]
    pub fn detail_type<V: IntoValue<String>>(self, types: impl IntoIterator<Item = V>) -> Self {
        self.any_of("detail-type", types)
    }

    /// The accounts that the events come from. Any by default.
    #[must_use]
    pub fn account<V: IntoValue<String>>(self, accounts: impl IntoIterator<Item = V>) -> Self {
        self.any_of("account", accounts)
    }

    /// The regions that the events come from. Any by default.
    #[must_use]
    pub fn region<V: IntoValue<String>>(self, regions: impl IntoIterator<Item = V>) -> Self {
        self.any_of("region", regions)
    }

    /// The resources that the events are about, by ARN. Any by default.
    #[must_use]
    pub fn resources<V: IntoValue<String>>(self, resources: impl IntoIterator<Item = V>) -> Self {
        self.any_of("resources", resources)
    }

    /// What the events say: an object with lists of values, or of comparisons such as `{"prefix": "prod-"}`. Anything by
    /// default.
    #[must_use]
    pub fn detail(mut self, pattern: impl IntoValue<Json>) -> Self {
        self.0.set("detail", pattern.into_value());
        self
    }

    fn any_of<V: IntoValue<String>>(mut self, field: &'static str, values: impl IntoIterator<Item = V>) -> Self {
        let values = values.into_iter().map(|value| value.into_value().into_expr()).collect();
        self.0.set(field, Expr::List(values));
        self
    }

    /// Returns what is wrong with the pattern.
    pub(super) fn complaints(&self) -> Vec<String> {
        let mut complaints = Vec::new();
        if self.0.is_empty() {
            complaints.push("an event pattern needs at least one field: it would fit every event".to_owned());
        }
        for (field, value) in self.0.iter() {
            let empty = match value {
                Expr::List(values) => values.is_empty(),
                Expr::Object(members) => members.is_empty(),
                _ => false,
            };
            if empty {
                complaints
                    .push(format!("`{field}` of an event pattern needs at least one value: leave it out for any"));
            }
        }
        complaints
    }

    pub(super) fn into_json(self) -> Value<Json> {
        self.0.into_value()
    }
}
