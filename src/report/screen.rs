//! What may go to a terminal: text from a cloud with its teeth drawn, measured in columns.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// One line: everything that a terminal would act on, and everything that could hide or reorder
/// text, is shown as an escape.
pub fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if is_hostile(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out
}

/// Several lines, each as [`clean`] leaves it.
pub fn clean_lines(text: &str) -> String {
    text.split('\n').map(clean).collect::<Vec<_>>().join("\n")
}

/// Controls, bidirectional overrides, invisible and tag characters.
pub fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Columns.
pub fn width(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// At most `most` columns; what is left out at the end is an ellipsis.
pub fn cut(text: &str, most: usize) -> String {
    if width(text) <= most {
        return text.to_owned();
    }
    format!("{}…", head(text, most.saturating_sub(1)))
}

/// At most `most` columns, both ends kept.
pub fn cut_middle(text: &str, most: usize) -> String {
    if width(text) <= most {
        return text.to_owned();
    }
    let left = most.saturating_sub(1) / 2;
    let right = most.saturating_sub(1) - left;
    format!("{}…{}", head(text, left), tail(text, right))
}

/// Exactly `columns` wide, cut or filled.
pub fn pad(text: &str, columns: usize) -> String {
    let text = cut(text, columns);
    let fill = columns.saturating_sub(width(&text));
    format!("{text}{}", " ".repeat(fill))
}

/// Filled on the left.
pub fn pad_left(text: &str, columns: usize) -> String {
    let text = cut(text, columns);
    let fill = columns.saturating_sub(width(&text));
    format!("{}{text}", " ".repeat(fill))
}

fn head(text: &str, most: usize) -> &str {
    let mut used = 0;
    for (at, c) in text.char_indices() {
        used += c.width().unwrap_or(0);
        if used > most {
            return &text[..at];
        }
    }
    text
}

fn tail(text: &str, most: usize) -> &str {
    let mut used = 0;
    for (at, c) in text.char_indices().rev() {
        used += c.width().unwrap_or(0);
        if used > most {
            return &text[at + c.len_utf8()..];
        }
    }
    text
}

/// Pieces of at most `columns`, spaces kept.
pub fn broken(text: &str, columns: usize) -> Vec<&str> {
    let columns = columns.max(8);
    let mut rest = text;
    let mut pieces = Vec::new();
    while width(rest) > columns {
        let piece = head(rest, columns);
        pieces.push(piece);
        rest = &rest[piece.len()..];
    }
    pieces.push(rest);
    pieces
}

/// Words in lines of at most `columns`; a word that is longer is broken.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(8);
    let mut lines = Vec::new();
    let mut line = String::new();
    for mut word in text.split_whitespace() {
        while width(word) > columns {
            if !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            let part = head(word, columns);
            lines.push(part.to_owned());
            word = &word[part.len()..];
        }
        if word.is_empty() {
            continue;
        }
        if !line.is_empty() && width(&line) + 1 + width(word) > columns {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// A text of these lines, without space at their ends or empty lines at its end.
pub fn joined(lines: &[String]) -> String {
    let lines: Vec<_> = lines.iter().map(|line| line.trim_end()).collect();
    lines.join("\n").trim_end().to_owned() + "\n"
}

/// Two values in `columns` together, so that what differs stays in sight.
pub fn contrast(a: &str, b: &str, columns: usize) -> (String, String) {
    let fits = |a: &str, b: &str| width(a) + width(b) <= columns;
    if fits(a, b) {
        return (a.to_owned(), b.to_owned());
    }
    let common = a
        .char_indices()
        .zip(b.chars())
        .take_while(|((_, l), r)| l == r)
        .last()
        .map_or(0, |((at, c), _)| at + c.len_utf8());
    // a few characters before the difference say where it is, if there is room for them
    let short = |text: &str, keep: usize| {
        let kept = tail(&text[..common], keep).len();
        if common > kept + 1 {
            format!("…{}", &text[common - kept..])
        } else {
            text.to_owned()
        }
    };
    let (near_a, near_b) = (short(a, 3), short(b, 3));
    if fits(&near_a, &near_b) {
        return (near_a, near_b);
    }
    let (a, b) = (short(a, 0), short(b, 0));
    let half = columns / 2;
    if width(&a) <= half {
        let rest = columns - width(&a);
        (a, cut(&b, rest))
    } else if width(&b) <= half {
        (cut(&a, columns - width(&b)), b)
    } else {
        (cut(&a, half), cut(&b, columns - half))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_a_terminal_acts_on_is_shown() {
        assert_eq!(clean("\u{1b}[2Jx\r\n"), "\\u{1b}[2Jx\\r\\n");
        assert_eq!(clean("\u{9b}31m\u{7f}"), "\\u{9b}31m\\u{7f}");
        assert_eq!(clean("a\u{202e}b\u{200b}c"), "a\\u{202e}b\\u{200b}c");
        assert_eq!(clean("漢字 é ‹id›"), "漢字 é ‹id›");
        assert_eq!(clean_lines("a\n\u{7}b"), "a\n\\u{7}b");
    }

    #[test]
    fn wide_characters_take_two_columns() {
        assert_eq!(cut("漢字漢字", 5), "漢字…");
        assert_eq!(pad("漢字", 6), "漢字  ");
        assert_eq!(pad("漢字漢字", 6), "漢字… ");
        assert_eq!(cut_middle("abcdefghij", 5), "ab…ij");
    }

    #[test]
    fn what_differs_stays_in_sight() {
        assert_eq!(contrast("202", "400", 20), ("202".into(), "400".into()));
        let long = "the same beginning of two long values ";
        let (a, b) = contrast(&format!("{long}one"), &format!("{long}two"), 16);
        assert_eq!((a.as_str(), b.as_str()), ("…es one", "…es two"));
        let (a, b) = contrast("BUILD → ACTIVE", "BUILD → SHUTOFF → ACTIVE", 14);
        assert_eq!((a.as_str(), b.as_str()), ("…ACTIVE", "…SHUTO…"));
    }

    proptest! {
        #[test]
        fn nothing_is_wider_than_asked(text in "\\PC{0,40}", other in "\\PC{0,40}", columns in 8_usize..30) {
            let text = clean(&text);
            let other = clean(&other);
            // joined sequences may be narrower than their parts, never wider
            prop_assert!(width(&cut(&text, columns)) <= columns);
            prop_assert!(width(&cut_middle(&text, columns)) <= columns);
            for line in wrap(&text, columns) {
                prop_assert!(width(&line) <= columns, "{line:?}");
            }
            let (a, b) = contrast(&text, &other, columns);
            prop_assert!(width(&a) + width(&b) <= columns, "{a:?} {b:?}");
        }

        #[test]
        fn cleaning_leaves_nothing_to_act_on(text in any::<String>()) {
            let cleaned = clean(&text);
            let calm = !cleaned.chars().any(is_hostile);
            prop_assert!(calm);
            prop_assert_eq!(clean(&cleaned), cleaned.clone());
        }
    }
}
