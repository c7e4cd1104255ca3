//! Ranges of IP addresses.

// Addresses only: `core` has no sockets.
use core::net::{IpAddr, Ipv4Addr};

use crate::resolve::Truth;

/// `192.0.2.0/24`, `2001:db8::/32`, or a single address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range {
    base: IpAddr,
    /// Leading bits that count.
    bits: u32,
}

/// Addresses that no request over the internet comes from (RFC 1918, 6598, 3927, 1122).
const NOT_PUBLIC: [Range; 7] = [
    Range::v4([10, 0, 0, 0], 8),
    Range::v4([172, 16, 0, 0], 12),
    Range::v4([192, 168, 0, 0], 16),
    Range::v4([100, 64, 0, 0], 10),
    Range::v4([169, 254, 0, 0], 16),
    Range::v4([127, 0, 0, 0], 8),
    Range::v4([0, 0, 0, 0], 8),
];

impl Range {
    const fn v4([a, b, c, d]: [u8; 4], bits: u32) -> Self {
        Self {
            base: IpAddr::V4(Ipv4Addr::new(a, b, c, d)),
            bits,
        }
    }

    /// Reads a range; an address alone is a range of one.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (base, bits) = match text.split_once('/') {
            Some((base, bits)) => (base, Some(bits.parse().ok()?)),
            None => (text, None),
        };
        let base: IpAddr = base.parse().ok()?;
        let width = width(base);
        let bits = bits.unwrap_or(width);
        (bits <= width).then_some(Self { base, bits })
    }

    /// Whether an address lies in it; unknown when it is none.
    pub(super) fn holds(self, address: &str) -> Truth {
        match address.parse::<IpAddr>() {
            Ok(address) => self.has(address).into(),
            Err(_) => Truth::Unknown,
        }
    }

    /// Whether an IPv4 address on the internet, of which nothing else is known, lies in it.
    pub(super) fn holds_public(self) -> Truth {
        if self.base.is_ipv6() || NOT_PUBLIC.iter().any(|range| range.covers(self)) {
            return Truth::No;
        }
        match self.bits {
            0 => Truth::Yes,
            _ => Truth::Unknown,
        }
    }

    fn covers(self, other: Self) -> bool {
        self.bits <= other.bits && self.has(other.base)
    }

    fn has(self, address: IpAddr) -> bool {
        width(self.base) == width(address) && self.prefix(self.base) == self.prefix(address)
    }

    /// The bits of an address that count.
    fn prefix(self, address: IpAddr) -> u128 {
        let number = match address {
            IpAddr::V4(address) => u128::from(address.to_bits()),
            IpAddr::V6(address) => address.to_bits(),
        };
        number
            .checked_shr(width(address) - self.bits)
            .unwrap_or_default()
    }
}

fn width(address: IpAddr) -> u32 {
    match address {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(range: &str, address: &str) -> Truth {
        Range::parse(range).expect("a range").holds(address)
    }

    #[test]
    fn ranges_compare_their_leading_bits() {
        assert_eq!(holds("192.0.2.0/24", "192.0.2.255"), Truth::Yes);
        assert_eq!(holds("192.0.2.0/24", "192.0.3.0"), Truth::No);
        assert_eq!(holds("192.0.2.7", "192.0.2.7"), Truth::Yes);
        assert_eq!(holds("::/0", "192.0.2.7"), Truth::No);
        assert_eq!(holds("2001:db8::/32", "2001:db8:1::1"), Truth::Yes);
        assert_eq!(holds("0.0.0.0/0", "256.0.0.1"), Truth::Unknown);
        assert_eq!(Range::parse("192.0.2.0/33"), None);
    }

    #[test]
    fn the_internet_is_not_in_a_private_network() {
        let public = |range| Range::parse(range).expect("a range").holds_public();
        assert_eq!(public("0.0.0.0/0"), Truth::Yes);
        assert_eq!(public("10.1.0.0/16"), Truth::No);
        assert_eq!(public("10.0.0.0/7"), Truth::Unknown);
        assert_eq!(public("198.51.100.0/24"), Truth::Unknown);
    }
}
