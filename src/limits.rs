//! Checks that many constructs make.

use std::time::Duration;

use belvedere_cfn::Value;

use crate::scope::Scope;

/// Returns a duration in whole seconds, and reports one outside of the range.
pub(crate) fn seconds(setting: &str, duration: Duration, least: u64, most: u64, scope: &mut Scope<'_>) -> i64 {
    let given = duration.as_secs();
    if !(least..=most).contains(&given) || duration.subsec_nanos() != 0 {
        let given = duration.as_secs_f64();
        scope.problem(format!("{setting} must be {least} to {most} s, in whole seconds, got {given} s"));
    }
    i64::try_from(given).unwrap_or(i64::MAX)
}

/// Returns a number, and reports one outside of the range.
pub(crate) fn number(setting: &str, given: impl Into<i64>, least: i64, most: i64, scope: &mut Scope<'_>) -> i64 {
    let given = given.into();
    if !(least..=most).contains(&given) {
        scope.problem(format!("{setting} must be {least} to {most}, got {given}"));
    }
    given
}

/// Returns an id for what is made because of a resource that this program does not define: the name in its ARN.
pub(crate) fn id_of_arn<T>(arn: &Value<T>) -> String {
    let name = arn.as_str().and_then(|arn| arn.rsplit([':', '/']).next()).unwrap_or_default();
    if name.bytes().any(|byte| byte.is_ascii_alphanumeric()) { name.to_owned() } else { "Imported".to_owned() }
}
