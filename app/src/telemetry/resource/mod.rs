//! Who reports: the service, the process and where it runs.

mod ec2;
mod ecs;
mod metadata;

use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::resource::TelemetryResourceDetector;
use opentelemetry_semantic_conventions::{SCHEMA_URL, attribute};
use thiserror::Error;
use uuid::Uuid;

use self::metadata::MetadataError;
use super::settings::Settings;
use crate::SERVICE;

/// The time that finding out where the process runs may take.
const LIMIT: Duration = Duration::from_secs(1);

/// The resource of all telemetry, and what could not be found out: what the variables say goes before what is found.
pub(crate) async fn detect(settings: &Settings) -> (Resource, Vec<Unknown>) {
    let pairs = settings.resource_attributes.iter();
    let from_variables = pairs.map(|(key, value)| KeyValue::new(key.clone(), value.clone()));
    let (ecs, ec2) = tokio::join!(
        bounded("Amazon ECS", settings.detectors.ecs.as_deref(), ecs::attributes),
        bounded("Amazon EC2", settings.detectors.ec2.as_deref(), ec2::attributes),
    );
    let mut unknown = Vec::new();
    let mut known = |attributes: Result<Vec<KeyValue>, Unknown>| {
        attributes.unwrap_or_else(|error| {
            unknown.push(error);
            Vec::new()
        })
    };
    // Of what both tell, a task knows better: its platform is ECS even where its host is an instance of EC2.
    let mut builder = Resource::builder_empty()
        .with_detector(Box::new(TelemetryResourceDetector))
        .with_schema_url(process(), SCHEMA_URL)
        .with_attributes(known(ec2))
        .with_attributes(known(ecs))
        .with_attributes(from_variables);
    if let Some(name) = &settings.service_name {
        builder = builder.with_service_name(name.clone());
    }
    (builder.build(), unknown)
}

/// The name of the service: that of the variables, or [`SERVICE`].
pub(crate) fn service_name(settings: &Settings) -> String {
    let attributes = &settings.resource_attributes;
    let of_attributes = || attributes.iter().rev().find(|(key, _)| key == attribute::SERVICE_NAME);
    let name = settings.service_name.clone();
    name.or_else(|| of_attributes().map(|(_, name)| name.clone())).unwrap_or_else(|| SERVICE.to_owned())
}

fn process() -> Vec<KeyValue> {
    let mut attributes = vec![
        KeyValue::new(attribute::SERVICE_NAME, SERVICE),
        KeyValue::new(attribute::SERVICE_VERSION, env!("CARGO_PKG_VERSION")),
        KeyValue::new(attribute::SERVICE_INSTANCE_ID, Uuid::now_v7().to_string()),
        KeyValue::new(attribute::PROCESS_PID, i64::from(std::process::id())),
        KeyValue::new(attribute::OS_TYPE, std::env::consts::OS),
        KeyValue::new(attribute::HOST_ARCH, host_arch(std::env::consts::ARCH)),
    ];
    let executable = std::env::current_exe().ok();
    if let Some(name) = executable.as_deref().and_then(|path| path.file_name()) {
        attributes.push(KeyValue::new(attribute::PROCESS_EXECUTABLE_NAME, name.to_string_lossy().into_owned()));
    }
    if let Ok(name) = std::fs::read_to_string("/proc/sys/kernel/hostname") {
        attributes.push(KeyValue::new(attribute::HOST_NAME, name.trim().to_owned()));
    }
    attributes
}

/// The conventions' name of an architecture.
fn host_arch(arch: &str) -> &'static str {
    match arch {
        "x86_64" => "amd64",
        "aarch64" | "arm64" => "arm64",
        "arm" => "arm32",
        "x86" | "i386" => "x86",
        "powerpc64" => "ppc64",
        "powerpc" => "ppc32",
        "s390x" => "s390x",
        "riscv64" => "riscv64",
        _ => "other",
    }
}

/// What `detect` finds at `address` within [`LIMIT`].
async fn bounded<'a, F>(
    platform: &'static str,
    address: Option<&'a str>,
    detect: impl FnOnce(&'a str) -> F,
) -> Result<Vec<KeyValue>, Unknown>
where
    F: Future<Output = Result<Vec<KeyValue>, MetadataError>>,
{
    let Some(address) = address else { return Ok(Vec::new()) };
    match tokio::time::timeout(LIMIT, detect(address)).await {
        Ok(Ok(attributes)) => Ok(attributes),
        Ok(Err(source)) => Err(Unknown::Failed { platform, source }),
        Err(_) => Err(Unknown::TooSlow { platform, address: address.to_owned() }),
    }
}

/// Why the platform does not tell about this host. That is no reason not to start.
#[derive(Debug, Error)]
pub(crate) enum Unknown {
    #[error("{platform} does not tell about this host")]
    Failed { platform: &'static str, source: MetadataError },
    #[error("{platform} did not tell about this host within {} s at {address}", LIMIT.as_secs())]
    TooSlow { platform: &'static str, address: String },
}

/// Whether this is hardly anything but an instance of EC2, by what the firmware says: elsewhere, nobody may answer at
/// the address of its metadata service, and each start would wait for that.
pub(crate) fn is_probably_ec2() -> bool {
    let said = |name: &str| std::fs::read_to_string(format!("/sys/class/dmi/id/{name}")).unwrap_or_default();
    said("sys_vendor").starts_with("Amazon EC2") || said("product_uuid").to_ascii_lowercase().starts_with("ec2")
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::super::settings::{Detectors, table};
    use super::*;

    async fn detected(variables: &[(&str, &str)], detectors: Detectors) -> (Resource, Vec<Unknown>) {
        let settings = Settings::from_lookup(&table(variables)).expect("all variables are right");
        detect(&Settings { detectors, ..settings }).await
    }

    fn text(resource: &Resource, name: &'static str) -> Option<String> {
        resource.get(&opentelemetry::Key::new(name)).map(|value| value.to_string())
    }

    #[tokio::test]
    async fn the_service_is_known_anywhere() {
        let (resource, unknown) = detected(&[], Detectors::default()).await;
        assert!(unknown.is_empty());
        assert_eq!(text(&resource, "service.name").as_deref(), Some("data-processor"));
        assert_eq!(text(&resource, "service.version").as_deref(), Some(env!("CARGO_PKG_VERSION")));
        assert_eq!(text(&resource, "telemetry.sdk.language").as_deref(), Some("rust"));
        assert_eq!(text(&resource, "process.pid"), Some(std::process::id().to_string()));
        let (other, _) = detected(&[], Detectors::default()).await;
        assert_ne!(text(&resource, "service.instance.id"), text(&other, "service.instance.id"));
    }

    #[tokio::test]
    async fn variables_go_first() {
        let attributes = ("OTEL_RESOURCE_ATTRIBUTES", "service.name=a,team=blue,host.arch=abacus");
        let (resource, _) = detected(&[attributes], Detectors::default()).await;
        assert_eq!(text(&resource, "service.name").as_deref(), Some("a"));
        assert_eq!(text(&resource, "team").as_deref(), Some("blue"));
        assert_eq!(text(&resource, "host.arch").as_deref(), Some("abacus"));
        let (resource, _) = detected(&[attributes, ("OTEL_SERVICE_NAME", "b")], Detectors::default()).await;
        assert_eq!(text(&resource, "service.name").as_deref(), Some("b"));
        let settings = Settings::from_lookup(&table(&[attributes])).expect("all variables are right");
        assert_eq!(service_name(&settings), "a");
    }

    #[tokio::test]
    async fn a_silent_platform_costs_a_second_at_most() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let silent = Some(format!("http://{}", listener.local_addr().expect("a bound listener")));
        let begin = Instant::now();
        let (resource, unknown) = detected(&[], Detectors { ecs: silent.clone(), ec2: silent }).await;
        assert!(begin.elapsed() < LIMIT * 2, "{:?}: one after the other", begin.elapsed());
        assert_eq!(unknown.len(), 2);
        assert!(unknown[0].to_string().starts_with("Amazon E"), "{unknown:?}");
        assert!(text(&resource, "service.name").is_some());
    }
}
