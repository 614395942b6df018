//! Forms of texts, in their plain ways of writing.

use std::borrow::Cow;

use crate::value::{Sure, Unsure, characters};

/// Digits up to which a decimal number is plain.
const DECIMAL_SURE: usize = 15;
const LOCAL_LONGEST: usize = 64;
const DOMAIN_LONGEST: usize = 189;

/// What follows a French number's country code or its 0: `[1-9][0-9]{8}`.
pub fn nine_digits(text: &str) -> bool {
    text.len() == 9 && !text.starts_with('0') && digits(text)
}

/// Digits, and nothing else, not even nothing.
pub fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a text has the form of an electronic address: `[^\s@<>"]{1,64}@[^\s@<>"]{1,189}`.
pub fn email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    // Python counts the separators of files, groups, records and units as spaces; Unicode does not.
    let barred = |one: char| matches!(one, '@' | '<' | '>' | '"' | '\u{1c}'..='\u{1f}') || one.is_whitespace();
    let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
    let sized =
        |part: &str, longest| (1..=longest).contains(&characters(part)) && (plain(part) || !part.contains(barred));
    sized(local, LOCAL_LONGEST) && sized(domain, DOMAIN_LONGEST)
}

/// Whether a text is a decimal number that Python's `Decimal` would write just so.
pub fn plain_decimal(text: &str) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, decimals) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let led = whole.len() > 1 && whole.starts_with('0');
    digits(whole) && digits(decimals) && !led && unsigned.len() <= DECIMAL_SURE && (whole != "0" || text == unsigned)
}

/// Sure of a day of the calendar, `2026-11-20`.
pub fn day(text: &str) -> Sure<()> {
    let bytes = text.as_bytes();
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return Err(Unsure);
    }
    let (year, month, day) = (number(&text[..4])?, number(&text[5..7])?, number(&text[8..])?);
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let last = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    if year > 0 && (1..=last).contains(&day) { Ok(()) } else { Err(Unsure) }
}

/// A moment as Python's `isoformat` writes it; sure of `2026-11-20T10:11:12` with `Z` or an offset of hours and minutes.
pub fn moment(text: &str) -> Sure<Cow<'_, str>> {
    if !text.is_ascii() || text.len() < 20 || text.as_bytes()[10] != b'T' {
        return Err(Unsure);
    }
    day(&text[..10])?;
    clock(&text[11..19], 24, Some(60))?;
    match &text[19..] {
        "Z" | "-00:00" => Ok(Cow::Owned(format!("{}+00:00", &text[..19]))),
        offset if offset.starts_with(['+', '-']) => {
            clock(&offset[1..], 24, None)?;
            Ok(Cow::Borrowed(text))
        }
        _ => Err(Unsure),
    }
}

/// Sure of `hh:mm`, or of `hh:mm:ss` where seconds are bounded.
fn clock(text: &str, hours: u32, seconds: Option<u32>) -> Sure<()> {
    let mut parts = text.split(':');
    let mut below = |most: u32| {
        let part = parts.next().filter(|part| part.len() == 2).ok_or(Unsure)?;
        if number(part)? < most { Ok(()) } else { Err(Unsure) }
    };
    below(hours)?;
    below(60)?;
    seconds.map_or(Ok(()), &mut below)?;
    if parts.next().is_none() { Ok(()) } else { Err(Unsure) }
}

fn number(text: &str) -> Sure<u32> {
    if digits(text) { text.parse().map_err(|_| Unsure) } else { Err(Unsure) }
}
