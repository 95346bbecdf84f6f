//! Imports run one way, along the way of the data; nothing right of `recording` reaches the network, the clock or chance.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails here")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// A module may import what stands before it.
const ORDER: [&str; 16] = [
    "profile",
    "dialect",
    "scenario",
    "recording",
    "transport",
    "embedded",
    "protocol",
    "plan",
    "journal",
    "run",
    "stats",
    "observe",
    "compare",
    "judge",
    "report",
    "cli",
];

/// These read recordings only.
const PURE: [&str; 7] = [
    "scenario", "dialect", "stats", "observe", "compare", "judge", "report",
];
const IMPURE: [&str; 12] = [
    "tokio",
    "hyper",
    "hyper_util",
    "tokio_rustls",
    "reqwest",
    "std::net::Tcp",
    "std::net::Udp",
    "SystemTime::now",
    "Instant::now",
    "OffsetDateTime::now",
    "getrandom",
    "std::env::var",
];
/// And what stands between scenarios and recordings is not for them.
const LIVE: [&str; 6] = [
    "transport",
    "embedded",
    "protocol",
    "plan",
    "journal",
    "run",
];

fn sources() -> BTreeMap<String, Vec<(PathBuf, String)>> {
    fn collect(folder: &Path, into: &mut Vec<(PathBuf, String)>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, into);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                into.push((path, text));
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    ORDER
        .iter()
        .map(|module| {
            let mut files = Vec::new();
            collect(&root.join(module), &mut files);
            assert!(!files.is_empty(), "{module}");
            ((*module).to_owned(), files)
        })
        .collect()
}

/// The lines of a file that are code of the module itself: no comments, no tests.
fn code(path: &Path, text: &str) -> Vec<String> {
    if path.iter().any(|part| part == "tests")
        || path
            .file_stem()
            .is_some_and(|s| s == "tests" || s == "testing" || s == "peer")
    {
        return vec![];
    }
    let body = text
        .split("#[cfg(test)]\nmod tests {")
        .next()
        .unwrap_or(text);
    body.lines()
        .map(str::trim)
        .filter(|line| !line.starts_with("//"))
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_module_imports_only_what_stands_before_it() {
    let mut wrong = Vec::new();
    for (module, files) in sources() {
        let position = ORDER.iter().position(|m| *m == module).unwrap();
        for (path, text) in files {
            for line in code(&path, &text) {
                for later in &ORDER[position + 1..] {
                    if line.contains(&format!("crate::{later}::"))
                        || line.contains(&format!("crate::{later};"))
                    {
                        wrong.push(format!("{}: {line}", path.display()));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nothing_right_of_recording_reaches_network_clock_or_chance() {
    let mut wrong = Vec::new();
    for (module, files) in sources()
        .iter()
        .filter(|(module, _)| PURE.contains(&module.as_str()))
    {
        for (path, text) in files {
            for line in code(path, text) {
                let live = LIVE.iter().map(|m| format!("crate::{m}::"));
                for word in IMPURE.iter().map(|w| (*w).to_owned()).chain(live) {
                    let import = line.starts_with("use ") || line.contains("::");
                    if import && line.contains(&word) {
                        wrong.push(format!("{module}: {}: {line}", path.display()));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
