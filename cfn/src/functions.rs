//! The [intrinsic functions](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html),
//! typed.
//!
//! `Ref` and `Fn::GetAtt` are not here: a [`ResourceRef`](crate::ResourceRef) has a method for each
//! attribute, and a parameter is its own reference.

use crate::expr::{Expr, Properties, Text};
use crate::intrinsic::Intrinsic;
use crate::template::{ConditionRef, MappingRef};
use crate::value::{IntoValue, Map, Value};

/// `Fn::Sub`: `text` with `${Name}` replaced by the variables; `${!Name}` stays as `${Name}`.
///
/// Names that are not among the variables are taken for logical ids or pseudo parameters of the template.
/// [`concat_values!`](crate::concat_values) does the same with the compiler looking on.
pub fn sub<V: IntoValue<String>, const N: usize>(
    text: impl Into<Text>,
    variables: [(&'static str, V); N],
) -> Value<String> {
    let variables =
        variables.into_iter().map(|(name, value)| (Text::from(name), value.into_value().into_expr())).collect();
    Value::from_expr(Intrinsic::Sub { text: text.into(), variables })
}

/// `Fn::Join`: the elements of `list` with `delimiter` between them.
pub fn join(delimiter: impl Into<Text>, list: impl IntoValue<Vec<String>>) -> Value<String> {
    Value::from_expr(Intrinsic::Join { delimiter: delimiter.into(), list: list.into_value().into_expr() })
}

/// `Fn::Select`: the element of `list` at `index`, counted from zero.
pub fn select<T>(index: impl IntoValue<i64>, list: impl IntoValue<Vec<T>>) -> Value<T> {
    Value::from_expr(Intrinsic::Select { index: index.into_value().into_expr(), list: list.into_value().into_expr() })
}

/// `Fn::Split`: `source` cut at each `delimiter`.
pub fn split(delimiter: impl Into<Text>, source: impl IntoValue<String>) -> Value<Vec<String>> {
    Value::from_expr(Intrinsic::Split { delimiter: delimiter.into(), source: source.into_value().into_expr() })
}

/// `Fn::If`: `then` where the condition holds, `otherwise` where it does not.
pub fn condition<T>(condition: &ConditionRef, then: impl IntoValue<T>, otherwise: impl IntoValue<T>) -> Value<T> {
    Value::from_expr(Intrinsic::If {
        condition: condition.logical_id().to_owned().into(),
        then: then.into_value().into_expr(),
        otherwise: otherwise.into_value().into_expr(),
    })
}

/// `Fn::FindInMap`: the value under the two keys of a mapping.
pub fn find_in_map<T>(
    map: &MappingRef,
    top_level_key: impl IntoValue<String>,
    second_level_key: impl IntoValue<String>,
) -> Value<T> {
    find_in_map_with(map, top_level_key, second_level_key, None)
}

/// `Fn::FindInMap` with a value for the case that the keys are not there. Adds the `AWS::LanguageExtensions` transform.
pub fn find_in_map_or<T>(
    map: &MappingRef,
    top_level_key: impl IntoValue<String>,
    second_level_key: impl IntoValue<String>,
    default: impl IntoValue<T>,
) -> Value<T> {
    find_in_map_with(map, top_level_key, second_level_key, Some(default.into_value().into_expr()))
}

fn find_in_map_with<T>(
    map: &MappingRef,
    top_level_key: impl IntoValue<String>,
    second_level_key: impl IntoValue<String>,
    default: Option<Expr>,
) -> Value<T> {
    Value::from_expr(Intrinsic::FindInMap {
        map: map.logical_id().to_owned().into(),
        top_level_key: top_level_key.into_value().into_expr(),
        second_level_key: second_level_key.into_value().into_expr(),
        default,
    })
}

/// `Fn::ImportValue`: what another stack exports under `name` in the same account and region.
///
/// The exporting stack cannot change or remove the value while it is imported; [`get_stack_output`] has no such tie.
pub fn import_value(name: impl IntoValue<String>) -> Value<String> {
    Value::from_expr(Intrinsic::ImportValue(name.into_value().into_expr()))
}

/// `Fn::GetStackOutput`: an output of another stack in this account and region, read when this stack is deployed.
pub fn get_stack_output(stack_name: impl IntoValue<String>, output_name: impl IntoValue<String>) -> Value<String> {
    Value::from_expr(Intrinsic::GetStackOutput {
        stack_name: stack_name.into_value().into_expr(),
        output_name: output_name.into_value().into_expr(),
        region: None,
        role_arn: None,
    })
}

/// `Fn::GetStackOutput` from another region and, with a role that may read it there, from another account.
pub fn get_stack_output_from(
    stack_name: impl IntoValue<String>,
    output_name: impl IntoValue<String>,
    region: Option<Value<String>>,
    role_arn: Option<Value<String>>,
) -> Value<String> {
    Value::from_expr(Intrinsic::GetStackOutput {
        stack_name: stack_name.into_value().into_expr(),
        output_name: output_name.into_value().into_expr(),
        region: region.map(Value::into_expr),
        role_arn: role_arn.map(Value::into_expr),
    })
}

/// `Fn::Base64`: `text` in Base64, as EC2 user data wants it.
pub fn base64(text: impl IntoValue<String>) -> Value<String> {
    Value::from_expr(Intrinsic::Base64(text.into_value().into_expr()))
}

/// `Fn::Cidr`: `count` blocks (1 to 256) of addresses cut out of `ip_block`, each leaving `cidr_bits` low bits to its hosts.
pub fn cidr(
    ip_block: impl IntoValue<String>,
    count: impl IntoValue<i64>,
    cidr_bits: impl IntoValue<i64>,
) -> Value<Vec<String>> {
    Value::from_expr(Intrinsic::Cidr {
        ip_block: ip_block.into_value().into_expr(),
        count: count.into_value().into_expr(),
        // The function takes text here, unlike the count.
        cidr_bits: Some(match cidr_bits.into_value().into_expr() {
            Expr::Integer(bits) => Expr::from(bits.to_string()),
            other => other,
        }),
    })
}

/// `Fn::GetAZs` of the stack's own region: the availability zones that hold a default subnet.
#[must_use]
pub fn availability_zones() -> Value<Vec<String>> {
    Value::from_expr(Intrinsic::GetAzs(Expr::from("")))
}

/// `Fn::GetAZs`: the availability zones of `region` that hold a default subnet.
pub fn availability_zones_of(region: impl IntoValue<String>) -> Value<Vec<String>> {
    Value::from_expr(Intrinsic::GetAzs(region.into_value().into_expr()))
}

/// `Fn::ToJsonString`: an object or a list as JSON text. Adds the `AWS::LanguageExtensions` transform.
pub fn to_json_string(value: impl Into<Expr>) -> Value<String> {
    Value::from_expr(Intrinsic::ToJsonString(value.into()))
}

/// `Fn::Length`: how many elements `list` has. Adds the `AWS::LanguageExtensions` transform.
pub fn length<T>(list: impl IntoValue<Vec<T>>) -> Value<i64> {
    Value::from_expr(Intrinsic::Length(list.into_value().into_expr()))
}

/// `Fn::Transform`: what the macro `name` makes of the parameters.
pub fn transform<T>(name: impl Into<Text>, parameters: impl IntoValue<Map<crate::Json>>) -> Value<T> {
    let parameters = match parameters.into_value().into_expr() {
        Expr::Object(members) => members,
        other => Properties::new().with("Value", other),
    };
    Value::from_expr(Intrinsic::Transform { name: name.into(), parameters })
}

/// A [dynamic reference](https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-ssm.html) to an
/// SSM parameter of type String or `StringList`, at `version` or, without one, as it is when the stack is deployed.
pub fn resolve_ssm(name: impl IntoValue<String>, version: Option<u32>) -> Value<String> {
    let version = version.map(|version| format!(":{version}")).unwrap_or_default();
    crate::concat_values!("{{resolve:ssm:", name.into_value(), version, "}}")
}

/// A dynamic reference to an SSM parameter of type `SecureString`. Only
/// [some properties](https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-ssm-secure-strings.html) take it.
pub fn resolve_ssm_secure(name: impl IntoValue<String>, version: Option<u32>) -> Value<String> {
    let version = version.map(|version| format!(":{version}")).unwrap_or_default();
    crate::concat_values!("{{resolve:ssm-secure:", name.into_value(), version, "}}")
}

/// A [dynamic reference](https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-secretsmanager.html)
/// to a secret in Secrets Manager: the whole of it, or one key of its JSON.
pub fn resolve_secret(secret_id: impl IntoValue<String>, json_key: Option<&str>) -> Value<String> {
    crate::concat_values!(
        "{{resolve:secretsmanager:",
        secret_id.into_value(),
        ":SecretString:",
        json_key.unwrap_or(""),
        "::}}"
    )
}
