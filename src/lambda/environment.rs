//! What can be wrong with environment variables.

use std::collections::BTreeMap;

use belvedere_cfn::Value;

use crate::scope::Scope;

/// The names that Lambda sets itself.
/// [AWS page](https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime).
const RESERVED: [&str; 18] = [
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SECRET_KEY",
    "AWS_SESSION_TOKEN",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
];

const MAX_BYTES: usize = 4_096;

/// Reports names that Lambda refuses, and variables that are too large together.
pub(super) fn report(variables: &BTreeMap<String, Value<String>>, scope: &mut Scope<'_>) {
    for name in variables.keys() {
        if RESERVED.contains(&name.as_str()) {
            scope.problem(format!("the environment variable `{name}` is set by Lambda: choose another name"));
            continue;
        }
        let legal = name.len() >= 2
            && name.starts_with(|first: char| first.is_ascii_alphabetic())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !legal {
            scope.problem(format!(
                "the name of an environment variable is a letter, then at least one letter, digit or underscore, got `{name}`"
            ));
        }
    }
    let literal = |value: &Value<String>| value.as_str().map_or(0, str::len);
    let bytes: usize = variables.iter().map(|(name, value)| name.len() + literal(value)).sum();
    if bytes > MAX_BYTES {
        scope.problem(format!("environment variables have at most {MAX_BYTES} bytes together, got {bytes}"));
    }
}
