//! Impacts and counts as they stand in the page: a shape and a word beside every colour.

use crate::judge::Impact;
use crate::report::words;
use maud::{Markup, html};

/// Told apart without colour.
pub fn shape(impact: Impact) -> &'static str {
    match impact {
        Impact::Breaks => "■",
        Impact::Degrades => "▲",
        Impact::Drifts => "●",
        Impact::Cosmetic => "○",
        Impact::None => "·",
    }
}

/// The impact on who moves one way, with its word.
pub fn badge(impact: Impact) -> Markup {
    html! {
        span class={ "impact " (words::impact(impact)) } { span.shape { (shape(impact)) } " " (words::impact(impact)) }
    }
}

/// A sentence whose parts between backticks are code.
pub fn prose(text: &str) -> Markup {
    html! {
        @for (n, part) in text.split('`').enumerate() {
            @if n % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

/// `11,417`
pub fn number(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// The letter of a class of clouds that agree: A to Z, then AA …
pub fn letter(class: usize) -> String {
    let letter = |n: usize| char::from(b'A' + u8::try_from(n % 26).unwrap_or(0));
    if class < 26 {
        letter(class).to_string()
    } else {
        format!("{}{}", letter(class / 26 - 1), letter(class))
    }
}
