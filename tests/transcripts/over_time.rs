//! Baselines, histories and rankings, as somebody uses them: of recordings of one cloud, changed on purpose.

use crate::program::Desk;
use interop::recording::{Execution, Recording};
use std::path::Path;

const SCENARIO: &str = "compute/flavor/list";

/// What a cloud does otherwise than the one that was recorded.
#[derive(Clone, Copy)]
enum Change {
    /// The first so many requests are refused.
    Refuses(usize),
    Header,
}

/// `NAME.rec` of a cloud called `cloud`, begun on a day of November 2026.
fn write(desk: &Desk, file: &str, cloud: &str, day: u32, changes: &[Change]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/lab-zed.rec");
    let whole = Recording::open(&path).unwrap();
    let mut header = whole.header().clone();
    cloud.clone_into(&mut header.cloud.name);
    header.started = format!("2026-11-{day:02}T10:00:00Z");
    header.run = format!("run-{file}");
    header.plan.selected.retain(|id| id == SCENARIO);
    let mut executions: Vec<Execution> = whole.executions(SCENARIO).unwrap();
    for exchanges in executions.iter_mut().map(|e| &mut e.exchanges) {
        for change in changes {
            for (n, exchange) in exchanges.iter_mut().enumerate() {
                let answer = exchange.answer.as_mut().unwrap();
                match change {
                    Change::Refuses(first) if n < *first => answer.status = 501,
                    Change::Refuses(_) => {}
                    Change::Header => answer
                        .headers
                        .retain(|(name, _)| !name.eq_ignore_ascii_case("vary")),
                }
            }
        }
    }
    let recording = Recording::from_parts(header, executions, whole.trailer().cloned());
    let path = desk.path(file);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    // a recording is never written over another
    if path.exists() {
        std::fs::remove_file(&path).unwrap();
    }
    recording.write_to(&path).unwrap();
}

#[test]
fn only_what_is_new_since_a_baseline_fails() {
    let desk = Desk::new();
    write(&desk, "private.rec", "private", 20, &[]);
    write(&desk, "public.rec", "public", 20, &[Change::Header]);
    let before =
        desk.run("diff private.rec public.rec --fail-on drifts --summary --json before.json");
    assert_eq!(before.code, 1, "{}", before.text);
    let same =
        desk.run("diff private.rec public.rec --fail-on drifts --summary --baseline before.json");
    assert_eq!(same.code, 0, "{}", same.text);
    assert!(
        same.text.contains("new 0, changed 0, gone 0"),
        "{}",
        same.text
    );
    assert!(same.text.contains("nothing new"), "{}", same.text);

    write(
        &desk,
        "public.rec",
        "public",
        21,
        &[Change::Header, Change::Refuses(1)],
    );
    let worse = desk.run("diff private.rec public.rec --baseline before.json --json after.json");
    assert_eq!(worse.code, 1, "{}", worse.text);
    let known = desk.run("diff private.rec public.rec --baseline after.json --summary");
    assert_eq!(
        known.code, 0,
        "its own baseline, and that one's: {}",
        known.text
    );

    write(&desk, "public.rec", "public", 22, &[]);
    let well = desk.run("diff private.rec public.rec --fail-on drifts --baseline before.json");
    assert_eq!(well.code, 0, "{}", well.text);
    assert!(
        well.text.contains("known 0, new 0, changed 0, gone 1"),
        "{}",
        well.text
    );
}

#[test]
fn what_is_no_baseline_and_no_date_says_so_before_anything_is_read() {
    let desk = Desk::new();
    desk.write("not.json", "{\"format\": 1}");
    for (arguments, says) in [
        (
            "--baseline not.json",
            "not.json is not a report that `interop diff --json` wrote",
        ),
        ("--baseline absent.json", "can't read absent.json"),
        ("--as-of yesterday", "--as-of yesterday is no date"),
    ] {
        let told = desk.run(&format!("diff a.rec b.rec {arguments}"));
        assert_eq!(told.code, 2, "{}", told.text);
        assert!(told.text.contains(says), "{}", told.text);
    }
}

#[test]
fn a_history_says_when_a_change_appeared_went_and_came_back() {
    let desk = Desk::new();
    write(&desk, "runs/1/zed.rec", "zed", 20, &[]);
    write(&desk, "runs/2/zed.rec", "zed", 21, &[Change::Header]);
    write(&desk, "runs/3/zed.rec", "zed", 22, &[]);
    write(
        &desk,
        "runs/4/zed.rec",
        "zed",
        23,
        &[Change::Header, Change::Refuses(1)],
    );
    write(&desk, "runs/4/other.rec", "other", 23, &[]);
    desk.write("runs/5/torn.rec", "interop recording 1\nnothing");
    let told = desk.run("history runs --json history.json");
    assert_eq!(told.code, 0, "{}", told.text);
    for says in [
        "appeared in 2",
        "went in 3",
        "back in 4 (",
        "LEFT OUT (1)",
        "one recording: nothing",
    ] {
        assert!(told.text.contains(says), "{says}: {}", told.text);
    }
    insta::assert_snapshot!(told.text);
    let nothing = desk.run("history runs/1");
    assert_eq!(nothing.code, 3, "{}", nothing.text);
}

#[test]
fn candidates_are_ranked_by_what_a_move_costs_and_little_seen_wins_nothing() {
    let desk = Desk::new();
    write(&desk, "here.rec", "here", 20, &[]);
    write(
        &desk,
        "worse.rec",
        "worse",
        20,
        &[Change::Refuses(2), Change::Header],
    );
    write(&desk, "near.rec", "near", 20, &[Change::Header]);
    // nothing at all was seen there
    write(&desk, "silent.rec", "silent", 20, &[]);
    let silent = Recording::open(&desk.path("silent.rec")).unwrap();
    let mut header = silent.header().clone();
    header.plan.selected.clear();
    let empty = Recording::from_parts(header, [], silent.trailer().cloned());
    std::fs::remove_file(desk.path("silent.rec")).unwrap();
    empty.write_to(&desk.path("silent.rec")).unwrap();

    let told = desk.run("rank here.rec worse.rec silent.rec near.rec --json ranking.json");
    assert_eq!(told.code, 0, "{}", told.text);
    let position = |text: &str| {
        told.text
            .find(text)
            .unwrap_or_else(|| panic!("{text}: {}", told.text))
    };
    assert!(position("  1 near") < position("  2 worse"));
    assert!(position("  2 worse") < position("  – silent"));
    assert!(told.text.contains("not comparable enough"), "{}", told.text);
    insta::assert_snapshot!(told.text);

    desk.write("mine.toml", "[impact]\nbrekas = 1\n");
    let wrong = desk.run("rank here.rec near.rec --weights mine.toml");
    assert_eq!(wrong.code, 2, "{}", wrong.text);
    assert!(
        wrong.text.contains("unknown field `brekas`"),
        "{}",
        wrong.text
    );
    desk.write(
        "mine.toml",
        "[impact]\nbreaks = 0\ndegrades = 0\ndrifts = 0\n",
    );
    let free = desk.run("rank here.rec worse.rec near.rec --weights mine.toml");
    assert!(
        free.text.contains("  1 worse") && free.text.contains("  1 near"),
        "{}",
        free.text
    );
    let printed = desk.run("rank --print-weights");
    assert!(printed.text.contains("[direction]"), "{}", printed.text);
}
