//! Why a place is taken to be unstable, in words that are made of what was seen.

use super::model::{Entry, Varies};
use std::collections::BTreeSet;

/// Values, and scenarios, that a sentence tells.
const MOST: usize = 3;
pub(super) const ABSENT: &str = "absent";

/// One sentence without a full stop: `2 of 10 answers were 500 in ec2/snapshot/owner`.
pub(super) fn because(entry: &Entry) -> String {
    let said: Vec<String> = entry.varies.iter().map(|v| said(*v, entry)).collect();
    format!("{} in {}", said.join(", and "), among(&entry.scenarios))
}

fn said(varies: Varies, entry: &Entry) -> String {
    let mut seen: Vec<(&str, u32)> = entry.seen.iter().map(|(v, n)| (v.as_str(), *n)).collect();
    seen.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    let all: u32 = seen.iter().map(|(_, n)| n).sum();
    let absent = entry.seen.get(ABSENT).copied().unwrap_or(0);
    match varies {
        Varies::Presence if absent > 0 => format!("it was absent in {absent} of {all} answers"),
        Varies::Presence => "it was not in all answers".to_owned(),
        Varies::Value if entry.place == "status" => {
            if let [_, (rare, n)] = seen.as_slice() {
                return format!("{n} of {all} answers were {rare}");
            }
            let each = seen.iter().map(|(value, n)| format!("{n} were {value}"));
            let each: Vec<String> = each.collect();
            format!("of {all} answers {}", each.join(", "))
        }
        Varies::Value if seen.first().is_some_and(|(_, n)| *n == 1) => {
            format!("{all} answers had {all} values")
        }
        Varies::Value => of_all(&seen, all),
        Varies::Form => format!("{}, which are of unlike form", of_all(&seen, all)),
        Varies::States => {
            "polls saw states, or an order of them, that other repeats did not".into()
        }
        Varies::Equality => "it was the same as another place in some repeats only".into(),
        Varies::Freshness => "reads after a write were stale in some repeats only".into(),
        Varies::Reach => "some repeats did not reach what the step is about".into(),
    }
}

/// The most frequent values.
fn of_all(seen: &[(&str, u32)], all: u32) -> String {
    let told = seen.iter().take(MOST);
    let mut told: Vec<String> = told.map(|(value, n)| format!("{value} in {n}")).collect();
    if seen.len() > MOST {
        told.push("others in the rest".to_owned());
    }
    format!("of {all} answers it was {}", told.join(", "))
}

fn among(scenarios: &BTreeSet<String>) -> String {
    let mut told: Vec<&str> = scenarios.iter().take(MOST).map(String::as_str).collect();
    let more = scenarios.len() - told.len();
    let more = format!("{more} more");
    if scenarios.len() > MOST {
        told.push(&more);
    }
    match told.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => "no scenario".to_owned(),
    }
}
