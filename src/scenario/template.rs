//! Text with holes: `interop {{ name.b }}`. Parsing and printing; filling is in `evaluate`.

use super::function;
use super::model::{Argument, Expression, Template, TemplatePart};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;

/// A mistake in a template's text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct TemplateError {
    /// Bytes of the template's text.
    pub at: Range<usize>,
    pub message: String,
    pub help: Option<String>,
}

impl TemplateError {
    fn new(at: Range<usize>, message: impl Into<String>) -> Self {
        Self {
            at,
            message: message.into(),
            help: None,
        }
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl Template {
    /// Text without holes.
    #[must_use]
    pub fn literal(text: &str) -> Self {
        let parts = if text.is_empty() {
            Vec::new()
        } else {
            vec![TemplatePart::Text(text.to_owned())]
        };
        Self { parts }
    }

    /// Reads `… {{ expression }} …`. A lone `}}` is text.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        Self::parse_spanned(text).map(|(template, _)| template)
    }

    /// Also says where in the text each hole's expression is, in order.
    pub(super) fn parse_spanned(text: &str) -> Result<(Self, Vec<Range<usize>>), TemplateError> {
        let mut parts = Vec::new();
        let mut spans = Vec::new();
        let mut at = 0;
        while let Some(open) = text[at..].find("{{").map(|i| at + i) {
            if open > at {
                parts.push(TemplatePart::Text(text[at..open].to_owned()));
            }
            let inside = open + 2;
            let close = closing(text, inside).ok_or_else(|| {
                TemplateError::new(open..text.len(), "`{{` without `}}`")
                    .help("to send two braces as they are, write {{ repeat('{', 2) }}")
            })?;
            let raw = &text[inside..close];
            let start = inside + (raw.len() - raw.trim_start().len());
            let expression = raw.trim();
            let span = start..start + expression.len();
            if expression.is_empty() {
                return Err(TemplateError::new(open..close + 2, "an empty hole"));
            }
            parts.push(TemplatePart::Hole(parse_expression(expression, start)?));
            spans.push(span);
            at = close + 2;
        }
        if at < text.len() {
            parts.push(TemplatePart::Text(text[at..].to_owned()));
        }
        Ok((Self { parts }, spans))
    }

    /// The expressions of its holes, in order.
    pub fn holes(&self) -> impl Iterator<Item = &Expression> {
        self.parts.iter().filter_map(|part| match part {
            TemplatePart::Hole(expression) => Some(expression),
            TemplatePart::Text(_) => None,
        })
    }

    /// Dotted names that it reads, arguments of functions included.
    #[must_use]
    pub fn variables(&self) -> BTreeSet<String> {
        self.holes()
            .flat_map(Expression::paths)
            .map(|path| path.join("."))
            .collect()
    }

    /// The expression, where the template is one hole and nothing else.
    #[must_use]
    pub fn single_hole(&self) -> Option<&Expression> {
        match self.parts.as_slice() {
            [TemplatePart::Hole(expression)] => Some(expression),
            _ => None,
        }
    }

    /// The pieces between the characters for which `cut` holds; holes are never cut.
    pub(super) fn split(&self, cut: impl Fn(char) -> bool) -> Vec<Self> {
        let mut pieces = vec![Self::default()];
        for part in &self.parts {
            match part {
                TemplatePart::Hole(_) => {
                    if let Some(last) = pieces.last_mut() {
                        last.parts.push(part.clone());
                    }
                }
                TemplatePart::Text(text) => {
                    for (i, piece) in text.split(&cut).enumerate() {
                        if i > 0 {
                            pieces.push(Self::default());
                        }
                        if let (false, Some(last)) = (piece.is_empty(), pieces.last_mut()) {
                            last.parts.push(TemplatePart::Text(piece.to_owned()));
                        }
                    }
                }
            }
        }
        pieces
    }
}

/// Dotted names that the strings of a JSON tree read, keys included.
#[must_use]
pub fn json_variables(value: &Value) -> BTreeSet<String> {
    let of = |text: &str| Template::parse(text).map_or_else(|_| BTreeSet::new(), |t| t.variables());
    match value {
        Value::String(text) => of(text),
        Value::Array(items) => items.iter().flat_map(json_variables).collect(),
        Value::Object(members) => members
            .iter()
            .flat_map(|(k, v)| of(k).into_iter().chain(json_variables(v)))
            .collect(),
        _ => BTreeSet::new(),
    }
}

impl Expression {
    /// Every dotted path that it reads.
    pub fn paths(&self) -> Vec<&[String]> {
        match self {
            Self::Variable(path) => vec![path.as_slice()],
            Self::Call { arguments, .. } => arguments
                .iter()
                .filter_map(|argument| match argument {
                    Argument::Variable(path) => Some(path.as_slice()),
                    Argument::Number(_) | Argument::Text(_) => None,
                })
                .collect(),
        }
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in &self.parts {
            match part {
                TemplatePart::Text(text) => f.write_str(text)?,
                TemplatePart::Hole(expression) => write!(f, "{{{{ {expression} }}}}")?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable(path) => f.write_str(&path.join(".")),
            Self::Call {
                function,
                arguments,
            } => {
                let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
                write!(f, "{function}({})", arguments.join(", "))
            }
        }
    }
}

impl fmt::Display for Argument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable(path) => f.write_str(&path.join(".")),
            Self::Number(n) => write!(f, "{n}"),
            Self::Text(text) if text.contains('"') => write!(f, "'{text}'"),
            Self::Text(text) => write!(f, "\"{text}\""),
        }
    }
}

/// Where the `}}` is that ends a hole opened before `from`; quoted text may hold braces.
fn closing(text: &str, from: usize) -> Option<usize> {
    let mut quote = None;
    for (i, c) in text[from..].char_indices() {
        match quote {
            Some(q) if c == q => quote = None,
            None if c == '"' || c == '\'' => quote = Some(c),
            None if text[from + i..].starts_with("}}") => return Some(from + i),
            _ => {}
        }
    }
    None
}

/// `at`: where `text` begins in the template.
fn parse_expression(text: &str, at: usize) -> Result<Expression, TemplateError> {
    let here = at..at + text.len();
    let Some(open) = text.find('(') else {
        return parse_path(text, at).map(Expression::Variable);
    };
    let Some(inner) = text[open + 1..].strip_suffix(')') else {
        return Err(TemplateError::new(here, "a call ends with `)`"));
    };
    let name = text[..open].trim_end();
    let mut arguments = Vec::new();
    for (start, raw) in split_arguments(inner) {
        let skipped = raw.len() - raw.trim_start().len();
        arguments.push(parse_argument(raw.trim(), at + open + 1 + start + skipped)?);
    }
    function::check(name, &arguments).map_err(|wrong| {
        let span = match wrong.place {
            function::Place::Name => at..at + name.len(),
            function::Place::Arguments => here,
        };
        TemplateError {
            at: span,
            message: wrong.message,
            help: wrong.help,
        }
    })?;
    Ok(Expression::Call {
        function: name.to_owned(),
        arguments,
    })
}

fn parse_path(text: &str, at: usize) -> Result<Vec<String>, TemplateError> {
    let wrong = || {
        TemplateError::new(at..at + text.len(), format!("`{text}` is not a name"))
            .help("a hole holds a dotted name ({{ flavor.small }}) or a call ({{ text(300) }})")
    };
    let path: Vec<String> = text.split('.').map(str::to_owned).collect();
    let fits = |segment: &String| {
        segment.starts_with(|c: char| c.is_ascii_alphanumeric())
            && segment
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
    };
    if path.iter().all(fits) && text.starts_with(|c: char| c.is_ascii_alphabetic()) {
        Ok(path)
    } else {
        Err(wrong())
    }
}

fn parse_argument(text: &str, at: usize) -> Result<Argument, TemplateError> {
    for quote in ['"', '\''] {
        if let Some(rest) = text.strip_prefix(quote) {
            return match rest.strip_suffix(quote) {
                Some(inner) if !inner.contains(quote) => Ok(Argument::Text(inner.to_owned())),
                _ => Err(TemplateError::new(
                    at..at + text.len(),
                    "quoted text that does not end",
                )),
            };
        }
    }
    if text.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '+') {
        return text.parse().map(Argument::Number).map_err(|_| {
            TemplateError::new(
                at..at + text.len(),
                format!("`{text}` is not a whole number"),
            )
        });
    }
    if text.is_empty() {
        return Err(TemplateError::new(at..at, "an argument is missing"));
    }
    if text.contains('(') {
        return Err(
            TemplateError::new(at..at + text.len(), "calls cannot be nested")
                .help("an argument is a name, a whole number or quoted text"),
        );
    }
    parse_path(text, at).map(Argument::Variable)
}

/// At commas outside quotes; with the offset of each piece. No pieces in an empty list.
fn split_arguments(text: &str) -> Vec<(usize, &str)> {
    if text.trim().is_empty() {
        return Vec::new();
    }
    let mut pieces = Vec::new();
    let mut quote = None;
    let mut from = 0;
    for (i, c) in text.char_indices() {
        match quote {
            Some(q) if c == q => quote = None,
            None if c == '"' || c == '\'' => quote = Some(c),
            None if c == ',' => {
                pieces.push((from, &text[from..i]));
                from = i + 1;
            }
            _ => {}
        }
    }
    pieces.push((from, &text[from..]));
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_template_prints_as_it_was_written() {
        for text in [
            "",
            "plain",
            "{{ name }}",
            "a {{ name.b }} c {{ repeat(\"x\", 3) }}",
            "{{ time(-60) }}",
            "}} {",
            "{{ repeat('\"', 2) }}",
        ] {
            assert_eq!(Template::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_brace_in_quotes_does_not_end_a_hole() {
        let template = Template::parse("{{ repeat('}}', 2) }}").unwrap();
        assert!(template.single_hole().is_some());
    }

    #[test]
    fn mistakes_say_where_they_are() {
        for (text, place) in [
            ("a {{ name", "{{ name"),
            ("{{ na me }}", "na me"),
            ("x{{ txt(3) }}", "txt"),
            ("{{ text(a, b) }}", "text(a, b)"),
            ("{{ repeat(\"x\", 1.5) }}", "1.5"),
            ("{{ }}", "{{ }}"),
            ("{{ text(-1) }}", "text(-1)"),
            ("{{ json(lower(name)) }}", "lower(name)"),
        ] {
            let error = Template::parse(text).unwrap_err();
            assert_eq!(&text[error.at.clone()], place, "{}", error.message);
        }
    }

    #[test]
    fn split_cuts_text_and_keeps_holes_whole() {
        let template = Template::parse("/servers/{{ server }}/a-{{ name }}?x=1").unwrap();
        let pieces: Vec<String> = template
            .split(|c| c == '/' || c == '?')
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            pieces,
            ["", "servers", "{{ server }}", "a-{{ name }}", "x=1"]
        );
    }

    proptest! {
        #[test]
        fn parsing_never_panics_and_errors_point_into_the_text(text in "[a-z{}()'\", .0-9-]{0,40}") {
            match Template::parse(&text) {
                Ok(template) => {
                    let printed = template.to_string();
                    prop_assert_eq!(Template::parse(&printed).unwrap(), template);
                }
                Err(error) => prop_assert!(text.get(error.at).is_some()),
            }
        }
    }
}
