//! Weights: what a finding costs who moves. Data: `weights.toml`, and over it a file of the user's.

use crate::dialect::services::services;
use crate::judge::Impact;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use thiserror::Error;

/// The weights that hold unless a user says otherwise, as they are printed.
pub const DEFAULT_WEIGHTS: &str = include_str!("weights.toml");

/// Services of scenarios that are written for several APIs, beside those of the dialect.
const PORTABLE: &str = "portable";

#[derive(Debug, Error)]
pub enum WeightsError {
    #[error("{file}: {error}")]
    Toml {
        file: String,
        error: toml::de::Error,
    },
    #[error("{file}: `{name}` is no service{}", .near.as_ref().map_or_else(String::new, |near| format!(", did you mean `{near}`?")))]
    Service {
        file: String,
        name: String,
        near: Option<String>,
    },
    #[error("{file}: `least` is a share, between 0 and 1")]
    Share { file: String },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Weights {
    /// A finding, by its impact on who moves.
    pub impact: BTreeMap<Impact, f64>,
    /// Factor of what hurts on the way from here to the candidate.
    pub there: f64,
    /// Factor of what hurts on the way back.
    pub back: f64,
    /// Factor of a service; 1 where it is not named.
    pub service: BTreeMap<String, f64>,
    /// Factor of a finding that breaks and can cost data.
    pub data: f64,
    /// A scenario that works here and that the candidate does not offer.
    pub unsupported: f64,
    /// The least share of what was exercised here that must be known of a candidate.
    pub least: f64,
}

/// A number that is not negative.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "f64")]
struct Weight(f64);

impl TryFrom<f64> for Weight {
    type Error = &'static str;

    fn try_from(number: f64) -> Result<Self, &'static str> {
        if number.is_finite() && number >= 0.0 {
            Ok(Self(number))
        } else {
            Err("a weight is a number that is not negative")
        }
    }
}

/// A file of weights: everything may be left out.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Written {
    impact: WrittenImpact,
    direction: Direction,
    service: BTreeMap<String, Weight>,
    more: More,
    comparable: Comparable,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct WrittenImpact {
    breaks: Option<Weight>,
    degrades: Option<Weight>,
    drifts: Option<Weight>,
    cosmetic: Option<Weight>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Direction {
    there: Option<Weight>,
    back: Option<Weight>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct More {
    data: Option<Weight>,
    unsupported: Option<Weight>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Comparable {
    least: Option<Weight>,
}

impl Weights {
    /// The default ones.
    pub fn embedded() -> Result<Self, WeightsError> {
        let nothing = Self {
            impact: BTreeMap::new(),
            there: 0.0,
            back: 0.0,
            service: BTreeMap::new(),
            data: 0.0,
            unsupported: 0.0,
            least: 0.0,
        };
        nothing.with("weights.toml", DEFAULT_WEIGHTS)
    }

    /// These, where the text of `file` does not say otherwise.
    pub fn with(mut self, file: &str, text: &str) -> Result<Self, WeightsError> {
        let written: Written = toml::from_str(text).map_err(|error| WeightsError::Toml {
            file: file.to_owned(),
            error,
        })?;
        let impacts = [
            (Impact::Breaks, written.impact.breaks),
            (Impact::Degrades, written.impact.degrades),
            (Impact::Drifts, written.impact.drifts),
            (Impact::Cosmetic, written.impact.cosmetic),
        ];
        let given = impacts
            .into_iter()
            .filter_map(|(impact, weight)| Some((impact, weight?.0)));
        self.impact.extend(given);
        for (name, weight) in written.service {
            is_service(file, &name)?;
            self.service.insert(name, weight.0);
        }
        let numbers = [
            (&mut self.there, written.direction.there),
            (&mut self.back, written.direction.back),
            (&mut self.data, written.more.data),
            (&mut self.unsupported, written.more.unsupported),
            (&mut self.least, written.comparable.least),
        ];
        for (number, weight) in numbers {
            if let Some(Weight(weight)) = weight {
                *number = weight;
            }
        }
        if self.least > 1.0 {
            return Err(WeightsError::Share {
                file: file.to_owned(),
            });
        }
        Ok(self)
    }

    /// How much of a service is used.
    #[must_use]
    pub fn of_service(&self, service: &str) -> f64 {
        self.service.get(service).copied().unwrap_or(1.0)
    }

    #[must_use]
    pub fn of_impact(&self, impact: Impact) -> f64 {
        self.impact.get(&impact).copied().unwrap_or(0.0)
    }
}

fn is_service(file: &str, name: &str) -> Result<(), WeightsError> {
    let known = || services().names().chain([PORTABLE]);
    if known().any(|service| service == name) {
        return Ok(());
    }
    let near = known()
        .map(|service| (strsim::damerau_levenshtein(service, name), service))
        .min()
        .filter(|(distance, _)| *distance <= 3);
    Err(WeightsError::Service {
        file: file.to_owned(),
        name: name.to_owned(),
        near: near.map(|(_, service)| service.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(text: &str) -> Result<Weights, WeightsError> {
        Weights::embedded().unwrap().with("mine.toml", text)
    }

    #[test]
    fn a_file_of_the_users_says_only_what_is_another_number() {
        let weights = with("[impact]\ndrifts = 2\n[service]\ncompute = 3\n").unwrap();
        let numbers = [
            weights.of_impact(Impact::Drifts),
            weights.of_impact(Impact::Breaks),
            weights.of_service("compute"),
            weights.of_service("s3"),
            weights.there,
        ];
        assert_eq!(format!("{numbers:?}"), "[2.0, 10.0, 3.0, 1.0, 1.0]");
    }

    #[test]
    fn what_means_nothing_is_an_error_at_its_place() {
        let of = |text: &str| with(text).unwrap_err().to_string();
        let unknown = of("[impact]\nbrekas = 1\n");
        assert!(
            unknown.contains("line 2") && unknown.contains("unknown field `brekas`"),
            "{unknown}"
        );
        assert!(of("[direction]\nback = -1\n").contains("not negative"));
        assert!(of("[direction]\nback = nan\n").contains("not negative"));
        assert!(of("[service]\ncompote = 1\n").contains("did you mean `compute`?"));
        assert!(of("[comparable]\nleast = 3\n").contains("between 0 and 1"));
        assert!(of("[servce]\n").contains("unknown field `servce`"));
    }
}
