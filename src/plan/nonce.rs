//! The random part of every name, drawn from the run's seed.

use crate::scenario::ScenarioId;
use sha2::{Digest as _, Sha256};

const ALPHABET: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
/// 36²⁰ is a little more than 2¹⁰³.
const LENGTH: usize = 20;

/// The nonce of an execution: 20 characters `a-z0-9`, as unguessable as the seed. `instance` tells apart what is
/// run for one execution beside it (its fixtures).
pub fn nonce(
    seed: &[u8; 32],
    cloud: &str,
    scenario: &ScenarioId,
    (round, repeat, attempt): (u32, u32, u32),
    instance: &str,
) -> String {
    let mut out = String::with_capacity(LENGTH);
    for block in 0_u32.. {
        let mut hash = Sha256::new();
        hash.update(seed);
        for part in [cloud, &scenario.0, instance] {
            hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            hash.update(part);
        }
        for number in [round, repeat, attempt, block] {
            hash.update(number.to_be_bytes());
        }
        // bytes of 252 and above are dropped, so that every character is as likely as any other
        let characters = hash.finalize();
        for byte in characters.iter().filter(|byte| **byte < 252) {
            out.push(char::from(ALPHABET[usize::from(*byte) % ALPHABET.len()]));
            if out.len() == LENGTH {
                return out;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn nonces_have_one_form_and_no_two_executions_share_one() {
        let mut seen = BTreeSet::new();
        for cloud in ["a", "b"] {
            for scenario in ["x/y", "x/z"] {
                for numbers in [(1, 1, 0), (1, 2, 0), (1, 1, 1), (2, 1, 0)] {
                    for instance in ["", "net"] {
                        let id = ScenarioId(scenario.into());
                        let nonce = nonce(&[7; 32], cloud, &id, numbers, instance);
                        assert_eq!(nonce.len(), 20);
                        assert!(
                            nonce
                                .bytes()
                                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
                        );
                        seen.insert(nonce);
                    }
                }
            }
        }
        assert_eq!(seen.len(), 32);
    }

    #[test]
    fn the_same_seed_gives_the_same_nonce_and_another_seed_another() {
        let id = ScenarioId("x".into());
        let with = |seed: u8| nonce(&[seed; 32], "a", &id, (1, 1, 0), "");
        assert_eq!(with(1), with(1));
        assert_ne!(with(1), with(2));
    }
}
