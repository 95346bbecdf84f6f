//! Recordings as things to hand around: put together, shown, verified, signed, shared, and used after a crash.

use crate::program::{Desk, Told};
use interop::recording::Recording;
use std::path::{Path, PathBuf};
use std::process::Command;

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data")
        .join(name)
}

/// A desk with recordings of the lab by these names.
fn desk(names: &[&str]) -> Desk {
    let desk = Desk::new();
    for name in names {
        desk.write(name, std::fs::read(data(name)).unwrap());
    }
    desk
}

fn ok(told: Told) -> String {
    assert_eq!(told.code, 0, "{}", told.text);
    told.text
}

/// The report as a machine reads it.
fn report(desk: &Desk, a: &str, b: &str) -> serde_json::Value {
    let told = desk.run(&format!("diff {a} {b} --summary --json report.json"));
    assert_eq!(told.code, 1, "{}", told.text);
    serde_json::from_slice(&std::fs::read(desk.path("report.json")).unwrap()).unwrap()
}

fn ids(report: &serde_json::Value) -> Vec<String> {
    let findings = report["findings"].as_array().unwrap();
    let mut ids: Vec<String> = findings.iter().map(|f| f["id"].to_string()).collect();
    ids.sort();
    ids
}

/// What of a recording a shard of `of` would have had, as a run of its own.
fn shards(desk: &Desk, of: u32) -> String {
    let whole = Recording::open(&data("lab-zed.rec")).unwrap();
    let mut names = Vec::new();
    for index in 1..=of {
        let shard: interop::scenario::Shard = format!("{index}/{of}").parse().unwrap();
        let held = |id: &String| shard.holds(&interop::scenario::ScenarioId(id.clone()));
        let mut header = whole.header().clone();
        header.run = format!("run-{index}");
        header.plan.shards = vec![shard];
        header.plan.selected.retain(held);
        header.plan.skipped.retain(|id, _| held(id));
        let ran = whole
            .scenarios()
            .into_iter()
            .map(str::to_owned)
            .filter(held);
        let executions = ran.flat_map(|id| whole.executions(&id).unwrap());
        let mut trailer = whole.trailer().cloned().unwrap();
        // the requests of all shards together are those of the whole
        trailer.requests = if index == 1 { trailer.requests } else { 0 };
        let name = format!("shard-{index}.rec");
        let part = Recording::from_parts(header, executions.collect::<Vec<_>>(), Some(trailer));
        part.write_to(&desk.path(&name)).unwrap();
        names.push(name);
    }
    names.join(" ")
}

#[test]
fn shards_merged_give_the_report_of_the_whole_byte_for_byte() {
    let desk = desk(&["lab-zed.rec", "lab-new.rec"]);
    let names = shards(&desk, 3);
    let merged = ok(desk.run(&format!("merge {names} --out merged.rec")));
    assert!(!merged.contains("missing"), "{merged}");
    let whole = desk.run("diff lab-zed.rec lab-new.rec --json whole.json");
    let again = desk.run("diff merged.rec lab-new.rec --json merged.json");
    assert_eq!(whole.code, again.code);
    assert_eq!(
        whole
            .text
            .replace("lab-zed.rec", "")
            .replace("whole.json", ""),
        again
            .text
            .replace("merged.rec", "")
            .replace("merged.json", "")
    );
    let read = |name: &str| std::fs::read_to_string(desk.path(name)).unwrap();
    assert_eq!(read("whole.json"), read("merged.json"));
}

#[test]
fn what_does_not_belong_together_is_refused_and_what_is_missing_is_said() {
    let desk = desk(&["lab-zed.rec", "lab-new.rec"]);
    shards(&desk, 3);
    let other = desk.run("merge shard-1.rec lab-new.rec --out x.rec");
    assert_eq!(other.code, 2, "{}", other.text);
    assert!(other.text.contains("different clouds"), "{}", other.text);
    assert!(!desk.path("x.rec").exists());
    let part = ok(desk.run("merge shard-1.rec shard-3.rec --out part.rec"));
    assert!(
        part.contains("not all of the suite: shard 2/3 missing"),
        "{part}"
    );
    let shown = ok(desk.run("recording show part.rec"));
    assert!(shown.contains("shard 1/3, 3/3"), "{shown}");
    let there = desk.run("merge shard-1.rec shard-3.rec --out part.rec");
    assert_eq!(there.code, 2, "{}", there.text);
    assert!(there.text.contains("is there already"), "{}", there.text);
}

#[test]
fn a_recording_is_shown_and_verified_and_damage_is_said_at_its_place() {
    let desk = desk(&["lab-zed.rec"]);
    let copied = Recording::open(&data("lab-zed.rec")).unwrap();
    copied.write_to(&desk.path("copy.rec")).unwrap();
    let shown = ok(desk.run("recording show copy.rec"));
    let verified = ok(desk.run("recording verify copy.rec"));
    let old = ok(desk.run("recording verify lab-zed.rec"));
    let hash = regex::Regex::new("[0-9a-f]{64}").unwrap();
    let all = format!("{shown}\n{verified}\n{old}");
    insta::assert_snapshot!(hash.replace_all(&all, "SHA256"));

    let mut bytes = std::fs::read(desk.path("copy.rec")).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    desk.write("damaged.rec", &bytes);
    let told = desk.run("recording verify damaged.rec");
    assert_eq!(told.code, 2, "{}", told.text);
    let place = regex::Regex::new("from byte ([0-9]+) on").unwrap();
    let at: usize = place.captures(&told.text).unwrap()[1].parse().unwrap();
    assert!(at <= middle && middle < at + 100_000, "{at} {middle}");

    bytes[middle] ^= 1;
    // a block taken out whole: every checksum is right, and it is seen
    let start = bytes.iter().position(|b| *b == b'\n').unwrap() + 1;
    let end_of = |at: usize| {
        let length: [u8; 4] = bytes[at + 4..at + 8].try_into().unwrap();
        at + 16 + usize::try_from(u32::from_le_bytes(length)).unwrap()
    };
    let mut at = end_of(start);
    while &bytes[at..at + 4] != b"EXEC" {
        at = end_of(at);
    }
    desk.write("shorter.rec", [&bytes[..at], &bytes[end_of(at)..]].concat());
    let told = desk.run("recording verify shorter.rec");
    assert_eq!(told.code, 2, "{}", told.text);
    assert!(
        told.text.contains("not the one that its hash is of"),
        "{}",
        told.text
    );
}

#[test]
fn a_signature_is_one_that_ssh_keygen_makes_and_checks() {
    let desk = desk(&["lab-zed.rec"]);
    let keygen = |arguments: &[&str]| {
        let mut command = Command::new("ssh-keygen");
        command.args(arguments).current_dir(desk.path("."));
        command
            .output()
            .expect("ssh-keygen is there (package openssh-client)")
    };
    for name in ["key", "stranger"] {
        let made = keygen(&["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", name]);
        assert!(made.status.success(), "{made:?}");
    }
    let public = std::fs::read_to_string(desk.path("key.pub")).unwrap();
    desk.write("allowed", format!("provider@example.org {public}"));
    let stranger = std::fs::read_to_string(desk.path("stranger.pub")).unwrap();
    desk.write("others", format!("somebody@example.org {stranger}"));

    ok(desk.run("recording sign lab-zed.rec --key key"));
    let verified = ok(desk.run("recording verify lab-zed.rec --allowed-signers allowed"));
    assert!(verified.contains("provider@example.org"), "{verified}");
    let named = "recording verify lab-zed.rec --allowed-signers allowed --signer";
    ok(desk.run(&format!("{named} provider@example.org")));
    let shown = ok(desk.run("recording show lab-zed.rec"));
    assert!(shown.contains("ED25519"), "{shown}");
    // as somebody without this program does it
    let mut command = Command::new("ssh-keygen");
    command.args([
        "-Y",
        "verify",
        "-f",
        "allowed",
        "-I",
        "provider@example.org",
    ]);
    command.args(["-n", "interop-recording", "-s", "lab-zed.rec.sig"]);
    let file = std::fs::File::open(desk.path("lab-zed.rec")).unwrap();
    command.stdin(file).current_dir(desk.path("."));
    let by_hand = command.output().unwrap();
    assert!(by_hand.status.success(), "{by_hand:?}");

    for (arguments, said) in [
        (
            "--allowed-signers others",
            "signed by none of those in others",
        ),
        ("--allowed-signers allowed --signer x@y", "does not hold"),
        ("--allowed-signers nothing", "can't read nothing"),
    ] {
        let told = desk.run(&format!("recording verify lab-zed.rec {arguments}"));
        assert_eq!(told.code, 2, "{}", told.text);
        assert!(told.text.contains(said), "{}", told.text);
    }
    let again = desk.run("recording sign lab-zed.rec --key key");
    assert_eq!(again.code, 2, "{}", again.text);
    // another file with the same signature
    let copied = Recording::open(&data("lab-zed.rec")).unwrap();
    copied.write_to(&desk.path("copy.rec")).unwrap();
    std::fs::copy(desk.path("lab-zed.rec.sig"), desk.path("copy.rec.sig")).unwrap();
    for arguments in ["", " --allowed-signers allowed"] {
        let told = desk.run(&format!("recording verify copy.rec{arguments}"));
        assert_eq!(told.code, 2, "{}", told.text);
        assert!(told.text.contains("does not hold"), "{}", told.text);
    }
}

#[test]
fn what_is_shared_shows_the_same_and_names_nobody() {
    let desk = desk(&["lab-zed.rec", "lab-new.rec"]);
    ok(desk.run("recording redact lab-zed.rec --share --out shared.rec"));
    let private = report(&desk, "lab-zed.rec", "lab-new.rec");
    let shared = report(&desk, "shared.rec", "lab-new.rec");
    assert_eq!(ids(&private), ids(&shared));
    ok(desk.run("recording redact lab-new.rec --share --out other.rec"));
    assert_eq!(
        ids(&private),
        ids(&report(&desk, "shared.rec", "other.rec"))
    );

    let before = Recording::open(&data("lab-zed.rec")).unwrap();
    let after = Recording::open(&desk.path("shared.rec")).unwrap();
    assert!(!after.header().private);
    let mut text = serde_json::to_string(after.header()).unwrap();
    for scenario in after.scenarios() {
        text += &serde_json::to_string(&after.executions(scenario).unwrap()).unwrap();
    }
    for control in after.controls().unwrap() {
        text += &serde_json::to_string(&control.exchanges).unwrap();
    }
    for user in before.header().cloud.discovery.users.values() {
        for id in [&user.user_id, &user.project_id] {
            assert!(!text.contains(id.as_str()), "{id}");
        }
        for quoted in [
            r#"\"name\":\"NAME\""#,
            r#"\"name\": \"NAME\""#,
            r#""user_name":"NAME""#,
        ] {
            let named = quoted.replace("NAME", &user.user_name);
            assert!(!text.contains(&named), "{named}");
        }
    }
}

#[test]
fn redaction_again_changes_nothing_where_there_is_nothing_to_hide() {
    let desk = desk(&["lab-zed.rec"]);
    ok(desk.run("recording redact lab-zed.rec --out again.rec"));
    let before = Recording::open(&data("lab-zed.rec")).unwrap();
    let after = Recording::open(&desk.path("again.rec")).unwrap();
    assert_eq!(before.header(), after.header());
    for scenario in before.scenarios() {
        assert_eq!(
            before.executions(scenario).unwrap(),
            after.executions(scenario).unwrap()
        );
    }
}

#[test]
fn a_secret_that_older_rules_let_through_is_taken_out_later() {
    let desk = Desk::new();
    let whole = Recording::open(&data("lab-zed.rec")).unwrap();
    let scenario = whole.scenarios()[0].to_owned();
    let mut executions = whole.executions(&scenario).unwrap();
    let exchange = executions[0]
        .exchanges
        .iter_mut()
        .find(|e| e.answer.is_ok())
        .unwrap();
    let body = r#"{"server":{"adminPass":"hunter2-Correct"},"note":"aHVudGVyMi1Db3JyZWN0"}"#;
    let answer = exchange.answer.as_mut().unwrap();
    answer.body.text = Some(body.to_owned());
    let part = Recording::from_parts(whole.header().clone(), executions, None);
    part.write_to(&desk.path("old.rec")).unwrap();
    ok(desk.run("recording redact old.rec --out new.rec"));
    let after = Recording::open(&desk.path("new.rec")).unwrap();
    let text = serde_json::to_string(&after.executions(&scenario).unwrap()).unwrap();
    assert!(text.contains("«secret:password:15:"), "{text}");
    assert!(!text.contains("hunter2") && !text.contains("aHVudGVy"));
}

/// A crash at any byte: what is whole is used, it is said, and nothing differs that doesn't.
#[test]
fn a_recording_that_ends_anywhere_is_used_and_says_so() {
    const CUTS: usize = 24;
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("profiles/lab-new-s3.rec");
    let bytes = std::fs::read(&path).unwrap();
    let whole = Recording::open(&path).unwrap();
    let all: std::collections::BTreeMap<&str, _> = whole
        .scenarios()
        .into_iter()
        .map(|id| (id, whole.executions(id).unwrap()))
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cut.rec");
    let mut used = 0;
    for cut in 0..CUTS {
        // an odd step, so that ends fall within heads and within contents
        let end = (bytes.len() * cut / CUTS + cut * 7).min(bytes.len() - 1);
        std::fs::write(&file, &bytes[..end]).unwrap();
        let Ok(part) = Recording::open(&file) else {
            assert!(end < 1 << 20, "{end}");
            continue;
        };
        used += 1;
        assert!(part.trailer().is_none());
        let mut fewer = std::collections::BTreeSet::new();
        for id in part.scenarios() {
            let (left, all) = (part.executions(id).unwrap(), &all[id]);
            assert!(left.iter().all(|one| all.contains(one)), "{id}");
            if left.len() < all.len() && fewer.len() < 2 {
                fewer.insert(id.to_owned());
            }
        }
        let choices = interop::cli::reading::Choices {
            baseline: None,
            waivers: interop::judge::Waivers::default(),
            as_of: "2026-11-27".to_owned(),
            fail_on: interop::judge::Impact::Breaks,
            untested: vec![],
        };
        let sides = [
            part.only(&fewer).called("cut"),
            Recording::open(&path).unwrap().only(&fewer),
        ];
        let report = interop::cli::reading::report(&sides, &choices).unwrap();
        assert!(report.findings.is_empty(), "{end}: {:?}", report.findings);
        assert!(!report.clouds[0].complete);
    }
    assert!(used > CUTS / 2, "{used}");
}

#[test]
fn that_a_recording_ends_early_is_on_the_first_page() {
    let desk = desk(&["lab-zed.rec", "lab-new.rec"]);
    let bytes = std::fs::read(data("lab-zed.rec")).unwrap();
    desk.write("cut.rec", &bytes[..bytes.len() * 2 / 3]);
    let told = desk.run("diff cut.rec lab-new.rec --summary");
    assert_eq!(told.code, 3, "{}", told.text);
    let said = "the recording of lab-zed ends before the run did";
    assert!(told.text.contains(said), "{}", told.text);
    assert!(told.text.contains("torn: the first"), "{}", told.text);
}
