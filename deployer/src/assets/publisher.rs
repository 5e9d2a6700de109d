//! Bringing an asset to its targets.

use std::path::Path;
use std::time::Duration;

use tokio::sync::{Mutex, Semaphore};
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep};

use super::bucket::Bucket;
use super::command;
use super::error::AssetError;
use super::images::{Image, Tool};
use super::job::{Job, Target};
use super::own_image;
use super::pack::pack;
use super::sources::is_own;
use super::targets::Targets;
use super::upload::Upload;
use crate::asset::{AssetSource, Place};
use crate::clients::Clients;
use crate::image::Image as Assembled;
use crate::report::{AssetState, Event, Events};

/// Builds take the whole machine, and those of cargo wait for each other anyway: one at a time in this process, whichever
/// stack it is for.
static BUILDING: Mutex<()> = Mutex::const_new(());

/// Nobody is left for longer without a word.
const PAUSE: Duration = Duration::from_secs(4);

/// Publishes one asset after the other, or several at the same time.
#[derive(Debug)]
pub(super) struct Publisher {
    targets: Targets,
    events: Events,
    /// Nobody holds one while a command builds, which takes longer than what the others have to do.
    permits: Semaphore,
}

/// What an asset was made into.
enum Made {
    /// A file, which may be gone with this.
    File(Box<dyn AsRef<Path> + Send + Sync>),
    /// An image, by the name that the container tool has for it.
    Image(String),
    /// An image that was assembled here.
    Assembled(Box<Assembled>),
}

impl Made {
    fn file(path: impl AsRef<Path> + Send + Sync + 'static) -> Self {
        Self::File(Box::new(path))
    }
}

impl Publisher {
    pub(super) fn new(clients: &Clients, events: &Events, concurrency: usize) -> Self {
        let permits = Semaphore::new(concurrency.max(1));
        Self { targets: Targets::new(clients, events), events: events.clone(), permits }
    }

    pub(super) async fn publish(&self, job: &Job) -> Result<(), AssetError> {
        let missing = self.missing(job).await?;
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
                let _permit = self.permits.acquire().await;
                self.tell(job, AssetState::Building, 0);
                let path = path.clone();
                Made::file(blocking(move || pack(&path)).await?)
            }
            AssetSource::Command(_) | AssetSource::Image(_) | AssetSource::ImageCommand(_) => {
                let build = async {
                    let _alone = BUILDING.lock().await;
                    self.tell(job, AssetState::Building, 0);
                    self.build(job, missing[0]).await
                };
                self.while_waiting(job, "built", build).await?
            }
        };
        self.tell(job, AssetState::Publishing, 0);
        let mut bytes = 0;
        for target in missing {
            bytes += self.while_waiting(job, "published", self.send(job, target, &made, bytes)).await?;
        }
        self.tell(job, AssetState::Published, bytes);
        Ok(())
    }

    /// Says now and then that something still goes on.
    async fn while_waiting<T>(&self, job: &Job, done: &str, work: impl Future<Output = T>) -> T {
        let begin = Instant::now();
        let mut work = std::pin::pin!(work);
        loop {
            tokio::select! {
                done = &mut work => return done,
                () = sleep(PAUSE) => self.events.send(Event::Waiting {
                    stack: job.stack.clone(),
                    what: format!("the asset {} to be {done}", job.asset.name()),
                    elapsed: begin.elapsed(),
                }),
            }
        }
    }

    async fn missing<'a>(&self, job: &'a Job) -> Result<Vec<&'a Target>, AssetError> {
        let mut missing = Vec::new();
        for target in &job.targets {
            let clients = self.targets.clients(target, &job.stack).await?;
            let _permit = self.permits.acquire().await;
            let is_there = match &target.place {
                Place::Object { bucket, key } => Bucket::new(&clients.s3, bucket, target).has(key).await?,
                Place::Image { repository, tag } => {
                    Image::new(&clients.ecr, repository, tag, target).digest().await?.is_some()
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

    async fn build(&self, job: &Job, first: &Target) -> Result<Made, AssetError> {
        if let AssetSource::ImageCommand(command) = &job.asset.source
            && is_own(command)
        {
            let clients = self.targets.clients(first, &job.stack).await?;
            let image = own_image::assemble(&job.asset, command, &clients).await?;
            return Ok(Made::Assembled(Box::new(image)));
        }
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
            (Place::Image { repository, tag }, Made::Assembled(image)) => {
                let to = Image::new(&clients.ecr, repository, tag, target);
                let progress = |bytes| self.tell(job, AssetState::Publishing, before + bytes);
                own_image::push(image, &to, &clients, progress).await
            }
            (Place::Object { .. }, Made::Image(_) | Made::Assembled(_)) | (Place::Image { .. }, Made::File(_)) => {
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
