//! [`SelfHostedGrafana`]: where people look, where managed Grafana cannot be had.

use belvedere_cfn::{Value, concat_values};
use belvedere_grafana::provisioning::Provisioning;
use belvedere_grafana::{Content, Secret};

use super::backend::{BackendListener, BackendNetwork, Program};
use crate::construct::Construct;
use crate::ec2::{Connectable, Connections, Port};
use crate::ecs::{self, ConfigFile, ContainerImage, FargateServiceRef, FargateSize, FargateTaskDefinition};
use crate::iam::{Grant, PolicyStatement};
use crate::kms::KeyRef;
use crate::scope::Scope;
use crate::secretsmanager::{self, GeneratedString, SecretRef};

/// [Grafana](https://grafana.com/docs/grafana/latest/) on Fargate, for accounts that have neither IAM Identity Center nor
/// SAML, which managed Grafana needs.
///
/// What it is filled with are files that it reads when it starts: a changed content is a new task. The administrator's
/// password is generated and kept in Secrets Manager; nobody can look without signing in.
///
/// The credentials of its task sign requests to managed Prometheus, with what [`grant`](Self::grant) allows. A Grafana
/// 12 from the registry signs with its core plugin: give its content
/// [`ManagedPrometheus::core_plugin`](crate::grafana::datasource::ManagedPrometheus::core_plugin). Plugins that the content
/// needs are installed when the task starts, from the internet.
#[derive(Clone, Debug, PartialEq)]
pub struct SelfHostedGrafana {
    network: BackendNetwork,
    image: ContainerImage,
    content: Option<Content>,
    grants: Vec<Grant>,
    secrets: Vec<(String, ecs::Secret)>,
    key: Option<KeyRef>,
    size: Option<FargateSize>,
}

impl SelfHostedGrafana {
    /// Where people in the VPC connect to.
    pub const PORT: Port = Port::tcp(3000);

    /// An empty Grafana 12.1.1.
    #[must_use]
    pub fn new(network: &BackendNetwork) -> Self {
        Self {
            network: network.clone(),
            image: ContainerImage::registry("grafana/grafana:12.1.1"),
            content: None,
            grants: Vec::new(),
            secrets: Vec::new(),
            key: None,
            size: None,
        }
    }

    /// Another image, for a mirror or another version.
    #[must_use]
    pub fn image(mut self, image: ContainerImage) -> Self {
        self.image = image;
        self
    }

    /// What Grafana is filled with. Nothing by default.
    #[must_use]
    pub fn content(mut self, content: Content) -> Self {
        self.content = Some(content);
        self
    }

    /// Lets Grafana read or do something: `prometheus.query()`, `topic.publish()`, or one of
    /// [`access`](crate::grafana::access). Nothing by default.
    #[must_use]
    pub fn grant(mut self, grant: impl Into<Grant>) -> Self {
        self.grants.push(grant.into());
        self
    }

    /// Gives Grafana a secret in an environment variable, for what the content has of
    /// [`Secret::environment`](crate::grafana::Secret::environment).
    #[must_use]
    pub fn secret(mut self, variable: impl Into<String>, secret: impl Into<ecs::Secret>) -> Self {
        self.secrets.push((variable.into(), secret.into()));
        self
    }

    /// Encrypts the administrator's password with this key. With the one that AWS keeps by default.
    #[must_use]
    pub fn encryption_key(mut self, key: &KeyRef) -> Self {
        self.key = Some(key.clone());
        self
    }

    /// CPU and memory. Half a vCPU and 1 GiB by default.
    #[must_use]
    pub fn size(mut self, size: impl Into<FargateSize>) -> Self {
        self.size = Some(size.into());
        self
    }
}

/// Where the files of a content are. Not where the image has its own, which a volume there would hide.
const PROVISIONING: &str = "/etc/grafana-provisioning";

/// What a content is for the task: files, secrets by environment variable, and plugins.
#[derive(Default)]
struct Filling {
    files: Vec<ConfigFile>,
    secrets: Vec<(String, ecs::Secret)>,
    plugins: Vec<String>,
}

impl Filling {
    fn of(content: Content, given: &[(String, ecs::Secret)], scope: &mut Scope<'_>) -> Self {
        let provisioning = Provisioning::of(content.document()).below(PROVISIONING);
        for finding in provisioning.problems() {
            scope.problem(finding.to_string());
        }
        let file = |(path, text): (String, Value<String>)| {
            let path = format!("{PROVISIONING}/{path}");
            // Dashboards are too large for a task definition.
            if path.ends_with(".json") {
                ConfigFile::published(path, text, ".json")
            } else {
                ConfigFile::new(path, text)
            }
        };
        let files = provisioning.files().into_iter().map(file).collect();
        let mut secrets = Vec::new();
        for (variable, secret) in provisioning.secrets() {
            match secret {
                Secret::SecretsManager { id, key } => {
                    let read = PolicyStatement::allow(["secretsmanager:GetSecretValue"]).on(&id);
                    let source = key.map_or_else(|| id.clone(), |key| concat_values!(&id, ":", key, "::"));
                    secrets.push((variable, ecs::Secret::new(source, Grant::new([read]))));
                }
                _ if given.iter().any(|(known, _)| *known == variable) => {}
                _ => scope.problem(format!(
                    "the content reads a secret from the environment variable `{variable}`, which nothing sets: give it \
                     with secret(\"{variable}\", ..)"
                )),
            }
        }
        let document = provisioning.into_document();
        let plugins = document.plugins.clone();
        scope.check_content(content, document);
        Self { files, secrets, plugins }
    }
}

impl Construct for SelfHostedGrafana {
    type Ref = SelfHostedGrafanaRef;

    fn define(self, scope: &mut Scope<'_>) -> SelfHostedGrafanaRef {
        let mut password = secretsmanager::Secret::new(GeneratedString::new(32).exclude_punctuation())
            .description("The password of Grafana's user admin.");
        if let Some(key) = &self.key {
            password = password.encryption_key(key);
        }
        let password = scope.add("AdminPassword", password);
        let given = self.secrets;
        let filling = self.content.map_or_else(Filling::default, |content| Filling::of(content, &given, scope));
        let setting = |name, value: &str| (name, Value::from(value));
        let mut environment = vec![
            setting("GF_ANALYTICS_CHECK_FOR_UPDATES", "false"),
            setting("GF_ANALYTICS_REPORTING_ENABLED", "false"),
            setting("GF_AUTH_ANONYMOUS_ENABLED", "false"),
            // Without it Grafana sends requests to managed Prometheus unsigned, whatever the data source says.
            setting("GF_AUTH_SIGV4_AUTH_ENABLED", "true"),
            setting("GF_LOG_CONSOLE_FORMAT", "json"),
            setting("GF_PATHS_PROVISIONING", PROVISIONING),
            setting("GF_USERS_ALLOW_SIGN_UP", "false"),
        ];
        if !filling.plugins.is_empty() {
            environment.push(setting("GF_INSTALL_PLUGINS", &filling.plugins.join(",")));
        }
        let program = Program {
            name: "grafana",
            image: self.image,
            user: 472,
            arguments: Vec::new(),
            files: filling.files,
            data: "/var/lib/grafana",
            listeners: &[BackendListener { id: "Grafana", port: 3000, ready: ("/api/health", 3000) }],
            environment,
            size: self.size,
        };
        let secrets = filling.secrets.into_iter().chain(given);
        let grants = self.grants;
        let (service, mut urls) = program.define(&self.network, scope, |task, container| {
            let secret = ecs::Secret::new(password.secret_arn(), password.read());
            let container = container.secret("GF_SECURITY_ADMIN_PASSWORD", secret);
            let container = secrets.fold(container, |container, (name, secret)| container.secret(name, secret));
            grants.into_iter().fold(task.container(container), FargateTaskDefinition::grant)
        });
        SelfHostedGrafanaRef { url: urls.remove(0), password, service, connections: self.network.connections() }
    }
}

/// Grafana, as others in the VPC see it.
///
/// As a [`Connectable`] it stands for the load balancer in front:
/// `stack.allow(&Peer::ipv4("10.8.0.0/16"), &grafana, SelfHostedGrafana::PORT)`.
#[derive(Clone, Debug, PartialEq)]
pub struct SelfHostedGrafanaRef {
    url: Value<String>,
    password: SecretRef,
    service: FargateServiceRef,
    connections: Connections,
}

impl SelfHostedGrafanaRef {
    /// The URL, from inside the VPC.
    #[must_use]
    pub fn url(&self) -> Value<String> {
        self.url.clone()
    }

    /// The password of the user `admin`.
    #[must_use]
    pub const fn admin_password(&self) -> &SecretRef {
        &self.password
    }

    /// The service that runs Grafana.
    #[must_use]
    pub const fn service(&self) -> &FargateServiceRef {
        &self.service
    }
}

impl Connectable for SelfHostedGrafanaRef {
    fn connections(&self) -> Connections {
        self.connections.clone()
    }
}
