//! One rule: which differences it is about, and what they mean for a client that moves.
//!
//! A rule is written from one side: `{cloud_a}` accepts what `{cloud_b}` refuses. A difference that
//! is the other way round matches it mirrored, with the impacts swapped. So the law of symmetry
//! holds by construction, and nobody writes a rule twice.

use crate::compare::{Asker, Difference, Kind};
use crate::judge::pattern::Pattern;
use crate::judge::{Cause, Consumer, Filling, Impact};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt;

/// A rule, checked.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The name of its file.
    pub id: String,
    pub title: String,
    pub about: About,
    /// On who moves from the cloud the rule calls A to the one it calls B.
    pub forward: Impact,
    pub back: Impact,
    /// Whether it can cost data.
    pub costs_data: bool,
    pub consumers: Vec<Consumer>,
    /// Where the rule itself knows it.
    pub cause: Option<Cause>,
    /// With `{cloud_a}` and `{cloud_b}`.
    pub explanation: String,
    pub references: Vec<String>,
    /// One sentence, with all holes of [`crate::judge::template`].
    pub summary: String,
    /// A few lines of client code that work on A and fail on B, with the same holes.
    pub witness: Witness,
    pub overrides: Vec<Override>,
    pub samples: Vec<Difference>,
}

/// Code that shows a difference to those who write clients.
#[derive(Clone, Debug)]
pub enum Witness {
    /// The same for all.
    Any(String),
    Each(BTreeMap<Family, String>),
}

/// Which clients a service has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    OpenStack,
    S3,
    Ec2,
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OpenStack => "OpenStack",
            Self::S3 => "S3",
            Self::Ec2 => "EC2",
        })
    }
}

impl Family {
    pub fn of(service: &str) -> Self {
        match service {
            "s3" => Self::S3,
            "ec2" => Self::Ec2,
            _ => Self::OpenStack,
        }
    }

    /// Whether a reference is of no use to its clients: documentation of the other's API.
    pub fn is_foreign(self, reference: &str) -> bool {
        let host = reference.split('/').nth(2).unwrap_or_default();
        match self {
            Self::OpenStack => host == "docs.aws.amazon.com",
            Self::S3 | Self::Ec2 => {
                host.ends_with("openstack.org") || reference.contains("gophercloud")
            }
        }
    }
}

impl Witness {
    pub fn of(&self, family: Family) -> Option<&str> {
        match self {
            Self::Any(code) => Some(code),
            Self::Each(codes) => codes.get(&family).map(String::as_str),
        }
    }

    /// Each with the family it is for, where it isn't for all.
    pub fn all(&self) -> Vec<(Option<Family>, &String)> {
        match self {
            Self::Any(code) => vec![(None, code)],
            Self::Each(codes) => codes.iter().map(|(f, code)| (Some(*f), code)).collect(),
        }
    }
}

/// Which differences a rule, or an override, is about. Empty lists match everything.
#[derive(Clone, Debug, Default)]
pub struct About {
    pub kinds: Vec<Kind>,
    pub services: Vec<String>,
    pub operations: Vec<Pattern>,
    pub places: Vec<Pattern>,
    pub a: Vec<ValueClass>,
    pub b: Vec<ValueClass>,
    pub relation: Option<Relation>,
    pub asker: Option<Asker>,
}

/// Another impact for some operations or places, with the argument.
#[derive(Clone, Debug)]
pub struct Override {
    pub about: About,
    pub forward: Impact,
    pub back: Impact,
    pub because: String,
}

/// A class of shown values.
#[derive(Clone, Debug)]
pub enum ValueClass {
    /// Anything but `absent`.
    Present,
    Like(Pattern),
}

/// How the numbers of the two sides stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// A's is above B's.
    Above,
    Below,
}

/// From which side a difference fits a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Orientation {
    AsWritten,
    Mirrored,
}

/// How narrow a rule is: the greater wins. What it says of who asks counts most, then of the operation, the
/// place, the values, the service; in each, an exact text counts more than a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Specificity([u8; 5]);

impl Specificity {
    /// Nothing but kinds: what is left for everything that no other rule is about.
    pub const FALLBACK: Self = Self([0; 5]);
}

impl fmt::Display for ValueClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Present => f.write_str("present"),
            Self::Like(pattern) => pattern.fmt(f),
        }
    }
}

impl fmt::Display for Relation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Above => "above",
            Self::Below => "below",
        })
    }
}

impl ValueClass {
    pub fn parse(source: &str) -> Self {
        if source == "present" {
            Self::Present
        } else {
            Self::Like(Pattern::value(source))
        }
    }

    fn matches(&self, value: &str) -> bool {
        match self {
            Self::Present => value != "absent",
            Self::Like(pattern) => pattern.matches(value),
        }
    }

    fn overlaps(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Present, Self::Present) => true,
            (Self::Present, Self::Like(pattern)) | (Self::Like(pattern), Self::Present) => {
                !(pattern.is_exact() && pattern.matches("absent"))
            }
            (Self::Like(left), Self::Like(right)) => left.overlaps(right),
        }
    }

    fn is_exact(&self) -> bool {
        matches!(self, Self::Like(pattern) if pattern.is_exact())
    }
}

impl Relation {
    fn flipped(self) -> Self {
        match self {
            Self::Above => Self::Below,
            Self::Below => Self::Above,
        }
    }

    fn holds(self, a: &str, b: &str) -> bool {
        match (Quantity::read(a), Quantity::read(b)) {
            (Some(a), Some(b)) => match self {
                Self::Above => a > b,
                Self::Below => a < b,
            },
            _ => false,
        }
    }
}

/// A whole number, a dotted version, or no limit.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Quantity {
    Parts(Vec<u64>),
    Unlimited,
}

impl Quantity {
    fn read(text: &str) -> Option<Self> {
        // below the lowest number that was tried
        if let Some(number) = text.strip_prefix("< ") {
            let number: u64 = number.parse().ok()?;
            return Some(Self::Parts(vec![number.checked_sub(1)?]));
        }
        let text = text.trim_start_matches(['≥', '>', '=', ' ']);
        if matches!(text, "-1" | "unlimited") {
            return Some(Self::Unlimited);
        }
        let number = text.trim_start_matches('v');
        number
            .split('.')
            .map(|part| part.parse().ok())
            .collect::<Option<_>>()
            .map(Self::Parts)
    }
}

impl About {
    /// The same, seen from the other cloud.
    #[must_use]
    pub fn mirrored(&self) -> Self {
        Self {
            kinds: self.kinds.iter().map(|kind| kind.mirrored()).collect(),
            a: self.b.clone(),
            b: self.a.clone(),
            relation: self.relation.map(Relation::flipped),
            ..self.clone()
        }
    }

    pub fn matches(&self, difference: &Difference) -> bool {
        (self.kinds.is_empty() || self.kinds.contains(&difference.kind))
            && (self.services.is_empty() || self.services.contains(&difference.service))
            && any(&self.operations, |p| p.matches(&difference.operation))
            && any(&self.places, |p| p.matches(&difference.place))
            && any(&self.a, |class| class.matches(&difference.a))
            && any(&self.b, |class| class.matches(&difference.b))
            && self
                .relation
                .is_none_or(|relation| relation.holds(&difference.a, &difference.b))
            && self.asker.is_none_or(|asker| asker == difference.asker)
    }

    /// Whether some difference could match both.
    pub fn overlaps(&self, other: &Self) -> bool {
        meet(&self.kinds, &other.kinds, PartialEq::eq)
            && meet(&self.services, &other.services, PartialEq::eq)
            && meet(&self.operations, &other.operations, Pattern::overlaps)
            && meet(&self.places, &other.places, Pattern::overlaps)
            && meet(&self.a, &other.a, ValueClass::overlaps)
            && meet(&self.b, &other.b, ValueClass::overlaps)
            && !matches!((self.relation, other.relation), (Some(l), Some(r)) if l != r)
            && !matches!((self.asker, other.asker), (Some(l), Some(r)) if l != r)
    }

    pub fn specificity(&self) -> Specificity {
        let names = |patterns: &[Pattern]| rank(patterns, Pattern::is_exact);
        let values = |classes: &[ValueClass]| rank(classes, ValueClass::is_exact);
        Specificity([
            u8::from(self.asker.is_some()),
            names(&self.operations),
            names(&self.places),
            values(&self.a) + values(&self.b) + u8::from(self.relation.is_some()),
            u8::from(!self.services.is_empty()),
        ])
    }
}

fn any<T>(list: &[T], matches: impl Fn(&T) -> bool) -> bool {
    list.is_empty() || list.iter().any(matches)
}

fn meet<T>(left: &[T], right: &[T], overlap: impl Fn(&T, &T) -> bool) -> bool {
    left.is_empty() || right.is_empty() || left.iter().any(|l| right.iter().any(|r| overlap(l, r)))
}

fn rank<T>(list: &[T], exact: impl Fn(&T) -> bool) -> u8 {
    match list {
        [] => 0,
        list if list.iter().all(exact) => 2,
        _ => 1,
    }
}

impl Rule {
    pub fn specificity(&self) -> Specificity {
        self.about.specificity()
    }

    /// What it says where no cloud is at hand: its first sample, on clouds that are called A and B.
    pub fn example(&self) -> Filling<'_> {
        let Some(sample) = self.samples.first() else {
            return Filling::NAMES;
        };
        Filling {
            service: &sample.service,
            operation: &sample.operation,
            place: &sample.place,
            a: &sample.a,
            b: &sample.b,
            ..Filling::NAMES
        }
    }

    /// From which side it fits, if it does.
    pub fn fits(&self, difference: &Difference) -> Option<Orientation> {
        if self.about.matches(difference) {
            Some(Orientation::AsWritten)
        } else if self.about.mirrored().matches(difference) {
            Some(Orientation::Mirrored)
        } else {
            None
        }
    }

    /// Forward and back, for a difference that fits from this side.
    pub fn impacts(&self, difference: &Difference, orientation: Orientation) -> (Impact, Impact) {
        let matching = |o: &&Override| match orientation {
            Orientation::AsWritten => o.about.matches(difference),
            Orientation::Mirrored => o.about.mirrored().matches(difference),
        };
        let (forward, back) = self
            .overrides
            .iter()
            .filter(matching)
            .max_by_key(|o| o.about.specificity())
            .map_or((self.forward, self.back), |o| (o.forward, o.back));
        match orientation {
            Orientation::AsWritten => (forward, back),
            Orientation::Mirrored => (back, forward),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_versions_and_no_limit_are_ordered() {
        let above = |a, b| Relation::Above.holds(a, b);
        assert!(above("10", "9"));
        assert!(above("2.10", "2.9"));
        assert!(above("unlimited", "1000"));
        assert!(above("-1", "1000"));
        assert!(above("≥ 4096", "255"));
        assert!(above("2", "< 2"));
        assert!(!above("not monotonic: 1 refused, 9 accepted", "2"));
        assert!(!above("9", "10"));
        assert!(!above("many", "1"));
        assert!(!Relation::Below.holds("many", "1"));
    }

    #[test]
    fn present_and_absent_never_overlap() {
        let present = ValueClass::parse("present");
        assert!(!present.overlaps(&ValueClass::parse("absent")));
        assert!(present.overlaps(&ValueClass::parse("a*")));
        assert!(present.matches("null"));
    }

    #[test]
    fn what_is_said_of_the_operation_counts_more_than_values_and_service() {
        let operation = About {
            operations: vec![Pattern::name("GET *")],
            ..About::default()
        };
        let values = About {
            a: vec![ValueClass::parse("200")],
            b: vec![ValueClass::parse("404")],
            services: vec!["compute".into()],
            ..About::default()
        };
        assert!(operation.specificity() > values.specificity());
        assert_eq!(About::default().specificity(), Specificity::FALLBACK);
    }
}
