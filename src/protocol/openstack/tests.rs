//! Sessions and discovery against a loopback peer that speaks as keystone does, or doesn't.

use super::*;
use crate::profile::secret::{Redacted, SecretSource};
use crate::profile::{Addressing, Auth, BindTo, Family, Interface, Limits, Named, Profile, User};
use crate::protocol::{
    AddressError, ControlBody, ControlCall, ControlError, ControlExchange, Purpose, Retry,
    SessionError, Trust, Witness,
};
use crate::recording::Capability;
use crate::scenario::Base;
use crate::transport::peer::{peer, read_request};
use crate::transport::{Wire, WireConfig};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::AsyncWriteExt;

/// Status, further headers, body.
type Said = (u16, &'static str, String);

/// A peer that answers each request by `script`, which gets the peer's origin, the request's first line and its whole
/// text; and the lines that it got.
async fn cloud(
    script: impl Fn(&str, &str, &str) -> Said + Send + Sync + 'static,
) -> (String, Arc<Mutex<Vec<String>>>) {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let log = lines.clone();
    let script = Arc::new(script);
    let origin = peer(move |mut stream, _| {
        let (script, log) = (script.clone(), log.clone());
        async move {
            let origin = format!("http://{}", stream.local_addr().unwrap());
            let request = read_request(&mut stream).await;
            let line = request.lines().next().unwrap_or_default();
            let line = line.trim_end_matches(" HTTP/1.1").to_owned();
            log.lock().unwrap().push(line.clone());
            let (status, headers, body) = script(&origin, &line, &request);
            let answer = format!(
                "HTTP/1.1 {status} X\r\nContent-Length: {}\r\n{headers}\r\n{body}",
                body.len()
            );
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    })
    .await;
    (origin, lines)
}

fn token(origin: &str, lives: i64) -> String {
    let entry = |catalog_type: &str, path: &str| json!({ "type": catalog_type, "endpoints": [{ "interface": "public", "region_id": "R", "url": format!("{origin}{path}") }] });
    let issued = time::macros::datetime!(2026-01-01 00:00 UTC);
    let time = |at: time::OffsetDateTime| {
        let form = time::format_description::well_known::Rfc3339;
        at.format(&form).unwrap()
    };
    json!({ "token": {
        "issued_at": time(issued),
        "expires_at": time(issued + time::Duration::seconds(lives)),
        "user": { "id": "u1", "name": "demo", "domain": { "id": "default" } },
        "project": { "id": "p1", "name": "demo" },
        "roles": [{ "name": "reader" }, { "name": "member" }],
        "catalog": [
            entry("compute", "/compute/v2.1"),
            entry("volumev3", "/volume/v3/p1"),
            entry("image", "/image"),
            entry("network", "/network"),
            entry("object-store", "/v1/AUTH_p1"),
            entry("cloudformation", "/cfn"),
        ],
    }})
    .to_string()
}

const SUBJECT: &str = "X-Subject-Token: t0\r\nContent-Type: application/json\r\n";
const JSON: &str = "Content-Type: application/json\r\n";

fn error(message: &str) -> String {
    json!({ "error": { "message": message } }).to_string()
}

fn profile(auth_url: &str) -> Profile {
    let auth = Auth::Password {
        username: "demo".to_owned(),
        user_domain: Named::Name("Default".to_owned()),
        password: SecretSource::Env("X".to_owned()),
        project: Named::Name("demo".to_owned()),
        project_domain: Named::Id("default".to_owned()),
    };
    let user = User {
        auth,
        expendable: false,
    };
    Profile {
        name: "test".to_owned(),
        family: Family::Openstack,
        auth_url: auth_url.to_owned(),
        region: Some("R".to_owned()),
        interface: Interface::Public,
        addressing: Addressing::default(),
        embedded: false,
        endpoints: BTreeMap::new(),
        ca_file: None,
        users: [("main".to_owned(), user)].into(),
        limits: Limits::default(),
        bindings: BTreeMap::new(),
        notes: Vec::new(),
        untested: false,
        origin: "test.toml".to_owned(),
    }
}

async fn open(profile: &Profile) -> Result<Session, SessionError> {
    open_witnessed(profile, Arc::new(|_| {})).await
}

async fn open_witnessed(profile: &Profile, witness: Witness) -> Result<Session, SessionError> {
    let wire = Wire::new(WireConfig {
        in_flight: 16,
        per_second: 0.0,
        ca_file: None,
        started: Instant::now(),
    });
    let secrets = [("main".to_owned(), Redacted::new("s3cret".to_owned()))].into();
    let retry = Retry {
        attempts: 3,
        first_pause: Duration::from_millis(1),
        ..Retry::default()
    };
    let wire = Arc::new(wire.unwrap());
    Session::open_with(profile, &secrets, wire, witness, retry).await
}

/// What opening a session fails with where keystone says this to everything.
async fn refusal(status: u16, headers: &'static str, body: &str) -> SessionError {
    let body = body.to_owned();
    let (origin, _) = cloud(move |_, _, _| (status, headers, body.clone())).await;
    open(&profile(&origin)).await.err().unwrap()
}

async fn working() -> (Session, String, Arc<Mutex<Vec<String>>>) {
    let (origin, lines) = cloud(|origin, _, _| (201, SUBJECT, token(origin, 3600))).await;
    let session = open(&profile(&format!("{origin}/identity"))).await.unwrap();
    (session, origin, lines)
}

#[tokio::test]
async fn a_login_names_user_project_and_roles() {
    let seen = Arc::new(Mutex::new(String::new()));
    let writer = seen.clone();
    let (origin, lines) = cloud(move |origin, _, request| {
        request.clone_into(&mut writer.lock().unwrap());
        (201, SUBJECT, token(origin, 3600))
    })
    .await;
    let session = open(&profile(&origin)).await.unwrap();
    assert_eq!(*lines.lock().unwrap(), ["POST /v3/auth/tokens"]);
    let request = seen.lock().unwrap().clone();
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    assert!(head.contains("Content-Type: application/json"), "{head}");
    let body: Value = serde_json::from_str(body).unwrap();
    let user = json!({ "name": "demo", "domain": { "name": "Default" }, "password": "s3cret" });
    assert_eq!(body["auth"]["identity"]["password"]["user"], user);
    let scope = json!({ "project": { "name": "demo", "domain": { "id": "default" } } });
    assert_eq!(body["auth"]["scope"], scope);
    let main = session.user("main").unwrap();
    assert_eq!(
        (main.user_id.as_str(), main.project_id.as_str()),
        ("u1", "p1")
    );
    assert_eq!(main.roles, ["member", "reader"]);
    assert_eq!(session.target().endpoint, format!("{origin}/v3"));
    assert_eq!(session.other_services(), ["cloudformation"]);
    let token = session.token("main").await.unwrap().unwrap();
    assert_eq!(token.expose(), "t0");
    assert_eq!(session.token("anonymous").await.unwrap(), None);
    assert!(session.token("alt").await.is_err());
}

#[tokio::test]
async fn each_way_to_fail_has_its_own_words() {
    use SessionError::{NotKeystone, Refused, Unreachable, Unwell};
    let html = refusal(200, "Content-Type: text/html\r\n", "<html>login</html>").await;
    assert!(
        matches!(&html, NotKeystone { what, .. } if what.contains("HTML")),
        "{html}"
    );
    let found = refusal(404, "", "nothing").await;
    assert!(matches!(found, NotKeystone { .. }), "{found}");
    let moved = refusal(302, "Location: /\r\n", "").await;
    assert!(matches!(moved, NotKeystone { .. }), "{moved}");
    let garbage = refusal(201, SUBJECT, "\x1b[2J{").await;
    assert!(matches!(garbage, NotKeystone { .. }), "{garbage}");
    assert!(!garbage.to_string().contains('\x1b'));
    let no_token = refusal(201, JSON, "{}").await;
    assert!(
        no_token.to_string().contains("no X-Subject-Token"),
        "{no_token}"
    );
    let forbidden = refusal(403, JSON, &error("locked")).await;
    assert!(matches!(&forbidden, Refused { status: 403, said, .. } if said == "locked"));
    let down = refusal(503, "", "").await;
    assert!(matches!(down, Unwell { status: 503, .. }), "{down}");
    let receipt = refusal(401, "Openstack-Auth-Receipt: r\r\n", &error("more")).await;
    assert!(receipt.to_string().contains("multi-factor"), "{receipt}");
    let wrong = refusal(401, JSON, &error("no\x07pe")).await;
    assert!(matches!(&wrong, SessionError::WrongCredentials { said, .. } if said == "no pe"));
    let nobody = open(&profile("http://127.0.0.1:1")).await.err().unwrap();
    assert!(matches!(nobody, Unreachable { .. }), "{nobody}");
    let url = open(&profile("keystone:5000")).await.err().unwrap();
    assert!(matches!(url, SessionError::AuthUrl { .. }), "{url}");
}

#[tokio::test]
async fn hostile_tokens_are_errors_and_do_no_harm() {
    let deep = format!("{{\"token\": {}", "[".repeat(200_000));
    for body in [
        deep.as_str(),
        r#"{"token": []}"#,
        r#"{"token": {"project": {"id": 5}}}"#,
        r#"{"token": {"project": {"id": "p"}, "user": []}}"#,
        r#"{"token": {"project": {"id": "p"}, "user": {"id": "u"}, "catalog": {"a": [1]}, "roles": 1, "expires_at": 2}}"#,
        r#"{"token": {"project": {"id": "p"}, "user": {"id": "u"}, "catalog": [], "issued_at": "0001-01-01T00:00:00Z", "expires_at": "9999-12-31T23:59:59Z"}}"#,
    ] {
        let error = refusal(201, SUBJECT, body).await;
        let known = matches!(
            error,
            SessionError::NotKeystone { .. }
                | SessionError::NotScoped { .. }
                | SessionError::NoCatalog { .. }
        );
        assert!(known, "{error}");
        assert!(error.to_string().len() < 1000);
    }
    let huge = refusal(201, SUBJECT, &" ".repeat(9 << 20)).await;
    assert!(huge.to_string().contains("more than"), "{huge}");
}

#[tokio::test]
async fn a_wrong_project_is_told_from_a_wrong_password() {
    let (origin, _) = cloud(|_, line, request| {
        if line.starts_with("GET /v3/auth/projects") {
            assert!(request.contains("X-Auth-Token: t0"));
            let projects = json!({ "projects": [{ "name": "mine" }] });
            (200, JSON, projects.to_string())
        } else if request.contains("\"unscoped\"") {
            (201, SUBJECT, "{}".to_owned())
        } else {
            (401, JSON, error("requires authentication"))
        }
    })
    .await;
    let error = open(&profile(&origin)).await.err().unwrap();
    let text = error.to_string();
    assert!(
        text.contains("no role in project `demo`") && text.contains("`mine`"),
        "{text}"
    );
}

#[tokio::test]
async fn regions_are_checked_against_the_catalog() {
    let (origin, _) = cloud(|origin, _, _| (201, SUBJECT, token(origin, 3600))).await;
    let mut profile = profile(&origin);
    profile.region = Some("Elsewhere".to_owned());
    let error = open(&profile).await.err().unwrap();
    assert!(error.to_string().contains("regions: `R`"), "{error}");
    profile.region = None;
    assert_eq!(open(&profile).await.unwrap().region(), "R");
    let (origin, _) = cloud(|origin, _, _| {
        let two = token(origin, 3600).replacen("\"R\"", "\"S\"", 1);
        (201, SUBJECT, two)
    })
    .await;
    profile.auth_url = origin;
    let error = open(&profile).await.err().unwrap();
    assert!(
        matches!(error, SessionError::RegionNeeded { .. }),
        "{error}"
    );
}

#[tokio::test]
async fn addresses_are_endpoint_root_or_absolute() {
    let (session, origin, _) = working().await;
    let address = |service: &str, base, target: &str| {
        let address = session.address(service, base, "main", target).unwrap();
        assert_eq!((&address.origin, address.trust), (&origin, Trust::Catalog));
        address.target
    };
    assert_eq!(
        address("compute", Base::Endpoint, "/servers/../x?a=%2e"),
        "/compute/v2.1/servers/../x?a=%2e"
    );
    assert_eq!(address("compute", Base::Root, "/"), "/compute/");
    assert_eq!(address("compute", Base::Root, ""), "/compute");
    assert_eq!(
        address("image", Base::Endpoint, "//images"),
        "/image/v2//images"
    );
    assert_eq!(
        address("block-storage", Base::Endpoint, "/volumes"),
        "/volume/v3/p1/volumes"
    );
    assert_eq!(address("object-store", Base::Endpoint, ""), "/v1/AUTH_p1");
    assert_eq!(
        address("object-store", Base::Endpoint, "?limit=1"),
        "/v1/AUTH_p1?limit=1"
    );
    assert_eq!(address("object-store", Base::Root, "/info"), "/info");
    assert_eq!(
        address("identity", Base::Endpoint, "/users"),
        "/identity/v3/users"
    );
    assert_eq!(
        address("image", Base::Absolute, "/v2/images?marker=1"),
        "/v2/images?marker=1"
    );
    let link = format!("{origin}?x=1#part");
    assert_eq!(address("compute", Base::Absolute, &link), "/?x=1");
    let anonymous = session.address("network", Base::Endpoint, "anonymous", "/networks");
    assert_eq!(anonymous.unwrap().target, "/network/v2.0/networks");
}

#[tokio::test]
async fn foreign_links_get_no_token_and_wrong_ones_an_error() {
    let (session, origin, _) = working().await;
    let address = |service, user, base, target: &str| session.address(service, base, user, target);
    let other_port = format!("{}1", &origin[..origin.len() - 1]);
    let other_scheme = origin.replace("http:", "https:");
    for link in [
        "http://evil.example/x",
        "HTTP://169.254.169.254/",
        &other_port,
        &other_scheme,
    ] {
        if link != origin {
            let address = address("compute", "main", Base::Absolute, link).unwrap();
            assert_eq!(address.trust, Trust::Foreign, "{link}");
        }
    }
    for link in [
        "//evil.example/x",
        "ftp://h/",
        "http://u:p@h/",
        "servers",
        "",
        "javascript:x",
        "http://",
    ] {
        let refused = address("compute", "main", Base::Absolute, link);
        assert!(
            matches!(refused, Err(AddressError::Target { .. })),
            "{link}: {refused:?}"
        );
    }
    let refused = address("compute", "main", Base::Endpoint, "servers");
    assert!(matches!(refused, Err(AddressError::Target { .. })));
    let none = address("dns", "main", Base::Endpoint, "/zones").unwrap_err();
    assert!(none.to_string().contains("`volumev3`"), "{none}");
    let typo = address("computer", "main", Base::Endpoint, "/").unwrap_err();
    assert!(
        typo.to_string().contains("did you mean `compute`"),
        "{typo}"
    );
    let user = address("compute", "alt", Base::Endpoint, "/").unwrap_err();
    assert!(user.to_string().contains("no user `alt`"), "{user}");
}

#[tokio::test]
async fn overrides_take_the_place_of_the_catalog() {
    let (origin, _) = cloud(|origin, _, _| (201, SUBJECT, token(origin, 3600))).await;
    let mut profile = profile(&origin);
    let mut override_with = |name: &str, url: &str| {
        profile.endpoints = [(name.to_owned(), url.to_owned())].into();
        profile.clone()
    };
    let dns = override_with("dns", "http://dns.example:9001/");
    let session = open(&dns).await.unwrap();
    let address = session
        .address("dns", Base::Endpoint, "main", "/zones")
        .unwrap();
    assert_eq!(
        (address.origin.as_str(), address.target.as_str()),
        ("http://dns.example:9001", "/v2/zones")
    );
    let volume = override_with("block-storage", "http://h/v3/%(project_id)s");
    let session = open(&volume).await.unwrap();
    let address = session
        .address("block-storage", Base::Endpoint, "main", "/types")
        .unwrap();
    assert_eq!(address.target, "/v3/p1/types");
    for (name, url) in [("nova", "http://h"), ("compute", "h:80")] {
        let error = open(&override_with(name, url)).await.err().unwrap();
        assert!(
            matches!(error, SessionError::EndpointOverride { .. }),
            "{error}"
        );
    }
}

#[tokio::test]
async fn many_who_need_a_new_token_share_one_login() {
    // Two seconds of life: renewed after 1.6.
    let (origin, lines) = cloud(|origin, _, _| (201, SUBJECT, token(origin, 2))).await;
    let session = Arc::new(open(&profile(&origin)).await.unwrap());
    let fetch = |session: &Arc<Session>| {
        let session = session.clone();
        async move { session.token("main").await.unwrap() }
    };
    fetch(&session).await;
    assert_eq!(lines.lock().unwrap().len(), 1);
    tokio::time::sleep(Duration::from_millis(1700)).await;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..20 {
        tasks.spawn(fetch(&session));
    }
    tasks.join_all().await;
    assert_eq!(lines.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn a_refused_token_is_renewed_once_and_by_one() {
    let (origin, lines) = cloud(|origin, line, _| {
        if line.starts_with("POST") {
            (201, SUBJECT, token(origin, 3600))
        } else {
            (401, JSON, error("expired"))
        }
    })
    .await;
    let session = open(&profile(&origin)).await.unwrap();
    let call = ControlCall::new(Purpose::Find, "main", "compute", "GET", "/servers");
    let answer = session.send(&call).await.unwrap();
    assert_eq!(answer.status, 401);
    assert_eq!(
        *lines.lock().unwrap(),
        [
            "POST /v3/auth/tokens",
            "GET /compute/v2.1/servers",
            "POST /v3/auth/tokens",
            "GET /compute/v2.1/servers"
        ]
    );
    let stale = Redacted::new("another".to_owned());
    session.renew("main", &stale).await.unwrap();
    assert_eq!(lines.lock().unwrap().len(), 4);
}

#[tokio::test]
async fn a_login_that_failed_is_not_tried_again_at_once() {
    let logins = Arc::new(Mutex::new(0));
    let count = logins.clone();
    let (origin, lines) = cloud(move |origin, line, _| {
        let mut count = count.lock().unwrap();
        if line.starts_with("POST") {
            *count += 1;
        }
        match *count {
            1 => (201, SUBJECT, token(origin, 0)),
            _ => (401, JSON, error("no more")),
        }
    })
    .await;
    let session = open(&profile(&origin)).await.unwrap();
    let first = session.token("main").await.unwrap_err();
    let requests = lines.lock().unwrap().len();
    let second = session.token("main").await.unwrap_err();
    assert_eq!(first, second);
    assert_eq!(lines.lock().unwrap().len(), requests);
}

#[tokio::test]
async fn control_calls_carry_token_and_version_are_repeated_and_are_witnessed() {
    let tries = Arc::new(Mutex::new(0));
    let count = tries.clone();
    let (origin, _) = cloud(move |origin, line, request| {
        if line.starts_with("POST /v3/auth") {
            return (201, SUBJECT, token(origin, 3600));
        }
        assert!(request.contains("X-Auth-Token: t0\r\n"), "{request}");
        assert!(
            request.contains("Openstack-Api-Version: compute 2.37\r\n"),
            "{request}"
        );
        assert!(request.ends_with("{\"a\":1}"), "{request}");
        let mut count = count.lock().unwrap();
        *count += 1;
        match *count {
            1 => (503, "Retry-After: 0\r\n", String::new()),
            2 => (429, "", String::new()),
            _ => (202, "", String::new()),
        }
    })
    .await;
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = seen.clone();
    let witness: Witness = Arc::new(move |exchange: &ControlExchange<'_>| {
        let status = exchange.exchange.answer.as_ref().map_or(0, |a| a.status);
        let entry = (exchange.purpose, exchange.attempt, status);
        log.lock().unwrap().push(entry);
    });
    let session = open_witnessed(&profile(&origin), witness).await.unwrap();
    let mut call = ControlCall::new(Purpose::Undo, "main", "compute", "POST", "/x");
    call.version = Some("2.37".to_owned());
    call.body = ControlBody::Json(json!({ "a": 1 }));
    assert_eq!(session.send(&call).await.unwrap().status, 202);
    assert_eq!(
        *seen.lock().unwrap(),
        [
            (Purpose::Login, 1, 201),
            (Purpose::Undo, 1, 503),
            (Purpose::Undo, 2, 429),
            (Purpose::Undo, 3, 202)
        ]
    );
    call.base = Base::Absolute;
    call.target = "http://127.0.0.1:1/".to_owned();
    let error = session.send(&call).await.unwrap_err();
    assert!(matches!(error, ControlError::Wire { .. }), "{error}");
}

#[tokio::test]
async fn discovery_reads_what_is_said_and_lists_what_is_not() {
    let (origin, lines) = cloud(|origin, line, _| {
        let said = match line {
            "POST /v3/auth/tokens" => return (201, SUBJECT, token(origin, 3600)),
            "GET /compute/" => json!({ "versions": [{ "id": "v2.1", "version": "2.93", "min_version": "2.1" }] }),
            "GET /compute/v2.1/flavors/detail" => {
                let links = json!([{ "rel": "next", "href": "http://behind:8774/x" }]);
                json!({ "flavors": [{ "id": "2", "name": "m", "ram": 1024, "disk": 10, "vcpus": 1 }], "flavors_links": links })
            }
            "GET /compute/v2.1/flavors/detail?marker=2" => {
                json!({ "flavors": [{ "id": "1", "name": "t", "ram": 512, "disk": 1, "vcpus": 1 }] })
            }
            "GET /image/v2/images?limit=100" => json!({ "images": [
                { "id": "i", "name": "cirros", "size": 100, "visibility": "public", "status": "active" },
            ]}),
            "GET /network/v2.0/networks" => return (500, JSON, error("boom")),
            "GET /network/v2.0/extensions" => json!({ "extensions": [{ "alias": "router" }, { "alias": "dns" }] }),
            "GET /network/v2.0/quotas/p1" => json!({ "quota": { "port": 500 } }),
            "GET /info" => json!({ "slo": {}, "swift": {} }),
            "GET /compute/v2.1/extensions" => return (200, JSON, "[".repeat(1_000_000)),
            _ => return (404, JSON, error("no")),
        };
        (200, JSON, said.to_string())
    })
    .await;
    let mut profile = profile(&origin);
    profile.bindings = [
        ("flavor.small", "m"),
        ("image.other", "no such"),
        ("zone", "nova"),
    ]
    .map(|(name, to)| (name.to_owned(), BindTo::Named(to.to_owned())))
    .into();
    let own = "image.own".to_owned();
    profile.bindings.insert(own, BindTo::Upload);
    let session = open(&profile).await.unwrap();
    let discovery = discover(&session, &profile).await;
    let range = discovery.services["compute"].microversion.clone();
    assert_eq!(range, Some(("2.1".to_owned(), "2.93".to_owned())));
    assert_eq!(
        discovery.services["image"].endpoint,
        format!("{origin}/image/v2")
    );
    assert_eq!(discovery.other_services, ["cloudformation"]);
    assert_eq!(discovery.extensions, ["dns", "router"]);
    assert_eq!(discovery.quotas["network"]["port"], 500);
    assert_eq!(discovery.offers["flavors"], ["m", "t"]);
    assert_eq!(discovery.bindings["flavor.small"].id, "2");
    assert_eq!(discovery.bindings["flavor.small"].chosen, "profile");
    assert_eq!(discovery.bindings["image.small"].id, "i");
    assert_eq!(discovery.bindings["zone"].id, "nova");
    assert!(
        discovery.bindings["image.own"]
            .chosen
            .contains("uploaded before each run")
    );
    assert!(discovery.unbound["image.other"].contains("no such"));
    assert!(discovery.unbound["network.external"].contains("boom"));
    assert!(discovery.unbound["flavor.medium"].contains("no flavor is larger"));
    let capability = |name: &str| &discovery.capabilities[name];
    assert_eq!(*capability("object-store.slo"), Capability::Present);
    assert_eq!(*capability("service.network"), Capability::Present);
    assert!(matches!(
        capability("object-store.tempurl"),
        Capability::Absent(_)
    ));
    assert!(matches!(capability("service.dns"), Capability::Absent(_)));
    assert!(matches!(
        capability("compute.shelve"),
        Capability::Unknown(_)
    ));
    assert!(matches!(
        capability("image.import-web-download"),
        Capability::Absent(_)
    ));
    assert!(
        discovery
            .gaps
            .iter()
            .any(|gap| gap.contains("external-networks") && gap.contains("boom"))
    );
    let lines = lines.lock().unwrap();
    let asks_only = lines[1..].iter().all(|line| line.starts_with("GET "));
    assert!(asks_only, "{lines:?}");
}
