//! Written mutants: one changed behaviour each, as data (`written/*.toml`).

use crate::edit::Edit;
use crate::sites::{Drawn, Outcome};
use regex::Regex;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::Path;

/// One changed behaviour of a cloud.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Mutant {
    pub id: String,
    /// Which sort of change it is: a row of the score.
    pub family: String,
    /// Operations: `s3 GET /{}/{}`, `ec2 RunInstances`; `*` stands for anything, `|` between two.
    pub on: String,
    /// Answers with these statuses only: `2xx`, `404`. Default: all that are no error.
    #[serde(default = "accepted")]
    pub answered: String,
    /// Scenarios that call it, as globs: those are run.
    pub scenarios: Vec<String>,
    #[serde(flatten)]
    pub change: Change,
    /// What else is otherwise for the same reason: a service that is gone is gone from the catalog, too.
    #[serde(default)]
    pub also: Vec<Part>,
    pub expect: Expect,
}

/// A change of some operations.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Part {
    pub on: String,
    #[serde(default = "accepted")]
    pub answered: String,
    #[serde(flatten)]
    pub change: Change,
}

/// What the cloud does otherwise.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// Each answer is changed so.
    Answer(Edit),
    /// Only every second answer is: two releases behind one balancer.
    EverySecond(Edit),
    /// Whoever sends what `when` matches (method, target, head and body of the request) is answered this, and nothing is done.
    Refuse {
        when: String,
        status: u16,
        body: String,
    },
    /// … is answered 200 though nothing is done.
    Ignore { when: String, status: u16 },
    /// The request goes on with this in the place of what `when` matches: looser checks, conditions and tokens that are ignored.
    Rewrite { when: String, with: String },
    /// A read for so many milliseconds after a write to the same service gives what it gave before it, or 404.
    Stale(u64),
    /// A list for so many milliseconds after a write lacks its last item.
    StaleList { at: String, ms: u64 },
    /// Everybody is taken for who came first: other projects' things are shown.
    OtherUser(bool),
    /// Each answer comes so many milliseconds later.
    Slow(u64),
    /// The nth call is cut off before the answer.
    Reset(u32),
    /// Every call is, before the cloud hears of it.
    Silent(bool),
    /// From the nth call on, 429 for every second one.
    Limit(u32),
}

/// What the report must say.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// Regular expression over the place.
    pub place: String,
    /// Any of these.
    pub rules: Vec<String>,
    /// `there`: worse for who moves to the mutant than for who comes back; `back`, `both`; `none`: nothing may be found;
    /// `unstable`: it is listed as such, and nothing is found; `unobserved`: there is nothing to compare, and the program says why.
    pub hurts: String,
}

fn accepted() -> String {
    "2xx".to_owned()
}

impl Mutant {
    /// A drawn one, before a live cloud. What must be said of it is told from its edit; but who can't get in is told why.
    pub fn of_drawn(drawn: &Drawn, scenarios: &BTreeSet<String>, id: &str) -> Self {
        let answered = match drawn.outcome {
            Outcome::Accepted => "2xx|3xx",
            Outcome::Refused => "4xx|5xx",
        };
        Self {
            id: id.to_owned(),
            family: drawn.family.to_owned(),
            on: drawn.operation.clone(),
            answered: answered.to_owned(),
            scenarios: scenarios.iter().cloned().collect(),
            change: Change::Answer(drawn.edit.clone()),
            also: Vec::new(),
            expect: Expect {
                place: String::new(),
                rules: Vec::new(),
                hurts: "unobserved".to_owned(),
            },
        }
    }

    /// Which of two releases answers is chance: three repeats meet the same one too often.
    pub fn repeats(&self) -> &'static str {
        match self.change {
            Change::EverySecond(_) => "8",
            _ => "3",
        }
    }

    /// All that is otherwise.
    pub fn parts(&self) -> Vec<Part> {
        let own = Part {
            on: self.on.clone(),
            answered: self.answered.clone(),
            change: self.change.clone(),
        };
        [own].into_iter().chain(self.also.clone()).collect()
    }
}

impl Part {
    pub fn is_of(&self, operation: &str) -> bool {
        self.on.split('|').any(|one| {
            let pattern = regex::escape(one.trim()).replace(r"\*", ".*");
            Regex::new(&format!("^{pattern}$"))
                .unwrap()
                .is_match(operation)
        })
    }

    pub fn answers(&self, status: u16) -> bool {
        self.answered
            .split('|')
            .any(|wanted| match wanted.strip_suffix("xx") {
                Some(class) => (status / 100).to_string() == class,
                None => status.to_string() == wanted,
            })
    }
}

/// All mutants of a file of `written/`, checked.
pub fn read(name: &str) -> Vec<Mutant> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        mutant: Vec<Mutant>,
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/mutants/written")
        .join(name);
    let text = std::fs::read_to_string(&path).unwrap();
    let file: File = toml::from_str(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
    let mut seen = BTreeSet::new();
    for mutant in &file.mutant {
        assert!(
            seen.insert(mutant.id.clone()),
            "{name}: {} twice",
            mutant.id
        );
        assert!(
            Regex::new(&mutant.expect.place).is_ok(),
            "{name}: {}: {}",
            mutant.id,
            mutant.expect.place
        );
        let known = ["there", "back", "both", "none", "unstable", "unobserved"];
        assert!(
            known.contains(&mutant.expect.hurts.as_str()),
            "{name}: {}",
            mutant.id
        );
    }
    file.mutant
}
