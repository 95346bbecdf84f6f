//! A finding is cut to what shows it, live and of recordings; what it leaves runs, and nothing stays behind.

use crate::program::Desk;
use crate::store::{Store, Wrong};
use serde_json::Value;

const MANY: &str = r#"
title   = "A bucket is looked at in many ways"
why     = "A stand-in for a scenario that is too long to see what matters."
service = "s3"
refs    = ["https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html"]
hazard  = "consumes"

[[step]]
id      = "create"
request = "PUT /{{ name }}"
reach   = { status = 200 }
undo    = "s3.bucket"

[[step]]
id      = "begin"
request = "POST /{{ name }}/big?uploads"
capture = { upload = "$.InitiateMultipartUploadResult.UploadId" }

[[step]]
id      = "list"
request = "GET /{{ name }}?prefix=a"

[[step]]
id      = "abort"
request = "DELETE /{{ name }}/big?uploadId={{ upload }}"

[[step]]
id      = "location"
request = "GET /{{ name }}?location&other={{ row.value }}"
headers = { X-Amz-Meta-One = "1", X-Amz-Meta-Two = "2" }
each    = [{ id = "one", value = "1" }, { id = "two", value = "2" }]

[[step]]
id      = "list-again"
request = "GET /{{ name }}"
"#;

fn finding(desk: &Desk, is_it: &dyn Fn(&Value) -> bool) -> String {
    let text = std::fs::read_to_string(desk.path("report.json")).unwrap();
    let report: Value = serde_json::from_str(&text).unwrap();
    let mut findings = report["findings"].as_array().unwrap().iter();
    let found = findings.find(|finding| is_it(finding)).unwrap();
    found["id"].as_str().unwrap().to_owned()
}

/// A right store and a wrong one, and the finding that they were compared with.
fn compared(wrong: Wrong) -> (Store, Store, Desk, String) {
    let (private, public) = (Store::with(Wrong::Nothing), Store::with(wrong));
    let mut desk = Desk::new();
    desk.profile_of_store("private", &private);
    desk.profile_of_store("public", &public);
    desk.write("mine/many.toml", MANY);
    let told = desk.run(
        "diff private.toml public.toml --scenarios mine -s many -n 2 --out seen --json report.json",
    );
    assert_eq!(told.code, 1, "{}", told.text);
    let id = finding(&desk, &|finding| finding["place"] == "status");
    (private, public, desk, id)
}

#[test]
fn live_a_finding_is_cut_to_the_requests_that_show_it() {
    let (private, public, desk, id) = compared(Wrong::NoLocation);
    let told = desk.run(&format!(
        "repro {} private.toml public.toml --from report.json --scenarios mine --out tries",
        &id[..6]
    ));
    assert_eq!(told.code, 0, "{}", told.text);
    let left = "2 of 6 steps of many are left; requests, without undo: 2 on private, 2 on public";
    assert!(told.text.contains(left), "{}", told.text);
    assert!(told.text.contains("curl "), "{}", told.text);
    assert!(!told.text.contains("secret-word"), "{}", told.text);
    let cut = std::fs::read_to_string(desk.path(&format!("repro/{id}.toml"))).unwrap();
    for gone in ["X-Amz-Meta", "each", "other=", "reach", "upload"] {
        assert!(!cut.contains(gone), "{gone} is still in\n{cut}");
    }

    let told = desk.run(&format!("scenarios check repro/{id}.toml"));
    assert_eq!(told.code, 0, "{}", told.text);
    let told = desk.run(&format!(
        "diff private.toml public.toml --scenarios repro -s {id} -n 2 --out again --json report.json"
    ));
    assert_eq!(told.code, 1, "{}", told.text);
    assert_eq!(finding(&desk, &|finding| finding["id"] == id.as_str()), id);
    assert_eq!((private.buckets(), public.buckets()), (vec![], vec![]));
}

#[test]
fn what_showed_it_by_chance_is_gone_back_from() {
    let (private, public, desk, id) = compared(Wrong::NoLocationNowAndThen);
    let told = desk.run(&format!(
        "repro {id} private.toml public.toml --from report.json --scenarios mine --out tries"
    ));
    assert_eq!(told.code, 0, "{}", told.text);
    let cut = std::fs::read_to_string(desk.path(&format!("repro/{id}.toml"))).unwrap();
    assert!(cut.contains("other="), "{cut}");
    for gone in ["upload", "list", "reach"] {
        assert!(!cut.contains(gone), "{gone} is still in\n{cut}");
    }
    assert_eq!((private.buckets(), public.buckets()), (vec![], vec![]));
}

#[test]
fn what_does_not_show_again_is_said_and_nothing_is_written() {
    let (private, _public, desk, id) = compared(Wrong::NoLocation);
    let told = desk.run(&format!(
        "repro {id} private.toml private.toml --from report.json --scenarios mine --out tries"
    ));
    assert_eq!(told.code, 3, "{}", told.text);
    assert!(told.text.contains("did not show again"), "{}", told.text);
    assert!(!desk.path("repro").exists());
    let told = desk.run("repro nothing000 private.toml public.toml --from report.json");
    assert_eq!(told.code, 2, "{}", told.text);
    assert_eq!(private.buckets(), []);
}

#[test]
fn of_recordings_the_steps_are_cut_by_reading() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data");
    let clouds = format!("{folder}/lab-zed.rec {folder}/lab-new.rec");
    let desk = Desk::new();
    desk.run(&format!("diff {clouds} --json report.json"));
    let id = finding(&desk, &|finding| {
        finding["kind"] == "field-added" && finding["operation"] != "discovery"
    });
    let told = desk.run(&format!("repro {id} {clouds}"));
    assert_eq!(told.code, 0, "{}", told.text);
    assert!(
        told.text.contains("not run on lab-zed, lab-new"),
        "{}",
        told.text
    );
    let told = desk.run(&format!("scenarios check repro/{id}.toml"));
    assert_eq!(told.code, 0, "{}", told.text);
}
