//! Reproducers of written mutants: what `interop repro` leaves of a finding, on a cloud and its mutant, live.

use crate::live::{Ran, Target, said};
use crate::written::Mutant;
use interop::compare::Kind;
use interop::dialect::scope::around;
use interop::judge::{Finding, Report};
use interop::recording::{Recording, Role};
use regex::Regex;
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;
use std::path::Path;

/// What became of the finding that a mutant shows.
#[derive(Debug, Serialize, Deserialize)]
pub struct Reproduced {
    pub mutant: String,
    /// `GET /{}/{} status`, and the scenario that is cut.
    pub finding: String,
    /// Requests of what was written, without undo, on the side that needs more of them.
    pub requests: usize,
    /// Runs until nothing more could go.
    pub tries: u32,
    /// The scenario that was written.
    pub text: String,
    /// Why it is no reproducer.
    pub failures: Vec<String>,
    /// Things that a run left, and that could not be taken away through the proxy.
    pub left: Option<String>,
}

/// Whether the mutant should show something that can be cut.
pub fn is_shown(mutant: &Mutant) -> bool {
    !matches!(mutant.expect.hurts.as_str(), "none" | "unstable")
}

/// None: the mutant shows nothing, or only before any scenario.
pub async fn reproduce(target: &Target, mutant: &Mutant) -> Option<Reproduced> {
    let kept = target.path().join(format!("{}.cut.json", mutant.id));
    if let Ok(text) = std::fs::read_to_string(&kept) {
        return serde_json::from_str(&text).unwrap();
    }
    // of a scorer that was ended
    forget(target, &mutant.id);
    let ran = target.run(mutant).await;
    let mut done = Reproduced {
        mutant: mutant.id.clone(),
        finding: String::new(),
        requests: 0,
        tries: 0,
        text: String::new(),
        failures: Vec::new(),
        left: None,
    };
    let report = ran.report.as_ref().ok();
    let finding = report.and_then(|report| shown(mutant, report)).cloned();
    if let Some(finding) = &finding {
        done.finding = format!("{} {}", finding.operation, finding.place);
        cut(target, mutant, finding, &mut done).await;
    }
    clean(target, mutant, &ran, &mut done).await;
    let shown = finding.map(|_| done);
    std::fs::write(&kept, serde_json::to_string(&shown).unwrap()).unwrap();
    shown
}

/// The finding of what was changed, else the first.
fn shown<'r>(mutant: &Mutant, report: &'r Report) -> Option<&'r Finding> {
    let place = Regex::new(&mutant.expect.place).unwrap();
    let all = || {
        let all = report.findings.iter().chain(&report.unconfirmed);
        all.filter(|f| !f.is_discovered())
    };
    let placed = |f: &&Finding| place.is_match(&f.place);
    let ruled = |f: &&Finding| placed(f) && mutant.expect.rules.contains(&f.rule);
    all()
        .find(ruled)
        .or_else(|| all().find(placed))
        .or_else(|| all().next())
}

async fn cut(target: &Target, mutant: &Mutant, finding: &Finding, done: &mut Reproduced) {
    let name = &mutant.id;
    let clouds = ["plain.toml", &format!("{name}.toml")];
    let folder = format!("{name}-cut");
    let file = format!("{folder}/{name}.toml");
    let told = target
        .interop(&[
            "repro",
            &finding.id,
            clouds[0],
            clouds[1],
            "--from",
            &format!("{name}.json"),
            "--to",
            &file,
            "--out",
            &format!("{name}-tries"),
        ])
        .await;
    let text = String::from_utf8_lossy(&told.stdout).into_owned();
    let tries = Regex::new(r"(\d+) tries").unwrap();
    done.tries = tries
        .captures(&text)
        .map_or(0, |found| found[1].parse().unwrap());
    let Ok(written) = std::fs::read_to_string(target.path().join(&file)) else {
        done.failures
            .push(format!("nothing written: {}", said(&told)));
        return;
    };
    done.text = written;
    let checked = target.interop(&["scenarios", "check", &file]).await;
    if !checked.status.success() {
        done.failures
            .push(format!("is no right scenario: {}", said(&checked)));
    }
    let flaps = matches!(
        finding.kind,
        Kind::LessOften | Kind::MoreOften | Kind::Stability | Kind::Consistency
    );
    let again = format!("{name}-again");
    let json = format!("{again}.json");
    let ran = target
        .interop(&[
            "diff",
            clouds[0],
            clouds[1],
            "--scenarios",
            &folder,
            "-s",
            name,
            "-n",
            if flaps { "10" } else { "3" },
            "--out",
            &again,
            "--json",
            &json,
        ])
        .await;
    let report = std::fs::read_to_string(target.path().join(&json)).ok();
    let report: Option<Report> = report.and_then(|text| serde_json::from_str(&text).ok());
    let Some(report) = report else {
        done.failures.push(format!("does not run: {}", said(&ran)));
        return;
    };
    let is_it = |f: &Finding| {
        let within = around(&f.service, &f.operation).contains(&finding.operation);
        f.id == finding.id || (f.place == finding.place && (within || f.operation == *name))
    };
    if !report.findings.iter().chain(&report.unconfirmed).any(is_it) {
        done.failures.push(format!(
            "shows something else when run alone: {}",
            said(&ran)
        ));
    }
    let sides = ["plain", name.as_str()];
    let counts =
        sides.map(|side| requests(&target.path().join(&again).join(format!("{side}.rec"))));
    done.requests = counts.into_iter().max().unwrap_or(0);
}

/// Requests of one repeat, without undo.
fn requests(path: &Path) -> usize {
    let recording = Recording::open(path).unwrap();
    let mut sent = 0;
    for scenario in recording.scenarios() {
        let all = recording.executions(scenario).unwrap();
        let first = all.iter().filter(|execution| execution.repeat == 1);
        sent += first
            .flat_map(|execution| &execution.exchanges)
            .filter(|exchange| exchange.role == Role::Observed)
            .count();
    }
    sent
}

/// Takes away what could not be undone on a cloud that does otherwise.
async fn clean(target: &Target, mutant: &Mutant, ran: &Ran, done: &mut Reproduced) {
    ran.proxy.rest();
    let name = &mutant.id;
    let mut arguments = vec![
        "cleanup".to_owned(),
        "plain.toml".to_owned(),
        format!("{name}.toml"),
    ];
    for end in ["", "-tries", "-again"] {
        let run = format!("{name}{end}");
        if target.path().join(&run).is_dir() {
            arguments.extend(["--run".to_owned(), run]);
        }
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let told = target.interop(&arguments).await;
    if !told.status.success() {
        done.left = Some(said(&told));
    }
    forget(target, name);
}

/// Removes what cutting writes: a folder of a run is not written twice.
fn forget(target: &Target, name: &str) {
    for end in ["-tries", "-again", "-cut"] {
        let _ = std::fs::remove_dir_all(target.path().join(format!("{name}{end}")));
    }
}

/// Requests in the middle of all reproducers, at nine tenths, and of the largest.
pub fn spread(all: &[Reproduced]) -> [usize; 3] {
    let mut sorted: Vec<usize> = all.iter().map(|one| one.requests).collect();
    sorted.sort_unstable();
    let at = |share: usize| sorted.get((sorted.len() * share / 10).min(sorted.len().max(1) - 1));
    [5, 9, 10].map(|share| at(share).copied().unwrap_or(0))
}

/// A row a cloud.
pub fn table(clouds: &[(String, Vec<Reproduced>)]) -> String {
    let mut text = "| cloud | mutants | reproduced | median requests | nine of ten within | most | median tries |\n\
         | --- | --- | --- | --- | --- | --- | --- |\n"
        .to_owned();
    for (name, all) in clouds {
        let right = all.iter().filter(|one| one.failures.is_empty()).count();
        let [median, most_of, most] = spread(all);
        let mut tries: Vec<u32> = all.iter().map(|one| one.tries).collect();
        tries.sort_unstable();
        let tries = tries.get(tries.len() / 2).copied().unwrap_or(0);
        let _ = writeln!(
            text,
            "| {name} | {} | {right} | {median} | {most_of} | {most} | {tries} |",
            all.len()
        );
    }
    text
}

/// What a person should look into, the largest first.
pub fn notes(all: &[Reproduced]) -> String {
    let mut sorted: Vec<&Reproduced> = all.iter().collect();
    sorted.sort_by_key(|one| (one.failures.is_empty(), usize::MAX - one.requests));
    let mut text = String::new();
    for one in sorted {
        let _ = writeln!(
            text,
            "{}: {}: {} requests, {} tries",
            one.mutant, one.finding, one.requests, one.tries
        );
        for failure in one.failures.iter().chain(&one.left) {
            let _ = writeln!(text, "  !! {failure}");
        }
        if one.requests > 3 || !one.failures.is_empty() {
            let _ = writeln!(text, "{}", one.text);
        }
    }
    text
}
