//! Observing and comparing, on small executions written by hand: each test is a trap that a differ falls into.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails here")]

mod cloud;
mod missed;

use cloud::{NONCE, Spoken, answer, compared, differences, one_step, probed};
use interop::compare::{Kind, State, compare_scenario};
use interop::scenario::{Scenario, ScenarioId, letters, seed_of};

fn kinds(a: &Spoken, b: &Spoken) -> Vec<(Kind, String)> {
    differences(a, b)
        .into_iter()
        .map(|d| (d.kind, d.place))
        .collect()
}

#[test]
fn two_ids_of_the_same_form_are_nothing() {
    let a = one_step(
        200,
        r#"{"server": {"id": "11111111-1111-4111-8111-111111111111"}}"#,
    );
    let b = one_step(
        200,
        r#"{"server": {"id": "22222222-2222-4222-8222-222222222222"}}"#,
    );
    assert_eq!(kinds(&a, &b), []);
}

#[test]
fn an_id_without_hyphens_is_another_form() {
    let a = one_step(
        200,
        r#"{"server": {"id": "11111111-1111-4111-8111-111111111111"}}"#,
    );
    let b = one_step(
        200,
        r#"{"server": {"id": "2222abcd2222422282222222222222ff"}}"#,
    );
    assert_eq!(kinds(&a, &b), [(Kind::Format, "$.server.id".into())]);
}

#[test]
fn an_id_in_location_that_is_not_the_one_in_the_body_is_a_broken_reference() {
    let body = r#"{"server": {"id": "11111111-1111-4111-8111-111111111111"}}"#;
    let location = |id: &str| ("Location".to_owned(), format!("http://cloud/servers/{id}"));
    let a = one_step(202, body).header(location("11111111-1111-4111-8111-111111111111"));
    let b = one_step(202, body).header(location("99999999-9999-4999-8999-999999999999"));
    let found = differences(&a, &b);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].kind, Kind::Reference);
    assert!(
        found[0].a.starts_with("the same as") || found[0].b.starts_with("not that of"),
        "{found:?}"
    );
}

#[test]
fn an_id_that_is_two_hundred_does_not_eat_the_status() {
    let a = one_step(200, r#"{"flavor": {"id": "200", "vcpus": 200}}"#)
        .capture("flavor", "$.flavor.id");
    let b = one_step(200, r#"{"flavor": {"id": "300", "vcpus": 200}}"#)
        .capture("flavor", "$.flavor.id");
    assert_eq!(kinds(&a, &b), []);
    let c = one_step(200, r#"{"flavor": {"id": "300", "vcpus": 300}}"#)
        .capture("flavor", "$.flavor.id");
    assert_eq!(kinds(&a, &c), [(Kind::Value, "$.flavor.vcpus".into())]);
}

#[test]
fn a_status_speaks_for_everything_below_it() {
    let a = one_step(201, r#"{"server": {"id": "x"}}"#);
    let b = one_step(403, r#"{"forbidden": {"code": 403, "message": "no"}}"#);
    assert_eq!(kinds(&a, &b), [(Kind::AcceptedRefused, "status".into())]);
    assert_eq!(kinds(&b, &a), [(Kind::RefusedAccepted, "status".into())]);
}

#[test]
fn a_missing_object_is_one_difference_and_not_one_a_member() {
    let a = one_step(
        200,
        r#"{"server": {"name": "n", "fault": {"code": 1, "message": "m", "deep": {"er": 2}}}}"#,
    );
    let b = one_step(200, r#"{"server": {"name": "n"}}"#);
    assert_eq!(
        kinds(&a, &b),
        [(Kind::FieldRemoved, "$.server.fault".into())]
    );
    assert_eq!(kinds(&b, &a), [(Kind::FieldAdded, "$.server.fault".into())]);
}

#[test]
fn null_is_not_absent_and_not_empty() {
    let null = one_step(200, r#"{"a": null}"#);
    let empty = one_step(200, r#"{"a": ""}"#);
    let absent = one_step(200, "{}");
    assert_eq!(kinds(&null, &empty), [(Kind::FieldNull, "$.a".into())]);
    assert_eq!(kinds(&null, &absent), [(Kind::FieldRemoved, "$.a".into())]);
    assert_eq!(kinds(&absent, &empty), [(Kind::FieldAdded, "$.a".into())]);
}

#[test]
fn a_number_as_text_is_another_type_and_another_lexeme_another_form() {
    let number = one_step(200, r#"{"size": 1}"#);
    assert_eq!(
        kinds(&number, &one_step(200, r#"{"size": "1"}"#)),
        [(Kind::FieldType, "$.size".into())]
    );
    assert_eq!(
        kinds(&number, &one_step(200, r#"{"size": 1.0}"#)),
        [(Kind::Format, "$.size".into())]
    );
    assert_eq!(
        kinds(&number, &one_step(200, r#"{"size": 2}"#)),
        [(Kind::Value, "$.size".into())]
    );
}

#[test]
fn times_are_compared_by_form_only() {
    let a = one_step(200, r#"{"created": "2026-11-23T06:00:00Z"}"#);
    let later = one_step(200, r#"{"created": "2026-11-23T07:11:12Z"}"#);
    let fraction = one_step(200, r#"{"created": "2026-11-23T06:00:00.000000"}"#);
    assert_eq!(kinds(&a, &later), []);
    assert_eq!(kinds(&a, &fraction), [(Kind::Format, "$.created".into())]);
}

#[test]
fn a_name_that_comes_back_changed_is_an_echo_and_not_just_a_string() {
    let sent = one_step(200, &format!(r#"{{"name": "interop-a-{NONCE}"}}"#));
    let upper = one_step(
        200,
        &format!(r#"{{"name": "INTEROP-A-{}"}}"#, NONCE.to_uppercase()),
    );
    let cut = one_step(200, &format!(r#"{{"name": "interop-a-{}"}}"#, &NONCE[..12]));
    assert_eq!(kinds(&sent, &sent), []);
    assert_eq!(kinds(&sent, &upper), [(Kind::Echo, "$.name".into())]);
    assert_eq!(kinds(&sent, &cut), [(Kind::Echo, "$.name".into())]);
}

#[test]
fn a_duplicate_member_is_seen_though_every_parser_takes_the_last() {
    let a = one_step(200, r#"{"a": 1}"#);
    let b = one_step(200, r#"{"a": 1, "a": 1}"#);
    assert!(kinds(&a, &b).contains(&(Kind::Malformed, "body duplicate members".into())));
}

#[test]
fn in_a_list_what_belongs_to_others_counts_by_its_members_only() {
    let ours = format!(
        r#"{{"id": "11111111-1111-4111-8111-111111111111", "name": "interop-a-{NONCE}", "status": "ACTIVE"}}"#
    );
    let other = |status: &str| format!(r#"{{"id": "x", "name": "theirs", "status": "{status}"}}"#);
    let list = |items: &[&str]| one_step(200, &format!(r#"{{"servers": [{}]}}"#, items.join(",")));
    let a = list(&[&ours, &other("ACTIVE")]);
    let b = list(&[&other("ERROR"), &other("BUILD"), &ours]);
    assert_eq!(kinds(&a, &b), []);
    let without = list(&[&other("ERROR")]);
    assert_eq!(kinds(&a, &without)[0].0, Kind::Items);
}

#[test]
fn one_more_item_of_ours_renames_nothing() {
    let item = |label: &str, id: char| {
        let id = id.to_string();
        format!(
            r#"{{"id": "{}-1111-4111-8111-111111111111", "name": "interop-{label}-{NONCE}", "status": "ACTIVE"}}"#,
            id.repeat(8)
        )
    };
    let list =
        |items: &[String]| one_step(200, &format!(r#"{{"servers": [{}]}}"#, items.join(",")));
    let a = list(&[item("a", '1'), item("b", '2')]);
    let b = list(&[item("a", '3'), item("b", '4'), item("c", '5')]);
    let found = kinds(&a, &b);
    assert!(
        found.contains(&(Kind::Items, "$.servers#own".into())),
        "{found:?}"
    );
    assert!(
        found
            .iter()
            .all(|(_, place)| place.contains('#') || place.contains("name.c")),
        "{found:?}"
    );
}

#[test]
fn the_order_of_our_items_is_an_observation_of_its_own() {
    let item = |label: &str| format!(r#"{{"name": "interop-{label}-{NONCE}"}}"#);
    let list =
        |items: &[String]| one_step(200, &format!(r#"{{"servers": [{}]}}"#, items.join(",")));
    let found = kinds(
        &list(&[item("a"), item("b")]),
        &list(&[item("b"), item("a")]),
    );
    assert_eq!(found, [(Kind::Order, "$.servers#order".into())]);
}

#[test]
fn an_error_is_its_envelope_code_and_message() {
    let nova = one_step(404, r#"{"itemNotFound": {"code": 404, "message": "gone"}}"#);
    let worded = one_step(
        404,
        r#"{"itemNotFound": {"code": 404, "message": "not here"}}"#,
    );
    let other = one_step(
        404,
        r#"{"error": {"code": 404, "message": "gone", "title": "Not Found"}}"#,
    );
    assert_eq!(
        kinds(&nova, &worded),
        [(Kind::ErrorMessage, "error message".into())]
    );
    assert_eq!(
        kinds(&nova, &other),
        [(Kind::ErrorEnvelope, "error envelope".into())]
    );
    let html = one_step(404, "<html><body>gone</body></html>");
    assert_eq!(
        kinds(&nova, &html),
        [(Kind::Malformed, "body syntax".into())],
        "it says it is JSON"
    );
}

#[test]
fn a_missing_header_is_one_difference_of_the_service() {
    let a = one_step(200, "{}").header(("X-Thing".into(), "1".into()));
    let found = differences(&a, &one_step(200, "{}"));
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].kind, found[0].operation.as_str()),
        (Kind::HeaderRemoved, "compute *")
    );
}

#[test]
fn headers_of_the_hop_and_minted_values_are_nothing() {
    let head = |date: &str, server: &str| {
        one_step(200, "{}")
            .header(("Date".into(), date.into()))
            .header(("Server".into(), server.into()))
    };
    let a = head("Mon, 23 Nov 2026 06:37:16 GMT", "nginx");
    assert_eq!(
        kinds(&a, &head("Mon, 23 Nov 2026 07:00:00 GMT", "apache")),
        []
    );
}

#[test]
fn a_place_that_flaps_is_compared_by_class_and_counted() {
    let flapping = Spoken::of(vec![
        answer(200, r#"{"host": "alpha"}"#),
        answer(200, r#"{"host": "beta"}"#),
        answer(200, r#"{"host": "alpha"}"#),
    ]);
    let steady = one_step(200, r#"{"host": "gamma"}"#);
    let result = compared(&flapping, &steady);
    assert_eq!(result.differences, []);
    assert_eq!(result.mixed, 1);
    let number = one_step(200, r#"{"host": 7}"#);
    assert_eq!(
        kinds(&flapping, &number),
        [(Kind::FieldType, "$.host".into())]
    );
}

#[test]
fn a_named_list_of_ids_is_compared_by_its_forms_and_not_by_the_ids() {
    let body = |id: &str| {
        format!(
            r#"{{"ports": [{{"id": "{id}", "up": true}}, "{id}", 7], "name": "interop-a-{NONCE}"}}"#
        )
    };
    let read = |text: &str| {
        one_step(200, text).read_as("observe = { ports = '$.ports', name = '$.name' }")
    };
    let a = read(&body("11111111-1111-4111-8111-111111111111"));
    let b = read(&body("22222222-2222-4222-8222-222222222222"));
    assert_eq!(kinds(&a, &b), []);
    // what the name is read from tells that another form came, and the name doesn't tell it again
    let other = read(&body("2222abcd2222422282222222222222ff"));
    let told = kinds(&a, &other);
    assert!(told.iter().any(|(_, place)| place.starts_with("$.ports")));
    assert!(told.iter().all(|(kind, _)| *kind != Kind::Derived));
}

#[test]
fn the_length_of_a_redacted_secret_is_that_of_the_secret() {
    let read = |length: u32| {
        let mark = format!("«secret:password:{length}:alnum:0123abcd»");
        one_step(200, &format!(r#"{{"adminPass": "{mark}"}}"#))
            .read_as("derive = { size = { length = ['$.adminPass'] } }")
    };
    let found = differences(&read(12), &read(14));
    let size = found.iter().find(|d| d.place == "derived size").unwrap();
    assert_eq!((size.a.as_str(), size.b.as_str()), ("12", "14"));
}

#[test]
fn what_follows_from_a_binding_is_not_a_difference() {
    let a = one_step(
        200,
        r#"{"flavor": {"ram": 512, "original_name": "m1.tiny"}}"#,
    )
    .binding(r#"{"ram": 512, "name": "m1.tiny"}"#, "m1.tiny");
    let b = one_step(
        200,
        r#"{"flavor": {"ram": 2048, "original_name": "c2.small"}}"#,
    )
    .binding(r#"{"ram": 2048, "name": "c2.small"}"#, "c2.small");
    assert_eq!(kinds(&a, &b), []);
    let lies = one_step(
        200,
        r#"{"flavor": {"ram": 4096, "original_name": "c2.small"}}"#,
    )
    .binding(r#"{"ram": 2048, "name": "c2.small"}"#, "c2.small");
    assert_eq!(kinds(&a, &lies), [(Kind::Value, "$.flavor.ram".into())]);
}

#[test]
fn a_broken_connection_speaks_for_the_whole_answer() {
    let a = one_step(200, "{}");
    let found = kinds(&a, &Spoken::broken());
    assert_eq!(found, [(Kind::Wire, "connection".into())]);
}

#[test]
fn a_body_that_is_no_json_is_one_difference() {
    let found = kinds(&one_step(200, r#"{"a": {"b": 1}}"#), &one_step(200, ""));
    assert_eq!(found, [(Kind::FieldType, "body".into())]);
}

#[test]
fn a_step_that_both_reached_and_nothing_differs_is_the_same() {
    let result = compared(&one_step(200, "{}"), &one_step(200, "{}"));
    assert_eq!(result.steps[0].state, State::Same);
    let unreached = compared(&one_step(500, "{}"), &one_step(500, "{}"));
    assert_eq!(unreached.steps[0].state, State::NotExercised);
}

/// neutron lists in the order of random ids where none is asked for: by name that looked like noise, and two halves of one
/// cloud's repeats looked like two clouds.
#[test]
fn a_list_in_the_order_of_its_minted_ids_is_no_noise() {
    let list = |ids: [u8; 3]| {
        let items = ids.iter().zip(["a", "b", "c"]).map(|(id, name)| {
            let uuid = format!("{id:08}-1111-4111-8111-111111111111");
            (
                uuid.clone(),
                format!(r#"{{"id": "{uuid}", "name": "interop-{name}-{NONCE}"}}"#),
            )
        });
        let mut items: Vec<(String, String)> = items.collect();
        items.sort();
        let items: Vec<String> = items.into_iter().map(|(_, item)| item).collect();
        answer(200, &format!(r#"{{"networks": [{}]}}"#, items.join(", ")))
    };
    let shuffled = Spoken::of(vec![list([1, 2, 3]), list([3, 1, 2]), list([2, 3, 1])]);
    let lucky = Spoken::of(vec![list([1, 2, 3]); 3]);
    let found = compared(&shuffled, &lucky);
    assert_eq!(found.differences, []);
    assert_eq!(found.mixed, 0);
}

/// Now and then the four letters that a nonce draws first are a part of a common word ("request"): then every header with
/// that word had another name in that repeat.
#[test]
fn a_drawn_text_is_not_looked_for_where_none_was_sent() {
    let drawn = letters(seed_of(NONCE), 4);
    let word = format!("re{drawn}st");
    let a = one_step(200, &format!(r#"{{"word": "{word}"}}"#));
    let b = one_step(200, r#"{"word": "other"}"#);
    assert_eq!(differences(&a, &b)[0].a, word);
}

#[test]
fn a_drawn_text_of_any_length_is_recognised_whole() {
    let drawn = letters(seed_of(NONCE), 9000);
    let echo = |length: usize| {
        let text = &drawn[..length];
        one_step(200, &format!(r#"{{"echo": "{text}"}}"#)).sends(&drawn)
    };
    let found = differences(&echo(9000), &echo(8999));
    let shown: Vec<(&str, &str)> = found.iter().map(|d| (d.a.as_str(), d.b.as_str())).collect();
    assert_eq!(shown, [("‹text(9000)›", "‹text(8999)›")]);
}

#[test]
fn a_drawn_text_that_began_with_size_renamed_the_member_size() {
    let drawn = letters(seed_of(NONCE), 64);
    let body = format!(r#"{{"volume": {{"{}": 1}}}}"#, &drawn[..4]);
    let a = one_step(200, &body).sends(&drawn);
    let b = one_step(200, r#"{"volume": {}}"#).sends(&drawn);
    let place = format!("$.volume.{}", &drawn[..4]);
    assert_eq!(kinds(&a, &b), [(Kind::FieldRemoved, place)]);
}

#[test]
fn a_list_asked_for_by_the_name_of_a_shared_fixture_had_others_in_some_repeats_only() {
    // one of the names looks like a minted id, and the other does not
    for name in [
        "interop-a-wzlls3n0k2j5n45muhrg",
        "interop-a-ffaabncbbeomogpykkww",
    ] {
        let target = format!("/things?name={name}");
        let a = one_step(200, r#"{"things": []}"#).asks(&target);
        let b = one_step(200, r#"{"things": [{"name": "x"}]}"#).asks(&target);
        let found = kinds(&a, &b);
        let others = |(_, place): &(Kind, String)| place == "$.things#others";
        assert!(found.iter().any(others), "{name}: {found:?}");
    }
}

#[test]
fn an_error_that_quotes_the_day_of_the_signature_was_another_error_the_next_day() {
    let error = |day: &str, quoted: &str| {
        let message = format!("20260101 is not the same as X-Amz-Date: \\\"{quoted}\\\".");
        let body = format!(r#"{{"badRequest": {{"code": 400, "message": "{message}"}}}}"#);
        one_step(400, &body).on(day)
    };
    let a = error("2026-11-26T23:59:59Z", "20261126");
    assert_eq!(kinds(&a, &error("2026-11-27T00:00:01Z", "20261127")), []);
    assert_eq!(
        kinds(&a, &error("2026-11-27T00:00:01Z", "20261126")).len(),
        1
    );
}

#[test]
fn a_recording_of_a_scenario_that_would_not_be_run_any_more_could_not_be_read() {
    let text = "title = \"t\"\nwhy = \"w\"\nservice = \"compute\"\nrefs = [\"https://example.org\"]\nhazard = \"consumes\"\n\n\
                [[step]]\nid = \"make\"\nrequest = \"POST /things\"\njson = { name = \"{{ name.b }}\" }\nundo = \"compute.server\"\n";
    let id = || ScenarioId("compute/thing/ask".into());
    assert!(Scenario::parse(id(), "ask.toml", text).is_err());
    assert!(Scenario::parse_recorded(id(), "ask.toml", text).is_ok());
}

#[test]
fn of_a_read_that_stayed_stale_only_the_window_counts() {
    let text = "title = \"t\"\nwhy = \"w\"\nservice = \"compute\"\nrefs = [\"https://example.org\"]\nhazard = \"consumes\"\n\n\
                [[step]]\nid = \"write\"\nrequest = \"POST /things\"\nundo = { kind = \"compute.server\", id = \"$.id\" }\n\
                consistency = { quiet = 2, every = 0.5, most = 90 }\n\n\
                [[step.read]]\nid = \"read\"\nrequest = \"GET /things\"\nfresh = { \"$.count\" = 1 }\n";
    let scenario =
        Scenario::parse(ScenarioId("compute/thing/ask".into()), "ask.toml", text).unwrap();
    let compare = |a: &[bool], b: &[bool]| {
        let (a, b) = (probed(&scenario, a), probed(&scenario, b));
        compare_scenario(&scenario, &a, &b)
    };
    let some = [true, false, true, false, true];
    let pair = compare(&some, &[false; 5]);
    assert_eq!((pair.differences.len(), pair.mixed), (0, 0), "{pair:?}");
    let pair = compare(&[true; 5], &[false; 5]);
    let found: Vec<&str> = pair.differences.iter().map(|d| d.place.as_str()).collect();
    assert_eq!(found, ["consistency"], "{pair:?}");
}

#[test]
fn a_zone_that_is_captured_makes_nothing_ours() {
    let things = |count: usize| {
        let one = r#"{"zone": "us-east-1a", "name": "x"}"#;
        let all = vec![one; count].join(", ");
        let body = format!(r#"{{"zone": "us-east-1a", "things": [{all}]}}"#);
        one_step(200, &body).capture("zone", "$.zone")
    };
    assert_eq!(kinds(&things(1), &things(3)), []);
}

#[test]
fn the_id_of_a_call_is_the_same_as_nothing() {
    let body = r#"{"id": "11111111-1111-4111-8111-111111111111"}"#;
    let call = |id: &str| ("x-amzn-RequestId".to_owned(), id.to_owned());
    let a = one_step(200, body).header(call("11111111-1111-4111-8111-111111111111"));
    let b = one_step(200, body).header(call("22222222-2222-4222-8222-222222222222"));
    assert_eq!(kinds(&a, &b), []);
}
