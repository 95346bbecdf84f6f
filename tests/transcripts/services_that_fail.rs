//! A service that fails in the middle of a run beside a healthy cloud: what could be observed is kept, and what
//! could not is said.

use crate::cloud::{BUSY, Cloud, Fault, GARBAGE, HTML};
use crate::program::{Desk, Told};
use std::time::Duration;

const POOLS: &str = "GET /network/v2.0/subnetpools";
const QUICK: &str = "network/subnet-pool/list";
/// The same, for an answer that takes its time.
const PATIENT: &str = "network/subnet-pool/long";

fn arguments(scenario: &str) -> String {
    format!(
        "diff private.toml public.toml --scenarios SUITE -s network/network/short -s {scenario} --no-confirm --out out"
    )
}

/// A run of two scenarios: one that goes well on both clouds, and one that meets the fault on the second.
fn diff(fault: Fault, scenario: &str, code: i32) -> Told {
    let (private, public) = (Cloud::healthy(), Cloud::with(&[(POOLS, fault)]));
    let desk = Desk::pair(&private, &public);
    let told = desk.run(&arguments(scenario));
    assert_eq!(told.code, code, "{}", told.text);
    assert!(told.took < Duration::from_mins(1), "{:?}", told.took);
    for cloud in ["private", "public"] {
        assert!(desk.path(&format!("out/{cloud}.rec")).is_file(), "{cloud}");
    }
    assert_eq!(private.networks(), Vec::<String>::new());
    assert_eq!(public.networks(), Vec::<String>::new());
    // both recordings are whole, and say the same again
    let again = desk.run("diff out/private.rec out/public.rec");
    let report = |told: &Told| {
        let (_, rest) = told.text.split_once("=== standard output\n").unwrap();
        rest.split_once("=== standard error").unwrap().0.to_owned()
    };
    assert_eq!(report(&again), report(&told));
    // what is read of each endless answer, and what the sockets hold
    assert!(public.written() < 3 * (36 << 20), "{}", public.written());
    told
}

#[test]
fn no_fault_no_finding() {
    let cloud = Cloud::healthy();
    let desk = Desk::pair(&cloud, &Cloud::healthy());
    let told = desk.run(&arguments(QUICK));
    assert_eq!(told.code, 0, "{}", told.text);
    insta::assert_snapshot!(told.text);
}

#[test]
fn it_answers_html() {
    insta::assert_snapshot!(diff(HTML, QUICK, 1).text);
}

#[test]
fn it_answers_garbage() {
    insta::assert_snapshot!(diff(GARBAGE, QUICK, 1).text);
}

#[test]
fn it_is_not_well() {
    insta::assert_snapshot!(diff(BUSY, QUICK, 1).text);
}

#[test]
fn it_closes_without_an_answer() {
    insta::assert_snapshot!(diff(Fault::Closes, QUICK, 1).text);
}

#[test]
fn it_never_answers() {
    insta::assert_snapshot!(diff(Fault::Silent, QUICK, 1).text);
}

#[test]
fn it_answers_without_an_end() {
    insta::assert_snapshot!(diff(Fault::Endless, PATIENT, 1).text);
}

#[test]
fn it_is_never_there_again() {
    let (private, public) = (Cloud::healthy(), Cloud::with(&[(POOLS, Fault::Gone)]));
    let desk = Desk::pair(&private, &public);
    // only what reads: of what was being made when the cloud went away, nothing is known
    let told = desk.run(&arguments(QUICK).replace("-s network/network/short ", ""));
    assert_eq!(told.code, 3, "{}", told.text);
    insta::assert_snapshot!(told.text);
    assert!(desk.path("out/private.rec").is_file());
}
