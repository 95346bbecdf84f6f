//! The container: written, read back, torn and corrupted.

use super::block::{self, MAGIC, Tag};
use super::samples::{exchange, execution, header};
use super::*;
use proptest::prelude::*;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// Committed when format 1 was made; must stay readable, and hold [`sample`], for ever.
const FORMAT_1: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/recording/format-1.rec");

fn sample() -> Recording {
    let mut again = execution("a/b/c", 1, 2);
    again.outcome = Outcome::SetAside("503".to_owned());
    let executions = [
        execution("a/b/d", 1, 1),
        execution("a/b/c", 2, 1),
        again,
        execution("a/b/c", 1, 1),
    ];
    let trailer = Trailer {
        ended: "2026-11-23T06:52:00Z".to_owned(),
        requests: 8,
        ..Trailer::default()
    };
    Recording::from_parts(header(), executions, Some(trailer)).with_controls(vec![Control {
        label: "login".to_owned(),
        exchanges: vec![exchange()],
    }])
}

/// Committed when format 2 was made; must stay readable, and hold [`sample_of_runs`], for ever.
const FORMAT_2: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/recording/format-2.rec");

/// Merged of two runs that bound different things.
fn sample_of_runs() -> Recording {
    let mut other = header();
    other.run = "20261124-065100-efgh".to_owned();
    let binding = other.cloud.discovery.bindings.values_mut().next().unwrap();
    binding.id = "2".to_owned();
    other.plan.shards = vec!["2/3".parse().unwrap()];
    let mut one = header();
    one.plan.shards = vec!["1/3".parse().unwrap()];
    let trailer = || Some(Trailer::default());
    merge(vec![
        Recording::from_parts(one, [execution("a/b/c", 1, 1)], trailer()),
        Recording::from_parts(other, [execution("a/b/d", 1, 1)], trailer()),
    ])
    .unwrap()
}

fn assert_same(left: &Recording, right: &Recording) {
    assert_eq!(left.header(), right.header());
    assert_eq!(left.trailer(), right.trailer());
    assert_eq!(left.scenarios(), right.scenarios());
    assert_eq!(left.controls().unwrap(), right.controls().unwrap());
    for scenario in left.scenarios() {
        assert_eq!(
            left.executions(scenario).unwrap(),
            right.executions(scenario).unwrap()
        );
    }
}

fn written(recording: &Recording) -> (tempfile::TempDir, PathBuf, Vec<u8>) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.rec");
    recording.write_to(&path).unwrap();
    let bytes = fs::read(&path).unwrap();
    (dir, path, bytes)
}

#[test]
fn what_was_written_is_read_back_by_round_and_repeat() {
    let (_dir, path, _) = written(&sample());
    let back = Recording::open(&path).unwrap();
    assert_same(&back, &sample());
    let places: Vec<(u32, u32)> = back
        .executions("a/b/c")
        .unwrap()
        .iter()
        .map(|e| (e.round, e.repeat))
        .collect();
    assert_eq!(places, [(1, 1), (1, 2), (2, 1)]);
    assert!(back.executions("a/b/z").unwrap().is_empty());
    let seen = back.verify();
    assert!(seen.is_sound(), "{seen:?}");
    assert_eq!((seen.executions, seen.exchanges), (4, 9));
}

/// `INTEROP_BLESS=1` writes the file anew: only for a format that no release has written yet.
#[test]
fn a_file_of_format_1_stays_readable() {
    if std::env::var_os("INTEROP_BLESS").is_some() {
        sample().write_to(Path::new(FORMAT_1)).unwrap();
    }
    assert_same(&Recording::open(Path::new(FORMAT_1)).unwrap(), &sample());
}

#[test]
fn a_file_of_format_2_stays_readable() {
    let sample = sample_of_runs();
    if std::env::var_os("INTEROP_BLESS").is_some() {
        sample.write_to(Path::new(FORMAT_2)).unwrap();
    }
    let back = Recording::open(Path::new(FORMAT_2)).unwrap();
    assert_same(&back, &sample);
    assert_eq!(back.header().format, 2);
    let of = |scenario: &str| back.executions(scenario).unwrap().remove(0);
    assert_eq!(
        back.header().discovery(&of("a/b/c")).bindings["flavor.small"].id,
        "1"
    );
    assert_eq!(
        back.header().discovery(&of("a/b/d")).bindings["flavor.small"].id,
        "2"
    );
}

#[test]
fn other_files_and_newer_formats_are_named_as_such() {
    let (_dir, path, bytes) = written(&sample());
    fs::write(&path, b"hello\n").unwrap();
    let error = Recording::open(&path).unwrap_err();
    assert!(matches!(error, ReadError::NotARecording(_)));
    let newer = [format!("{MAGIC}{}\n", FORMAT + 1).as_bytes(), &bytes[20..]].concat();
    fs::write(&path, newer).unwrap();
    let error = Recording::open(&path).unwrap_err();
    assert!(matches!(error, ReadError::Newer { found: 3, .. }));
    fs::write(&path, &bytes[..40]).unwrap();
    let error = Recording::open(&path).unwrap_err();
    assert!(matches!(error, ReadError::NoHeader { .. }), "{error}");
}

#[test]
fn a_block_of_an_unknown_kind_is_skipped() {
    let (_dir, path, bytes) = written(&sample());
    let mut unknown = block::encode(Tag::Unknown, "x").unwrap().unwrap();
    // as a later version would write it
    unknown[..4].copy_from_slice(b"WXYZ");
    let mut crc = flate2::Crc::new();
    crc.update(&unknown[..8]);
    unknown[8..12].copy_from_slice(&crc.sum().to_le_bytes());
    fs::write(&path, [bytes, unknown].concat()).unwrap();
    let back = Recording::open(&path).unwrap();
    assert_same(&back, &sample());
    assert_eq!(back.damage(), []);
}

#[test]
fn a_file_without_an_end_is_read_by_its_blocks() {
    let unended = Recording::from_parts(header(), [execution("a/b/c", 1, 1)], None);
    let (_dir, path, _) = written(&unended);
    let back = Recording::open(&path).unwrap();
    assert_same(&back, &unended);
    assert!(!back.verify().complete);
}

#[test]
fn contradictions_are_said() {
    let mut other = execution("a/b/c", 1, 1);
    other.request_hash = "33".to_owned();
    let stranger = execution("a/b/x", 1, 1);
    let seen = Recording::from_parts(
        header(),
        [execution("a/b/c", 1, 1), other, stranger],
        Some(Trailer::default()),
    )
    .verify();
    assert_eq!(seen.contradictions.len(), 3, "{seen:?}");
}

fn ids(recording: &Recording) -> Vec<(String, u32, u32)> {
    let of = |scenario| recording.executions(scenario).unwrap();
    let all = recording.scenarios().into_iter().flat_map(of);
    all.map(|e| (e.scenario, e.round, e.repeat)).collect()
}

proptest! {
    /// A crash at any byte: all blocks before it are there, and what isn't is said.
    #[test]
    fn a_torn_file_is_usable_up_to_its_last_whole_block(part in 0.0..1.0f64) {
        let (_dir, path, bytes) = written(&sample());
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "an index")]
        let end = (bytes.len() as f64 * part) as usize;
        let blocks = block::scan(&mut File::open(&path).unwrap(), 20).unwrap().blocks;
        fs::write(&path, &bytes[..end]).unwrap();
        let first = blocks[1].at;
        match Recording::open(&path) {
            Err(_) => prop_assert!((end as u64) < first),
            Ok(back) => {
                prop_assert!(end as u64 >= first);
                let whole = blocks[1..].iter().filter(|b| b.tag == Tag::Execution);
                let whole = whole.filter(|b| b.at + 16 + u64::from(b.length) <= end as u64);
                prop_assert_eq!(ids(&back).len(), whole.count());
                prop_assert!(back.trailer().is_none());
                let torn = !blocks.iter().any(|b| b.at == end as u64);
                prop_assert_eq!(back.damage().len(), usize::from(torn));
                prop_assert!(back.damage().iter().all(|d| d.kind == DamageKind::Torn
                    && d.at + d.length == end as u64));
            }
        }
    }

    /// A flipped byte costs the block that it is in, at most.
    #[test]
    fn a_corrupt_block_is_skipped_and_said(part in 0.0..1.0f64, flip in 1..=255u8) {
        let (_dir, path, mut bytes) = written(&sample());
        let blocks = block::scan(&mut File::open(&path).unwrap(), 20).unwrap().blocks;
        let first = usize::try_from(blocks[1].at).unwrap();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "an index")]
        let at = first + ((bytes.len() - first) as f64 * part) as usize;
        bytes[at] ^= flip;
        fs::write(&path, &bytes).unwrap();
        let back = Recording::open(&path).unwrap();
        let hit = blocks.iter().rev().find(|b| b.at <= at as u64).unwrap();
        prop_assert_eq!(ids(&back).len(), 4 - usize::from(hit.tag == Tag::Execution));
        prop_assert_eq!(back.trailer().is_some(), hit.tag != Tag::Trailer);
        let damage = back.damage();
        prop_assert_eq!(damage.len(), 1);
        prop_assert_eq!(damage[0].at, hit.at);
        prop_assert_eq!(damage[0].length, 16 + u64::from(hit.length));
    }
}
