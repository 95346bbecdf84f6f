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
