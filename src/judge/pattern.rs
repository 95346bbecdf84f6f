//! Patterns that rules match text with: `*` for any run of characters, everything else for itself.
//!
//! Exact enough that two patterns can be proven disjoint: that is how the rules are shown to be
//! unambiguous.

use std::fmt;

/// `GET *`, `header x-object-meta-*`, `4xx`, `present`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    source: String,
    atoms: Vec<Atom>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Atom {
    Char(char),
    Digit,
    Any,
}

impl Pattern {
    /// A pattern over names: operations, places, services.
    pub fn name(source: &str) -> Self {
        Self::new(source, |c| if c == '*' { Atom::Any } else { Atom::Char(c) })
    }

    /// A pattern over values: as [`Pattern::name`], and `4xx` stands for a status of that class.
    pub fn value(source: &str) -> Self {
        let class = matches!(source.as_bytes(), [b'1'..=b'5', b'x', b'x']);
        Self::new(source, |c| match c {
            '*' => Atom::Any,
            'x' if class => Atom::Digit,
            c => Atom::Char(c),
        })
    }

    fn new(source: &str, atom: impl Fn(char) -> Atom) -> Self {
        Self {
            source: source.to_owned(),
            atoms: source.chars().map(atom).collect(),
        }
    }

    pub fn matches(&self, text: &str) -> bool {
        let literal: Vec<Atom> = text.chars().map(Atom::Char).collect();
        meet(&self.atoms, &literal)
    }

    /// Whether some text matches both.
    pub fn overlaps(&self, other: &Self) -> bool {
        meet(&self.atoms, &other.atoms)
    }

    /// Whether it matches one text only.
    pub fn is_exact(&self) -> bool {
        self.atoms.iter().all(|atom| matches!(atom, Atom::Char(_)))
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)
    }
}

/// Whether the languages of two patterns share a text: reachability over pairs of positions, one
/// row of the table at a time.
fn meet(left: &[Atom], right: &[Atom]) -> bool {
    let mut row = vec![false; right.len() + 1];
    row[0] = true;
    skip_any(&mut row, right);
    for &atom in left {
        let mut next = vec![false; right.len() + 1];
        for at in 0..=right.len() {
            if !row[at] {
                continue;
            }
            if atom == Atom::Any {
                // takes whatever comes on the right, or nothing
                next[at..].fill(true);
                break;
            }
            match right.get(at) {
                Some(Atom::Any) => next[at] = true,
                Some(&other) if share(atom, other) => next[at + 1] = true,
                _ => {}
            }
        }
        skip_any(&mut next, right);
        row = next;
    }
    row[right.len()]
}

/// A `*` may stand for nothing.
fn skip_any(row: &mut [bool], right: &[Atom]) {
    for at in 0..right.len() {
        if row[at] && right[at] == Atom::Any {
            row[at + 1] = true;
        }
    }
}

fn share(left: Atom, right: Atom) -> bool {
    match (left, right) {
        (Atom::Any, _) | (_, Atom::Any) | (Atom::Digit, Atom::Digit) => true,
        (Atom::Char(a), Atom::Char(b)) => a == b,
        (Atom::Char(c), Atom::Digit) | (Atom::Digit, Atom::Char(c)) => c.is_ascii_digit(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn stars_match_any_run_and_nothing() {
        assert!(Pattern::name("GET *").matches("GET /servers/{}"));
        assert!(Pattern::name("*").matches(""));
        assert!(Pattern::name("$.*.status").matches("$.server.status"));
        assert!(Pattern::name("$.servers[*].id").matches("$.servers[*].id"));
        assert!(!Pattern::name("$.*.status").matches("$.status"));
        assert!(!Pattern::name("GET *").matches("POST /servers"));
    }

    #[test]
    fn a_status_class_is_three_digits_and_only_among_values() {
        assert!(Pattern::value("4xx").matches("404"));
        assert!(!Pattern::value("4xx").matches("4xx and more"));
        assert!(!Pattern::value("4xx").matches("504"));
        assert!(!Pattern::name("4xx").matches("404"));
        assert!(Pattern::value("xx").matches("xx"));
    }

    #[test]
    fn overlap_is_exact() {
        let overlap = |a, b| Pattern::name(a).overlaps(&Pattern::name(b));
        assert!(overlap("header x-*", "header *-id"));
        assert!(overlap("a*c", "ab*"));
        assert!(!overlap("GET *", "POST *"));
        assert!(!overlap("header etag", "header *-id"));
        assert!(Pattern::value("4xx").overlaps(&Pattern::value("404")));
        assert!(!Pattern::value("4xx").overlaps(&Pattern::value("5xx")));
    }

    fn brute(pattern: &[u8], text: &[u8]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some((b'*', rest)) => (0..=text.len()).any(|n| brute(rest, &text[n..])),
            Some((c, rest)) => text.first() == Some(c) && brute(rest, &text[1..]),
        }
    }

    proptest! {
        #[test]
        fn matching_agrees_with_a_plain_search(pattern in "[ab*]{0,6}", text in "[ab]{0,6}") {
            prop_assert_eq!(
                Pattern::name(&pattern).matches(&text),
                brute(pattern.as_bytes(), text.as_bytes())
            );
        }

        #[test]
        fn a_common_text_means_overlap(left in "[ab*]{0,5}", right in "[ab*]{0,5}", text in "[ab]{0,6}") {
            let (l, r) = (Pattern::name(&left), Pattern::name(&right));
            if l.matches(&text) && r.matches(&text) {
                prop_assert!(l.overlaps(&r));
            }
            prop_assert_eq!(l.overlaps(&r), r.overlaps(&l));
        }
    }
}
