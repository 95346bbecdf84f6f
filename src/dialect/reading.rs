//! How answers of a family are read: header lists and array keys, as data.

use super::xml::may_repeat;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// What a header's value means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaderMeaning {
    /// Presence and form are compared.
    Minted,
    /// Not compared.
    Hop,
    /// Compared to the body it describes.
    Framing,
    /// Compared whole, as a set of its comma-separated parts.
    Set,
    /// Compared whole.
    Plain,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct HeaderLists {
    minted: BTreeSet<String>,
    hop: BTreeSet<String>,
    framing: BTreeSet<String>,
    sets: BTreeSet<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Lists {
    key: BTreeMap<String, String>,
    unordered: Unordered,
    #[serde(default, rename = "minted-numbers")]
    minted_numbers: MintedNumbers,
    #[serde(default)]
    shared: Unordered,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct MintedNumbers {
    members: BTreeSet<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Unordered {
    arrays: BTreeSet<String>,
}

/// Names of headers and of arrays mean the same in every family: the files of all are joined.
const HEADER_FILES: [&str; 3] = [
    include_str!("openstack/headers.toml"),
    include_str!("s3/headers.toml"),
    include_str!("ec2/headers.toml"),
];
const LIST_FILES: [&str; 3] = [
    include_str!("openstack/lists.toml"),
    include_str!("s3/lists.toml"),
    include_str!("ec2/lists.toml"),
];

#[expect(clippy::unwrap_used, reason = "embedded data, read by every test")]
static HEADERS: LazyLock<HeaderLists> = LazyLock::new(|| {
    let mut all = HeaderLists::default();
    for text in HEADER_FILES {
        let lists: HeaderLists = toml::from_str(text).unwrap();
        all.minted.extend(lists.minted);
        all.hop.extend(lists.hop);
        all.framing.extend(lists.framing);
        all.sets.extend(lists.sets);
    }
    all
});
#[expect(clippy::unwrap_used, reason = "embedded data, read by every test")]
static LISTS: LazyLock<Lists> = LazyLock::new(|| {
    let mut all = Lists::default();
    for text in LIST_FILES {
        let lists: Lists = toml::from_str(text).unwrap();
        all.key.extend(lists.key);
        all.unordered.arrays.extend(lists.unordered.arrays);
        all.minted_numbers
            .members
            .extend(lists.minted_numbers.members);
        all.shared.arrays.extend(lists.shared.arrays);
    }
    all
});

/// Whether an answer header, by its lower-case name, says which version of the API answered:
/// <https://specs.openstack.org/openstack/api-sig/guidelines/microversion_specification.html>.
#[must_use]
pub fn names_api_version(header: &str) -> bool {
    header.ends_with("api-version")
}

/// Whether a member or a parameter of this name holds the id of a thing: `id`, `server_id`, `vpcId`, `VolumeId`.
#[must_use]
pub fn names_an_id(member: &str) -> bool {
    member == "id" || member.ends_with("_id") || member.ends_with("Id")
}

/// Whether an id of this name is that of an account, which is nobody's thing.
#[must_use]
pub fn names_an_account(member: &str) -> bool {
    matches!(member, "ownerId" | "OwnerId" | "userId" | "UserId")
}

/// The meaning of an answer header, by its lower-case name.
#[must_use]
pub fn header_meaning(name: &str) -> HeaderMeaning {
    let lists = &*HEADERS;
    if lists.minted.contains(name) {
        HeaderMeaning::Minted
    } else if lists.hop.contains(name) {
        HeaderMeaning::Hop
    } else if lists.framing.contains(name) {
        HeaderMeaning::Framing
    } else if lists.sets.contains(name) {
        HeaderMeaning::Set
    } else {
        HeaderMeaning::Plain
    }
}

/// The member that tells the items of the array `name` apart.
#[must_use]
pub fn list_key(name: &str) -> Option<&'static str> {
    LISTS.key.get(name).map(String::as_str)
}

/// Whether clients choose the names of the items of the array `name`, and not the API: what differs at one of them differs
/// at all.
#[must_use]
pub fn is_named_by_clients(name: &str) -> bool {
    may_repeat(name) || list_key(name).is_none_or(|key| key == "Key")
}

/// Whether the order of the array `name` means nothing.
#[must_use]
pub fn is_unordered(name: &str) -> bool {
    LISTS.unordered.arrays.contains(name)
}

/// Whether an array of this name holds things of others where it is the answer itself, whatever tells its items apart
/// elsewhere.
#[must_use]
pub fn is_shared(name: &str) -> bool {
    LISTS.shared.arrays.contains(name)
}

/// Whether a number of this name is counted up by the cloud.
#[must_use]
pub fn is_minted_number(member: &str) -> bool {
    LISTS.minted_numbers.members.contains(member)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_on_at_most_one_list() {
        let lists = &*HEADERS;
        assert!(lists.minted.is_disjoint(&lists.hop));
        assert!(lists.minted.is_disjoint(&lists.framing));
        assert!(lists.hop.is_disjoint(&lists.framing));
        let all = lists.minted.iter().chain(&lists.hop).chain(&lists.framing);
        assert!(all.clone().all(|name| *name == name.to_lowercase()));
    }

    #[test]
    fn what_a_client_relies_on_is_compared_whole() {
        for name in [
            "etag",
            "location",
            "content-type",
            "content-range",
            "accept-ranges",
            "x-object-meta-a",
        ] {
            assert_eq!(header_meaning(name), HeaderMeaning::Plain, "{name}");
        }
    }
}
