//! Addresses of networks and machines, and others in their place.
//!
//! Of an IPv4 address the octets change, each to one of as many digits, so that addresses that have their first octets in common
//! keep that; the last stays, because `.0`, `.1` and `.255` mean something. What the suite sends, and what is nobody's (RFC 6890),
//! stays whole.

use crate::recording::mark::hmac_sha256;
use regex::bytes::Regex;
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ops::Range;
use std::sync::LazyLock;

static CANDIDATE: LazyLock<Regex> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "a literal; the tests compile it")]
    Regex::new(
        r"(?-u)(?:[0-9]{1,3}\.){3}[0-9]{1,3}|(?:ip|ec2)-(?:[0-9]{1,3}-){3}[0-9]{1,3}|[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}",
    )
    .expect("valid")
});

/// Addresses that the suite itself names.
#[derive(Default)]
pub(super) struct Suite {
    /// IPv4 networks: address and mask.
    networks: BTreeSet<(u32, u32)>,
    /// The first 48 bits of IPv6 ones.
    sites: BTreeSet<[u16; 3]>,
    /// Makers of cards.
    makers: BTreeSet<String>,
}

impl Suite {
    pub fn add(&mut self, source: &str) {
        for found in CANDIDATE.find_iter(source.as_bytes()) {
            let text = &source[found.range()];
            if is_mac(text) {
                self.makers.insert(maker(text));
                continue;
            }
            match text.parse::<IpAddr>() {
                Ok(IpAddr::V4(address)) => {
                    let rest = &source[found.end()..];
                    let length = rest.strip_prefix('/').map(|rest| {
                        let digits: String =
                            rest.chars().take_while(char::is_ascii_digit).collect();
                        digits.parse::<u32>().unwrap_or(24)
                    });
                    // a gateway, a pool: of the network that is meant
                    let mask = u32::MAX.checked_shl(32 - length.unwrap_or(24).clamp(8, 32));
                    let mask = mask.unwrap_or(u32::MAX);
                    self.networks.insert((u32::from(address) & mask, mask));
                }
                Ok(IpAddr::V6(address)) => drop(self.sites.insert(site(address))),
                Err(_) => {}
            }
        }
    }

    fn names_v4(&self, address: Ipv4Addr) -> bool {
        let bits = u32::from(address);
        self.networks
            .iter()
            .any(|(network, mask)| bits & mask == *network)
    }
}

fn site(address: Ipv6Addr) -> [u16; 3] {
    let [a, b, c, ..] = address.segments();
    [a, b, c]
}

fn maker(mac: &str) -> String {
    mac[..8].to_lowercase()
}

/// Every address in a text that is to be replaced, and by what.
pub(super) fn replaced(text: &[u8], suite: &Suite, key: &[u8; 32]) -> Vec<(Range<usize>, String)> {
    // most texts hold none
    if !text.iter().any(|b| matches!(b, b'.' | b':' | b'-')) {
        return Vec::new();
    }
    let is_part = |byte: Option<&u8>| byte.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b':');
    let mut all = Vec::new();
    for found in CANDIDATE.find_iter(text) {
        let range = found.range();
        let before = range.start.checked_sub(1).and_then(|at| text.get(at));
        let after = text.get(range.end);
        let dotted =
            after == Some(&b'.') && text.get(range.end + 1).is_some_and(u8::is_ascii_digit);
        let is_v4 = !found.as_bytes().contains(&b':');
        let port = is_v4 && after == Some(&b':');
        if is_part(before) || before == Some(&b'.') || dotted || (is_part(after) && !port) {
            continue;
        }
        let Ok(address) = std::str::from_utf8(found.as_bytes()) else {
            continue;
        };
        all.extend(other(address, suite, key).map(|other| (range, other)));
    }
    all
}

fn other(address: &str, suite: &Suite, key: &[u8; 32]) -> Option<String> {
    if let Some((prefix, octets)) = address.split_once('-') {
        let dotted = octets.replace('-', ".");
        let other = other(&dotted, suite, key)?;
        return Some(format!("{prefix}-{}", other.replace('.', "-")));
    }
    if is_mac(address) {
        return (!suite.makers.contains(&maker(address))).then(|| other_mac(address, key));
    }
    match address.parse::<IpAddr>().ok()? {
        IpAddr::V4(v4) => (!is_nobodys(v4) && !suite.names_v4(v4)).then(|| other_v4(v4, key)),
        IpAddr::V6(v6) => {
            let kept = v6.is_loopback()
                || v6.is_unspecified()
                || v6.is_multicast()
                || v6.segments()[..2] == [0x2001, 0xdb8]
                || suite.sites.contains(&site(v6));
            (!kept).then(|| other_v6(address, v6, key))
        }
    }
}

fn is_nobodys(address: Ipv4Addr) -> bool {
    let octets = address.octets();
    address.is_loopback()
        || address.is_unspecified()
        || address.is_multicast()
        || address.is_documentation()
        || octets[0] >= 240
        || octets[0] == 0
        || octets == [169, 254, 169, 254]
}

fn is_mac(text: &str) -> bool {
    text.len() == 17 && text.split(':').count() == 6 && text.split(':').all(|part| part.len() == 2)
}

/// First octets that say what sort of address it is, and how many of them do.
fn sort(octets: [u8; 4]) -> usize {
    match octets {
        [10, ..] => 1,
        [172, 16..=31, ..] | [192, 168, ..] | [169, 254, ..] | [100, 64..=127, ..] => 2,
        _ => 0,
    }
}

fn other_v4(address: Ipv4Addr, key: &[u8; 32]) -> String {
    let octets = address.octets();
    let kept = sort(octets);
    let mut other = octets;
    for at in kept..3 {
        let choices: Vec<u8> = (0..=255u8)
            .filter(|octet| digits(*octet) == digits(octets[at]))
            .filter(|octet| {
                at > 0
                    || !matches!(
                        octet,
                        0 | 10 | 100 | 127 | 169 | 172 | 192 | 198 | 203 | 224..
                    )
            })
            .collect();
        let Some(place) = choices.iter().position(|octet| *octet == octets[at]) else {
            continue;
        };
        // never by nothing: what is shared is never what was there
        let prefix = hmac_sha256(key, &[b"v4".as_slice(), &octets[..at]].concat());
        let step = 1 + usize::from(prefix[0]) % (choices.len() - 1);
        other[at] = choices[(place + step) % choices.len()];
    }
    Ipv4Addr::from(other).to_string()
}

fn digits(octet: u8) -> usize {
    octet.to_string().len()
}

/// The first group stays, and the zeros; every other becomes one of as many digits.
fn other_v6(text: &str, address: Ipv6Addr, key: &[u8; 32]) -> String {
    let drawn = hmac_sha256(key, &address.octets());
    let groups = text.split(':').enumerate();
    let other: Vec<String> = groups
        .map(|(at, group)| match (at, group) {
            (0, _) | (_, "" | "0") => group.to_owned(),
            _ => hex_like(group, &drawn, at * 4),
        })
        .collect();
    other.join(":")
}

/// The maker stays.
fn other_mac(text: &str, key: &[u8; 32]) -> String {
    let drawn = hmac_sha256(key, text.to_lowercase().as_bytes());
    let parts = text.split(':').enumerate().map(|(at, part)| {
        if at < 3 {
            part.to_owned()
        } else {
            hex_like(part, &drawn, at * 4)
        }
    });
    parts.collect::<Vec<_>>().join(":")
}

fn hex_like(group: &str, drawn: &[u8; 32], from: usize) -> String {
    let digit = |(at, c): (usize, char)| {
        let byte = drawn[(from + at) % drawn.len()];
        let digit = char::from_digit(u32::from(byte) % 15 + 1, 16).unwrap_or('1');
        if c.is_ascii_uppercase() {
            digit.to_ascii_uppercase()
        } else {
            digit
        }
    };
    group.chars().enumerate().map(digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; 32] = [3; 32];

    fn shared(text: &str) -> String {
        let mut suite = Suite::default();
        suite.add("cidr = \"10.11.0.0/16\"\ngateway = \"172.20.1.1\" v6 = \"fd00:aa:bb::/64\" ");
        let mut out = text.to_owned();
        for (range, other) in replaced(text.as_bytes(), &suite, &KEY).into_iter().rev() {
            out.replace_range(range, &other);
        }
        out
    }

    #[test]
    fn addresses_become_others_that_have_as_much_in_common() {
        let (one, other) = (shared("84.17.3.1"), shared("84.17.3.250"));
        assert_eq!(
            one.rsplit_once('.').unwrap().0,
            other.rsplit_once('.').unwrap().0
        );
        assert!(one.ends_with(".1") && other.ends_with(".250"));
        for address in [
            "84.17.3.1",
            "10.0.0.5",
            "192.168.7.9",
            "2a01:4f8:1:2::5",
            "fa:16:3e:11:22:33",
        ] {
            let other = shared(address);
            assert_ne!(other, address);
            assert_eq!(other.len(), address.len());
            assert_eq!(
                shared(&format!("at {address}, \"{address}\""))
                    .matches(&other)
                    .count(),
                2
            );
        }
        assert!(shared("10.0.0.5").starts_with("10."));
        assert!(shared("192.168.7.9").starts_with("192.168."));
        assert!(shared("fa:16:3e:11:22:33").starts_with("fa:16:3e:"));
        let named = shared("ip-10-0-0-5.internal");
        assert_eq!(
            named.replace('-', "."),
            format!("ip.{}.internal", shared("10.0.0.5"))
        );
    }

    #[test]
    fn what_the_suite_sends_and_what_is_nobodys_stays() {
        for text in [
            "10.11.3.4",
            "172.20.1.9",
            "fd00:aa:bb::1",
            "127.0.0.1:8774",
            "0.0.0.0/0",
            "255.255.255.0",
            "169.254.169.254",
            "192.0.2.7",
            "::1",
            "2001:db8::1",
            "1.2.3.4.5",
            "12:34:56",
            "2026-11-27T07:42:28Z",
        ] {
            assert_eq!(shared(text), text);
        }
    }
}
