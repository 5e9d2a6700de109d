//! What Lambda takes for environment variables.

use std::collections::BTreeMap;

use belvedere_cfn::Value;

/// The most bytes that names and values have together.
const MAX_SIZE: usize = 4_096;

/// What Lambda sets itself.
/// [AWS page](https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime).
const RESERVED: [&str; 16] = [
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
];

/// Returns what is wrong with the variables.
pub(super) fn complaints(variables: &BTreeMap<String, Value<String>>) -> Vec<String> {
    let mut complaints: Vec<String> = variables.keys().filter_map(|name| complaint(name)).collect();
    let literal = |value: &Value<String>| value.as_str().map_or(0, str::len);
    let size: usize = variables.iter().map(|(name, value)| name.len() + literal(value)).sum();
    if size > MAX_SIZE {
        complaints.push(format!("environment variables have at most {MAX_SIZE} bytes together, got {size}"));
    }
    complaints
}

fn complaint(name: &str) -> Option<String> {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if name.len() < 2 || !name.starts_with(|first: char| first.is_ascii_alphabetic()) || !name.bytes().all(legal) {
        Some(format!(
            "an environment variable's name is a letter, then one or more letters, digits and underscores, got `{name}`"
        ))
    } else if RESERVED.contains(&name) {
        Some(format!("Lambda sets the environment variable `{name}` itself: use another name"))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::complaints;

    #[test]
    fn ordinary_variables_are_fine() {
        assert!(complaints(&[("QUEUE_URL".to_owned(), "https://example.org".into())].into()).is_empty());
    }

    #[test]
    fn rejects_names_and_sizes_that_lambda_refuses() {
        let of = |name: &str, value: &str| complaints(&[(name.to_owned(), value.into())].into()).concat();
        assert!(of("1A", "x").contains("got `1A`"));
        assert!(of("A", "x").contains("got `A`"));
        assert!(of("AWS_REGION", "x").contains("itself: use another name"));
        assert!(of("TEXT", &"x".repeat(5_000)).contains("at most 4096 bytes together, got 5004"));
    }
}
