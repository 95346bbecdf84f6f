//! One side of an example, put together.

use super::chain::{births, chain, holds, reads, request_text};
use super::command::Commands;
use super::text;
use super::variables::Variables;
use crate::judge::Shown;
use crate::recording::{Discovery, Execution};
use std::collections::BTreeMap;

/// What exchange `at` of an execution on `cloud` looked like, and the commands that lead to it.
pub fn shown(
    cloud: &str,
    discovery: &Discovery,
    execution: &Execution,
    at: Option<usize>,
) -> Shown {
    let exchanges = &execution.exchanges;
    let Some((at, exchange)) = at.and_then(|n| Some((n, exchanges.get(n)?))) else {
        return Shown {
            cloud: cloud.to_owned(),
            ..Shown::default()
        };
    };
    let births = births(exchanges);
    let before = chain(exchanges, at, &execution.nonce, &births);
    let mut variables = Variables::of(discovery, execution);
    // only what is needed again gets a name
    let needed: Vec<&str> = births
        .iter()
        .filter(|(value, birth)| {
            before.contains(&birth.exchange)
                && before
                    .iter()
                    .chain([&at])
                    .any(|&n| n > birth.exchange && holds(&request_text(&exchanges[n]), value))
        })
        .map(|(value, _)| value.as_str())
        .collect();
    let needed_births = births
        .iter()
        .filter(|(value, _)| needed.contains(&value.as_str()))
        .map(|(value, birth)| (value.clone(), birth.clone()))
        .collect();
    variables.add_births(&needed_births, &before);
    let mut commands = Commands {
        discovery,
        variables,
        addresses: BTreeMap::new(),
        used: Vec::new(),
    };
    let mut curl = Vec::new();
    for &n in &before {
        let wanted: Vec<&str> = needed_births
            .iter()
            .filter(|(_, birth)| birth.exchange == n)
            .map(|(value, _)| value.as_str())
            .collect();
        let is_read = reads(&exchanges[n]);
        curl.push(if wanted.is_empty() && is_read {
            format!(
                "# again, until it is ready\n{}",
                commands.show(&exchanges[n])
            )
        } else {
            commands.keep(&exchanges[n], &wanted, &needed_births)
        });
    }
    curl.push(commands.show(exchange));
    let made: Vec<&str> = needed
        .iter()
        .filter_map(|value| commands.variables.name_of(value))
        .collect();
    let to_set: Vec<&str> = commands
        .used
        .iter()
        .map(String::as_str)
        .filter(|name| !made.contains(name))
        .collect();
    let mut variables = commands.variables.explained(&to_set);
    variables.extend(commands.addresses.clone());
    Shown {
        cloud: cloud.to_owned(),
        curl,
        variables,
        request: text::request(&exchange.request),
        answer: text::answer(exchange),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::{
        Answer, Binding, Exchange, Outcome, Payload, Role, SentRequest, ServiceInfo, Timing,
        UserInfo, WireError, WireErrorKind,
    };

    const NONCE: &str = "abcdefghij0123456789";
    const SERVER: &str = "11111111-2222-4333-8444-555555555555";
    const FLAVOR: &str = "99999999-2222-4333-8444-555555555555";
    const TOKEN: &str = "«secret:token:183:base64url:k3j4h5»";

    fn payload(text: &str) -> Payload {
        Payload {
            length: text.len() as u64,
            text: (!text.is_empty()).then(|| text.to_owned()),
            ..Payload::default()
        }
    }

    fn exchange(step: &str, line: &str, body: &str, status: u16, answer: &str) -> Exchange {
        let (method, target) = line.split_once(' ').unwrap();
        let mut headers = vec![
            ("host".to_owned(), "cloud.example:8774".to_owned()),
            ("X-Auth-Token".to_owned(), TOKEN.to_owned()),
        ];
        if !body.is_empty() {
            headers.push(("Content-Type".into(), "application/json".into()));
        }
        Exchange {
            step: step.into(),
            rows: vec![],
            attempt: 1,
            role: Role::Observed,
            user: "main".into(),
            service: "compute".into(),
            version: None,
            request: SentRequest {
                method: method.into(),
                origin: "http://cloud.example:8774".into(),
                target: target.into(),
                headers,
                body: payload(body),
            },
            answer: Ok(Answer {
                interim: Vec::new(),
                status,
                reason: "OK".into(),
                headers: vec![("Content-Type".into(), "application/json".into())],
                body: payload(answer),
            }),
            sent: "2026-11-23T10:00:00.000Z".into(),
            timing: Timing::default(),
        }
    }

    fn discovery() -> Discovery {
        Discovery {
            services: [(
                "compute".to_owned(),
                ServiceInfo {
                    endpoint: "http://cloud.example:8774/v2.1".into(),
                    root: "http://cloud.example:8774".into(),
                    ..ServiceInfo::default()
                },
            )]
            .into(),
            bindings: [(
                "flavor.small".to_owned(),
                Binding {
                    id: FLAVOR.into(),
                    name: "tiny".into(),
                    document: serde_json::Value::Null,
                    chosen: "smallest".into(),
                },
            )]
            .into(),
            users: [(
                "main".to_owned(),
                UserInfo {
                    project_id: "0123456789abcdef0123456789abcdef".into(),
                    ..UserInfo::default()
                },
            )]
            .into(),
            ..Discovery::default()
        }
    }

    fn execution(exchanges: Vec<Exchange>) -> Execution {
        Execution {
            scenario: "compute/server/lifecycle".into(),
            request_hash: "00".into(),
            round: 1,
            repeat: 1,
            attempt: 0,
            run: None,
            nonce: NONCE.into(),
            started: "2026-11-23T10:00:00Z".into(),
            took_ms: 1,
            fixtures: BTreeMap::new(),
            outcome: Outcome::Done,
            steps: vec![],
            exchanges,
        }
    }

    fn lifecycle() -> Execution {
        let body = format!(
            "{{\"server\":{{\"name\":\"interop-a-{NONCE}\",\"flavorRef\":\"{FLAVOR}\",\"note\":\"it's\"}}}}"
        );
        let created = format!(
            "{{\"server\":{{\"id\":\"{SERVER}\",\"adminPass\":\"«secret:password:12:alnum:aabbcc»\"}}}}"
        );
        let shown = format!(
            "{{\"server\":{{\"id\":\"{SERVER}\",\"status\":\"ACTIVE\",\"tenant_id\":\"0123456789abcdef0123456789abcdef\"}}}}"
        );
        let get = format!("GET /v2.1/servers/{SERVER}");
        execution(vec![
            exchange(
                "unrelated",
                "GET /v2.1/flavors",
                "",
                200,
                "{\"flavors\":[{\"id\":\"77777777-aaaa\"}]}",
            ),
            exchange("create", "POST /v2.1/servers", &body, 202, &created),
            exchange("boot", &get, "", 200, &shown),
            exchange("boot", &get, "", 200, &shown),
            exchange(
                "rename",
                &format!("PUT /v2.1/servers/{SERVER}"),
                "{\"server\":{\"name\":\"b\"}}",
                400,
                "",
            ),
            exchange(
                "stop",
                &format!("POST /v2.1/servers/{SERVER}/action"),
                "{\"os-stop\":null}",
                202,
                "",
            ),
            exchange("show", &format!("{get}?fields=a[0]"), "", 200, &shown),
        ])
    }

    fn script(shown: &Shown) -> String {
        let set: Vec<_> = shown
            .variables
            .iter()
            .map(|(k, v)| format!("{k}: {v}"))
            .collect();
        format!("{}\n---\n{}", set.join("\n"), shown.curl.join("\n"))
    }

    #[test]
    fn the_commands_make_what_they_need_and_wait_for_it() {
        let shown = shown("private", &discovery(), &lifecycle(), Some(6));
        insta::assert_snapshot!(script(&shown));
    }

    #[test]
    fn both_texts_are_readable_and_keep_redaction() {
        let shown = shown("private", &discovery(), &lifecycle(), Some(1));
        insta::assert_snapshot!(format!("{}\n\n{}", shown.request, shown.answer));
    }

    #[test]
    fn two_clouds_give_the_same_commands() {
        let other = |text: &str| {
            text.replace("cloud.example:8774", "other.example/compute")
                .replace(SERVER, "aaaaaaaa-0000-4333-8444-555555555555")
                .replace(FLAVOR, "bbbbbbbb-0000-4333-8444-555555555555")
                .replace(NONCE, "zzzzzzzzzz9999999999")
                .replace("k3j4h5", "000000")
        };
        let here = shown("a", &discovery(), &lifecycle(), Some(6));
        let there: Execution =
            serde_json::from_str(&other(&serde_json::to_string(&lifecycle()).unwrap())).unwrap();
        let discovered: Discovery =
            serde_json::from_str(&other(&serde_json::to_string(&discovery()).unwrap())).unwrap();
        let there = shown("b", &discovered, &there, Some(6));
        assert_eq!(here.curl, there.curl);
        assert_ne!(here.variables, there.variables);
    }

    #[test]
    fn a_token_that_an_earlier_answer_gave_is_kept_from_its_header() {
        let mut login = exchange("login", "POST /v2.1/tokens", "{}", 201, "{}");
        let mark = "«secret:token:200:base64url:ffffff»";
        if let Ok(answer) = &mut login.answer {
            answer.headers.push(("X-Subject-Token".into(), mark.into()));
        }
        let mut check = exchange("check", "GET /v2.1/tokens", "", 200, "{}");
        check
            .request
            .headers
            .push(("X-Subject-Token".into(), mark.into()));
        let shown = shown("a", &discovery(), &execution(vec![login, check]), Some(1));
        insta::assert_snapshot!(script(&shown));
    }

    #[test]
    fn large_and_binary_bodies_come_from_a_file_and_broken_answers_are_words() {
        let mut put = exchange(
            "put",
            &format!("PUT /v2.1/c/interop-a-{NONCE}"),
            "x",
            201,
            "",
        );
        put.request.body = Payload {
            base64: Some("AAAA".into()),
            length: 1_048_576,
            md5: Some("d41d8cd98f00b204e9800998ecf8427e".into()),
            ..Payload::default()
        };
        let mut head = exchange(
            "head",
            &format!("HEAD /elsewhere/interop-a-{NONCE}"),
            "",
            200,
            "",
        );
        head.answer = Err(WireError {
            kind: WireErrorKind::Reset,
            detail: "connection reset by peer".into(),
        });
        let shown = shown("a", &discovery(), &execution(vec![put, head]), Some(1));
        insta::assert_snapshot!(format!(
            "{}\n---\n{}\n---\n{}",
            script(&shown),
            shown.request,
            shown.answer
        ));
    }

    #[test]
    fn long_bodies_are_cut_and_say_so() {
        let list: Vec<_> = (0..200).map(|n| format!("\"item {n}\"")).collect();
        let long = exchange(
            "list",
            "GET /v2.1/servers",
            "",
            200,
            &format!("[{}]", list.join(",")),
        );
        let shown = shown("a", &discovery(), &execution(vec![long]), Some(0));
        assert_eq!(shown.answer.lines().count(), 41);
        assert!(shown.answer.ends_with("more lines"), "{}", shown.answer);
    }

    #[test]
    fn where_nothing_was_exchanged_nothing_is_shown() {
        let shown = shown("a", &discovery(), &lifecycle(), None);
        assert!(shown.curl.is_empty());
        assert_eq!(shown.cloud, "a");
    }
}
