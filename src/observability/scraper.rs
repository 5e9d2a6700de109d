//! [`MetricsScraper`]: Prometheus beside a service, as its scraper.

use belvedere_cfn::Value;

use super::config::{self, ScrapeTarget};
use crate::aps::WorkspaceRef;
use crate::ecs::{AwsLogs, ConfigFile, ContainerDefinition, ContainerImage, WritableDirectory};
use crate::iam::Grant;
use crate::size::Size;

/// [Prometheus](https://prometheus.io/docs/prometheus/latest/feature_flags/#prometheus-agent) in agent mode, as a container
/// beside a service: it scrapes, and writes what it scraped to managed Prometheus, signed with the task's role.
///
/// ```
/// use belvedere::aps::WorkspaceRef;
/// use belvedere::ecs::{FargateTaskDefinition, HalfVcpu};
/// use belvedere::observability::{MetricsScraper, ScrapeTarget};
///
/// let metrics = WorkspaceRef::from_id("ws-1234abcd-56ef-78ab-90cd-1234567890ab");
/// let scraper = MetricsScraper::new(&metrics).target(ScrapeTarget::new("orders", "localhost:9090"));
/// let task = FargateTaskDefinition::new(HalfVcpu::Gib1).grant(scraper.grant()).container(scraper.container());
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct MetricsScraper {
    workspace: WorkspaceRef,
    image: ContainerImage,
    targets: Vec<ScrapeTarget>,
    logging: Option<AwsLogs>,
}

impl MetricsScraper {
    /// Where the scraper's own metrics and state are: `localhost:9091`. 9090 is left to the service.
    pub const PORT: u16 = 9091;
    /// The memory that it may use, in MiB.
    pub(super) const MEBIBYTES: u64 = 256;

    /// Prometheus 3.5.0, with long-term support, which writes to `workspace` and scrapes itself.
    #[must_use]
    pub fn new(workspace: &WorkspaceRef) -> Self {
        Self {
            workspace: workspace.clone(),
            image: ContainerImage::registry("prom/prometheus:v3.5.0"),
            targets: vec![ScrapeTarget::new("prometheus-agent", format!("localhost:{}", Self::PORT))],
            logging: None,
        }
    }

    /// Another image, for a mirror or another version of the third series.
    #[must_use]
    pub fn image(mut self, image: ContainerImage) -> Self {
        self.image = image;
        self
    }

    /// Scrapes this too. The service in the same task is at `localhost`.
    #[must_use]
    pub fn target(mut self, target: ScrapeTarget) -> Self {
        self.targets.push(target);
        self
    }

    /// Where the scraper's own log goes. To a log group of its own by default.
    #[must_use]
    pub fn logging(mut self, logs: AwsLogs) -> Self {
        self.logging = Some(logs);
        self
    }

    /// Permission to write the metrics, for the task's role.
    #[must_use]
    pub fn grant(&self) -> Grant {
        self.workspace.remote_write()
    }

    /// Returns the configuration file.
    #[must_use]
    pub fn configuration(&self) -> Value<String> {
        config::prometheus(&self.targets, &self.workspace)
    }

    /// Returns the container. The service goes on without it: a scraper that fails is no reason to stop serving.
    #[must_use]
    pub fn container(&self) -> ContainerDefinition {
        const CONFIG: &str = "/etc/prometheus-agent/prometheus.yml";
        const DATA: &str = "/var/prometheus-agent";
        const NOBODY: &str = "65534";
        let container = ContainerDefinition::new("prometheus-agent", self.image.clone())
            .essential(false)
            .user(NOBODY)
            .memory_limit(Size::mebibytes(Self::MEBIBYTES))
            .command([
                "--agent".to_owned(),
                format!("--config.file={CONFIG}"),
                format!("--storage.agent.path={DATA}"),
                format!("--web.listen-address=:{}", Self::PORT),
            ])
            .file(ConfigFile::new(CONFIG, self.configuration()))
            .writable_directory(WritableDirectory::new(DATA));
        match &self.logging {
            Some(logs) => container.logging(logs.clone()),
            None => container,
        }
    }
}
