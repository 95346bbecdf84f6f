//! A recording that is shared: nothing of what it names is left in it, and what it shows is the same.

use super::Share;
use crate::profile::secret::Redacted;
use crate::recording::samples::{exchange, execution, header};
use crate::recording::{Answer, Exchange, Payload, Recording, UserInfo};
use serde_json::json;

fn answered(target: &str, body: &str) -> Exchange {
    let mut one = exchange();
    one.request.origin = "https://compute.cloud.acme.de:8774".to_owned();
    one.request.target = target.to_owned();
    one.request.body = Payload::default();
    if let Ok(Answer { body: kept, .. }) = &mut one.answer {
        *kept = Payload::from_bytes(body.as_bytes(), body.len() as u64, false);
    }
    one
}

fn shared(exchanges: Vec<Exchange>) -> (String, Recording) {
    let mut header = header();
    header.cloud.target.endpoint = "https://identity.cloud.acme.de/v3".to_owned();
    header.cloud.target.project = "0123456789abcdef0123456789abcdef".to_owned();
    let user = UserInfo {
        user_id: "fedcba9876543210fedcba9876543210".to_owned(),
        user_name: "walter.k".to_owned(),
        project_id: header.cloud.target.project.clone(),
        project_name: "zebra-finance".to_owned(),
        domain_id: "default".to_owned(),
        ..UserInfo::default()
    };
    header.cloud.discovery.users = [("main".to_owned(), user)].into();
    let mut execution = execution("a/b/c", 1, 1);
    execution.exchanges = exchanges;
    let before = Recording::from_parts(header, [execution], None);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("s.rec");
    let share = Share::learned(&before, Redacted::new([5; 32])).unwrap();
    share.write(&before, &path).unwrap();
    let after = Recording::open(&path).unwrap();
    let mut text = serde_json::to_string(after.header()).unwrap();
    text += &serde_json::to_string(&after.executions("a/b/c").unwrap()).unwrap();
    (text, after)
}

#[test]
fn people_places_and_what_is_somebody_elses_are_gone() {
    let body = json!({"servers": [
        {"id": "1b4e28ba-2fa1-41d2-883f-0016d3cca427", "name": "payroll-db",
         "tenant_id": "0123456789abcdef0123456789abcdef", "user_id": "aaaabbbbccccddddaaaabbbbccccdddd",
         "addresses": {"acme-backbone": [{"addr": "84.17.3.9", "OS-EXT-IPS-MAC:mac_addr": "fa:16:3e:99:88:77"}]},
         "links": [{"href": "https://compute.cloud.acme.de:8774/v2.1/zebra-finance/x"}]},
        {"id": "2", "name": "interop-a-0123456789abcdefghij", "tenant_id": "0123456789abcdef0123456789abcdef"},
    ]});
    let network = json!({"networks": [{"id": "n", "name": "acme-backbone", "tenant_id": "ffff0000ffff0000ffff0000ffff0000"}]});
    let mut sent = answered(
        "/v2.1/0123456789abcdef0123456789abcdef/servers?n=walter%2Ek",
        &body.to_string(),
    );
    sent.request.headers = vec![("X-User".to_owned(), "d2FsdGVyLms=".to_owned())];
    let (text, after) = shared(vec![sent, answered("/v2.0/networks", &network.to_string())]);
    for gone in [
        "acme",
        "payroll",
        "walter",
        "d2FsdGVyLms",
        "zebra",
        "0123456789abcdef0123456789abcdef",
        "fedcba98",
        "aaaabbbb",
        "ffff0000",
        "84.17.3",
        "99:88:77",
    ] {
        assert!(!text.contains(gone), "{gone} is in {text}");
    }
    for kept in [
        "interop-a-0123456789abcdefghij",
        "OS-EXT-IPS-MAC:mac_addr",
        "\"default\"",
        "m1.tiny",
    ] {
        assert!(text.contains(kept), "{kept} is not in {text}");
    }
    assert!(!after.header().private);
    // the project is one and the same in header, path and body
    let project = &after.header().cloud.target.project;
    assert_eq!(
        text.matches(project.as_str()).count(),
        5,
        "{project}: {text}"
    );
    assert_eq!(project.len(), 32);
}

#[test]
fn what_the_suite_sends_is_what_it_sent() {
    let mut made = answered(
        "/v2.0/networks",
        r#"{"network":{"name":"new-name","tenant_id":"t","id":"n"}}"#,
    );
    let body = r#"{"network": {"name": "new-name"}}"#;
    made.request.body = Payload::from_bytes(body.as_bytes(), body.len() as u64, false);
    let (text, after) = shared(vec![made]);
    assert!(text.contains("new-name"));
    let kept = &after.executions("a/b/c").unwrap()[0].exchanges[0]
        .request
        .body;
    assert_eq!(kept.text.as_deref(), Some(body));
    assert!(kept.md5.is_some());
}
