//! The kinds of resource that an execution can leave behind, as data: where their id is, how they are found,
//! what hangs on them, how they are deleted and when they are gone.
//!
//! In: `resources.toml` of each family. Out: [`ResourceKind`]s and requests with their placeholders filled. Knows no
//! network: `run` sends them.

use serde::Deserialize;
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// One kind of resource. The fields are described at the head of `resources.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResourceKind {
    pub kind: String,
    pub word: String,
    pub service: String,
    pub counts: Option<String>,
    /// `$.json.path`, `header:name` or `name`.
    pub id: Vec<String>,
    #[serde(default)]
    pub parts: Vec<String>,
    #[serde(default)]
    pub owns: Vec<String>,
    /// An id is those of several things: [`ResourceKind::members`].
    #[serde(default)]
    pub several: bool,
    pub get: String,
    pub there: Option<String>,
    pub gone: Option<GoneAt>,
    pub delete: Vec<Call>,
    #[serde(default)]
    pub release: Vec<Call>,
    #[serde(default)]
    pub wait: Vec<u16>,
    #[serde(default)]
    pub find: Vec<Finder>,
    #[serde(default)]
    pub child: Vec<Child>,
    #[serde(default)]
    pub after: Vec<Child>,
    /// Those of its family.
    #[serde(skip)]
    codes: Codes,
}

/// What refusals of a family are told by, where their status doesn't tell: exact, or by beginning or end (`*`).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Codes {
    absent: Vec<String>,
    wait: Vec<String>,
}

/// Between the ids of several things.
pub const SEVERAL: char = ',';

/// Places of an error's code in an XML answer.
const CODE: [&str; 2] = ["/Response/Errors/Error/Code", "/Error/Code"];

/// The code of an error.
pub fn error_code(document: &Value) -> Option<&str> {
    let mut places = CODE.iter();
    places.find_map(|place| document.pointer(place)?.as_str())
}

impl ResourceKind {
    /// Whether a refusal says that there is no such thing.
    pub fn is_absent(&self, status: u16, document: Option<&Value>) -> bool {
        matches!(status, 404 | 410) || says(&self.codes.absent, status, document)
    }

    /// Whether what `get` answers means that the thing of these placeholders is gone.
    pub fn is_gone(&self, status: u16, document: Option<&Value>, names: &Placeholders) -> bool {
        if self.is_absent(status, document) {
            return true;
        }
        let Some(document) = document else {
            return false;
        };
        // a place that can't be asked for tells nothing
        let found = |place: &str| Some(at(document, &names.fill_place(place)?));
        let there = self.there.as_deref().and_then(found);
        if (200..300).contains(&status) && there.is_some_and(|there| there.is_empty()) {
            return true;
        }
        let gone = self.gone.as_ref();
        gone.is_some_and(|gone| {
            let values = found(&gone.at).unwrap_or_default();
            let ended = |value: &&Value| gone.values.contains(&plain(value));
            !values.is_empty() && values.iter().all(ended)
        })
    }

    /// The ids of the things that an id stands for.
    pub fn members<'i>(&self, id: &'i str) -> Vec<&'i str> {
        if self.several {
            id.split(SEVERAL).collect()
        } else {
            vec![id]
        }
    }

    /// Whether a refusal to delete may pass by itself, or when something else has gone.
    pub fn may_pass(&self, status: u16, document: Option<&Value>) -> bool {
        matches!(status, 409 | 423 | 429 | 500..=599)
            || self.wait.contains(&status)
            || says(&self.codes.wait, status, document)
    }

    /// The thing's name is its id: a key pair, a container.
    pub fn name_is_id(&self) -> bool {
        self.id.iter().any(|place| place == "name")
    }
}

/// Values at a place of what `get` answers that mean gone.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GoneAt {
    pub at: String,
    pub values: Vec<String>,
}

/// One request with placeholders.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// `DELETE /servers/{id}`
    pub request: String,
    /// Where it is not the kind's own.
    pub service: Option<String>,
    /// Strings hold placeholders.
    pub json: Option<Value>,
    /// A body of XML with placeholders.
    pub xml: Option<String>,
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
}

/// A list that shows a thing by its exact name.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finder {
    pub request: String,
    /// Where the items are.
    pub items: String,
    /// Member of an item that must equal the name.
    pub name: String,
    /// Member of an item that is its id.
    pub id: String,
}

/// What hangs on a thing and goes first.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Child {
    pub list: String,
    pub items: String,
    /// The list is paged with `marker`, this member of the last item.
    pub marker: Option<String>,
    /// Members of an item that come percent-encoded, where the list says so.
    pub encoded: Option<Encoded>,
    /// Member (or path below an item) → the values it may have, any of: exact, `prefix*`, `*suffix`, `*part*`, `?*` for
    /// anything but nothing; or `!exact`, which it must not have. All members must match.
    #[serde(default, rename = "where")]
    pub only: BTreeMap<String, Vec<String>>,
    pub steps: Vec<Call>,
}

/// Where a list says `url`, these members of its items are percent-encoded, a space as `+`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Encoded {
    pub says: String,
    pub members: Vec<String>,
}

impl Child {
    /// An item as it is named in requests: with what the list encoded decoded.
    pub fn decoded(&self, document: &Value, item: &Value) -> Value {
        let mut item = item.clone();
        let Some(encoded) = &self.encoded else {
            return item;
        };
        let says = at(document, &encoded.says);
        if !says.iter().any(|said| plain(said) == "url") {
            return item;
        }
        for member in &encoded.members {
            if let Some(Value::String(text)) = item.get_mut(member)
                && let Some(decoded) = unescape(&text.replace('+', " "))
            {
                *text = decoded;
            }
        }
        item
    }

    /// Whether an item of the list is one of these children.
    pub fn takes(&self, item: &Value, names: &Placeholders) -> bool {
        self.only.iter().all(|(path, wants)| {
            let values = at(item, &format!("$.{path}"));
            wants.iter().any(|want| {
                let want = names.fill_plain(want);
                match want.strip_prefix('!') {
                    Some(other) => values.iter().all(|value| plain(value) != other),
                    None => values.iter().any(|value| fits(&want, &plain(value))),
                }
            })
        })
    }
}

/// Whether an answer is a refusal with one of these codes.
fn says(codes: &[String], status: u16, document: Option<&Value>) -> bool {
    let code = document.and_then(error_code).unwrap_or_default();
    status >= 400 && !code.is_empty() && codes.iter().any(|want| fits(want, code))
}

/// `*` stands for anything at the beginning or the end, `?*` for anything but nothing.
fn fits(want: &str, text: &str) -> bool {
    if want == "?*" {
        return !text.is_empty();
    }
    match (want.strip_prefix('*'), want.strip_suffix('*')) {
        (Some(rest), _) => match rest.strip_suffix('*') {
            Some(inner) => text.contains(inner),
            None => text.ends_with(rest),
        },
        (None, Some(prefix)) => text.starts_with(prefix),
        (None, None) => want == text,
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Catalog {
    kind: Vec<ResourceKind>,
    #[serde(default)]
    codes: Codes,
}

/// Of each family.
const FILES: [&str; 3] = [
    include_str!("openstack/resources.toml"),
    include_str!("s3/resources.toml"),
    include_str!("ec2/resources.toml"),
];

static KINDS: LazyLock<Result<BTreeMap<String, ResourceKind>, String>> = LazyLock::new(|| {
    let mut kinds = BTreeMap::new();
    for text in FILES {
        let catalog: Catalog = toml::from_str(text).map_err(|error| error.to_string())?;
        for mut kind in catalog.kind {
            kind.codes = catalog.codes.clone();
            kinds.insert(kind.kind.clone(), kind);
        }
    }
    Ok(kinds)
});

/// The kind of this name.
pub fn resource_kind(name: &str) -> Option<&'static ResourceKind> {
    KINDS.as_ref().ok()?.get(name)
}

/// Every kind, by name.
pub fn resource_kinds() -> impl Iterator<Item = &'static ResourceKind> {
    KINDS.iter().flat_map(BTreeMap::values)
}

/// Values for the holes of a kind's requests.
#[derive(Clone, Debug, Default)]
pub struct Placeholders(BTreeMap<String, String>);

impl Placeholders {
    /// Those of a thing of this kind with this id: `{id}` and the kind's parts. An id of a kind with parts that
    /// has too few of them leaves the last ones empty.
    pub fn of(kind: &ResourceKind, id: &str) -> Self {
        let mut names = Self::default();
        names.set("id", id);
        let mut rest = id.splitn(kind.parts.len().max(1), '/');
        for part in &kind.parts {
            names.set(part, rest.next().unwrap_or_default());
        }
        names
    }

    pub fn set(&mut self, name: &str, value: &str) {
        self.0.insert(name.to_owned(), value.to_owned());
    }

    /// With the scalars of a child as `{item.FIELD}`, deeper ones as `{item.FIELD.0.FIELD}`.
    #[must_use]
    pub fn with_item(&self, item: &Value) -> Self {
        let mut names = self.clone();
        names.set_all("item", item);
        names
    }

    fn set_all(&mut self, name: &str, value: &Value) {
        match value {
            Value::Object(members) => members
                .iter()
                .for_each(|(key, value)| self.set_all(&format!("{name}.{key}"), value)),
            Value::Array(items) => items
                .iter()
                .enumerate()
                .for_each(|(n, value)| self.set_all(&format!("{name}.{n}"), value)),
            scalar => self.set(name, &plain(scalar)),
        }
    }

    /// Fills the holes of a target, percent-encoding what goes in. `None`: a hole has no value, or an empty one,
    /// and the request would address something else.
    pub fn fill_target(&self, template: &str) -> Option<String> {
        self.fill(template, |value, keep_slash| {
            (!value.is_empty()).then(|| encode(value, keep_slash))
        })
    }

    /// Fills the holes of text as it is; a hole without a value becomes empty.
    pub fn fill_plain(&self, template: &str) -> String {
        self.fill(template, |value, _| Some(value.to_owned()))
            .unwrap_or_default()
    }

    /// Fills the holes of a JSON path, which stand in quotes there. `None`: a hole has no value, or one that no quoted text
    /// can hold, and the path would mean something else.
    pub fn fill_place(&self, template: &str) -> Option<String> {
        self.fill(template, |value, _| {
            let sound = !value.is_empty() && !value.contains(char::is_control);
            sound.then(|| value.replace('\\', "\\\\").replace('\'', "\\'"))
        })
    }

    /// Fills the holes of XML with text that is escaped.
    pub fn fill_xml(&self, template: &str) -> String {
        self.fill(template, |value, _| Some(escape_xml(value)))
            .unwrap_or_default()
    }

    /// Fills the strings of a body.
    pub fn fill_json(&self, body: &Value) -> Value {
        match body {
            Value::String(text) => Value::String(self.fill_plain(text)),
            Value::Array(items) => items.iter().map(|item| self.fill_json(item)).collect(),
            Value::Object(members) => members
                .iter()
                .map(|(key, value)| (key.clone(), self.fill_json(value)))
                .collect(),
            other => other.clone(),
        }
    }

    fn fill(&self, template: &str, write: impl Fn(&str, bool) -> Option<String>) -> Option<String> {
        let mut out = String::with_capacity(template.len() + 32);
        let mut rest = template;
        while let Some((before, hole)) = rest.split_once('{') {
            let (name, after) = hole.split_once('}')?;
            out.push_str(before);
            let (name, keep_slash) = match name.strip_prefix('+') {
                Some(name) => (name, true),
                None => (name, false),
            };
            let value = self.0.get(name).map_or("", String::as_str);
            out.push_str(&write(value, keep_slash)?);
            rest = after;
        }
        out.push_str(rest);
        Some(out)
    }
}

/// RFC 3986 unreserved characters stay, the rest is percent-encoded.
pub fn encode(value: &str, keep_slash: bool) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || (keep_slash && byte == b'/') {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// What percent-encoded text means. `None`: it is no text.
pub fn unescape(text: &str) -> Option<String> {
    let bytes = percent_encoding::percent_decode_str(text);
    bytes.decode_utf8().ok().map(Cow::into_owned)
}

/// Text of an element; what XML 1.0 has no way to write becomes a reference that some servers read all the same.
fn escape_xml(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            c if c.is_control() => {
                let _ = write!(out, "&#{};", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}

/// The values at a JSON path; none where the path can't be read.
pub fn at<'v>(document: &'v Value, path: &str) -> Vec<&'v Value> {
    serde_json_path::JsonPath::parse(path)
        .map(|path| path.query(document).all())
        .unwrap_or_default()
}

/// A scalar as text; null is nothing.
pub fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::query::version;
    use serde_json::json;

    #[test]
    fn the_data_file_reads_and_every_request_in_it_is_well_formed() {
        KINDS.as_ref().unwrap();
        assert!(resource_kinds().count() > 20);
        for kind in resource_kinds() {
            let mut requests = vec![kind.get.clone()];
            requests.extend(kind.delete.iter().map(|call| call.request.clone()));
            requests.extend(kind.release.iter().map(|call| call.request.clone()));
            requests.extend(kind.find.iter().map(|find| find.request.clone()));
            for child in kind.child.iter().chain(&kind.after) {
                requests.push(child.list.clone());
                requests.extend(child.steps.iter().map(|call| call.request.clone()));
                assert!(
                    serde_json_path::JsonPath::parse(&child.items).is_ok(),
                    "{}",
                    kind.kind
                );
            }
            for request in requests {
                let Some((method, target)) = request.split_once(' ') else {
                    assert!(version(&kind.service).is_some(), "{request}");
                    assert!(request.starts_with(char::is_uppercase), "{request}");
                    continue;
                };
                assert!(
                    ["GET", "HEAD", "DELETE", "PUT", "POST", "PATCH"].contains(&method),
                    "{request}"
                );
                assert!(target.starts_with('/'), "{request}");
            }
            let goes = !kind.delete.is_empty() || !kind.child.is_empty();
            assert!(goes && !kind.id.is_empty(), "{}", kind.kind);
        }
    }

    #[test]
    fn every_delete_and_every_get_addresses_one_thing() {
        for kind in resource_kinds() {
            let only_id: Vec<String> = if kind.parts.is_empty() {
                vec!["id".to_owned()]
            } else {
                kind.parts.clone()
            };
            for request in std::iter::once(&kind.get).chain(kind.delete.iter().map(|c| &c.request))
            {
                for part in &only_id {
                    assert!(
                        request.contains(&format!("{{{part}}}"))
                            || request.contains(&format!("{{+{part}}}")),
                        "{request} does not say {part}"
                    );
                }
            }
        }
    }

    /// ministack ignores filters that it doesn't know: machines of other executions were terminated.
    #[test]
    fn what_an_action_lists_is_matched_by_its_own_id() {
        let own = |text: &str| text.contains("{id}");
        let queried = resource_kinds().filter(|kind| version(&kind.service).is_some());
        for kind in queried {
            let gone = kind.gone.as_ref().map(|gone| &gone.at);
            for place in kind.there.iter().chain(gone) {
                assert!(own(place), "{}: {place}", kind.kind);
            }
            for child in kind.child.iter().chain(&kind.after) {
                let matched = child.only.values().flatten().any(|want| own(want));
                assert!(
                    matched || own(&child.items),
                    "{}: {}",
                    kind.kind,
                    child.list
                );
            }
            let names = Placeholders::of(kind, "x'y");
            for place in kind
                .there
                .iter()
                .chain(gone)
                .chain(kind.child.iter().map(|c| &c.items))
            {
                let place = names.fill_place(place).unwrap();
                assert!(serde_json_path::JsonPath::parse(&place).is_ok(), "{place}");
            }
        }
    }

    #[test]
    fn several_things_are_each_one_by_itself() {
        let machines = resource_kind("ec2.reservation").unwrap();
        assert_eq!(machines.members("i-1,i-2"), ["i-1", "i-2"]);
        let object = resource_kind("s3.bucket").unwrap();
        assert_eq!(object.members("a,b"), ["a,b"]);
    }

    #[test]
    fn a_hole_without_a_value_makes_no_request() {
        let kind = resource_kind("compute.server").unwrap();
        assert_eq!(Placeholders::of(kind, "").fill_target(&kind.get), None);
        let kind = resource_kind("object-store.object").unwrap();
        assert_eq!(Placeholders::of(kind, "c").fill_target(&kind.get), None);
    }

    #[test]
    fn ids_are_encoded_as_one_segment_and_parts_keep_their_slashes() {
        let kind = resource_kind("object-store.object").unwrap();
        let names = Placeholders::of(kind, "box/a dir/ö?x");
        assert_eq!(
            names.fill_target(&kind.get).unwrap(),
            "HEAD /box/a%20dir/%C3%B6%3Fx"
        );
        let kind = resource_kind("compute.keypair").unwrap();
        let names = Placeholders::of(kind, "a/../b");
        assert_eq!(
            names.fill_target(&kind.get).unwrap(),
            "GET /os-keypairs/a%2F..%2Fb"
        );
    }

    #[test]
    fn a_machine_is_gone_when_it_is_terminated_or_unknown() {
        let kind = resource_kind("ec2.instance").unwrap();
        let state = |state: &str| {
            let instance = json!({ "instanceId": "i-1", "instanceState": { "name": state } });
            json!({ "DescribeInstancesResponse": { "reservationSet": { "item": [
                { "instancesSet": { "item": [instance] } }
            ] } } })
        };
        let refused =
            |code: &str| json!({ "Response": { "Errors": { "Error": { "Code": code } } } });
        let names = Placeholders::of(kind, "i-1");
        let is_gone =
            |status: u16, document: Option<Value>| kind.is_gone(status, document.as_ref(), &names);
        assert!(is_gone(200, Some(state("terminated"))));
        assert!(!is_gone(200, Some(state("shutting-down"))));
        assert!(is_gone(400, Some(refused("InvalidInstanceID.NotFound"))));
        assert!(!is_gone(400, Some(refused("AuthFailure"))));
        assert!(!is_gone(400, None) && !is_gone(200, None));
        let none = json!({ "DescribeInstancesResponse": { "reservationSet": { "item": [] } } });
        assert!(is_gone(200, Some(none)));
        // a cloud that lists all machines whatever it is asked for
        let of =
            |id: &str, state: &str| json!({ "instanceId": id, "instanceState": { "name": state } });
        let all = |own: &str, other: &str| {
            json!({ "DescribeInstancesResponse": { "reservationSet": { "item": [
            { "instancesSet": { "item": [of("i-1", own), of("i-2", other)] } }
        ] } } })
        };
        assert!(is_gone(200, Some(all("terminated", "running"))));
        assert!(!is_gone(200, Some(all("running", "terminated"))));
        let other = Placeholders::of(kind, "i-3'] || @.x[?@.y=='");
        assert!(kind.is_gone(200, Some(&all("running", "running")), &other));
        // an id that can't be asked for is not gone
        let broken = Placeholders::of(kind, "i-\n");
        assert!(!kind.is_gone(200, Some(&all("running", "running")), &broken));
        let image = resource_kind("ec2.image").unwrap();
        assert!(image.is_absent(400, Some(&refused("InvalidAMIID.Unavailable"))));
        assert!(!image.may_pass(400, Some(&refused("InvalidAMIID.Unavailable"))));
        assert!(kind.may_pass(400, Some(&refused("IncorrectInstanceState"))));
        assert!(!kind.may_pass(400, Some(&refused("InvalidParameterValue"))));
        assert!(!kind.is_absent(400, Some(&refused("DependencyViolation"))));
    }

    #[test]
    fn of_a_private_network_what_the_cloud_made_with_it_stays_for_it() {
        let kind = resource_kind("ec2.vpc").unwrap();
        let names = Placeholders::of(kind, "vpc-1");
        let taken = |item: Value| kind.child.iter().filter(|c| c.takes(&item, &names)).count();
        let group = |name: &str| json!({ "groupId": "sg-1", "groupName": name, "vpcId": "vpc-1" });
        assert_eq!(taken(group("mine")) - taken(group("default")), 1);
        let tables = |main: &str| json!({ "vpcId": "vpc-1", "associationSet": { "item": [{ "main": main, "routeTableAssociationId": "a" }] } });
        assert_eq!(taken(tables("false")) - taken(tables("true")), 1);
        assert_eq!(taken(json!({ "vpcId": "vpc-2", "groupName": "x" })), 0);
        let names = names.with_item(&tables("false"));
        let filled = names.fill_target("X?A={item.associationSet.item.0.routeTableAssociationId}");
        assert_eq!(filled.unwrap(), "X?A=a");
    }

    #[test]
    fn keys_are_decoded_where_the_list_says_that_they_are_encoded_and_nowhere_else() {
        let kind = resource_kind("s3.bucket").unwrap();
        let of = |says: Value, key: &str| -> Vec<String> {
            let item = json!({ "Key": key });
            let list = json!({ "ListBucketResult": { "EncodingType": says, "Contents": [item] } });
            let contents = kind.child.iter().filter(|c| c.items.ends_with("Contents"));
            contents
                .map(|c| plain(&c.decoded(&list, &item)["Key"]))
                .collect()
        };
        assert_eq!(of(json!("url"), "a%01+%2B/b"), ["a\u{1} +/b", "a%01+%2B/b"]);
        assert_eq!(of(Value::Null, "a%01+"), ["a%01+", "a%01+"]);
        // no text: left as it is, and no other thing is named by it
        assert_eq!(of(json!("url"), "a%FF"), ["a%FF", "a%FF"]);
    }

    #[test]
    fn what_goes_into_xml_is_escaped() {
        let kind = resource_kind("s3.bucket").unwrap();
        let names = Placeholders::of(kind, "b").with_item(&json!({ "Key": "a<b>&\u{1}" }));
        assert_eq!(
            names.fill_xml("<Key>{item.Key}</Key>"),
            "<Key>a&lt;b&gt;&amp;&#1;</Key>"
        );
    }

    #[test]
    fn children_are_taken_only_where_every_member_fits() {
        let kind = resource_kind("network.network").unwrap();
        let mut names = Placeholders::of(kind, "n1");
        names.set("project.id", "p1");
        let ours = json!({"network_id": "n1", "device_owner": "compute:nova", "project_id": "p1"});
        let dhcp = json!({"network_id": "n1", "device_owner": "network:dhcp", "project_id": "p1"});
        let other = json!({"network_id": "n2", "device_owner": "", "project_id": "p1"});
        let foreign = json!({"network_id": "n1", "device_owner": "", "project_id": "p2"});
        let interface = json!({"network_id": "n1", "device_owner": "network:router_interface_distributed", "project_id": "p1"});
        let taken = |item: &Value| -> Vec<bool> {
            kind.child
                .iter()
                .map(|child| child.takes(item, &names))
                .collect()
        };
        assert_eq!(taken(&ours), [false, true]);
        assert_eq!(taken(&dhcp), [false, false]);
        assert_eq!(taken(&other), [false, false]);
        assert_eq!(taken(&foreign), [false, false]);
        assert_eq!(taken(&interface), [true, false]);
    }
}
