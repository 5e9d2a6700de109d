//! [`StringParameter`]: a value that programs read when they run.

use belvedere_cfn::ssm::{CfnParameter, parameter};
use belvedere_cfn::{IntoValue, ResourceRef, Value, concat_values, functions, pseudo};

use crate::construct::Construct;
use crate::ecs;
use crate::iam::{Grant, PolicyStatement};
use crate::kms::KeyRef;
use crate::scope::Scope;

/// A value that programs read when they run, in plain text. For what nobody may see, there is
/// [`Secret`](crate::secretsmanager::Secret).
/// [AWS page](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ssm-parameter.html).
#[derive(Clone, Debug, PartialEq)]
pub struct StringParameter {
    value: Value<String>,
    name: Option<String>,
    description: Option<String>,
    allowed_pattern: Option<String>,
    tier: ParameterTier,
}

/// How large a parameter can be, and what it costs.
/// [AWS page](https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ParameterTier {
    /// Up to 4 KiB, at no cost.
    #[default]
    Standard,
    /// Up to 8 KiB, at a charge for each month.
    Advanced,
}

impl ParameterTier {
    const fn max_bytes(self) -> usize {
        match self {
            Self::Standard => 4_096,
            Self::Advanced => 8_192,
        }
    }
}

impl StringParameter {
    /// A parameter with a name that CloudFormation makes, so that two copies of the stack fit in one account.
    #[must_use]
    pub fn new(value: impl IntoValue<String>) -> Self {
        Self {
            value: value.into_value(),
            name: None,
            description: None,
            allowed_pattern: None,
            tier: ParameterTier::Standard,
        }
    }

    /// A fixed name, such as `/team/service/level`: 1 to 1,011 letters, digits and `._-/`, at most 15 levels, a `/` in front
    /// if there is one inside, and no `aws` or `ssm` at its beginning. CloudFormation makes one by default.
    #[must_use]
    pub fn parameter_name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Says what the parameter is for, in at most 1,024 characters. Nothing by default.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// A regular expression that values must match, of at most 1,024 characters. None by default.
    #[must_use]
    pub fn allowed_pattern(mut self, pattern: impl Into<String>) -> Self {
        self.allowed_pattern = Some(pattern.into());
        self
    }

    /// How large the parameter can be. [`ParameterTier::Standard`] by default.
    #[must_use]
    pub const fn tier(mut self, tier: ParameterTier) -> Self {
        self.tier = tier;
        self
    }

    fn report(&self, scope: &mut Scope<'_>) {
        if let Some(value) = self.value.as_str() {
            let most = self.tier.max_bytes();
            if value.is_empty() || value.len() > most {
                let advice =
                    if self.tier == ParameterTier::Standard { "; ParameterTier::Advanced takes 8192" } else { "" };
                scope.problem(format!("a parameter has 1 to {most} bytes, got {}{advice}", value.len()));
            }
            if value.contains("{{") {
                scope.problem(
                    "a parameter's value must not contain `{{`, which Systems Manager would take for another parameter",
                );
            }
        }
        if let Some(complaint) = self.name.as_deref().and_then(name_complaint) {
            scope.problem(complaint);
        }
        for (setting, text) in [("description", &self.description), ("allowed_pattern", &self.allowed_pattern)] {
            if let Some(text) = text
                && text.chars().count() > 1_024
            {
                scope.problem(format!("{setting} has at most 1024 characters, got {}", text.chars().count()));
            }
        }
    }
}

fn name_complaint(name: &str) -> Option<String> {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"._-/".contains(&byte);
    let bare = name.trim_start_matches('/').to_ascii_lowercase();
    let fits = (1..=1_011).contains(&name.len())
        && name.bytes().all(legal)
        && !bare.is_empty()
        && !name.ends_with('/')
        && !name.contains("//")
        && (name.starts_with('/') || !name.contains('/'))
        && name.matches('/').count() <= 15
        && !bare.starts_with("aws")
        && !bare.starts_with("ssm");
    (!fits).then(|| {
        format!(
            "a parameter's name looks like `level` or `/team/service/level`, and does not begin with `aws` or `ssm`, got `{name}`"
        )
    })
}

impl Construct for StringParameter {
    type Ref = ParameterRef;

    fn define(self, scope: &mut Scope<'_>) -> ParameterRef {
        self.report(scope);
        let mut resource = CfnParameter::new(parameter::Type::STRING, self.value);
        if let Some(name) = &self.name {
            resource = resource.name(name);
        }
        if let Some(description) = self.description {
            resource = resource.description(description);
        }
        if let Some(pattern) = self.allowed_pattern {
            resource = resource.allowed_pattern(pattern);
        }
        if self.tier == ParameterTier::Advanced {
            resource = resource.tier(parameter::Tier::ADVANCED);
        }
        let resource = scope.add("Resource", resource);
        let below_root = self.name.is_some_and(|name| name.starts_with('/'));
        let name: Value<String> = resource.name().cast();
        ParameterRef { arn: arn(&name, below_root), name, key: None, resource: Some(resource) }
    }
}

/// Returns the ARN of a parameter, which has one `/` before the name, whether the name begins with one or not.
fn arn(name: &Value<String>, begins_with_slash: bool) -> Value<String> {
    let separator = if begins_with_slash { "" } else { "/" };
    concat_values!(
        "arn:",
        pseudo::partition(),
        ":ssm:",
        pseudo::region(),
        ":",
        pseudo::account_id(),
        ":parameter",
        separator,
        name
    )
}

/// A parameter, of this program or not.
#[derive(Clone, Debug, PartialEq)]
pub struct ParameterRef {
    name: Value<String>,
    arn: Value<String>,
    key: Option<KeyRef>,
    resource: Option<ResourceRef<CfnParameter>>,
}

impl ParameterRef {
    /// Stands for a parameter of the stack's account and region that this program does not define, by its name.
    #[must_use]
    pub fn from_name(name: impl Into<String>) -> Self {
        let name = name.into();
        let begins_with_slash = name.starts_with('/');
        let name = Value::from(name);
        Self { arn: arn(&name, begins_with_slash), name, key: None, resource: None }
    }

    /// Says that the parameter is a `SecureString` that a key of your own encrypts, so that whoever reads it may use the
    /// key. One of AWS's own key needs nothing.
    #[must_use]
    pub fn encrypted_by(mut self, key: &KeyRef) -> Self {
        self.key = Some(key.clone());
        self
    }

    /// The parameter's name.
    #[must_use]
    pub fn parameter_name(&self) -> Value<String> {
        self.name.clone()
    }

    /// The parameter's ARN.
    #[must_use]
    pub fn parameter_arn(&self) -> Value<String> {
        self.arn.clone()
    }

    /// The parameter's value when the stack is deployed. That of a `SecureString` is not to be had so.
    #[must_use]
    pub fn value(&self) -> Value<String> {
        match &self.resource {
            Some(resource) => resource.value().cast(),
            None => functions::resolve_ssm(&self.name, None),
        }
    }

    /// The CloudFormation resource, if this program defines the parameter.
    #[must_use]
    pub const fn resource(&self) -> Option<&ResourceRef<CfnParameter>> {
        self.resource.as_ref()
    }

    /// Permission to read the parameter.
    #[must_use]
    pub fn read(&self) -> Grant {
        let actions = ["ssm:GetParameter", "ssm:GetParameterHistory", "ssm:GetParameters"];
        let grant: Grant = PolicyStatement::allow(actions).on(self.parameter_arn()).into();
        match &self.key {
            Some(key) => grant.and(key.decrypt()),
            None => grant,
        }
    }
}

/// The parameter in a container's environment.
impl From<&ParameterRef> for ecs::Secret {
    fn from(parameter: &ParameterRef) -> Self {
        Self::new(parameter.parameter_arn(), parameter.read())
    }
}

#[cfg(test)]
mod tests {
    use super::{ParameterRef, ParameterTier, StringParameter};
    use crate::Stack;
    use crate::iam::{Principal, Role};
    use crate::testing::{Template, json};

    #[test]
    fn a_parameter_is_read_by_name() {
        let mut stack = Stack::new("S");
        let parameter = stack.add("Param", StringParameter::new("x"));
        stack.add("Role", Role::new(Principal::service("ecs-tasks.amazonaws.com")).grant(parameter.read()));
        let template = Template::from_stack(stack).expect("valid");
        let found = template.has_resource_properties("AWS::SSM::Parameter", json!({ "Type": "String", "Value": "x" }));
        assert_eq!(found.logical_id(), "Param165332EC");
        template.has_resource_properties(
            "AWS::IAM::Policy",
            json!({ "PolicyDocument": { "Statement": [{
                "Action": ["ssm:GetParameter", "ssm:GetParameterHistory", "ssm:GetParameters"],
                "Resource": parameter.parameter_arn(),
            }] } }),
        );
    }

    #[test]
    fn an_arn_has_one_slash_before_the_name() {
        let text = |name: &str| serde_json::to_string(&ParameterRef::from_name(name).parameter_arn()).expect("JSON");
        assert!(text("level").contains(":parameter/level"));
        assert!(text("/team/level").contains(":parameter/team/level"));
    }

    #[test]
    fn rejects_what_does_not_fit() {
        let mut stack = Stack::new("S");
        stack.add("Large", StringParameter::new("x".repeat(4_097)));
        stack.add("Larger", StringParameter::new("x".repeat(8_193)).tier(ParameterTier::Advanced));
        stack.add("Name", StringParameter::new("x").parameter_name("team/level"));
        stack.add("Reserved", StringParameter::new("x").parameter_name("/aws/level"));
        stack.add("Nested", StringParameter::new("{{ssm:other}}"));
        let text = Template::from_stack(stack).expect_err("invalid").to_string();
        for part in [
            "S/Large: a parameter has 1 to 4096 bytes, got 4097; ParameterTier::Advanced takes 8192",
            "S/Larger: a parameter has 1 to 8192 bytes, got 8193",
            "S/Name: a parameter's name looks like",
            "S/Reserved: a parameter's name looks like",
            "S/Nested: a parameter's value must not contain `{{`",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }
}
