//! The same recordings, rules, waivers and as-of date give the byte-same report, whatever the thread timing.

use crate::data::{self, FLAPS};
use crate::noise::Random;
use interop::cli::reading::{Choices, report};
use interop::compare::next_round;
use interop::judge::{Impact, Rules, Waivers};
use interop::recording::Recording;
use interop::report::{
    Colour, Layout, Style, annotations, csv, json, junit, markdown, sarif, terminal,
};
use std::sync::atomic::{AtomicU64, Ordering};

fn rendered(names: &[&str]) -> String {
    let recordings: Vec<_> = names.iter().map(|name| data::open(name)).collect();
    let choices = Choices {
        waivers: Waivers::default(),
        baseline: None,
        as_of: "2026-11-23".to_owned(),
        fail_on: Impact::Breaks,
        untested: vec![],
    };
    serde_json::to_string(&report(&recordings, &choices).unwrap()).unwrap()
}

#[test]
fn eight_threads_at_once_write_the_same_report() {
    let first = rendered(&["lab-zed.rec", "lab-new.rec"]);
    let threads: Vec<_> = (0..8)
        .map(|_| std::thread::spawn(|| rendered(&["lab-zed.rec", "lab-new.rec"])))
        .collect();
    for thread in threads {
        assert_eq!(thread.join().unwrap(), first);
    }
}

/// Every format, of two clouds that flap and differ; the JSON first.
fn all_formats(recordings: &[Recording]) -> [String; 7] {
    let choices = Choices {
        waivers: Waivers::default(),
        baseline: None,
        as_of: "2026-11-23".to_owned(),
        fail_on: Impact::Breaks,
        untested: vec![],
    };
    let report = report(recordings, &choices).unwrap();
    let style = Style {
        columns: 80,
        colour: Colour::Plain,
    };
    let layout = Layout {
        at_length: usize::MAX,
        ..Layout::default()
    };
    [
        json(&report).unwrap(),
        terminal(&report, style, layout).unwrap(),
        markdown(&report).unwrap(),
        junit(&report).unwrap(),
        sarif(&report, &Rules::embedded().unwrap()).unwrap(),
        csv(&report).unwrap(),
        annotations(&report).unwrap(),
    ]
}

#[test]
fn a_hundred_reports_of_the_same_recordings_under_any_timing_are_byte_same() {
    let some = [FLAPS.0, "network/network/pages"].map(str::to_owned).into();
    // read by all threads through the same files
    let recordings = [
        data::flapping("flapping").only(&some),
        data::open("lab-zed.rec").called("old").only(&some),
        data::open("lab-new.rec").called("new").only(&some),
    ];
    let first = all_formats(&recordings);
    assert!(
        first[0].contains("less-often"),
        "nothing that flaps is told"
    );
    let next = AtomicU64::new(0);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..7)
            .map(|_| {
                scope.spawn(|| {
                    let mut done = 0;
                    loop {
                        let turn = next.fetch_add(1, Ordering::Relaxed);
                        if turn >= 100 {
                            return done;
                        }
                        // threads fall out of step
                        for _ in 0..Random(turn).below(5000) {
                            std::thread::yield_now();
                        }
                        assert!(all_formats(&recordings) == first, "turn {turn} differs");
                        done += 1;
                    }
                })
            })
            .collect();
        let done: u64 = threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .sum();
        assert_eq!(done, 100);
    });
}

#[test]
fn what_a_round_runs_follows_from_what_is_recorded() {
    let pair = || [data::flapping("one"), data::open("lab-new.rec")];
    let plan = next_round(&data::compared(&pair()).pairs);
    for _ in 0..3 {
        assert_eq!(next_round(&data::compared(&pair()).pairs), plan);
    }
}
