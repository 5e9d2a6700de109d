//! [`NatGateways`]: how private subnets reach the internet.

/// How many NAT gateways the private subnets of a VPC share. Each costs by the hour and by the gigabyte.
/// [AWS page](https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway.html).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum NatGateways {
    /// None: no subnet of the VPC reaches the internet without being reached from it.
    None,
    /// One, in the first availability zone. When that zone fails, no zone's private subnets reach the internet.
    Single,
    /// One in each availability zone, so that none depends on another.
    #[default]
    PerAz,
    /// So many, at most one in each availability zone, in the first ones.
    Count(usize),
}

impl NatGateways {
    /// Returns how many there are in so many availability zones.
    pub(super) const fn count(self, zones: usize) -> usize {
        match self {
            Self::None => 0,
            Self::Single => 1,
            Self::PerAz => zones,
            Self::Count(count) => count,
        }
    }
}
