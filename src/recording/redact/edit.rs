//! Replacing stretches of a text, all others untouched.

use crate::recording::SecretKind;
use std::ops::Range;

/// A stretch that is to become a mark.
pub(super) struct Edit {
    pub range: Range<usize>,
    pub kind: SecretKind,
    /// What stands there, decoded: equal secrets get equal marks however they were written.
    pub value: Vec<u8>,
    /// A JSON number: the mark needs quotes of its own.
    pub number: bool,
}

impl Edit {
    /// The same, of a text that begins at `start` of a larger one.
    pub fn moved(mut self, start: usize) -> Self {
        self.range = self.range.start + start..self.range.end + start;
        self
    }
}

/// In order and apart: the one that holds another wins, the first of equal ones, and of two that
/// overlap the union is replaced.
pub(super) fn settle(mut edits: Vec<Edit>, text: &[u8]) -> Vec<Edit> {
    edits.retain(|edit| !edit.range.is_empty());
    // stable: of equal stretches the first given stays first
    edits.sort_by_key(|edit| (edit.range.start, usize::MAX - edit.range.end));
    let mut settled: Vec<Edit> = Vec::with_capacity(edits.len());
    for edit in edits {
        match settled.last_mut() {
            Some(last) if edit.range.start < last.range.end => {
                if edit.range.end > last.range.end {
                    last.range.end = edit.range.end;
                    last.value = text[last.range.clone()].to_vec();
                }
            }
            _ => settled.push(edit),
        }
    }
    settled
}

/// The text with every settled edit replaced by what `mark` says.
pub(super) fn apply(text: &[u8], edits: &[Edit], mark: impl Fn(&Edit) -> String) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    for edit in edits {
        out.extend_from_slice(&text[at..edit.range.start]);
        let mark = mark(edit);
        if edit.number {
            out.extend_from_slice(format!("\"{mark}\"").as_bytes());
        } else {
            out.extend_from_slice(mark.as_bytes());
        }
        at = edit.range.end;
    }
    out.extend_from_slice(&text[at..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(range: Range<usize>, kind: SecretKind) -> Edit {
        Edit {
            range,
            kind,
            value: Vec::new(),
            number: false,
        }
    }

    #[test]
    fn the_outer_edit_wins_and_overlapping_ones_join() {
        let text = b"0123456789";
        let edits = vec![
            edit(2..4, SecretKind::Token),
            edit(1..5, SecretKind::Password),
            edit(7..9, SecretKind::Cookie),
            edit(6..8, SecretKind::File),
        ];
        let settled = settle(edits, text);
        assert_eq!(settled.len(), 2);
        let out = apply(text, &settled, |e| format!("<{}>", e.kind));
        assert_eq!(out, b"0<password>5<file>9");
        assert_eq!(settled[1].value, b"678");
    }
}
