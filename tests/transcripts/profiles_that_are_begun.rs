//! `interop init`: what it makes a profile of, and what it refuses.

use crate::cloud::Cloud;
use crate::program::Desk;
use std::collections::BTreeSet;
use std::fmt::Display;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;

/// Variables of a healthy cloud.
fn variables(cloud: &Cloud) -> Vec<(&'static str, String)> {
    vec![
        ("OS_AUTH_URL", format!("http://{}/v3", cloud.address)),
        ("OS_USERNAME", "demo".into()),
        ("OS_PASSWORD", "right-password".into()),
        ("OS_PROJECT_NAME", "demo".into()),
    ]
}

fn borrowed<'v>(variables: &'v [(&'static str, String)]) -> Vec<(&'static str, &'v str)> {
    variables
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect()
}

#[test]
fn of_the_environment_is_tried_at_once_and_never_written_over() {
    let cloud = Cloud::healthy();
    let desk = Desk::new();
    let variables = variables(&cloud);
    let told = desk.run_as("init --cloud mine", &borrowed(&variables), "");
    assert_eq!(told.code, 0, "{}", told.text);
    assert!(told.text.contains("mine.toml written"), "{}", told.text);
    assert!(
        told.text.contains("next: interop plan mine.toml"),
        "{}",
        told.text
    );
    let text = std::fs::read_to_string(desk.path("mine.toml")).unwrap();
    assert!(
        text.contains("password = { env = \"OS_PASSWORD\" }"),
        "{text}"
    );
    assert!(!text.contains("right-password"), "{text}");
    assert!(!told.text.contains("right-password"), "{}", told.text);
    let again = desk.run_as("init --cloud mine", &borrowed(&variables), "");
    assert_eq!(again.code, 2, "{}", again.text);
    assert!(again.text.contains("is there already"), "{}", again.text);
    assert_eq!(
        std::fs::read_to_string(desk.path("mine.toml")).unwrap(),
        text
    );
}

/// A desk with a `clouds.yaml` that has one cloud, `prod`.
fn with_prod(address: impl Display) -> Desk {
    let desk = Desk::new();
    let clouds = format!(
        "clouds:\n  prod:\n    auth:\n      auth_url: http://{address}/v3\n      username: demo\n      password: \
         right-password\n      project_name: demo\n"
    );
    desk.write("clouds.yaml", clouds);
    desk
}

#[test]
fn that_is_killed_while_it_tries_leaves_the_whole_profile_and_nothing_else() {
    // connections are made, and nobody answers
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let desk = with_prod(silent.local_addr().unwrap());
    let mut child = desk.start("init --cloud prod");
    let mut said = String::new();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    out.read_line(&mut said).unwrap();
    assert!(said.contains("prod.toml written"), "{said}");
    child.kill().unwrap();
    child.wait().unwrap();
    let files = std::fs::read_dir(desk.path("")).unwrap();
    let files: BTreeSet<_> = files.map(|file| file.unwrap().file_name()).collect();
    assert_eq!(files, ["clouds.yaml", "prod.toml"].map(Into::into).into());
    let whole = desk.run("init --cloud prod --no-try --out whole.toml");
    assert_eq!(whole.code, 0, "{}", whole.text);
    let read = |name| std::fs::read_to_string(desk.path(name)).unwrap();
    assert_eq!(read("prod.toml"), read("whole.toml"));
    let again = desk.run("init --cloud prod");
    assert_eq!(again.code, 2, "{}", again.text);
    let help = "is tried by `interop doctor prod.toml`";
    assert!(again.text.contains(help), "{}", again.text);
}

#[test]
fn of_a_cloud_of_a_file_refers_to_it() {
    let cloud = Cloud::healthy();
    let desk = with_prod(&cloud.address);
    let told = desk.run("init --cloud prod");
    assert_eq!(told.code, 0, "{}", told.text);
    let text = std::fs::read_to_string(desk.path("prod.toml")).unwrap();
    assert!(text.contains("cloud = \"clouds.yaml:prod\""), "{text}");
    assert!(!text.contains("right-password"), "{text}");
    let told = desk.run("init --cloud stage --from clouds.yaml");
    assert_eq!(told.code, 2, "{}", told.text);
    assert!(told.text.contains("has no cloud `stage`"), "{}", told.text);
}

#[test]
fn of_answers_asks_for_no_secret() {
    let desk = Desk::new();
    let answers = "s3\nhttps://s3.example.com\n\nhunter2!\nMY_KEY\nMY_SECRET\n";
    let told = desk.run_as("init --from questions --cloud mine", &[], answers);
    assert_eq!(told.code, 0, "{}", told.text);
    assert!(
        told.text.contains("it reads MY_KEY, MY_SECRET"),
        "{}",
        told.text
    );
    assert!(
        told.text.contains("next: interop doctor mine.toml"),
        "{}",
        told.text
    );
    assert!(!told.text.contains("hunter2"), "{}", told.text);
    let text = std::fs::read_to_string(desk.path("mine.toml")).unwrap();
    assert!(
        text.contains("secret_key = { env = \"MY_SECRET\" }"),
        "{text}"
    );
}

#[test]
fn of_wrong_answers_is_not_written() {
    let desk = Desk::new();
    let told = desk.run_as(
        "init --from questions --cloud mine",
        &[],
        "s3\nno address\n\n\n\n",
    );
    assert_eq!(told.code, 2, "{}", told.text);
    assert!(
        told.text.contains("`endpoint` is no address"),
        "{}",
        told.text
    );
    assert!(!desk.path("mine.toml").exists());
    let told = desk.run("init");
    assert_eq!(told.code, 2, "{}", told.text);
    assert!(told.text.contains("--from questions"), "{}", told.text);
}
