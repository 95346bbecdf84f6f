//! Secrets that are looked for after they went in, in every form that a service might give them.

use crate::profile::secret::Redacted;
use crate::recording::block::{self, MAGIC};
use crate::recording::samples::{execution, header};
use crate::recording::{
    Exchange, ExchangeMeta, Learned, Mark, Redactor, Role, SecretKind, Timing, UnredactedAnswer,
    UnredactedRequest, Writer,
};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use proptest::prelude::*;
use serde_json::json;
use serde_json::value::RawValue;
use std::fmt::Write as _;

const KEY: [u8; 32] = [9; 32];

fn redactor() -> Redactor {
    Redactor::new(Redacted::new(KEY))
}

fn knowing(secret: &str) -> Redactor {
    let redactor = redactor();
    assert_eq!(
        redactor.learn(&Redacted::new(secret.to_owned()), SecretKind::Password),
        Learned::Everywhere
    );
    redactor
}

fn mark(kind: SecretKind, value: &str) -> String {
    Mark::of(kind, value.as_bytes(), false, &KEY).to_string()
}

fn meta() -> ExchangeMeta {
    ExchangeMeta {
        step: "a".to_owned(),
        rows: Vec::new(),
        attempt: 1,
        role: Role::Observed,
        user: "main".to_owned(),
        service: "compute".to_owned(),
        version: None,
        sent: "2026-11-23T06:51:01.250Z".to_owned(),
        timing: Timing::default(),
    }
}

/// Header list, body.
type Part<'a> = (&'a [(&'a str, &'a str)], &'a str);

fn exchange(redactor: &Redactor, target: &str, sent: Part<'_>, came: Part<'_>) -> Exchange {
    let owned = |headers: &[(&str, &str)]| -> Vec<(String, String)> {
        headers
            .iter()
            .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
            .collect()
    };
    let (sent_headers, came_headers) = (owned(sent.0), owned(came.0));
    redactor.exchange(
        meta(),
        &UnredactedRequest {
            method: "POST",
            origin: "http://127.0.0.1",
            target,
            headers: &sent_headers,
            body: sent.1.as_bytes(),
        },
        Ok(UnredactedAnswer {
            interim: &[],
            status: 200,
            reason: "OK",
            headers: &came_headers,
            body: came.1.as_bytes(),
            length: came.1.len() as u64,
            md5: "0",
            cut: false,
        }),
    )
}

fn answered(redactor: &Redactor, body: &str) -> String {
    let kept = exchange(redactor, "/", (&[], ""), (&[], body));
    kept.answer.unwrap().body.text.unwrap_or_default()
}

fn json_escaped(text: &str) -> String {
    let quoted = serde_json::to_string(text).unwrap();
    quoted[1..quoted.len() - 1].to_owned()
}

fn json_escaped_wholly(text: &str) -> String {
    text.encode_utf16().fold(String::new(), |mut out, unit| {
        write!(out, "\\u{unit:04x}").unwrap();
        out
    })
}

fn percent(text: &str, spare: fn(u8) -> bool, upper: bool) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        match (spare(byte), upper) {
            (true, _) => out.push(char::from(byte)),
            (false, true) => write!(out, "%{byte:02X}").unwrap(),
            (false, false) => write!(out, "%{byte:02x}").unwrap(),
        }
        out
    })
}

/// All forms that stand for the whole secret and may stand in a JSON string as they are.
fn forms(secret: &str) -> Vec<String> {
    vec![
        json_escaped(secret),
        json_escaped_wholly(secret),
        json_escaped(&json_escaped(secret)),
        json_escaped(secret).replace('/', "\\/"),
        percent(secret, |b| b.is_ascii_alphanumeric(), true),
        percent(secret, |b| b.is_ascii_alphanumeric(), false),
        percent(secret, |_| false, true),
        percent(
            &percent(secret, |b| b.is_ascii_alphanumeric(), true),
            |b| b != b'%',
            true,
        ),
        STANDARD.encode(secret),
        STANDARD.encode(secret).replace('/', "\\/"),
        percent(
            &STANDARD.encode(secret),
            |b| b.is_ascii_alphanumeric(),
            true,
        ),
        URL_SAFE_NO_PAD.encode(secret),
        hex::encode(secret),
        hex::encode_upper(secret),
    ]
}

/// What of base64 depends on nothing but the secret, wherever it stands in what was encoded.
fn inner_base64(secret: &str) -> Vec<String> {
    let encoded = |before: usize| STANDARD.encode(format!("{}{secret}", &"xx"[..before]));
    vec![
        encoded(0)[..secret.len() * 8 / 6].to_owned(),
        encoded(1)[2..(secret.len() + 1) * 8 / 6].to_owned(),
        encoded(2)[3..(secret.len() + 2) * 8 / 6].to_owned(),
    ]
}

fn secret() -> impl Strategy<Value = String> {
    // nothing that is itself all over a recording
    "[ -~\n\tßé€😀]{10,40}".prop_filter("not a word", |s: &String| {
        s.chars().filter(char::is_ascii_alphanumeric).count() > 4 && !s.contains('«')
    })
}

/// JSON members without secrets, as odd as they may be written.
const FILLERS: &[&str] = &[
    "\"a\":1.0",
    " \"a\" : 1e+2 ",
    "\"a\":-0.0,\"a\":null",
    "\"n\":[true,false , {}]",
    "\"u\":\"\\u00e9\\/é\\\"\"",
    "\n\t\"deep\":{\"x\":[[[\"y\"]]]}",
    "\"id\":\"12345678901234567890\",\"big\":12345678901234567890",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Everything but the secrets stays byte for byte, and what replaces them is JSON again.
    #[test]
    fn only_the_secrets_change(
        known in secret(),
        by_place in secret(),
        order in proptest::collection::vec(0..FILLERS.len() + 16, 0..12),
    ) {
        let redactor = knowing(&known);
        let forms = forms(&known);
        let escaped = json_escaped(&by_place);
        let (mut body, mut expected) = (String::new(), String::new());
        for choice in order {
            let (member, kept) = match choice.checked_sub(FILLERS.len()) {
                None => (FILLERS[choice].to_owned(), FILLERS[choice].to_owned()),
                Some(0) => (
                    format!("\"adminPass\" : \"{escaped}\""),
                    format!("\"adminPass\" : \"{}\"", mark(SecretKind::Password, &by_place)),
                ),
                Some(1) => (
                    format!("\"x\":{{\"private_key\":[\"{escaped}\"]}}"),
                    format!("\"x\":{{\"private_key\":[\"{}\"]}}", mark(SecretKind::PrivateKey, &by_place)),
                ),
                Some(form) => (
                    format!("\"text\":\"a§{}§b\"", forms[form - 2]),
                    format!("\"text\":\"a§{}§b\"", mark(SecretKind::Password, &known)),
                ),
            };
            for (text, member) in [(&mut body, member), (&mut expected, kept)] {
                text.push_str(if text.is_empty() { "{" } else { "," });
                text.push_str(&member);
            }
        }
        prop_assume!(!body.is_empty());
        body.push('}');
        expected.push('}');
        let kept = exchange(&redactor, "/", (&[], &body), (&[], ""));
        let kept = kept.request.body.text.unwrap();
        prop_assert_eq!(&kept, &expected);
        prop_assert!(serde_json::from_str::<serde::de::IgnoredAny>(&kept).is_ok());
    }

    /// Canaries go in everywhere and are nowhere in what is on disk.
    #[test]
    fn no_form_of_a_secret_is_in_the_file(known in secret(), minted in secret(), late in secret()) {
        let redactor = knowing(&known);
        let mut exchanges = Vec::new();
        // before anything says that it is secret
        exchanges.push(exchange(&redactor, "/", (&[], ""), (&[], &json!({"note": late}).to_string())));
        for secret in [&known, &minted, &late] {
            // where it is minted, by place
            let answer = json!({"server": {"adminPass": secret}}).to_string();
            exchanges.push(exchange(&redactor, "/servers", (&[], ""), (&[], &answer)));
            for form in forms(secret) {
                let one_line = form.replace('\n', " ");
                let headers = [("X-Thing", one_line.as_str()), ("Location", &format!("/a?b={one_line}"))];
                let json = format!("{{\"a\":\"{form}\",\"{form}\":[1,\"x{form}y\"]}}");
                let text = format!("<p>{form}</p>");
                let target = format!("/a/{one_line}?b={one_line}");
                exchanges.push(exchange(&redactor, &target, (&headers, &json), (&headers, &text)));
                exchanges.push(exchange(&redactor, "/", (&[], &text), (&headers, &json)));
                // broken JSON
                exchanges.push(exchange(&redactor, "/", (&[], ""), (&[], &json[..json.len() - 1])));
            }
            for before in ["", "u", "us", "user:"] {
                let basic = STANDARD.encode(format!("{before}{secret}:tail"));
                let headers = [("Authorization", format!("Basic {basic}"))];
                let headers = [(headers[0].0, headers[0].1.as_str()), ("X-Other", basic.as_str())];
                exchanges.push(exchange(&redactor, "/", (&headers, &basic), (&headers, &basic)));
            }
        }
        let mut execution = execution("a/b/c", 1, 1);
        execution.fixtures.insert("srv.note".to_owned(), json!({"x": [known, minted]}));
        execution.exchanges = exchanges;
        let execution = redactor.execution(execution);

        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.rec");
        let writer = Writer::create(&path, &header()).unwrap();
        writer.append(&execution).unwrap();
        let mut file = std::fs::File::open(&path).unwrap();
        let start = MAGIC.len() as u64 + 2;
        let blocks = block::scan(&mut file, start).unwrap().blocks;
        prop_assert_eq!(blocks.len(), 2);
        let packed = blocks[1].read(&mut file).unwrap().unwrap();
        let text: Box<RawValue> = block::decode(&packed).unwrap();
        let text = text.get();
        for secret in [&known, &minted, &late] {
            let mut canaries = forms(secret);
            canaries.push(secret.clone());
            canaries.extend(inner_base64(secret));
            for canary in canaries {
                for form in [json_escaped(&canary), canary] {
                    prop_assert!(!text.contains(&form), "{form:?} is in the file");
                }
            }
        }
    }
}

#[test]
fn a_token_is_hidden_by_place_and_then_wherever_it_turns_up() {
    let redactor = redactor();
    let token = "gAAAAABabcdefghijklmnop_-12";
    let login = r#"{"auth":{"identity":{"methods":["password"],"password":{"user":{"name":"demo","password":"pw"}}}}}"#;
    let kept = exchange(
        &redactor,
        "/v3/auth/tokens",
        (&[], login),
        (
            &[("X-Subject-Token", token)],
            r#"{"token": {"issued_at": "x"}}"#,
        ),
    );
    assert_eq!(
        kept.request.body.text.unwrap(),
        login.replace(
            "\"pw\"",
            &format!("\"{}\"", mark(SecretKind::Password, "pw"))
        )
    );
    assert_eq!(kept.request.body.md5, None);
    let expected = mark(SecretKind::Token, token);
    let answer = kept.answer.unwrap();
    assert_eq!(answer.headers[0].1, expected);
    assert_eq!(answer.body.md5.as_deref(), Some("0"));
    let later = exchange(
        &redactor,
        "/v3/x",
        (&[("x-auth-token", token)], ""),
        (&[], &format!("no token {token} here")),
    );
    assert_eq!(later.request.headers[0].1, expected);
    assert_eq!(
        later.answer.unwrap().body.text.unwrap(),
        format!("no token {expected} here")
    );
}

#[test]
fn what_was_sent_and_comes_back_is_hidden_by_place_only() {
    let redactor = redactor();
    let sent = r#"{"server":{"adminPass":"interop-a-0123456789"}}"#;
    let kept = exchange(&redactor, "/servers", (&[], sent), (&[], sent));
    assert!(
        !kept
            .answer
            .unwrap()
            .body
            .text
            .unwrap()
            .contains("interop-a")
    );
    let name = r#"{"server":{"name":"interop-a-0123456789"}}"#;
    assert_eq!(answered(&redactor, name), name);
}

#[test]
fn what_one_request_signs_is_hidden_in_its_answer_and_nowhere_else() {
    let redactor = redactor();
    let signature = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c";
    let data = "I2Nsb3VkLWNvbmZpZyBjYW5hcnk6IDE=";
    let header =
        format!("AWS4-HMAC-SHA256 Credential=AKID/x, SignedHeaders=host, Signature={signature}9");
    let forms: Vec<String> = [signature, data, &format!("{signature}9")]
        .iter()
        .flat_map(|secret| forms(secret))
        .collect();
    let said = json!({"message": forms}).to_string();
    let target = format!("/o?temp_url_sig={signature}&temp_url_expires=1");
    let sent = json!({"server": {"user_data": data}}).to_string();
    let headers = [("Authorization", header.as_str())];
    let kept = exchange(
        &redactor,
        &target,
        (&headers, &sent),
        (&[("X-Said", signature)], &said),
    );
    let text = serde_json::to_string(&kept).unwrap();
    for form in &forms {
        assert!(!text.contains(&json_escaped(form)), "{form} is in {text}");
    }
    assert_eq!(answered(&redactor, &said), said);
}

#[test]
fn a_number_at_a_secret_place_stays_json() {
    let kept = answered(
        &redactor(),
        r#"{"adminPass": 1234.50 ,"password":null,"secret":""}"#,
    );
    let number = Mark::of(SecretKind::Password, b"1234.50", true, &KEY);
    assert_eq!(number.alphabet, "number");
    assert_eq!(
        kept,
        format!(r#"{{"adminPass": "{number}" ,"password":null,"secret":""}}"#)
    );
    let kept = answered(&knowing("12345678"), r#"{"n": 123456789}"#);
    assert!(serde_json::from_str::<serde_json::Value>(&kept).unwrap()["n"].is_string());
}

#[test]
fn a_word_of_the_api_is_hidden_only_where_it_is_a_secret() {
    let redactor = redactor();
    let learn =
        |value: &str| redactor.learn(&Redacted::new(value.to_owned()), SecretKind::Password);
    assert_eq!(learn("password"), Learned::Word);
    assert_eq!(learn("pw"), Learned::TooShort);
    let kept = answered(
        &redactor,
        r#"{"methods":["password"],"password":"password"}"#,
    );
    assert_eq!(
        kept,
        format!(
            r#"{{"methods":["password"],"password":"{}"}}"#,
            mark(SecretKind::Password, "password")
        )
    );
}

#[test]
fn a_console_url_keeps_all_but_its_token() {
    let body = r#"{"remote_console":{"url":"http://h:6080/vnc_auto.html?path=%3Ftoken%3D1f0a7a6e-cafe-4f6e-9ac8-05ec1b0a8f1c"}}"#;
    let kept = answered(&redactor(), body);
    let token = "1f0a7a6e-cafe-4f6e-9ac8-05ec1b0a8f1c";
    assert_eq!(kept, body.replace(token, &mark(SecretKind::Token, token)));
    assert!(kept.contains(":36:uuid:"));
}

#[test]
fn a_secret_that_a_cut_goes_through_is_hidden() {
    let redactor = knowing("correct horse battery");
    let kept = |body: &str| {
        let answer = UnredactedAnswer {
            interim: &[],
            status: 200,
            reason: "",
            headers: &[],
            body: body.as_bytes(),
            length: 1000,
            md5: "0",
            cut: true,
        };
        let sent = UnredactedRequest {
            method: "GET",
            origin: "",
            target: "/",
            headers: &[],
            body: b"",
        };
        let body = redactor
            .exchange(meta(), &sent, Ok(answer))
            .answer
            .unwrap()
            .body;
        assert!(body.cut);
        body.text.unwrap()
    };
    assert!(!kept("x correct horse").contains("horse"));
    assert!(!kept(r#"{"a":"correct ho"#).contains("correct"));
    assert!(!kept(r#"{"server":{"adminPass":"hunter"#).contains("hunter"));
}

#[test]
fn equal_secrets_of_one_run_have_equal_marks_and_of_two_runs_have_not() {
    let body = r#"{"adminPass":"a\u0062c/def"}"#;
    let same = r#"{"adminPass":"abc\/def"}"#;
    assert_eq!(answered(&redactor(), body), answered(&redactor(), same));
    let other = Redactor::new(Redacted::new([1; 32]));
    assert_ne!(answered(&redactor(), body), answered(&other, body));
}

#[test]
fn other_bytes_are_swept_too() {
    let redactor = knowing("correct horse");
    let mut body = vec![0xff, 0xfe];
    body.extend_from_slice(b"correct horse");
    let sent = UnredactedRequest {
        method: "PUT",
        origin: "",
        target: "/",
        headers: &[],
        body: &body,
    };
    let came: Result<UnredactedAnswer<'_>, _> = Err(crate::recording::WireError {
        kind: crate::recording::WireErrorKind::Reset,
        detail: "sent correct horse".to_owned(),
    });
    let kept = redactor.exchange(meta(), &sent, came);
    assert_eq!(&kept.request.body.bytes()[..2], [0xff, 0xfe]);
    assert!(!String::from_utf8_lossy(&kept.request.body.bytes()).contains("horse"));
    assert_eq!(kept.request.body.length, 15);
    assert!(!kept.answer.unwrap_err().detail.contains("horse"));
}

#[test]
fn documents_are_redacted_as_bodies_are() {
    let redactor = knowing("correct horse");
    let document = json!({"adminPass": "x", "deep": [{"a": "my correct horse"}], "n": 1});
    let kept = redactor.value(&document);
    assert_eq!(kept["adminPass"], mark(SecretKind::Password, "x"));
    assert_eq!(
        kept["deep"][0]["a"],
        format!("my {}", mark(SecretKind::Password, "correct horse"))
    );
    assert_eq!(kept["n"], 1);
    assert_eq!(redactor.value(&kept), kept);
}
