//! [`Secret`]: a value that nobody sees who may not.

use belvedere_cfn::secretsmanager::{CfnSecret, secret};
use belvedere_cfn::{IntoValue, Resource, ResourceRef, Value, functions, kind};

use crate::construct::Construct;
use crate::ecs;
use crate::iam::{Grant, PolicyStatement};
use crate::kms::KeyRef;
use crate::limits::number;
use crate::removal_policy::RemovalPolicy;
use crate::scope::Scope;

/// A value that nobody sees who may not, made when the stack is deployed, and deleted with it, by default.
/// [AWS page](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-secretsmanager-secret.html).
#[derive(Clone, Debug, PartialEq)]
pub struct Secret {
    generated: GeneratedString,
    json: Option<(serde_json::Value, String)>,
    secret_name: Option<Value<String>>,
    description: Option<String>,
    encryption_key: Option<KeyRef>,
    removal_policy: RemovalPolicy,
}

/// A text at random, as Secrets Manager makes it: with at least one lower-case letter, upper-case letter, digit and
/// punctuation mark, where these are not left out.
/// [AWS page](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-secretsmanager-secret-generatesecretstring.html).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GeneratedString {
    length: u16,
    exclude_characters: Option<String>,
    exclude_punctuation: bool,
}

impl GeneratedString {
    /// A text of `length` characters, 8 to 4,096.
    #[must_use]
    pub const fn new(length: u16) -> Self {
        Self { length, exclude_characters: None, exclude_punctuation: false }
    }

    /// Leaves out these characters, such as `"@/\`. None by default.
    #[must_use]
    pub fn exclude_characters(mut self, characters: impl Into<String>) -> Self {
        self.exclude_characters = Some(characters.into());
        self
    }

    /// Leaves out punctuation marks. They are there by default.
    #[must_use]
    pub const fn exclude_punctuation(mut self) -> Self {
        self.exclude_punctuation = true;
        self
    }
}

impl Secret {
    /// A secret that is a text at random.
    #[must_use]
    pub const fn new(generated: GeneratedString) -> Self {
        Self {
            generated,
            json: None,
            secret_name: None,
            description: None,
            encryption_key: None,
            removal_policy: RemovalPolicy::Destroy,
        }
    }

    /// A secret that is a JSON object: the members of `template`, which anyone sees who sees the CloudFormation template,
    /// and a text at random under `key`.
    #[must_use]
    pub fn json(template: serde_json::Value, key: impl Into<String>, generated: GeneratedString) -> Self {
        Self { json: Some((template, key.into())), ..Self::new(generated) }
    }

    /// A fixed name: 1 to 512 letters, digits and `/_+=.@-`. CloudFormation makes one by default.
    #[must_use]
    pub fn secret_name(mut self, name: impl IntoValue<String>) -> Self {
        self.secret_name = Some(name.into_value());
        self
    }

    /// Says what the secret is for, in at most 2,048 characters. Nothing by default.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Encrypts the secret by a key of your own. By the key that AWS keeps for Secrets Manager in the account, by default.
    #[must_use]
    pub fn encryption_key(mut self, key: &KeyRef) -> Self {
        self.encryption_key = Some(key.clone());
        self
    }

    /// What becomes of the secret when the stack no longer has it. It is deleted by default.
    #[must_use]
    pub const fn removal_policy(mut self, policy: RemovalPolicy) -> Self {
        self.removal_policy = policy;
        self
    }

    fn report(&self, scope: &mut Scope<'_>) {
        if let Some(name) = self.secret_name.as_ref().and_then(|name| name.as_str()) {
            let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"/_+=.@-".contains(&byte);
            if !(1..=512).contains(&name.len()) || !name.bytes().all(legal) {
                scope.problem(format!("a secret's name is 1 to 512 letters, digits and `/_+=.@-`, got `{name}`"));
            }
        }
        if let Some(description) = &self.description
            && description.chars().count() > 2_048
        {
            let characters = description.chars().count();
            scope.problem(format!("a secret's description has at most 2048 characters, got {characters}"));
        }
        if let Some((template, key)) = &self.json {
            match template.as_object() {
                None => scope.problem(format!("the template of a secret is a JSON object, got {template}")),
                Some(members) if members.contains_key(key) => {
                    scope.problem(format!(
                        "the template of a secret must not have the key that is generated, got `{key}`"
                    ));
                }
                Some(_) => {}
            }
            if key.is_empty() {
                scope.problem("the generated part of a secret needs a key that is not empty");
            }
        }
    }
}

impl Construct for Secret {
    type Ref = SecretRef;

    fn define(self, scope: &mut Scope<'_>) -> SecretRef {
        self.report(scope);
        let GeneratedString { length, exclude_characters, exclude_punctuation } = self.generated;
        let length = number("the length of a generated secret", length, 8, 4_096, scope);
        let mut generate = secret::GenerateSecretString::new().password_length(length);
        if let Some(characters) = exclude_characters {
            generate = generate.exclude_characters(characters);
        }
        if exclude_punctuation {
            generate = generate.exclude_punctuation(true);
        }
        if let Some((template, key)) = self.json {
            generate = generate.generate_string_key(key).secret_string_template(template.to_string());
        }
        let mut resource = CfnSecret::new().generate_secret_string(generate);
        if let Some(name) = self.secret_name {
            resource = resource.name(name);
        }
        if let Some(description) = self.description {
            resource = resource.description(description);
        }
        if let Some(key) = &self.encryption_key {
            resource = resource.kms_key_id(key.key_arn());
        }
        self.removal_policy.apply(resource.untyped_mut());
        let resource = scope.add("Resource", resource);
        SecretRef { secret_arn: resource.id(), key: self.encryption_key, resource: Some(resource) }
    }
}

/// A secret, of this program or not.
#[derive(Clone, Debug, PartialEq)]
pub struct SecretRef {
    secret_arn: Value<kind::secretsmanager::SecretArn>,
    key: Option<KeyRef>,
    resource: Option<ResourceRef<CfnSecret>>,
}

impl SecretRef {
    /// Stands for a secret that this program does not define, by its whole ARN, with the six characters at its end.
    #[must_use]
    pub fn from_arn(arn: impl IntoValue<kind::secretsmanager::SecretArn>) -> Self {
        Self { secret_arn: arn.into_value(), key: None, resource: None }
    }

    /// Says that a key of your own encrypts the secret, so that whoever reads it may use the key. One of AWS's own key
    /// needs nothing.
    #[must_use]
    pub fn encrypted_by(mut self, key: &KeyRef) -> Self {
        self.key = Some(key.clone());
        self
    }

    /// The secret's ARN.
    #[must_use]
    pub fn secret_arn(&self) -> Value<kind::secretsmanager::SecretArn> {
        self.secret_arn.clone()
    }

    /// A reference that CloudFormation replaces by the secret, or one member of its JSON, where the stack is deployed. The
    /// template does not show it, but whoever may look at the resource may see it there.
    #[must_use]
    pub fn value(&self, json_key: Option<&str>) -> Value<String> {
        functions::resolve_secret(self.secret_arn(), json_key)
    }

    /// The CloudFormation resource, if this program defines the secret.
    #[must_use]
    pub const fn resource(&self) -> Option<&ResourceRef<CfnSecret>> {
        self.resource.as_ref()
    }

    /// Permission to read the secret.
    #[must_use]
    pub fn read(&self) -> Grant {
        let actions = ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"];
        let grant: Grant = PolicyStatement::allow(actions).on(self.secret_arn()).into();
        match &self.key {
            Some(key) => grant.and(key.decrypt()),
            None => grant,
        }
    }
}

/// The secret in a container's environment.
impl From<&SecretRef> for ecs::Secret {
    fn from(secret: &SecretRef) -> Self {
        Self::new(secret.secret_arn(), secret.read())
    }
}

#[cfg(test)]
mod tests {
    use super::{GeneratedString, Secret};
    use crate::Stack;
    use crate::kms::Key;
    use crate::testing::{Match, Template, json};

    #[test]
    fn a_secret_is_made_when_it_is_deployed() {
        let mut stack = Stack::new("S");
        let key = stack.add("Key", Key::new());
        let generated = GeneratedString::new(40).exclude_punctuation();
        let secret = Secret::json(json!({ "username": "a" }), "password", generated).encryption_key(&key);
        stack.add("Secret2", secret);
        let template = Template::from_stack(stack).expect("valid");
        let found = template.has_resource_properties(
            "AWS::SecretsManager::Secret",
            json!({
                "GenerateSecretString": {
                    "ExcludePunctuation": true,
                    "GenerateStringKey": "password",
                    "PasswordLength": 40,
                    "SecretStringTemplate": "{\"username\":\"a\"}",
                },
                "KmsKeyId": key.key_arn(),
                "SecretString": Match::absent(),
            }),
        );
        assert_eq!(found.logical_id(), "Secret244EA3BB5");
    }

    #[test]
    fn rejects_a_template_that_holds_the_secret() {
        let mut stack = Stack::new("S");
        stack.add("Known", Secret::json(json!({ "password": "x" }), "password", GeneratedString::new(40)));
        stack.add("Short", Secret::new(GeneratedString::new(4)));
        stack.add("List", Secret::json(json!([]), "password", GeneratedString::new(40)));
        let text = Template::from_stack(stack).expect_err("invalid").to_string();
        for part in [
            "S/Known: the template of a secret must not have the key that is generated, got `password`",
            "S/Short: the length of a generated secret must be 8 to 4096, got 4",
            "S/List: the template of a secret is a JSON object, got []",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }
}
