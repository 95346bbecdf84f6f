//! The few holes of a rule's texts: `{service}`, `{operation}`, `{place}`, `{member}`, `{a}`, `{b}`, `{cloud_a}`, `{cloud_b}`.

use crate::observe::member;

/// What the holes are filled with.
#[derive(Clone, Copy, Debug)]
pub struct Filling<'a> {
    pub service: &'a str,
    pub operation: &'a str,
    pub place: &'a str,
    pub a: &'a str,
    pub b: &'a str,
    pub cloud_a: &'a str,
    pub cloud_b: &'a str,
}

impl<'a> Filling<'a> {
    /// For the reference, where no cloud is at hand.
    pub const NAMES: Filling<'static> = Filling {
        service: "the service",
        operation: "the operation",
        place: "the place",
        a: "A's value",
        b: "B's value",
        cloud_a: "A",
        cloud_b: "B",
    };

    fn of(&self, hole: &str) -> Option<&'a str> {
        Some(match hole {
            "service" => self.service,
            "operation" => self.operation,
            "place" => self.place,
            "member" => member(self.place),
            "a" => self.a,
            "b" => self.b,
            "cloud_a" => self.cloud_a,
            "cloud_b" => self.cloud_b,
            _ => return None,
        })
    }
}

/// Fills every hole once: what a value brings along is not looked at again.
pub fn fill(template: &str, filling: &Filling<'_>) -> String {
    pieces(template)
        .map(|piece| match piece {
            Piece::Text(text) => text.to_owned(),
            Piece::Hole(name) => filling
                .of(name)
                .map_or_else(|| format!("{{{name}}}"), str::to_owned),
        })
        .collect()
}

/// The first hole that nothing fills: a mistake in a rule.
pub fn unknown_hole(template: &str) -> Option<&str> {
    pieces(template).find_map(|piece| match piece {
        Piece::Hole(name) if Filling::NAMES.of(name).is_none() => Some(name),
        _ => None,
    })
}

enum Piece<'a> {
    Text(&'a str),
    Hole(&'a str),
}

/// `{}` and braces around anything but a word are text.
fn pieces(template: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = template;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let open = rest.find('{').unwrap_or(rest.len());
        if open > 0 {
            let (text, after) = rest.split_at(open);
            rest = after;
            return Some(Piece::Text(text));
        }
        let word = rest[1..]
            .find(|c: char| !(c.is_ascii_lowercase() || c == '_'))
            .map_or(rest.len(), |n| n + 1);
        if word > 1 && rest[word..].starts_with('}') {
            let name = &rest[1..word];
            rest = &rest[word + 1..];
            Some(Piece::Hole(name))
        } else {
            let (text, after) = rest.split_at(1);
            rest = after;
            Some(Piece::Text(text))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_looks_like_a_hole_stays_as_it_is() {
        let filling = Filling {
            operation: "GET /servers/{}",
            a: "{b}",
            b: "{cloud_a}",
            ..Filling::NAMES
        };
        assert_eq!(
            fill("{operation}: {a} and {b} in {cloud_b}", &filling),
            "GET /servers/{}: {b} and {cloud_a} in B"
        );
    }

    #[test]
    fn a_member_is_named_without_the_way_to_it() {
        let member = |place| {
            let filling = Filling {
                place,
                ..Filling::NAMES
            };
            fill("{member}", &filling)
        };
        assert_eq!(member("$.servers[own].locked"), "locked");
        assert_eq!(member("$.set.item[own]"), "item");
        assert_eq!(
            member("$.flavor.OS-FLV-DISABLED:disabled"),
            "OS-FLV-DISABLED:disabled"
        );
        assert_eq!(member("header etag"), "header etag");
    }

    #[test]
    fn braces_that_are_no_holes_are_text() {
        assert_eq!(fill("{} { x } {", &Filling::NAMES), "{} { x } {");
        assert_eq!(unknown_hole("{a} {cloud_c} {b}"), Some("cloud_c"));
        assert_eq!(unknown_hole("{a} {} {b}"), None);
    }
}
