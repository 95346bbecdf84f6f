//! Where secrets stand, by name. Data, and the few functions that look something up in it.

use crate::recording::SecretKind;
use SecretKind::{
    AccessKey, Authorization, Cookie, File, Password, PrivateKey, Secret, Signature, TempUrlKey,
    Token, UserData,
};
use regex::bytes::Regex;
use std::ops::Range;
use std::sync::LazyLock;

/// Headers of requests and answers, lower case.
const HEADERS: &[(&str, SecretKind)] = &[
    ("x-auth-token", Token),
    ("x-service-token", Token),
    ("x-storage-token", Token),
    ("x-subject-token", Token),
    ("openstack-auth-receipt", Token),
    ("x-amz-security-token", Token),
    ("authorization", Authorization),
    ("proxy-authorization", Authorization),
    ("cookie", Cookie),
    ("set-cookie", Cookie),
    ("x-account-meta-temp-url-key", TempUrlKey),
    ("x-account-meta-temp-url-key-2", TempUrlKey),
    ("x-container-meta-temp-url-key", TempUrlKey),
    ("x-container-meta-temp-url-key-2", TempUrlKey),
    ("x-amz-server-side-encryption-customer-key", Secret),
    (
        "x-amz-copy-source-server-side-encryption-customer-key",
        Secret,
    ),
];

/// First words of an authorization that are no secret.
const SCHEMES: &[&str] = &[
    "AWS",
    "AWS4-HMAC-SHA256",
    "Basic",
    "Bearer",
    "Digest",
    "Negotiate",
];

/// JSON members, at any depth, in requests and answers.
const MEMBERS: &[(&str, SecretKind)] = &[
    ("adminPass", Password),
    ("password", Password),
    ("original_password", Password),
    ("new_password", Password),
    ("auth_password", Password),
    ("passphrase", Password),
    ("passcode", Password),
    ("private_key", PrivateKey),
    ("auth_key", Secret),
    ("secret", Secret),
    ("secret_key", Secret),
    ("client_secret", Secret),
    ("psk", Secret),
    ("access_key", AccessKey),
    ("user_data", UserData),
    ("OS-EXT-SRV-ATTR:user_data", UserData),
];

/// JSON members that are secret only within these others, innermost last.
const WITHIN: &[(&[&str], SecretKind)] = &[
    (&["identity", "token", "id"], Token),
    (&["auth", "token", "id"], Token),
    (&["access", "token", "id"], Token),
    (&["personality", "contents"], File),
    (&["credential", "access"], AccessKey),
    (&["credentials", "access"], AccessKey),
    (&["credential", "blob"], Secret),
    (&["credentials", "blob"], Secret),
];

/// Parameters of a query or a form, in any text that holds one.
const PARAMETERS: &[(&str, SecretKind)] = &[
    ("token", Token),
    ("access_token", Token),
    ("X-Amz-Security-Token", Token),
    ("temp_url_sig", Signature),
    ("X-Amz-Signature", Signature),
    ("Signature", Signature),
    ("X-Amz-Credential", AccessKey),
    ("AWSAccessKeyId", AccessKey),
    ("chunk-signature", Signature),
    ("password", Password),
    ("client_secret", Secret),
    ("UserData", UserData),
    ("LaunchTemplateData.UserData", UserData),
    ("UserData.Value", UserData),
];

/// Elements of XML answers: what S3 and EC2 say after a signature that they refuse, and keys that they make.
const ELEMENTS: &[(&str, SecretKind)] = &[
    ("SignatureProvided", Signature),
    ("AWSAccessKeyId", AccessKey),
    ("AccessKeyId", AccessKey),
    ("SecretAccessKey", Secret),
    ("SessionToken", Token),
    ("keyMaterial", PrivateKey),
    ("passwordData", Password),
    ("userData", UserData),
];

/// Words that are all over an API's traffic. Someone may use one as a password; replacing it
/// everywhere would destroy the recording and hide nothing.
const WORDS: &[&str] = &[
    "account",
    "alphabet",
    "access",
    "application",
    "compute",
    "container",
    "default",
    "fingerprint",
    "identity",
    "image",
    "length",
    "methods",
    "network",
    "object",
    "openstack",
    "project",
    "public",
    "secret",
    "server",
    "service",
    "session",
    "storage",
    "string",
    "subnet",
    "tenant",
    "volume",
];

/// A stretch of a text that is secret by its place.
pub(super) struct Found {
    pub range: Range<usize>,
    pub kind: SecretKind,
}

/// What kind of secret the value of this header is.
pub(super) fn header(name: &str) -> Option<SecretKind> {
    HEADERS
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, kind)| *kind)
}

/// Which parts of a secret header's value are secret: the scheme of an authorization and the names
/// and attributes of a cookie are behaviour.
pub(super) fn header_parts(name: &str, kind: SecretKind, value: &str) -> Vec<Found> {
    let mut found = Vec::new();
    let mut add = |range: Range<usize>| {
        if !range.is_empty() {
            found.push(Found { range, kind });
        }
    };
    match kind {
        Authorization => {
            let scheme = value.find(' ').filter(|end| {
                SCHEMES
                    .iter()
                    .any(|s| s.eq_ignore_ascii_case(&value[..*end]))
            });
            add(scheme.map_or(0, |end| end + 1)..value.len());
        }
        Cookie => {
            let pairs = if name.eq_ignore_ascii_case("set-cookie") {
                1
            } else {
                usize::MAX
            };
            let mut at = 0;
            for pair in value.split(';').take(pairs) {
                add(at + pair.find('=').map_or(0, |equals| equals + 1)..at + pair.len());
                at += pair.len() + 1;
            }
        }
        _ => add(0..value.len()),
    }
    found
}

/// What kind of secret stands at a JSON member, by the names on the way to it, innermost last.
pub(super) fn member<S: AsRef<str>>(path: &[S]) -> Option<SecretKind> {
    let last = path.last()?.as_ref();
    let ends_with = |names: &[&str]| {
        path.len() >= names.len()
            && path[path.len() - names.len()..]
                .iter()
                .zip(names)
                .all(|(have, want)| have.as_ref().eq_ignore_ascii_case(want))
    };
    MEMBERS
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(last))
        .map(|(_, kind)| *kind)
        .or_else(|| {
            WITHIN
                .iter()
                .find(|(names, _)| ends_with(names))
                .map(|(_, kind)| *kind)
        })
}

/// Values of secret parameters, passwords of URLs, and private keys, wherever they stand in a text.
pub(super) fn in_text(text: &[u8]) -> Vec<Found> {
    let mut all = Vec::new();
    for found in PARAMETER.captures_iter(text) {
        let (Some(name), Some(value)) = (found.get(1), found.get(2)) else {
            continue;
        };
        let kind = PARAMETERS
            .iter()
            .find(|(known, _)| known.as_bytes().eq_ignore_ascii_case(name.as_bytes()))
            .map_or(Secret, |(_, kind)| *kind);
        all.push(Found {
            range: value.range(),
            kind,
        });
    }
    for found in URL_PASSWORD.captures_iter(text) {
        all.extend(found.get(1).map(|value| Found {
            range: value.range(),
            kind: Password,
        }));
    }
    for found in ELEMENT.captures_iter(text) {
        let (Some(name), Some(value)) = (found.get(1), found.get(2)) else {
            continue;
        };
        let kind = ELEMENTS
            .iter()
            .find(|(known, _)| known.as_bytes() == name.as_bytes())
            .map_or(Secret, |(_, kind)| *kind);
        all.push(Found {
            range: value.range(),
            kind,
        });
    }
    all.extend(PEM.find_iter(text).map(|found| Found {
        range: found.range(),
        kind: PrivateKey,
    }));
    all
}

/// Too common to be looked for by value.
pub(in crate::recording) fn is_word(value: &str) -> bool {
    let names = HEADERS.iter().chain(MEMBERS).chain(PARAMETERS);
    names
        .map(|(name, _)| *name)
        .chain(WITHIN.iter().flat_map(|(names, _)| names.iter().copied()))
        .chain(WORDS.iter().copied())
        .any(|word| word.eq_ignore_ascii_case(value))
}

fn pattern(text: &str) -> Regex {
    #[expect(
        clippy::expect_used,
        reason = "built from literals; the tests compile it"
    )]
    Regex::new(text).expect("valid")
}

/// A parameter after a delimiter, each of `?`, `&` and `=` also percent-encoded (a console's URL
/// holds another one) or as a JSON escape.
static PARAMETER: LazyLock<Regex> = LazyLock::new(|| {
    let names: Vec<String> = PARAMETERS
        .iter()
        .map(|(name, _)| regex::escape(name))
        .collect();
    pattern(&format!(
        r#"(?i-u)(?:^|[?&;]|%3F|%26|\\u0026|\\u003f)({})(?:=|%3D|\\u003d)((?:[^&;#"'<>\\%\s]|%[013-9a-f][0-9a-f]|%2[0-57-9a-f])+)"#,
        names.join("|")
    ))
});

static ELEMENT: LazyLock<Regex> = LazyLock::new(|| {
    let names: Vec<&str> = ELEMENTS.iter().map(|(name, _)| *name).collect();
    // an attribute of EC2 has its value one element further down
    pattern(&format!(
        r"(?-u)<({})>(?:\s*<value>)?([^<\s][^<]*)</",
        names.join("|")
    ))
});

static URL_PASSWORD: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"(?-u)://[^/@:\s"'\\]*:([^/@\s"'\\]+)@"#));

static PEM: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?s-u)-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|$)",
    )
});

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<&str> {
        in_text(text.as_bytes())
            .into_iter()
            .map(|found| &text[found.range])
            .collect()
    }

    #[test]
    fn parameters_are_found_in_all_that_a_url_goes_through() {
        assert_eq!(shown("/a?x=1&token=abc&y=2"), ["abc"]);
        assert_eq!(shown("http://h/vnc?path=%3Ftoken%3Dabc%26y=2"), ["abc"]);
        assert_eq!(shown(r#"{"url":"http:\/\/h?a=1\u0026token=abc"}"#), ["abc"]);
        assert_eq!(
            shown("http://h?token=a%2Fb&amp;temp_url_sig=00ff"),
            ["a%2Fb", "00ff"]
        );
        assert_eq!(shown("?X-Amz-Signature=12#f"), ["12"]);
        assert_eq!(shown("token=abc"), ["abc"]);
    }

    #[test]
    fn names_that_only_end_like_a_secret_are_left() {
        assert!(shown("/a?page_token=abc&continuation-token=b&tokens=c&token=").is_empty());
    }

    #[test]
    fn a_password_in_a_url_and_a_private_key_are_found() {
        assert_eq!(shown("see http://me:pw@h/a@b"), ["pw"]);
        assert_eq!(shown("http://h:80/a"), Vec::<&str>::new());
        let key = "-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----";
        assert_eq!(shown(&format!("x {key} y")), [key]);
    }

    #[test]
    fn user_data_is_found_in_a_form_and_in_an_attribute() {
        assert_eq!(shown("Action=RunInstances&UserData=IyEv&A=1"), ["IyEv"]);
        assert_eq!(shown("<userData><value>IyEv</value></userData>"), ["IyEv"]);
        assert_eq!(
            shown("<userData>\n <value>IyEv</value></userData>"),
            ["IyEv"]
        );
        assert!(shown("<userData/><keyMaterial></keyMaterial>").is_empty());
    }

    #[test]
    fn members_are_told_apart_by_where_they_stand() {
        assert_eq!(member(&["server", "adminPass"]), Some(Password));
        assert_eq!(member(&["auth", "identity", "token", "id"]), Some(Token));
        assert_eq!(member(&["server", "id"]), None);
        assert_eq!(member(&["token", "user", "id"]), None);
        assert_eq!(member(&["credentials", "access"]), Some(AccessKey));
        assert_eq!(member(&["share", "access"]), None);
        assert_eq!(member::<&str>(&[]), None);
    }

    #[test]
    fn names_of_cookies_and_schemes_stay() {
        let parts = |name: &str, value: &str| -> Vec<String> {
            let kind = header(name).unwrap();
            header_parts(name, kind, value)
                .into_iter()
                .map(|found| value[found.range].to_owned())
                .collect()
        };
        assert_eq!(parts("Set-Cookie", "sid=abc; Path=/; HttpOnly"), ["abc"]);
        assert_eq!(parts("Cookie", "sid=abc; t=d"), ["abc", "d"]);
        assert_eq!(parts("Authorization", "Basic abc="), ["abc="]);
        assert_eq!(parts("authorization", "abc def"), ["abc def"]);
        assert_eq!(parts("X-Auth-Token", "a b"), ["a b"]);
        assert!(parts("X-Auth-Token", "").is_empty());
    }
}
