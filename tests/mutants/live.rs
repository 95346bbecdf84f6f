//! Written mutants before a real cloud: the program runs against the proxy, and its recording is compared with one that it
//! made of the cloud itself.

use crate::proxy::Proxy;
use crate::score::{self, FIXTURES, Judged, Shown, line, number};
use crate::sites::Drawn;
use crate::table::Verdict;
use crate::written::Mutant;
use interop::judge::{Finding, Impact, Report};
use interop::recording::Recording;
use regex::Regex;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A cloud that mutants are made of.
pub struct Target {
    /// Its profile, as text.
    profile: String,
    /// Service and `host:port`.
    upstreams: Vec<(String, String)>,
    baseline: PathBuf,
    folder: PathBuf,
    /// The folder is gone with the run.
    passing: Option<tempfile::TempDir>,
}

impl Target {
    /// Records the scenarios of all mutants on the cloud itself. `known` are its services where the profile doesn't name them. What is
    /// in the folder that is kept is read instead of run, unless the mutant is another since.
    pub fn of(
        profile: &str,
        known: &[(String, String)],
        mutants: &[Mutant],
        kept: Option<&Path>,
    ) -> Self {
        let passing = kept.is_none().then(|| tempfile::tempdir().unwrap());
        let folder = passing.as_ref().map(tempfile::TempDir::path);
        let folder = kept.or(folder).unwrap().to_owned();
        let at = folder.as_path();
        let globs: BTreeSet<&String> = mutants.iter().flat_map(|m| &m.scenarios).collect();
        let baseline = at.join("plain/plain.rec");
        if !is_kept(at, "plain", &format!("{profile}{globs:?}")) {
            let _ = std::fs::remove_dir_all(at.join("plain"));
            std::fs::write(at.join("plain.toml"), profile).unwrap();
            let run = record(at, "plain", "3", globs.iter().copied());
            assert!(baseline.is_file(), "{}", said(&run));
            keep(at, "plain", &format!("{profile}{globs:?}"));
        }
        let upstreams = if known.is_empty() {
            services(&Recording::open(&baseline).unwrap())
        } else {
            known.to_vec()
        };
        Self {
            profile: profile.to_owned(),
            upstreams,
            baseline,
            folder,
            passing,
        }
    }

    /// What the program says of the mutant, and what could not be taken away afterwards.
    pub async fn judge(&self, mutant: &Mutant) -> (Judged, Option<String>) {
        let (report, left) = self.report(mutant).await;
        let judged = match &report {
            Ok(report) => told(mutant, report),
            Err(said) => ended(mutant, said),
        };
        (judged, left)
    }

    /// The same of a drawn one, in the scenarios that show it. Who can't get in where it is changed is told so, and that is right.
    pub async fn judge_drawn(
        &self,
        drawn: &Drawn,
        shown: &Shown,
        id: &str,
    ) -> (Judged, Option<String>) {
        let mutant = Mutant::of_drawn(drawn, &shown.scenarios, id);
        let (report, left) = self.report(&mutant).await;
        let judged = match &report {
            Ok(report) => {
                let seen = report.findings.iter().flat_map(|f| &f.steps);
                // here, those of fixtures are changed with the others
                let of_fixtures = seen.filter(|step| step.starts_with(FIXTURES));
                let steps = shown.steps.iter().chain(of_fixtures).cloned().collect();
                score::judged(report, drawn, &steps)
            }
            Err(said) => ended(&mutant, said),
        };
        (judged, left)
    }

    async fn report(&self, mutant: &Mutant) -> (Result<Report, String>, Option<String>) {
        let ran = self.run(mutant).await;
        if self.passing.is_some() {
            let _ = std::fs::remove_file(self.path().join(&mutant.id).join(ran.recording()));
            let _ = std::fs::remove_file(self.path().join(format!("{}.of", mutant.id)));
        }
        // what undoing could not do on the changed cloud, it can on this one
        ran.proxy.rest();
        let left = match ran.code {
            Some(LEFT) => self.clean(&mutant.id).await,
            _ => None,
        };
        (ran.report, left)
    }

    /// What was recorded of the cloud itself.
    pub fn baseline(&self) -> Recording {
        Recording::open(&self.baseline).unwrap()
    }

    /// Runs the mutant's scenarios on it, and compares with the cloud itself.
    pub async fn run(&self, mutant: &Mutant) -> Ran {
        let proxy = Proxy::start(mutant, &self.upstreams).await.unwrap();
        let mut profile = self.profile.clone();
        for (upstream, here) in &proxy.at {
            profile = profile.replace(upstream, &here.to_string());
        }
        let at = self.folder.clone();
        let name = mutant.id.clone();
        std::fs::write(at.join(format!("{name}.toml")), profile).unwrap();
        let globs = mutant.scenarios.clone();
        let repeats = mutant.repeats();
        let baseline = self.baseline.clone();
        let behaviour = format!("{:?}{globs:?}", mutant.parts());
        let (told, code, report) = blocking(move || {
            let mut code = None;
            if !is_kept(&at, &name, &behaviour) {
                let _ = std::fs::remove_dir_all(at.join(&name));
                let run = record(&at, &name, repeats, globs.iter());
                code = run.status.code();
                std::fs::write(at.join(format!("{name}.said")), said(&run)).unwrap();
                keep(&at, &name, &behaviour);
            }
            let told = std::fs::read_to_string(at.join(format!("{name}.said"))).unwrap();
            let mutated = at.join(&name).join(format!("{name}.rec"));
            let mut command = interop(&at);
            command.arg("diff").arg(&baseline).arg(&mutated);
            command.args(["--format", "json"]);
            for glob in &globs {
                command.args(["-s", glob]);
            }
            let report = mutated.is_file().then(|| {
                let output = command.output().unwrap();
                std::fs::write(at.join(format!("{name}.json")), &output.stdout).unwrap();
                serde_json::from_slice(&output.stdout)
                    .unwrap_or_else(|e| panic!("{name}: {e}\n{}", said(&output)))
            });
            (told, code, report)
        })
        .await;
        Ran {
            report: report.ok_or(told),
            code,
            proxy,
            name: mutant.id.clone(),
        }
    }

    /// Takes away what the run left; what it could not, in the program's words.
    async fn clean(&self, name: &str) -> Option<String> {
        let output = self
            .interop(&["cleanup", &format!("{name}.toml"), "--run", name])
            .await;
        (!output.status.success()).then(|| said(&output))
    }

    /// Runs the program where the profiles are: `plain.toml`, and `ID.toml` of each mutant that ran.
    pub async fn interop(&self, arguments: &[&str]) -> Output {
        let mut command = interop(self.path());
        command.args(arguments);
        blocking(move || command.output().unwrap()).await
    }

    pub fn path(&self) -> &Path {
        &self.folder
    }
}

/// The exit code of a run that could not take something away.
const LEFT: i32 = 4;

/// Of a run that ended before there was anything to compare.
fn ended(mutant: &Mutant, said: &str) -> Judged {
    let place = Regex::new(&mutant.expect.place).unwrap();
    let is_meant = mutant.expect.hurts == "unobserved";
    let right = is_meant && place.is_match(said);
    Judged {
        verdict: Verdict {
            found: is_meant,
            placed: right,
            directed: right,
            beside: 0,
            findings: 1,
        },
        told: vec![said.to_owned()],
    }
}

/// A mutant that ran, and still answers.
pub struct Ran {
    /// Or what the program said when it ended before there was anything to compare.
    pub report: Result<Report, String>,
    /// The run's exit code, if it ran now.
    code: Option<i32>,
    pub proxy: Proxy,
    name: String,
}

impl Ran {
    fn recording(&self) -> String {
        format!("{}.rec", self.name)
    }
}

/// Whether what is in the folder of a name was recorded of that, and is there: a run that ended before it began has no recording.
fn is_kept(at: &Path, name: &str, behaviour: &str) -> bool {
    let read = |end: &str| std::fs::read_to_string(at.join(format!("{name}.{end}")));
    let recording = format!("{name}.rec");
    read("of").is_ok_and(|text| text == behaviour)
        && (at.join(name).join(&recording).is_file()
            || read("said").is_ok_and(|said| !said.contains(&recording)))
}

fn keep(at: &Path, name: &str, behaviour: &str) {
    std::fs::write(at.join(format!("{name}.of")), behaviour).unwrap();
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap()
}

fn told(mutant: &Mutant, report: &Report) -> Judged {
    let place = Regex::new(&mutant.expect.place).unwrap();
    let findings: Vec<&Finding> = report.findings.iter().chain(&report.unconfirmed).collect();
    let (right, beside): (Vec<&Finding>, Vec<&Finding>) =
        findings.iter().partition(|f| place.is_match(&f.place));
    let points = |f: &&Finding| {
        mutant.expect.rules.contains(&f.rule)
            && match mutant.expect.hurts.as_str() {
                "there" => f.forward > f.back,
                "back" => f.back > f.forward,
                _ => f.forward > Impact::None && f.back > Impact::None,
            }
    };
    let is_listed = report.instability.iter().any(|i| place.is_match(&i.place));
    let silent = match mutant.expect.hurts.as_str() {
        "none" => true,
        "unstable" => is_listed,
        _ => false,
    };
    let none = silent && findings.is_empty();
    Judged {
        verdict: Verdict {
            found: silent == findings.is_empty(),
            placed: none || !right.is_empty(),
            directed: none || right.iter().any(points),
            beside: number(beside.len()),
            findings: number(findings.len()),
        },
        told: findings.into_iter().map(line).collect(),
    }
}

/// Services and where they are, from what a run sent.
fn services(recording: &Recording) -> Vec<(String, String)> {
    let mut found = BTreeSet::new();
    for control in recording.controls().unwrap() {
        for exchange in &control.exchanges {
            found.insert((exchange.service.clone(), host(&exchange.request.origin)));
        }
    }
    for id in recording.scenarios() {
        for execution in recording.executions(id).unwrap() {
            for exchange in &execution.exchanges {
                found.insert((exchange.service.clone(), host(&exchange.request.origin)));
            }
        }
    }
    // bucket.host:port is no place of its own
    found
        .into_iter()
        .filter(|(_, host)| host.starts_with("127."))
        .collect()
}

fn host(origin: &str) -> String {
    origin.trim_start_matches("http://").to_owned()
}

fn interop(at: &Path) -> Command {
    let built = std::env::var("INTEROP_PROGRAM").unwrap_or_else(|_| {
        option_env!("CARGO_BIN_EXE_interop")
            .unwrap_or("interop")
            .to_owned()
    });
    let mut command = Command::new(built);
    command.current_dir(at).env_clear().env("HOME", at);
    command
}

/// Runs the scenarios on `NAME.toml`, into the folder `NAME`.
fn record<'g>(
    at: &Path,
    name: &str,
    repeats: &str,
    globs: impl Iterator<Item = &'g String>,
) -> Output {
    let mut command = interop(at);
    command.args([
        "record",
        &format!("{name}.toml"),
        "-n",
        repeats,
        "-c",
        "4",
        "--out",
        name,
    ]);
    for glob in globs {
        command.args(["-s", glob]);
    }
    command.output().unwrap()
}

pub fn said(output: &Output) -> String {
    format!(
        "{:?}\n{}{}",
        output.status.code(),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}
