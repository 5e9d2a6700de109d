//! Cloud Map: names by which services find each other.
//!
//! ```
//! use std::time::Duration;
//!
//! use belvedere::Stack;
//! use belvedere::ec2::Vpc;
//! use belvedere::servicediscovery::{DnsRecordType, PrivateDnsNamespace, Service};
//!
//! let mut stack = Stack::new("Example");
//! let vpc = stack.add("Vpc", Vpc::new());
//! let namespace = stack.add("Namespace", PrivateDnsNamespace::new("obs.local", &vpc));
//! let tempo = stack.add(
//!     "Tempo",
//!     Service::new(&namespace).name("tempo").dns_record(DnsRecordType::A).dns_ttl(Duration::from_secs(10)),
//! );
//! assert!(tempo.dns_name().is_some());
//! ```

mod private_dns_namespace;
mod service;

pub use private_dns_namespace::{PrivateDnsNamespace, PrivateDnsNamespaceRef};
pub use service::{DnsRecordType, Service, ServiceRef};
