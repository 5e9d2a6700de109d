//! Secrets: places as code, never values.

use serde_json::Value as Json;

use super::both::{Both, both, text};
use crate::secret::Secret;

/// Returns what stands for a secret as code: `{"belvedere:secret": {..}}`.
pub(super) fn secret(wanted: &Json) -> Option<Both<Secret>> {
    let members = wanted.as_object().filter(|members| members.len() == 1)?;
    let place = members.get("belvedere:secret")?;
    let (environment, manager, key) = (&place["environment"], &place["secretsManager"], &place["key"]);
    Some(match (text(environment), text(manager), text(key)) {
        (Some(name), ..) => both!(Secret::environment(name)),
        (None, Some(id), None) => both!(Secret::secrets_manager(id)),
        (None, Some(id), Some(key)) => both!(Secret::secrets_manager_key(id, key)),
        _ => return None,
    })
}
