//! Values whose origin is known, and how a value is shown once its origin is taken out of it.
//!
//! In: the header of a recording and one execution. Out: [`Rendered`] values. Replaces on single values of the typed
//! tree, whole or at token boundaries, longest first; never on serialised text.

mod spans;

use super::{addresses, uploads};
use crate::dialect::{
    self,
    forms::{self, Form, Inside},
    query,
};
use crate::recording::{Exchange, Execution, Header, Role};
use crate::scenario::{Checksum, letters, missing, seed_of, unicode};
use base64::Engine as _;
use md5::{Digest as _, Md5};
use sha2::Sha256;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// A value as it is compared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rendered {
    /// With symbols for what has an origin, and `‹form›` for what is minted.
    pub text: String,
    /// JSON type and form: `string uuid`, `number integer`, `null`.
    pub class: String,
    /// Profile values that explain this one (`flavor.small.ram`): where both clouds name the same, nothing differs.
    pub origins: BTreeSet<String>,
}

/// A [`Rendered`] value, and the raw identities that stood in its holes, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    pub value: Rendered,
    pub identities: Vec<String>,
}

/// Where a value stands: the names that decide what a plain word or number may mean there.
#[derive(Clone, Copy, Debug, Default)]
pub struct At<'a> {
    pub member: &'a str,
    pub parent: &'a str,
}

/// Everything whose origin is known in one execution.
#[derive(Debug)]
pub struct Symbols {
    nonce: String,
    /// Value → symbol, longest value first.
    known: Vec<(String, String)>,
    /// The beginnings of the endless texts that `text(n)` and `unicode(n)` are cut from, by function.
    drawn: Vec<(&'static str, String)>,
    /// Bytes that steps sent, as far as they were kept.
    bodies: Vec<(String, Vec<u8>)>,
    /// Keys in them, and what they are known by (RFC 4716 §4): a cloud that returns another is seen.
    keys: BTreeSet<String>,
    /// Highest microversions: errors quote them, and discovery says what they are.
    highest: Vec<String>,
    /// Captured values that no form tells from a word; under these member names.
    captured: BTreeMap<String, BTreeSet<String>>,
    /// (member hint, value) → label.
    origins: BTreeMap<(String, String), BTreeSet<String>>,
    /// (member, value) → symbol, where an element names a user.
    people: BTreeMap<(&'static str, String), String>,
    /// Names of users and projects, as whole values of a query: a link says again what was asked for.
    queried: Vec<(String, String)>,
    /// Addresses that were asked for before a cloud gave them.
    asked: BTreeSet<String>,
}

/// Shorter profile values are matched by member name only.
const SHORTEST_ANYWHERE: usize = 8;
/// What every name of ours begins with.
const NAME_PREFIX: &str = "interop-";
/// Fewer characters of a drawn text are taken for chance: as a whole value, and inside one.
const SHORTEST_DRAWN: usize = 4;

/// The step that sent a request, and its rows: what one row sent is not what another did.
fn sender(exchange: &Exchange) -> String {
    if exchange.rows.is_empty() {
        exchange.step.clone()
    } else {
        format!("{}[{}]", exchange.step, exchange.rows.join("/"))
    }
}

/// What the functions drew, as long as anything that was sent with its beginning in it.
fn drawn(execution: &Execution) -> Vec<(&'static str, String)> {
    type Draw = fn(u64, usize) -> String;
    let functions: [(&'static str, Draw); 2] = [("text", letters), ("unicode", unicode)];
    let seed = seed_of(&execution.nonce);
    let longest =
        functions.map(|(name, draw)| (name, draw, sent_of(execution, &draw(seed, SHORTEST_DRAWN))));
    let sent = longest.into_iter().filter(|(_, _, longest)| *longest > 0);
    sent.map(|(name, draw, longest)| (name, draw(seed, longest)))
        .collect()
}

/// The length of the longest text in a request of the execution that holds the beginning of a drawn one.
fn sent_of(execution: &Execution, head: &str) -> usize {
    let mut escaped = String::new();
    for byte in head.bytes() {
        let _ = write!(escaped, "%{byte:02X}");
    }
    let holds = |text: &&str| text.contains(head) || text.contains(&escaped);
    let texts = execution.exchanges.iter().flat_map(|exchange| {
        let sent = &exchange.request;
        let headers = sent.headers.iter().map(|(_, value)| value.as_str());
        let body = sent.body.text.as_deref().unwrap_or("");
        [sent.target.as_str(), body].into_iter().chain(headers)
    });
    texts.filter(holds).map(str::len).max().unwrap_or(0)
}

impl Symbols {
    #[must_use]
    pub fn new(header: &Header, execution: &Execution) -> Self {
        let discovery = header.discovery(execution);
        let mut symbols = Self {
            nonce: execution.nonce.clone(),
            known: Vec::new(),
            drawn: drawn(execution),
            bodies: Vec::new(),
            keys: BTreeSet::new(),
            highest: Vec::new(),
            captured: BTreeMap::new(),
            origins: BTreeMap::new(),
            people: BTreeMap::new(),
            queried: Vec::new(),
            asked: addresses::asked(execution),
        };
        symbols.know(&execution.nonce, "nonce".to_owned());
        for (kind, value) in missing(&execution.nonce) {
            symbols.know(&value, format!("missing.{kind}"));
        }
        // where several roles are one user, it is known as the first
        let mut users: Vec<_> = discovery.users.iter().collect();
        users.sort_by_key(|(role, _)| *role != "main");
        for (role, user) in users {
            let names = [("ID", &user.user_id), ("DisplayName", &user.user_name)];
            for (member, value) in names.into_iter().filter(|(_, value)| !value.is_empty()) {
                let symbol = format!("{role}.{member}");
                symbols
                    .people
                    .entry((member, value.clone()))
                    .or_insert(symbol);
            }
            for name in [&user.project_name, &user.user_name] {
                if !name.is_empty() && !symbols.queried.iter().any(|(known, _)| known == name) {
                    let symbol = format!("{role}.name");
                    symbols.queried.push((name.clone(), symbol));
                }
            }
            symbols.know_long(&user.project_id, format!("{role}.project.id"));
            symbols.know_long(&user.user_id, format!("{role}.user.id"));
            symbols.know_long(&user.domain_id, "domain.id".to_owned());
            for (hint, value) in [
                ("user", &user.user_name),
                ("project", &user.project_name),
                ("tenant", &user.project_name),
                ("domain", &user.domain_id),
                ("user", &user.user_id),
                ("project", &user.project_id),
                ("tenant", &user.project_id),
            ] {
                symbols.originate(hint, value, format!("{role}.{hint}"));
            }
        }
        symbols.originate("region", &header.cloud.target.region, "region".to_owned());
        for (name, service) in &discovery.services {
            if let Some((_, highest)) = &service.microversion {
                symbols.highest.push(highest.clone());
                for member in ["version", "max_version"] {
                    symbols.originate(member, highest, format!("highest microversion of {name}"));
                }
            }
            symbols.know(&service.endpoint, format!("endpoint.{name}"));
            symbols.know(&service.root, format!("root.{name}"));
            // that requests carry the project in their path is said once, in discovery
            let main = discovery
                .users
                .get("main")
                .map_or("", |user| user.project_id.as_str());
            if let (Some(base), true) = (
                service.endpoint.strip_suffix(&format!("/{main}")),
                !main.is_empty(),
            ) {
                symbols.know(base, format!("endpoint.{name}"));
                for user in discovery.users.values() {
                    symbols.know(
                        &format!("{base}/{}", user.project_id),
                        format!("endpoint.{name}"),
                    );
                    symbols.know(
                        &format!("{}/{}", service.root, user.project_id),
                        format!("root.{name}"),
                    );
                }
            }
        }
        for (name, binding) in &discovery.bindings {
            symbols.know_long(&binding.id, name.clone());
            symbols.originate("id", &binding.id, name.clone());
            symbols.originate("name", &binding.name, format!("{name}.name"));
            // of EC2, where a flavor is a type; an attribute has its value below its name
            for member in ["instanceType", "value"] {
                symbols.originate(member, &binding.id, name.clone());
            }
            symbols.originate_document(name, "", &binding.document);
        }
        for (name, value) in &execution.fixtures {
            if let Some(text) = value.as_str() {
                symbols.know_long(text, name.clone());
                if name
                    .rsplit_once('.')
                    .is_some_and(|(_, output)| output == "zone")
                {
                    symbols.originate("availabilityZone", text, name.clone());
                }
            }
        }
        for exchange in execution
            .exchanges
            .iter()
            .filter(|e| e.role == Role::Observed)
        {
            if let Some(md5) = &exchange.request.body.md5
                && exchange.request.body.length > 0
            {
                symbols.know(md5, format!("md5(body of {})", sender(exchange)));
                let bytes = exchange.request.body.bytes().into_owned();
                if exchange.service == "s3" && !exchange.request.body.cut {
                    symbols.know_checksums(&sender(exchange), &bytes);
                }
                symbols.know_imported(exchange);
                symbols.bodies.push((sender(exchange), bytes));
            }
        }
        symbols.know_keys();
        for exchange in &execution.exchanges {
            for (name, value) in &exchange.request.headers {
                let name = name.to_ascii_lowercase();
                // `-algorithm`, `-type` and `-mode` hold words
                let checksum = name.strip_prefix("x-amz-checksum-");
                if let Some(checksum) = checksum.filter(|name| Checksum::from_name(name).is_ok()) {
                    let symbol = format!("{checksum}(body of {}) in base64", sender(exchange));
                    symbols.know(value, symbol);
                }
            }
        }
        // errors quote the day of a signature (`20261126`, RFC 3339 §5.6 in its basic form)
        for exchange in &execution.exchanges {
            let day: String = exchange
                .sent
                .chars()
                .take(10)
                .filter(|c| *c != '-')
                .collect();
            symbols.know_long(&day, "day of the request".to_owned());
        }
        for (value, symbol) in uploads::etags(execution) {
            symbols.know(&value, symbol);
        }
        symbols.sort();
        symbols
    }

    /// A key that an action imports is in base64 once more.
    fn know_imported(&mut self, exchange: &Exchange) {
        let sent = &exchange.request;
        let members = query::sent(&exchange.service, &sent.target, sent.body.text.as_deref());
        for (name, value) in members.into_iter().flatten() {
            let bytes = base64::engine::general_purpose::STANDARD.decode(value);
            if let (true, Ok(bytes)) = (name == "PublicKeyMaterial", bytes) {
                self.know_keys_in(&String::from_utf8_lossy(&bytes));
            }
        }
    }

    fn know_keys(&mut self) {
        for (_, body) in self.bodies.clone() {
            self.know_keys_in(&String::from_utf8_lossy(&body));
        }
    }

    fn know_keys_in(&mut self, text: &str) {
        for (range, what) in forms::inside(text) {
            if !matches!(what, Inside::Identity(Form::Key(_))) {
                continue;
            }
            let key = &text[range];
            if let Ok(blob) = base64::engine::general_purpose::STANDARD.decode(key) {
                let octets: Vec<String> = Md5::digest(blob)
                    .iter()
                    .map(|octet| format!("{octet:02x}"))
                    .collect();
                self.keys.insert(octets.join(":"));
            }
            self.keys.insert(key.to_owned());
        }
    }

    /// A value that a step captured under `name`, from the member `member`.
    pub fn capture(&mut self, value: &str, member: &str) {
        if value.is_empty()
            || matches!(
                forms::form(value),
                Form::Uuid { .. }
                    | Form::Hex { .. }
                    | Form::Resource { .. }
                    | Form::Reservation
                    | Form::Opaque
            )
        {
            return; // an identity by its own form
        }
        if self.is_named_by_us(value) {
            return; // whether the name that we gave came back is what counts
        }
        if self.is_at_an_endpoint(value) {
            return; // what is there is told by the rest of it
        }
        let members = self.captured.entry(value.to_owned()).or_default();
        members.insert(member.to_owned());
        // a zone has another name where it is listed
        if member == "zoneName" {
            members.insert("availabilityZone".to_owned());
        }
    }

    fn is_at_an_endpoint(&self, value: &str) -> bool {
        let names_service =
            |symbol: &str| ["endpoint.", "root."].iter().any(|p| symbol.starts_with(p));
        let mut known = self.known.iter();
        known.any(|(known, symbol)| names_service(symbol) && value.starts_with(known.as_str()))
    }

    fn know(&mut self, value: &str, symbol: String) {
        if value.len() >= 3 && !self.known.iter().any(|(known, _)| known == value) {
            self.known.push((value.to_owned(), symbol));
        }
    }

    /// Every form in which S3 may say the checksum of a body.
    fn know_checksums(&mut self, step: &str, bytes: &[u8]) {
        for checksum in Checksum::ALL {
            let symbol = format!("{}(body of {step}) in base64", checksum.name());
            self.know(&checksum.of(bytes), symbol);
        }
        let sha256 = hex::encode(Sha256::digest(bytes));
        self.know(&sha256, format!("sha256(body of {step})"));
    }

    fn know_long(&mut self, value: &str, symbol: String) {
        if value.len() >= SHORTEST_ANYWHERE {
            self.know(value, symbol);
        }
    }

    fn sort(&mut self) {
        self.known
            .sort_by(|a, b| b.0.len().cmp(&a.0.len()).then_with(|| a.1.cmp(&b.1)));
    }

    fn originate(&mut self, hint: &str, value: &str, label: String) {
        if !value.is_empty() {
            self.origins
                .entry((hint.to_owned(), value.to_owned()))
                .or_default()
                .insert(label);
        }
    }

    fn originate_document(&mut self, name: &str, member: &str, document: &serde_json::Value) {
        match document {
            serde_json::Value::Object(members) => {
                members
                    .iter()
                    .for_each(|(key, value)| self.originate_document(name, key, value));
            }
            serde_json::Value::Array(items) => {
                for value in items {
                    self.originate_document(name, member, value);
                }
            }
            serde_json::Value::String(text) => {
                self.originate(member, text, format!("{name}.{member}"));
            }
            serde_json::Value::Null | serde_json::Value::Bool(_) => {}
            serde_json::Value::Number(number) => {
                self.originate(member, &number.to_string(), format!("{name}.{member}"));
            }
        }
    }

    /// The profile values that a plain value at this place follows from.
    fn origins_of(&self, text: &str, at: At<'_>) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut add = |hint: &str| {
            if let Some(labels) = self.origins.get(&(hint.to_owned(), text.to_owned())) {
                found.extend(labels.iter().cloned());
            }
        };
        add(at.member);
        for hint in ["user", "project", "tenant", "domain", "region"] {
            if at.member.contains(hint) || at.parent.contains(hint) {
                add(hint);
            }
        }
        if at.member != "name" && at.member.ends_with("name") {
            add("name");
        }
        found
    }

    /// A string at a place.
    #[must_use]
    pub fn string(&self, text: &str, at: At<'_>) -> Read {
        let whole = forms::form(text);
        let origins = self.origins_of(text, at);
        let spans = self.spans(text, at);
        if spans.is_empty() {
            let (shown, identities) = match &whole {
                Form::HttpDate | Form::Timestamp { .. } => (format!("‹{}›", whole.label()), vec![]),
                Form::Opaque | Form::Mac { .. } | Form::Secret(_) => {
                    (format!("‹{}›", whole.label()), vec![text.to_owned()])
                }
                _ => (text.to_owned(), vec![]),
            };
            let class = format!("string {}", whole.label());
            return Read {
                value: Rendered {
                    text: shown,
                    class,
                    origins,
                },
                identities,
            };
        }
        let (mut shown, mut identities, mut end) = (String::new(), Vec::new(), 0);
        for span in &spans {
            shown.push_str(&text[end..span.range.start]);
            shown.push_str(&span.shown);
            if span.identity {
                identities.push(text[span.range.clone()].to_owned());
            }
            end = span.range.end;
        }
        shown.push_str(&text[end..]);
        Read {
            value: Rendered {
                text: shown,
                class: format!("string {}", whole.label()),
                origins,
            },
            identities,
        }
    }

    /// An address that a cloud gives, or a name made of one. Which one it is counts only where it was asked for.
    #[must_use]
    pub fn address(&self, text: &str, at: At<'_>) -> Read {
        let given = addresses::given(text, &self.asked);
        if given.is_empty() {
            return self.string(text, at);
        }
        let mut shown = String::new();
        let mut end = 0;
        for (range, _) in &given {
            shown.push_str(&text[end..range.start]);
            shown.push_str("‹IPv4›");
            end = range.end;
        }
        shown.push_str(&text[end..]);
        let value = Rendered {
            text: shown,
            class: format!("string {}", forms::form(text).label()),
            origins: self.origins_of(text, at),
        };
        Read {
            value,
            identities: given.into_iter().map(|(_, address)| address).collect(),
        }
    }

    /// A number, by its lexeme.
    #[must_use]
    pub fn number(&self, lexeme: &str, at: At<'_>) -> Read {
        let class = if lexeme.bytes().all(|b| b.is_ascii_digit() || b == b'-') {
            "integer"
        } else {
            "decimal"
        };
        if dialect::is_minted_number(at.member) && class == "integer" {
            return Read {
                value: Rendered {
                    text: "‹number›".to_owned(),
                    class: "number minted".to_owned(),
                    origins: self.origins_of(lexeme, at),
                },
                identities: vec![lexeme.to_owned()],
            };
        }
        let named_time = ["time", "_at", "expires", "date"]
            .iter()
            .any(|hint| at.member.contains(hint));
        let seconds = lexeme.parse::<f64>().unwrap_or(0.0);
        let text = if named_time && (1.4e9..2.2e9).contains(&seconds) {
            "‹epoch›".to_owned()
        } else {
            lexeme.to_owned()
        };
        let origins = self.origins_of(lexeme, at);
        Read {
            value: Rendered {
                text,
                class: format!("number {class}"),
                origins,
            },
            identities: vec![],
        }
    }

    /// Which part of a body that was sent these bytes are.
    #[must_use]
    pub fn part_of_sent(&self, bytes: &[u8]) -> Option<String> {
        if bytes.is_empty() {
            return None;
        }
        self.bodies.iter().find_map(|(step, body)| {
            let start = body
                .windows(bytes.len())
                .position(|window| window == bytes)?;
            Some(format!(
                "bytes {start}–{} of the body of {step}",
                start + bytes.len() - 1
            ))
        })
    }

    /// Whether a name of this execution stands in the text.
    #[must_use]
    pub fn is_ours(&self, text: &str) -> bool {
        !self.nonce.is_empty() && text.to_ascii_lowercase().contains(&self.nonce)
    }

    /// Whether a name stands in the text that this execution or a fixture of it gave, whole.
    #[must_use]
    pub fn is_named_by_us(&self, text: &str) -> bool {
        self.is_ours(text) || !self.names_of_fixtures(text).is_empty()
    }

    /// Whether a name of another execution stands in the text, in any case and with anything behind it.
    #[must_use]
    pub fn is_of_another(&self, text: &str) -> bool {
        let lower = text.to_ascii_lowercase();
        let Some((_, rest)) = lower.split_once(NAME_PREFIX) else {
            return false;
        };
        let mut words = rest.split(|c: char| !c.is_ascii_alphanumeric());
        let is_label = words.next().is_some_and(|label| !label.is_empty());
        is_label && !self.is_ours(text) && words.any(|word| word.len() >= self.nonce.len())
    }
}
