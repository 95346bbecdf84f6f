//! Drawn mutants: operator × place of a recording, by a seed.

use crate::live::Target;
use crate::score::{Cloud, Fate};
use crate::sites::{self, Drawn};
use crate::table::Row;
use interop::recording::Recording;
use std::collections::BTreeMap;
use std::time::Instant;

/// What a draw came to.
#[derive(Default)]
pub struct Score {
    pub by_family: BTreeMap<String, Row>,
    pub by_service: BTreeMap<String, Row>,
    /// Mutants that were not found, or not where they are, or with findings beside, with what was told.
    pub notes: Vec<String>,
    /// Draws of what reading forgets deliberately; they are no mutants.
    pub forgotten: u32,
    pub sites: usize,
}

/// Draws `count` mutants of a recorded cloud: a family by chance, then one of it. Two threads share the work; what comes out
/// does not depend on them.
pub fn draw(recording: &Recording, count: usize, seed: u64) -> Score {
    let sites = sites::all(recording);
    let cloud = Cloud::read(recording);
    let families = by_family(&sites);
    let mut random = seed;
    let mut score = Score {
        sites: sites.len(),
        ..Score::default()
    };
    let mut left = count;
    while left > 0 {
        let drawn: Vec<&Drawn> = (0..left).map(|_| one_of(&families, &mut random)).collect();
        let half = drawn.len().div_ceil(2);
        let fates: Vec<Fate> = std::thread::scope(|scope| {
            let parts: Vec<_> = drawn
                .chunks(half)
                .map(|part| scope.spawn(|| part.iter().map(|m| cloud.fate(m)).collect::<Vec<_>>()))
                .collect();
            parts.into_iter().flat_map(|p| p.join().unwrap()).collect()
        });
        for (mutant, fate) in drawn.into_iter().zip(fates) {
            if fate == Fate::Forgotten {
                score.forgotten += 1;
                continue;
            }
            left -= 1;
            score.take(mutant, fate);
        }
    }
    score
}

/// Scenarios that a drawn mutant is shown live, of those that see it.
const SHOWN_LIVE: usize = 3;

/// Draws `count` mutants of the cloud as it is, has the proxy make each, and the program run against it. With an end, none is begun
/// after it, and none is run that a poll would wait out its deadline for. What could not be taken away afterwards is said.
pub async fn draw_live(
    target: &Target,
    count: usize,
    seed: u64,
    end: Option<Instant>,
) -> (Score, Vec<String>) {
    let baseline = target.baseline();
    let sites = sites::all(&baseline);
    let cloud = Cloud::read(&baseline);
    let families = by_family(&sites);
    let mut random = seed;
    let mut score = Score {
        sites: sites.len(),
        ..Score::default()
    };
    let mut left_behind = Vec::new();
    let mut left = count;
    while left > 0 {
        let mutant = one_of(&families, &mut random);
        let Some(shown) = cloud.shown_by(mutant, SHOWN_LIVE) else {
            score.forgotten += 1;
            continue;
        };
        if is_over(end) {
            score.notes.push(format!("{left} not run for want of time"));
            break;
        }
        if end.is_some() && cloud.delays(mutant) {
            score
                .notes
                .push(format!("not run, it takes minutes: {}", what(mutant)));
            continue;
        }
        let id = format!("drawn-{left}");
        let (judged, still_there) = target.judge_drawn(mutant, &shown, &id).await;
        left_behind.extend(still_there.map(|what| format!("{id}: {what}")));
        score.take(mutant, Fate::Judged(judged));
        left -= 1;
    }
    (score, left_behind)
}

/// A family by chance, then one of it.
fn one_of<'s>(families: &[Vec<&'s Drawn>], random: &mut u64) -> &'s Drawn {
    let of = &families[next(random) % families.len()];
    of[next(random) % of.len()]
}

/// Whether there is an end, and it is past.
pub fn is_over(end: Option<Instant>) -> bool {
    end.is_some_and(|end| Instant::now() >= end)
}

/// For who looks into it.
fn what(mutant: &Drawn) -> String {
    format!(
        "{} {:?} {:?}",
        mutant.operation, mutant.outcome, mutant.edit
    )
}

fn by_family(sites: &[Drawn]) -> Vec<Vec<&Drawn>> {
    let mut families: BTreeMap<&str, Vec<&Drawn>> = BTreeMap::new();
    for site in sites {
        families.entry(site.family).or_default().push(site);
    }
    families.into_values().collect()
}

impl Score {
    fn take(&mut self, mutant: &Drawn, fate: Fate) {
        let rows = [
            self.by_family.entry(mutant.family.to_owned()).or_default(),
            self.by_service.entry(mutant.service.clone()).or_default(),
        ];
        let what = what(mutant);
        let Fate::Judged(j) = fate else {
            for row in rows {
                row.unseen();
            }
            self.notes.push(format!("not looked at: {what}"));
            return;
        };
        for row in rows {
            row.judged(&j.verdict);
        }
        let v = &j.verdict;
        let word = match (v.found, v.placed, v.directed, v.beside) {
            (false, ..) => "missed",
            (_, false, ..) => "misplaced",
            (_, _, false, _) => "misdirected",
            (.., 0) => return,
            _ => "beside",
        };
        self.notes
            .push(format!("{word}: {what}\n    {}", j.told.join("\n    ")));
    }

    pub fn total(&self) -> Row {
        let mut all = Row::default();
        for row in self.by_family.values() {
            all.add(row);
        }
        all
    }
}

/// A small generator of its own, so that the draw is the same on every machine (Steele, Lea, Flood: `SplitMix64`).
pub fn next(state: &mut u64) -> usize {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    usize::try_from((z ^ (z >> 31)) >> 1).unwrap()
}
