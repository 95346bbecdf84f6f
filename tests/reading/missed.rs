//! What went unseen, or was told as something else, until mutants showed it.

use crate::cloud::{NONCE, Spoken, answer, differences, one_step, raced};
use crate::kinds;
use interop::compare::{Asker, Kind, compare_scenario};
use interop::scenario::{Scenario, ScenarioId, letters, seed_of};

const ID: &str = "11111111-1111-4111-8111-111111111111";

fn xml(body: &str) -> Spoken {
    one_step(200, &format!("<?xml version=\"1.0\"?>{body}"))
}

#[test]
fn an_item_of_a_list_with_a_key_could_come_twice() {
    let pool = |start: &str| format!(r#"{{"start": "{start}", "end": "10.0.0.99"}}"#);
    let subnet = |pools: [String; 2], again: usize| {
        let mut all = pools.to_vec();
        all.extend(vec![pools[1].clone(); again]);
        let all = all.join(", ");
        answer(
            200,
            &format!(r#"{{"subnet": {{"allocation_pools": [{all}]}}}}"#),
        )
    };
    // in another order in each repeat, so that another one comes twice
    let (one, other) = (pool("10.0.0.2"), pool("10.0.0.50"));
    let orders = [[one.clone(), other.clone()], [other.clone(), one.clone()]];
    let cloud = |again| {
        let of = |n: usize| subnet(orders[n % 2].clone(), again);
        Spoken::of(vec![of(0), of(1), of(2)])
    };
    let twice = "$.subnet.allocation_pools#twice".to_owned();
    assert_eq!(kinds(&cloud(0), &cloud(1)), [(Kind::Items, twice)]);
    assert_eq!(kinds(&cloud(1), &cloud(1)), []);
}

#[test]
fn two_items_with_one_key_and_other_bodies_are_both_seen() {
    let links = |more: &str| {
        let first = r#"{"rel": "self", "href": "http://cloud/a"}"#;
        one_step(
            200,
            &format!(r#"{{"thing": {{"links": [{first}{more}]}}}}"#),
        )
    };
    let found = differences(
        &links(""),
        &links(r#", {"rel": "self", "href": "http://cloud/b"}"#),
    );
    assert_eq!(found[0].place, "$.thing.links#twice", "{found:?}");
    let other = links(r#", {"rel": "self", "href": "http://cloud/c"}"#);
    let found = kinds(
        &other,
        &links(r#", {"rel": "self", "href": "http://cloud/b"}"#),
    );
    assert_eq!(found, [(Kind::Value, "$.thing.links[self].href".into())]);
}

#[test]
fn a_thing_of_others_could_come_twice_in_a_list() {
    let item = format!(r#"{{"id": "{ID}", "name": "theirs"}}"#);
    let list = |items: &[&str]| one_step(200, &format!(r#"{{"things": [{}]}}"#, items.join(", ")));
    let found = kinds(&list(&[&item]), &list(&[&item, &item]));
    assert_eq!(found, [(Kind::Items, "$.things#twice".into())]);
}

#[test]
fn a_drawn_text_that_came_back_in_capitals_was_another_text_in_each_repeat_and_so_none() {
    let drawn = letters(seed_of(NONCE), 64);
    let whole = answer(200, &format!(r#"{{"description": "{drawn}"}}"#));
    // what would be another text in each repeat of a real run
    let loud = |n: usize| {
        let text = drawn.to_uppercase();
        answer(200, &format!(r#"{{"description": "{}"}}"#, &text[n..]))
    };
    let a = Spoken::of(vec![whole; 3]).sends(&drawn);
    let b = Spoken::of(vec![loud(1), loud(2), loud(3)]).sends(&drawn);
    assert_eq!(kinds(&a, &b), [(Kind::Echo, "$.description".into())]);
    assert_eq!(kinds(&b, &a), [(Kind::Echo, "$.description".into())]);
}

#[test]
fn a_text_that_comes_back_in_some_repeats_is_unstable_and_no_finding() {
    let echo = answer(200, &format!(r#"{{"run": "{NONCE}"}}"#));
    let other = answer(200, r#"{"run": "k3j9x0q2"}"#);
    let a = Spoken::of(vec![echo.clone(); 3]);
    let b = Spoken::of(vec![echo, other.clone(), other]);
    assert_eq!(kinds(&a, &b), []);
}

#[test]
fn a_link_that_was_followed_was_not_compared_where_it_stands() {
    let version = |href: &str| {
        let links = format!(r#"[{{"rel": "self", "href": "http://cloud/{href}"}}]"#);
        one_step(200, &format!(r#"{{"version": {{"links": {links}}}}}"#))
            .capture("link", "$.version.links[0].href")
    };
    let found = kinds(&version("v3/"), &version("v3/-changed"));
    assert_eq!(found, [(Kind::Value, "$.version.links[self].href".into())]);
}

#[test]
fn of_a_member_that_comes_twice_only_that_is_told() {
    let once = one_step(200, r#"{"a": {"name": "x"}}"#);
    let twice = one_step(200, r#"{"a": {"name": "other", "name": "x"}}"#);
    let told = (Kind::Malformed, "body duplicate members".into());
    assert_eq!(kinds(&once, &twice), [told]);
}

#[test]
fn null_where_the_other_cloud_has_a_list_was_told_as_nothing_there() {
    let zones = |hosts: &str| {
        let zone = format!(r#"{{"zoneName": "nova", "hosts": {hosts}}}"#);
        one_step(200, &format!(r#"{{"availabilityZoneInfo": [{zone}]}}"#))
    };
    let place = "$.availabilityZoneInfo[*].hosts".to_owned();
    let found = kinds(&zones("null"), &zones("[]"));
    assert_eq!(found, [(Kind::FieldNull, place)]);
}

#[test]
fn what_others_leave_out_on_one_cloud_says_nothing() {
    let things = |values: &[&str]| {
        let items = values
            .iter()
            .map(|v| format!(r#"{{"id": "x", "note": {v}}}"#));
        let items: Vec<String> = items.collect();
        one_step(200, &format!(r#"{{"things": [{}]}}"#, items.join(", ")))
    };
    assert_eq!(
        kinds(&things(&["null"]), &things(&["null", "\"text\""])),
        []
    );
}

#[test]
fn tags_of_one_thing_had_no_order() {
    let tag = |key: &str| {
        format!(r#"{{"key": "{key}", "value": "interop-a-{NONCE}", "resourceId": "{ID}"}}"#)
    };
    let list = |keys: [&str; 3]| {
        let all: Vec<String> = keys.map(tag).into_iter().collect();
        one_step(200, &format!(r#"{{"tagSet": [{}]}}"#, all.join(", ")))
    };
    let found = kinds(&list(["b", "a", "c"]), &list(["c", "a", "b"]));
    assert_eq!(found, [(Kind::Order, "$.tagSet#order".into())]);
}

#[test]
fn a_set_of_tags_without_any_was_a_text() {
    let tags = |inside: &str| xml(&format!("<Tagging><TagSet>{inside}</TagSet></Tagging>"));
    let one = "<Tag><Key>a</Key><Value>b</Value></Tag>";
    let found = kinds(&tags(one), &tags(""));
    assert_eq!(
        found,
        [(Kind::FieldRemoved, "$.Tagging.TagSet.Tag[a]".into())]
    );
}

#[test]
fn an_item_with_another_key_was_two_findings() {
    let version = |id: &str| {
        let body =
            format!(r#"{{"versions": {{"values": [{{"id": "{id}", "status": "stable"}}]}}}}"#);
        one_step(200, &body)
    };
    let found = kinds(&version("v3.14"), &version("v3"));
    assert_eq!(found, [(Kind::Items, "$.versions.values".into())]);
}

#[test]
fn a_stranger_who_is_let_in_is_no_user_who_is() {
    let forbidden = r#"{"itemNotFound": {"code": 404, "message": "no"}}"#;
    let asked = |user: &str, spoken: Spoken| spoken.read_as(user).reaches("\"4xx\"");
    let ask = |user: &str| {
        let found = differences(
            &asked(user, one_step(404, forbidden)),
            &asked(user, one_step(200, "{}")),
        );
        (found[0].kind, found[0].asker)
    };
    assert_eq!(ask("as = 'alt'"), (Kind::RefusedAccepted, Asker::Stranger));
    assert_eq!(ask(""), (Kind::RefusedAccepted, Asker::Owner));
}

#[test]
fn a_name_that_is_captured_where_it_comes_back_was_any_text_for_that() {
    let of = |name: &str| {
        let text = format!(r#"{{"volume": {{"id": "{ID}", "name": "{name}"}}}}"#);
        one_step(200, &text).capture("called", "$.volume.name")
    };
    let sent = format!("Zürich {NONCE}");
    let a = of(&sent).sends(&sent);
    let b = of("Zürich ").sends(&sent);
    assert_eq!(kinds(&a, &b), [(Kind::Value, "$.volume.name".into())]);
    assert_eq!(kinds(&a, &a), []);
}

#[test]
fn what_losers_of_a_race_are_told_was_lost_where_one_more_won_by_chance() {
    let text = "title = \"t\"\nwhy = \"w\"\nservice = \"compute\"\nrefs = [\"https://example.org\"]\nhazard = \"consumes\"\n\n\
                [[step]]\nid = \"make\"\n\n[[step.race]]\nid = \"post\"\ntimes = 3\nrequest = \"POST /things\"\n\
                undo = { kind = \"compute.server\", id = \"$.id\" }\n";
    let scenario =
        Scenario::parse(ScenarioId("compute/thing/ask".into()), "ask.toml", text).unwrap();
    let told = |status: u16| {
        [
            [201, status, status],
            [201, 201, status],
            [201, status, status],
        ]
    };
    let places = |a: &[[u16; 3]], b: &[[u16; 3]]| {
        let pair = compare_scenario(&scenario, &raced(&scenario, a), &raced(&scenario, b));
        let places = pair.differences.into_iter().map(|d| d.place);
        (places.collect::<Vec<String>>(), pair.mixed)
    };
    assert_eq!(
        places(&told(400), &told(409)),
        (vec!["race outcomes".to_owned()], 1)
    );
    assert_eq!(places(&told(400), &[[201, 400, 400]; 3]), (vec![], 1));
    // one more winner is one difference, and not what is told as well
    let all = [[201; 3]; 3];
    assert_eq!(
        places(&[[201, 400, 400]; 3], &all),
        (vec!["race accepted".to_owned()], 0)
    );
}
