//! Where the tokens of a JSON text are, without building a tree: a tree forgets number lexemes,
//! duplicate keys and white space. Goes on after mistakes and stops at a cut; never recurses.

use std::ops::Range;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::recording) enum Lexeme {
    /// A string, a member's name or not.
    Text,
    /// A number, or whatever else stands without quotes.
    Number,
    /// `true`, `false`, `null`.
    Word,
}

#[derive(Debug)]
pub(in crate::recording) struct Token<K> {
    /// Of a string: between its quotes.
    pub span: Range<usize>,
    pub lexeme: Lexeme,
    /// It is a member's name.
    pub is_name: bool,
    /// What it is by its place; of a name nothing.
    pub by_place: Option<K>,
}

/// Might be an object or an array.
pub(in crate::recording) fn looks_like_json(bytes: &[u8]) -> bool {
    matches!(bytes.trim_ascii_start().first(), Some(b'{' | b'['))
}

/// Is JSON from its first byte to its last.
pub(in crate::recording) fn is_whole(bytes: &[u8]) -> bool {
    serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok()
}

/// One `{` or `[` that is open.
struct Frame {
    object: bool,
    /// The length that the path had before it.
    depth: usize,
    /// A member's name is expected next.
    name_next: bool,
}

/// All strings, numbers and words, in order; `place` says what a value is by the names on the way to it, innermost last.
pub(in crate::recording) fn tokens<K>(
    bytes: &[u8],
    place: impl Fn(&[String]) -> Option<K>,
) -> Vec<Token<K>> {
    let mut found = Vec::new();
    let mut frames: Vec<Frame> = Vec::new();
    // names of the members on the way to here, arrays left out
    let mut path: Vec<String> = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        at += 1;
        match bytes[start] {
            opening @ (b'{' | b'[') => frames.push(Frame {
                object: opening == b'{',
                depth: path.len(),
                name_next: opening == b'{',
            }),
            b'}' | b']' => {
                if let Some(frame) = frames.pop() {
                    path.truncate(frame.depth);
                }
            }
            b',' => {
                if let Some(frame) = frames.last_mut().filter(|frame| frame.object) {
                    frame.name_next = true;
                    path.truncate(frame.depth);
                }
            }
            b':' | b' ' | b'\t' | b'\n' | b'\r' => {}
            b'"' => {
                let end = string_end(bytes, at);
                let span = at..end;
                at = (end + 1).min(bytes.len());
                let (mut by_place, mut is_name) = (None, false);
                match frames.last_mut().filter(|frame| frame.name_next) {
                    Some(frame) => {
                        frame.name_next = false;
                        is_name = true;
                        path.truncate(frame.depth);
                        path.push(String::from_utf8_lossy(&unescaped(&bytes[span.clone()])).into());
                    }
                    None => by_place = place(&path),
                }
                found.push(Token {
                    span,
                    lexeme: Lexeme::Text,
                    is_name,
                    by_place,
                });
            }
            _ => {
                let ends = |b: &u8| b"{}[],:\" \t\n\r".contains(b);
                at = bytes[start..]
                    .iter()
                    .position(ends)
                    .map_or(bytes.len(), |n| start + n);
                let word = matches!(&bytes[start..at], b"true" | b"false" | b"null");
                found.push(Token {
                    span: start..at,
                    lexeme: if word { Lexeme::Word } else { Lexeme::Number },
                    is_name: false,
                    by_place: place(&path),
                });
            }
        }
    }
    found
}

/// The first quote from `at` that isn't escaped, or the end.
fn string_end(bytes: &[u8], mut at: usize) -> usize {
    while at < bytes.len() {
        match bytes[at] {
            b'"' => return at,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// What a string means, without its quotes; a wrong escape stands for itself without the backslash.
pub(in crate::recording) fn unescaped(text: &[u8]) -> Vec<u8> {
    super::sweep::View::of(text)
        .unescaped()
        .map_or_else(|| text.to_vec(), |view| view.bytes.into_owned())
}

#[cfg(test)]
mod tests {
    use super::super::places;
    use super::*;

    fn secrets(text: &str) -> Vec<&str> {
        tokens(text.as_bytes(), places::member)
            .into_iter()
            .filter(|token| token.by_place.is_some())
            .map(|token| &text[token.span])
            .collect()
    }

    #[test]
    fn secret_members_are_found_at_any_depth() {
        assert_eq!(
            secrets(r#"{"server":{"adminPass" : "a","x":["adminPass"]},"list":[{"secret":"b"}]}"#),
            ["a", "b"]
        );
        assert_eq!(
            secrets(
                r#"{"auth":{"identity":{"methods":["password"],"password":{"user":{"name":"n","password":"p"}}}}}"#
            ),
            ["p"]
        );
        assert_eq!(
            secrets(
                r#"{"server":{"personality":[{"path":"/a","contents":"c"},{"contents":"d"}]}}"#
            ),
            ["c", "d"]
        );
    }

    #[test]
    fn a_member_is_secret_whatever_the_type_of_its_value() {
        assert_eq!(
            secrets(r#"{"adminPass":12.50,"password":["a","b"]}"#),
            ["12.50", "a", "b"]
        );
        assert_eq!(
            secrets(r#"{"a":{"password":"x","password":"y"}}"#),
            ["x", "y"]
        );
        assert_eq!(secrets(r#"{"admin\u0050ass":"a\"b","n":1}"#), [r#"a\"b"#]);
    }

    #[test]
    fn a_text_that_is_cut_or_broken_is_read_as_far_as_it_goes() {
        assert_eq!(secrets(r#"{"a":1,"server":{"adminPass":"abc"#), ["abc"]);
        assert_eq!(secrets(r#"{"a" 1 "adminPass":"abc\"#), Vec::<&str>::new());
        assert_eq!(secrets(r#"{"a":,]}{"adminPass":"abc"}"#), ["abc"]);
        assert!(tokens(&b"[".repeat(1_000_000), places::member).is_empty());
    }
}
