//! `OS_*`.

use super::{CANARY, environment, refusal};
use crate::profile::{Auth, Interface, Named, Profile};
use std::fs;
use std::path::Path;

const OPENRC: [(&str, &str); 9] = [
    ("OS_AUTH_URL", "https://auth.example.com/"),
    ("OS_USERNAME", "demo"),
    ("OS_PASSWORD", CANARY),
    ("OS_PROJECT_NAME", "demo"),
    ("OS_PROJECT_ID", ""),
    ("OS_USER_DOMAIN_NAME", "Acme"),
    ("OS_REGION_NAME", "GRA11"),
    ("OS_ENDPOINT_TYPE", "internalURL"),
    ("OS_IDENTITY_API_VERSION", "3"),
];

fn with(more: &[(&str, &str)]) -> Vec<(&'static str, String)> {
    let mut all: Vec<(&'static str, String)> =
        OPENRC.map(|(name, value)| (name, value.to_owned())).into();
    for (name, value) in more {
        let name: &'static str = String::leak((*name).to_owned());
        all.retain(|(old, _)| *old != name);
        all.push((name, (*value).to_owned()));
    }
    all
}

fn load(variables: &[(&str, String)]) -> Result<Profile, crate::profile::LoadError> {
    let variables: Vec<(&str, &str)> = variables
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    Profile::load("env", &environment(Path::new("/nonexistent"), &variables))
}

#[test]
fn an_openrc_with_a_password_is_a_profile() {
    let profile = load(&with(&[])).unwrap();
    assert_eq!(profile.name, "env");
    assert_eq!(profile.auth_url, "https://auth.example.com/v3");
    assert_eq!(profile.region.as_deref(), Some("GRA11"));
    assert_eq!(profile.interface, Interface::Internal);
    let Auth::Password {
        project,
        user_domain,
        project_domain,
        password,
        ..
    } = &profile.users["main"].auth
    else {
        panic!("{profile:?}");
    };
    assert_eq!(*project, Named::Name("demo".into()));
    assert_eq!(*user_domain, Named::Name("Acme".into()));
    assert_eq!(*project_domain, Named::Id("default".into()));
    // The password stays where it is until it is needed.
    assert_eq!(format!("{password:?}"), "Env(\"OS_PASSWORD\")");
    assert!(!format!("{profile:?}").contains(CANARY));
}

#[test]
fn an_old_openrc_says_tenant() {
    let profile = load(&with(&[
        ("OS_PROJECT_NAME", ""),
        ("OS_TENANT_ID", "0123"),
        ("OS_TENANT_NAME", "demo"),
    ]));
    let Auth::Password { project, .. } = &profile.unwrap().users["main"].auth else {
        panic!();
    };
    assert_eq!(*project, Named::Id("0123".into()));
}

#[test]
fn an_application_credential_needs_no_user() {
    let only = [
        ("OS_AUTH_TYPE", "v3applicationcredential".to_owned()),
        ("OS_AUTH_URL", "https://auth.example.com/v3".to_owned()),
        ("OS_APPLICATION_CREDENTIAL_ID", "id".to_owned()),
        ("OS_APPLICATION_CREDENTIAL_SECRET", CANARY.to_owned()),
    ];
    for variables in [&only[..], &only[1..]] {
        let profile = load(variables).unwrap();
        let Auth::ApplicationCredential { id, secret } = &profile.users["main"].auth else {
            panic!("{profile:?}");
        };
        assert_eq!(id, "id");
        assert_eq!(
            format!("{secret:?}"),
            "Env(\"OS_APPLICATION_CREDENTIAL_SECRET\")"
        );
    }
}

#[test]
fn what_is_missing_or_not_meant_is_said_by_the_variables_name() {
    for (change, want) in [
        (("OS_PASSWORD", ""), "the environment has no `OS_PASSWORD`"),
        (("OS_USERNAME", ""), "has no `OS_USERNAME`"),
        (("OS_AUTH_URL", ""), "has no `OS_AUTH_URL`"),
        (
            ("OS_AUTH_URL", "https://demo:canary@a.example.com"),
            "password",
        ),
        (("OS_PROJECT_NAME", ""), "has no `OS_PROJECT_NAME`"),
        (("OS_IDENTITY_API_VERSION", "2.0"), "only Identity v3"),
        (
            ("OS_AUTH_TYPE", "v3oidcpassword"),
            "`v3oidcpassword` is not supported",
        ),
        (("OS_INSECURE", "1"), "`OS_INSECURE` turns the check"),
        (
            ("OS_CACERT", "/nonexistent.pem"),
            "`OS_CACERT` names no file",
        ),
        (
            ("OS_APPLICATION_CREDENTIAL_ID", "id"),
            "both a password and",
        ),
        (
            ("OS_CLOUD", "zed"),
            "both `OS_CLOUD` and `OS_AUTH_URL` are set",
        ),
    ] {
        let text = refusal(load(&with(&[change])));
        assert!(text.contains(want), "{change:?}: {text}");
    }
    let text = refusal(load(&[]));
    assert!(text.contains("no `OS_*` variable is set"), "{text}");
}

#[test]
fn os_cloud_names_a_cloud_of_clouds_yaml_and_os_region_name_its_region() {
    let folder = tempfile::tempdir().unwrap();
    let clouds = "clouds: { zed: { region_name: one, auth: { auth_url: 'http://127.0.0.1:1', username: a, password: canary, project_id: b } } }";
    fs::write(folder.path().join("clouds.yaml"), clouds).unwrap();
    let profile =
        |variables: &[(&str, &str)]| Profile::load("env", &environment(folder.path(), variables));
    let named = profile(&[("OS_CLOUD", "zed")]).unwrap();
    assert_eq!(named.name, "zed");
    assert_eq!(named.region.as_deref(), Some("one"));
    let moved = profile(&[("OS_CLOUD", "zed"), ("OS_REGION_NAME", "two")]).unwrap();
    assert_eq!(moved.region.as_deref(), Some("two"));
    let text = refusal(profile(&[("OS_CLOUD", "new")]));
    assert!(text.contains("has no cloud `new`"), "{text}");
}
