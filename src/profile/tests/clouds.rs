//! `clouds.yaml` with its companions.

use super::{CANARY, environment, refusal};
use crate::profile::{Auth, Environment, Interface, Named, Profile};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

fn folder(files: &[(&str, &str)]) -> (TempDir, Environment) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let environment = environment(folder.path(), &[]);
    (folder, environment)
}

const CLOUDS: &str = "
clouds:
  zed-demo:
    auth:
      auth_url: http://127.0.0.1:15000
      username: demo
      project_name: demo
      project_id: 0123
      user_domain_name: Acme
      project_domain_id: acme
    region_name: RegionOne
    interface: admin
    compute_endpoint_override: http://127.0.0.1:15774/v2.1/
    object-store-endpoint-override: http://127.0.0.1:15080/v1
    image_api_version: 2
    networks: [{ name: public, routes_externally: true }]
  other:
    auth: { auth_url: 'http://127.0.0.1:16000/v3', username: alt, password: canary, project_name: alt }
";

fn secret(profile: &Profile, environment: &Environment) -> String {
    let (Auth::Password {
        password: secret, ..
    }
    | Auth::ApplicationCredential { secret, .. }
    | Auth::ApplicationCredentialByName { secret, .. }
    | Auth::Keys {
        secret_key: secret, ..
    }) = &profile.users["main"].auth;
    secret.read(environment).unwrap().expose().clone()
}

#[test]
fn a_cloud_takes_its_password_from_secure_yaml() {
    let secure = "clouds: { zed-demo: { auth: { password: 0123canary } } }";
    let (_folder, environment) = folder(&[("clouds.yaml", CLOUDS), ("secure.yaml", secure)]);
    let profile = Profile::load("clouds.yaml:zed-demo", &environment).unwrap();
    assert_eq!(profile.name, "zed-demo");
    assert_eq!(profile.origin, "clouds.yaml:zed-demo");
    assert_eq!(profile.auth_url, "http://127.0.0.1:15000/v3");
    assert_eq!(profile.region.as_deref(), Some("RegionOne"));
    assert_eq!(profile.interface, Interface::Admin);
    assert_eq!(profile.endpoints["compute"], "http://127.0.0.1:15774/v2.1");
    assert_eq!(
        profile.endpoints["object-store"],
        "http://127.0.0.1:15080/v1"
    );
    let Auth::Password {
        username,
        user_domain,
        project,
        project_domain,
        ..
    } = &profile.users["main"].auth
    else {
        panic!("{:?}", profile.users);
    };
    assert_eq!(username, "demo");
    assert_eq!(*user_domain, Named::Name("Acme".into()));
    // An id says more than a name, and a number stays as it is written.
    assert_eq!(*project, Named::Id("0123".into()));
    assert_eq!(*project_domain, Named::Id("acme".into()));
    assert_eq!(secret(&profile, &environment), "0123canary");
    assert!(!format!("{profile:?}").contains(CANARY));
}

#[test]
fn secure_yaml_wins_over_clouds_yaml() {
    let secure = "clouds:\n  other:\n    auth:\n      password: \"of secure\"\n";
    let (_folder, environment) = folder(&[("clouds.yaml", CLOUDS), ("secure.yaml", secure)]);
    let profile = Profile::load("other", &environment).unwrap();
    assert_eq!(secret(&profile, &environment), "of secure");
    let Auth::Password { username, .. } = &profile.users["main"].auth else {
        panic!("{:?}", profile.users);
    };
    assert_eq!(username, "alt");
}

#[test]
fn the_working_directory_is_searched_before_the_home_directory() {
    let elsewhere = CLOUDS.replace("username: alt", "username: of-home");
    let only = "clouds: { only: { auth: { auth_url: 'http://127.0.0.1:1', username: a, password: canary, project_id: b } } }";
    let (folder, mut environment) = folder(&[
        ("work/clouds.yaml", CLOUDS),
        ("home/.config/openstack/clouds.yml", &elsewhere),
        ("chosen.yaml", only),
    ]);
    environment.home = Some(folder.path().join("home"));
    environment.directory = folder.path().join("work");
    let here = Profile::load("other", &environment).unwrap();
    assert!(format!("{here:?}").contains("\"alt\""));

    environment.directory = folder.path().join("nowhere");
    let home = Profile::load("other", &environment).unwrap();
    assert!(format!("{home:?}").contains("of-home"));
    assert_eq!(home.origin, "~/.config/openstack/clouds.yml:other");

    let chosen = folder.path().join("chosen.yaml").display().to_string();
    environment
        .variables
        .insert("OS_CLIENT_CONFIG_FILE".into(), chosen.clone());
    assert!(Profile::load("only", &environment).is_ok());
    assert!(Profile::load(&format!("{chosen}:only"), &environment).is_ok());
}

#[test]
fn a_vendor_profile_is_taken_from_clouds_public_yaml() {
    let clouds = "
clouds:
  mine:
    profile: acme
    auth: { username: demo, password: canary, project_name: demo }
  lost:
    profile: ovh
    auth: { username: demo, password: canary, project_name: demo }
  enough:
    profile: ovh
    auth: { auth_url: 'https://auth.example.com', username: demo, password: canary, project_name: demo }
";
    let public = "
public-clouds:
  acme:
    auth: { auth_url: 'https://{region_name}.example.com:5000' }
    regions: [north, south]
";
    let (_folder, environment) = folder(&[("clouds.yaml", clouds), ("clouds-public.yaml", public)]);
    let mine = Profile::load("mine", &environment).unwrap();
    assert_eq!(mine.auth_url, "https://north.example.com:5000/v3");
    assert_eq!(mine.region.as_deref(), Some("north"));

    let text = refusal(Profile::load("lost", &environment));
    assert!(
        text.contains("the vendor profile `ovh` is not at hand"),
        "{text}"
    );
    assert!(text.contains("clouds.yaml:7:14"), "{text}");

    let enough = Profile::load("enough", &environment).unwrap();
    assert!(
        enough.notes[0].contains("vendor profile `ovh`"),
        "{enough:?}"
    );
}

#[test]
fn an_application_credential_by_name_needs_its_user() {
    let clouds = "
clouds:
  id: { auth: { auth_url: 'https://a.example.com', application_credential_id: i, application_credential_secret: canary } }
  name:
    auth_type: v3applicationcredential
    auth: { auth_url: 'https://a.example.com', application_credential_name: n, username: u, user_domain_id: d, application_credential_secret: canary }
  alone: { auth: { auth_url: 'https://a.example.com', application_credential_name: n, application_credential_secret: canary } }
";
    let (_folder, environment) = folder(&[("clouds.yaml", clouds)]);
    let profile = Profile::load("id", &environment).unwrap();
    assert_eq!(secret(&profile, &environment), CANARY);
    let profile = Profile::load("name", &environment).unwrap();
    assert!(matches!(
        &profile.users["main"].auth,
        Auth::ApplicationCredentialByName { name, username, user_domain: Named::Id(domain), .. }
            if name == "n" && username == "u" && domain == "d"
    ));
    let text = refusal(Profile::load("alone", &environment));
    assert!(text.contains("cloud `alone` has no `username`"), "{text}");
}

#[test]
fn what_would_act_otherwise_than_said_is_refused() {
    let cases = [
        ("verify: false", "turns the check of certificates off"),
        ("insecure: true", "turns the check of certificates off"),
        ("cert: client.pem", "client certificates"),
        ("auth_type: v3totp", "`v3totp` is not supported"),
        ("identity_api_version: '2.0'", "only Identity v3"),
        ("interface: outside", "`outside` is unknown"),
        ("cacert: nowhere.pem", "names no file"),
        ("system_scope: all", "is not supported"),
        (
            "network_endpoint_override: network.example.com",
            "is no address",
        ),
        ("region_name: \"\\e[2J\"", "control characters"),
    ];
    for (line, want) in cases {
        let clouds = format!(
            "clouds:\n  x:\n    {line}\n    auth: {{ auth_url: 'https://a.example.com', username: u, password: canary, project_id: p }}\n"
        );
        let (_folder, environment) = folder(&[("clouds.yaml", &clouds)]);
        let text = refusal(Profile::load("x", &environment));
        assert!(text.contains(want), "{line}: {text}");
        assert!(text.contains("clouds.yaml:3:"), "{line}: {text}");
    }
}

#[test]
fn missing_values_name_the_cloud_and_what_was_written_instead() {
    let clouds = "
clouds:
  x:
    auth: { auth_ur1: 'https://a.example.com', usernme: u, pasword: canary }
";
    let (_folder, environment) = folder(&[("clouds.yaml", clouds)]);
    let text = refusal(Profile::load("x", &environment));
    for want in [
        "cloud `x` has no `auth_url`",
        "did you write `usernme` for `username`?",
        "did you write `pasword` for `password`?",
        "has no `project_name`",
        "secure.yaml",
    ] {
        assert!(text.contains(want), "{want}: {text}");
    }
}

#[test]
fn a_broken_clouds_yaml_shows_its_line_and_none_of_its_text() {
    for text in [
        "clouds:\n  x:\n    auth: {password: canary\n",
        "clouds:\n  x:\n   password: \"canary\n",
        "clouds:\n  x:\n  - canary\n canary\n",
        "clouds:\n  x: {password: canary, password: canary}\n",
        "clouds: {x: {password: *canary}}\n",
    ] {
        let (_folder, environment) = folder(&[("clouds.yaml", text)]);
        let loaded = Profile::load("x", &environment).unwrap_err().to_string();
        assert!(loaded.contains("this is not YAML"), "{text}: {loaded}");
        // The name of an anchor is no value.
        assert!(
            !loaded.contains(CANARY) || text.contains("*canary"),
            "{loaded}"
        );
    }
}

#[test]
fn a_block_of_text_is_hidden_to_its_end() {
    let clouds = "clouds:\n  x:\n    interface: wrong\n    auth: {auth_url: 'https://a.example.com'}\n    key: |\n      canary\n      canary\n    note: &n canary\n    more: [canary, {deep: canary}, *n]\n";
    let (_folder, environment) = folder(&[("clouds.yaml", clouds)]);
    let text = refusal(Profile::load("x", &environment));
    assert!(text.contains("`wrong` is unknown"), "{text}");
    assert!(text.contains("client certificates"), "{text}");
}

#[test]
fn an_unknown_name_is_answered_with_those_that_exist() {
    let (folder, environment) = folder(&[
        ("clouds.yaml", CLOUDS),
        ("profiles/lab.toml", ""),
        ("profiles/zed.toml", ""),
    ]);
    for (argument, want) in [
        ("zed-dmo", "did you mean `zed-demo`?"),
        ("xyz", "clouds.yaml has zed-demo, other"),
        ("clouds.yaml:xyz", "it has zed-demo, other"),
        (
            "clouds.yaml",
            "say `clouds.yaml:NAME`; it has zed-demo, other",
        ),
        ("lab", "did you mean `profiles/lab.toml`?"),
        ("profiles/zd.toml", "zed.toml`?"),
        ("a.rec", "is a recording"),
        ("./nowhere.yaml:x", "can't be read"),
    ] {
        let text = refusal(Profile::load(argument, &environment));
        assert!(text.contains(want), "{argument}: {text}");
    }
    fs::remove_file(folder.path().join("clouds.yaml")).unwrap();
    for argument in ["zed-demo", "clouds.yaml:zed-demo"] {
        let text = refusal(Profile::load(argument, &environment));
        assert!(text.contains("there is no clouds.yaml"), "{text}");
    }
}

#[test]
fn a_profile_can_take_its_users_from_a_clouds_yaml_that_is_searched_for() {
    let (folder, mut environment) = folder(&[(
        "home/.config/openstack/clouds.yaml",
        &CLOUDS.replace("username: demo", "username: demo\n      password: canary"),
    )]);
    environment.home = Some(folder.path().join("home"));
    let text = "family = \"openstack\"\nregion = \"Two\"\n[users.main]\ncloud = \"clouds.yaml:zed-demo\"\n";
    let profile = Profile::parse(text, Path::new("x.toml"), &environment).unwrap();
    assert_eq!(profile.auth_url, "http://127.0.0.1:15000/v3");
    assert_eq!(profile.region.as_deref(), Some("Two"));
    let both = format!("{text}[users.alt]\ncloud = \"clouds.yaml:other\"\n");
    let text = refusal(Profile::parse(&both, Path::new("x.toml"), &environment));
    assert!(
        text.contains("[users.alt] is a user of another cloud"),
        "{text}"
    );
}
