//! A part of a suite that is the same on every machine.

use super::model::ScenarioId;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;
use std::str::FromStr;

/// One of several parts that a suite is split into, as it is typed: `2/5`. Which part a scenario is in follows from its id alone, so
/// that machines that know nothing of each other have all of a suite between them, and nothing twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Shard {
    of: u32,
    /// From 1.
    index: u32,
}

/// What a shard must look like.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a shard is I/N, with I from 1 to N: 2/5")]
pub struct NotAShard;

impl Shard {
    /// Into how many parts the suite is split.
    #[must_use]
    pub fn of(self) -> u32 {
        self.of
    }

    /// All parts of such a split.
    pub fn all(self) -> impl Iterator<Item = Self> {
        (1..=self.of).map(move |index| Self { of: self.of, index })
    }

    #[must_use]
    pub fn holds(self, id: &ScenarioId) -> bool {
        let digest = Sha256::digest(id.0.as_bytes());
        let drawn = digest
            .first_chunk()
            .map_or(0, |first| u64::from_be_bytes(*first));
        drawn % u64::from(self.of) == u64::from(self.index - 1)
    }
}

impl FromStr for Shard {
    type Err = NotAShard;

    fn from_str(typed: &str) -> Result<Self, NotAShard> {
        let (index, of) = typed.split_once('/').ok_or(NotAShard)?;
        let number = |text: &str| text.parse::<u32>().map_err(|_| NotAShard);
        let (index, of) = (number(index)?, number(of)?);
        if index == 0 || index > of {
            return Err(NotAShard);
        }
        Ok(Self { of, index })
    }
}

impl TryFrom<String> for Shard {
    type Error = NotAShard;

    fn try_from(text: String) -> Result<Self, NotAShard> {
        text.parse()
    }
}

impl From<Shard> for String {
    fn from(shard: Shard) -> Self {
        shard.to_string()
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Suite;

    #[test]
    fn the_shards_of_a_suite_hold_all_of_it_and_nothing_twice() {
        let suite = Suite::builtin().unwrap();
        for of in [1, 2, 3, 8, 17] {
            let one: Shard = format!("1/{of}").parse().unwrap();
            let held: Vec<usize> = one
                .all()
                .map(|shard| suite.scenarios().filter(|s| shard.holds(&s.id)).count())
                .collect();
            assert_eq!(held.iter().sum::<usize>(), suite.scenarios().count());
            for scenario in suite.scenarios() {
                let holding = one.all().filter(|shard| shard.holds(&scenario.id));
                assert_eq!(holding.count(), 1, "{}", scenario.id);
            }
            let even = suite.scenarios().count() / held.len();
            assert!(held.iter().all(|n| *n > even / 3), "{held:?}");
        }
    }

    /// Machines with different releases must agree.
    #[test]
    fn where_a_scenario_is_never_changes() {
        let of = |id: &str| {
            let one: Shard = "1/8".parse().unwrap();
            one.all()
                .find(|shard| shard.holds(&ScenarioId(id.to_owned())))
                .map(|shard| shard.to_string())
        };
        // python3: int.from_bytes(sha256(id).digest()[:8]) % 8 + 1
        assert_eq!(of("compute/server/lifecycle").as_deref(), Some("4/8"));
        assert_eq!(of("s3/bucket/create").as_deref(), Some("1/8"));
    }

    #[test]
    fn what_is_no_shard_is_refused() {
        for typed in ["", "1", "0/3", "4/3", "1/0", "a/b", "1/2/3", "-1/2"] {
            assert_eq!(typed.parse::<Shard>(), Err(NotAShard), "{typed}");
        }
    }
}
