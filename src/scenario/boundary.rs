//! `boundary`: the limit of a number, found by bisection. The search is a pure machine: a run asks it what to send
//! next, and a reader of the recording plays the same answers into it again.

use super::model::{Condition, Reading, Request, Undo};
use serde::Serialize;

/// A request that is sent with one number after another.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BoundaryStep {
    pub request: Request,
    /// The name that stands for the number in templates.
    pub vary: String,
    pub from: u64,
    pub to: u64,
    /// What must hold for a number to be accepted. Everything else is a refusal.
    pub accept: Condition,
    /// What a probe makes is taken away before the next one.
    pub undo: Option<Undo>,
    pub harmless: Option<String>,
    /// Exceptions, and names for the limit.
    pub reading: Reading,
    /// Seconds for the whole search. Default 300.
    pub deadline: u64,
}

/// What one probe came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Accepted,
    Refused,
    /// 429, 502, 503, 504 or a broken connection: says nothing of the number.
    Trouble,
}

/// What a search came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Limit {
    /// Accepted here, refused at the next number; each seen twice.
    At(u64),
    /// Accepted up to the highest number that was tried.
    AtLeast(u64),
    /// Refused from the lowest number that was tried.
    Below(u64),
    /// The lower number is refused and the higher one accepted.
    NotMonotonic { refused: u64, accepted: u64 },
    /// One number was accepted and refused.
    Unsteady(u64),
    /// The cloud was not well, however often this number was tried.
    Trouble(u64),
}

impl std::fmt::Display for Limit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::At(n) => write!(f, "{n}"),
            Self::AtLeast(n) => write!(f, "≥ {n}"),
            Self::Below(n) => write!(f, "< {n}"),
            Self::NotMonotonic { refused, accepted } => {
                write!(f, "not monotonic: {refused} refused, {accepted} accepted")
            }
            Self::Unsteady(n) => write!(f, "unsteady at {n}"),
            Self::Trouble(n) => write!(f, "no answer at {n}"),
        }
    }
}

/// What is asked next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Lowest,
    Highest,
    Between,
    /// A second look at what was accepted, then at what was refused.
    ConfirmAccepted,
    ConfirmRefused,
    Over(Limit),
}

/// A search for a limit from `from` to `to`.
#[derive(Clone, Debug)]
pub struct Search {
    from: u64,
    to: u64,
    /// The highest number known to be accepted, the lowest known to be refused.
    accepted: Option<u64>,
    refused: Option<u64>,
    phase: Phase,
    tries: u32,
}

impl Search {
    /// Times that one number is tried while the cloud is not well.
    pub const MOST_TRIES: u32 = 3;

    #[must_use]
    pub fn new(from: u64, to: u64) -> Self {
        Self {
            from,
            to,
            accepted: None,
            refused: None,
            phase: Phase::Lowest,
            tries: 0,
        }
    }

    /// The number to try now; none once the search is over.
    #[must_use]
    pub fn next(&self) -> Option<u64> {
        match self.phase {
            Phase::Lowest => Some(self.from),
            Phase::Highest => Some(self.to),
            Phase::Between => Some(u64::midpoint(
                self.accepted.unwrap_or(self.from),
                self.refused.unwrap_or(self.to),
            )),
            Phase::ConfirmAccepted => self.accepted,
            Phase::ConfirmRefused => self.refused,
            Phase::Over(_) => None,
        }
    }

    /// What the search came to, once it is over.
    #[must_use]
    pub fn found(&self) -> Option<Limit> {
        match self.phase {
            Phase::Over(limit) => Some(limit),
            _ => None,
        }
    }

    /// How often the number was tried while the cloud was not well.
    #[must_use]
    pub fn tries(&self) -> u32 {
        self.tries
    }

    /// Takes what the probe of [`Search::next`] came to.
    pub fn said(&mut self, verdict: Verdict) {
        let Some(n) = self.next() else { return };
        if verdict == Verdict::Trouble {
            self.tries += 1;
            if self.tries >= Self::MOST_TRIES {
                self.phase = Phase::Over(Limit::Trouble(n));
            }
            return;
        }
        self.tries = 0;
        let accepted = verdict == Verdict::Accepted;
        self.phase = match self.phase {
            Phase::ConfirmAccepted if !accepted => Phase::Over(Limit::Unsteady(n)),
            Phase::ConfirmRefused if accepted => Phase::Over(Limit::Unsteady(n)),
            Phase::ConfirmAccepted if self.refused.is_some() => Phase::ConfirmRefused,
            Phase::ConfirmAccepted | Phase::ConfirmRefused => Phase::Over(self.limit()),
            Phase::Lowest => {
                self.keep(n, accepted);
                // of one number there are no neighbours to look at again
                if self.from == self.to {
                    Phase::Over(self.limit())
                } else {
                    Phase::Highest
                }
            }
            Phase::Highest | Phase::Between => {
                self.keep(n, accepted);
                self.narrow()
            }
            over @ Phase::Over(_) => over,
        };
    }

    fn keep(&mut self, n: u64, accepted: bool) {
        let side = if accepted {
            &mut self.accepted
        } else {
            &mut self.refused
        };
        // of two ends that went the same way, the outer one says all
        let outer = match (accepted, *side) {
            (true, Some(known)) => known.max(n),
            (false, Some(known)) => known.min(n),
            (_, None) => n,
        };
        *side = Some(outer);
    }

    /// Goes on between the two, unless they are neighbours, the wrong way round, or only one is there.
    fn narrow(&self) -> Phase {
        match (self.accepted, self.refused) {
            (Some(accepted), Some(refused)) if refused.saturating_sub(accepted) > 1 => {
                Phase::Between
            }
            _ => self.confirm(),
        }
    }

    fn confirm(&self) -> Phase {
        if self.accepted.is_some() {
            Phase::ConfirmAccepted
        } else {
            Phase::ConfirmRefused
        }
    }

    fn limit(&self) -> Limit {
        match (self.accepted, self.refused) {
            (Some(accepted), Some(refused)) if refused < accepted => {
                Limit::NotMonotonic { refused, accepted }
            }
            (Some(accepted), Some(_)) => Limit::At(accepted),
            (Some(accepted), None) => Limit::AtLeast(accepted),
            (None, refused) => Limit::Below(refused.unwrap_or(self.from)),
        }
    }

    /// The most probes that a search of this width takes on a cloud that is well.
    #[must_use]
    pub fn most_probes(from: u64, to: u64) -> u64 {
        let width = to.saturating_sub(from).max(1);
        // both ends, the halvings, a second look at both neighbours
        2 + u64::from(u64::BITS - (width - 1).leading_zeros()) + 2
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Plays a cloud that accepts what `accepts` says; the limit and the numbers that were tried.
    fn play(from: u64, to: u64, accepts: impl Fn(u64) -> bool) -> (Limit, Vec<u64>) {
        let mut search = Search::new(from, to);
        let mut tried = Vec::new();
        while let Some(n) = search.next() {
            tried.push(n);
            assert!(tried.len() < 200, "never ends: {tried:?}");
            search.said(if accepts(n) {
                Verdict::Accepted
            } else {
                Verdict::Refused
            });
        }
        (search.found().unwrap(), tried)
    }

    proptest! {
        #[test]
        fn a_limit_is_found_exactly_in_as_many_probes_as_were_promised(from in 0u64..50, width in 0u64..5000, limit in 0u64..6000) {
            let to = from + width;
            let (found, tried) = play(from, to, |n| n <= limit);
            let wanted = if limit < from { Limit::Below(from) } else if limit >= to { Limit::AtLeast(to) } else { Limit::At(limit) };
            prop_assert_eq!(found, wanted);
            prop_assert!(tried.len() as u64 <= Search::most_probes(from, to), "{} probes: {tried:?}", tried.len());
            prop_assert!(tried.iter().all(|n| (from..=to).contains(n)));
            if let Limit::At(n) = found {
                for neighbour in [n, n + 1] {
                    prop_assert!(tried.iter().filter(|t| **t == neighbour).count() >= 2, "{tried:?}");
                }
            }
        }

        #[test]
        fn whatever_a_cloud_answers_the_search_ends(from in 0u64..10, width in 0u64..1000, said in prop::collection::vec(0u8..3, 0..200)) {
            let mut search = Search::new(from, from + width);
            let mut probes = 0;
            for word in said.into_iter().chain(std::iter::repeat(2)) {
                if search.next().is_none() { break; }
                probes += 1;
                search.said([Verdict::Accepted, Verdict::Refused, Verdict::Trouble][usize::from(word)]);
            }
            prop_assert!(search.found().is_some());
            prop_assert!(probes <= Search::most_probes(from, from + width) * u64::from(Search::MOST_TRIES));
        }
    }

    #[test]
    fn one_number_is_asked_for_once() {
        assert_eq!(play(7, 7, |_| true), (Limit::AtLeast(7), vec![7]));
        assert_eq!(play(7, 7, |_| false), (Limit::Below(7), vec![7]));
    }

    #[test]
    fn a_refused_low_end_and_an_accepted_high_end_are_not_monotonic() {
        let (found, tried) = play(1, 100, |n| n >= 10);
        assert_eq!(
            found,
            Limit::NotMonotonic {
                refused: 1,
                accepted: 100
            }
        );
        assert_eq!(tried, [1, 100, 100, 1]);
        assert_eq!(found.to_string(), "not monotonic: 1 refused, 100 accepted");
    }

    #[test]
    fn a_cloud_that_changes_its_mind_is_unsteady() {
        let mut search = Search::new(1, 2);
        for verdict in [Verdict::Accepted, Verdict::Refused, Verdict::Refused] {
            search.said(verdict);
        }
        assert_eq!(search.found(), Some(Limit::Unsteady(1)));
    }

    #[test]
    fn trouble_is_no_refusal_and_is_tried_again() {
        let mut search = Search::new(1, 9);
        search.said(Verdict::Trouble);
        search.said(Verdict::Trouble);
        assert_eq!(search.next(), Some(1));
        search.said(Verdict::Accepted);
        assert_eq!((search.next(), search.tries()), (Some(9), 0));
        for _ in 0..Search::MOST_TRIES {
            search.said(Verdict::Trouble);
        }
        assert_eq!(search.found(), Some(Limit::Trouble(9)));
    }
}
