//! How a report stands to its baseline: a line for the first page, and what changed or went since.

use super::screen::{cut, wrap};
use super::style::Style;
use crate::judge::{Past, Report, Since, readable};
use std::fmt::Write as _;

/// Findings of each list that are named.
const NAMED: usize = 20;

/// `known 120, new 2, changed 1, gone 5`.
pub fn line(since: &Since) -> String {
    let mut line = format!(
        "since {} ({}): known {}, new {}, changed {}, gone {}",
        since.file,
        since.as_of,
        since.known.len(),
        since.new,
        since.changed.len(),
        since.gone.len()
    );
    if !since.unseen.is_empty() {
        let _ = write!(line, ", {} not looked at now", since.unseen.len());
    }
    if since.beside > 0 {
        let _ = write!(line, ", {} waived or unconfirmed now", since.beside);
    }
    line
}

/// What changed and what went, a line each.
pub fn section(report: &Report, style: Style, lines: &mut Vec<String>) {
    let Some(since) = &report.baseline else {
        return;
    };
    lines.push(style.heading("SINCE THE BASELINE"));
    let mut put = |text: &str| {
        for (n, line) in wrap(text, style.columns - 4).iter().enumerate() {
            lines.push(format!("{}{line}", if n == 0 { "  " } else { "    " }));
        }
    };
    put(&line(since));
    for (now, then) in since.clouds.iter().filter(|(now, then)| now != then) {
        put(&format!("{now} is held against {then} of the baseline"));
    }
    for cloud in &report.clouds {
        if !since.clouds.contains_key(&cloud.name) {
            put(&format!(
                "{} is not in the baseline: all of it is new",
                cloud.name
            ));
        }
    }
    if !since.same_suite {
        put("other scenarios ran then, or in another form");
    }
    let changed = since.changed.iter().map(|changed| {
        format!(
            "changed {}/{} {}: {} was {}",
            changed.id,
            changed.values,
            place(&changed.before),
            values(&changed.a.value, &changed.b.value),
            values(&changed.before.a.value, &changed.before.b.value)
        )
    });
    let of = |word: &'static str| {
        move |past: &Past| {
            format!(
                "{word} {}/{} {}: {} ({} · {})",
                past.id,
                past.values,
                place(past),
                values(&past.a.value, &past.b.value),
                past.a.cloud,
                past.b.cloud
            )
        }
    };
    let lists: [Vec<String>; 3] = [
        changed.collect(),
        since.gone.iter().map(of("gone")).collect(),
        since.unseen.iter().map(of("not looked at")).collect(),
    ];
    for list in lists {
        for text in list.iter().take(NAMED) {
            put(text);
        }
        if list.len() > NAMED {
            let more = list.len() - NAMED;
            put(&format!("… and {more} more in the JSON report"));
        }
    }
    lines.push(String::new());
}

fn place(past: &Past) -> String {
    format!("{} · {}", past.operation, past.place)
}

fn values(a: &str, b: &str) -> String {
    let short = |value: &str| cut(&readable(value).replace('\n', "\\n"), 30);
    format!("{} · {}", short(a), short(b))
}
