//! Stacks as they are deployed into the account that there is.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use super::bootstrap::{Bootstrap, own_bucket};
use super::nested::Nested;
use super::rewritten::{forget_version, swap};
use crate::asset::{Asset, AssetSource, Destination, Place};
use crate::assets::bucket::Bucket;
use crate::assets::error::AssetError;
use crate::assets::fingerprint::sha256;
use crate::assets::job::{Target, target};
use crate::assets::placeholders::Placeholders;
use crate::clients::Clients;
use crate::stack::{Stack, TemplateFile};

/// Stacks as they are deployed into the account that there is, and the places that their assets need.
#[derive(Debug)]
pub(crate) struct Staged {
    stacks: Vec<Stack>,
    /// The regions in which Belvedere's own bucket is needed, and those of its repository.
    pub(crate) buckets: BTreeSet<String>,
    pub(crate) repositories: BTreeSet<String>,
    /// What was rewritten, for as long as it is needed.
    directory: Option<TempDir>,
}

impl Staged {
    /// Finds out which of the bootstrap stacks that `stacks` count on are there, and what is deployed where they are not.
    /// Nothing is made in the account.
    pub(crate) async fn of(stacks: &[&Stack], clients: &Clients) -> Result<Self, AssetError> {
        let mut staged =
            Self { stacks: Vec::new(), buckets: BTreeSet::new(), repositories: BTreeSet::new(), directory: None };
        let mut known = BTreeMap::new();
        for stack in stacks {
            let mut stack = (*stack).clone();
            let placeholders = Placeholders::of(&stack, clients);
            // What is in another account is not known.
            if placeholders.account() == clients.identity().account {
                let mut absent = BTreeSet::new();
                for bootstrap in bootstraps(&stack, &placeholders) {
                    let is_there = match known.get(&bootstrap) {
                        Some(is_there) => *is_there,
                        None => is_there(&bootstrap, clients).await?,
                    };
                    known.insert(bootstrap.clone(), is_there);
                    if !is_there {
                        absent.insert(bootstrap);
                    }
                }
                staged.stage(&mut stack, &placeholders, &absent)?;
            }
            staged.stacks.push(stack);
        }
        Ok(staged)
    }

    /// The stacks, in the order in which they were given.
    pub(crate) fn stacks(&self) -> Vec<&Stack> {
        self.stacks.iter().collect()
    }

    fn stage(
        &mut self,
        stack: &mut Stack,
        placeholders: &Placeholders,
        absent: &BTreeSet<Bootstrap>,
    ) -> Result<(), AssetError> {
        let path = stack.template.path.clone();
        let unreadable = |source| AssetError::Read { path: path.clone(), source };
        let text = fs::read(&path).map_err(unreadable)?;
        let mut template: Value = serde_json::from_slice(&text).map_err(|error| unreadable(io::Error::from(error)))?;
        let original = template.clone();
        if !absent.is_empty() {
            let mut swaps = self.without(stack, placeholders, absent);
            for nested in Nested::rewritten(&stack.assets, &path, &mut swaps) {
                let asset = &mut stack.assets[nested.asset];
                nested.rename(asset);
                asset.source = AssetSource::File(self.write(&nested.id, &path_of(asset), &nested.text)?);
            }
            swap(&mut template, &swaps);
            if stack.assume_role_arn.is_none() {
                forget_version(&mut template);
            }
        }
        let body = template.to_string();
        let own = |asset: &Asset| matches!(&asset.source, AssetSource::File(source) if *source == path);
        // Its text is in the request, and nobody else reads the object.
        if body.len() as u64 <= TemplateFile::INLINE_LIMIT {
            stack.assets.retain(|asset| !own(asset));
            stack.template.object_url = None;
        }
        let is_large = body.len() as u64 > TemplateFile::INLINE_LIMIT;
        if template != original {
            stack.template.path = self.write(&stack.id, &path, &body)?;
        }
        if is_large && (template != original || stack.template.object_url.is_none()) {
            stack.assets.retain(|asset| !own(asset));
            let id = sha256(&fs::read(&stack.template.path).map_err(unreadable)?);
            let bucket = own_bucket(placeholders.account(), placeholders.region());
            let key = format!("{id}.json");
            stack.template.object_url = Some(format!("s3://{bucket}/{key}"));
            let place = Place::Object { bucket, key };
            self.buckets.insert(placeholders.region().to_owned());
            stack.assets.push(Asset {
                display_name: Some(format!("{} template", stack.display_name)),
                id,
                source: AssetSource::File(stack.template.path.clone()),
                destinations: vec![Destination { place, region: None, assume_role_arn: None }],
                is_own: false,
            });
        }
        // What is only read to be sent with the request needs no bucket.
        for asset in &stack.assets {
            for destination in &asset.destinations {
                let Target { place, region, account, .. } = target(destination, placeholders);
                match place {
                    Place::Object { bucket, .. } if !absent.is_empty() && bucket == own_bucket(&account, &region) => {
                        self.buckets.insert(region);
                    }
                    Place::Image { .. } if absent.iter().any(|absent| absent.region == region) => {
                        self.repositories.insert(region);
                    }
                    Place::Object { .. } | Place::Image { .. } => {}
                }
            }
        }
        Ok(())
    }

    /// Brings the assets of a stack to Belvedere's own bucket and repository, and takes away the roles of a bootstrap
    /// stack that is not there. Returns what is to be written in place of what in its templates.
    fn without(
        &self,
        stack: &mut Stack,
        placeholders: &Placeholders,
        absent: &BTreeSet<Bootstrap>,
    ) -> Vec<(String, String)> {
        for destination in stack.assets.iter_mut().flat_map(|asset| &mut asset.destinations) {
            let Target { place, region, account, .. } = target(destination, placeholders);
            let name = match &place {
                Place::Object { bucket, .. } => bucket,
                Place::Image { repository, .. } => repository,
            };
            let Some(bootstrap) = Bootstrap::of(name, &account, &region).filter(|found| absent.contains(found)) else {
                continue;
            };
            let (swaps, mut place) = (bootstrap.swaps(&region), place);
            let (Place::Object { bucket: name, .. } | Place::Image { repository: name, .. }) = &mut place;
            for (from, to) in &swaps {
                *name = name.replace(from, to);
            }
            (destination.place, destination.assume_role_arn) = (place, None);
        }
        if absent.iter().any(|absent| absent.region == placeholders.region()) {
            (stack.assume_role_arn, stack.execution_role_arn) = (None, None);
        }
        absent.iter().flat_map(|bootstrap| bootstrap.swaps(placeholders.region())).collect()
    }

    /// Writes a template, and returns where. `folder` sets those of the same name apart.
    fn write(&mut self, folder: &str, like: &Path, text: &str) -> Result<PathBuf, AssetError> {
        let root = match &self.directory {
            Some(directory) => directory.path().to_owned(),
            None => {
                let made = TempDir::with_prefix("belvedere-");
                let made = made.map_err(|source| AssetError::Write { path: std::env::temp_dir(), source })?;
                self.directory.insert(made).path().to_owned()
            }
        };
        let directory = root.join(sha256(folder.as_bytes()));
        let path = directory.join(like.file_name().unwrap_or(like.as_os_str()));
        let written = fs::create_dir_all(&directory).and_then(|()| fs::write(&path, text));
        written.map_err(|source| AssetError::Write { path: path.clone(), source })?;
        Ok(path)
    }
}

fn path_of(asset: &Asset) -> PathBuf {
    match &asset.source {
        AssetSource::File(path) | AssetSource::Zip(path) => path.clone(),
        _ => PathBuf::from(&asset.id),
    }
}

/// The bootstrap stacks that a stack counts on.
fn bootstraps(stack: &Stack, placeholders: &Placeholders) -> BTreeSet<Bootstrap> {
    let destinations = stack.assets.iter().flat_map(|asset| &asset.destinations);
    let named = destinations.filter_map(|destination| {
        let Target { place, account, region, .. } = target(destination, placeholders);
        let (Place::Object { bucket: name, .. } | Place::Image { repository: name, .. }) = &place;
        Bootstrap::of(name, &account, &region)
    });
    named.collect()
}

/// Whether a bootstrap stack is there, by its bucket. One that may not be looked at is there: its roles may.
async fn is_there(bootstrap: &Bootstrap, clients: &Clients) -> Result<bool, AssetError> {
    let Bootstrap { account, region, .. } = bootstrap;
    let name = bootstrap.bucket();
    let place = Place::Object { bucket: name.clone(), key: String::new() };
    let target = Target { place, account: account.clone(), region: region.clone(), role_arn: None };
    Bucket::new(&clients.in_region(region).s3, &name, &target).is_there().await
}
