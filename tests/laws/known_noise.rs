//! What a cloud is known to be unstable at is no finding against it, silences nothing else, and breaks no other law.

use crate::data::{self, FLAPS};
use interop::cli::reading::{Choices, noise, report};
use interop::compare::{Calibration, Comparison, Difference, Kind, calibrate};
use interop::judge::{Impact, Report, Waivers};
use interop::observe::Noise;
use interop::recording::{Answer, NoiseText, Recording};

const DAY: &str = "2026-11-23";

fn status(code: u16) -> impl Fn(&mut Answer) {
    move |answer| answer.status = code
}

/// Half of its answers to one scenario are 500.
fn half_fails(name: &str) -> Recording {
    data::changed(name, |repeat| repeat > 5, status(500))
}

fn calibrated(recording: &Recording, noise: &Noise) -> Calibration {
    calibrate(recording, noise, &data::parse).unwrap()
}

/// Learned, written and read again.
fn learned(recording: &Recording) -> Noise {
    let cloud = &recording.header().cloud.name;
    let found = calibrated(recording, &Noise::none(cloud));
    let text = Noise::none(cloud).with(&found.learned, DAY).text();
    Noise::read("public.noise.toml", &text).unwrap()
}

fn steady() -> Recording {
    data::open("lab-zed.rec")
}

fn none() -> Noise {
    Noise::none("private")
}

fn of_scenario(result: &Comparison) -> Vec<(String, Kind)> {
    let differences = result.pairs[0].differences.iter();
    let here = differences.filter(|d| d.scenario == FLAPS.0);
    here.map(|d| (d.place.clone(), d.kind)).collect()
}

#[test]
fn a_recording_that_was_loud_is_silent_in_every_split_with_what_was_learned_of_it() {
    for recording in [
        half_fails("public"),
        data::changed("public", |repeat| repeat > 5, data::without_header),
        data::flapping("public"),
    ] {
        let before = calibrated(&recording, &none());
        let noise = learned(&recording);
        assert!(!noise.is_empty() && noise.len() < 4, "{}", noise.text());
        let after = calibrated(&recording, &noise);
        assert_eq!((after.loud, after.differences), (0, vec![]));
        assert!(after.unstable.iter().all(|place| place.known));
        assert_eq!(after.unstable.len(), before.unstable.len());
        assert_eq!(after.hidden > 0, before.loud > 0);
        // and learned again, it is the same file
        let again = calibrated(&recording, &none()).learned;
        assert_eq!(noise.with(&again, "2027-01-01").text(), noise.text());
    }
    assert!(calibrated(&half_fails("public"), &none()).loud > 0);
}

#[test]
fn a_status_that_flaps_is_learned_once_and_not_with_all_that_hangs_below_it() {
    let noise = learned(&half_fails("public"));
    let places: Vec<&str> = noise.entries().map(|entry| entry.place.as_str()).collect();
    assert!(places.contains(&"status"), "{places:?}");
    assert!(
        !places.iter().any(|place| place.starts_with("header ")),
        "{places:?}"
    );
}

#[test]
fn what_was_seen_before_is_counted_and_no_finding_and_what_never_came_is_one() {
    let noise = learned(&half_fails("public"));
    let against = |code: u16, noise: &[Noise]| {
        let public = data::changed("public", |_| true, status(code));
        data::compared_with(&[steady(), public], noise)
    };
    let loud = against(500, &[]);
    assert!(of_scenario(&loud).contains(&("status".into(), Kind::AcceptedRefused)));
    let quiet = against(500, &[none(), noise.clone()]);
    assert_eq!(of_scenario(&quiet), []);
    assert!(quiet.pairs[0].noise.iter().any(|place| place.hidden));
    assert_eq!(quiet.pairs[0].mixed, loud.pairs[0].mixed);
    let unforeseen = against(403, &[none(), noise]);
    assert!(of_scenario(&unforeseen).contains(&("status".into(), Kind::AcceptedRefused)));
    assert!(!unforeseen.pairs[0].noise.iter().any(|place| place.hidden));
}

#[test]
fn places_that_are_known_to_flap_are_not_among_those_that_chance_decides() {
    let flapping = || data::flapping("public");
    let noise = learned(&flapping());
    let pair = |noise: &[Noise]| {
        data::compared_with(&[steady(), flapping()], noise)
            .pairs
            .remove(0)
    };
    let (before, after) = (pair(&[]), pair(&[none(), noise]));
    assert!(before.differences.iter().all(|d| d.kind == Kind::LessOften));
    assert!(!before.differences.is_empty() && before.mixed > 0);
    assert_eq!((after.differences, after.mixed), (vec![], 0));
    let hidden = after.noise.iter().filter(|place| place.hidden).count();
    assert_eq!(hidden, before.differences.len());
    assert_eq!(after.places, before.places);
}

#[test]
fn elsewhere_all_is_found_as_before() {
    let noise = learned(&half_fails("public"));
    let both = || {
        let name = |recording: Recording, name| recording.called(name);
        [half_fails("public"), name(data::open("lab-new.rec"), "new")]
    };
    let elsewhere = |result: Comparison| -> Vec<Difference> {
        let all = result.pairs.into_iter().flat_map(|pair| pair.differences);
        all.filter(|d| d.scenario != FLAPS.0).collect()
    };
    let before = elsewhere(data::compared(&both()));
    let after = elsewhere(data::compared_with(&both(), &[noise]));
    assert!(!before.is_empty());
    assert_eq!(before, after);
}

/// Everything that the two lab clouds differ in, but headers, listed as known to vary in value on the first.
fn all_listed() -> Noise {
    let result = data::compared(&[data::open("lab-zed.rec"), data::open("lab-new.rec")]);
    let of_operation = |d: &&Difference| d.operation.contains('/') && d.place.starts_with('$');
    let tables: std::collections::BTreeSet<String> = result.pairs[0]
        .differences
        .iter()
        .filter(of_operation)
        .map(|d| {
            format!(
                "\n[[noise]]\nservice = '{}'\noperation = '{}'\nplace = '''{}'''\nvaries = ['value']\nbecause = 'b'\nlearned = {DAY}\n",
                d.service, d.operation, d.place
            )
        })
        .collect();
    assert!(tables.len() > 3, "{tables:?}");
    let text: String = tables.into_iter().collect();
    Noise::read("x", &format!("cloud = 'lab-zed'\n{text}")).unwrap()
}

#[test]
fn where_only_the_value_is_known_to_vary_a_field_that_is_gone_is_still_found() {
    let both = [data::open("lab-zed.rec"), data::open("lab-new.rec")];
    let noise = [all_listed()];
    let fields = |result: &Comparison| -> Vec<(String, String, Vec<String>, String, Kind)> {
        let gone = |d: &&Difference| matches!(d.kind, Kind::FieldRemoved | Kind::FieldAdded);
        let differences = result.pairs[0].differences.iter().filter(gone);
        differences
            .map(|d| {
                (
                    d.scenario.clone(),
                    d.step.clone(),
                    d.rows.clone(),
                    d.place.clone(),
                    d.kind,
                )
            })
            .collect()
    };
    let (before, after) = (data::compared(&both), data::compared_with(&both, &noise));
    assert!(!fields(&before).is_empty());
    for field in fields(&before) {
        assert!(fields(&after).contains(&field), "{field:?}");
    }
    // the way back is the mirror of it
    let [zed, new] = both;
    let back = data::compared_with(&[new, zed], &[Noise::none("lab-new"), noise[0].clone()]);
    assert_eq!(
        back.pairs[0].differences.len(),
        after.pairs[0].differences.len()
    );
    let hidden = |result: &Comparison| result.pairs[0].noise.iter().filter(|n| n.hidden).count();
    assert_eq!(hidden(&back), hidden(&after));
}

#[test]
fn a_third_cloud_and_its_noise_change_nothing_between_two() {
    let noise = learned(&data::flapping("public"));
    let new = || data::open("lab-new.rec");
    let all = data::compared_with(
        &[steady(), new(), data::flapping("public")],
        &[none(), none(), noise.clone()],
    );
    let alone = [
        data::compared_with(&[steady(), new()], &[none(), none()]),
        data::compared_with(
            &[steady(), data::flapping("public")],
            &[none(), noise.clone()],
        ),
        data::compared_with(&[new(), data::flapping("public")], &[none(), noise]),
    ];
    for (pair, alone) in all.pairs.iter().zip(&alone) {
        let alone = &alone.pairs[0];
        assert_eq!(pair.differences, alone.differences);
        assert_eq!((&pair.noise, pair.mixed), (&alone.noise, alone.mixed));
    }
}

fn reported(recordings: &[Recording]) -> Report {
    let choices = Choices {
        waivers: Waivers::default(),
        baseline: None,
        as_of: DAY.to_owned(),
        fail_on: Impact::Breaks,
        untested: vec![],
    };
    report(recordings, &choices).unwrap()
}

#[test]
fn the_file_travels_in_the_recording_and_the_report_counts_what_it_did() {
    let carried = NoiseText {
        file: "public.noise.toml".to_owned(),
        text: learned(&half_fails("public")).text(),
    };
    let public = data::changed("public", |_| true, status(500)).with_noise(Some(carried.clone()));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("public.rec");
    public.write_to(&path).unwrap();
    let copy = Recording::open(&path).unwrap();
    assert_eq!(copy.header().noise, Some(carried));
    assert!(!noise(&copy, DAY).unwrap().is_empty());
    let live = reported(&[steady(), public]);
    let offline = reported(&[steady(), copy]);
    let text = |report: &Report| serde_json::to_string(report).unwrap();
    assert_eq!(text(&live), text(&offline));
    assert!(live.pairs[0].hidden > 0);
    let read = live
        .noise
        .iter()
        .find(|entry| entry.place == "status")
        .unwrap();
    assert_eq!((read.cloud.as_str(), read.hidden > 0), ("public", true));
    assert!(read.because.contains("500"), "{}", read.because);
    assert_eq!(
        live.clouds[1].noise.as_ref().unwrap().file,
        "public.noise.toml"
    );
}
