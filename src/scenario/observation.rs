//! Named observations: what is read, and in which words it is told. Two APIs that say the same in other words are
//! compared by them.

use super::model::{Condition, Source};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

/// One entry of `observe`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Observation {
    pub of: Observable,
    /// What is read → the word for it. Empty: it is told as it was read.
    pub map: BTreeMap<String, String>,
}

/// What can be observed of a step.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Observable {
    Place(Source),
    /// A number in a unit: told in bytes, seconds, or as it is.
    Number {
        at: Source,
        unit: Unit,
    },
    /// Whether a condition holds: yes or no.
    Holds(Condition),
    /// What the request came to, in one word.
    Outcome,
    /// The distinct states of a poll.
    States,
    /// What a boundary search found.
    Limit,
    /// How many of a race's requests were let through.
    Winners,
}

impl Observable {
    /// Of a word that stands where a place could.
    pub(super) fn word(text: &str) -> Option<Self> {
        Some(match text {
            "outcome" => Self::Outcome,
            "states" => Self::States,
            "limit" => Self::Limit,
            "winners" => Self::Winners,
            _ => return None,
        })
    }

    /// The word, where it is one: what it is read from is no place.
    pub(super) fn special(&self) -> Option<&'static str> {
        Some(match self {
            Self::Place(_) | Self::Number { .. } | Self::Holds(_) => return None,
            Self::Outcome => "outcome",
            Self::States => "states",
            Self::Limit => "limit",
            Self::Winners => "winners",
        })
    }
}

impl fmt::Display for Observable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Place(at) => at.fmt(f),
            Self::Number { at, unit } => write!(f, "{at} in {}", unit.word()),
            Self::Holds(condition) => write!(f, "whether {condition}"),
            Self::Outcome | Self::States | Self::Limit | Self::Winners => {
                f.write_str(self.special().unwrap_or_default())
            }
        }
    }
}

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Unit {
    One,
    Bytes(u64),
    /// So many milliseconds.
    Time(u64),
}

impl Unit {
    const WORDS: [(&'static str, Self); 12] = [
        ("1", Self::One),
        ("B", Self::Bytes(1)),
        ("kB", Self::Bytes(1000)),
        ("KiB", Self::Bytes(1 << 10)),
        ("MB", Self::Bytes(1_000_000)),
        ("MiB", Self::Bytes(1 << 20)),
        ("GB", Self::Bytes(1_000_000_000)),
        ("GiB", Self::Bytes(1 << 30)),
        ("ms", Self::Time(1)),
        ("s", Self::Time(1000)),
        ("min", Self::Time(60_000)),
        ("h", Self::Time(3_600_000)),
    ];

    pub(super) fn words() -> Vec<&'static str> {
        Self::WORDS.iter().map(|(word, _)| *word).collect()
    }

    pub(super) fn read(word: &str) -> Option<Self> {
        let found = Self::WORDS.iter().find(|(known, _)| *known == word);
        found.map(|(_, unit)| *unit)
    }

    fn word(self) -> &'static str {
        let found = Self::WORDS.iter().find(|(_, unit)| *unit == self);
        found.map_or("1", |(word, _)| word)
    }

    /// The number as every API's is told: in bytes, in seconds, or as it is.
    #[must_use]
    pub fn tell(self, number: f64) -> String {
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
        match self {
            Self::One => format!("{number}"),
            Self::Bytes(each) => format!("{} B", number * each as f64),
            Self::Time(each) => format!("{} s", number * each as f64 / 1000.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_other_units_are_told_alike() {
        let tell = |unit: &str, n: f64| Unit::read(unit).map(|unit| unit.tell(n));
        assert_eq!(tell("GiB", 1.0), tell("MiB", 1024.0));
        assert_eq!(tell("min", 1.5).as_deref(), Some("90 s"));
        assert_eq!(tell("1", 3.0).as_deref(), Some("3"));
        assert_eq!(tell("parsec", 3.0), None);
    }
}
