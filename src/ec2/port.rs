//! [`Port`]: which traffic a security group's rule lets through.

use std::fmt;

/// Which traffic a security group's rule lets through: a protocol and the ports that are connected to.
/// [AWS page](https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Port {
    traffic: Traffic,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Traffic {
    Tcp(u16),
    TcpRange(u16, u16),
    AllTcp,
    Udp(u16),
    UdpRange(u16, u16),
    AllUdp,
    IcmpType(u8),
    AllIcmp,
    All,
}

impl Port {
    /// HTTP: TCP port 80.
    pub const HTTP: Self = Self::tcp(80);
    /// HTTPS: TCP port 443.
    pub const HTTPS: Self = Self::tcp(443);
    /// NFS, the protocol of Elastic File System: TCP port 2049.
    pub const NFS: Self = Self::tcp(2049);

    /// A TCP port.
    #[must_use]
    pub const fn tcp(port: u16) -> Self {
        Self { traffic: Traffic::Tcp(port) }
    }

    /// The TCP ports from `first` to `last`, both included.
    #[must_use]
    pub const fn tcp_range(first: u16, last: u16) -> Self {
        Self { traffic: Traffic::TcpRange(first, last) }
    }

    /// Every TCP port.
    #[must_use]
    pub const fn all_tcp() -> Self {
        Self { traffic: Traffic::AllTcp }
    }

    /// A UDP port.
    #[must_use]
    pub const fn udp(port: u16) -> Self {
        Self { traffic: Traffic::Udp(port) }
    }

    /// The UDP ports from `first` to `last`, both included.
    #[must_use]
    pub const fn udp_range(first: u16, last: u16) -> Self {
        Self { traffic: Traffic::UdpRange(first, last) }
    }

    /// Every UDP port.
    #[must_use]
    pub const fn all_udp() -> Self {
        Self { traffic: Traffic::AllUdp }
    }

    /// The echo requests of `ping`: ICMP type 8.
    #[must_use]
    pub const fn icmp_ping() -> Self {
        Self::icmp_type(8)
    }

    /// An ICMP type, with every code of it.
    #[must_use]
    pub const fn icmp_type(number: u8) -> Self {
        Self { traffic: Traffic::IcmpType(number) }
    }

    /// Every ICMP type.
    #[must_use]
    pub const fn all_icmp() -> Self {
        Self { traffic: Traffic::AllIcmp }
    }

    /// Every protocol and port.
    #[must_use]
    pub const fn all_traffic() -> Self {
        Self { traffic: Traffic::All }
    }

    /// Returns CloudFormation's word for the protocol.
    pub(super) const fn protocol(self) -> &'static str {
        match self.traffic {
            Traffic::Tcp(_) | Traffic::TcpRange(..) | Traffic::AllTcp => "tcp",
            Traffic::Udp(_) | Traffic::UdpRange(..) | Traffic::AllUdp => "udp",
            Traffic::IcmpType(_) | Traffic::AllIcmp => "icmp",
            Traffic::All => "-1",
        }
    }

    /// Returns `FromPort` and `ToPort`: the ports, or ICMP's type and code.
    pub(super) const fn range(self) -> Option<(i64, i64)> {
        match self.traffic {
            Traffic::Tcp(port) | Traffic::Udp(port) => Some((port as i64, port as i64)),
            Traffic::TcpRange(first, last) | Traffic::UdpRange(first, last) => Some((first as i64, last as i64)),
            Traffic::AllTcp | Traffic::AllUdp => Some((0, 65_535)),
            Traffic::IcmpType(number) => Some((number as i64, -1)),
            Traffic::AllIcmp => Some((-1, -1)),
            Traffic::All => None,
        }
    }

    /// Returns what is wrong with the ports, if anything is.
    pub(super) fn complaint(self) -> Option<String> {
        match self.traffic {
            Traffic::TcpRange(first, last) | Traffic::UdpRange(first, last) if first > last => {
                Some(format!("a range of ports goes from the lower to the higher one, got {first} to {last}"))
            }
            _ => None,
        }
    }
}

/// Writes the ports as the AWS CDK does in the ids of rules.
impl fmt::Display for Port {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.traffic {
            Traffic::Tcp(port) => write!(formatter, "{port}"),
            Traffic::TcpRange(first, last) => write!(formatter, "{first}-{last}"),
            Traffic::AllTcp => formatter.write_str("ALL PORTS"),
            Traffic::Udp(port) => write!(formatter, "UDP {port}"),
            Traffic::UdpRange(first, last) => write!(formatter, "UDP {first}-{last}"),
            Traffic::AllUdp => formatter.write_str("UDP ALL PORTS"),
            Traffic::IcmpType(number) => write!(formatter, "ICMP Type {number}"),
            Traffic::AllIcmp => formatter.write_str("ALL ICMP"),
            Traffic::All => formatter.write_str("ALL TRAFFIC"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Port;

    #[test]
    fn ports_are_written_as_the_cdk_writes_them() {
        for (port, text) in [
            (Port::tcp(8080), "8080"),
            (Port::tcp_range(80, 90), "80-90"),
            (Port::all_tcp(), "ALL PORTS"),
            (Port::udp(53), "UDP 53"),
            (Port::udp_range(53, 54), "UDP 53-54"),
            (Port::all_udp(), "UDP ALL PORTS"),
            (Port::icmp_ping(), "ICMP Type 8"),
            (Port::all_icmp(), "ALL ICMP"),
            (Port::all_traffic(), "ALL TRAFFIC"),
        ] {
            assert_eq!(port.to_string(), text);
        }
    }

    #[test]
    fn rejects_ranges_that_go_down() {
        assert!(Port::tcp_range(90, 80).complaint().is_some());
        assert!(Port::udp_range(53, 53).complaint().is_none());
    }
}
