//! Policy statements and the documents that hold them.

use belvedere_cfn::{Expr, IntoValue, Json, Properties, Text, Value};

use super::principal::Principal;

/// Whether a statement allows or denies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The actions are allowed, unless another statement denies them.
    Allow,
    /// The actions are denied, whatever other statements allow.
    Deny,
}

/// One statement of a policy: an effect on actions and resources.
/// [AWS page](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_statement.html).
///
/// ```
/// # use belvedere::iam::PolicyStatement;
/// let statement = PolicyStatement::allow(["aps:RemoteWrite"])
///     .on("arn:aws:aps:eu-central-1:123456789012:workspace/ws-1")
///     .when("StringEquals", "aws:ResourceTag/team", "obs");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct PolicyStatement {
    effect: Effect,
    sid: Option<String>,
    principals: Vec<Principal>,
    actions: Vec<Text>,
    resources: Vec<Value<String>>,
    conditions: Properties,
}

impl PolicyStatement {
    /// Allows the actions, each as service and action: `s3:GetObject`.
    #[must_use]
    pub fn allow<A: Into<Text>>(actions: impl IntoIterator<Item = A>) -> Self {
        Self::new(Effect::Allow, actions)
    }

    /// Denies the actions, each as service and action: `s3:GetObject`.
    #[must_use]
    pub fn deny<A: Into<Text>>(actions: impl IntoIterator<Item = A>) -> Self {
        Self::new(Effect::Deny, actions)
    }

    fn new<A: Into<Text>>(effect: Effect, actions: impl IntoIterator<Item = A>) -> Self {
        Self {
            effect,
            sid: None,
            principals: Vec::new(),
            actions: actions.into_iter().map(Into::into).collect(),
            resources: Vec::new(),
            conditions: Properties::new(),
        }
    }

    /// Adds a resource, by ARN.
    #[must_use]
    pub fn on(mut self, resource: impl IntoValue<String>) -> Self {
        self.resources.push(resource.into_value());
        self
    }

    /// Applies to every resource. Only for actions whose service knows no permission on single resources.
    #[must_use]
    pub fn on_all_resources(self) -> Self {
        self.on("*")
    }

    /// Adds a principal. For resource policies and trust policies; others apply to whoever they are attached to.
    #[must_use]
    pub fn principal(mut self, principal: Principal) -> Self {
        self.principals.push(principal);
        self
    }

    /// Adds a condition, such as `.when("StringEquals", "aws:SourceAccount", account)`. All of them must hold.
    #[must_use]
    pub fn when(mut self, operator: &'static str, key: impl Into<String>, value: impl IntoValue<String>) -> Self {
        if let Expr::Object(keys) = self.conditions.entry(operator) {
            keys.set(key.into(), value.into_value());
        }
        self
    }

    /// Names the statement: letters and digits. Statements have no name by default.
    #[must_use]
    pub fn sid(mut self, sid: impl Into<String>) -> Self {
        self.sid = Some(sid.into());
        self
    }

    /// Returns the actions.
    #[must_use]
    pub fn actions(&self) -> &[Text] {
        &self.actions
    }

    /// Returns the resources, by ARN.
    #[must_use]
    pub fn resources(&self) -> &[Value<String>] {
        &self.resources
    }

    /// Returns whether the statements differ in nothing but their resources.
    fn says_the_same(&self, other: &Self) -> bool {
        let Self { effect, sid, principals, actions, resources: _, conditions } = self;
        *effect == other.effect
            && *sid == other.sid
            && *actions == other.actions
            && *principals == other.principals
            && *conditions == other.conditions
    }

    fn into_expr(self) -> Expr {
        let mut members = Properties::new();
        if let Some(sid) = self.sid {
            members.set("Sid", sid);
        }
        members.set("Effect", if self.effect == Effect::Allow { "Allow" } else { "Deny" });
        if !self.principals.is_empty() {
            members.set("Principal", Principal::merge(self.principals));
        }
        members.set("Action", one_or_many(self.actions.into_iter().map(Expr::String).collect()));
        if !self.resources.is_empty() {
            members.set("Resource", one_or_many(self.resources.into_iter().map(Value::into_expr).collect()));
        }
        if !self.conditions.is_empty() {
            members.set("Condition", self.conditions);
        }
        members.into()
    }
}

/// Writes a single element without a list around it, as the AWS CDK does. Repeated elements are written once.
pub(super) fn one_or_many(elements: Vec<Expr>) -> Expr {
    let mut unique: Vec<Expr> = Vec::with_capacity(elements.len());
    for element in elements {
        if !unique.contains(&element) {
            unique.push(element);
        }
    }
    if unique.len() == 1 { unique.remove(0) } else { Expr::List(unique) }
}

/// A policy document: statements in the order in which they were added, equal ones once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PolicyDocument {
    statements: Vec<PolicyStatement>,
}

impl PolicyDocument {
    /// Returns a document without statements.
    #[must_use]
    pub const fn new() -> Self {
        Self { statements: Vec::new() }
    }

    /// Adds a statement.
    #[must_use]
    pub fn statement(mut self, statement: PolicyStatement) -> Self {
        self.push(statement);
        self
    }

    /// Adds a statement. One that differs from an earlier one in nothing but its resources is merged with it.
    pub(crate) fn push(&mut self, statement: PolicyStatement) {
        match self.statements.iter_mut().find(|known| known.says_the_same(&statement)) {
            Some(known) => known.resources.extend(statement.resources),
            None => self.statements.push(statement),
        }
    }

    /// Returns whether the document has no statements.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.statements.is_empty()
    }

    /// Returns the statements.
    #[must_use]
    pub fn statements(&self) -> &[PolicyStatement] {
        &self.statements
    }
}

impl FromIterator<PolicyStatement> for PolicyDocument {
    fn from_iter<I: IntoIterator<Item = PolicyStatement>>(statements: I) -> Self {
        let mut document = Self::new();
        for statement in statements {
            document.push(statement);
        }
        document
    }
}

impl IntoValue<Json> for PolicyDocument {
    fn into_value(self) -> Value<Json> {
        // Collected, they would stay in the statements' own allocation, which is six times as large.
        let mut statements = Vec::with_capacity(self.statements.len());
        statements.extend(self.statements.into_iter().map(PolicyStatement::into_expr));
        Value::from_expr(Properties::new().with("Version", "2012-10-17").with("Statement", statements))
    }
}
