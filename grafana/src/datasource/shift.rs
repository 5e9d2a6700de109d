//! How far before and after a span to look.

use std::time::Duration;

use belvedere_cfn::Properties;

use crate::duration;

/// Adds the members that say so: `spanStartTimeShift`, which is negative, and `spanEndTimeShift`.
pub(super) fn shifts(members: Properties, before: Duration, after: Duration) -> Properties {
    let start = if before.is_zero() { "0s".to_owned() } else { format!("-{}", duration::text(before)) };
    members.with("spanStartTimeShift", start).with("spanEndTimeShift", duration::text(after))
}
