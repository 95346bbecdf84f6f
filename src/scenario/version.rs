//! Microversions, as scenarios write them and as clouds offer them.

use super::model::{Microversion, Version};
use std::fmt;
use std::str::FromStr;

impl Version {
    /// `min`, `latest`, `latest-common` or `2.37`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "min" => Self::Min,
            "latest" => Self::Latest,
            "latest-common" => Self::LatestCommon,
            exact => {
                exact.parse::<Microversion>().ok()?;
                Self::Exact(exact.to_owned())
            }
        })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unset => "unset",
            Self::Exact(exact) => exact,
            Self::Min => "min",
            Self::Latest => "latest",
            Self::LatestCommon => "latest-common",
            Self::Row => "{{ row.version }}",
        })
    }
}

/// Text that is no microversion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a microversion is two numbers with a point between them, like 2.37")]
pub struct NotAMicroversion;

impl FromStr for Microversion {
    type Err = NotAMicroversion;

    fn from_str(text: &str) -> Result<Self, NotAMicroversion> {
        let number = |digits: &str| {
            let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
            plain.then(|| digits.parse().ok()).flatten()
        };
        let (major, minor) = text.split_once('.').ok_or(NotAMicroversion)?;
        Ok(Self {
            major: number(major).ok_or(NotAMicroversion)?,
            minor: number(minor).ok_or(NotAMicroversion)?,
        })
    }
}

impl fmt::Display for Microversion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn microversions_are_ordered_as_numbers() {
        let of = |text: &str| text.parse::<Microversion>().unwrap();
        assert!(of("2.9") < of("2.37"));
        assert_eq!(of("2.37").to_string(), "2.37");
    }

    #[test]
    fn other_text_is_no_version() {
        for text in ["", "2", "2.", ".1", "2.x", "+2.1", "newest", "2.1.1"] {
            assert_eq!(Version::parse(text), None, "{text}");
        }
    }
}
