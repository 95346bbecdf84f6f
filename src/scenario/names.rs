//! The names and absent ids that an execution sends. Pure functions of its nonce, so that an observer can compute them again.

use sha2::{Digest, Sha256};

/// `interop-<label>-<nonce>`: the label first, so that sorting by name is the same on every cloud.
#[must_use]
pub fn sent_name(label: &str, nonce: &str) -> String {
    format!("interop-{label}-{nonce}")
}

/// The values of `{{ missing.… }}`: they exist nowhere.
#[must_use]
pub fn missing(nonce: &str) -> [(&'static str, String); 6] {
    let digest = Sha256::digest(format!("missing {nonce}"));
    let hex = hex::encode(&digest[..16]);
    // RFC 9562 version and variant bits, so that a strict parser takes it
    let uuid = format!(
        "{}-{}-4{}-8{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[13..16],
        &hex[17..20],
        &hex[20..]
    );
    let number = 100_000_000
        + u32::from_be_bytes([digest[16], digest[17], digest[18], digest[19]]) % 800_000_000;
    [
        ("uuid", uuid),
        ("hex", hex),
        ("int", number.to_string()),
        ("name", sent_name("missing", nonce)),
        // the digits of an id of EC2, as they are now and as they were
        ("hex17", hex::encode(&digest[16..25])[..17].to_owned()),
        ("hex8", hex::encode(&digest[25..29])),
    ]
}

/// What `text(n)`, `unicode(n)` and `bytes` follow from.
#[must_use]
pub fn seed_of(nonce: &str) -> u64 {
    let digest = Sha256::digest(format!("seed {nonce}"));
    digest
        .iter()
        .take(8)
        .fold(0, |seed, byte| (seed << 8) | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_ids_are_well_formed_and_follow_from_the_nonce() {
        let first = missing("abc");
        assert_eq!(first, missing("abc"));
        assert_ne!(first, missing("abd"));
        let uuid = &first[0].1;
        assert_eq!(uuid.len(), 36);
        assert_eq!(&uuid[14..15], "4");
        let lengths = first.map(|(kind, value)| (kind, value.len()));
        assert!(lengths.contains(&("hex17", 17)) && lengths.contains(&("hex8", 8)));
    }
}
