//! Making the places that assets need, before the first stack that needs them.

use tempfile::NamedTempFile;

use super::one::One;
use super::pause::Pauses;
use super::{DeployOptions, Method};
use crate::assets::{AssetError, Placeholders, Staged, home};
use crate::clients::Clients;
use crate::deploy_error::DeployError;
use crate::report::{Event, Events};
use crate::stack::Stack;

/// Makes the buckets and repositories of Belvedere's own that `staged` needs and that are not there.
pub(super) async fn make(staged: &Staged, clients: &Clients, events: &Events) -> Result<(), DeployError> {
    let note = |text: String| events.send(Event::Note { stack: None, text });
    for region in &staged.buckets {
        let clients = clients.in_region(region);
        if let Some(bucket) = home::missing_bucket(&clients).await? {
            note(format!(
                "{region} has no bucket for assets: the stack belvedere-assets makes {bucket}, which stays for the next deploy"
            ));
            deploy_bucket(&clients, events).await?;
        }
    }
    for region in &staged.repositories {
        if let Some(repository) = home::make_repository(&clients.in_region(region)).await? {
            note(format!("{region} has no repository for images: {repository} is made, and stays for the next deploy"));
        }
    }
    Ok(())
}

/// Deploys the stack that has the bucket, from whatever state an interrupted run has left it in.
async fn deploy_bucket(clients: &Clients, events: &Events) -> Result<(), DeployError> {
    let unwritten = |source| AssetError::Write { path: std::env::temp_dir(), source };
    let file = NamedTempFile::with_suffix(".template.json").map_err(unwritten)?;
    std::fs::write(file.path(), home::TEMPLATE).map_err(unwritten)?;
    let stack: Stack = home::stack(clients, file.path());
    // There is nothing that anybody could be asked about.
    let options = DeployOptions::new().method(Method::Direct).yes(true);
    let placeholders = Placeholders::of(&stack, clients);
    let pauses = Pauses::default();
    let one = One { stack: &stack, clients, publisher: clients, options: &options, events, placeholders, pauses };
    let seen = one.see().await?;
    one.deploy(seen).await.map(drop)
}
