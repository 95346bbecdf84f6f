//! Secrets are read at the last moment, and never shown.

use super::{CANARY, environment};
use crate::profile::Environment;
use crate::profile::secret::{Redacted, SecretSource};
use std::fs;
use std::path::Path;

fn surroundings() -> Environment {
    let path = std::env::var("PATH").unwrap();
    environment(
        Path::new(""),
        &[("PATH", &path), ("DEMO_PASSWORD", CANARY), ("EMPTY", "")],
    )
}

fn command(script: &str) -> SecretSource {
    SecretSource::Command(vec!["sh".into(), "-c".into(), script.into()])
}

fn read(source: &SecretSource) -> Result<String, String> {
    source
        .read(&surroundings())
        .map(|secret| secret.expose().clone())
        .map_err(|error| error.to_string())
}

#[test]
fn a_secret_is_read_from_where_the_profile_says() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("password");
    fs::write(&file, "canary of file \r\nsecond line\n").unwrap();
    for (source, want) in [
        (
            SecretSource::Inline(Redacted::new("inline".into())),
            "inline",
        ),
        (SecretSource::Env("DEMO_PASSWORD".into()), CANARY),
        (SecretSource::File(file), "canary of file "),
        (command("echo first; echo second; echo noise >&2"), "first"),
        // Only the variables of the environment that was handed over.
        (command("echo \"$DEMO_PASSWORD\""), CANARY),
        // More than a pipe holds.
        (
            command("echo first; head -c 300000 /dev/zero; head -c 300000 /dev/zero >&2"),
            "first",
        ),
    ] {
        assert_eq!(read(&source).unwrap(), want);
    }
}

#[test]
fn no_shell_reads_a_commands_arguments() {
    let words = ["printf", "%s", "$DEMO_PASSWORD; echo x"].map(str::to_owned);
    let secret = read(&SecretSource::Command(words.into())).unwrap();
    assert_eq!(secret, "$DEMO_PASSWORD; echo x");
}

#[test]
fn a_failed_command_shows_its_errors_and_never_its_output() {
    let text = read(&command(
        "echo canary; printf 'no such \\033[31mentry' >&2; exit 3",
    ))
    .unwrap_err();
    assert!(text.contains("no such \u{fffd}[31mentry"), "{text}");
    assert!(text.contains('3'), "{text}");
    assert!(!text.contains(CANARY), "{text}");
    let text = read(&command("printf '\\n'")).unwrap_err();
    assert!(text.contains("`sh` gave an empty first line"), "{text}");
    let text = read(&command("printf 'canary\\377\\n'")).unwrap_err();
    assert!(
        text.contains("not text") && !text.contains(CANARY),
        "{text}"
    );
}

#[test]
fn what_is_not_there_is_named() {
    for (source, want) in [
        (SecretSource::Env("NOT_SET".into()), "`NOT_SET` is not set"),
        (SecretSource::Env("EMPTY".into()), "`EMPTY` is not set"),
        (
            SecretSource::File("/nonexistent/password".into()),
            "/nonexistent/password",
        ),
        (
            SecretSource::Command(vec!["/nonexistent/program".into(), CANARY.into()]),
            "`/nonexistent/program` could not be run",
        ),
    ] {
        let text = read(&source).unwrap_err();
        assert!(text.contains(want), "{text}");
        assert!(!text.contains(CANARY), "{text}");
    }
}

#[test]
fn neither_a_secret_nor_an_environment_can_be_printed() {
    let secret = Redacted::new(CANARY.to_owned());
    let source = SecretSource::Inline(secret.clone());
    let all = format!("{secret:?} {secret:#?} {source:?} {:?}", surroundings());
    assert!(!all.contains(CANARY), "{all}");
}
