//! Words of a POSIX shell that hold variables.

use std::fmt::Write;

/// A part of a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    Text(String),
    /// Name of a variable.
    Variable(String),
}

/// One shell word: whatever the text holds, the shell hands on exactly that.
pub fn word(pieces: &[Piece]) -> String {
    let all_plain = pieces.iter().all(|piece| match piece {
        Piece::Text(text) => text.chars().all(is_plain),
        Piece::Variable(_) => false,
    });
    let in_double = |c: char| !matches!(c, '"' | '\\' | '`' | '$' | '!') && !is_unprintable(c);
    let all_double = pieces.iter().all(|piece| match piece {
        Piece::Text(text) => text.chars().all(in_double),
        Piece::Variable(_) => true,
    });
    let has_variable = pieces
        .iter()
        .any(|piece| matches!(piece, Piece::Variable(_)));
    if all_plain && pieces.iter().any(|p| *p != Piece::Text(String::new())) {
        return pieces.iter().map(content).collect();
    }
    if has_variable && all_double {
        return format!("\"{}\"", double_quoted(pieces));
    }
    let quoted: String = pieces
        .iter()
        .map(|piece| match piece {
            Piece::Text(text) => quote(text),
            Piece::Variable(name) => format!("\"${name}\""),
        })
        .collect();
    if quoted.is_empty() {
        "''".into()
    } else {
        quoted
    }
}

fn content(piece: &Piece) -> &str {
    match piece {
        Piece::Text(text) | Piece::Variable(text) => text,
    }
}

fn double_quoted(pieces: &[Piece]) -> String {
    let mut out = String::new();
    for (n, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Variable(name) => {
                let runs_on = pieces[n + 1..].iter().find_map(|next| match next {
                    Piece::Text(text) => text.chars().next(),
                    Piece::Variable(_) => Some('$'),
                });
                if runs_on.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_') {
                    let _ = write!(out, "${{{name}}}");
                } else {
                    let _ = write!(out, "${name}");
                }
            }
        }
    }
    out
}

/// Characters that mean nothing to a shell.
fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || matches!(c, '-' | '_' | '.' | '/' | ':' | '=' | ',' | '@' | '%' | '+')
}

/// What a terminal would act on instead of showing it.
fn is_unprintable(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// In single quotes; runs with unprintable characters in `$'…'`, which bash, zsh and ksh read.
fn quote(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    if !text.chars().any(is_unprintable) {
        return format!("'{}'", text.replace('\'', "'\\''"));
    }
    let mut out = String::from("$'");
    for c in text.chars() {
        match c {
            '\'' => out.push_str("\\'"),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if is_unprintable(c) => {
                let mut bytes = [0; 4];
                for byte in c.encode_utf8(&mut bytes).bytes() {
                    // always three digits: what follows can't run into it
                    let _ = write!(out, "\\{byte:03o}");
                }
            }
            c => out.push(c),
        }
    }
    out.push('\'');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(text: &str) -> Piece {
        Piece::Text(text.into())
    }

    fn variable(name: &str) -> Piece {
        Piece::Variable(name.into())
    }

    #[test]
    fn words_are_quoted_no_more_than_they_must() {
        assert_eq!(word(&[text("abc/1.2")]), "abc/1.2");
        assert_eq!(word(&[text("a b")]), "'a b'");
        assert_eq!(word(&[text("it's")]), "'it'\\''s'");
        assert_eq!(word(&[]), "''");
        assert_eq!(
            word(&[text("X-Auth-Token: "), variable("T")]),
            "\"X-Auth-Token: $T\""
        );
        assert_eq!(word(&[variable("A"), text("b")]), "\"${A}b\"");
        assert_eq!(
            word(&[text("{\"id\": \""), variable("ID"), text("\"}")]),
            "'{\"id\": \"'\"$ID\"'\"}'"
        );
    }

    #[test]
    fn what_a_terminal_would_act_on_is_escaped() {
        let hostile = word(&[text("a\u{1b}[2J\u{202e}1'")]);
        assert_eq!(hostile, "$'a\\033[2J\\342\\200\\2561\\''");
    }

    fn sh(command: &str) -> Option<String> {
        let output = std::process::Command::new("bash")
            .args(["-c", command])
            .env("VALUE", "x y")
            .output()
            .ok()?;
        String::from_utf8(output.stdout).ok()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn a_real_shell_reads_back_the_text(before in "[ -~\u{1}-\u{1f}é漢\u{202e}]{0,12}", after in "\\PC{0,12}") {
            let word = word(&[Piece::Text(before.clone()), Piece::Variable("VALUE".into()), Piece::Text(after.clone())]);
            if let Some(read) = sh(&format!("printf '%s|' {word}")) {
                prop_assert_eq!(read, format!("{before}x y{after}|"));
            }
        }
    }
}
