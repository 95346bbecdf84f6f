//! The journal as a run and a cleanup use it, on real files and real locks.

use super::*;
use crate::recording::Target;
use proptest::prelude::*;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

fn header() -> JournalHeader {
    JournalHeader {
        format: JOURNAL_FORMAT,
        run: "20261123-065100-abcd".to_owned(),
        cloud: "private".to_owned(),
        target: Target {
            endpoint: "http://127.0.0.1:5000/v3".to_owned(),
            ..Target::default()
        },
        profile: "profiles/private.toml".to_owned(),
        pid: 1,
        started: "2026-11-23T06:51:00Z".to_owned(),
    }
}

fn intent(name: &str) -> Intent {
    Intent {
        kind: "compute.server".to_owned(),
        name: name.to_owned(),
        ..Intent::default()
    }
}

fn place() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("private.journal");
    (dir, path)
}

#[tokio::test]
async fn an_intent_is_in_the_file_when_it_returns() {
    let (_dir, path) = place();
    let journal = Journal::create(&path, header()).unwrap();
    let number = journal.intend(intent("interop-a-1")).await.unwrap();
    let read = read_journal(&path).unwrap();
    assert_eq!(read.header, header());
    assert_eq!(read.entries, journal.entries());
    assert_eq!(read.entries[0].number, number);
    assert_eq!(read.entries[0].state, State::Intended);
    assert!(!read.torn && read.damaged.is_empty());
}

#[tokio::test]
async fn what_became_of_an_intent_is_in_the_file_after_a_flush() {
    let (_dir, path) = place();
    let journal = Journal::create(&path, header()).unwrap();
    let known = journal.intend(intent("a")).await.unwrap();
    let refused = journal.intend(intent("b")).await.unwrap();
    let lost = journal.intend(intent("c")).await.unwrap();
    journal.known(known, "id-1").unwrap();
    journal.undoing(known).unwrap();
    journal.gone(known).unwrap();
    journal.nothing(refused).unwrap();
    journal.maybe(lost, "timeout").unwrap();
    journal.undoing(lost).unwrap();
    journal.stuck(lost, "409").unwrap();
    journal.flush().await.unwrap();
    let read = read_journal(&path).unwrap();
    let states: Vec<&State> = read.entries.iter().map(|e| &e.state).collect();
    let stuck = State::Stuck("409".to_owned());
    assert_eq!(states, [&State::Gone, &State::Nothing, &stuck]);
    assert_eq!(read.entries[0].id.as_deref(), Some("id-1"));
    let left: Vec<&str> = read.unsettled().map(|e| e.intent.name.as_str()).collect();
    assert_eq!(left, ["c"]);
}

#[tokio::test]
async fn moves_that_make_no_sense_are_errors_and_leave_no_trace() {
    let (_dir, path) = place();
    let journal = Journal::create(&path, header()).unwrap();
    let one = journal.intend(intent("a")).await.unwrap();
    assert!(matches!(
        journal.gone(one),
        Err(JournalError::Illegal { .. })
    ));
    journal.nothing(one).unwrap();
    assert!(journal.undoing(one).is_err());
    assert!(journal.known(one, "x").is_err());
    assert!(matches!(
        journal.known(IntentId(7), "x"),
        Err(JournalError::Unknown(_))
    ));
    journal.flush().await.unwrap();
    assert_eq!(
        read_journal(&path).unwrap().entries[0].state,
        State::Nothing
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_tasks_intend_at_once() {
    let (_dir, path) = place();
    let journal = Arc::new(Journal::create(&path, header()).unwrap());
    let tasks: Vec<_> = (0..100)
        .map(|n| {
            let journal = Arc::clone(&journal);
            tokio::spawn(async move {
                let number = journal.intend(intent(&format!("n{n}"))).await.unwrap();
                // on disk by now, whatever the others do
                let read = read_journal(journal.path()).unwrap();
                assert!(read.entries.iter().any(|e| e.number == number));
                journal.known(number, "x").unwrap();
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    journal.flush().await.unwrap();
    let read = read_journal(&path).unwrap();
    assert_eq!(read.entries.len(), 100);
    assert_eq!(read.entries, journal.entries());
}

#[tokio::test]
async fn a_journal_is_live_and_not_to_be_cleaned_while_its_run_lives() {
    let (_dir, path) = place();
    let journal = Journal::create(&path, header()).unwrap();
    assert!(live(&path).unwrap());
    assert!(matches!(
        open_for_cleanup(&path),
        Err(JournalError::InUse(_))
    ));
    assert!(matches!(
        Journal::create(&path, header()),
        Err(JournalError::Exists(_))
    ));
    journal.close().unwrap();
    assert!(!live(&path).unwrap());
    let (cleanup, _) = open_for_cleanup(&path).unwrap();
    assert!(live(&path).unwrap());
    drop(cleanup);
    assert!(!live(&path).unwrap());
}

#[tokio::test]
async fn a_cleanup_goes_on_where_a_killed_run_stopped() {
    let (_dir, path) = place();
    let journal = Journal::create(&path, header()).unwrap();
    let one = journal.intend(intent("a")).await.unwrap();
    let two = journal.intend(intent("b")).await.unwrap();
    journal.known(two, "id-2").unwrap();
    journal.undoing(two).unwrap();
    journal.close().unwrap();
    let mut bytes = fs::read(&path).unwrap();
    bytes.extend_from_slice(b"{\"intended\":{\"n\":3,\"at\":\"\xe2");
    fs::write(&path, bytes).unwrap();

    let (cleanup, found) = open_for_cleanup(&path).unwrap();
    assert!(found.torn);
    assert_eq!(found.entries.len(), 2);
    cleanup.maybe(one, "the run was killed").unwrap();
    cleanup.nothing(one).unwrap();
    cleanup.undoing(two).unwrap();
    cleanup.gone(two).unwrap();
    cleanup.close().unwrap();
    let read = read_journal(&path).unwrap();
    assert_eq!(read.unsettled().count(), 0);
    assert_eq!((read.torn, read.damaged.len()), (false, 1));
}

#[tokio::test]
async fn a_line_that_was_destroyed_hides_no_other() {
    let (_dir, path) = place();
    let journal = Journal::create(&path, header()).unwrap();
    for name in ["a", "b", "c"] {
        journal.intend(intent(name)).await.unwrap();
    }
    journal.close().unwrap();
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("\"n\":2", "\"n\":?")).unwrap();
    let read = read_journal(&path).unwrap();
    let names: Vec<&str> = read
        .entries
        .iter()
        .map(|e| e.intent.name.as_str())
        .collect();
    assert_eq!(names, ["a", "c"]);
    assert_eq!(read.damaged, [3]);
}

#[test]
fn other_files_and_newer_formats_are_named_as_such() {
    let (_dir, path) = place();
    let error_of = |text: &str| {
        fs::write(&path, text).unwrap();
        read_journal(&path).unwrap_err()
    };
    assert!(matches!(error_of("hello\n"), JournalError::NotAJournal(_)));
    assert!(matches!(
        error_of("{\"journal\":{\"for"),
        JournalError::Empty(_)
    ));
    assert!(matches!(error_of(""), JournalError::Empty(_)));
    assert!(matches!(
        error_of("{\"journal\":{\"format\":2,\"new\":1}}\n"),
        JournalError::Newer { found: 2, .. }
    ));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Killed at any byte: what was acknowledged before is there, as far as it had come.
    #[test]
    fn nothing_that_was_intended_is_lost(
        moves in proptest::collection::vec((0..8usize, 0..6usize), 1..30),
        part in 0.0..1.0f64,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (_dir, path) = place();
        // length of the file → the entries that were acknowledged by then
        let mut stages: Vec<(usize, Vec<Entry>)> = Vec::new();
        runtime.block_on(async {
            let journal = Journal::create(&path, header()).unwrap();
            let mut numbers = Vec::new();
            for (which, what) in moves {
                match numbers.get(which) {
                    None => numbers.push(journal.intend(intent(&format!("n{which}…"))).await.unwrap()),
                    // illegal ones change nothing
                    Some(number) => {
                        let _ = match what {
                            0 => journal.known(*number, "id"),
                            1 => journal.maybe(*number, "why"),
                            2 => journal.nothing(*number),
                            3 => journal.undoing(*number),
                            4 => journal.gone(*number),
                            _ => journal.stuck(*number, "why\nnot"),
                        };
                        journal.flush().await.unwrap();
                    }
                }
                let length = fs::metadata(&path).unwrap().len();
                stages.push((usize::try_from(length).unwrap(), journal.entries()));
            }
        });
        let bytes = fs::read(&path).unwrap();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "an index")]
        let end = (bytes.len() as f64 * part) as usize;
        fs::write(&path, &bytes[..end]).unwrap();
        let acknowledged = stages.iter().rev().find(|(length, _)| *length <= end);
        match (read_journal(&path), acknowledged) {
            (Ok(read), Some((length, entries))) => {
                // one line more may be there without its newline
                let more = stages.iter().find(|(later, _)| *later == end + 1);
                let expected = more.map_or(entries, |(_, entries)| entries);
                prop_assert_eq!(&read.entries, expected);
                prop_assert_eq!(read.torn, end > *length && more.is_none());
                prop_assert!(read.damaged.is_empty());
            }
            (Ok(read), None) => {
                let more = stages.iter().any(|(later, _)| *later == end + 1);
                prop_assert_eq!(read.entries.len(), usize::from(more));
            }
            (Err(JournalError::Empty(_)), None) => {}
            (Err(error), _) => prop_assert!(false, "{error}"),
        }
        // and a cleanup can go on from there
        if let Ok((cleanup, found)) = open_for_cleanup(&path) {
            runtime.block_on(async {
                let number = cleanup.intend(intent("later")).await.unwrap();
                prop_assert!(found.entries.iter().all(|e| e.number < number));
                Ok(())
            })?;
            cleanup.close().unwrap();
            let again = read_journal(&path).unwrap();
            prop_assert_eq!(&again.entries[..found.entries.len()], &found.entries[..]);
            prop_assert_eq!(again.entries.len(), found.entries.len() + 1);
        }
    }
}
