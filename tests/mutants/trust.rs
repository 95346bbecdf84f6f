//! The score of the tool on changed clouds, written to `docs/trust.md`: `tests/lab/trust` calls it.
//!
//!     trust --seed N --count N [--written N] [--drawn N] [--only REGEX] OUT [NAME=RECORDING …] [--live FILE=PROFILE …]
//!           [--repro FILE=PROFILE …] [--keep FOLDER] [--within SECONDS]
//!
//! `--count` are drawn of each recording, and `--drawn` of each live cloud.
//! `--within` begins no live one after so many seconds, and has none run that a poll would wait out its deadline for.
//! `--keep` leaves recordings of changed clouds in a folder, and reads what is there instead of running it again.
//! `--repro` cuts what written mutants show to the fewest requests, and writes OUT/repro.md and OUT/repro-CLOUD.txt.
//!
//! Of written mutants those whose id or family matches `--only` run, each is told as soon as it is judged.
//! Ends with 1 where more than four of a hundred are not found, or not where they are, or where something is left on a cloud.

#![expect(clippy::unwrap_used, reason = "a scorer that can't go on ends here")]
#![expect(clippy::print_stderr, reason = "who waits sees how far it is")]

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
use live::Target;
use regex::Regex;
use repro::Reproduced;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use written::Mutant;

#[tokio::main]
async fn main() {
    let begun = Instant::now();
    let mut arguments = std::env::args().skip(1);
    let (mut seed, mut count, mut most, mut out) = (1_u64, 500, usize::MAX, None);
    let mut only = Regex::new("").unwrap();
    let (mut recordings, mut clouds, mut cut) = (Vec::new(), Vec::new(), Vec::new());
    let (mut kept, mut live, mut end) = (None, 0, None);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().unwrap();
        match argument.as_str() {
            "--seed" => seed = value().parse().unwrap(),
            "--count" => count = value().parse().unwrap(),
            "--written" => most = value().parse().unwrap(),
            "--within" => end = Some(begun + Duration::from_secs(value().parse().unwrap())),
            "--drawn" => live = value().parse().unwrap(),
            "--only" => only = Regex::new(&value()).unwrap(),
            "--live" => clouds.push(value()),
            "--repro" => cut.push(value()),
            "--keep" => kept = Some(PathBuf::from(value())),
            _ if out.is_none() => out = Some(argument),
            _ => recordings.push(argument),
        }
    }
    let out = out.unwrap();
    if !cut.is_empty() {
        let right = reproduced(&cut, &only, (seed, most), kept.as_deref(), &out).await;
        std::process::exit(i32::from(!right));
    }
    let mut wrong = false;
    let (mut scores, mut denominators, mut notes) = (String::new(), String::new(), String::new());
    // by cloud, of drawn ones, of written ones and of drawn ones that ran
    let mut all: [BTreeMap<String, table::Row>; 3] = Default::default();
    for named in &recordings {
        let (name, path) = named.split_once('=').unwrap();
        let recording = Recording::open(Path::new(path)).unwrap();
        let score = draw::draw(&recording, count, seed);
        let _ = writeln!(
            scores,
            "### {name}, drawn\n\n{} drawn of {} possible changes, {} scenarios; {} more draws fell on what reading forgets \
             deliberately.\n\n{}\n{}",
            score.total().mutants,
            score.sites,
            recording
                .scenarios()
                .iter()
                .filter(|id| !id.starts_with(score::FIXTURES))
                .count(),
            score.forgotten,
            table::table("family", &score.by_family),
            table::table("service", &score.by_service),
        );
        let _ = writeln!(notes, "== {name}\n{}", score.notes.join("\n"));
        wrong |= is_wrong(&score.by_family);
        all[0].insert(name.to_owned(), score.total());
        let cloud = score::Cloud::read(&recording);
        let counts = places::count(&cloud, &sites::all(&recording));
        let _ = writeln!(denominators, "## {name}\n\n{}", places::table(&counts));
    }
    for named in &clouds {
        let (file, path) = named.split_once('=').unwrap();
        let _ = writeln!(notes, "== {file} on {path}");
        let mut mutants = written::read(file);
        let every = mutants.clone();
        mutants.retain(|mutant| is_named(mutant, &only));
        sample(&mut mutants, &mut seed, most);
        let target = match &kept {
            Some(folder) => target(file, path, &every, Some(folder)),
            None => target(file, path, &mutants, None),
        };
        // half of the time is for those that are drawn
        let now = Instant::now();
        let half = end.map(|end| now + end.saturating_duration_since(now) / 2);
        let ran = (&*mutants, half);
        let (of, families, text) = judged(&target, ran, path, &mut notes, &mut wrong).await;
        all[1].insert(of.clone(), sum(&families));
        scores.push_str(&text);
        if live > 0 {
            let (score, left) = draw::draw_live(&target, live, seed, end).await;
            let _ = writeln!(
                scores,
                "### {of}, drawn and run\n\n{}",
                table::table("family", &score.by_family)
            );
            let _ = writeln!(notes, "== drawn, on {path}\n{}", score.notes.join("\n"));
            for what in &left {
                let _ = writeln!(notes, "left something: {what}");
            }
            wrong |= is_wrong(&score.by_family) || !left.is_empty();
            all[2].insert(of, score.total());
        }
    }
    for (rows, what) in all.iter().zip(["drawn", "written", "drawn and run"]) {
        if rows.len() > 1 {
            let _ = writeln!(scores, "### All, {what}\n\n{}", table::table("cloud", rows));
        }
    }
    std::fs::write(format!("{out}/notes.txt"), notes).unwrap();
    std::fs::write(format!("{out}/score.md"), scores).unwrap();
    std::fs::write(format!("{out}/places.md"), denominators).unwrap();
    std::process::exit(i32::from(wrong));
}

fn sum(rows: &BTreeMap<String, table::Row>) -> table::Row {
    let mut all = table::Row::default();
    for row in rows.values() {
        all.add(row);
    }
    all
}

/// More than four of a hundred, and more than two.
fn is_wrong(rows: &BTreeMap<String, table::Row>) -> bool {
    let all = sum(rows);
    let wrong = all.mutants - all.placed.min(all.found);
    wrong > 2 && wrong * 100 > all.mutants * 4
}

/// The service that is another.
fn service_of(mutant: &Mutant) -> String {
    let word = mutant.on.split(' ').next();
    word.unwrap_or_default().to_owned()
}

/// Written mutants, on the cloud of a profile: its name, their rows by family, and the tables. None is begun after the end.
async fn judged(
    target: &Target,
    (mutants, end): (&[Mutant], Option<Instant>),
    path: &str,
    notes: &mut String,
    wrong: &mut bool,
) -> (String, BTreeMap<String, table::Row>, String) {
    let mut families: BTreeMap<String, table::Row> = BTreeMap::new();
    let mut services: BTreeMap<String, table::Row> = BTreeMap::new();
    for (n, mutant) in mutants.iter().enumerate() {
        if draw::is_over(end) {
            let _ = writeln!(notes, "{} not run for want of time", mutants.len() - n);
            break;
        }
        let (told, left) = target.judge(mutant).await;
        let v = &told.verdict;
        for row in [
            families.entry(mutant.family.clone()).or_default(),
            services.entry(service_of(mutant)).or_default(),
        ] {
            row.judged(v);
        }
        let mut note = String::new();
        if !v.found || !v.placed || !v.directed || v.beside > 0 {
            let findings = told.told.join("\n    ");
            note = format!("{} ({}) {v:?}\n    {findings}\n", mutant.id, mutant.family);
        }
        if let Some(left) = left {
            note = format!("{note}{} left something\n    {left}\n", mutant.id);
            *wrong = true;
        }
        // who waits sees how far it is
        eprint!(
            "{}",
            if note.is_empty() {
                format!("ok {}\n", mutant.id)
            } else {
                note.clone()
            }
        );
        notes.push_str(&note);
    }
    *wrong |= is_wrong(&families);
    let of = Path::new(path).file_stem().unwrap().to_string_lossy();
    let text = format!(
        "### {of}, written\n\n{}\n{}\n",
        table::table("family", &families),
        table::table("service", &services)
    );
    (of.into_owned(), families, text)
}

/// Whether its id or family matches.
fn is_named(mutant: &Mutant, pattern: &Regex) -> bool {
    pattern.is_match(&mutant.id) || pattern.is_match(&mutant.family)
}

fn sample(mutants: &mut Vec<Mutant>, seed: &mut u64, most: usize) {
    while mutants.len() > most {
        mutants.swap_remove(draw::next(seed) % mutants.len());
    }
}

/// The cloud of a profile, where the mutants of a file are made. `kept`: of what was recorded there before.
fn target(file: &str, path: &str, mutants: &[Mutant], kept: Option<&Path>) -> Target {
    let profile = std::fs::read_to_string(path).unwrap();
    let endpoint = profile
        .lines()
        .find_map(|line| line.strip_prefix("endpoint = \"http://"))
        .map(|rest| rest.trim_end_matches('"').to_owned());
    let service = file.trim_end_matches(".toml");
    let known: Vec<(String, String)> = endpoint
        .into_iter()
        .map(|at| (service.to_owned(), at))
        .collect();
    let folder = kept.map(|folder| {
        let folder = folder.join(Path::new(path).file_stem().unwrap());
        std::fs::create_dir_all(&folder).unwrap();
        folder.canonicalize().unwrap()
    });
    Target::of(&profile, &known, mutants, folder.as_deref())
}

/// Reproducers of what written mutants show. True: half of them need at most three requests, and no more than four of a hundred
/// are none.
async fn reproduced(
    clouds: &[String],
    only: &Regex,
    (mut seed, most): (u64, usize),
    kept: Option<&Path>,
    out: &str,
) -> bool {
    let mut all = Vec::new();
    for named in clouds {
        let (file, path) = named.split_once('=').unwrap();
        let mut mutants = written::read(file);
        let every = mutants.clone();
        mutants.retain(|m| repro::is_shown(m) && is_named(m, only));
        sample(&mut mutants, &mut seed, most);
        let of_baseline = if kept.is_some() { &every } else { &mutants };
        let target = target(file, path, of_baseline, kept);
        let of = Path::new(path).file_stem().unwrap().to_string_lossy();
        let mut cut = Vec::new();
        for mutant in &mutants {
            cut.extend(repro::reproduce(&target, mutant).await);
            // what was measured stays if the rest can't be
            let notes = format!("== {file} on {path}\n{}", repro::notes(&cut));
            std::fs::write(format!("{out}/repro-{of}.txt"), notes).unwrap();
        }
        all.push((of.into_owned(), cut));
    }
    std::fs::write(format!("{out}/repro.md"), repro::table(&all)).unwrap();
    let cut: Vec<Reproduced> = all.into_iter().flat_map(|(_, cut)| cut).collect();
    let failed = cut.iter().filter(|one| !one.failures.is_empty()).count();
    repro::spread(&cut)[0] <= 3 && failed * 100 <= cut.len() * 4
}
