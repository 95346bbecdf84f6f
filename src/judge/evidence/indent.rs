//! JSON text over several lines, every token as it came: number lexemes, duplicate members and
//! escapes stay what they were, which a parse and a print would not keep.

use serde::de::IgnoredAny;

/// The text indented, if it is JSON.
pub fn indent(text: &str) -> Option<String> {
    serde_json::from_str::<IgnoredAny>(text).ok()?;
    let mut out = String::with_capacity(text.len() * 2);
    let mut depth = 0_usize;
    let mut tokens = text.chars().peekable();
    let line = |out: &mut String, depth: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", depth));
    };
    while let Some(c) = tokens.next() {
        match c {
            '"' => {
                out.push('"');
                while let Some(c) = tokens.next() {
                    out.push(c);
                    match c {
                        '\\' => out.extend(tokens.next()),
                        '"' => break,
                        _ => {}
                    }
                }
            }
            '{' | '[' => {
                out.push(c);
                while tokens.next_if(char::is_ascii_whitespace).is_some() {}
                if let Some(close) = tokens.next_if(|next| matches!(next, '}' | ']')) {
                    out.push(close);
                } else {
                    depth += 1;
                    line(&mut out, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                line(&mut out, depth);
                out.push(c);
            }
            ',' => {
                out.push(',');
                line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            c if c.is_ascii_whitespace() => {}
            c => out.push(c),
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn tokens_stay_as_they_came() {
        let text = r#"{"a":1.0,"a":1e2,"b":[],"c":{"d":"x, {\"}"},"e":[1,2]}"#;
        insta::assert_snapshot!(indent(text).unwrap(), @r#"
        {
          "a": 1.0,
          "a": 1e2,
          "b": [],
          "c": {
            "d": "x, {\"}"
          },
          "e": [
            1,
            2
          ]
        }
        "#);
        assert_eq!(indent("<html>"), None);
    }

    proptest! {
        #[test]
        fn it_means_the_same(text in "\\PC{0,20}", number in any::<i64>()) {
            let value = serde_json::json!({"k": [text.clone(), {text: number}], "e": {}, "n": null});
            let indented = indent(&value.to_string()).unwrap();
            prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&indented).unwrap(), value);
        }
    }
}
