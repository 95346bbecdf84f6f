//! What one cloud refuses whatever is asked there: a service that does not work, a kind of thing that it does not offer, an
//! operation that is forbidden. That is one difference, however many requests show it, and whatever else differs in their
//! answers follows from it.
//!
//! In: how each step was answered on both clouds, over all scenarios. Out: some differences become one, and others follow.

use super::model::{Difference, Kind, PairResult};
use super::operation::operation;
use super::{chain, confirm};
use crate::dialect::outcomes::outcome;
use crate::dialect::scope::around;
use crate::observe::{Held, Label, Labelled, Part, Place, StepKey, leaves, parts};
use crate::scenario::Scenario;
use std::collections::{BTreeMap, BTreeSet};

/// What the side is shown as that has what the other lacks.
pub const OFFERED: &str = "offered";

/// Operations that must be refused before something that they are part of counts as refused: of a service, of a kind of thing.
const OF_SERVICE: usize = 3;
const OF_THING: usize = 2;

/// How a step was answered.
#[derive(Clone, Debug)]
pub struct Asked {
    scenario: String,
    step: String,
    rows: Vec<String>,
    /// Among the scenario's steps.
    position: usize,
    /// It changes something.
    writes: bool,
    /// Of the request, which may be another than the scenario's.
    service: String,
    operation: String,
    a: Answered,
    b: Answered,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Answered {
    /// Nothing was asked, or nothing is compared of what came.
    Not,
    /// Let through, or not the same in all repeats.
    Otherwise,
    Refused(Refusal),
}

/// How requests are refused: with which status, or by which fault of the connection, and what the body says to a program.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Refusal {
    with: String,
    code: Option<String>,
    /// It says that a quota is used up.
    over_quota: bool,
}

impl Refusal {
    /// Whether it does not depend on what was asked before.
    fn is_of_itself(&self) -> bool {
        const WORDS: [&str; 4] = ["forbidden", "not-offered", "quota", "unauthenticated"];
        let status = self.with.parse().unwrap_or_default();
        self.over_quota || WORDS.contains(&outcome(status, self.code.as_deref()))
    }
}

impl Asked {
    pub fn of(scenario: &Scenario, key: &StepKey, a: &Labelled, b: &Labelled) -> Option<Self> {
        let steps = leaves(&scenario.steps);
        let position = steps.iter().position(|step| step.id == key.0)?;
        let request = parts(steps[position])?.request;
        Some(Self {
            scenario: scenario.id.0.clone(),
            step: key.0.clone(),
            rows: key.1.clone(),
            position,
            writes: !request.only_reads(),
            service: request.service.clone(),
            operation: operation(scenario, &key.0, &key.1),
            a: Answered::of(key, a),
            b: Answered::of(key, b),
        })
    }

    fn side(&self, refuses: Side) -> (&Answered, &Answered) {
        match refuses {
            Side::A => (&self.a, &self.b),
            Side::B => (&self.b, &self.a),
        }
    }

    fn is_of(&self, difference: &Difference) -> bool {
        (&self.scenario, &self.step) == (&difference.scenario, &difference.step)
            && difference.rows.starts_with(&self.rows)
    }
}

impl Answered {
    fn of(key: &StepKey, labelled: &Labelled) -> Self {
        let at = |part, path: &str| {
            let place = Place {
                step: key.0.clone(),
                rows: key.1.clone(),
                part,
                path: path.to_owned(),
            };
            match labelled.places.get(&place).map(Label::held) {
                Some(Held::Always(value)) => Some(value.to_owned()),
                _ => None,
            }
        };
        let step = labelled.steps.get(key);
        if step.is_none_or(|step| step.answered() == 0) {
            return Self::Not;
        }
        let refused = |with: String, code: Option<String>| {
            let message = at(Part::Error, "message").unwrap_or_default();
            let says = format!("{} {message}", code.as_deref().unwrap_or_default());
            Self::Refused(Refusal {
                with,
                code,
                over_quota: says.to_ascii_lowercase().contains("quota"),
            })
        };
        let limit = Place {
            step: key.0.clone(),
            rows: key.1.clone(),
            part: Part::Limit,
            path: String::new(),
        };
        let next = labelled.places.range(&limit..).next();
        // the sides of a limit are rows of their own
        if next.is_some_and(|(place, _)| {
            (&place.step, &place.rows, place.part) == (&limit.step, &limit.rows, limit.part)
        }) {
            return Self::Not;
        }
        if let Some(outcomes) = at(Part::Race, "outcomes") {
            return Self::of_race(&outcomes);
        }
        let walked = at(Part::Pages, "statuses");
        match (walked.or_else(|| at(Part::Status, "")), at(Part::Wire, "")) {
            (Some(status), _) if status.starts_with(['4', '5']) => {
                refused(status, at(Part::Error, "code"))
            }
            (None, Some(fault)) if fault != "HTTP" => refused(fault, None),
            _ => Self::Otherwise,
        }
    }

    /// `403 forbidden`
    fn of_race(outcomes: &str) -> Self {
        let (with, code) = outcomes
            .split_once(' ')
            .map_or((outcomes, None), |(with, code)| (with, Some(code)));
        if outcomes.contains(", ") || !with.starts_with(['4', '5']) {
            return Self::Otherwise;
        }
        Self::Refused(Refusal {
            with: with.to_owned(),
            code: code.map(str::to_owned),
            over_quota: false,
        })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Side {
    A,
    B,
}

/// Makes one of what is refused as a whole, the widest first. By service: what is so because a quota is used up.
pub fn gather(pair: &mut PairResult, asked: &[Asked]) -> BTreeMap<String, usize> {
    let mut over_quota = BTreeMap::new();
    let mut scopes: BTreeMap<(usize, &str, String), Vec<&Asked>> = BTreeMap::new();
    for one in asked {
        let around = around(&one.service, &one.operation);
        let last = around.len() - 1;
        for (width, scope) in around.into_iter().enumerate() {
            let width = if width == last { 2 } else { width };
            let within = scopes.entry((width, &one.service, scope)).or_default();
            within.push(one);
        }
    }
    let mut done: BTreeSet<(&str, &str)> = BTreeSet::new();
    for ((width, _, scope), within) in &scopes {
        let is_done = |one: &&Asked| done.contains(&(&*one.service, &*one.operation));
        if within.iter().any(is_done) {
            continue;
        }
        for side in [Side::A, Side::B] {
            if is_refused(*width, within, side)
                && let Some(root) = fold(pair, *width, scope, within, side)
            {
                let later = undone(within, asked, side);
                for (n, difference) in pair.differences.iter().enumerate() {
                    if later.iter().any(|one| one.is_of(difference)) {
                        chain::add(&mut pair.follows.0, n, root);
                    }
                }
                let explains = |d: &Difference| within.iter().chain(&later).any(|one| one.is_of(d));
                let in_doubt = pair.unconfirmed.iter();
                let roots: Vec<_> = in_doubt.map(|d| explains(d).then_some(root)).collect();
                confirm::draw_in(pair, &roots);
                let says_quota = |one: &&Asked| matches!(one.side(side).0, Answered::Refused(refusal) if refusal.over_quota);
                if within.iter().any(says_quota) {
                    over_quota.insert(pair.differences[root].service.clone(), root);
                }
                done.extend(within.iter().map(|one| (&*one.service, &*one.operation)));
            }
        }
    }
    chain::flatten(&mut pair.follows.0);
    over_quota
}

/// Whether one cloud refuses everything there in one way, and the other does not.
fn is_refused(width: usize, within: &[&Asked], side: Side) -> bool {
    let mut common: Option<Refusal> = None;
    let (mut refused, mut accepted) = (BTreeSet::new(), BTreeSet::new());
    for one in within {
        let (here, there) = one.side(side);
        match here {
            Answered::Not => continue,
            // what both refuse alike says nothing
            Answered::Refused(_) if here == there => continue,
            Answered::Otherwise => return false,
            Answered::Refused(refusal) => {
                let first = common.get_or_insert_with(|| refusal.clone());
                // answers to HEAD have no body
                let same_code =
                    first.code.is_none() || refusal.code.is_none() || first.code == refusal.code;
                if first.with != refusal.with || !same_code {
                    return false;
                }
                if first.code.is_none() {
                    first.code.clone_from(&refusal.code);
                }
            }
        }
        refused.insert(&one.operation);
        if *there == Answered::Otherwise {
            accepted.insert(&one.operation);
        }
    }
    let (least, offered) = match width {
        0 => (OF_SERVICE, OF_THING),
        1 => (OF_THING, 1),
        _ => (1, 1),
    };
    refused.len() >= least && accepted.len() >= offered
}

/// Differences there become one of the scope: which. None where nothing says that one cloud lets through what the other refuses.
fn fold(
    pair: &mut PairResult,
    width: usize,
    scope: &str,
    within: &[&Asked],
    side: Side,
) -> Option<usize> {
    let parted = |d: &Difference| match d.kind {
        Kind::AcceptedRefused => side == Side::B,
        Kind::RefusedAccepted => side == Side::A,
        Kind::Wire => true,
        _ => false,
    };
    let here: Vec<usize> = (0..pair.differences.len())
        .filter(|&n| within.iter().any(|one| one.is_of(&pair.differences[n])))
        .collect();
    let begins = |n: usize| parted(&pair.differences[n]) && !pair.follows.0.contains_key(&n);
    let root = here.iter().copied().find(|&n| begins(n))?;
    let first = pair.differences[root].clone();
    for n in here {
        let difference = &mut pair.differences[n];
        let alike = parted(difference) && !pair.follows.0.contains_key(&n);
        if width < 2 && alike {
            scope.clone_into(&mut difference.operation);
            let offers = match side {
                Side::A => &mut difference.b,
                Side::B => &mut difference.a,
            };
            OFFERED.clone_into(offers);
        } else if n != root && !(alike && (&difference.a, &difference.b) == (&first.a, &first.b)) {
            pair.follows.0.entry(n).or_insert(root);
        }
    }
    Some(root)
}

/// What comes after a write that one cloud refuses whatever is asked can't be alike any more: it follows, but for what is refused
/// for a reason of its own.
fn undone<'q>(within: &[&Asked], asked: &'q [Asked], side: Side) -> Vec<&'q Asked> {
    let mut since: BTreeMap<&str, usize> = BTreeMap::new();
    for one in within.iter().filter(|one| one.writes) {
        if let (Answered::Refused(_), Answered::Otherwise) = one.side(side) {
            let first = since.entry(&one.scenario).or_insert(one.position);
            *first = one.position.min(*first);
        }
    }
    let later = asked.iter().filter(|one| {
        let is_later = since
            .get(&*one.scenario)
            .is_some_and(|first| one.position > *first);
        let by_itself =
            matches!(one.side(side).0, Answered::Refused(refusal) if refusal.is_of_itself());
        is_later && !by_itself
    });
    later.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::{Asker, EvidenceRef};

    fn refused(with: &str, code: &str) -> Answered {
        Answered::Refused(Refusal {
            with: with.into(),
            code: (!code.is_empty()).then(|| code.to_owned()),
            over_quota: false,
        })
    }

    /// Steps of a cloud that works and of one that refuses, and what comparing them said: operation, A, B.
    fn asked(service: &str, steps: &[(&str, Answered, Answered)]) -> Vec<Asked> {
        let steps = steps.iter().enumerate();
        let asked = steps.map(|(position, (operation, a, b))| Asked {
            scenario: format!("{service}/x/y"),
            step: (*operation).to_owned(),
            rows: vec![],
            position,
            writes: !operation.starts_with("GET"),
            service: service.to_owned(),
            operation: (*operation).to_owned(),
            a: a.clone(),
            b: b.clone(),
        });
        asked.collect()
    }

    fn difference(service: &str, operation: &str, kind: Kind, a: &str, b: &str) -> Difference {
        Difference {
            scenario: format!("{service}/x/y"),
            service: service.to_owned(),
            operation: operation.to_owned(),
            place: "status".into(),
            kind,
            asker: Asker::Owner,
            a: a.into(),
            b: b.into(),
            step: operation.to_owned(),
            rows: vec![],
            repeats: (3, 3),
            evidence: (EvidenceRef::default(), EvidenceRef::default()),
        }
    }

    fn gathered(differences: Vec<Difference>, asked: &[Asked]) -> (Vec<String>, usize) {
        let mut pair = PairResult {
            differences,
            ..PairResult::default()
        };
        gather(&mut pair, asked);
        let told = pair.differences.iter().enumerate();
        let told: BTreeSet<String> = told
            .filter(|(n, _)| !pair.follows.0.contains_key(n))
            .map(|(_, d)| format!("{} {} {}", d.operation, d.a, d.b))
            .collect();
        (told.into_iter().collect(), pair.follows.0.len())
    }

    #[test]
    fn a_service_that_refuses_everything_is_one_difference() {
        let down = || refused("503", "");
        let fine = || Answered::Otherwise;
        let steps = asked(
            "compute",
            &[
                ("GET /flavors", fine(), down()),
                ("POST /servers", fine(), down()),
                ("GET /servers/{}", refused("404", "itemNotFound"), down()),
            ],
        );
        let differences = vec![
            difference(
                "compute",
                "GET /flavors",
                Kind::AcceptedRefused,
                "200",
                "503",
            ),
            difference(
                "compute",
                "POST /servers",
                Kind::AcceptedRefused,
                "202",
                "503",
            ),
            difference(
                "compute",
                "GET /servers/{}",
                Kind::ServerError,
                "404",
                "503",
            ),
        ];
        let (told, follow) = gathered(differences.clone(), &steps);
        assert_eq!(
            (told, follow),
            (vec!["compute * offered 503".to_owned()], 1)
        );
        // where one of them works, it does not
        let mut one_works = steps;
        one_works[0].b = fine();
        let (told, _) = gathered(differences[1..].to_vec(), &one_works);
        assert_eq!(told, ["* /servers offered 503"]);
    }

    #[test]
    fn an_operation_that_is_forbidden_is_one_difference_however_the_other_cloud_answers() {
        let forbidden = || refused("403", "AccessDenied");
        let steps = asked(
            "network",
            &[
                ("POST /networks", Answered::Otherwise, forbidden()),
                ("POST /networks", refused("400", "BadRequest"), forbidden()),
                ("GET /networks", Answered::Otherwise, Answered::Otherwise),
            ],
        );
        let differences = vec![
            difference(
                "network",
                "POST /networks",
                Kind::AcceptedRefused,
                "201",
                "403",
            ),
            difference("network", "POST /networks", Kind::ErrorStatus, "400", "403"),
        ];
        let (told, follow) = gathered(differences, &steps);
        assert_eq!(
            (told, follow),
            (vec!["POST /networks 201 403".to_owned()], 1)
        );
    }

    #[test]
    fn what_comes_after_a_write_that_is_always_refused_follows_from_it() {
        let fine = || Answered::Otherwise;
        let steps = asked(
            "s3",
            &[
                ("GET /{bucket}", fine(), fine()),
                (
                    "PUT /{bucket}?versioning",
                    fine(),
                    refused("403", "AccessDenied"),
                ),
                ("GET /{bucket}/{key}", fine(), fine()),
                ("PUT /{bucket}?cors", fine(), refused("501", "")),
                (
                    "GET /{bucket}/{key}?acl",
                    fine(),
                    refused("404", "NoSuchKey"),
                ),
            ],
        );
        let shut = Kind::AcceptedRefused;
        let differences = vec![
            difference("s3", "GET /{bucket}", Kind::Value, "1", "2"),
            difference("s3", "PUT /{bucket}?versioning", shut, "200", "403"),
            difference("s3", "GET /{bucket}/{key}", Kind::Value, "old", "new"),
            difference("s3", "PUT /{bucket}?cors", shut, "200", "501"),
            difference("s3", "GET /{bucket}/{key}?acl", shut, "200", "404"),
        ];
        let (told, follow) = gathered(differences, &steps);
        assert_eq!(follow, 2);
        assert_eq!(
            told,
            [
                "GET /{bucket} 1 2",
                "PUT /{bucket}?cors 200 501",
                "PUT /{bucket}?versioning 200 403"
            ]
        );
    }

    #[test]
    fn what_ran_too_seldom_on_a_cloud_that_refuses_it_always_is_in_doubt_no_more() {
        let fails = || refused("500", "");
        let fine = || Answered::Otherwise;
        let steps = asked(
            "s3",
            &[
                ("PUT /{bucket}?cors", fine(), fails()),
                ("GET /{bucket}?cors", fine(), fails()),
                ("GET /{bucket}", fine(), fine()),
            ],
        );
        let shut = |operation| {
            let kind = Kind::AcceptedRefused;
            difference("s3", operation, kind, "200", "500")
        };
        let other = || difference("s3", "GET /{bucket}?acl", Kind::Value, "1", "2");
        let mut pair = PairResult {
            differences: vec![shut("PUT /{bucket}?cors")],
            unconfirmed: vec![other(), shut("GET /{bucket}?cors"), other(), other()],
            ..PairResult::default()
        };
        pair.follows.1 = [(2, 1), (3, 0)].into();
        gather(&mut pair, &steps);
        assert_eq!(pair.unconfirmed, [other(), other()]);
        assert_eq!(pair.follows.1, [(1, 0)].into());
        assert_eq!(pair.follows.0, [(1, 0), (2, 0)].into());
        assert_eq!(pair.differences[0].operation, "* ?cors");
    }

    #[test]
    fn refusals_for_unlike_reasons_are_no_whole() {
        let steps = asked(
            "s3",
            &[
                (
                    "GET /{bucket}?cors",
                    Answered::Otherwise,
                    refused("400", "InvalidRequest"),
                ),
                (
                    "PUT /{bucket}?cors",
                    Answered::Otherwise,
                    refused("400", "MalformedXML"),
                ),
            ],
        );
        let differences = vec![
            difference(
                "s3",
                "PUT /{bucket}?cors",
                Kind::AcceptedRefused,
                "200",
                "400",
            ),
            difference(
                "s3",
                "GET /{bucket}?cors",
                Kind::AcceptedRefused,
                "200",
                "400",
            ),
        ];
        let (told, follow) = gathered(differences, &steps);
        assert_eq!((told.len(), follow), (2, 0));
    }

    #[test]
    fn a_race_that_nobody_wins_is_a_refusal() {
        assert_eq!(
            Answered::of_race("403 forbidden"),
            refused("403", "forbidden")
        );
        assert_eq!(Answered::of_race("201, 409 conflict"), Answered::Otherwise);
    }
}
