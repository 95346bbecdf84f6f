//! `interop history`: a table of recordings and what changed between them, cloud by cloud.

use super::cleaned::cleaned;
use super::screen::{cut, joined, pad, pad_left, width, wrap};
use super::style::{Ink, Style};
use super::words;
use crate::judge::{Change, CloudHistory, Event, History, Moment, What, readable};

/// Changes of a cloud that are told.
pub const CHANGES: usize = 20;
/// Files left out that are named.
const LEFT_OUT: usize = 10;

/// For people, with so many changes of each cloud. Fails only by a defect of ours.
pub fn history(history: &History, style: Style, most: usize) -> serde_json::Result<String> {
    let history = &cleaned(history)?;
    let recordings: usize = history.clouds.iter().map(|c| c.recordings.len()).sum();
    let mut lines = vec![
        style.heading(&format!(
            "interop history · {} of {}",
            words::count(recordings, "recording"),
            words::count(history.clouds.len(), "cloud")
        )),
        String::new(),
    ];
    for cloud in &history.clouds {
        recordings_of(cloud, style, &mut lines);
        changes(cloud, style, most, &mut lines);
    }
    left_out(history, style, &mut lines);
    Ok(joined(&lines))
}

fn recordings_of(cloud: &CloudHistory, style: Style, lines: &mut Vec<String>) {
    let last = cloud.recordings.last();
    let endpoint = last.map_or("", |moment| moment.endpoint.as_str());
    lines.push(style.heading(&format!("{} · {} · {endpoint}", cloud.name, cloud.family)));
    let file = style.columns.saturating_sub(58);
    let row = |cells: [&str; 7], name: &str| {
        let [n, when, seen, appeared, went, back, unconfirmed] = cells;
        format!(
            "{} {}{}{}{}{}{}  {}",
            pad_left(n, 4),
            pad(when, 17),
            pad_left(seen, 6),
            pad_left(appeared, 7),
            pad_left(went, 6),
            pad_left(back, 6),
            pad_left(unconfirmed, 8),
            tail(name, file)
        )
    };
    let head = ["", "begun", "seen", "appear", "went", "back", "unconf."];
    lines.push(style.heading(&row(head, "file")));
    for (n, moment) in cloud.recordings.iter().enumerate() {
        let number = |n: u32| {
            if n == 0 {
                "·".to_owned()
            } else {
                n.to_string()
            }
        };
        let seen: u32 = moment.against.iter().map(|against| against.seen).sum();
        let cells = [
            (n + 1).to_string(),
            when(&moment.started),
            number(seen),
            number(moment.appeared),
            number(moment.went),
            number(moment.came_back),
            number(moment.unconfirmed),
        ];
        lines.push(row(cells.each_ref().map(String::as_str), &moment.file));
        for remark in remarks(cloud, n, moment) {
            for line in wrap(&remark, style.columns - 6) {
                lines.push(format!("      {line}"));
            }
        }
    }
    lines.push(String::new());
}

/// What a reader must know to believe a row.
fn remarks(cloud: &CloudHistory, n: usize, moment: &Moment) -> Vec<String> {
    let mut remarks = Vec::new();
    if !moment.complete {
        remarks.push("ends before the run did".to_owned());
    }
    let before = n.checked_sub(1).and_then(|n| cloud.recordings.get(n));
    if before.is_some_and(|before| before.endpoint != moment.endpoint) {
        remarks.push(format!(
            "at another endpoint from here on: {}",
            moment.endpoint
        ));
    }
    if n > 0 && moment.against.is_empty() {
        remarks.push("not compared: no recording before has any of its scenarios".to_owned());
    }
    let compared: u32 = moment.against.iter().map(|against| against.scenarios).sum();
    if n > 0 && compared > 0 && compared < moment.scenarios {
        let left = (moment.scenarios - compared) as usize;
        remarks.push(format!(
            "{} in no recording before",
            words::count(left, "scenario")
        ));
    }
    let changed: usize = moment
        .against
        .iter()
        .map(|against| against.changed_scenarios.len())
        .sum();
    if changed > 0 {
        let changed = words::count(changed, "scenario");
        remarks.push(format!("{changed} changed in what they send, not compared"));
    }
    let earlier = moment
        .against
        .iter()
        .filter(|against| against.recording as usize + 1 != n);
    for against in earlier {
        remarks.push(format!(
            "{} compared with {}, which had them last",
            words::count(against.scenarios as usize, "scenario"),
            against.recording + 1
        ));
    }
    if moment
        .against
        .iter()
        .any(|against| against.error_bound > 0.05)
    {
        let bound = moment
            .against
            .iter()
            .map(|against| against.error_bound)
            .fold(0.0, f64::max);
        remarks.push(format!(
            "chance may have made {} of it",
            words::bound(bound)
        ));
    }
    remarks
}

fn changes(cloud: &CloudHistory, style: Style, most: usize, lines: &mut Vec<String>) {
    if cloud.changes.is_empty() {
        let text = match cloud.recordings.len() {
            1 => "  one recording: nothing to compare it with",
            _ => "  no change found",
        };
        lines.push(text.into());
        lines.push(String::new());
        return;
    }
    let stand = cloud.changes.iter().filter(|change| change.stands).count();
    lines.push(style.heading(&format!(
        "CHANGES ({}, of which {stand} still stand)",
        cloud.changes.len()
    )));
    for one in cloud.changes.iter().take(most) {
        change(one, style, lines);
    }
    if cloud.changes.len() > most {
        let more = cloud.changes.len() - most;
        lines.push(format!("  … and {more} more; --full tells all"));
    }
    lines.push(String::new());
}

/// Keys and impact, place and values, and what became of it.
fn change(change: &Change, style: Style, lines: &mut Vec<String>) {
    let worst = change.forward.max(change.back);
    let arrow = match change.forward.cmp(&change.back) {
        std::cmp::Ordering::Greater => "→",
        std::cmp::Ordering::Less => "←",
        std::cmp::Ordering::Equal => "↔",
    };
    let impact = format!("{arrow} {}", words::impact(worst));
    let key = format!("  {}/{}  {}", change.id, change.values, change.rule);
    let fill = style.columns.saturating_sub(width(&key) + width(&impact));
    let impact = style.paint(Ink::Of(worst), &impact);
    lines.push(format!("{key}{}{impact}", " ".repeat(fill.max(1))));
    let short = |value: &str| {
        let shown = readable(value).replace('\n', "\\n");
        cut(if shown.is_empty() { "(empty)" } else { &shown }, 40)
    };
    let place = format!("{} · {}", change.operation, change.place);
    let values = format!("{} → {}", short(&change.before), short(&change.after));
    let mut put = |text: &str| {
        for line in wrap(text, style.columns - 6) {
            lines.push(format!("      {line}"));
        }
    };
    put(&format!("{place}: {values}"));
    let events: Vec<String> = change.events.iter().map(event).collect();
    put(&events.join(" · "));
}

fn event(event: &Event) -> String {
    let what = match event.what {
        What::Appeared => "appeared",
        What::Went => "went",
        What::CameBack => "came back",
    };
    format!(
        "{what} in {} ({})",
        event.recording + 1,
        when(&event.started)
    )
}

fn left_out(history: &History, style: Style, lines: &mut Vec<String>) {
    if history.left_out.is_empty() {
        return;
    }
    let count = history.left_out.len();
    lines.push(style.heading(&format!("LEFT OUT ({count})")));
    for left in history.left_out.iter().take(LEFT_OUT) {
        let text = format!("{}: {}", left.file, left.why);
        for (n, line) in wrap(&text, style.columns - 4).iter().enumerate() {
            lines.push(format!("{}{line}", if n == 0 { "  " } else { "    " }));
        }
    }
    if count > LEFT_OUT {
        lines.push(format!("  … and {} more in the JSON", count - LEFT_OUT));
    }
}

/// `2026-11-23 10:00`.
fn when(timestamp: &str) -> String {
    timestamp
        .chars()
        .take(16)
        .collect::<String>()
        .replace('T', " ")
}

/// The end of a path, which tells it from others.
fn tail(path: &str, most: usize) -> String {
    let most = most.max(12);
    let length = path.chars().count();
    if length <= most {
        return path.to_owned();
    }
    let kept: String = path.chars().skip(length - most + 1).collect();
    format!("…{kept}")
}
