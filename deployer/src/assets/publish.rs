//! Publishing the assets of stacks.

use std::path::Path;
use std::sync::Arc;

use tokio::sync::{Mutex, Semaphore, mpsc};
use tokio::task::{JoinSet, spawn_blocking};

use super::bucket::Bucket;
use super::command;
use super::error::AssetError;
use super::fingerprint::verify;
use super::images::{Image, Tool};
use super::job::{Job, Target, jobs};
use super::pack::pack;
use super::targets::Targets;
use super::upload::Upload;
use crate::asset::{AssetSource, Place};
use crate::clients::Clients;
use crate::report::{AssetState, Event, Events, Report};
use crate::stack::Stack;

/// How many assets are looked up or sent at a time.
const CONCURRENCY: usize = 8;

/// Builds take the whole machine, and those of cargo wait for each other anyway: one at a time in this process, whichever
/// stack it is for.
static BUILDING: Mutex<()> = Mutex::const_new(());

/// Publishes what `stacks` need and is not there yet. What happens is told to `report`.
///
/// # Errors
/// Assets are gone, have changed after synth, cannot be made, or AWS refuses them: all that is wrong is told together.
/// What is wrong with the files is told before anything is sent.
pub async fn publish_assets(stacks: &[&Stack], clients: &Clients, report: &mut impl Report) -> Result<(), AssetError> {
    let (sender, mut events) = mpsc::unbounded_channel();
    let publishing = async move { publish_all(stacks, clients, &Events(sender), CONCURRENCY).await };
    let mut publishing = std::pin::pin!(publishing);
    let outcome = loop {
        tokio::select! {
            Some(event) = events.recv() => report.event(&event),
            outcome = &mut publishing => break outcome,
        }
    };
    while let Ok(event) = events.try_recv() {
        report.event(&event);
    }
    outcome
}

/// Publishes what a stack needs and is not there yet, `concurrency` assets at a time.
pub(crate) async fn publish(
    stack: &Stack,
    clients: &Clients,
    events: &Events,
    concurrency: usize,
) -> Result<(), AssetError> {
    publish_all(&[stack], clients, events, concurrency).await
}

async fn publish_all(
    stacks: &[&Stack],
    clients: &Clients,
    events: &Events,
    concurrency: usize,
) -> Result<(), AssetError> {
    let owned: Vec<Stack> = stacks.iter().map(|stack| (*stack).clone()).collect();
    let verified = blocking(move || {
        let errors = owned.iter().filter_map(|stack| verify(stack).err());
        AssetError::all(errors.flat_map(AssetError::apart).collect())
    });
    verified.await?;
    let publisher = Arc::new(Publisher {
        targets: Targets::new(clients, events),
        events: events.clone(),
        permits: Semaphore::new(concurrency.max(1)),
    });
    let mut running = JoinSet::new();
    for (index, job) in jobs(stacks, clients).into_iter().enumerate() {
        let publisher = publisher.clone();
        running.spawn(async move {
            let published = publisher.publish(&job).await;
            (index, published.map_err(|error| error.of(job.asset.name())))
        });
    }
    let mut errors: Vec<(usize, AssetError)> = Vec::new();
    while let Some(done) = running.join_next().await {
        match done {
            Ok((_, Ok(()))) => {}
            Ok((index, Err(error))) => errors.push((index, error)),
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }
    errors.sort_by_key(|(index, _)| *index);
    AssetError::all(errors.into_iter().map(|(_, error)| error).collect())
}

#[derive(Debug)]
struct Publisher {
    targets: Targets,
    events: Events,
    /// Nobody holds one while something is built, which takes longer than what the others have to do.
    permits: Semaphore,
}

/// What an asset was made into.
enum Made {
    /// A file, which may be gone with this.
    File(Box<dyn AsRef<Path> + Send + Sync>),
    /// An image, by the name that the container tool has for it.
    Image(String),
}

impl Made {
    fn file(path: impl AsRef<Path> + Send + Sync + 'static) -> Self {
        Self::File(Box::new(path))
    }
}

impl Publisher {
    async fn publish(&self, job: &Job) -> Result<(), AssetError> {
        let mut missing = self.missing(job, job.targets.iter().collect()).await?;
        if missing.is_empty() {
            self.tell(job, AssetState::Present, 0);
            return Ok(());
        }
        for target in &missing {
            self.see(job, target).await?;
        }
        let made = match &job.asset.source {
            AssetSource::File(path) => Made::file(path.clone()),
            AssetSource::Zip(path) => {
                self.tell(job, AssetState::Building, 0);
                let path = path.clone();
                Made::file(blocking(move || pack(&path)).await?)
            }
            AssetSource::Command(_) | AssetSource::Image(_) | AssetSource::ImageCommand(_) => {
                let building = match BUILDING.try_lock() {
                    Ok(building) => building,
                    Err(_) => {
                        let building = BUILDING.lock().await;
                        // Whoever built meanwhile may have built this.
                        missing = self.missing(job, missing).await?;
                        building
                    }
                };
                if missing.is_empty() {
                    self.tell(job, AssetState::Present, 0);
                    return Ok(());
                }
                self.tell(job, AssetState::Building, 0);
                let made = self.build(job).await?;
                drop(building);
                made
            }
        };
        self.tell(job, AssetState::Publishing, 0);
        let mut bytes = 0;
        for target in missing {
            bytes += self.send(job, target, &made, bytes).await?;
        }
        self.tell(job, AssetState::Published, bytes);
        Ok(())
    }

    async fn missing<'a>(&self, job: &Job, targets: Vec<&'a Target>) -> Result<Vec<&'a Target>, AssetError> {
        let mut missing = Vec::new();
        for target in targets {
            let clients = self.targets.clients(target, &job.stack).await?;
            let _permit = self.permits.acquire().await;
            let is_there = match &target.place {
                Place::Object { bucket, key } => Bucket::new(&clients.s3, bucket, target).has(key).await?,
                Place::Image { repository, tag } => {
                    Image::new(&clients.ecr, repository, tag, target).is_there().await?
                }
            };
            if !is_there {
                missing.push(target);
            }
        }
        Ok(missing)
    }

    /// Sees that a target is there, before anything is built for it. A repository was seen when it was asked for the image.
    async fn see(&self, job: &Job, target: &Target) -> Result<(), AssetError> {
        let Place::Object { bucket, .. } = &target.place else { return Ok(()) };
        let clients = self.targets.clients(target, &job.stack).await?;
        self.targets.see_bucket(&Bucket::new(&clients.s3, bucket, target)).await
    }

    async fn build(&self, job: &Job) -> Result<Made, AssetError> {
        let (asset, directory) = (job.asset.clone(), job.directory.clone());
        let build = move || match &asset.source {
            AssetSource::Image(source) => Tool::find()?.build(&asset.id, source).map(Made::Image),
            AssetSource::ImageCommand(arguments) => command::run(arguments, Some(&directory)).map(Made::Image),
            AssetSource::Command(arguments) => command::file(arguments).map(Made::file),
            AssetSource::File(path) | AssetSource::Zip(path) => Ok(Made::file(path.clone())),
        };
        blocking(build).await
    }

    /// Publishes to one target, and returns how many bytes were sent; `before` it were sent to others.
    async fn send(&self, job: &Job, target: &Target, made: &Made, before: u64) -> Result<u64, AssetError> {
        let clients = self.targets.clients(target, &job.stack).await?;
        let _permit = self.permits.acquire().await;
        match (&target.place, made) {
            (Place::Image { repository, tag }, Made::Image(local)) => {
                Image::new(&clients.ecr, repository, tag, target).push(local).await.map(|()| 0)
            }
            (Place::Object { bucket, key }, Made::File(path)) => {
                let upload = Upload::new(Bucket::new(&clients.s3, bucket, target), key, (**path).as_ref());
                upload.send(|bytes| self.tell(job, AssetState::Publishing, before + bytes)).await
            }
            (Place::Object { .. }, Made::Image(_)) | (Place::Image { .. }, Made::File(_)) => {
                Err(AssetError::Destination)
            }
        }
    }

    fn tell(&self, job: &Job, state: AssetState, bytes: u64) {
        let (stack, name) = (job.stack.clone(), job.asset.name().to_owned());
        self.events.send(Event::Asset { stack, name, state, bytes });
    }
}

/// Does what waits for files and processes aside, so that it holds nothing else up.
pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}
