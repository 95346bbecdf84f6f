//! An S3 service that refuses, or goes away in the middle of an upload: said clearly, and cleaned up.

use crate::program::{Desk, Told};
use crate::store::{Store, Wrong};

fn doctor(wrong: Wrong) -> Told {
    let store = Store::with(wrong);
    let mut desk = Desk::new();
    desk.profile_of_store("public", &store);
    let told = desk.run("doctor public.toml");
    assert_eq!(told.code, 3, "{}", told.text);
    assert!(!told.text.contains("secret-word"), "{}", told.text);
    told
}

#[test]
fn a_key_that_nobody_knows() {
    let message = "The access key ID you provided does not exist in our records.";
    insta::assert_snapshot!(doctor(Wrong::Login("InvalidAccessKeyId", message)).text);
}

#[test]
fn a_secret_that_is_not_the_keys() {
    let message = "The request signature we calculated does not match the signature you provided.";
    insta::assert_snapshot!(doctor(Wrong::Login("SignatureDoesNotMatch", message)).text);
}

#[test]
fn a_clock_that_is_wrong() {
    let message = "The difference between the request time and the current time is too large.";
    insta::assert_snapshot!(doctor(Wrong::Login("RequestTimeTooSkewed", message)).text);
}

#[test]
fn the_name_of_a_bucket_is_taken_and_what_somebody_else_has_stays() {
    let store = Store::with(Wrong::Taken);
    let mut desk = Desk::new();
    desk.profile_of_store("public", &store);
    let told =
        desk.run("calibrate public.toml --scenarios SUITE -s s3/bucket/short -n 2 --out out");
    assert_eq!(told.code, 0, "{}", told.text);
    insta::assert_snapshot!(told.text);
    assert_eq!(store.buckets().len(), 2);
}

#[test]
fn it_dies_in_the_middle_of_an_upload_and_the_program_does_too() {
    let store = Store::with(Wrong::DiesAtPart);
    let mut desk = Desk::new();
    desk.profile_of_store("public", &store);
    let mut running =
        desk.start("record public.toml --scenarios SUITE -s s3/multipart/short -n 1 --out out");
    store.await_end();
    running.kill().unwrap();
    running.wait().unwrap();
    let left = store.buckets();
    assert!(matches!(left.as_slice(), [(_, 1)]), "{left:?}");

    let nobody = desk.run("cleanup public.toml --run out");
    assert_eq!(nobody.code, 3, "{}", nobody.text);
    store.start_again();
    let told = desk.run("cleanup public.toml --run out");
    assert_eq!(told.code, 0, "{}", told.text);
    assert_eq!(store.buckets(), []);
    insta::assert_snapshot!(format!("{}\n{}", nobody.text, told.text));
}

#[test]
fn it_dies_in_the_middle_of_an_upload_and_comes_back() {
    let store = Store::with(Wrong::DiesAtPart);
    let mut desk = Desk::new();
    desk.profile_of_store("public", &store);
    let running =
        desk.start("record public.toml --scenarios SUITE -s s3/multipart/short -n 1 --out out");
    store.await_end();
    store.start_again();
    let ended = running.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    assert_eq!(store.buckets(), []);
}

#[cfg(unix)]
#[test]
fn a_time_limit_that_ends_the_program_has_it_undo_first() {
    let store = Store::with(Wrong::DiesAtPart);
    let mut desk = Desk::new();
    desk.profile_of_store("public", &store);
    let running =
        desk.start("record public.toml --scenarios SUITE -s s3/multipart/short -n 50 --out out");
    store.await_end();
    let pid = running.id().to_string();
    let sent = std::process::Command::new("kill")
        .args(["-TERM", &pid])
        .status();
    assert!(sent.unwrap().success());
    store.start_again();
    let ended = running.wait_with_output().unwrap();
    assert!(ended.status.code().is_some(), "{ended:?}");
    let told = String::from_utf8_lossy(&ended.stderr);
    assert!(told.contains("interrupted: undoing"), "{told}");
    assert_eq!(store.buckets(), []);
}
