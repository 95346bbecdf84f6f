//! The words that reports use for counts, impacts, consumers, causes and times.

use crate::compare::{Kind, State};
use crate::judge::{Cause, Consumer, Impact};
use std::collections::BTreeMap;

/// "1 step", "2 steps".
pub fn count(n: usize, one: &str) -> String {
    if n == 1 {
        format!("1 {one}")
    } else {
        format!("{n} {one}s")
    }
}

/// Beside the status of an answer, where more of it is not the same in all repeats; else nothing.
pub fn in_its_answer(more: usize) -> String {
    match more {
        0 => String::new(),
        more => format!(", and {} of that answer", count(more, "more place")),
    }
}

pub fn impact(impact: Impact) -> &'static str {
    match impact {
        Impact::None => "none",
        Impact::Cosmetic => "cosmetic",
        Impact::Drifts => "drifts",
        Impact::Degrades => "degrades",
        Impact::Breaks => "breaks",
    }
}

/// "7 break, 12 degrade"; what hurts less is told only where nothing hurts more.
pub fn verdict(counts: &BTreeMap<Impact, u32>) -> String {
    let of = |impact| counts.get(&impact).copied().unwrap_or(0);
    let words = |pairs: &[(u32, &str, &str)]| -> Vec<String> {
        pairs
            .iter()
            .filter(|(n, _, _)| *n > 0)
            .map(|(n, one, many)| format!("{n} {}", if *n == 1 { one } else { many }))
            .collect()
    };
    let grave = words(&[
        (of(Impact::Breaks), "breaks", "break"),
        (of(Impact::Degrades), "degrades", "degrade"),
    ]);
    let slight = words(&[
        (of(Impact::Drifts), "drifts", "drift"),
        (of(Impact::Cosmetic), "is cosmetic", "are cosmetic"),
    ]);
    match (grave.is_empty(), slight.is_empty()) {
        (false, _) => grave.join(", "),
        (true, false) => format!("nothing breaks, {}", slight.join(", ")),
        (true, true) => "nothing".into(),
    }
}

/// In a column.
pub fn consumers_short(consumers: &[Consumer]) -> String {
    let has = |consumer| consumers.contains(&consumer);
    if has(Consumer::Sdk) && has(Consumer::Terraform) && has(Consumer::Cli) {
        return "all".into();
    }
    let words: Vec<_> = [
        (Consumer::Sdk, "sdk"),
        (Consumer::Terraform, "tf"),
        (Consumer::Cli, "cli"),
    ]
    .iter()
    .filter(|(consumer, _)| has(*consumer))
    .map(|(_, word)| *word)
    .collect();
    match (words.is_empty(), has(Consumer::Raw)) {
        (false, _) => words.join(" "),
        (true, true) => "raw".into(),
        (true, false) => "person".into(),
    }
}

pub fn consumers(consumers: &[Consumer]) -> String {
    let words: Vec<_> = consumers
        .iter()
        .map(|consumer| match consumer {
            Consumer::Raw => "plain HTTP clients",
            Consumer::Sdk => "SDKs",
            Consumer::Terraform => "Terraform",
            Consumer::Cli => "command lines",
            Consumer::Person => "people",
        })
        .collect();
    words.join(", ")
}

/// How many of all repeats agree on a difference.
pub fn repeats(kind: Kind) -> &'static str {
    if kind.is_of_rates() {
        "of all repeats"
    } else {
        "in all repeats"
    }
}

/// As in the JSON report.
pub fn kind(kind: Kind) -> String {
    let text = serde_json::to_value(kind);
    let text = text.ok().and_then(|text| Some(text.as_str()?.to_owned()));
    text.unwrap_or_default()
}

/// What is said of a cause where texts are read: nothing of one that nobody knows.
pub fn likely_cause(of: Cause) -> String {
    if of == Cause::Unknown {
        String::new()
    } else {
        format!(" Likely cause: {}.", cause(of))
    }
}

pub fn cause(cause: Cause) -> &'static str {
    match cause {
        Cause::Microversion => "another microversion",
        Cause::Extension => "an extension",
        Cause::Policy => "policy, or the user's roles",
        Cause::Quota => "a quota or limit",
        Cause::Binding => "the flavor, image or network used",
        Cause::FrontEnd => "a front end before the service",
        Cause::Implementation => "the implementation",
        Cause::Unknown => "unknown",
    }
}

pub fn state(state: State) -> &'static str {
    match state {
        State::Same => "same",
        State::Differs => "differ",
        State::Blocked => "blocked",
        State::Unsupported => "unsupported",
        State::NotExercised => "not exercised",
        State::Unconfirmed => "unconfirmed",
        State::NotRun => "not run",
    }
}

/// "12 min 3 s".
pub fn duration(ms: u64) -> String {
    let seconds = ms / 1000;
    match seconds {
        0 => format!("{ms} ms"),
        1..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

/// "0", "0.03", "12".
pub fn bound(bound: f64) -> String {
    if bound == 0.0 {
        "0".into()
    } else if bound < 0.01 {
        "0.01".into()
    } else if bound < 10.0 {
        format!("{bound:.2}")
    } else {
        format!("{bound:.0}")
    }
}
