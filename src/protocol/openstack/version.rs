//! Microversions: which one is sent, and how.

use crate::dialect::services::services;
use crate::scenario::Version;

/// Lowest and highest microversion of a service on one cloud.
pub type Range = (String, String);

/// A cloud has no microversion that fits what a step asks for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unoffered {
    #[error("the service has no microversions here")]
    None,
    #[error("the service has no microversions on every cloud of the run")]
    NotEverywhere,
    #[error("the clouds of the run have no microversion in common")]
    NothingCommon,
    #[error("the service's own microversion `{0}` is not a number, a dot and a number")]
    NotANumber(String),
}

/// The headers that ask for a microversion of a service; none for a service without microversions.
pub fn version_headers(service: &str, version: &str) -> Vec<(String, String)> {
    services()
        .get(service)
        .map(|service| service.version_headers(version))
        .unwrap_or_default()
}

/// The microversion to send, if any.
///
/// `own` is what this cloud offers, `all` what every cloud of the run offers, this one included or not.
pub fn resolve_version(
    wanted: &Version,
    own: Option<&Range>,
    all: &[Option<Range>],
) -> Result<Option<String>, Unoffered> {
    let own = || own.ok_or(Unoffered::None);
    match wanted {
        // a row's own version is put in place of `Row` before anyone asks
        Version::Unset | Version::Row => Ok(None),
        Version::Exact(version) => Ok(Some(version.clone())),
        Version::Min => Ok(Some(own()?.0.clone())),
        Version::Latest => Ok(Some(own()?.1.clone())),
        Version::LatestCommon => {
            let (mut low, mut high) = number_range(own()?)?;
            for range in all {
                let range = range.as_ref().ok_or(Unoffered::NotEverywhere)?;
                let range = number_range(range)?;
                low = low.max(range.0);
                high = high.min(range.1);
            }
            if low > high {
                return Err(Unoffered::NothingCommon);
            }
            Ok(Some(format!("{}.{}", high.0, high.1)))
        }
    }
}

type Number = (u32, u32);

fn number_range(range: &Range) -> Result<(Number, Number), Unoffered> {
    let number = |text: &str| number(text).ok_or_else(|| Unoffered::NotANumber(text.to_owned()));
    Ok((number(&range.0)?, number(&range.1)?))
}

/// `2.37` as numbers: they don't order as text.
pub(super) fn number(text: &str) -> Option<Number> {
    let (major, minor) = text.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(low: &str, high: &str) -> Range {
        (low.to_owned(), high.to_owned())
    }

    #[test]
    fn the_latest_common_is_the_lowest_of_the_highest_by_number() {
        let own = range("2.1", "2.104");
        let all = [Some(own.clone()), Some(range("2.1", "2.93"))];
        let resolve = |wanted| resolve_version(&wanted, Some(&own), &all).unwrap();
        assert_eq!(resolve(Version::LatestCommon).as_deref(), Some("2.93"));
        assert_eq!(resolve(Version::Latest).as_deref(), Some("2.104"));
        assert_eq!(resolve(Version::Min).as_deref(), Some("2.1"));
        assert_eq!(
            resolve(Version::Exact("9.9".to_owned())).as_deref(),
            Some("9.9")
        );
        assert_eq!(resolve(Version::Unset), None);
    }

    #[test]
    fn what_no_version_can_satisfy_says_why() {
        let own = range("2.50", "2.60");
        let common = |all: &[Option<Range>]| {
            resolve_version(&Version::LatestCommon, Some(&own), all).unwrap_err()
        };
        assert_eq!(common(&[None]), Unoffered::NotEverywhere);
        assert_eq!(
            common(&[Some(range("2.1", "2.9"))]),
            Unoffered::NothingCommon
        );
        assert!(matches!(
            common(&[Some(range("2.x", "2.9"))]),
            Unoffered::NotANumber(_)
        ));
        let none = resolve_version(&Version::Latest, None, &[]);
        assert_eq!(none, Err(Unoffered::None));
    }
}
