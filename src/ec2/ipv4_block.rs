//! Blocks of IPv4 addresses, and how a VPC's is divided among its subnets.

use std::fmt;
use std::net::Ipv4Addr;

/// A block of IPv4 addresses whose host bits are zero, such as `10.0.0.0/16`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ipv4Block {
    first: u32,
    prefix: u8,
}

/// What a subnet may have. [AWS page](https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html).
const SUBNET_PREFIXES: std::ops::RangeInclusive<u8> = 16..=28;

impl Ipv4Block {
    /// Parses `text`, or says what is wrong with it.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let malformed = || format!("an IPv4 block looks like `10.0.0.0/16`, got `{text}`");
        let (address, prefix) = text.split_once('/').ok_or_else(malformed)?;
        let address: Ipv4Addr = address.parse().map_err(|_| malformed())?;
        let digits = (1..=2).contains(&prefix.len()) && prefix.bytes().all(|byte| byte.is_ascii_digit());
        let prefix: u8 = prefix.parse().ok().filter(|prefix| digits && *prefix <= 32).ok_or_else(malformed)?;
        let given = u32::from(address);
        let block = Self { first: given & mask(prefix), prefix };
        if block.first == given {
            Ok(block)
        } else {
            Err(format!("an IPv4 block starts at a multiple of its size: `{block}` or another, got `{text}`"))
        }
    }

    /// Returns how many bits of an address say which block it is in.
    pub(super) const fn prefix(self) -> u8 {
        self.prefix
    }

    /// Returns the first address after the block; the one after the last block needs a bit more than an address has.
    const fn end(self) -> u64 {
        self.first as u64 + self.size()
    }

    const fn size(self) -> u64 {
        1 << (32 - self.prefix)
    }

    /// Divides the block into `count` subnets for each of `prefixes`, one after the other.
    ///
    /// Subnets that say how large they want to be come first, as in the AWS CDK; the others share what is left, all
    /// alike. The answer has the order of `prefixes`.
    pub(super) fn divide(self, prefixes: &[Option<u8>], count: usize) -> Result<Vec<Vec<Self>>, String> {
        let mut next = u64::from(self.first);
        let mut groups = vec![Vec::new(); prefixes.len()];
        for (group, prefix) in groups.iter_mut().zip(prefixes) {
            if let Some(prefix) = prefix {
                *group = self.take(&mut next, *prefix, count)?;
            }
        }
        let sharing = prefixes.iter().filter(|prefix| prefix.is_none()).count() * count;
        if sharing > 0 {
            let each = self.end().saturating_sub(next) / u64::try_from(sharing).unwrap_or(u64::MAX);
            if each < 16 {
                return Err(format!(
                    "{sharing} subnets do not fit into what is left of {self}: a subnet has at least 16 addresses (/28)"
                ));
            }
            let prefix = u8::try_from(32 - each.ilog2()).unwrap_or(32).max(*SUBNET_PREFIXES.start());
            for (group, wanted) in groups.iter_mut().zip(prefixes) {
                if wanted.is_none() {
                    *group = self.take(&mut next, prefix, count)?;
                }
            }
        }
        Ok(groups)
    }

    fn take(self, next: &mut u64, prefix: u8, count: usize) -> Result<Vec<Self>, String> {
        if !SUBNET_PREFIXES.contains(&prefix) {
            return Err(format!("a subnet's cidr_mask must be 16 to 28, got {prefix}"));
        }
        let mut blocks = Vec::with_capacity(count);
        for _ in 0..count {
            let size = 1_u64 << (32 - prefix);
            let first = next.div_ceil(size) * size;
            if first + size > self.end() {
                return Err(format!(
                    "{count} subnets of /{prefix} do not fit into what is left of {self}: give the VPC a larger block, or the subnets smaller ones"
                ));
            }
            *next = first + size;
            blocks.push(Self { first: u32::try_from(first).unwrap_or(u32::MAX), prefix });
        }
        Ok(blocks)
    }
}

const fn mask(prefix: u8) -> u32 {
    match prefix {
        0 => 0,
        prefix => u32::MAX << (32 - prefix),
    }
}

impl fmt::Display for Ipv4Block {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", Ipv4Addr::from(self.first), self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::Ipv4Block;

    fn divide(block: &str, prefixes: &[Option<u8>], count: usize) -> Result<Vec<String>, String> {
        let groups = Ipv4Block::parse(block)?.divide(prefixes, count)?;
        Ok(groups.iter().map(|group| group.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")).collect())
    }

    #[test]
    fn a_block_is_divided_as_the_cdk_divides_it() -> Result<(), String> {
        // Each line is what aws-cdk-lib 2.276.0 made of the same configuration.
        assert_eq!(
            divide("10.0.0.0/16", &[None, None], 2)?,
            ["10.0.0.0/18 10.0.64.0/18", "10.0.128.0/18 10.0.192.0/18"]
        );
        assert_eq!(
            divide("10.0.0.0/16", &[None, None], 3)?,
            ["10.0.0.0/19 10.0.32.0/19 10.0.64.0/19", "10.0.96.0/19 10.0.128.0/19 10.0.160.0/19"]
        );
        assert_eq!(
            divide("10.0.0.0/16", &[Some(24), None, Some(28)], 2)?,
            ["10.0.0.0/24 10.0.1.0/24", "10.0.64.0/18 10.0.128.0/18", "10.0.2.0/28 10.0.2.16/28"]
        );
        assert_eq!(
            divide("192.168.0.0/20", &[None, Some(22)], 2)?,
            ["192.168.8.0/22 192.168.12.0/22", "192.168.0.0/22 192.168.4.0/22"]
        );
        assert_eq!(
            divide("10.0.0.0/16", &[Some(28), Some(18), Some(24)], 2)?,
            ["10.0.0.0/28 10.0.0.16/28", "10.0.64.0/18 10.0.128.0/18", "10.0.192.0/24 10.0.193.0/24"]
        );
        assert_eq!(divide("10.0.0.0/26", &[None], 4)?, ["10.0.0.0/28 10.0.0.16/28 10.0.0.32/28 10.0.0.48/28"]);
        assert_eq!(divide("255.255.0.0/16", &[None], 1)?, ["255.255.0.0/16"]);
        Ok(())
    }

    #[test]
    fn rejects_what_does_not_fit() {
        for (block, prefixes, count) in [
            ("10.0.0.0/24", vec![Some(25), Some(25)], 2),
            ("10.0.0.0/28", vec![None], 2),
            ("10.0.0.0/16", vec![Some(29)], 2),
            ("10.0.0.0/16", vec![Some(15)], 1),
            ("10.0.0.0/16", vec![Some(16), None], 1),
            ("255.255.0.0/16", vec![Some(16)], 2),
        ] {
            assert!(divide(block, &prefixes, count).is_err(), "{block} {prefixes:?}");
        }
    }

    #[test]
    fn rejects_what_is_no_block() {
        for text in ["", "10.0.0.0", "10.0.0.0/33", "10.0.0/16", "10.0.0.0/+8", "10.0.0.0/ 8", "a/8", "10.0.0.77/16"] {
            assert!(Ipv4Block::parse(text).is_err(), "{text}");
        }
        assert!(Ipv4Block::parse("0.0.0.0/0").is_ok());
    }
}
