//! What the user wrote is wrong: shown at its place, exit code 2, and no cloud was asked.

use crate::program::Desk;

const GOOD: &str = r#"family = "openstack"
auth_url = "http://127.0.0.1:1/v3"

[users.main]
username = "demo"
password = "s3cr3t-word"
project = "demo"
"#;

/// `doctor` of a profile that is no good.
fn doctor(profile: &str) -> String {
    let desk = Desk::new();
    desk.write("private.toml", profile);
    let told = desk.run("doctor private.toml");
    assert_eq!(told.code, 2, "{}", told.text);
    assert!(!told.text.contains("s3cr3t"), "{}", told.text);
    told.text
}

#[test]
fn a_key_that_is_unknown() {
    let wrong = GOOD.replace("username", "usrename");
    insta::assert_snapshot!(doctor(&wrong));
}

#[test]
fn a_key_that_is_missing() {
    let wrong = GOOD.replace("project = \"demo\"\n", "");
    insta::assert_snapshot!(doctor(&wrong));
}

#[test]
fn a_secret_in_clear_text_for_another_machine() {
    let wrong = GOOD.replace("http://127.0.0.1:1/v3", "https://identity.example.com/v3");
    insta::assert_snapshot!(doctor(&wrong));
}

#[test]
fn a_value_of_the_wrong_type() {
    let wrong = format!("{GOOD}\n[limits]\nin_flight = \"many\"\n");
    insta::assert_snapshot!(doctor(&wrong));
}

#[test]
fn what_is_no_toml() {
    let wrong = GOOD.replace("[users.main]", "[users.main");
    insta::assert_snapshot!(doctor(&wrong));
}

#[test]
fn a_profile_that_is_not_there() {
    let told = Desk::new().run("doctor nowhere.toml");
    assert_eq!(told.code, 2);
    insta::assert_snapshot!(told.text);
}

#[test]
fn several_mistakes_in_two_profiles_are_shown_together() {
    let desk = Desk::new();
    desk.write("private.toml", GOOD.replace("region", "regoin"));
    desk.write("public.toml", format!("regoin = \"R\"\nnotes = 1\n{GOOD}"));
    desk.write("other.toml", GOOD.replace("project =", "projct ="));
    let told = desk.run("diff private.toml public.toml other.toml");
    assert_eq!(told.code, 2);
    insta::assert_snapshot!(told.text);
}

#[test]
fn a_scenario_that_is_wrong() {
    let desk = Desk::new();
    desk.write("private.toml", GOOD);
    desk.write(
        "mine/network/network/odd.toml",
        "title = \"t\"\nwhy = \"w\"\nservice = \"network\"\nrefs = [\"https://example.com\"]\n\n\
         [[step]]\nid = \"list\"\nreqest = \"GET /networks/{{ netwrok }}\"\n",
    );
    let told = desk.run("diff private.toml private.toml --scenarios mine");
    assert_eq!(told.code, 2);
    insta::assert_snapshot!(told.text);
}

#[test]
fn a_folder_of_scenarios_that_is_not_there_and_a_selection_of_nothing() {
    let desk = Desk::new();
    desk.write("private.toml", GOOD);
    let folder = desk.run("plan private.toml --scenarios nowhere");
    let nothing = desk.run("plan private.toml -s compute/sever/*");
    assert_eq!((folder.code, nothing.code), (2, 2));
    insta::assert_snapshot!(format!("{}\n{}", folder.text, nothing.text));
}

/// A recording of the lab, which is whole.
fn recording() -> Vec<u8> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/lab-zed.rec");
    std::fs::read(path).unwrap()
}

fn diff(desk: &Desk, arguments: &str) -> String {
    let told = desk.run(arguments);
    assert_eq!(told.code, 2, "{}", told.text);
    told.text
}

#[test]
fn a_recording_that_is_none() {
    let desk = Desk::new();
    desk.write("whole.rec", recording());
    desk.write("foreign.rec", "PK\u{3}\u{4} this is another kind of file");
    desk.write("empty.rec", "");
    insta::assert_snapshot!(format!(
        "{}\n{}\n{}",
        diff(&desk, "diff whole.rec foreign.rec"),
        diff(&desk, "diff empty.rec whole.rec"),
        diff(&desk, "diff whole.rec nowhere.rec"),
    ));
}

#[test]
fn a_recording_without_its_beginning() {
    let desk = Desk::new();
    let whole = recording();
    desk.write("head.rec", &whole[..200]);
    let mut broken = whole.clone();
    for byte in &mut broken[100..300] {
        *byte ^= 0xff;
    }
    desk.write("broken.rec", broken);
    desk.write("whole.rec", whole);
    insta::assert_snapshot!(format!(
        "{}\n{}",
        diff(&desk, "diff whole.rec head.rec"),
        diff(&desk, "diff whole.rec broken.rec"),
    ));
}

#[test]
fn a_recording_that_ends_early_is_compared_as_far_as_it_goes_and_says_so() {
    let desk = Desk::new();
    let whole = recording();
    desk.write("torn.rec", &whole[..whole.len() / 4]);
    desk.write("whole.rec", whole);
    let told = desk.run("diff whole.rec torn.rec --summary");
    assert_eq!(told.code, 3, "{}", told.text);
    insta::assert_snapshot!(told.text);
}

#[test]
fn a_waiver_that_two_files_hold() {
    let desk = Desk::new();
    let waiver = "[[waiver]]\nid = \"abcdefghij\"\nwhy = \"known\"\nwho = \"ops\"\n";
    desk.write("ours.toml", waiver);
    desk.write("theirs.toml", waiver);
    let told = desk.run("diff one.rec two.rec --waivers ours.toml --waivers theirs.toml");
    assert_eq!(told.code, 2, "{}", told.text);
    insta::assert_snapshot!(told.text);
}

#[test]
fn a_selection_holds_for_recordings_too() {
    let desk = Desk::new();
    desk.write("one.rec", recording());
    desk.write("two.rec", recording());
    let told = desk.run("diff one.rec two.rec -s compute/flavor/list --summary");
    assert_eq!(told.code, 0, "{}", told.text);
    insta::assert_snapshot!(told.text);
    let nothing = desk.run("diff one.rec two.rec -s compute/nothing/*");
    assert_eq!(nothing.code, 2, "{}", nothing.text);
    assert!(
        nothing.text.contains("matches no scenario"),
        "{}",
        nothing.text
    );
}
