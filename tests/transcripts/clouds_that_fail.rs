//! A cloud that can't be logged in to: one clear error, exit code 3, and the other cloud is observed all the same.

use crate::cloud::{BUSY, Cloud, Fault, GARBAGE, HTML};
use crate::program::{Desk, Told};
use std::time::Duration;

const LOGIN: &str = "POST /v3/auth/tokens";

/// No fault may cost more than this: the tests' profiles ask for answers within a second.
const SOON: Duration = Duration::from_secs(30);

/// `doctor` of a cloud that can't be worked with.
fn doctor(scheme: &str, cloud: &Cloud) -> Told {
    let mut desk = Desk::new();
    desk.profile("public", scheme, cloud);
    let told = desk.run("doctor public.toml");
    assert_eq!(told.code, 3, "{}", told.text);
    assert!(told.took < SOON, "{:?}", told.took);
    told
}

#[test]
fn all_is_well() {
    let cloud = Cloud::healthy();
    let mut desk = Desk::new();
    desk.profile("public", "http", &cloud);
    let told = desk.run("doctor public.toml");
    assert_eq!(told.code, 0, "{}", told.text);
    insta::assert_snapshot!(told.text);
}

#[test]
fn a_wrong_password() {
    let cloud = Cloud::healthy();
    let mut desk = Desk::new();
    desk.profile_of("public", "http", &cloud, ("wrong-password", 1));
    let told = desk.run("doctor public.toml");
    assert_eq!(told.code, 3, "{}", told.text);
    assert!(!told.text.contains("wrong-password"), "{}", told.text);
    insta::assert_snapshot!(told.text);
}

#[test]
fn nobody_listens() {
    let cloud = Cloud::with(&[("GET /", Fault::Gone)]);
    let _ = std::net::TcpStream::connect(&cloud.address).map(|mut stream| {
        use std::io::{Read, Write};
        stream.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
        let _ = stream.read(&mut [0; 1]);
    });
    insta::assert_snapshot!(doctor("http", &cloud).text);
}

#[test]
fn it_speaks_no_tls() {
    insta::assert_snapshot!(doctor("https", &Cloud::healthy()).text);
}

#[test]
fn nobody_known_vouches_for_its_certificate() {
    let cloud = Cloud::behind_an_unknown_certificate();
    insta::assert_snapshot!(doctor("https", &cloud).text);
}

#[test]
fn it_answers_html() {
    insta::assert_snapshot!(doctor("http", &Cloud::with(&[(LOGIN, HTML)])).text);
}

#[test]
fn it_answers_garbage() {
    insta::assert_snapshot!(doctor("http", &Cloud::with(&[(LOGIN, GARBAGE)])).text);
}

#[test]
fn it_answers_what_is_no_http() {
    let cloud = Cloud::with(&[(LOGIN, Fault::Raw("220 mail.example.com ESMTP\r\n"))]);
    insta::assert_snapshot!(doctor("http", &cloud).text);
}

#[test]
fn it_is_not_well() {
    insta::assert_snapshot!(doctor("http", &Cloud::with(&[(LOGIN, BUSY)])).text);
}

#[test]
fn it_closes_without_an_answer() {
    insta::assert_snapshot!(doctor("http", &Cloud::with(&[(LOGIN, Fault::Closes)])).text);
}

#[test]
fn it_never_answers() {
    let told = doctor("http", &Cloud::with(&[(LOGIN, Fault::Silent)]));
    assert!(told.took < Duration::from_secs(20), "{:?}", told.took);
    insta::assert_snapshot!(told.text);
}

#[test]
fn it_answers_without_an_end() {
    let cloud = Cloud::with(&[(LOGIN, Fault::Endless)]);
    let mut desk = Desk::new();
    desk.profile_of("public", "http", &cloud, ("right-password", 60));
    let told = desk.run("doctor public.toml");
    assert_eq!(told.code, 3, "{}", told.text);
    insta::assert_snapshot!(told.text);
    // what is read of an answer, and what the sockets hold
    assert!(cloud.written() < 24 << 20, "{}", cloud.written());
}

#[test]
fn of_two_clouds_each_says_for_itself_what_is_wrong_with_it() {
    let mut desk = Desk::new();
    desk.write("mistyped.toml", "famly = \"openstack\"\n");
    desk.profile("private", "http", &Cloud::healthy());
    desk.profile("public", "http", &Cloud::with(&[(LOGIN, HTML)]));
    // the gravest of 2, 3 and 0
    let told = desk.run("doctor public.toml mistyped.toml private.toml");
    assert_eq!(told.code, 2, "{}", told.text);
    insta::assert_snapshot!(told.text);
}

#[test]
fn the_other_cloud_is_observed_all_the_same() {
    let (private, public) = (Cloud::healthy(), Cloud::with(&[(LOGIN, HTML)]));
    let desk = Desk::pair(&private, &public);
    let told = desk
        .run("diff private.toml public.toml --scenarios SUITE -s network/network/short --out out");
    assert_eq!(told.code, 3, "{}", told.text);
    insta::assert_snapshot!(told.text);
    assert!(desk.path("out/private.rec").is_file());
    assert_eq!(private.networks(), Vec::<String>::new());
}

#[test]
fn a_plan_of_two_clouds_is_made_for_the_one_that_answers() {
    let (private, public) = (Cloud::healthy(), Cloud::with(&[(LOGIN, GARBAGE)]));
    let desk = Desk::pair(&private, &public);
    let told =
        desk.run("plan private.toml public.toml --scenarios SUITE -s network/subnet-pool/list");
    assert_eq!(told.code, 3, "{}", told.text);
    insta::assert_snapshot!(told.text);
}

#[test]
fn nothing_can_be_cleaned_up_where_nobody_can_log_in() {
    let mut desk = Desk::new();
    desk.profile("public", "http", &Cloud::with(&[(LOGIN, HTML)]));
    let told = desk.run("cleanup public.toml");
    assert_eq!(told.code, 3, "{}", told.text);
    insta::assert_snapshot!(told.text);
}
