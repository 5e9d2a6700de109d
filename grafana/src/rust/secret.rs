//! Secrets: places as code, never values.

use serde_json::Value as Json;

use super::both::Both;
use super::code::Code;
use crate::secret::Secret;

/// Returns what stands for a secret as code: `{"belvedere:secret": {..}}`.
pub(super) fn secret(wanted: &Json) -> Option<Both<Secret>> {
    let members = wanted.as_object().filter(|members| members.len() == 1)?;
    let place = members.get("belvedere:secret")?;
    let (environment, manager, key) = (&place["environment"], &place["secretsManager"], &place["key"]);
    Some(match (environment.as_str(), manager.as_str(), key.as_str()) {
        (Some(name), ..) => {
            Both::new(Secret::environment(name), Code::call("Secret::environment", vec![Code::text(name)]))
        }
        (None, Some(id), None) => {
            Both::new(Secret::secrets_manager(id), Code::call("Secret::secrets_manager", vec![Code::text(id)]))
        }
        (None, Some(id), Some(key)) => {
            let arguments = vec![Code::text(id), Code::text(key)];
            Both::new(Secret::secrets_manager_key(id, key), Code::call("Secret::secrets_manager_key", arguments))
        }
        _ => return None,
    })
}
