//! Images of the workspace's programs: assembled in this process, and pushed without a container tool.

use std::sync::atomic::{AtomicU64, Ordering};

use super::command::wrong;
use super::error::AssetError;
use super::fingerprint::check_sources;
use super::images::Image;
use super::publisher::blocking;
use super::sources::Sources;
use crate::asset::Asset;
use crate::cli;
use crate::clients::Clients;
use crate::image::{Image as Assembled, ImageReference, PushEvent, RegistryAuth, ecr_auth};

/// Does what `cargo belvedere package image` is asked to do, but for what becomes of the image.
pub(super) async fn assemble(asset: &Asset, command: &[String], clients: &Clients) -> Result<Assembled, AssetError> {
    let recipe = cli::imaging(&command[2..]).map_err(|source| wrong(command, source))?;
    // As late as possible: what is built now must be what the tag is named after.
    let (own, line) = (asset.clone(), command.to_vec());
    blocking(move || match Sources::of(&line).filter(|_| own.is_own) {
        Some(sources) => check_sources(&own, &sources),
        None => Ok(()),
    })
    .await?;
    // The base image may be one of ECR, of the same account; any other is expected to be public.
    let auth = match recipe.base() {
        Some(base) if base.registry().contains(".dkr.ecr.") => {
            let login = ecr_auth(clients).await?;
            if login.registry == base.registry() { login.auth } else { RegistryAuth::Anonymous }
        }
        _ => RegistryAuth::Anonymous,
    };
    Ok(recipe.assemble(&auth).await?)
}

/// Pushes an image, sees that the repository has that very one, and returns how many bytes were sent. `progress` is told
/// how many have arrived.
pub(super) async fn push(
    image: &Assembled,
    to: &Image,
    clients: &Clients,
    progress: impl Fn(u64) + Sync,
) -> Result<u64, AssetError> {
    let login = ecr_auth(clients).await?;
    let registry = registry(&login.registry, &to.account, clients.endpoint_url());
    let target = ImageReference::with_tag(registry, to.repository.clone(), to.tag.clone());
    let arrived = AtomicU64::new(0);
    let told = |event| {
        if let PushEvent::Sent { bytes, .. } = event {
            progress(arrived.fetch_add(bytes, Ordering::Relaxed) + bytes);
        }
    };
    match image.push(&target, &login.auth, &told).await {
        Ok(digest) => match to.digest().await? {
            Some(found) if found == digest.as_str() => Ok(arrived.into_inner()),
            found => Err(AssetError::Digest {
                repository: to.repository.clone(),
                tag: to.tag.clone(),
                pushed: digest.to_string(),
                found: found.unwrap_or_else(|| "none".into()),
            }),
        },
        // Somebody else may have been faster, with an image of the same sources: a tag of ours is never given twice.
        Err(error) => match to.digest().await {
            Ok(Some(_)) => Ok(arrived.into_inner()),
            _ => Err(error.into()),
        },
    }
}

/// The host that an account's images are pushed to.
fn registry(of_login: &str, account: &str, endpoint_url: Option<&str>) -> String {
    // The token is for the registry of whoever asks, and good for others that it may use.
    let whose = of_login.split_once('.').filter(|(owner, _)| owner.bytes().all(|byte| byte.is_ascii_digit()));
    match (endpoint_url, whose) {
        // All services are at that URL, the registry among them: an emulator, which gives itself the name that AWS has.
        (Some(url), Some(_)) => url.split_once("://").map_or(url, |(_, host)| host).trim_end_matches('/').to_owned(),
        (None, Some((_, rest))) => format!("{account}.{rest}"),
        (_, None) => of_login.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::registry;

    #[test]
    fn images_go_to_the_registry_of_the_account() {
        let named = "111122223333.dkr.ecr.eu-west-1.amazonaws.com";
        assert_eq!(registry(named, "444455556666", None), "444455556666.dkr.ecr.eu-west-1.amazonaws.com");
        assert_eq!(registry(named, "111122223333", Some("http://127.0.0.1:4566/")), "127.0.0.1:4566");
        assert_eq!(registry("localhost:4510", "111122223333", Some("http://127.0.0.1:4566")), "localhost:4510");
    }
}
