//! Paths in a body, and which of them an exception is about.

use crate::scenario::Source;

/// A path below another, with a member's name quoted where it would be misread.
pub(super) fn join(path: &str, name: &str) -> String {
    let simple = name
        .chars()
        .all(|c| c.is_alphanumeric() || "_-:‹›. ".contains(c))
        && !name.is_empty();
    if simple && !name.contains('.') || name.starts_with('‹') {
        format!("{path}.{name}")
    } else {
        format!("{path}['{name}']")
    }
}

/// The name of the member that a path ends in, or of the list whose item it is: `status` of `$.servers[].status`, `tags` of
/// `$.tags[k]`, `xmlns` of `$.Error['@xmlns']`. What is no path is its own name.
pub fn member(path: &str) -> &str {
    let mut list = path;
    while let Some((before, _)) = item(list) {
        list = before;
    }
    split(list).map_or(list, |(_, name)| name)
}

/// Of the path of a member: that of what holds it, and its name.
pub fn split(path: &str) -> Option<(&str, &str)> {
    if item(path).is_some() {
        return None;
    }
    let quoted = path
        .strip_suffix("']")
        .and_then(|rest| rest.rsplit_once("['"));
    let quoted = quoted.map(|(holder, name)| (holder, name.trim_start_matches('@')));
    quoted.or_else(|| path.rsplit_once('.'))
}

/// Of the path of an item: that of its list, and what tells the item apart.
pub fn item(path: &str) -> Option<(&str, &str)> {
    let (list, key) = path.strip_suffix(']')?.rsplit_once('[')?;
    (!key.starts_with('\'')).then_some((list, key))
}

/// An exception's place covers this one: the same, or the same with `[*]` or an index where the place has a label.
pub(super) fn covers(exception: &Source, place: &Source) -> bool {
    match (exception, place) {
        (Source::Json(pattern), Source::Json(path)) => {
            let (pattern, path) = (segments(pattern), segments(path));
            pattern.len() == path.len()
                && pattern.iter().zip(&path).all(|(p, s)| p == "*" || p == s)
        }
        (a, b) => a == b,
    }
}

/// The members of a path; whatever stands in brackets counts as `[]`, a quoted member as itself.
fn segments(path: &str) -> Vec<String> {
    let mut found = vec![String::new()];
    let mut rest = path;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            '.' => found.push(String::new()),
            '[' => {
                let (inside, after) = rest.split_once(']').unwrap_or((rest, ""));
                rest = after;
                match inside
                    .strip_prefix('\'')
                    .and_then(|name| name.strip_suffix('\''))
                {
                    Some(name) => found.push(name.to_owned()),
                    None => found.push("[]".to_owned()),
                }
            }
            c => {
                if let Some(last) = found.last_mut() {
                    last.push(c);
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_member_that_a_path_ends_in() {
        for (path, name) in [
            ("$.servers[own].locked", "locked"),
            ("$.keypairs[own].keypair", "keypair"),
            ("$.server.addresses[public][]", "addresses"),
            ("$.tags[a.b]", "tags"),
            ("$.links['os:x.y']", "os:x.y"),
            ("$.Error['@xmlns']", "xmlns"),
            ("status", "status"),
        ] {
            assert_eq!(member(path), name);
        }
        assert_eq!(split("$.a[x.y].b"), Some(("$.a[x.y]", "b")));
        assert_eq!(split("$.a['b.c']"), Some(("$.a", "b.c")));
        assert_eq!(split("$.a[x.y]"), None);
    }

    #[test]
    fn an_exception_with_an_index_covers_every_label() {
        let json = |path: &str| Source::Json(path.to_owned());
        assert!(covers(
            &json("$.servers[*].hostId"),
            &json("$.servers[‹name.a›].hostId")
        ));
        assert!(covers(&json("$.server.tags[]"), &json("$.server.tags[]")));
        assert!(!covers(&json("$.server.tags"), &json("$.server.tags[]")));
        assert!(covers(
            &json("$.quota.*.used"),
            &json("$.quota.network.used")
        ));
        assert!(covers(&json("$['a.b'].c"), &json("$['a.b'].c")));
    }
}
