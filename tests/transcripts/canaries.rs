//! Secrets that are planted in a profile and in a cloud's answers, and looked for in everything that comes out.

use crate::cloud::{Cloud, MADE_PASSWORD, MADE_SECRET, PRIVATE_KEY, SIGNATURE, TOKEN, USER_DATA};
use crate::program::Desk;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use interop::recording::Recording;
use std::fmt::Write as _;
use std::path::Path;

/// Has what must be escaped in JSON, in a URL and in a header.
const PASSWORD: &str = "right-password \\\"Z\u{fc}rich/7+%";

fn percent(text: &str, is_kept: fn(u8) -> bool) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if is_kept(byte) {
            out.push(char::from(byte));
        } else {
            write!(out, "%{byte:02X}").unwrap();
        }
        out
    })
}

fn json_escaped(text: &str) -> String {
    let quoted = serde_json::to_string(text).unwrap();
    quoted[1..quoted.len() - 1].to_owned()
}

fn unicode_escaped(text: &str) -> String {
    text.encode_utf16().fold(String::new(), |mut out, unit| {
        write!(out, "\\u{unit:04x}").unwrap();
        out
    })
}

/// All that stands for the whole secret.
fn forms(secret: &str) -> Vec<String> {
    vec![
        secret.to_owned(),
        json_escaped(secret),
        json_escaped(&json_escaped(secret)),
        unicode_escaped(secret),
        percent(secret, |byte| byte.is_ascii_alphanumeric()),
        percent(secret, |_| false),
        STANDARD.encode(secret),
        STANDARD.encode(format!("user:{secret}")),
        URL_SAFE_NO_PAD.encode(secret),
        hex::encode(secret),
        hex::encode_upper(secret),
        // UTF-8 taken for Latin-1
        secret.bytes().map(char::from).collect(),
    ]
}

/// Everything in a folder as text; recordings unpacked.
fn all_of(folder: &Path, into: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all_of(&path, into);
        } else if path.extension().is_some_and(|ending| ending == "rec") {
            let recording = Recording::open(&path).unwrap();
            into.push_str(&serde_json::to_string(recording.header()).unwrap());
            into.push_str(&serde_json::to_string(&recording.trailer()).unwrap());
            for control in recording.controls().unwrap() {
                into.push_str(&serde_json::to_string(&control).unwrap());
            }
            for scenario in recording.scenarios() {
                let executions = recording.executions(scenario).unwrap();
                into.push_str(&serde_json::to_string(&executions).unwrap());
            }
        } else if path.extension().is_none_or(|ending| ending != "toml") {
            into.push_str(&String::from_utf8_lossy(&std::fs::read(&path).unwrap()));
        }
    }
}

#[test]
fn no_secret_is_in_any_file_nor_on_the_screen_in_any_encoding() {
    let everywhere = [PASSWORD, TOKEN, MADE_PASSWORD, MADE_SECRET];
    let repeated: Vec<String> = everywhere.iter().flat_map(|secret| forms(secret)).collect();
    let (one, other) = (
        Cloud::that_repeats(repeated.clone()),
        Cloud::that_repeats(repeated),
    );
    let mut desk = Desk::new();
    for (name, cloud) in [("private", &one), ("public", &other)] {
        let toml = PASSWORD.replace('\\', "\\\\").replace('"', "\\\"");
        desk.profile_of(name, "http", cloud, (&toml, 5));
    }
    let select = "--scenarios SUITE -s network/network/short";
    let mut said = String::new();
    for command in [
        format!(
            "diff private.toml public.toml {select} -n 2 --no-confirm --full --out out --json report.json"
        ),
        format!("record private.toml {select} -n 1 --share --out recorded"),
        "recording redact out/private.rec --out again.rec".to_owned(),
        "recording redact out/private.rec --share --out shared.rec".to_owned(),
        "diff again.rec shared.rec --full --format json".to_owned(),
        "doctor private.toml".to_owned(),
        format!("plan private.toml {select}"),
        "cleanup private.toml --run out".to_owned(),
    ] {
        let told = desk.run(&command);
        assert_ne!(told.code, 2, "{}", told.text);
        assert_ne!(told.code, 70, "{}", told.text);
        said.push_str(&told.text);
    }
    all_of(&desk.path("."), &mut said);
    assert!(
        said.contains("«secret:password:"),
        "nothing was seen at all"
    );
    let at_their_place = [PRIVATE_KEY, USER_DATA, SIGNATURE];
    for secret in everywhere.iter().chain(&at_their_place) {
        for form in forms(secret) {
            for form in [
                json_escaped(&form),
                json_escaped(&json_escaped(&form)),
                form,
            ] {
                let at = said.find(&form);
                let around = at.map(|at| {
                    let from = said.floor_char_boundary(at.saturating_sub(300));
                    &said[from..said.floor_char_boundary(at + 300)]
                });
                assert_eq!(around, None, "{form}");
            }
        }
    }
}
