//! `calibrate --learn`: a cloud that flaps → a file → a calibration and a diff that know it.

use crate::program::Desk;
use interop::recording::{Execution, Recording};
use std::path::Path;

const SCENARIO: &str = "compute/flavor/list";

/// `public.rec`, which answers 500 to one scenario in half of its repeats, and `private.rec`, which doesn't.
fn desk() -> Desk {
    let desk = Desk::new();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/lab-zed.rec");
    let steady = Recording::open(&path).unwrap();
    let mut executions: Vec<Execution> = steady.executions(SCENARIO).unwrap();
    let of = |name: &str, executions: Vec<Execution>| {
        let mut header = steady.header().clone();
        name.clone_into(&mut header.cloud.name);
        let recording = Recording::from_parts(header, executions, steady.trailer().cloned());
        recording
            .write_to(&desk.path(&format!("{name}.rec")))
            .unwrap();
    };
    of("private", executions.clone());
    let half = executions.iter_mut().filter(|e| e.repeat > 5);
    for exchange in half.flat_map(|e| &mut e.exchanges) {
        exchange.answer.as_mut().unwrap().status = 500;
    }
    of("public", executions);
    desk
}

#[test]
fn it_is_learned_reviewed_and_known_from_then_on() {
    let desk = desk();
    let of = format!("calibrate public.rec -s {SCENARIO}");
    let loud = desk.run(&of);
    assert_eq!(loud.code, 1, "{}", loud.text);
    let learning = desk.run(&format!("{of} --learn"));
    assert_eq!(learning.code, 0, "{}", learning.text);
    let file = std::fs::read_to_string(desk.path("public.noise.toml")).unwrap();
    let known = desk.run(&of);
    assert_eq!(known.code, 0, "{}", known.text);
    let again = desk.run(&format!("{of} --learn=public.noise.toml"));
    let same = std::fs::read_to_string(desk.path("public.noise.toml")).unwrap();
    assert_eq!(file, same);
    let without = desk.run(&format!("{of} --no-noise"));
    assert_eq!(without.code, 1, "{}", without.text);
    let diff = desk.run(&format!("diff private.rec public.rec -s {SCENARIO}"));
    assert_eq!(diff.code, 0, "{}", diff.text);
    let date = regex::Regex::new(r"learned = \d{4}-\d\d-\d\d").unwrap();
    let file = date.replace_all(&file, "learned = YYYY-MM-DD");
    insta::assert_snapshot!(
        [
            &learning.text,
            file.as_ref(),
            &known.text,
            &again.text,
            &diff.text
        ]
        .map(str::to_owned)
        .join("\n")
    );
}

#[test]
fn a_file_that_is_wrong_stops_before_anything_is_compared() {
    let desk = desk();
    let good = "cloud = \"public\"\n\n[[noise]]\nservice = \"compute\"\noperation = \"GET /flavors\"\n\
                place = \"status\"\nvaries = [\"value\"]\nbecause = \"known\"\nlearned = 2026-11-23\n";
    desk.write("public.noise.toml", good.replace("because", "becuase"));
    let key = desk.run("diff private.rec public.rec");
    desk.write(
        "public.noise.toml",
        good.replace("cloud = \"public\"", "cloud = \"other\""),
    );
    let cloud = desk.run("calibrate public.rec --learn");
    desk.write("public.noise.toml", good);
    desk.write(
        "twice.toml",
        format!("{good}{}", &good[good.find("[[").unwrap()..]),
    );
    let twice = desk.run("diff private.rec public.rec --noise twice.toml");
    desk.write("stranger.toml", good.replace("\"public\"", "\"stranger\""));
    let stranger = desk.run("diff private.rec public.rec --noise stranger.toml");
    let nowhere = desk.run("diff private.rec public.rec --noise nowhere.toml");
    let all = [key, cloud, twice, stranger, nowhere];
    for told in &all {
        assert_eq!(told.code, 2, "{}", told.text);
    }
    insta::assert_snapshot!(all.map(|told| told.text).join("\n"));
}

#[cfg(feature = "embedded")]
#[test]
fn a_plan_says_what_a_run_would_take_for_noise() {
    let desk = Desk::new();
    let known = "cloud = \"embedded\"\n\n[[noise]]\nservice = \"s3\"\noperation = \"PUT /{}\"\n\
                 place = \"status\"\nvaries = [\"value\"]\nbecause = \"known\"\nlearned = 2026-11-23\n";
    desk.write("known.toml", known);
    let plan = "plan embedded -s s3/bucket/create";
    let told = desk.run(&format!("{plan} --noise known.toml"));
    assert_eq!(told.code, 0, "{}", told.text);
    let line = "known to be unstable: 1 of its places (known.toml)";
    assert!(told.text.contains(line), "{}", told.text);
    let without = desk.run(plan);
    assert!(!without.text.contains("unstable"), "{}", without.text);
    desk.write("known.toml", known.replace("embedded", "other"));
    let told = desk.run(&format!("{plan} --noise known.toml"));
    assert_eq!(told.code, 2, "{}", told.text);
}

#[test]
fn of_a_cloud_without_a_file_it_must_be_said_where() {
    let told = Desk::new().run("calibrate embedded --learn -s s3/none/*");
    assert_eq!(told.code, 2, "{}", told.text);
    assert!(told.text.contains("say --learn=FILE"), "{}", told.text);
}
