//! Changed clouds: the ground truth for what the tool must find (law 2) and for what it must not make of it.
//!
//! A few of each here; `tests/lab/trust` scores all of them on the lab's clouds and writes `docs/trust.md`.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails here")]

mod draw;
mod edit;
mod live;
mod markup;
mod operation;
mod places;
mod proxy;
mod repro;
mod score;
mod sites;
mod table;
mod written;

use interop::recording::Recording;
use score::Cloud;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// How many are drawn of each recording.
const DRAWN: [(&str, usize); 3] = [
    ("tests/data/lab-zed.rec", 150),
    ("tests/data/lab-new.rec", 150),
    ("profiles/lab-new-s3.rec", 50),
];
/// How many are drawn of the server inside the process, and run.
const DRAWN_LIVE: usize = 4;
/// So many of a hundred may go wrong: with a share of one, a draw has more once in thousands.
const WRONG_PERCENT: u32 = 4;
/// Written ones that run before the server inside the process. What rewrites a request would break its signature.
const ON_EMBEDDED: [&str; 3] = [
    "put-answers-201",
    "no-such-key-has-another-code",
    "etag-without-quotes",
];

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// The seed of all draws: `INTEROP_SEED`, or always the same.
fn seed() -> u64 {
    let text = std::env::var("INTEROP_SEED").ok();
    text.and_then(|text| text.parse().ok())
        .unwrap_or(20_261_127)
}

/// Change one behaviour of a cloud, anywhere a scenario looks and beyond what the class of that place deliberately forgets,
/// and there is a finding at that place, with the right direction.
#[test]
fn drawn_changes_of_recorded_clouds_are_found_where_they_are() {
    for (name, count) in DRAWN {
        let recording = Recording::open(&path(name)).unwrap();
        let score = draw::draw(&recording, count, seed());
        let all = score.total();
        let report = format!(
            "{name}, seed {}, {} possible changes, {} draws of what is forgotten\n{}\n{}",
            seed(),
            score.sites,
            score.forgotten,
            table::table("family", &score.by_family),
            score.notes.join("\n")
        );
        eprintln!("{report}");
        for right in [all.found, all.placed, all.directed] {
            let wrong = all.mutants - right;
            assert!(wrong * 100 <= all.mutants * WRONG_PERCENT, "{report}");
        }
    }
}

/// Drawn three times of five hundred, and missed: the last of all buckets is now ours, now another execution's.
#[test]
fn losing_the_bucket_of_another_execution_is_forgotten() {
    let recording = Recording::open(&path("profiles/lab-new-s3.rec")).unwrap();
    let lost = edit::Edit::At(
        "$.ListAllMyBucketsResult.Buckets.Bucket".to_owned(),
        edit::Act::Lose,
    );
    let mut all = sites::all(&recording);
    all.retain(|one| one.edit == lost);
    assert_eq!(all.len(), 1);
    let fate = Cloud::read(&recording).fate(&all[0]);
    assert!(matches!(fate, score::Fate::Forgotten), "{fate:?}");
}

/// The denominator: of what scenarios call, most is compared.
#[test]
fn most_places_of_the_answers_that_scenarios_get_are_compared() {
    let recording = Recording::open(&path("tests/data/lab-new.rec")).unwrap();
    let counts = places::count(&Cloud::read(&recording), &sites::all(&recording));
    let sum = |of: fn(&places::Count) -> u32| counts.values().map(of).sum::<u32>();
    let [exactly, by_class, not] = [
        sum(|c| c.exactly),
        sum(|c| c.by_class),
        sum(|c| c.not_at_all),
    ];
    let compared = exactly + by_class;
    assert!(compared > 9 * not, "{}", places::table(&counts));
    // ids, dates and the things of others are by class
    assert!(
        exactly * 2 > compared - exactly,
        "{}",
        places::table(&counts)
    );
}

/// On the server inside the process: what a proxy changes, written or drawn, the program tells, and cuts to a few requests.
#[cfg(feature = "embedded")]
#[tokio::test(flavor = "multi_thread")]
async fn written_changes_of_a_live_server_are_found_where_they_are() {
    const KEY: &str = "mutants";
    let keys = vec![(KEY.to_owned(), KEY.to_owned())];
    let server = interop::embedded::Server::start(keys).await.unwrap();
    let endpoint = server.origin();
    let profile = format!(
        "family = \"s3\"\nendpoint = \"{endpoint}\"\nregion = \"us-east-1\"\n\
         [users.main]\naccess_key = \"{KEY}\"\nsecret_key = \"{KEY}\"\n"
    );
    let mut chosen = written::read("s3.toml");
    chosen.retain(|mutant| ON_EMBEDDED.contains(&mutant.id.as_str()));
    assert_eq!(chosen.len(), ON_EMBEDDED.len());
    let here = endpoint.trim_start_matches("http://").to_owned();
    let target = live::Target::of(&profile, &[("s3".to_owned(), here)], &chosen, None);
    for mutant in &chosen {
        let (told, left) = target.judge(mutant).await;
        assert_eq!(left, None);
        let right = told.verdict.found && told.verdict.placed && told.verdict.directed;
        assert!(right, "{}: {told:#?}", mutant.id);
    }
    let mut cut = Vec::new();
    for mutant in chosen.iter().filter(|mutant| repro::is_shown(mutant)) {
        cut.extend(repro::reproduce(&target, mutant).await);
    }
    assert_eq!(cut.len(), chosen.len());
    for one in &cut {
        let right = one.failures.is_empty() && one.left.is_none() && one.requests <= 3;
        assert!(right, "{}", repro::notes(&cut));
    }
    eprintln!("{}", repro::table(&[("embedded".to_owned(), cut)]));
    let end = std::time::Instant::now() + std::time::Duration::from_mins(10);
    let (score, left) = draw::draw_live(&target, DRAWN_LIVE, seed(), Some(end)).await;
    assert!(left.is_empty(), "{left:?}");
    let all = score.total();
    let fewest = all.found.min(all.placed).min(all.directed);
    assert_eq!(all.mutants as usize, DRAWN_LIVE);
    assert!(fewest + 1 >= all.mutants, "{}", score.notes.join("\n"));
}

#[test]
fn written_mutants_are_well_formed_and_enough() {
    let all = ["openstack.toml", "s3.toml", "ec2.toml"].map(written::read);
    let families: BTreeSet<&String> = all.iter().flatten().map(|m| &m.family).collect();
    assert!(families.len() >= 35, "{families:?}");
    let mutants: usize = all.iter().map(Vec::len).sum();
    assert!(mutants >= 150, "{mutants}");
}
