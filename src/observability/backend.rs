//! What Loki and Tempo have in common: one process on Fargate, its data in S3, a private listener.

use std::time::Duration;

use belvedere_cfn::{Value, concat_values};

use super::config::ScrapeTarget;
use super::scraper::MetricsScraper;
use crate::aps::WorkspaceRef;
use crate::ec2::{Connectable, Connections};
use crate::ecs::{
    ClusterRef, ConfigFile, ContainerDefinition, ContainerImage, EfsVolume, FargateService, FargateServiceRef,
    FargateSize, FargateTaskDefinition, HalfVcpu, PortMapping, Volume, WritableDirectory,
};
use crate::efs::{AccessPoint, CreationInfo, FileSystemRef, PosixUser};
use crate::elbv2::{ApplicationLoadBalancerRef, HealthCheck, Listener, TargetGroup, TargetGroupRef};
use crate::finding::Finding;
use crate::kms::KeyRef;
use crate::logs::{LogGroup, LogGroupRef, RetentionDays};
use crate::s3::{Bucket, BucketRef, LifecycleRule};
use crate::scope::Scope;
use crate::size::Size;

const DAY: Duration = Duration::from_secs(86_400);

/// Where backends run, how they are reached, and what they share.
#[derive(Clone, Debug, PartialEq)]
pub struct BackendNetwork {
    cluster: ClusterRef,
    balancer: ApplicationLoadBalancerRef,
    file_system: Option<FileSystemRef>,
    access_logs: Option<BucketRef>,
    encryption_key: Option<KeyRef>,
    metrics: Option<WorkspaceRef>,
}

impl BackendNetwork {
    /// Runs backends in `cluster` behind `balancer`, which should not face the internet: they ask nobody for a password.
    #[must_use]
    pub fn new(cluster: &ClusterRef, balancer: &ApplicationLoadBalancerRef) -> Self {
        Self {
            cluster: cluster.clone(),
            balancer: balancer.clone(),
            file_system: None,
            access_logs: None,
            encryption_key: None,
            metrics: None,
        }
    }

    /// Keeps what is not in S3 yet on this file system, so that a replaced task loses nothing. By default it is on the
    /// task's own disk: a task that is killed loses the last minutes.
    #[must_use]
    pub fn file_system(mut self, file_system: &FileSystemRef) -> Self {
        self.file_system = Some(file_system.clone());
        self
    }

    /// Logs the requests to the backends' buckets in this one. They are not logged by default.
    #[must_use]
    pub fn access_logs(mut self, bucket: &BucketRef) -> Self {
        self.access_logs = Some(bucket.clone());
        self
    }

    /// Encrypts the backends' own log groups with this key. `CloudWatch`'s by default.
    #[must_use]
    pub fn encryption_key(mut self, key: &KeyRef) -> Self {
        self.encryption_key = Some(key.clone());
        self
    }

    /// Scrapes the backends' own metrics into this workspace, under the jobs `loki`, `tempo` and `grafana`. They are not
    /// scraped by default. A container for it runs in each task, which then has 2 GiB instead of 1 by default.
    #[must_use]
    pub fn metrics(mut self, workspace: &WorkspaceRef) -> Self {
        self.metrics = Some(workspace.clone());
        self
    }

    /// Returns a bucket for data that the backend itself deletes after `retention`. S3 deletes a week later what it missed.
    pub(super) fn bucket(&self, scope: &mut Scope<'_>, id: &'static str, retention: Duration) -> BucketRef {
        let mut bucket = Bucket::new().versioned(true).lifecycle_rule(
            LifecycleRule::new()
                .expiration(retention + 7 * DAY)
                .noncurrent_version_expiration(DAY)
                .abort_incomplete_multipart_upload_after(DAY),
        );
        if let Some(logs) = &self.access_logs {
            bucket = bucket.server_access_logs(logs, format!("{}/", scope.path()));
        }
        scope.add(id, bucket)
    }

    /// Adds a log group of the backend's own, kept for a year.
    pub(super) fn log_group(&self, scope: &mut Scope<'_>) -> LogGroupRef {
        let mut group = LogGroup::new().retention(RetentionDays::OneYear);
        if let Some(key) = &self.encryption_key {
            group = group.encryption_key(key);
        }
        scope.add("Logs", group)
    }

    pub(super) fn dns_name(&self) -> Value<String> {
        self.balancer.dns_name()
    }

    pub(super) fn connections(&self) -> Connections {
        self.balancer.connections()
    }

    pub(super) const fn cluster(&self) -> &ClusterRef {
        &self.cluster
    }

    pub(super) const fn balancer(&self) -> &ApplicationLoadBalancerRef {
        &self.balancer
    }

    pub(super) const fn file_system_ref(&self) -> Option<&FileSystemRef> {
        self.file_system.as_ref()
    }
}

/// A program that runs as one process and listens on some ports.
pub(super) struct Program<'a> {
    pub(super) name: &'static str,
    pub(super) image: ContainerImage,
    pub(super) user: u32,
    pub(super) arguments: Vec<String>,
    pub(super) files: Vec<ConfigFile>,
    pub(super) data: &'static str,
    pub(super) listeners: &'a [BackendListener],
    pub(super) environment: Vec<(&'static str, Value<String>)>,
    pub(super) size: Option<FargateSize>,
}

/// A port that others in the VPC connect to.
#[derive(Clone, Copy)]
pub(super) struct BackendListener {
    pub(super) id: &'static str,
    pub(super) port: u16,
    /// Where the program says that it is ready: path and port.
    pub(super) ready: (&'static str, u16),
}

impl Program<'_> {
    /// Defines the task, the listeners and the service, and returns the service and the URL of the first listener.
    pub(super) fn define(
        self,
        network: &BackendNetwork,
        scope: &mut Scope<'_>,
        complete: impl FnOnce(FargateTaskDefinition, ContainerDefinition) -> FargateTaskDefinition,
    ) -> (FargateServiceRef, Vec<Value<String>>) {
        let mut container = ContainerDefinition::new(self.name, self.image)
            .user(self.user.to_string())
            .command(self.arguments)
            .stop_timeout(Duration::from_secs(120));
        for file in self.files {
            container = container.file(file);
        }
        for (name, value) in self.environment {
            container = container.environment(name, value);
        }
        for listener in self.listeners {
            container = container.port(PortMapping::tcp(listener.port));
        }
        let scraper = network.metrics.as_ref().map(|workspace| {
            let own = self.listeners.first().map_or(0, |listener| listener.ready.1);
            MetricsScraper::new(workspace).target(ScrapeTarget::new(self.name, format!("localhost:{own}")))
        });
        let default = if scraper.is_some() { HalfVcpu::Gib2 } else { HalfVcpu::Gib1 };
        let size = self.size.unwrap_or_else(|| default.into());
        // The rest is for the container that prepares the files, and ends, and for the scraper.
        let rest = if scraper.is_some() { 128 + MetricsScraper::MEBIBYTES } else { 128 };
        container = container.memory_limit(Size::mebibytes(size.memory().to_mebibytes() - rest));
        let mut task = FargateTaskDefinition::new(size).logging(&network.log_group(scope));
        match network.file_system_ref() {
            None => container = container.writable_directory(WritableDirectory::new(self.data)),
            Some(file_system) => {
                let user = self.user;
                let access_point = scope.add(
                    "Files",
                    AccessPoint::new(file_system)
                        .posix_user(PosixUser::new(user, user))
                        .directory(concat_path(scope), CreationInfo::new(user, user, 0o750)),
                );
                task = task.volume(Volume::efs("data", EfsVolume::access_point(&access_point)));
                container = container.mount("data", self.data);
            }
        }
        task = complete(task, container);
        if let Some(scraper) = scraper {
            task = task.grant(scraper.grant()).container(scraper.container());
        }
        let task = scope.add("Task", task);

        let host = network.dns_name();
        let mut service = FargateService::new(network.cluster(), &task)
            // Two processes must never write the same files, so the old one stops before the new one starts.
            .desired_count(1)
            .min_healthy_percent(0)
            .max_healthy_percent(100)
            .health_check_grace_period(Duration::from_secs(120));
        let mut urls = Vec::new();
        for listener in self.listeners {
            let targets = private_listener(network, scope, *listener);
            service = service.load_balancer_target(&targets, self.name, listener.port);
            urls.push(concat_values!("http://", &host, ":", listener.port));
        }
        let service = scope.add("Service", service);
        if let Some(file_system) = network.file_system_ref() {
            scope.allow(&service, file_system, crate::ec2::Port::tcp(2049));
        }
        (service, urls)
    }
}

/// Returns a directory of the file system that no other backend of the stack has.
fn concat_path(scope: &Scope<'_>) -> String {
    format!("/{}", scope.unique_id().to_lowercase())
}

/// Adds a listener to the private load balancer.
pub(super) fn private_listener(
    network: &BackendNetwork,
    scope: &mut Scope<'_>,
    listener: BackendListener,
) -> TargetGroupRef {
    const REASON: &str = "private to the VPC: the load balancer has no public address, and its security group admits \
                          only the services that the program names";
    let (path, port) = listener.ready;
    let targets = TargetGroup::ip(listener.port)
        .health_check(HealthCheck::path(path).port(port).healthy_codes("200"))
        .deregistration_delay(Duration::from_secs(30));
    let listener =
        scope.add_to(network.balancer(), listener.id, Listener::http(listener.port).targets("Tasks", targets));
    for finding in [
        Finding::checkov("CKV_AWS_2", REASON),
        Finding::checkov("CKV_AWS_103", REASON),
        Finding::guard("CT.ELASTICLOADBALANCING.PR.1", REASON),
    ] {
        scope.acknowledge(listener.resource(), finding);
    }
    listener.target_group().clone()
}

/// Takes a number of whole days for how long a signal is kept, and reports any other.
pub(super) fn check_retention(scope: &mut Scope<'_>, retention: Duration) {
    let seconds = retention.as_secs();
    if seconds < DAY.as_secs() || !seconds.is_multiple_of(DAY.as_secs()) {
        scope.problem(format!("retention must be a whole number of days, at least one, got {seconds} s"));
    }
}
