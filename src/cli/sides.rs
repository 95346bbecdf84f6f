//! The clouds of a command: as they were typed, what each is called, and what is known to be unstable on it.

use super::args::{NoiseArguments, SelectArguments};
use super::chosen::{self, Chosen};
use super::clouds::{self, Side};
use super::console::Console;
use super::failure::Failure;
use super::live::Targets;
use super::noise;
use crate::profile::{Environment, Profile};
use crate::recording::{NoiseText, Recording};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// All in the order that was typed.
pub struct Sides<'a> {
    pub all: Vec<Side>,
    /// What each is called, all different; profiles have these names.
    pub names: Vec<String>,
    /// The noise file that was found for each.
    found: Vec<Option<NoiseText>>,
    asked: &'a NoiseArguments,
}

impl<'a> Sides<'a> {
    /// Profiles and recordings.
    pub fn of(
        typed: &[String],
        noise: &'a NoiseArguments,
        environment: &Environment,
        console: Console,
    ) -> Result<Self, Failure> {
        let sides = clouds::sides(typed, environment, console.colour)?;
        Self::with_noise(typed, sides, noise, environment)
    }

    /// Clouds that are asked, not read of.
    pub fn live(
        typed: &[String],
        noise: &'a NoiseArguments,
        environment: &Environment,
        console: Console,
    ) -> Result<Self, Failure> {
        let sides = clouds::live(typed, environment, console.colour)?;
        Self::with_noise(typed, sides, noise, environment)
    }

    fn with_noise(
        typed: &[String],
        mut sides: Vec<Side>,
        asked: &'a NoiseArguments,
        environment: &Environment,
    ) -> Result<Self, Failure> {
        let typed = typed.iter().map(String::as_str).zip(&sides);
        let found = noise::found(&typed.collect::<Vec<_>>(), asked, environment)?;
        let mut names: Vec<String> = sides.iter().map(|side| side.name().to_owned()).collect();
        clouds::distinct(&mut names);
        for (side, name) in sides.iter_mut().zip(&names) {
            if let Side::Live(profile) = side {
                name.clone_into(&mut profile.name);
            }
        }
        Ok(Self {
            all: sides,
            names,
            found,
            asked,
        })
    }

    fn profiles(&self) -> Vec<Profile> {
        let live = self.all.iter().filter_map(|side| match side {
            Side::Live(profile) => Some((**profile).clone()),
            Side::Recorded(..) => None,
        });
        live.collect()
    }

    /// Those to run on.
    pub fn targets(&self) -> Targets {
        let noise = self.all.iter().zip(&self.found);
        let noise = noise.filter_map(|(side, noise)| {
            let is_live = matches!(side, Side::Live(_));
            Some((side.name().to_owned(), noise.clone().filter(|_| is_live)?))
        });
        Targets {
            noise: noise.collect(),
            profiles: self.profiles(),
        }
    }

    /// Names of those whose shipped profile never ran.
    pub fn untested(&self) -> Vec<String> {
        let untested = self.profiles().into_iter().filter(|p| p.untested);
        untested.map(|profile| profile.name).collect()
    }

    /// Which scenarios are run on them, and read of them.
    pub fn choose(&self, select: &SelectArguments, console: Console) -> Result<Chosen, Failure> {
        let recorded = self.all.iter().filter_map(|side| match side {
            Side::Live(_) => None,
            Side::Recorded(path, _) => Some(clouds::open(path)),
        });
        let recorded = recorded.collect::<Result<Vec<_>, _>>()?;
        if recorded.is_empty() {
            let chosen = chosen::choose(select, console)?;
            return Ok(chosen.for_clouds(&self.profiles(), select, console));
        }
        let has_live = recorded.len() < self.all.len();
        chosen::choose_among(&recorded, select, has_live, console)
    }

    /// What is recorded of each, `ran` by name of those that are live; one that was not observed is not among them.
    pub fn recordings(
        &self,
        ran: &BTreeMap<String, PathBuf>,
        chosen: &Chosen,
    ) -> Result<Vec<Recording>, Failure> {
        let mut recordings = Vec::new();
        for (index, (side, name)) in self.all.iter().zip(&self.names).enumerate() {
            match side {
                Side::Live(_) => {
                    if let Some(path) = ran.get(name) {
                        recordings.push(clouds::open(path)?);
                    }
                }
                Side::Recorded(path, _) => {
                    let whole = self.read(index, path)?.called(name);
                    recordings.push(match &chosen.read {
                        Some(read) => whole.only(read),
                        None => whole,
                    });
                }
            }
        }
        Ok(recordings)
    }

    /// A recording of side `index`, with what is known to be unstable there.
    pub fn read(&self, index: usize, path: &Path) -> Result<Recording, Failure> {
        let found = self.found.get(index).and_then(Option::as_ref);
        Ok(noise::given(clouds::open(path)?, found, self.asked))
    }
}
