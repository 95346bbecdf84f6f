//! Which scenarios of a suite are meant.

use super::diagnostic::nearest;
use super::model::Scenario;
use super::shard::Shard;
use super::suite::Suite;
use globset::{Glob, GlobMatcher};

/// What a person asked for. Everything that is empty lets everything through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Globs over ids, or folders: `compute/server/*`, `compute/server`, `**/lifecycle`. `*` goes
    /// across `/`.
    pub include: Vec<String>,
    pub exclude: Vec<String>,
    pub services: Vec<String>,
    pub tags: Vec<String>,
    /// Globs over guideline capabilities; `*` is every scenario that belongs to one.
    pub guideline: Vec<String>,
    /// Of what fits everything else, the part that one machine has.
    pub shard: Option<Shard>,
}

/// Nothing is left where something was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SelectionError {
    #[error("`{pattern}` is not a glob: {reason}")]
    Malformed { pattern: String, reason: String },
    #[error("{what} `{pattern}` matches no scenario{}", hint(.near.as_deref()))]
    Nothing {
        /// `glob`, `exclusion`, `service`, `tag`, `guideline`
        what: &'static str,
        pattern: String,
        near: Option<String>,
    },
    /// Each part matches something, and no scenario matches all.
    #[error("no scenario fits everything that was asked for")]
    Contradiction,
    #[error("shard {shard} holds none of the {fit} scenarios that fit; ask for fewer shards")]
    EmptyShard { shard: Shard, fit: usize },
}

fn hint(near: Option<&str>) -> String {
    near.map_or_else(String::new, |near| format!(" (did you mean `{near}`?)"))
}

impl Selection {
    /// Nothing was asked for: everything fits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The scenarios of a suite that fit, by id.
    pub fn of<'s>(&self, suite: &'s Suite) -> Result<Vec<&'s Scenario>, SelectionError> {
        self.among(suite.scenarios().collect())
    }

    /// Those that fit.
    pub fn among<'s>(&self, all: Vec<&'s Scenario>) -> Result<Vec<&'s Scenario>, SelectionError> {
        let include = Part::globs("glob", &self.include, &all, |s| vec![&s.id.0])?;
        let exclude = Part::globs("exclusion", &self.exclude, &all, |s| vec![&s.id.0])?;
        let services = Part::words("service", &self.services, &all, |s| vec![&s.service])?;
        let tags = Part::words("tag", &self.tags, &all, |s| s.tags.iter().collect())?;
        let guideline = Part::globs("guideline", &self.guideline, &all, |s| {
            s.guideline.iter().collect()
        })?;
        let mut fits: Vec<&Scenario> = all
            .into_iter()
            .filter(|s| {
                [&include, &services, &tags, &guideline]
                    .iter()
                    .all(|p| p.fits(s))
            })
            .filter(|s| exclude.is_empty() || !exclude.fits(s))
            .collect();
        if fits.is_empty() {
            return Err(SelectionError::Contradiction);
        }
        if let Some(shard) = self.shard {
            let fit = fits.len();
            fits.retain(|s| shard.holds(&s.id));
            if fits.is_empty() {
                return Err(SelectionError::EmptyShard { shard, fit });
            }
        }
        Ok(fits)
    }
}

type Read = fn(&Scenario) -> Vec<&String>;

struct Part {
    patterns: Vec<Pattern>,
    read: Read,
}

enum Pattern {
    Glob(GlobMatcher),
    Word(String),
}

impl Pattern {
    fn fits(&self, text: &str) -> bool {
        match self {
            Self::Glob(glob) => glob.is_match(text),
            Self::Word(word) => {
                text == word
                    || text
                        .strip_prefix(word.as_str())
                        .is_some_and(|rest| rest.starts_with('/'))
            }
        }
    }
}

impl Part {
    fn globs(
        what: &'static str,
        patterns: &[String],
        all: &[&Scenario],
        read: Read,
    ) -> Result<Self, SelectionError> {
        let mut part = Self {
            patterns: Vec::new(),
            read,
        };
        for pattern in patterns {
            let text = pattern.trim_end_matches('/');
            let parsed = if text.contains(['*', '?', '[', '{']) {
                let glob = Glob::new(text).map_err(|error| SelectionError::Malformed {
                    pattern: pattern.clone(),
                    reason: error.kind().to_string(),
                })?;
                Pattern::Glob(glob.compile_matcher())
            } else {
                Pattern::Word(text.to_owned())
            };
            part.add(what, pattern, parsed, all)?;
        }
        Ok(part)
    }

    fn words(
        what: &'static str,
        words: &[String],
        all: &[&Scenario],
        read: Read,
    ) -> Result<Self, SelectionError> {
        let mut part = Self {
            patterns: Vec::new(),
            read,
        };
        for word in words {
            part.add(what, word, Pattern::Word(word.clone()), all)?;
        }
        Ok(part)
    }

    fn add(
        &mut self,
        what: &'static str,
        text: &str,
        pattern: Pattern,
        all: &[&Scenario],
    ) -> Result<(), SelectionError> {
        let mut known = all.iter().flat_map(|s| (self.read)(s));
        if !known.any(|word| pattern.fits(word)) {
            let words = all.iter().flat_map(|s| (self.read)(s));
            // Folders of ids can be meant too.
            let words = words.flat_map(|word| {
                let folders = word.match_indices('/').map(|(i, _)| &word[..i]);
                folders.chain([word.as_str()]).collect::<Vec<_>>()
            });
            let plain = text.trim_end_matches(['*', '/']);
            return Err(SelectionError::Nothing {
                what,
                pattern: text.to_owned(),
                near: nearest(plain, words).map(str::to_owned),
            });
        }
        self.patterns.push(pattern);
        Ok(())
    }

    fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    fn fits(&self, scenario: &Scenario) -> bool {
        self.is_empty()
            || (self.read)(scenario)
                .into_iter()
                .any(|text| self.patterns.iter().any(|pattern| pattern.fits(text)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::ScenarioId;

    fn suite() -> Suite {
        let scenario = |id: &str, service: &str, more: &str| {
            let text = format!(
                "title = 'a'\nwhy = 'b'\nservice = '{service}'\nrefs = ['https://example.org']\n{more}\n\
                 [[step]]\nid = 'a'\nrequest = 'GET /'\n"
            );
            (ScenarioId(id.to_owned()), text)
        };
        Suite::of_texts([
            scenario("compute/server/lifecycle", "compute", "tags = ['slow']"),
            scenario("compute/server/list", "compute", ""),
            scenario("compute/keypair/list", "compute", "guideline = ['keys']"),
            scenario("image/image/list", "image", "tags = ['slow']"),
            scenario("fixtures/x", "compute", ""),
        ])
        .unwrap_or_else(|error| panic!("{error}"))
    }

    fn strings(words: &[&str]) -> Vec<String> {
        words.iter().map(|w| (*w).to_owned()).collect()
    }

    fn ids(selection: &Selection) -> Vec<String> {
        let suite = suite();
        let fits = selection.of(&suite).unwrap_or_else(|e| panic!("{e}"));
        fits.into_iter().map(|s| s.id.0.clone()).collect()
    }

    #[test]
    fn nothing_asked_for_is_everything_but_fixtures() {
        assert_eq!(ids(&Selection::default()).len(), 4);
    }

    #[test]
    fn globs_and_folders_pick_by_id() {
        for (pattern, count) in [
            ("compute/*", 3),
            ("**/list", 3),
            ("compute", 3),
            ("compute/server/", 2),
            ("compute/server/list", 1),
            ("*/{keypair,image}/*", 2),
        ] {
            let selection = Selection {
                include: strings(&[pattern]),
                ..Selection::default()
            };
            assert_eq!(ids(&selection).len(), count, "{pattern}");
        }
    }

    #[test]
    fn parts_narrow_each_other() {
        let selection = Selection {
            include: strings(&["compute", "image"]),
            exclude: strings(&["compute/keypair"]),
            tags: strings(&["slow"]),
            ..Selection::default()
        };
        assert_eq!(
            ids(&selection),
            ["compute/server/lifecycle", "image/image/list"]
        );
        let guideline = Selection {
            guideline: strings(&["*"]),
            services: strings(&["compute"]),
            ..Selection::default()
        };
        assert_eq!(ids(&guideline), ["compute/keypair/list"]);
    }

    #[test]
    fn what_matches_nothing_is_said_with_the_nearest() {
        let suite = suite();
        let say = |selection: Selection| selection.of(&suite).unwrap_err().to_string();
        assert_eq!(
            say(Selection {
                include: strings(&["compute/sever/*"]),
                ..Selection::default()
            }),
            "glob `compute/sever/*` matches no scenario (did you mean `compute/server`?)"
        );
        assert_eq!(
            say(Selection {
                services: strings(&["computer"]),
                ..Selection::default()
            }),
            "service `computer` matches no scenario (did you mean `compute`?)"
        );
        assert_eq!(
            say(Selection {
                exclude: strings(&["fixtures/x"]),
                ..Selection::default()
            }),
            "exclusion `fixtures/x` matches no scenario"
        );
        assert!(
            say(Selection {
                include: strings(&["a[b"]),
                ..Selection::default()
            })
            .starts_with("`a[b` is not a glob")
        );
        assert_eq!(
            say(Selection {
                include: strings(&["image"]),
                services: strings(&["compute"]),
                ..Selection::default()
            }),
            "no scenario fits everything that was asked for"
        );
    }
}
