//! Whether anything that would leave could be a reserved value: quick, and never wrong about a no.

use std::borrow::Cow;

use memchr::memmem;

use crate::egress::HIDDEN_TEXT_GUARDED;
use crate::fold::{Folding, is_wide};
use crate::forms::digits;
use crate::value::{Sure, Unsure, Value, characters};

/// A folded text shorter than this is too common to look for.
const TEXT_GUARDED: usize = 3;
/// An amount is known by its whole part, if that has so many digits.
const WHOLE_PART_GUARDED: usize = 3;

/// The texts in which something could hide, one after the other.
#[derive(Default)]
pub struct Suspects {
    shown: String,
    any: bool,
}

impl Suspects {
    #[expect(clippy::unnecessary_wraps, reason = "it is called where reading may fail")]
    #[expect(clippy::needless_pass_by_value, reason = "whoever has found a suspect is done with it")]
    pub fn add(&mut self, text: Cow<'_, str>) -> Sure<()> {
        if self.any {
            self.shown.push('\n');
        }
        self.any = true;
        self.shown.push_str(&text);
        Ok(())
    }

    pub const fn is_empty(&self) -> bool {
        !self.any
    }
}

/// Sure that no reserved value shows in the suspects.
pub fn none<'v>(suspects: &Suspects, reserved: impl Iterator<Item = &'v Value<'v>>, folding: &Folding) -> Sure<()> {
    let shown = suspects.shown.as_str();
    let (longest, numbered) = (2 * characters(shown), shows_number(shown));
    let mut needles: Vec<&str> = Vec::new();
    for value in reserved {
        match value {
            Value::Nested(leaves) => leaves.iter().for_each(|leaf| add(&mut needles, leaf, longest, numbered)),
            _ => add(&mut needles, value, longest, numbered),
        }
    }
    if needles.is_empty() {
        return Ok(());
    }
    let mut haystack = Vec::with_capacity(shown.len());
    folding.fold(shown, is_wide(shown), usize::MAX, &mut haystack)?;
    haystack.retain(|byte| *byte != b'\n');
    absent(&needles, &haystack, folding)
}

/// Adds what a reserved value would be known by; its digits, where the suspects show a number.
fn add<'v>(needles: &mut Vec<&'v str>, value: &'v Value<'v>, longest: usize, numbered: bool) {
    let (text, worded, number) = match value {
        // No text is shorter in bytes than in characters: most are told apart without being counted.
        Value::Text(text) => (text.as_ref(), text.len() >= HIDDEN_TEXT_GUARDED, is_number(text)),
        Value::Whole(number) | Value::Decimal(number) => (number.as_ref(), false, true),
        Value::Null | Value::Truth(_) | Value::Nested(_) => return,
    };
    if worded && (HIDDEN_TEXT_GUARDED..=longest).contains(&characters(text)) {
        needles.push(text);
    }
    if number && numbered {
        needles.push(whole_part(text));
    }
}

fn absent(needles: &[&str], haystack: &[u8], folding: &Folding) -> Sure<()> {
    let wide = needles.iter().any(|needle| is_wide(needle));
    let mut folded = Vec::with_capacity(256);
    for needle in needles {
        folded.clear();
        // What is longer than the haystack is not in it; unless it has lines, each of which is looked for.
        let room = if needle.contains('\n') { usize::MAX } else { haystack.len() };
        folding.fold(needle, wide, room, &mut folded)?;
        if folded.split(|byte| *byte == b'\n').any(|part| shows(part, haystack)) {
            return Err(Unsure);
        }
        if folded.contains(&b'\n') {
            folded.retain(|byte| *byte != b'\n');
            if shows(&folded, haystack) {
                return Err(Unsure);
            }
        }
    }
    Ok(())
}

fn shows(part: &[u8], haystack: &[u8]) -> bool {
    (TEXT_GUARDED..=haystack.len()).contains(&part.len()) && memmem::find(haystack, part).is_some()
}

/// Whether a text has two digits with nothing between them but what people put into numbers.
fn shows_number(shown: &str) -> bool {
    let mut open = false;
    for character in shown.chars() {
        match character {
            '0'..='9' if open => return true,
            '0'..='9' => open = true,
            ' ' | '.' | ',' | '\'' | '\u{a0}' | '\u{202f}' | '\u{2019}' => {}
            _ => open = false,
        }
    }
    false
}

/// Whether a text is a number: `[+-]?[0-9]+(\.[0-9]+)?`.
fn is_number(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    unsigned.split_once('.').map_or_else(|| digits(unsigned), |(whole, decimals)| digits(whole) && digits(decimals))
}

/// A number without its decimals, where what remains is long enough to be known by.
fn whole_part(number: &str) -> &str {
    match number.split_once('.') {
        Some((whole, _)) if whole.trim_start_matches(['+', '-']).len() >= WHOLE_PART_GUARDED => whole,
        _ => number,
    }
}
