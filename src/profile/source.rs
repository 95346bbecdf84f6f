//! A user's file as it may be shown: the values that could be secrets are taken out before anyone sees it.

use std::ops::Range;

/// Stands for a value that is not shown, whatever its length.
const HIDDEN: &str = "‹hidden›";

/// The text of a file for messages. It no longer holds what was hidden, so nothing that keeps it
/// can give a secret away.
#[derive(Clone, Debug)]
pub struct Source {
    /// As the user named it.
    pub name: String,
    shown: String,
    /// Where the original had something else, in order.
    hidden: Vec<Range<usize>>,
}

impl Source {
    /// `hidden`: byte ranges of `text` that must not be seen.
    pub fn new(name: &str, text: &str, mut hidden: Vec<Range<usize>>) -> Self {
        hidden.sort_by_key(|range| (range.start, range.end));
        let mut apart: Vec<Range<usize>> = Vec::new();
        for range in hidden {
            match apart.last_mut() {
                Some(last) if range.start < last.end => last.end = last.end.max(range.end),
                _ => apart.push(range),
            }
        }
        let mut shown = String::with_capacity(text.len());
        let mut at = 0;
        for range in &apart {
            shown.push_str(text.get(at..range.start).unwrap_or_default());
            shown.push_str(HIDDEN);
            at = range.end;
        }
        shown.push_str(text.get(at..).unwrap_or_default());
        Self {
            name: name.to_owned(),
            shown,
            hidden: apart,
        }
    }

    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// Where a range of the original is in the shown text.
    pub fn place(&self, span: &Range<usize>) -> Range<usize> {
        let start = self.offset(span.start, Edge::Start);
        let end = self.offset(span.end, Edge::End);
        start..end.max(start)
    }

    fn offset(&self, at: usize, edge: Edge) -> usize {
        let mut shift: isize = 0;
        for range in &self.hidden {
            if at <= range.start {
                break;
            }
            if at < range.end {
                return match edge {
                    Edge::Start => moved(range.start, shift),
                    Edge::End => moved(range.start, shift) + HIDDEN.len(),
                };
            }
            shift += HIDDEN.len().cast_signed() - range.len().cast_signed();
        }
        moved(at, shift).min(self.shown.len())
    }
}

/// A place inside a hidden value becomes the begin or the end of what stands for it.
#[derive(Clone, Copy)]
enum Edge {
    Start,
    End,
}

/// Where the comments of a TOML or YAML text are, given where its values and keys are: a comment may
/// hold what a value once was.
pub fn comments(text: &str, values: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut comments: Vec<Range<usize>> = Vec::new();
    for (at, _) in text.match_indices('#') {
        let known = values.iter().chain(comments.last());
        if !known.into_iter().any(|range| range.contains(&at)) {
            let length = text.get(at..).and_then(|rest| rest.find('\n'));
            comments.push(at..length.map_or(text.len(), |length| at + length));
        }
    }
    comments
}

fn moved(at: usize, shift: isize) -> usize {
    at.saturating_add_signed(shift)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hidden_value_is_gone_and_places_around_it_stay_right() {
        let text = "user = 'a'\npass = 'hunter2'\nlast = 1\n";
        let secret = text.find("'hunter2'").unwrap();
        let hidden = secret..secret + 9;
        let source = Source::new("x.toml", text, Vec::from([hidden]));
        assert!(!format!("{source:?}").contains("hunter2"));
        let last = text.find("last").unwrap();
        assert_eq!(&source.shown()[source.place(&(last..last + 4))], "last");
        assert_eq!(&source.shown()[source.place(&(0..4))], "user");
        let inside = secret + 2..secret + 4;
        assert_eq!(&source.shown()[source.place(&inside)], "‹hidden›");
        assert_eq!(
            &source.shown()[source.place(&(secret..secret + 9))],
            "‹hidden›"
        );
    }

    #[test]
    fn a_comment_begins_outside_of_values() {
        let text = "a = 'x#y' # one # two\n# three";
        let found: Vec<&str> = comments(text, &[Range { start: 4, end: 9 }])
            .into_iter()
            .map(|range| &text[range])
            .collect();
        assert_eq!(found, ["# one # two", "# three"]);
    }

    #[test]
    fn overlapping_hidden_ranges_are_one() {
        let source = Source::new("x", "abcdefgh", vec![1..4, 2..6]);
        assert_eq!(source.shown(), "a‹hidden›gh");
    }
}
