//! `diff a.toml b.toml` equals `diff a.rec b.rec` for the recordings of that run.
//!
//! A live diff reads back the recording that it wrote, so what is left to hold is that writing and reading lose nothing.

use crate::data;

#[test]
fn what_is_written_is_read_back_whole() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["lab-zed.rec", "lab-new.rec"] {
        let recording = data::open(name);
        let copy = folder.path().join(name);
        recording.write_to(&copy).unwrap();
        let copy = interop::recording::Recording::open(&copy).unwrap();
        assert_eq!(recording.header(), copy.header());
        assert_eq!(recording.trailer(), copy.trailer());
        for id in recording.scenarios() {
            assert_eq!(
                recording.executions(id).unwrap(),
                copy.executions(id).unwrap(),
                "{id}"
            );
        }
    }
}

#[test]
fn a_comparison_of_copies_is_the_comparison() {
    let folder = tempfile::tempdir().unwrap();
    let names = ["lab-zed.rec", "lab-new.rec"];
    let copies: Vec<_> = names
        .iter()
        .map(|name| {
            let path = folder.path().join(name);
            data::open(name).write_to(&path).unwrap();
            interop::recording::Recording::open(&path).unwrap()
        })
        .collect();
    let originals = data::compared(&names.map(data::open));
    let copied = data::compared(&copies);
    assert_eq!(originals.pairs, copied.pairs);
    assert_eq!(originals.unstable, copied.unstable);
}
