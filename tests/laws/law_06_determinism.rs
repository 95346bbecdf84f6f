//! The same recordings, rules, waivers and as-of date give the byte-same report, whatever the thread timing.

use crate::data;
use interop::cli::reading::{Choices, report};
use interop::judge::{Impact, Waivers};

fn rendered(names: &[&str]) -> String {
    let recordings: Vec<_> = names.iter().map(|name| data::open(name)).collect();
    let choices = Choices {
        waivers: Waivers::default(),
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
