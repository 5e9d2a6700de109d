//! [`PortMapping`]: a port that a container listens on.

use belvedere_cfn::ecs::task_definition;

use crate::scope::Scope;

/// A port that a container listens on. All containers of a Fargate task share one network interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortMapping {
    container_port: u16,
    transport: Transport,
    name: Option<String>,
    app_protocol: Option<AppProtocol>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Transport {
    Tcp,
    Udp,
}

/// What is spoken on a port, which Service Connect needs to know for metrics and retries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AppProtocol {
    /// HTTP/1.
    Http,
    /// HTTP/2.
    Http2,
    /// gRPC.
    Grpc,
}

impl PortMapping {
    /// A TCP port: 1 to 65,535.
    #[must_use]
    pub const fn tcp(port: u16) -> Self {
        Self { container_port: port, transport: Transport::Tcp, name: None, app_protocol: None }
    }

    /// A UDP port: 1 to 65,535.
    #[must_use]
    pub const fn udp(port: u16) -> Self {
        Self { container_port: port, transport: Transport::Udp, name: None, app_protocol: None }
    }

    /// A name for Service Connect: 1 to 64 lower-case letters, digits, `_` and `-`, unique in the task. None by default.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// What is spoken on the port. Unknown by default, which Service Connect treats as plain TCP.
    #[must_use]
    pub const fn app_protocol(mut self, protocol: AppProtocol) -> Self {
        self.app_protocol = Some(protocol);
        self
    }

    pub(super) const fn container_port(&self) -> u16 {
        self.container_port
    }

    pub(super) fn port_name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Returns whether the two cannot both be listened on behind one network interface.
    pub(super) fn collides_with(&self, other: &Self) -> bool {
        self.container_port == other.container_port && self.transport == other.transport
    }

    pub(super) fn render(&self, scope: &mut Scope<'_>) -> task_definition::PortMapping {
        if self.container_port == 0 {
            scope.problem("a port must be 1 to 65535, got 0");
        }
        let mut mapping =
            task_definition::PortMapping::new().container_port(self.container_port).protocol(match self.transport {
                Transport::Tcp => "tcp",
                Transport::Udp => "udp",
            });
        if let Some(name) = &self.name {
            let legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_' || byte == b'-';
            if name.is_empty() || name.len() > 64 || !name.bytes().all(legal) || name.starts_with('-') {
                scope.problem(format!(
                    "the name of port {} is 1 to 64 lower-case letters, digits, `_` and `-`, not `-` first, got `{name}`",
                    self.container_port
                ));
            }
            mapping = mapping.name(name);
        }
        if let Some(protocol) = self.app_protocol {
            if self.name.is_none() {
                scope.problem(format!(
                    "port {} has an app_protocol but no name: Service Connect finds ports by name, give it one",
                    self.container_port
                ));
            }
            mapping = mapping.app_protocol(match protocol {
                AppProtocol::Http => task_definition::AppProtocol::HTTP,
                AppProtocol::Http2 => task_definition::AppProtocol::HTTP2,
                AppProtocol::Grpc => task_definition::AppProtocol::GRPC,
            });
        }
        mapping
    }
}
